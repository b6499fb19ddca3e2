//! An unknown parameter is refused, not dropped: a misspelt `custom_id` would take a payout's safety away. The refusal
//! names the known parameter that is nearest.

use crate::invalid::InvalidArgument;

/// The refusal of `name`, which stands at `at`.
pub(super) fn unknown(at: &str, name: &str, known: &[&str]) -> InvalidArgument {
    let message = match known.iter().min_by_key(|candidate| distance(name, candidate)) {
        Some(nearest) => ["there is no parameter of this name, the nearest is ", nearest].concat(),
        None => "there is no parameter of this name, the operation takes none".to_owned(),
    };
    InvalidArgument::new(at, message)
}

/// How many characters have to be put in, taken out or replaced to make one text of the other (Levenshtein).
fn distance(one: &str, other: &str) -> usize {
    let mut row: Vec<usize> = (0..=other.chars().count()).collect();
    for (line, a) in one.chars().enumerate() {
        let mut diagonal = line;
        let mut left = line + 1;
        if let Some(first) = row.first_mut() {
            *first = left;
        }
        for (cell, b) in row.iter_mut().skip(1).zip(other.chars()) {
            let replaced = diagonal + usize::from(a != b);
            diagonal = *cell;
            left = replaced.min(left + 1).min(diagonal + 1);
            *cell = left;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::distance;

    // Textbook values of the Levenshtein distance.
    #[test]
    fn the_distance_is_levenshteins() {
        for (one, other, steps) in [
            ("kitten", "sitting", 3),
            ("saturday", "sunday", 3),
            ("", "abc", 3),
            ("abc", "", 3),
            ("flaw", "lawn", 2),
        ] {
            assert_eq!(distance(one, other), steps, "{one} {other}");
        }
    }
}
