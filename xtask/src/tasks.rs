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
        takes: "[--check] [language…]",
        what: "prints the API methods and models of every other language from the one table",
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
        what: "prints the reference of every language, and three pages, under target/docs/",
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
        what: "asks the advisory database about every dependency (needs a network)",
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
    for task in TASKS {
        let usage = format!("{} {}", task.name, task.takes);
        println!("  {usage:<15} {}", task.what);
    }
    println!("  {:<15} this list", "help");
    println!("  {:<15} what the tasks need, whether it is here, and how it gets here", "help tools");
    println!("\nparts of `test`, in the order of a run without names:\n");
    for part in test::PARTS {
        println!("  {:<15} {}", part.name, part.what);
    }
    for (task, parts) in
        [("demo", demo::PARTS), ("bench", bench::PARTS), ("pack", pack::PARTS), ("docs", docs::PARTS)]
    {
        println!("\nparts of `{task}`:\n");
        for part in parts {
            println!("  {:<15} {}", part.name, part.what);
        }
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
