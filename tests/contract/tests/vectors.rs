//! Every vector, executed against the core.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

use cryptopay_contract::compare::differences;
use cryptopay_contract::{files, vectors};
use serde_json::Value;

/// What does not fit in one case. An `error` case lists texts that must and must not be there instead of values.
fn judge(function: &str, case: &Value) -> Vec<String> {
    let came = match vectors::run(function, &case["in"]) {
        Ok(came) => came,
        Err(unreadable) => return vec![format!("cannot be run: {unreadable:#}")],
    };
    match (case.get("error").and_then(Value::as_str), came) {
        (None, Ok(out)) if function == "error" => texts(&case["out"], &out),
        (None, Ok(out)) => differences(&case["out"], &out),
        (Some("*"), Err(_)) => Vec::new(),
        (Some(expected), Err(code)) if expected == code => Vec::new(),
        (expected, came) => vec![format!("expected {expected:?}, got {came:?}")],
    }
}

fn texts(expected: &Value, out: &Value) -> Vec<String> {
    let list = |name: &str| expected[name].as_array().cloned().unwrap_or_default();
    let within = |text: &Value, place: &str| out[place].as_str().unwrap().contains(text.as_str().unwrap());
    let mut found = differences(&serde_json::json!({"code": expected["code"]}), out);
    let missing = list("message_has").into_iter().filter(|text| !within(text, "message"));
    found.extend(missing.map(|text| format!("{text} is not in {}", out["message"])));
    let told = list("never").into_iter().filter(|text| within(text, "printed"));
    found.extend(told.map(|text| format!("{text} is told in {}", out["printed"])));
    found
}

#[test]
fn every_vector_holds() {
    let (mut wrong, mut ran) = (Vec::new(), 0);
    let files = files::read_all("vectors").unwrap();
    for (file, vector) in &files {
        for case in vector["cases"].as_array().unwrap() {
            ran += 1;
            let found = judge(vector["function"].as_str().unwrap(), case);
            if !found.is_empty() {
                wrong.push(format!("{file}: {}: {}\n  {}", case["rule"], case["name"], found.join("\n  ")));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {ran} cases\n{}", wrong.len(), wrong.join("\n"));
    assert_eq!(files.len(), 12, "one file for each function");
    println!("{ran} cases of {} functions hold", files.len());
}
