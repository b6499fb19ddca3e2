//! What a call hands back and how it can end, in words for the documentation of every language, worked out of the row of its
//! operation: only a write that may be in doubt (rules W) says so. Each printer spells the names of the errors.

use cryptopay_core::http::Method;
use cryptopay_core::operation::{Answer, Look, Operation, Safety};

/// An error without the end of its name in a language (`OutcomeUnknown`), and when a call ends with it.
pub(crate) type Ending = (&'static str, String);

/// The success without an object: a condition of a read that found nothing new. It is no failure, so its name is whole.
pub(crate) const NOT_MODIFIED: (&str, &str) =
    ("NotModified", "a condition in the options found nothing new.");

/// What a call hands back.
pub(crate) fn gives(operation: &Operation) -> String {
    let noun = noun(operation.answer_model.name);
    match operation.answer {
        Answer::Object if operation.method == Method::Get => format!("The {noun}."),
        Answer::Object => format!("The {noun}, also where the answer was lost and it was found by reading."),
        Answer::Rows => format!("Every {noun}."),
        Answer::Map => format!("Every {noun}, by its key."),
        Answer::Page => {
            format!(
                "Every {noun}, page by page: a page is a call of its own, made when the loop comes to it."
            )
        }
    }
}

/// How a call can end without it. `spelled` makes the name of an error in the language out of its beginning.
pub(crate) fn endings(operation: &Operation, spelled: fn(&str) -> String) -> Vec<Ending> {
    if operation.method == Method::Get {
        let when = if operation.answer == Answer::Page { "in the loop, " } else { "" };
        let example = spelled("NotFound");
        return vec![("Cryptopay", format!("{when}the class says what was wrong, such as `{example}`."))];
    }
    let mut endings = Vec::new();
    if let Some(when) = doubted(operation) {
        let id = match operation.safety {
            Safety::ByCustomId(_) | Safety::ByOwnId(_) => " under another id",
            _ => "",
        };
        let text = format!(
            "{when}it may have been applied: keep the record for `resolve`, and do not repeat it{id}."
        );
        endings.push(("OutcomeUnknown", text));
    }
    endings.extend(told_apart(operation, spelled));
    endings.push(("Cryptopay", "anything else, by its class: nothing was applied.".into()));
    endings
}

/// Whether the write can end in doubt, and with which parameter if not always.
fn doubted(operation: &Operation) -> Option<&'static str> {
    match (operation.safety, operation.forced) {
        (Safety::Read, _) | (Safety::Quote, None) => None,
        (Safety::Quote, Some(_)) => Some("with `force_commit`, "),
        _ => Some(""),
    }
}

/// What else whoever calls has to tell apart: the definite errors of its class.
fn told_apart(operation: &Operation, spelled: fn(&str) -> String) -> Option<Ending> {
    let mismatch = spelled("ParameterMismatch");
    match operation.forced.unwrap_or(operation.safety) {
        Safety::ByCustomId(_) | Safety::ByCustomIdOnce(_) => Some((
            "DuplicateCustomId",
            format!(
                "this `custom_id` was used before, perhaps by your own earlier call: read that object, and use no new id \
                 until you know what it is; `{mismatch}` where that was found after a lost answer."
            ),
        )),
        Safety::ByLedger(_) => Some((
            "DuplicateCustomId",
            "a row of the ledger that was read has this `custom_id`; nothing was sent. Its absence proves nothing.".into(),
        )),
        Safety::ByOwnId(_) => {
            Some(("ParameterMismatch", "another one with this `id` was found after a lost answer.".into()))
        }
        // Without its row in the ledger nobody can say whether an exchange was committed before.
        Safety::Commit(Look::LedgerRow { .. }) => None,
        Safety::Commit(_) => {
            Some(("Conflict", "the quote has lapsed or was cancelled; nothing moved.".into()))
        }
        _ => None,
    }
}

/// `CoinWithdrawal` as "coin withdrawal".
fn noun(model: &str) -> String {
    let mut words = String::new();
    for letter in model.chars() {
        if letter.is_ascii_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.push(letter.to_ascii_lowercase());
    }
    words
}

#[cfg(test)]
mod tests {
    use super::{endings, gives};
    use cryptopay_core::api::OPERATIONS;
    use cryptopay_core::http::Method;

    fn named(operation: &str) -> Vec<&'static str> {
        let row = OPERATIONS.iter().find(|row| row.name == operation).expect("there is one");
        endings(row, |name| format!("{name}Error")).into_iter().map(|(name, _)| name).collect()
    }

    #[test]
    fn every_write_that_may_be_in_doubt_says_so_and_nothing_else_does() {
        for row in OPERATIONS {
            let quotes = ["invoices.create_recalculation", "exchange_transfers.create"].contains(&row.name);
            let told = endings(row, |name| format!("{name}Error"));
            let unknown = told.iter().find(|(name, _)| *name == "OutcomeUnknown");
            assert_eq!(unknown.is_some(), row.method != Method::Get, "{}", row.name);
            let forced = unknown.is_some_and(|(_, text)| text.starts_with("with `force_commit`"));
            assert_eq!(forced, quotes, "{}", row.name);
        }
    }

    #[test]
    fn what_a_class_of_writes_has_to_tell_apart_is_named() {
        for (operation, error) in [
            ("coin_withdrawals.create", Some("DuplicateCustomId")),
            ("coin_withdrawals.commit", Some("Conflict")),
            ("exchange_transfers.commit", None),
            ("exchange_transfers.create", Some("DuplicateCustomId")),
            ("customers.create", Some("ParameterMismatch")),
            ("invoices.create_refund", None),
            ("channels.update", None),
        ] {
            let told = named(operation);
            let expected: Vec<&str> =
                ["OutcomeUnknown"].into_iter().chain(error).chain(["Cryptopay"]).collect();
            assert_eq!(told, expected, "{operation}");
        }
        assert_eq!(named("invoices.retrieve"), ["Cryptopay"]);
    }

    #[test]
    fn what_comes_back_is_named() {
        let given = |name: &str| gives(OPERATIONS.iter().find(|row| row.name == name).expect("there is one"));
        assert_eq!(given("coin_withdrawals.retrieve"), "The coin withdrawal.");
        assert!(given("invoices.list").starts_with("Every invoice, page by page"));
    }
}
