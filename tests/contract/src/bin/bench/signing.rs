//! Signatures: one GET and one POST of 200 bytes, from the texts of the request to the value of `Authorization`, with
//! node:crypto beside them when there is a `node`.

use anyhow::{Context as _, Result, ensure};
use cryptopay_core::http::Method;
use cryptopay_core::secret::Secret;
use cryptopay_core::sign::{CONTENT_TYPE, Signer};

use crate::batches;
use crate::node::{self, Signing};
use crate::samples::{KEY, SECRET};
use crate::table::{Budget, Table};

const COUNT: u32 = 20_000;
const DATE: &str = "Tue, 14 Nov 2023 22:13:20 GMT";

/// Measures and prints.
pub(crate) fn rows(table: &Table) -> Result<()> {
    let path = "/api/invoices/c8233d57-78c8-4c36-b35e-940ae9067c78";
    let (ours, node) = measure(Method::Get, path, "")?;
    table.figure("sign one GET", ours, "µs", Budget::AtMost(0.4))?;
    // At least four times as fast.
    beside(table, "sign one GET, beside node:crypto", ours, node, Budget::AtMost(0.25))?;
    let body = format!(
        r#"{{"price_amount":"100.0","price_currency":"EUR","pay_currency":"BTC","custom_id":"{}"}}"#,
        "x".repeat(117)
    );
    ensure!(body.len() == 200, "the body has {} bytes", body.len());
    let (ours, node) = measure(Method::Post, "/api/invoices", &body)?;
    beside(table, "sign one POST of 200 bytes", ours, node, Budget::None)
}

fn beside(table: &Table, what: &str, ours: f64, node: Option<f64>, budget: Budget) -> Result<()> {
    match node {
        Some(node) => table.beside(what, ours, "µs", ("node:crypto", node), budget),
        None => table.skipped(what, "node is not on PATH"),
    }
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
