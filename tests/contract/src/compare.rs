//! The comparison that every runner uses: a subset match. Listed keys must match, arrays exactly; `null` means absent
//! or null, `"*"` anything that is there, `[lo, hi]` in place of a number a range.

use serde_json::Value;

/// What does not match, each line with the path to it; empty when everything does.
#[must_use]
pub fn differences(expected: &Value, actual: &Value) -> Vec<String> {
    let mut found = Vec::new();
    compare("", expected, Some(actual), &mut found);
    found
}

fn compare(path: &str, expected: &Value, actual: Option<&Value>, found: &mut Vec<String>) {
    let actual = actual.filter(|value| !value.is_null());
    match (expected, actual) {
        (Value::Null, None) => {}
        (Value::String(any), Some(_)) if any == "*" => {}
        (Value::Object(members), Some(Value::Object(actual))) => {
            for (name, expected) in members {
                compare(&format!("{path}.{name}"), expected, actual.get(name), found);
            }
        }
        (Value::Array(bounds), Some(Value::Number(number))) => {
            let inside = match (bounds.as_slice(), number.as_i64()) {
                ([lo, hi], Some(n)) => {
                    lo.as_i64().is_some_and(|lo| lo <= n) && hi.as_i64().is_some_and(|hi| n <= hi)
                }
                _ => false,
            };
            if !inside {
                found.push(format!("{path}: {number} is not in {expected}"));
            }
        }
        (Value::Array(items), Some(Value::Array(actual))) if items.len() == actual.len() => {
            for (index, (expected, actual)) in items.iter().zip(actual).enumerate() {
                compare(&format!("{path}[{index}]"), expected, Some(actual), found);
            }
        }
        (expected, Some(actual)) if expected == actual => {}
        (expected, actual) => {
            let actual = actual.map_or("nothing".to_owned(), Value::to_string);
            found.push(format!("{path}: expected {expected}, got {actual}"));
        }
    }
}

/// A `done` that names neither an error nor a resolution is a success of the call itself.
pub(crate) fn same_ending(expected: &Value, answered: &Value) -> bool {
    ["/done/error", "/done/resolved"].iter().all(|path| {
        expected.pointer(path).is_some() == answered.pointer(path).is_some_and(|value| !value.is_null())
    }) && answered.get("done").is_some_and(|done| !done.is_null())
}

#[cfg(test)]
mod tests {
    use super::differences;
    use serde_json::json;

    #[test]
    fn listed_keys_arrays_nulls_stars_and_ranges_match_as_the_contract_says() {
        let same = |expected, actual| differences(&expected, &actual).is_empty();
        assert!(same(json!({"a": 1}), json!({"a": 1, "b": 2})));
        assert!(same(json!({"a": null}), json!({})));
        assert!(same(json!({"a": "*"}), json!({"a": [1]})));
        assert!(same(json!({"a": [1, 5]}), json!({"a": 5})));
        assert!(!same(json!({"a": [1, 5]}), json!({"a": 6})));
        assert!(!same(json!({"a": "*"}), json!({"a": null})));
        assert!(!same(json!([1]), json!([1, 2])));
        assert!(!same(json!({"a": null}), json!({"a": 0})));
    }
}
