//! The table of the parts of `cargo xtask test`, and the summary at the end of a run, with what the runtimes wrote down.
//!
//! All parts run even if one fails, so that one run tells everything. A part here says which command proves it; a longer one
//! has a file of its own (`check.rs`, `readme.rs`, `demo.rs`).

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context as _, Result, bail};

use crate::ledger::{self, Ran};
use crate::run::{Run, bold, cargo, dim, green, in_ci, red, root, yellow};
use crate::{Ended, browser, check, demo, kotlin, named, node, openapi, python, readme, swift, wasm_tests};

/// One part of the tests.
pub(crate) struct Part {
    pub(crate) name: &'static str,
    pub(crate) what: &'static str,
    asked: Asked,
    run: fn(&mut Run) -> Result<()>,
}

/// When a part runs.
enum Asked {
    /// In every run of all parts.
    Always,
    /// Only with a variable, also when it is named.
    With(Variable),
}

/// A variable of the environment, and what it is to be set to.
struct Variable {
    name: &'static str,
    to: &'static str,
}

const RECORDINGS: Variable = Variable { name: "CRYPTOPAY_RECORDINGS", to: "a folder of recorded exchanges" };

/// The parts, in the order of a run without names: what fails soonest and most often comes first.
pub(crate) static PARTS: &[Part] = &[
    Part {
        name: "check",
        what: "formatting, lints, docs, licences of dependencies, the core with each feature and for wasm",
        asked: Asked::Always,
        run: check::part,
    },
    Part { name: "core", what: "the core by itself, its doc examples too", asked: Asked::Always, run: core },
    Part { name: "sandbox", what: "the sandbox over real sockets", asked: Asked::Always, run: sandbox },
    Part {
        name: "contract",
        what: "every vector, transcript and scenario of tests/, run by the Rust face",
        asked: Asked::Always,
        run: contract,
    },
    Part {
        name: "recordings",
        what: "replays recorded exchanges of the real API (the folder in CRYPTOPAY_RECORDINGS)",
        asked: Asked::With(RECORDINGS),
        run: recordings,
    },
    Part {
        name: "openapi",
        what: "the OpenAPI document is valid, and the sandbox keeps to it under requests made from it (more by name)",
        asked: Asked::Always,
        run: openapi::part,
    },
    Part {
        name: "readme",
        what: "the README's snippets, against a sandbox",
        asked: Asked::Always,
        run: readme::part,
    },
    Part {
        name: "npm",
        what: "the npm package in Node: its own tests, the contract, its tarball in empty projects",
        asked: Asked::Always,
        run: node::part,
    },
    Part {
        name: "browser",
        what: "the npm package in pages: the contract, how it starts, its tarball in bundles",
        asked: Asked::Always,
        run: browser::part,
    },
    Part {
        name: "python",
        what: "the Python package: its tests, the contract, its wheel, its checkers",
        asked: Asked::Always,
        run: python::part,
    },
    Part {
        name: "wasm",
        what: "the core's wasm and its JavaScript host, in Node, Chromium and Firefox",
        asked: Asked::Always,
        run: wasm_tests::part,
    },
    Part {
        name: "kotlin",
        what: "the Kotlin package for the JVM: its tests, the contract, its jars in a project of their own, its README",
        asked: Asked::Always,
        run: kotlin::part,
    },
    Part {
        name: "swift",
        what: "the Swift package: its tests, the contract, its package in both language modes",
        asked: Asked::Always,
        run: swift::part,
    },
    Part {
        name: "chaos",
        what: "money moved under faults, none doubled, none lost, in every runtime, a few; by name 10,000 payouts; deadlines",
        asked: Asked::Always,
        run: chaos,
    },
    Part { name: "demo", what: "the demos end well", asked: Asked::Always, run: demo::part },
];

/// How a part ended.
enum Verdict {
    Passed,
    /// Passed, but these steps were left out.
    Partly(Vec<String>),
    Failed(Vec<String>),
    NotAskedFor(String),
}

/// The task: the parts that are named, or all.
pub(crate) fn task(names: &[String]) -> Result<Ended> {
    let known: Vec<&str> = PARTS.iter().map(|part| part.name).collect();
    if let Some(misused) = named::unknown("test", &known, names) {
        return Ok(misused);
    }
    let started = Instant::now();
    let chosen: Vec<&Part> =
        PARTS.iter().filter(|part| names.is_empty() || names.iter().any(|name| name == part.name)).collect();
    let root = root()?;
    let written = chosen.iter().any(|part| ledger::written_in(part.name));
    if written {
        ledger::begin(&root)?;
    }
    let mut told = Vec::new();
    for part in chosen {
        let began = Instant::now();
        let result = outcome(part, !names.is_empty())?;
        told.push((part.name, began.elapsed().as_secs_f64(), result));
    }
    let well = !written || tables(&root, &told, names)?;
    Ok(match summary(&told, started.elapsed().as_secs_f64()) {
        Ended::Well if !well => Ended::Badly,
        ended => ended,
    })
}

/// Prints what the runtimes wrote down, side by side; whether nothing was wrong with it.
fn tables(root: &Path, told: &[(&str, f64, Verdict)], names: &[String]) -> Result<bool> {
    let ran = |part: &str| match told.iter().find(|(name, _, _)| *name == part) {
        None => Ran::Not(format!("the part `{part}` was not named")),
        Some((_, _, Verdict::NotAskedFor(why))) => Ran::Not(why.clone()),
        Some((_, _, Verdict::Partly(skipped))) => Ran::Partly(skipped.join("; ")),
        Some((_, _, Verdict::Passed | Verdict::Failed(_))) => Ran::Whole,
    };
    // Everywhere else a part may have been left out.
    let due = |parts: &[&str]| in_ci() && parts.iter().any(|part| !matches!(ran(part), Ran::Not(_)));
    let proof = names.iter().any(|name| name == "chaos");
    let mut well = true;
    for (title, table) in [
        ("the contract in every runtime", ledger::contract::table(root, ran)?),
        ("money moved in bad weather", ledger::chaos::table(root, |_| due(&["chaos"]), proof)?),
        (
            "when calls ended",
            ledger::deadlines::table(root, |runtime| due(ledger::deadlines::made_in(runtime)))?,
        ),
    ] {
        if let Some(table) = table {
            println!("\n{}", bold(&format!("━━ {title} ━━")));
            table.print();
            well &= table.wrong.is_empty();
        }
    }
    Ok(well)
}

fn outcome(part: &Part, named: bool) -> Result<Verdict> {
    println!("\n{}", bold(&format!("━━ {} ━━ {}", part.name, part.what)));
    let missing = match part.asked {
        Asked::With(Variable { name, to }) if std::env::var_os(name).is_none_or(|value| value.is_empty()) => {
            Some(format!("to run it, set {name} to {to}"))
        }
        _ => None,
    };
    if let Some(sentence) = missing {
        println!("  {}", dim(&format!("not asked for: {sentence}")));
        return Ok(if named { Verdict::Failed(vec![sentence]) } else { Verdict::NotAskedFor(sentence) });
    }
    let mut run = Run::new(named)?;
    if let Err(error) = (part.run)(&mut run) {
        println!("  {} {error:#}", red("✗"));
        run.failed.push(format!("{error:#}"));
    }
    Ok(match (run.failed.is_empty(), run.skipped.is_empty()) {
        (true, true) => Verdict::Passed,
        (true, false) => Verdict::Partly(run.skipped),
        (false, _) => Verdict::Failed(run.failed),
    })
}

fn summary(told: &[(&str, f64, Verdict)], seconds: f64) -> Ended {
    println!("\n{}", bold("━━ summary ━━"));
    let mut failed = 0;
    for (name, seconds, result) in told {
        let (word, because) = match result {
            Verdict::Passed => (green("passed     "), String::new()),
            Verdict::Partly(skipped) => (yellow("passed     "), format!("skipped: {}", skipped.join("; "))),
            Verdict::Failed(steps) => (red("FAILED     "), steps.join("; ")),
            Verdict::NotAskedFor(sentence) => (dim("not run    "), sentence.clone()),
        };
        failed += usize::from(matches!(result, Verdict::Failed(_)));
        println!("  {name:<12} {word} {seconds:>7.1} s  {because}");
    }
    println!("  {:<12} {:<11} {seconds:>7.1} s", "all", "");
    if failed == 0 {
        return Ended::Well;
    }
    println!("{}", red(&format!("{failed} of {} parts failed", told.len())));
    Ended::Badly
}

fn core(run: &mut Run) -> Result<()> {
    run.step("tests of the core", &mut cargo(["test", "-p", "cryptopay-core", "--all-features"]))?;
    Ok(())
}

fn sandbox(run: &mut Run) -> Result<()> {
    run.step("tests of the sandbox", &mut cargo(["test", "-p", "cryptopay-sandbox"]))?;
    Ok(())
}

fn contract(run: &mut Run) -> Result<()> {
    // Its doc tests are the README (part `readme`), and recordings are a part of their own.
    let mut tests =
        cargo(["test", "--no-fail-fast", "-p", "cryptopay-contract", "--lib", "--bins", "--tests"]);
    run.step("the contract", tests.env_remove(RECORDINGS.name))?;
    if run.has("python") {
        let mut golden = Command::new("python3");
        run.step(
            "its golden values, computed again in Python",
            golden.args(["tests/golden/golden.py", "check"]),
        )?;
    }
    Ok(())
}

fn recordings(run: &mut Run) -> Result<()> {
    let folder = std::env::var_os(RECORDINGS.name).map(PathBuf::from).unwrap_or_default();
    // The tests run in another folder than the one a relative path was typed in.
    let folder = folder
        .canonicalize()
        .with_context(|| format!("{} names {}, which cannot be read", RECORDINGS.name, folder.display()))?;
    if !folder.is_dir() {
        bail!("{} names {}, which is not a folder", RECORDINGS.name, folder.display());
    }
    let mut replay = cargo(["test", "-p", "cryptopay-contract", "--test", "recordings", "--", "--nocapture"]);
    run.step("the recordings are replayed", replay.env(RECORDINGS.name, folder))?;
    Ok(())
}

/// Moves money in bad weather: so many payouts.
type Program = fn(&mut Run, &str) -> Result<()>;

/// The runtimes that do, each with its program.
static CHAOS: &[(&str, Program)] = &[
    ("rust", rust_chaos),
    ("node", node::chaos),
    ("browser", browser::chaos),
    ("python", python::chaos),
    ("kotlin", kotlin::chaos),
    ("swift", swift::chaos),
];

fn chaos(run: &mut Run) -> Result<()> {
    let payouts = if run.named { "10000" } else { "500" };
    for (runtime, program) in CHAOS {
        let (skipped, failed) = (run.skipped.len(), run.failed.len());
        program(run, payouts)?;
        let ended = (run.skipped.len(), run.failed.len()) == (skipped, failed);
        for (kind, what) in [("chaos", "payouts"), ("deadlines", "calls whose server misbehaves")] {
            if ended && !ledger::wrote(&run.root, kind, runtime) {
                run.failed.push(format!("the {what} of {runtime} were not written down"));
            }
        }
    }
    Ok(())
}

/// Rust's payouts are made in every world anew: so many in each by name, a few in a run of all parts.
fn rust_chaos(run: &mut Run, payouts: &str) -> Result<()> {
    // The few are soon made as they were built for the contract; the many are worth a build of their own.
    let (profile, payouts) = if run.named { ("proof", payouts) } else { ("dev", "100") };
    let fast = ["run", "--profile", profile, "-p", "cryptopay-contract"];
    let chaos = ["--bin", "chaos", "--", "--payouts", payouts];
    run.step(&format!("{payouts} payouts in each world"), cargo(fast).args(chaos))?;
    run.step("calls whose server misbehaves", cargo(fast).args(["--bin", "deadlines"]))?;
    Ok(())
}
