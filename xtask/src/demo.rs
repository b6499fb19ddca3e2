//! `cargo xtask demo`: tells the main story against a sandbox of its own, and ends with 0 only if every step did what it
//! says. Without a name it is the core's and needs Rust and nothing else; `node` and `browser` are the npm package's.

use std::process::Command;

use anyhow::Result;

use crate::Ended;
use crate::node::built;
use crate::run::{Run, cargo, dim, echoed, root};

/// The task.
pub(crate) fn task(names: &[String]) -> Result<Ended> {
    match names {
        [] => rust(),
        [name] if name == "node" => package(name, &["node"], story),
        [name] if name == "browser" => package(name, &["node", "chromium"], page),
        _ => Ok(Ended::Misused(format!(
            "`demo` takes nothing, node or browser, but got `{}`",
            names.join(" ")
        ))),
    }
}

/// The part of the tests: the same demos.
pub(crate) fn part(run: &mut Run) -> Result<()> {
    if run.step("the demo is built", &mut demo("build"))? {
        run.step("the demo tells its story to the end", demo("run").arg("--quiet"))?;
    }
    let here = [run.has("node"), run.has("wasm32")];
    if here.contains(&false) || !ready(run)? {
        return Ok(());
    }
    run.step("the demo in Node", &mut story())?;
    if run.has("chromium") {
        run.step("the demo in a page, driven and photographed", page().arg("--headless"))?;
    }
    Ok(())
}

fn rust() -> Result<Ended> {
    println!("{}", dim("the first build takes a few minutes; after that the story begins at once"));
    // Built apart from the run, so that cargo shows its progress but stays out of the story.
    let told = echoed(&root()?, &mut demo("build"))? && echoed(&root()?, demo("run").arg("--quiet"))?;
    Ok(if told { Ended::Well } else { Ended::Badly })
}

/// A demo of the npm package.
fn package(name: &str, needs: &[&str], demo: fn() -> Command) -> Result<Ended> {
    let mut run = Run::new(true)?;
    let here = [needs, &["wasm32"]].concat().into_iter().all(|tool| run.has(tool));
    let told = here && ready(&mut run)? && run.step(&format!("the demo in {name}"), &mut demo())?;
    Ok(if told { Ended::Well } else { Ended::Badly })
}

/// Builds the package and the sandbox.
fn ready(run: &mut Run) -> Result<bool> {
    Ok(built(run)? && run.step("the sandbox", &mut cargo(["build", "-p", "cryptopay-sandbox"]))?)
}

fn story() -> Command {
    let mut node = Command::new("node");
    node.arg("npm/demo/node.mjs").env("CRYPTOPAY_SANDBOX_BIN", "target/debug/cryptopay-sandbox");
    node
}

fn page() -> Command {
    let mut node = Command::new("node");
    node.arg("npm/demo/browser.mjs").env("CRYPTOPAY_SANDBOX_BIN", "target/debug/cryptopay-sandbox");
    node
}

fn demo(verb: &str) -> Command {
    cargo([verb, "-p", "cryptopay-core", "--example", "demo"])
}
