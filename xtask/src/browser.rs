//! The part `browser` of the tests: the npm package in pages. It plays the whole contract in Chromium and in Firefox, starts
//! under every policy that a page can have, and runs out of each bundler's bundle.

use anyhow::Result;

use crate::node::{built, npm};
use crate::run::Run;

/// The part of the tests.
pub(crate) fn part(run: &mut Run) -> Result<()> {
    let here = [run.has("node"), run.has("wasm32"), run.has("chromium")];
    if here.contains(&false) || !built(run)? {
        return Ok(());
    }
    // Asked for first: the tests use Firefox where it is.
    let firefox = run.has("firefox");
    run.step("tests in pages", &mut npm(&run.root, &["run", "test:browser"]))?;
    let mut pages = npm(&run.root, &["run", "test:package", "--", "vite", "webpack", "chromium"]);
    if firefox {
        pages.arg("firefox");
    }
    run.step("the tarball in pages", &mut pages)?;
    Ok(())
}
