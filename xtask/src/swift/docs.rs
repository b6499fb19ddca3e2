//! The documentation of the Swift package, made by the toolchain's own `docc` from what the compiler knows of the public API.

use anyhow::{Context as _, Result, bail};
use std::fs;
use std::path::Path;

use super::{built, swift, toolchain};
use crate::files::emptied;
use crate::run::Run;
use crate::tools;

/// The one module that people see, and those that they must not.
const MODULE: &str = "CryptopayClient";
const PRIVATE: [&str; 2] = ["CryptopayNative", "CCurl"];

/// Leaves the documentation in `target/docs/swift`, as pages for any web server.
pub(super) fn made(run: &mut Run) -> Result<()> {
    if !built(run)? {
        return Ok(());
    }
    let mut graph = swift(run, "package", "5");
    graph.args(["dump-symbol-graph", "--minimum-access-level", "public"]);
    if !run.step("what is public in Swift", &mut graph)? {
        return Ok(());
    }
    let symbols = run.root.join("target/swift/symbols");
    emptied(&symbols)?;
    for folder in folders(&run.root.join("target/swift/5"))? {
        let graph = folder.join("symbolgraph").join(format!("{MODULE}.symbols.json"));
        if graph.exists() {
            let text = fs::read_to_string(&graph)?;
            if let Some(private) = PRIVATE.iter().find(|private| text.contains(*private)) {
                bail!("the public API in Swift names {private}, which is private: see {}", graph.display());
            }
            fs::write(symbols.join(format!("{MODULE}.symbols.json")), text)?;
        }
    }
    let mut docc = toolchain::inside(&run.root, docc(&run.root));
    docc.args(["convert", "--additional-symbol-graph-dir"]).arg(&symbols);
    docc.args(["--fallback-display-name", MODULE, "--fallback-bundle-identifier", "cryptopay.client"]);
    docc.args(["--transform-for-static-hosting", "--output-dir"]).arg(run.root.join("target/docs/swift"));
    fs::create_dir_all(run.root.join("target/docs")).context("cannot make target/docs")?;
    run.step("the documentation of Swift", &mut docc)?;
    Ok(())
}

/// Where the program is: Debian keeps it beside the compiler, others on PATH.
fn docc(root: &Path) -> &'static Path {
    Path::new(if tools::swift_tree(root).is_some() { "/usr/libexec/swift/bin/docc" } else { "docc" })
}

/// The folders in a folder.
fn folders(home: &Path) -> Result<Vec<std::path::PathBuf>> {
    let entries = fs::read_dir(home).with_context(|| format!("cannot list {}", home.display()))?;
    Ok(entries.flatten().map(|entry| entry.path()).filter(|path| path.is_dir()).collect())
}
