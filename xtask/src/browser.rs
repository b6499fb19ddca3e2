//! The part `browser` of the tests: the npm package in pages. It plays the whole contract in Chromium and in Firefox, starts
//! under every policy that a page can have, and runs out of each bundler's bundle. And a page's share of the part `chaos`.

use std::process::Command;

use anyhow::Result;

use crate::ledger::deadlines;
use crate::node::{built, npm, weather};
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

/// The payouts that Node makes, made in pages of Chromium over their own `fetch`.
pub(crate) fn chaos(run: &mut Run, payouts: &str) -> Result<()> {
    let here = [run.has("node"), run.has("wasm32"), run.has("chromium")];
    if here.contains(&false) || !built(run)? {
        return Ok(());
    }
    run.step(&format!("{payouts} payouts from pages"), &mut weather(run, "page", payouts))?;
    deadlines::made(
        run,
        "browser",
        Command::new("node").args(["--test", "npm/tests/browser/deadlines.browser.mjs"]),
    )
}
