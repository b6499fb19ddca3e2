//! Prints the page of the API's statuses from the core's table: what each means, what to do, and what the client does.

use cryptopay_core::status::{Advice, DOCUMENTED, Meaning, is_retried, may_have_applied};

/// The page.
pub(crate) fn files() -> Vec<(&'static str, String)> {
    vec![("core/docs/statuses.md", page())]
}

fn page() -> String {
    let mut text = "# The 14 statuses\n\n\
        <!-- Printed from core/src/status.rs by `cargo xtask generate`: change it there. -->\n\n\
        What the statuses mean that the API documents (page \"Responses\" of its guide), what you can do, and what the client does by itself. \
        The status alone decides whether an answer is repeated and whether a write may have been applied; a known `error.code` in the body only \
        makes the meaning of a 4xx more exact. Any other number is classified by its first digit.\n\n\
        | status | code | meaning | what to do | the client | a write that gets it |\n\
        | --- | --- | --- | --- | --- | --- |\n"
        .to_owned();
    for (number, reason, meaning) in &DOCUMENTED {
        let Meaning { code, advice, meaning, hint } = meaning;
        let code = code.map_or("success".to_owned(), |code| format!("`{}`", code.as_str()));
        text += &format!(
            "| {number} {reason} | {code} | {meaning} | {hint} | {} | {} |\n",
            client(*advice, is_retried(*number)),
            write(*number)
        );
    }
    text += "\nHow a doubt is cleared is told in [How it decides](how-it-decides.md).\n";
    text
}

fn client(advice: Advice, retried: bool) -> &'static str {
    match (advice, retried) {
        (Advice::NotNeeded, _) => "hands it back",
        (Advice::Wait, true) => "repeats it when the rate limit has room",
        (_, true) => "repeats it after a growing, random wait",
        (Advice::Look, false) => "reads the object before it decides about a write",
        (_, false) => "hands the error back at once",
    }
}

fn write(status: u16) -> &'static str {
    match (may_have_applied(status, true), may_have_applied(status, false)) {
        (false, false) => "was not applied",
        (false, true) => "was applied; without the object that it should answer it is looked for",
        _ => "may have been applied: it is looked for, never blindly repeated",
    }
}
