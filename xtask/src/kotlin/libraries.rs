//! What the jar holds beside classes. The libraries, each where JNA looks on its platform: this machine's, and of a release those
//! that other machines built. On Linux the one built for an old C library stands in for this machine's own, so that the jar loads
//! there too. And the licences, ours and those of what the libraries are built from.

use anyhow::{Context as _, Result};
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::files::{copied, emptied};
use crate::run::Run;
use crate::uniffi::{LIBRARY, elsewhere, library};

/// The folder in the jar of the platform that the jar is built on. A machine of another kind needs a row of its own.
const HERE: &str = "linux-x86-64";
/// JNA's folders, and the targets that are built for them, the best last. It has none of its own for musl.
const PLATFORMS: [(&str, &[&str]); 6] = [
    (HERE, &["x86_64-unknown-linux-gnu"]),
    ("linux-aarch64", &["aarch64-unknown-linux-gnu"]),
    ("darwin-x86-64", &["x86_64-apple-darwin"]),
    ("darwin-aarch64", &["aarch64-apple-darwin"]),
    ("win32-x86-64", &["x86_64-pc-windows-gnullvm", "x86_64-pc-windows-msvc"]),
    ("win32-aarch64", &["aarch64-pc-windows-gnullvm", "aarch64-pc-windows-msvc"]),
];

/// Where they stand in the repository; in the jar all are in the folder that jars have for it.
const LICENCES: [&str; 3] = ["LICENSE-APACHE", "LICENSE-MIT", "bindings-uniffi/THIRD-PARTY.md"];

/// Lays them anew in the folder that Maven takes them from; `own` is the library that was built here. Whether every step ended
/// well.
pub(super) fn lay(run: &mut Run, own: &Path, home: &Path) -> Result<bool> {
    let resources = home.join("resources");
    emptied(&resources)?;
    for (folder, _) in PLATFORMS {
        // Maven puts there what it takes, and leaves what it took for another commit.
        let taken = home.join("maven/classes").join(folder);
        if taken.exists() {
            fs::remove_dir_all(&taken).with_context(|| format!("cannot remove {}", taken.display()))?;
        }
    }
    for licence in LICENCES {
        let name = licence.rsplit('/').next().unwrap_or(licence);
        copied(&run.root.join(licence), &resources.join("META-INF").join(name))?;
    }
    copied(own, &resources.join(HERE).join(LIBRARY))?;
    for (folder, targets) in PLATFORMS {
        for target in targets {
            if let Some(built) = elsewhere(&run.root, target)? {
                copied(&built, &resources.join(folder).join(library(target)?))?;
            }
        }
    }
    let mut strip = Command::new("strip");
    strip.arg("--strip-unneeded").arg(resources.join(HERE).join(LIBRARY));
    run.step("the library without its symbols", &mut strip)
}

/// How many platforms the jar serves.
pub(super) fn platforms(resources: &Path) -> u64 {
    PLATFORMS.iter().filter(|(folder, _)| resources.join(folder).exists()).map(|_| 1).sum()
}
