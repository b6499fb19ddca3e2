//! `cargo xtask docs`: the reference of every language and the pages that hold for all of them, under `target/docs/`, each as its
//! own tool prints it. A part that cannot run here is told on the first page, so that nobody looks for it in vain.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::files::{copied, emptied, written};
use crate::named::{self, Part};
use crate::run::{Run, cargo, in_ci};
use crate::tools::package;
use crate::{Ended, kotlin, node, python, swift};

/// The parts, in the order of the first page. Each prints `target/docs/<name>/index.html`.
pub(crate) static PARTS: &[Part] = &[
    Part {
        name: "pages",
        what: "how it decides, the rules by their names, what the 14 statuses mean, a store of callbacks, and a shared rate limit",
        run: pages,
    },
    Part { name: "rust", what: "cargo doc of the core and the sandbox", run: rust },
    Part { name: "javascript", what: "TypeDoc of the npm package", run: javascript },
    Part { name: "python", what: "pdoc of the Python package", run: python::docs },
    Part { name: "swift", what: "DocC of the Swift package", run: swift::docs },
    Part { name: "kotlin", what: "Dokka of the Kotlin package", run: kotlin::docs },
];

/// What stands on the pages beside their text: the look, and what draws the diagrams where it is there.
const HEAD: &str = include_str!("docs/head.html");
const FOOT: &str = include_str!("docs/foot.html");

/// The task: the parts that are named, or all.
pub(crate) fn task(names: &[String]) -> Result<Ended> {
    let all: Vec<&str> = PARTS.iter().map(|part| part.name).collect();
    let mut run = Run::new(!names.is_empty() || in_ci())?;
    let ended = named::within(&mut run, "docs", PARTS, names, &all)?;
    if !matches!(ended, Ended::Misused(_)) {
        written(&run.root.join("target/docs/index.html"), first_page(&run))?;
        println!("  target/docs/index.html");
    }
    Ok(ended)
}

/// The folder of a part, empty.
pub(crate) fn folder(run: &Run, part: &str) -> Result<PathBuf> {
    let folder = run.root.join("target/docs").join(part);
    emptied(&folder)?;
    Ok(folder)
}

/// The Markdown of `core/docs/`, printed by rustdoc.
fn pages(run: &mut Run) -> Result<()> {
    let folder = folder(run, "pages")?;
    // Drawn where npm can be had; as text otherwise.
    if run.has("mermaid") {
        let drawing = package(&run.root, "mermaid").join("dist/mermaid.min.js");
        fs::copy(&drawing, folder.join("mermaid.min.js"))
            .with_context(|| format!("cannot copy {}", drawing.display()))?;
    }
    let (head, foot) = (run.root.join("target/docs/head.html"), run.root.join("target/docs/foot.html"));
    written(&head, HEAD)?;
    written(&foot, FOOT)?;
    let mut links = String::new();
    for page in ["how-it-decides", "rules", "statuses", "callback-store", "shared-limit"] {
        let source = run.root.join("core/docs").join(page).with_extension("md");
        // Links between the pages lead to each other on a host of Markdown; here they are HTML.
        let text = fs::read_to_string(&source)?.replace(".md)", ".html)");
        let title = text.lines().next().unwrap_or_default().trim_start_matches("# ").to_owned();
        let copy = folder.join(page).with_extension("md");
        written(&copy, &text)?;
        let mut rustdoc = Command::new("rustdoc");
        rustdoc.arg(&copy).arg("--output").arg(&folder).arg("--html-in-header").arg(&head);
        rustdoc.arg("--html-after-content").arg(&foot).arg("--markdown-no-toc");
        if !run.step(&title, &mut rustdoc)? {
            return Ok(());
        }
        fs::remove_file(&copy)?;
        links += &format!("<li><a href=\"{page}.html\">{title}</a></li>\n");
    }
    written(&folder.join("index.html"), page("Pages", &format!("<ul>\n{links}</ul>")))
}

/// The two crates that are published.
fn rust(run: &mut Run) -> Result<()> {
    let folder = folder(run, "rust")?;
    // Emptied first: it may also hold the docs of what is not published, which a search would find.
    let made = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| run.root.join("target"), PathBuf::from);
    let made = made.join("doc");
    emptied(&made)?;
    let mut doc = cargo(["doc", "-p", "cryptopay-core", "-p", "cryptopay-sandbox", "--no-deps"]);
    doc.args(["--features", "cryptopay-core/reqwest"]);
    if !run.step("reference of the crates", doc.env("RUSTDOCFLAGS", "-D warnings"))? {
        return Ok(());
    }
    copied(&made, &folder)?;
    let links = "<ul><li><a href=\"cryptopay_core/index.html\">cryptopay-core</a></li>\
                 <li><a href=\"cryptopay_sandbox/index.html\">cryptopay-sandbox</a></li></ul>";
    written(&folder.join("index.html"), page("Rust", links))
}

/// The npm package: what is public and not documented is an error.
fn javascript(run: &mut Run) -> Result<()> {
    let folder = folder(run, "javascript")?;
    let here = [run.has("typedoc"), run.has("node"), run.has("wasm32")];
    // The types of the wasm's glue are made with it.
    if here.contains(&false) || !node::built(run)? {
        return Ok(());
    }
    let mut typedoc = Command::new("node");
    typedoc.arg(package(&run.root, "typedoc").join("bin/typedoc"));
    typedoc.args(["--options", "npm/typedoc.json", "--out"]).arg(&folder);
    run.step("reference of the npm package", &mut typedoc)?;
    Ok(())
}

/// The first page: where each part is, or that it is not here.
fn first_page(run: &Run) -> String {
    let row = |part: &Part| {
        let made = run.root.join("target/docs").join(part.name).join("index.html");
        if made.exists() {
            format!("<li><a href=\"{0}/index.html\">{0}</a>: {1}</li>\n", part.name, part.what)
        } else {
            format!(
                "<li>{0}: {1} (not made yet: <code>cargo xtask docs {0}</code>)</li>\n",
                part.name, part.what
            )
        }
    };
    let rows: String = PARTS.iter().map(row).collect();
    let why: String = run.skipped.iter().chain(&run.failed).map(|why| format!("<li>{why}</li>\n")).collect();
    let why = if why.is_empty() {
        why
    } else {
        format!("<p>What was missing in the last run:</p>\n<ul>\n{why}</ul>")
    };
    page("cryptopay-client", &format!("<ul>\n{rows}</ul>\n{why}"))
}

fn page(title: &str, body: &str) -> String {
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>{title}</title>\n{HEAD}</head>\n\
         <body>\n<h1>{title}</h1>\n{body}\n</body>\n</html>\n"
    )
}
