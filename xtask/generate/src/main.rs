//! Prints the models and methods of every language, the OpenAPI document and the page of statuses from the core's tables, so
//! that an endpoint is stated once; and from Cargo.lock what the packages say about the work of others.
//!
//! `cargo run -p cryptopay-generate -- [--check] [part…]`: writes the files of these parts (all of them when none is
//! named); with `--check` it writes nothing and fails when a committed file differs.

mod endings;
mod kotlin;
mod notices;
mod openapi;
mod python;
mod shared;
mod statuses;
mod swift;
mod typescript;

use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};

/// What prints the files of a part, most often a language: paths from the root of the workspace, and texts.
type Printer = fn() -> Result<Vec<(&'static str, String)>>;

const PARTS: [(&str, Printer); 7] = [
    ("kotlin", || Ok(kotlin::files())),
    ("notices", notices::files),
    ("openapi", || Ok(openapi::files())),
    ("python", || Ok(python::files())),
    ("statuses", || Ok(statuses::files())),
    ("swift", || Ok(swift::files())),
    ("typescript", || Ok(typescript::files())),
];

fn main() -> Result<()> {
    let (flags, named): (Vec<String>, Vec<String>) =
        std::env::args().skip(1).partition(|word| word.starts_with("--"));
    if let Some(flag) = flags.iter().find(|flag| *flag != "--check") {
        bail!("unknown option {flag}: there is --check");
    }
    if let Some(unknown) = named.iter().find(|name| PARTS.iter().all(|(known, _)| known != name)) {
        let known: Vec<&str> = PARTS.iter().map(|(name, _)| *name).collect();
        bail!("there is no part {unknown}: the parts are {}", known.join(", "));
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).context("no workspace")?;
    let mut differing = Vec::new();
    for (name, printer) in PARTS {
        if !named.is_empty() && !named.iter().any(|wanted| wanted == name) {
            continue;
        }
        for (path, text) in printer()? {
            let file = root.join(path);
            if std::fs::read_to_string(&file).is_ok_and(|known| known == text) {
                continue;
            }
            if flags.is_empty() {
                write(&file, &text)?;
                println!("wrote {path}");
            } else {
                differing.push(path);
            }
        }
    }
    if differing.is_empty() {
        return Ok(());
    }
    bail!("not as it is printed: {}; run `cargo xtask generate` and commit the result", differing.join(", "))
}

fn write(file: &PathBuf, text: &str) -> Result<()> {
    let folder = file.parent().context("no folder")?;
    std::fs::create_dir_all(folder)?;
    std::fs::write(file, text).with_context(|| format!("cannot write {}", file.display()))
}
