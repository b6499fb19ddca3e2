//! Files and folders that tasks make: emptied, copied, written, each with an error that names the place.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};

/// Makes a folder, empty: what an earlier run left there is gone.
pub(crate) fn emptied(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("cannot empty {}", folder.display()))?;
    }
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))
}

/// Copies a file, or a folder with all that is in it.
pub(crate) fn copied(from: &Path, to: &Path) -> Result<()> {
    if from.is_dir() {
        for entry in fs::read_dir(from).with_context(|| format!("cannot list {}", from.display()))? {
            let entry = entry?;
            copied(&entry.path(), &to.join(entry.file_name()))?;
        }
        return Ok(());
    }
    housed(to)?;
    fs::copy(from, to).with_context(|| format!("cannot copy {} to {}", from.display(), to.display()))?;
    Ok(())
}

/// Writes a file, and makes its folder.
pub(crate) fn written(file: &Path, text: impl AsRef<[u8]>) -> Result<()> {
    housed(file)?;
    fs::write(file, text).with_context(|| format!("cannot write {}", file.display()))
}

fn housed(file: &Path) -> Result<()> {
    let folder = file.parent().context("no folder")?;
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))
}
