//! An unknown parameter is refused, not dropped: a misspelt `custom_id` would take a payout's safety away. The refusal
//! names the known parameter that is meant, where one is near enough to be meant, else all of them if they are few. Hosts
//! say the same of names that the core does not see: those of settings and options.

use crate::invalid::InvalidArgument;

/// How many names are read at a glance.
const FEW: usize = 6;

/// The refusal of `name`, which stands at `at`.
pub(super) fn unknown(at: &str, name: &str, known: &[&str]) -> InvalidArgument {
    InvalidArgument::new(at, no_such("parameter", name, known))
}

/// The words for a name of `what` (a parameter, a setting) that is not among those that are known.
#[must_use]
pub fn no_such(what: &str, name: &str, known: &[&str]) -> String {
    let near = known.iter().map(|known| (distance(name, known), *known)).min();
    let (more, names) = match near {
        None => (", the operation takes none", String::new()),
        Some((steps, meant)) if steps <= slips(name) => (", the nearest is ", meant.to_owned()),
        Some(_) if known.len() <= FEW => (", the known ones are ", known.join(", ")),
        Some(_) => ("", String::new()),
    };
    ["there is no ", what, " of this name", more, &names].concat()
}

/// How many slips a name of this length may have and still be meant as another one: a third of it.
fn slips(name: &str) -> usize {
    (name.chars().count() / 3).max(1)
}

/// How many characters have to be put in, taken out or replaced to make one text of the other (Levenshtein); in which case
/// ASCII letters are does not count.
fn distance(one: &str, other: &str) -> usize {
    let mut row: Vec<usize> = (0..=other.chars().count()).collect();
    for (line, a) in one.chars().enumerate() {
        let mut diagonal = line;
        let mut left = line + 1;
        if let Some(first) = row.first_mut() {
            *first = left;
        }
        for (cell, b) in row.iter_mut().skip(1).zip(other.chars()) {
            let replaced = diagonal + usize::from(!a.eq_ignore_ascii_case(&b));
            diagonal = *cell;
            left = replaced.min(left + 1).min(diagonal + 1);
            *cell = left;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{distance, no_such, unknown};

    // Textbook values of the Levenshtein distance.
    #[test]
    fn the_distance_is_levenshteins() {
        for (one, other, steps) in [
            ("kitten", "sitting", 3),
            ("saturday", "sunday", 3),
            ("", "abc", 3),
            ("abc", "", 3),
            ("flaw", "lawn", 2),
            ("Flaw", "LAWN", 2),
        ] {
            assert_eq!(distance(one, other), steps, "{one} {other}");
        }
    }

    #[test]
    fn only_a_name_that_can_be_meant_is_named() {
        let all = ["charged_amount_to_send", "custom_id", "force_commit", "price_amount"];
        for (name, meant) in [
            ("customId", Some("custom_id")),
            ("custom-id", Some("custom_id")),
            ("CustomID", Some("custom_id")),
            ("priceAmount", Some("price_amount")),
            ("chargedAmountToSend", Some("charged_amount_to_send")),
            ("forcecommit", Some("force_commit")),
            ("idempotency_key", None),
            ("commit", None),
            ("x", None),
            ("", None),
        ] {
            let message = unknown(name, name, &all).message;
            let nearest = message.strip_prefix("there is no parameter of this name, the nearest is ");
            assert_eq!(nearest, meant, "{name}: {message}");
        }
    }

    #[test]
    fn hosts_say_the_same_of_their_own_names() {
        let told = no_such("setting", "tiemout", &["timeout", "attempt_timeout"]);
        assert_eq!(told, "there is no setting of this name, the nearest is timeout");
    }

    #[test]
    fn where_none_can_be_meant_a_few_names_are_listed_and_many_are_not() {
        let told = |known: &[&str]| unknown("x", "nonsense", known).message;
        assert_eq!(told(&[]), "there is no parameter of this name, the operation takes none");
        assert_eq!(
            told(&["id", "limit"]),
            "there is no parameter of this name, the known ones are id, limit"
        );
        assert_eq!(told(&["a1", "a2", "a3", "a4", "a5", "a6", "a7"]), "there is no parameter of this name");
    }
}
