//! What stays behind: the memory of the process over a million calls, and over a list of 100,000 rows.

use std::cell::Cell;
use std::rc::Rc;

use anyhow::{Result, ensure};
use cryptopay_core::api::invoices::InvoiceListParams;
use cryptopay_core::drive::Fetch;
use cryptopay_core::event::Failure;
use cryptopay_core::http::{Request, Response};
use cryptopay_core::{Cryptopay, Environment};

use crate::calls::{Clocks, Prepared, answered, at_once};
use crate::process::{memory_kb, told};
use crate::samples::{KEY, SECRET, id, one, page, response};
use crate::table::{Budget, Table};

const CALLS: u32 = 1_000_000;
const ROWS: u32 = 100_000;
/// What allocators and caches may still take after the warm-up.
const SLACK_KB: f64 = 512.0;

/// Measures and prints.
pub(crate) fn rows(table: &Table) -> Result<()> {
    let (calls, rows) =
        ("memory that 1,000,000 typed calls leave", "memory that a list of 100,000 rows takes");
    if !told() {
        table.skipped(calls, "no /proc here")?;
        return table.skipped(rows, "no /proc here");
    }
    table.figure(calls, grown(|some| make(some * CALLS / 10))?, "KB", Budget::AtMost(SLACK_KB))?;
    table.figure(rows, grown(|some| list(some * ROWS / 10))?, "KB", Budget::AtMost(SLACK_KB))
}

/// How much more memory the process holds after ten parts of some work than after the first.
fn grown(work: impl Fn(u32) -> Result<()>) -> Result<f64> {
    work(1)?;
    let before = memory_kb("VmRSS")?;
    work(10)?;
    Ok((memory_kb("VmHWM")?.max(memory_kb("VmRSS")?) - before).max(0.0))
}

fn make(count: u32) -> Result<()> {
    let (calls, body, id) = (Prepared::new()?, one(), id(1).parse()?);
    for _ in 0..count {
        calls.retrieve(id, answered(&calls.clocks, &body))?;
    }
    Ok(())
}

/// A transport that answers page after page.
struct Paged {
    clocks: Clocks,
    left: Rc<Cell<u32>>,
}

const PAGE: u32 = 50;

impl Fetch for Paged {
    async fn fetch(&self, _: Request) -> Result<Response, Failure> {
        let left = self.left.get().saturating_sub(PAGE);
        self.left.set(left);
        Ok(response(self.clocks.next().unix_ms, &page(left..left + PAGE, left > 0)))
    }
}

fn list(count: u32) -> Result<()> {
    let clocks = Clocks::new();
    let client = Cryptopay::builder(Environment::Sandbox)
        .api_key(KEY)
        .api_secret(SECRET)
        .build_over(Paged { clocks: clocks.clone(), left: Rc::new(Cell::new(count)) }, clocks)?;
    let mut invoices = client.invoices().list(&InvoiceListParams::default());
    let mut seen = 0;
    while at_once(invoices.next())??.is_some() {
        seen += 1;
    }
    ensure!(seen == count, "{seen} of {count} rows came");
    Ok(())
}
