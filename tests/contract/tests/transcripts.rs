//! Every transcript of the contract, played against the core.
#![allow(clippy::unwrap_used, reason = "a test")]

use cryptopay_contract::{files, ledger, transcript};

#[test]
fn every_transcript_plays_as_written() {
    let files = files::read_all("transcripts").unwrap();
    assert!(files.len() >= 10, "only {} transcripts were found", files.len());
    let (mut wrong, mut passed) = (Vec::new(), Vec::new());
    for (name, transcript) in &files {
        match transcript::play(transcript) {
            Ok(()) => passed.push((name.clone(), 1)),
            Err(error) => wrong.push(format!("{name}:\n{error:#}")),
        }
    }
    ledger::executed("transcripts", &passed).unwrap();
    assert!(wrong.is_empty(), "{} of {} transcripts differ:\n{}", wrong.len(), files.len(), wrong.join("\n"));
}
