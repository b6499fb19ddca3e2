//! The one list of tasks: people, the README and CI run the same commands, `cargo xtask <task>`.
//!
//! This file turns the outcome of a task into an exit code: 0 all well, 1 something failed, 2 the command itself was wrong.
//! What there is to run is the table in `tasks.rs`; how a command is run and shown is `run.rs`.
#![forbid(unsafe_code)]

mod audit;
mod bench;
mod browser;
mod check;
mod demo;
mod docs;
mod files;
mod fuzz;
mod generate;
mod kotlin;
mod ledger;
mod mutants;
mod named;
mod node;
mod openapi;
mod pack;
mod python;
mod readme;
mod release;
mod run;
mod swift;
mod tasks;
mod test;
mod tools;
mod uniffi;
mod wasm_tests;

use std::process::ExitCode;

/// How a task ended, as its exit code tells it.
pub(crate) enum Ended {
    /// Everything did what it should.
    Well,
    /// Something ran and failed; it has been said what.
    Badly,
    /// The command line asks for something that is not there; the sentence says what is.
    Misused(String),
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match tasks::run(&arguments) {
        Ok(Ended::Well) => ExitCode::SUCCESS,
        Ok(Ended::Badly) => ExitCode::FAILURE,
        Ok(Ended::Misused(sentence)) => {
            eprintln!("{sentence}");
            ExitCode::from(2)
        }
        Err(error) => {
            eprintln!("{} {error:#}", run::red("error:"));
            ExitCode::FAILURE
        }
    }
}
