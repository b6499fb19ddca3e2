//! Prints the page of the API's statuses from the core's table: what each means, what to do, and what the client does. Which
//! codes a status may become is asked of the core, by giving it answers.

use cryptopay_core::classify::{Data, Expect, MAX_BODY, classify};
use cryptopay_core::http::Response;
use cryptopay_core::status::{Advice, Class, DOCUMENTED, Meaning, may_have_applied};

/// Answers of a class of statuses, in the words of the page, from the plain one on: body, whether the request named a version.
const ANSWERS: [(Class, &str, &str, bool); 10] = [
    (Class::Success, "", r#"{"data":{}}"#, false),
    (Class::Success, "without the object that is expected", "", false),
    (Class::Redirection, "", "", true),
    (Class::Redirection, "to a request that named no version", "", false),
    (Class::ClientError, "", r#"{"error":{"code":"any"}}"#, false),
    (Class::ClientError, "by its body", r#"{"error":{"code":"ip_not_allowed"}}"#, false),
    (Class::ClientError, "by its body", r#"{"error":{"code":"duplicate_custom_id"}}"#, false),
    (Class::ClientError, "by its body", r#"{"error":{"code":"invalid"}}"#, false),
    (Class::ClientError, "without JSON", "<html>", false),
    (Class::ServerError, "", r#"{"error":{"code":"any"}}"#, false),
];

/// The page.
pub(crate) fn files() -> Vec<(&'static str, String)> {
    vec![("core/docs/statuses.md", page())]
}

fn page() -> String {
    let mut text = "# The 14 statuses\n\n\
        <!-- Printed from core/src/status.rs by `cargo xtask generate`: change it there. -->\n\n\
        What the statuses mean that the API documents (page \"Responses\" of its guide), what you can do, and what the client does by itself. \
        The status alone decides whether an answer is repeated and whether a write may have been applied; a known `error.code` in the body only \
        makes the meaning of a 4xx more exact. Any other number is classified by its first digit, except 408 and 425: a server on the way gave up on the \
        request or would not take it yet, so it is repeated like a 503, and a write that gets one may have been applied.\n\n\
        The last column speaks of the attempt that got this answer: an earlier one that is in doubt stays in doubt. What is repeated is repeated \
        within the call's deadline and its retries; then the error is handed back.\n\n\
        | status | code | meaning | what to do | the client | a write that gets it |\n\
        | --- | --- | --- | --- | --- | --- |\n"
        .to_owned();
    for (number, reason, Meaning { advice, meaning, hint, .. }) in &DOCUMENTED {
        text += &format!(
            "| {number} {reason} | {} | {meaning} | {hint} | {} | {} |\n",
            codes(*number),
            client(*number, *advice),
            write(*number)
        );
    }
    text += "\nHow a doubt is cleared is told in [How it decides](how-it-decides.md).\n";
    text
}

/// What the core makes of the plain answer, then of the others.
fn codes(status: u16) -> String {
    let mut told: Vec<(String, &str)> = Vec::new();
    for (_, when, body, conditional) in ANSWERS.into_iter().filter(|(class, ..)| *class == Class::of(status))
    {
        let response = Response { status, headers: Vec::new(), body: body.as_bytes().to_vec() };
        let expect = Expect { data: Data::Object, conditional, write: false };
        let code = classify(&response, expect, MAX_BODY).code;
        let code = code.map_or("success".to_owned(), |code| format!("`{}`", code.as_str()));
        if told.iter().all(|(known, _)| *known != code) {
            told.push((code, when));
        }
    }
    let told = told.into_iter().map(|(code, when)| format!("{code} {when}").trim_end().to_owned());
    told.collect::<Vec<_>>().join("; ")
}

fn client(status: u16, advice: Advice) -> &'static str {
    match (status, advice) {
        (202, _) => "hands it back as accepted; after a write it looks once for the object",
        (204, _) => "hands it back where no object is expected",
        (401, _) => {
            "signs and sends it once more when the answer's `Date` shows that the clock is more than 60 s off; else, or when that is \
             refused too, hands back the error with the text that was signed"
        }
        (409, _) => {
            "looks for the object of a create with an id, and of a commit: what proves that this call was applied is a success, a \
             commit that no read shows to be uncommitted ends as `outcome_unknown`, else it hands back the error with the id of what \
             stands there"
        }
        (_, Advice::Wait) => "repeats it after `Retry-After`, or when the rate limit has room",
        (_, Advice::Backoff) => "repeats what may be repeated, after `Retry-After` or a growing, random wait",
        (_, Advice::NotNeeded) => "hands it back",
        (_, Advice::Never | Advice::Look) => "hands the error back at once",
    }
}

fn write(status: u16) -> &'static str {
    match (may_have_applied(status, true), may_have_applied(status, false)) {
        (false, false) => "was not applied",
        (false, true) => {
            "was applied; without the object that it should answer, may have been: it is looked for"
        }
        _ => "may have been applied: it is looked for, never blindly repeated",
    }
}
