//! Every vector, executed against the core.
#![allow(clippy::unwrap_used, reason = "a test")]

use cryptopay_contract::{files, ledger, vectors};

#[test]
fn every_vector_holds() {
    let (mut wrong, mut ran, mut passed) = (Vec::new(), 0, Vec::new());
    let files = files::read_all("vectors").unwrap();
    for (file, vector) in &files {
        let (cases, wrong_before) = (vector["cases"].as_array().unwrap(), wrong.len());
        for case in cases {
            ran += 1;
            let found = vectors::judge(vector["function"].as_str().unwrap(), case);
            if !found.is_empty() {
                wrong.push(format!("{file}: {}: {}\n  {}", case["rule"], case["name"], found.join("\n  ")));
            }
        }
        if wrong.len() == wrong_before {
            passed.push((file.clone(), cases.len()));
        }
    }
    ledger::executed("vectors", &passed).unwrap();
    assert!(wrong.is_empty(), "{} of {ran} cases\n{}", wrong.len(), wrong.join("\n"));
    assert_eq!(files.len(), 12, "one file for each function");
    println!("{ran} cases of {} functions hold", files.len());
}
