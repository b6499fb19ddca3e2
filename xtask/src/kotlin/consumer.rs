//! The package as a stranger uses it: installed into a Maven repository of its own, and taken from there by the projects in
//! `tests/packaging/kotlin`, which also run the example. One runs every snippet of the README; the other has the parent of
//! Spring Boot, which sets Kotlin back to an older version.

use anyhow::{Context as _, Result};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{PACKAGE, home, ran, sandbox};
use crate::files::{emptied, written};
use crate::readme::Sandbox;
use crate::run::Run;

const HOME: &str = "tests/packaging/kotlin";
/// Each project in it, and what it proves.
const PROJECTS: [(&str, &str); 2] = [
    ("pom.xml", "the jar in a project of its own, and the README"),
    ("spring/pom.xml", "the jar under Spring Boot's parent, with its Kotlin 1.9"),
];
const INSTALL: &str = "org.apache.maven.plugins:maven-install-plugin:3.1.4:install-file";

/// Installs the jars and runs the projects; `jars` as they were packed: classes, sources, documentation.
pub(super) fn step(run: &mut Run, jars: &[PathBuf]) -> Result<()> {
    let [classes, sources, docs] = jars else { anyhow::bail!("three jars are packed") };
    let pom = run.root.join(PACKAGE).join("pom.xml");
    let mut install = maven(run, &pom);
    install.arg(INSTALL).arg(format!("-DpomFile={}", pom.display()));
    for (option, jar) in [("file", classes), ("sources", sources), ("javadoc", docs)] {
        install.arg(format!("-D{option}={}", jar.display()));
    }
    if !run.step("the jars in a repository of their own", &mut install)? {
        return Ok(());
    }
    snippets(&run.root.join(PACKAGE).join("README.md"), &home(run).join("readme"))?;
    for (project, name) in PROJECTS {
        let running = Sandbox::start(run)?;
        let mut verify = maven(run, &run.root.join(HOME).join(project));
        verify.arg("verify").env("CRYPTOPAY_SANDBOX_BINARY", sandbox(&run.root));
        for (variable, member) in Sandbox::VARIABLES {
            verify.env(variable, running.told(member)?);
        }
        run.step(name, &mut verify)?;
    }
    ran(run, "consumer", "shop.JavaShopTest");
    Ok(())
}

/// Maven with a repository of its own, which takes what is known already from the usual one.
fn maven(run: &Run, project: &Path) -> Command {
    let mut maven = Command::new("mvn");
    maven.args(["--quiet", "--batch-mode", "--file"]).arg(project);
    maven.arg("--global-settings").arg(run.root.join(HOME).join("settings.xml"));
    maven.arg(format!("-Dmaven.repo.local={}", home(run).join("repository").display()));
    maven
}

/// Writes the README's snippets as sources: declarations as they stand, statements as the body of a function, and a list of
/// these functions.
fn snippets(readme: &Path, folder: &Path) -> Result<()> {
    emptied(folder)?;
    let text = fs::read_to_string(readme).with_context(|| format!("cannot read {}", readme.display()))?;
    let mut list = String::from(
        "package readme\n\nval SNIPPETS: List<Pair<String, suspend () -> Unit>> =\n    listOf(\n",
    );
    for (at, block) in blocks(&text).enumerate() {
        let name = format!("Snippet{}", at + 1);
        let file = block.public().unwrap_or(&name);
        let place = folder.join(block.language).join("readme").join(format!("{file}.{}", block.ending));
        written(&place, block.source(&name).as_bytes())?;
        if !block.declares() {
            let call = if block.language == "java" { ".run()" } else { "()" };
            let _ = writeln!(list, "        \"{name}\" to {{ {name}{call} }},");
        }
    }
    written(&folder.join("kotlin/readme/Snippets.kt"), (list + "    )\n").as_bytes())
}

/// A snippet: its imports and the rest.
struct Block<'a> {
    language: &'static str,
    ending: &'static str,
    imports: Vec<&'a str>,
    rest: Vec<&'a str>,
}

fn blocks(text: &str) -> impl Iterator<Item = Block<'_>> {
    text.split("\n```").filter_map(|part| {
        let (mark, body) = part.split_once('\n')?;
        let (language, ending) = match mark {
            "kotlin" => ("kotlin", "kt"),
            "java" => ("java", "java"),
            _ => return None,
        };
        let (imports, rest) = body.lines().partition(|line| line.starts_with("import "));
        Some(Block { language, ending, imports, rest })
    })
}

impl Block<'_> {
    /// Whether it declares something for others to use.
    fn declares(&self) -> bool {
        let first = self.rest.iter().find(|line| !line.is_empty()).copied().unwrap_or_default();
        ["class ", "fun ", "@", "public class "].iter().any(|word| first.starts_with(word))
    }

    /// The public class that it declares: Java wants its file to have the same name.
    fn public(&self) -> Option<&str> {
        let line = self.rest.iter().find_map(|line| line.strip_prefix("public class "))?;
        line.split_whitespace().next()
    }

    fn source(&self, name: &str) -> String {
        let (imports, rest) = (self.imports.join("\n"), self.rest.join("\n"));
        let java = self.language == "java";
        let body = match (self.declares(), java) {
            (true, _) => rest,
            (false, true) => {
                format!("class {name} {{\n  static void run() throws Exception {{\n{rest}\n  }}\n}}")
            }
            (false, false) => format!("@Suppress(\"FunctionName\")\nsuspend fun {name}() {{\n{rest}\n}}"),
        };
        format!("package readme{}\n\n{imports}\n\n{body}\n", if java { ";" } else { "" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn snippets_become_sources() {
        let text = "# x\n\n```kotlin\nimport a.B\n\nB().use { }\n```\n\n```java\n@C\npublic class D {}\n```\n\n```sh\nls\n```\n";
        let all: Vec<Block<'_>> = blocks(text).collect();
        let [kotlin, java] = all.as_slice() else { panic!("{}", all.len()) };
        assert!(!kotlin.declares() && java.declares());
        assert!(
            kotlin
                .source("S1")
                .contains("import a.B\n\n@Suppress(\"FunctionName\")\nsuspend fun S1() {\n\nB().use { }")
        );
        assert_eq!(java.source("S2"), "package readme;\n\n\n\n@C\npublic class D {}\n");
        assert_eq!((kotlin.public(), java.public()), (None, Some("D")));
    }
}
