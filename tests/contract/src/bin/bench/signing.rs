//! Signatures: one GET and one POST of 200 bytes, from the texts of the request to the value of `Authorization`, with
//! node:crypto beside them when there is a `node`.

use anyhow::{Context as _, Result, ensure};
use cryptopay_core::http::Method;
use cryptopay_core::secret::Secret;
use cryptopay_core::sign::{CONTENT_TYPE, Signer};

use crate::batches;
use crate::node::{self, Signing};
use crate::samples::{KEY, SECRET};
use crate::table::{Budget, row, skipped};

const COUNT: u32 = 20_000;
const DATE: &str = "Tue, 14 Nov 2023 22:13:20 GMT";
const NO_NODE: &str = "node is not on PATH";

/// Measures and prints.
pub(crate) fn rows() -> Result<()> {
    let path = "/api/invoices/c8233d57-78c8-4c36-b35e-940ae9067c78";
    let (ours, node) = measure(Method::Get, path, "")?;
    row("sign one GET", ours, "µs", Budget::AtMost(0.4), "");
    match node {
        Some(node) => {
            let peer = format!("node:crypto {node:.2} µs");
            row("sign one GET, times faster than node:crypto", node / ours, "×", Budget::AtLeast(4.0), &peer);
        }
        None => skipped("sign one GET, times faster than node:crypto", NO_NODE),
    }
    let body = format!(
        r#"{{"price_amount":"100.0","price_currency":"EUR","pay_currency":"BTC","custom_id":"{}"}}"#,
        "x".repeat(117)
    );
    ensure!(body.len() == 200, "the body has {} bytes", body.len());
    let (ours, node) = measure(Method::Post, "/api/invoices", &body)?;
    let peer = node
        .map_or(NO_NODE.to_owned(), |node| format!("node:crypto {node:.2} µs, {:.1} × as long", node / ours));
    row("sign one POST of 200 bytes", ours, "µs", Budget::None, &peer);
    Ok(())
}

/// The time of one signature in µs, here and with node:crypto.
fn measure(method: Method, path: &str, body: &str) -> Result<(f64, Option<f64>)> {
    let signer = Signer::new(KEY, &Secret::new("api_secret", SECRET)?)?;
    let bytes = (!body.is_empty()).then_some(body.as_bytes());
    let authorization = || signer.authorization(&signer.sign(method, bytes, CONTENT_TYPE, DATE, path));
    let ours = batches::microseconds(COUNT, || (), |()| Ok(authorization())).context("signing")?;
    let signing = Signing { key: KEY, secret: SECRET, method: method.as_str(), date: DATE, path, body };
    Ok((ours, node::microseconds(&signing, &authorization())?))
}
