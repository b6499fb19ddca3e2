//! `cargo xtask release --dry-run`: everything that a release consists of, as files under `target/release-files/`, and nothing
//! uploaded: the packages of every language with one version, what they are made of (CycloneDX), and checksums. The workflow
//! `release` runs the same and publishes. With `--all-targets` this machine also builds the library of every Linux.

mod again;
mod boms;
mod libraries;
mod version;

use std::fs::{self, FileType};
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::Ended;
use crate::files::emptied;
use crate::named;
use crate::pack::{self, library};
use crate::run::{Run, bold};

/// The task.
pub(crate) fn task(arguments: &[String]) -> Result<Ended> {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let here: &[&str] = match words[..] {
        ["--dry-run"] => &[],
        ["--dry-run", "--all-targets"] => &library::EVERYWHERE,
        _ => {
            return Ok(Ended::Misused(
                "nothing is published from here: `cargo xtask release --dry-run` builds the files, with `--all-targets` the library of \
                 every Linux too, and the workflow `release` publishes them"
                    .to_owned(),
            ));
        }
    };
    let mut run = Run::new(true)?;
    let version = version::everywhere(&run.root)?;
    let changes = version::changes(&run.root, &version)?;
    // The workflow runs this for a tag too, and then publishes what it built.
    version::unpublished(&run.root, std::env::var_os("GITHUB_REF_TYPE").is_some_and(|kind| kind == "tag"))?;
    committed(&run.root)?;
    println!("{}", bold(&format!("━━ {version} ━━")));
    libraries::complete(&mut run, here)?;
    let packages = run.root.join("target/packages");
    emptied(&packages)?;
    named::within(&mut run, "pack", pack::PARTS, &[], &pack::all())?;
    let files = run.root.join("target/release-files");
    emptied(&files)?;
    gathered(&mut run, &packages, &files, &version)?;
    libraries::wheels(&run.root, &files)?;
    libraries::loadable(&mut run, &files)?;
    fs::write(files.join("CHANGES.md"), changes)?;
    let source = again::source(&mut run)?;
    again::wasm(&mut run, &source)?;
    boms::write(&mut run, &source, &files)?;
    let names = names(&files)?;
    let mut sums = Command::new("sha256sum");
    let sums = sums.current_dir(&files).args(&names).output().context("sha256sum cannot be started")?;
    if !sums.status.success() {
        bail!("sha256sum failed: {}", String::from_utf8_lossy(&sums.stderr));
    }
    fs::write(files.join("SHA256SUMS"), &sums.stdout)?;
    println!("\n{}", bold(&format!("━━ target/release-files of {version} ━━")));
    for line in String::from_utf8(sums.stdout)?.lines() {
        let (sum, name) = line.split_once("  ").context("sha256sum told no name")?;
        let bytes = fs::metadata(files.join(name))?.len();
        println!("  {name:<56} {bytes:>10} bytes  {}…", sum.get(..16).unwrap_or(sum));
    }
    if run.failed.is_empty() {
        return Ok(Ended::Well);
    }
    println!("not to be released: {}", run.failed.join("; "));
    Ok(Ended::Badly)
}

/// A release is made of what is committed, so that others can make the same.
fn committed(root: &Path) -> Result<()> {
    let status = Command::new("git").current_dir(root).args(["status", "--porcelain"]).output()?;
    let changes = String::from_utf8_lossy(&status.stdout);
    if !status.status.success() || !changes.trim().is_empty() {
        bail!("a release is made of what is committed: commit or put aside\n{}", changes.trim_end());
    }
    Ok(())
}

/// Puts the files of all packages into one folder. A package that is a folder becomes an archive, the same from the same files.
fn gathered(run: &mut Run, packages: &Path, files: &Path, version: &str) -> Result<()> {
    for part in entries(packages, FileType::is_dir)? {
        let part = packages.join(part);
        for name in names(&part)? {
            let target = files.join(&name);
            if target.exists() {
                bail!("two packages have a file {name}");
            }
            fs::copy(part.join(&name), &target)
                .with_context(|| format!("cannot write {}", target.display()))?;
        }
        for folder in entries(&part, FileType::is_dir)? {
            let archive = files.join(format!("{folder}-{version}.tar.gz"));
            let mut pack = Command::new("tar");
            pack.args(["--sort=name", "--owner=0", "--group=0", "--numeric-owner", "--mode=go=rX"]);
            pack.arg(format!("--mtime=@{}", boms::committed(&run.root)?)).args([
                "--create",
                "-I",
                "gzip --no-name",
            ]);
            pack.arg("--file").arg(archive).arg("--directory").arg(&part).arg(&folder);
            run.step(&format!("{folder} as one file"), &mut pack)?;
        }
    }
    Ok(())
}

/// The names of the files in a folder, in order.
fn names(folder: &Path) -> Result<Vec<String>> {
    entries(folder, FileType::is_file)
}

/// The names of what is of a kind in a folder, in order.
fn entries(folder: &Path, kind: fn(&FileType) -> bool) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))? {
        let entry = entry?;
        if kind(&entry.file_type()?) {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}
