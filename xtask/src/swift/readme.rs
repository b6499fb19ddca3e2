//! The snippets of the Swift README as tests: each block becomes a function that runs as it stands, in a file that the
//! package's tests compile. Only its imports move to the head of the file, and an error that it prints is thrown.

use anyhow::{Result, bail};
use std::fmt::Write as _;

/// A transport of one's own is to be shorter than this.
const FETCH_LINES: usize = 30;
/// How many blocks there are at least.
const LEAST: usize = 7;

/// What a first program does with an error; a test that did so could not fail.
const PRINTED: &str = "print(error)";

/// The file of tests for this README.
pub(super) fn tests(readme: &str) -> Result<String> {
    let blocks: Vec<&str> = readme
        .split("```swift\n")
        .skip(1)
        .filter_map(|rest| rest.split_once("\n```").map(|(block, _)| block))
        .collect();
    if blocks.len() < LEAST {
        bail!("the README of Swift has {} snippets, fewer than {LEAST}", blocks.len());
    }
    let mut text = String::from(
        "// Printed from README.md: every snippet, as it stands.\n// swift-format-ignore-file\nimport CryptopayClient\nimport Foundation\n\n\
         #if canImport(FoundationNetworking)\n    import FoundationNetworking\n#endif\n\nenum Readme {\n    \
         static let snippets: [@Sendable () async throws -> Void] = [\n",
    );
    for block in &blocks {
        let own = block.contains("func fetch(_ request");
        if own && code(block).count() >= FETCH_LINES {
            bail!("the transport in the README of Swift has {FETCH_LINES} lines or more");
        }
        text.push_str("        {\n");
        for line in code(block) {
            let _ = writeln!(text, "            {}", line.replacen(PRINTED, "throw error", 1));
        }
        text.push_str("        },\n");
    }
    text.push_str("    ]\n}\n");
    Ok(text)
}

/// A block without its imports and empty lines.
fn code(block: &str) -> impl Iterator<Item = &str> {
    let import = |line: &str| {
        line.trim_start().starts_with("import ")
            || line == "#if canImport(FoundationNetworking)"
            || line == "#endif"
    };
    block.lines().filter(move |line| !line.trim().is_empty() && !import(line))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn snippets_are_taken_whole_without_their_imports() {
        let readme = "a\n```swift\nimport X\n\nlet a = 1\nprint(a)\n```\nb\n".repeat(LEAST);
        let text = tests(&readme).unwrap();
        assert_eq!(
            text.matches("        {\n            let a = 1\n            print(a)\n        },\n").count(),
            LEAST
        );
        assert!(!text.contains("import X"));
        assert!(tests("no code").is_err());
    }

    #[test]
    fn a_snippet_that_prints_its_error_fails_as_a_test() {
        let text =
            tests(&"```swift\n} catch {\n    print(error)  // what to do\n}\n```\n".repeat(LEAST)).unwrap();
        assert_eq!(text.matches("throw error  // what to do").count(), LEAST);
        assert!(!text.contains("print(error)"));
    }

    #[test]
    fn a_long_transport_is_refused() {
        let long = format!("```swift\nfunc fetch(_ request {{\n{}}}\n```\n", "x\n".repeat(FETCH_LINES));
        assert!(tests(&long.repeat(LEAST)).unwrap_err().to_string().contains("transport"));
    }
}
