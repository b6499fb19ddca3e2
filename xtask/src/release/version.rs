//! One version from one place: the workspace's `Cargo.toml`. The other manifests cannot read it there, so each is compared;
//! and the changelog has to tell what the version brings. What still says that nothing is published would be published too.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail};

/// Where the version stands again, and the text before it.
const AGAIN: [(&str, &str); 13] = [
    ("Cargo.toml", "cryptopay-core = { path = \"core\", version = \""),
    ("npm/package.json", "\"version\": \""),
    ("npm/package-lock.json", "\"version\": \""),
    ("npm/package-lock.json", "\"\": {\n      \"name\": \"cryptopay-client\",\n      \"version\": \""),
    ("bindings-uniffi/python/pyproject.toml", "\nversion = \""),
    ("bindings-uniffi/python/src/cryptopay_client/__init__.py", "__version__ = \""),
    ("bindings-uniffi/kotlin/pom.xml", "<artifactId>cryptopay-client</artifactId>\n  <version>"),
    ("bindings-uniffi/kotlin/README.md", "<artifactId>cryptopay-client</artifactId>\n  <version>"),
    ("bindings-uniffi/kotlin/README.md", "io.github.cryptopay-client:cryptopay-client:"),
    ("bindings-uniffi/kotlin/README.md", "target/packages/kotlin/cryptopay-client-"),
    ("tests/packaging/kotlin/pom.xml", "<artifactId>cryptopay-client</artifactId>\n      <version>"),
    ("tests/packaging/kotlin/spring/pom.xml", "<artifactId>cryptopay-client</artifactId>\n      <version>"),
    ("bindings-uniffi/swift/Packaging/cryptopay_uniffi.pc", "\nVersion: "),
];

/// What may say that nothing is published yet: the guides are in the packages, and the changelog is told with the release.
const GUIDES: [&str; 6] = [
    "README.md",
    "npm/README.md",
    "bindings-uniffi/python/README.md",
    "bindings-uniffi/kotlin/README.md",
    "bindings-uniffi/swift/README.md",
    "CHANGELOG.md",
];

/// The workspace's version, when every manifest has the same. Swift packages have theirs in the tag alone.
pub(super) fn everywhere(root: &Path) -> Result<String> {
    let version = after(root, "Cargo.toml", "[workspace.package]\nversion = \"")?;
    let mut others = Vec::new();
    for (file, before) in AGAIN {
        let found = after(root, file, before)?;
        if found != version {
            others.push(format!("{file} says {found}"));
        }
    }
    if !others.is_empty() {
        bail!("Cargo.toml says {version}, but {}: make them the same", others.join(", "));
    }
    Ok(version)
}

/// What the changelog tells about the version; it has to tell something.
pub(super) fn changes(root: &Path, version: &str) -> Result<String> {
    let changelog = fs::read_to_string(root.join("CHANGELOG.md")).context("cannot read CHANGELOG.md")?;
    match entry(&changelog, version) {
        Some(entry) => Ok(entry),
        None => {
            bail!("CHANGELOG.md tells nothing about {version}: write what it brings below `## {version}`")
        }
    }
}

/// Warns of files that still say that nothing is published; for a tag, which is published, they end the release.
pub(super) fn unpublished(root: &Path, tag: bool) -> Result<()> {
    let mut stale = Vec::new();
    for file in GUIDES {
        let text = fs::read_to_string(root.join(file)).with_context(|| format!("cannot read {file}"))?;
        if denies(&text) {
            stale.push(file);
        }
    }
    if stale.is_empty() {
        return Ok(());
    }
    let sentence = format!(
        "these still say that nothing is published: {} (CONTRIBUTING.md, \"A release\", says what to write instead)",
        stale.join(", ")
    );
    if tag {
        bail!("{sentence}");
    }
    println!("{sentence}");
    Ok(())
}

/// Whether a text says that something is not published yet, however its lines are broken.
fn denies(text: &str) -> bool {
    text.split_whitespace().collect::<Vec<_>>().join(" ").contains("published yet")
}

fn entry(changelog: &str, version: &str) -> Option<String> {
    let heading =
        |line: &str| line.strip_prefix("## ").and_then(|rest| rest.split(' ').next()) == Some(version);
    let lines = changelog.lines().skip_while(|line| !heading(line)).skip(1);
    let entry: Vec<&str> = lines.take_while(|line| !line.starts_with("## ")).collect();
    entry.iter().any(|line| line.starts_with("- ")).then(|| entry.join("\n").trim().to_owned() + "\n")
}

/// The text between `before` and the next quote, tag or end of a line.
fn after(root: &Path, file: &str, before: &str) -> Result<String> {
    let text = fs::read_to_string(root.join(file)).with_context(|| format!("cannot read {file}"))?;
    let (_, rest) = text.split_once(before).with_context(|| format!("{file} has no `{}`", before.trim()))?;
    let word = rest.split(['"', '<', '\n']).next().unwrap_or_default();
    Ok(word.split_once(".jar").map_or(word, |(version, _)| version).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_manifest_has_the_version_of_the_workspace() {
        let root = crate::run::root().unwrap();
        let version = everywhere(&root).unwrap();
        assert_eq!(version, env!("CARGO_PKG_VERSION"));
        changes(&root, &version).unwrap();
    }

    #[test]
    fn a_guide_that_says_that_nothing_is_published_ends_the_release_of_a_tag_and_warns_before() {
        let root = std::env::temp_dir().join(format!("cryptopay-guides-{}", std::process::id()));
        for file in GUIDES {
            fs::create_dir_all(root.join(file).parent().unwrap()).unwrap();
            fs::write(root.join(file), "Install it, and pay.\n").unwrap();
        }
        unpublished(&root, true).unwrap();
        fs::write(root.join("npm/README.md"), "Nothing is\npublished yet.\n").unwrap();
        unpublished(&root, false).unwrap();
        let refused = unpublished(&root, true).unwrap_err().to_string();
        fs::remove_dir_all(&root).unwrap();
        assert!(refused.contains("npm/README.md") && !refused.contains("swift"), "{refused}");
    }

    #[test]
    fn an_entry_of_another_version_or_an_empty_one_is_none() {
        let changelog = "# Changelog\n\n## 0.2.0 (2026-12-01)\n\n- new\n\n## 0.1.0\n\n## 0.0.1\n\n- old\n";
        assert_eq!(entry(changelog, "0.2.0").as_deref(), Some("- new\n"));
        assert_eq!(entry(changelog, "0.0.1").as_deref(), Some("- old\n"));
        assert_eq!((entry(changelog, "0.1.0"), entry(changelog, "0.2")), (None, None));
    }
}
