//! The part `wasm` of the tests: `bindings-wasm` on wasm32, with the JavaScript host that the npm package does without. The
//! contract, bad values, and whole calls over a JavaScript fetch, run by wasm-pack in Node and in headless browsers.

use std::process::Command;

use anyhow::Result;

use crate::run::{Run, cargo};
use crate::tools::{installed, path_from};

/// One engine: what wasm-pack calls it, and the driver that wasm-pack starts there.
struct Engine {
    name: &'static str,
    flags: &'static [&'static str],
    needs: &'static [&'static str],
    driver: Option<(&'static str, &'static str)>,
}

static ENGINES: [Engine; 3] = [
    Engine { name: "Node", flags: &["--node"], needs: &["node"], driver: None },
    Engine {
        name: "Chromium",
        flags: &["--headless", "--chrome"],
        needs: &["chromium", "chromedriver"],
        driver: Some(("--chromedriver", "/usr/bin/chromedriver")),
    },
    Engine {
        name: "Firefox",
        flags: &["--headless", "--firefox"],
        needs: &["firefox", "geckodriver"],
        driver: Some(("--geckodriver", "target/tools/bin/geckodriver")),
    },
];

/// The part of the tests.
pub(crate) fn part(run: &mut Run) -> Result<()> {
    let here = [run.has("wasm32"), run.has("wasm-pack")];
    let mut programs = cargo(["build", "-p", "cryptopay-wasm-runner"]);
    if here.contains(&false) || !run.step("the programs that run a test", &mut programs)? {
        return Ok(());
    }
    if run.has("clippy") {
        let lints = ["clippy", "-p", "cryptopay-wasm", "--features", "host", "--all-targets"];
        let wasm = ["--target", "wasm32-unknown-unknown", "--", "-D", "warnings"];
        run.step("lints for wasm", cargo(lints).args(wasm))?;
    }
    for Engine { name, flags, needs, driver } in &ENGINES {
        if needs.iter().all(|tool| run.has(tool)) {
            let mut test = Command::new(installed(&run.root, "wasm-pack"));
            // wasm-pack takes these programs from the path, or would fetch others.
            test.env("PATH", path_from(run.root.join("target/debug"))?)
                .args(["test", "--mode", "no-install"])
                .args(*flags);
            if let Some((flag, program)) = driver {
                test.arg(flag).arg(run.root.join(program)).env("WASM_BINDGEN_USE_BROWSER", "1");
            }
            // A machine that is busy otherwise may be slow to start a browser.
            test.env("WASM_BINDGEN_TEST_TIMEOUT", "300").env("WASM_BINDGEN_TEST_DRIVER_TIMEOUT", "60");
            test.args(["bindings-wasm", "--features", "host"]);
            run.step(&format!("the wasm in {name}"), &mut test)?;
        }
    }
    Ok(())
}
