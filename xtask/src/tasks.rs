//! The table of tasks, and `cargo xtask help` printed from it.

use anyhow::Result;

use crate::{Ended, audit, bench, check, demo, docs, fuzz, generate, mutants, pack, release, test, tools};

/// One task of `cargo xtask`.
struct Task {
    name: &'static str,
    /// What may follow the name, for the help.
    takes: &'static str,
    what: &'static str,
    /// Runs it with the arguments after its name.
    run: fn(&[String]) -> Result<Ended>,
}

static TASKS: &[Task] = &[
    Task {
        name: "demo",
        takes: "[language…]",
        what: "tells the main story against the local sandbox; Rust's needs nothing else",
        run: demo::task,
    },
    Task {
        name: "test",
        takes: "[part…]",
        what: "runs all parts of the tests, or those that are named",
        run: test::task,
    },
    Task {
        name: "generate",
        takes: "[--check] [part…]",
        what: "prints what comes from the core's tables, most of all the code of every other language",
        run: generate::task,
    },
    Task {
        name: "check",
        takes: "",
        what: "formatting, lints, docs, dependencies, features: the part of `test` that is run most often",
        run: check::task,
    },
    Task {
        name: "bench",
        takes: "[language…]",
        what: "measures signing, calls, parsing and the sandbox, with the budget beside each figure",
        run: bench::task,
    },
    Task {
        name: "pack",
        takes: "[part…]",
        what: "puts what would be published under target/packages/",
        run: pack::task,
    },
    Task {
        name: "docs",
        takes: "[part…]",
        what: "prints the reference of every language, and the pages of core/docs/, under target/docs/",
        run: docs::task,
    },
    Task {
        name: "release",
        takes: "--dry-run [--all-targets]",
        what: "builds all packages of one version, what they are made of, and checksums",
        run: release::task,
    },
    Task {
        name: "fuzz",
        takes: "[--seconds N] [target…]",
        what: "feeds the parsers, the call machine and the sandbox random input, 60 s each",
        run: fuzz::task,
    },
    Task {
        name: "mutants",
        takes: "[file…]",
        what: "breaks the core line by line and asks whether a test notices; hours for all of it",
        run: mutants::task,
    },
    Task {
        name: "audit",
        takes: "",
        what: "asks the advisory database about every crate of the workspace (needs a network)",
        run: audit::task,
    },
];

/// Runs the task that the arguments name.
pub(crate) fn run(arguments: &[String]) -> Result<Ended> {
    let Some((name, rest)) = arguments.split_first() else {
        help();
        return Ok(Ended::Misused("\nname a task".to_owned()));
    };
    match (name.as_str(), rest) {
        ("help" | "--help" | "-h", []) => {
            help();
            return Ok(Ended::Well);
        }
        ("help", [topic]) if topic == "tools" => return tools::help(),
        _ => {}
    }
    let Some(task) = TASKS.iter().find(|task| task.name == name) else {
        let names: Vec<&str> = TASKS.iter().map(|task| task.name).collect();
        return Ok(Ended::Misused(format!(
            "there is no task `{name}`: the tasks are {}, help",
            names.join(", ")
        )));
    };
    if task.takes.is_empty() && !rest.is_empty() {
        return Ok(Ended::Misused(format!("`{name}` takes no arguments, but got `{}`", rest.join(" "))));
    }
    (task.run)(rest)
}

fn help() {
    println!("cargo xtask <task>\n");
    let mut rows: Vec<(String, &str)> = TASKS.iter().map(|task| (usage(task), task.what)).collect();
    rows.push(("help".to_owned(), "this list"));
    rows.push(("help tools".to_owned(), "what the tasks need, whether it is here, and how it gets here"));
    aligned(&rows);
    println!("\nparts of `test`, in the order of a run without names:\n");
    aligned(&test::PARTS.iter().map(|part| (part.name.to_owned(), part.what)).collect::<Vec<_>>());
    println!("\nparts of `generate`:\n");
    aligned(&generate::PARTS.map(|(name, what)| (name.to_owned(), what)));
    for (task, parts) in
        [("demo", demo::PARTS), ("bench", bench::PARTS), ("pack", pack::PARTS), ("docs", docs::PARTS)]
    {
        println!("\nparts of `{task}`:\n");
        aligned(&parts.iter().map(|part| (part.name.to_owned(), part.what)).collect::<Vec<_>>());
    }
}

fn usage(task: &Task) -> String {
    format!("{} {}", task.name, task.takes).trim_end().to_owned()
}

/// A list whose second column begins behind the longest name.
fn aligned(rows: &[(String, &str)]) {
    let width = rows.iter().map(|(name, _)| name.chars().count()).max().unwrap_or_default();
    for (name, what) in rows {
        println!("  {name:<width$}  {what}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn misuse(arguments: &[&str]) -> String {
        let arguments: Vec<String> = arguments.iter().map(ToString::to_string).collect();
        match run(&arguments) {
            Ok(Ended::Misused(sentence)) => sentence,
            _ => panic!("{arguments:?} was not refused"),
        }
    }

    #[test]
    fn an_unknown_task_is_answered_with_the_right_ones() {
        let sentence = misuse(&["tset"]);
        for name in [
            "demo", "test", "generate", "check", "bench", "pack", "docs", "release", "fuzz", "mutants",
            "audit",
        ] {
            assert!(sentence.contains(name), "{name} is missing in: {sentence}");
        }
    }

    #[test]
    fn an_unknown_part_is_answered_with_the_right_ones() {
        assert!(misuse(&["test", "cor"]).contains("core"));
        assert!(misuse(&["pack", "rost"]).contains("rust"));
        assert!(misuse(&["release"]).contains("--dry-run"));
        assert!(misuse(&["fuzz", "tekst"]).contains("text"));
    }

    #[test]
    fn arguments_are_not_swallowed() {
        assert!(misuse(&["demo", "fast"]).contains("fast"));
    }
}
