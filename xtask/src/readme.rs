//! The part `readme`: the Rust snippets of the README are compiled and run as they stand, against a sandbox that is started
//! for them. The snippets are doc tests of `cryptopay-contract`; this file lends them an environment and nothing else.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use crate::run::{Run, cargo};

/// The part of the tests.
pub(crate) fn part(run: &mut Run) -> Result<()> {
    if !run.step("the sandbox is built", &mut cargo(["build", "-p", "cryptopay-sandbox"]))? {
        return Ok(());
    }
    let sandbox = Sandbox::start(run)?;
    let mut snippets = cargo(["test", "-p", "cryptopay-contract", "--doc"]);
    for (variable, member) in Sandbox::VARIABLES {
        snippets.env(variable, sandbox.told(member)?);
    }
    run.step("the snippets of the README run", &mut snippets)?;
    Ok(())
}

/// A sandbox that runs as long as this value lives.
pub(crate) struct Sandbox {
    child: Child,
    /// The one line of JSON that it prints when it is ready.
    ready: String,
}

impl Sandbox {
    /// The variables that a client reads, and which member of the ready line each is.
    pub(crate) const VARIABLES: [(&'static str, &'static str); 4] = [
        ("CRYPTOPAY_ENVIRONMENT", "url"),
        ("CRYPTOPAY_API_KEY", "api_key"),
        ("CRYPTOPAY_API_SECRET", "api_secret"),
        ("CRYPTOPAY_CALLBACK_SECRET", "callback_secret"),
    ];

    pub(crate) fn start(run: &Run) -> Result<Self> {
        let mut child = cargo(["run", "--quiet", "-p", "cryptopay-sandbox", "--", "--exit-on-stdin-close"])
            .current_dir(&run.root)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("the sandbox could not be started")?;
        let mut ready = String::new();
        if let Some(stdout) = child.stdout.take() {
            BufReader::new(stdout)
                .read_line(&mut ready)
                .context("the sandbox did not say that it is ready")?;
        }
        let sandbox = Self { child, ready };
        sandbox.told("url")?;
        Ok(sandbox)
    }

    /// One member of the ready line.
    pub(crate) fn told(&self, member: &str) -> Result<&str> {
        match text_member(&self.ready, member) {
            Some(text) => Ok(text),
            None => bail!("the sandbox did not tell its `{member}` when it started"),
        }
    }
}

impl Drop for Sandbox {
    /// Closes the sandbox's stdin, upon which it ends by itself; one that does not is ended.
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let patience = Instant::now();
        while patience.elapsed() < Duration::from_secs(3) {
            if let Ok(Some(_)) = self.child.try_wait() {
                return;
            }
            thread::sleep(Duration::from_millis(20));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The text of a member of a flat JSON object whose texts need no escapes (URLs, keys): enough for the sandbox's ready line.
fn text_member<'a>(line: &'a str, member: &str) -> Option<&'a str> {
    let (_, after) = line.split_once(&format!("\"{member}\""))?;
    let value = after.trim_start().strip_prefix(':')?.trim_start().strip_prefix('"')?;
    let (text, _) = value.split_once('"')?;
    (!text.contains('\\')).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ready_line_of_the_sandbox_is_understood() {
        let line = r#"{"url":"http://127.0.0.1:4711", "api_key" : "k-1","api_secret":"s_1"}"#;
        assert_eq!(text_member(line, "url"), Some("http://127.0.0.1:4711"));
        assert_eq!(text_member(line, "api_key"), Some("k-1"));
        assert_eq!(text_member(line, "callback_secret"), None);
        assert_eq!(text_member(r#"{"url":"a\"b"}"#, "url"), None);
        assert_eq!(text_member("", "url"), None);
    }

    #[test]
    fn the_table_of_statuses_is_the_table_of_the_core() {
        let root = crate::run::root().unwrap();
        let readme = std::fs::read_to_string(root.join("README.md")).unwrap();
        let source = std::fs::read_to_string(root.join("core/src/status.rs")).unwrap();
        let (_, table) = source.split_once("pub static DOCUMENTED").unwrap();
        let (table, _) = table.split_once("\n];").unwrap();
        // Rows in the core: number, reason, …, meaning, hint. The texts stand in the order of the README's columns.
        let mut core = table.split('"').skip(1).step_by(2);
        let mut rows = 0;
        for row in readme.lines().filter(|line| line.starts_with("| ") && line.as_bytes()[2].is_ascii_digit())
        {
            let cells: Vec<&str> = row.trim_matches(['|', ' ']).split(" | ").collect();
            let (number, reason) = cells[0].split_once(' ').unwrap();
            assert!(
                table.contains(&format!("({number},")) || table.contains(&format!("{number},\n")),
                "{number}"
            );
            assert_eq!(
                [core.next(), core.next(), core.next()],
                [Some(reason), Some(cells[1]), Some(cells[2])]
            );
            rows += 1;
        }
        assert_eq!((rows, core.next()), (14, None));
    }
}
