//! The libraries of a release. Those that other machines built lie under `target/libraries/`, and must have been built from this
//! very commit; this machine's own, and those that are asked for, are built here unless they lie there too. On Linux all promise to
//! run with an old C library.

use std::fs::{self, FileType};
use std::path::Path;

use anyhow::{Result, bail};

use super::{entries, names};
use crate::files::{copied, emptied};
use crate::pack::library;
use crate::run::Run;
use crate::uniffi::elsewhere;

const LIBRARIES: &str = "target/libraries";

/// Sees to it that they are whole, before anything is packed: this machine's, the `asked` ones, and what others built.
pub(super) fn complete(run: &mut Run, asked: &[&str]) -> Result<()> {
    let mut here = vec![library::host()?];
    for target in asked {
        if !here.iter().any(|known| known == target) {
            here.push((*target).to_owned());
        }
    }
    for target in targets(&run.root)?.into_iter().filter(|target| !here.contains(target)) {
        if elsewhere(&run.root, &target)?.is_none() {
            bail!(
                "{LIBRARIES}/{target} is not of this commit: build it again with \
                 `CRYPTOPAY_TARGET={target} cargo xtask pack library`, or remove it"
            );
        }
    }
    for target in here {
        if elsewhere(&run.root, &target)?.is_none() {
            let own = run.root.join(LIBRARIES).join(&target);
            emptied(&own)?;
            if let Some(built) = library::built(run, &target)? {
                copied(&built, &own)?;
            }
        }
    }
    Ok(())
}

/// Puts the wheels that were built around them beside the one that was packed; one for the same machines takes its place.
pub(super) fn wheels(root: &Path, files: &Path) -> Result<()> {
    for target in targets(root)? {
        let target = root.join(LIBRARIES).join(target);
        for wheel in names(&target)?.into_iter().filter(|name| name.ends_with(".whl")) {
            fs::copy(target.join(&wheel), files.join(&wheel))?;
        }
    }
    Ok(())
}

/// Looks into every package that holds one: each wants only what its system has.
pub(super) fn loadable(run: &mut Run, files: &Path) -> Result<()> {
    let packages = names(files)?;
    let holding = |name: &&String| [".jar", ".whl", ".tar.gz"].iter().any(|end| name.ends_with(end));
    library::loadable(run, packages.iter().filter(holding).map(|name| files.join(name)))
}

fn targets(root: &Path) -> Result<Vec<String>> {
    let folder = root.join(LIBRARIES);
    if folder.exists() { entries(&folder, FileType::is_dir) } else { Ok(Vec::new()) }
}
