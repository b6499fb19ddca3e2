//! Every vector and every transcript of the contract, on wasm32: in Node and in browsers. The runner is the contract's own,
//! compiled for wasm; what is proven here is that a machine of 32 bits decides the same.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]
#![allow(dead_code, unreachable_pub, reason = "the runner's files also serve other tests")]

#[path = "../../tests/contract/src/answers.rs"]
mod answers;
#[path = "../../tests/contract/src/compare.rs"]
mod compare;
#[path = "../../tests/contract/src/given.rs"]
mod given;
#[path = "../../tests/contract/src/spelled.rs"]
mod spelled;
#[path = "../../tests/contract/src/transcript.rs"]
mod transcript;
#[path = "../../tests/contract/src/vectors.rs"]
mod vectors;
#[path = "../../tests/contract/src/wire.rs"]
mod wire;

use wasm_bindgen_test::wasm_bindgen_test;

/// The files of the contract, carried along.
mod files {
    include!(concat!(env!("OUT_DIR"), "/contract.rs"));

    pub(super) fn read(folder: &str) -> Vec<(&'static str, serde_json::Value)> {
        let files = if folder == "vectors" { vectors() } else { transcripts() };
        files.into_iter().map(|(name, text)| (name, serde_json::from_str(text).unwrap())).collect()
    }
}

#[wasm_bindgen_test]
fn every_vector_holds() {
    let (mut wrong, mut ran) = (Vec::new(), 0);
    let files = files::read("vectors");
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
}

#[wasm_bindgen_test]
fn every_transcript_plays_as_written() {
    let all = files::read("transcripts");
    assert!(all.len() > 100, "only {} transcripts", all.len());
    let wrong: Vec<String> = all
        .iter()
        .filter_map(|(file, story)| Some(format!("{file}: {}", transcript::play(story).err()?)))
        .collect();
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}
