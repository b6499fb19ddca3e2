//! Every transcript of the contract, played against the core.

use cryptopay_contract::{files, transcript};

#[test]
fn every_transcript_plays_as_written() {
    let files = files::read_all("transcripts").unwrap();
    assert!(files.len() >= 10, "only {} transcripts were found", files.len());
    let wrong: Vec<String> = files
        .iter()
        .filter_map(|(name, transcript)| Some(format!("{name}:\n{:#}", transcript::play(transcript).err()?)))
        .collect();
    assert!(wrong.is_empty(), "{} of {} transcripts differ:\n{}", wrong.len(), files.len(), wrong.join("\n"));
}
