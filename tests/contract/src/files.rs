//! The contract's files, found relative to this crate.

use anyhow::{Context, Result};
use serde_json::Value;
use std::path::PathBuf;

/// The folder of the contract.
#[must_use]
pub fn root() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// Every JSON file of a folder of the contract, by name.
///
/// # Errors
/// When the folder or a file cannot be read or is no JSON.
pub fn read_all(folder: &str) -> Result<Vec<(String, Value)>> {
    let path = root().join(folder);
    let mut files = Vec::new();
    for entry in std::fs::read_dir(&path).with_context(|| format!("{} cannot be read", path.display()))? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "json") {
            let text = std::fs::read_to_string(&path)?;
            let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
            files.push((
                name,
                serde_json::from_str(&text).with_context(|| format!("{} is no JSON", path.display()))?,
            ));
        }
    }
    files.sort_by(|(one, _), (other, _)| one.cmp(other));
    Ok(files)
}
