//! How the story is told: chapters, sentences, checks. Colour only where a terminal shows it.

use std::fmt::{Debug, Display};
use std::io::{IsTerminal, stdout};
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};

static CHAPTER: AtomicUsize = AtomicUsize::new(1);

/// Why the story ends early.
pub(crate) struct Failed(String);

impl<E: Display> From<E> for Failed {
    fn from(error: E) -> Self {
        Self(error.to_string())
    }
}

impl Failed {
    /// Something else than what was expected.
    pub(crate) fn expected(what: &str, got: &impl Debug) -> Self {
        Self(format!("expected {what}, got {got:?}"))
    }
}

/// Begins a chapter.
pub(crate) fn chapter(title: &str) {
    let number = CHAPTER.fetch_add(1, Ordering::Relaxed);
    println!("\n{}", painted("1", &format!("{number}. {title}")));
}

/// What is about to happen.
pub(crate) fn tell(sentence: &str) {
    println!("   {}", painted("2", sentence));
}

/// What has happened, and was checked.
pub(crate) fn so(sentence: &str) {
    println!(" {} {sentence}", painted("32", "✓"));
}

/// One status with its meaning and hint.
pub(crate) fn row(status: u16, reason: &str, meaning: &str, hint: &str) {
    let colour = if status < 400 { "32" } else { "33" };
    println!("   {} {reason:<24} {meaning}", painted(colour, &status.to_string()));
    println!("   {:28} {}", "", painted("2", &format!("→ {hint}")));
}

/// A promise of the story: what was expected and what came.
pub(crate) fn check<T: PartialEq + Debug>(promise: &str, expected: T, got: T) -> Result<(), Failed> {
    if expected == got {
        return Ok(());
    }
    Err(Failed(format!("{promise}: expected {expected:?}, got {got:?}")))
}

/// The last line, and what the program ends with.
pub(crate) fn end(told: Result<(), Failed>) -> ExitCode {
    match told {
        Ok(()) => {
            println!("\n{}", painted("1;32", "Everything happened as it was told."));
            ExitCode::SUCCESS
        }
        Err(Failed(why)) => {
            println!(" {} {why}", painted("31", "✗"));
            println!("\n{}", painted("1;31", "The story did not go as it should."));
            ExitCode::FAILURE
        }
    }
}

fn painted(colour: &str, text: &str) -> String {
    let plain = !stdout().is_terminal() || std::env::var_os("NO_COLOR").is_some();
    if plain { text.to_owned() } else { format!("\x1b[{colour}m{text}\x1b[0m") }
}
