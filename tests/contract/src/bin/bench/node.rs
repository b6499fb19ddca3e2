//! The peer of the signatures: the same header made with node:crypto by the `node` on PATH, timed by node itself in
//! the same way (batches, warm-up, lower quartile). It only counts when it answers the same signature.

use std::process::Command;

use anyhow::{Context as _, Result, ensure};

/// The key is prepared for each signature, as the API's own samples for Node do it: node:crypto cannot keep it.
const SCRIPT: &str = r#"
const { createHash, createHmac } = require("node:crypto");
const [key, secret, method, date, path, body] = process.argv.slice(1);
const sign = () => {
  const md5 = body ? createHash("md5").update(body).digest("hex") : "";
  const text = `${method}\n${md5}\napplication/json\n${date}\n${path}`;
  return `HMAC ${key}:${createHmac("sha1", secret).update(text).digest("base64")}`;
};
const figures = [];
for (let batch = 0; batch < 49; batch += 1) {
  const began = process.hrtime.bigint();
  for (let i = 0; i < 2000; i += 1) sign();
  figures.push(Number(process.hrtime.bigint() - began) / 2000 / 1000);
}
const counted = figures.slice(8).sort((a, b) => a - b);
console.log(`${counted[counted.length >> 2]}\n${sign()}`);
"#;

/// What is signed: all texts of one request.
pub(crate) struct Signing<'a> {
    pub(crate) key: &'a str,
    pub(crate) secret: &'a str,
    pub(crate) method: &'a str,
    pub(crate) date: &'a str,
    pub(crate) path: &'a str,
    pub(crate) body: &'a str,
}

/// The time of one signature with node:crypto in µs; `None` when there is no `node` to ask.
///
/// # Errors
/// When node fails, or makes another `Authorization` than `expected`.
pub(crate) fn microseconds(signing: &Signing<'_>, expected: &str) -> Result<Option<f64>> {
    let Signing { key, secret, method, date, path, body } = signing;
    let run = Command::new("node").args(["-e", SCRIPT, "--", key, secret, method, date, path, body]).output();
    let Ok(output) = run else { return Ok(None) };
    ensure!(output.status.success(), "node failed: {}", String::from_utf8_lossy(&output.stderr));
    let answer = String::from_utf8(output.stdout)?;
    let (figure, authorization) =
        answer.trim_end().split_once('\n').context("node answered nothing to read")?;
    ensure!(authorization == expected, "node signs otherwise: {authorization} instead of {expected}");
    Ok(Some(figure.parse()?))
}
