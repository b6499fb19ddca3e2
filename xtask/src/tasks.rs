//! The table of tasks, and `cargo xtask help` printed from it.
//!
//! A task that has nothing to do yet is in the table with what it waits for: it is told in the help and refused with exit code 2.

use anyhow::Result;

use crate::{Ended, audit, bench, check, demo, generate, pack, run, test, tools};

/// One task of `cargo xtask`.
struct Task {
    name: &'static str,
    /// What may follow the name, for the help.
    takes: &'static str,
    what: &'static str,
    does: Does,
}

/// What a task does when it is asked for.
enum Does {
    /// Runs, with the arguments after its name.
    Run(fn(&[String]) -> Result<Ended>),
    /// Nothing yet; the words say what it comes with.
    Later(&'static str),
}

static TASKS: [Task; 8] = [
    Task {
        name: "demo",
        takes: "[language…]",
        what: "tells the main story against the local sandbox (Rust's needs nothing else): node, browser, python",
        does: Does::Run(demo::task),
    },
    Task {
        name: "test",
        takes: "[part…]",
        what: "runs all parts of the tests, or those that are named",
        does: Does::Run(test::task),
    },
    Task {
        name: "generate",
        takes: "[--check] [language…]",
        what: "prints the API methods and models of every other language from the one table",
        does: Does::Run(generate::task),
    },
    Task {
        name: "check",
        takes: "",
        what: "formatting, lints, docs, dependencies, features: the part of `test` that is run most often",
        does: Does::Run(check::task),
    },
    Task {
        name: "bench",
        takes: "[language…]",
        what: "measures signing, calls, parsing and the sandbox, with the budget beside each figure",
        does: Does::Run(bench::task),
    },
    Task {
        name: "pack",
        takes: "[part…]",
        what: "puts what would be published under target/packages/",
        does: Does::Run(pack::task),
    },
    Task {
        name: "fuzz",
        takes: "",
        what: "feeds the parsers and the call machine random input",
        does: Does::Later("comes with the first fuzz target"),
    },
    Task {
        name: "audit",
        takes: "",
        what: "asks the advisory database about every dependency (needs a network)",
        does: Does::Run(audit::task),
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
    match task.does {
        Does::Later(with) => Ok(Ended::Misused(format!("`{name}` is not there yet: it {with}"))),
        Does::Run(_) if task.takes.is_empty() && !rest.is_empty() => {
            Ok(Ended::Misused(format!("`{name}` takes no arguments, but got `{}`", rest.join(" "))))
        }
        Does::Run(task) => task(rest),
    }
}

fn help() {
    println!("cargo xtask <task>\n");
    for task in &TASKS {
        let usage = format!("{} {}", task.name, task.takes);
        let later = match task.does {
            Does::Later(with) => format!(" ({with})"),
            Does::Run(_) => String::new(),
        };
        println!("  {usage:<15} {}{}", task.what, run::dim(&later));
    }
    println!("  {:<15} this list", "help");
    println!("  {:<15} what the tasks need, whether it is here, and how it gets here", "help tools");
    println!("\nparts of `test`, in the order of a run without names:\n");
    for part in &test::PARTS {
        println!("  {:<15} {}", part.name, part.what);
    }
    println!("\nparts of `pack`:\n");
    for part in &pack::PARTS {
        println!("  {:<15} {}", part.name, part.what);
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
        for name in ["demo", "test", "generate", "check", "bench", "pack", "fuzz", "audit"] {
            assert!(sentence.contains(name), "{name} is missing in: {sentence}");
        }
    }

    #[test]
    fn an_unknown_part_is_answered_with_the_right_ones() {
        assert!(misuse(&["test", "cor"]).contains("core"));
        assert!(misuse(&["pack", "rost"]).contains("rust"));
    }

    #[test]
    fn a_task_without_work_says_what_it_waits_for() {
        assert_eq!(misuse(&["fuzz"]), "`fuzz` is not there yet: it comes with the first fuzz target");
    }

    #[test]
    fn arguments_are_not_swallowed() {
        assert!(misuse(&["demo", "fast"]).contains("fast"));
    }
}
