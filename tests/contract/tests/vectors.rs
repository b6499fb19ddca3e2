//! Every vector, executed against the core.
#![allow(clippy::unwrap_used, reason = "a test")]

use cryptopay_contract::{files, vectors};

#[test]
fn every_vector_holds() {
    let (mut wrong, mut ran) = (Vec::new(), 0);
    let files = files::read_all("vectors").unwrap();
    for (file, vector) in &files {
        for case in vector["cases"].as_array().unwrap() {
            ran += 1;
            let found = vectors::judge(vector["function"].as_str().unwrap(), case);
            if !found.is_empty() {
                wrong.push(format!("{file}: {}: {}\n  {}", case["rule"], case["name"], found.join("\n  ")));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {ran} cases\n{}", wrong.len(), wrong.join("\n"));
    assert_eq!(files.len(), 12, "one file for each function");
    println!("{ran} cases of {} functions hold", files.len());
}
