//! The story of a payment client in a minute, and a first example: `cargo run -p cryptopay-core --example demo`.
//!
//! It starts a local Cryptopay (the sandbox, in this process), so it needs no account and no internet. Every chapter checks
//! what it tells: the program ends with 0 only if all of it was so. How it is printed is `paper`, how callbacks come in is
//! `receiver`, how a minute passes in no time is `fast_time`.

mod fast_time;
mod paper;
mod receiver;

use std::process::ExitCode;
use std::time::Duration;

use cryptopay_core::api::accounts::Account;
use cryptopay_core::api::coin_withdrawals::{CoinWithdrawalParams, CoinWithdrawalStatus};
use cryptopay_core::api::invoices::{InvoiceParams, InvoiceStatus};
use cryptopay_core::callback;
use cryptopay_core::code::Code;
use cryptopay_core::environment::Environment;
use cryptopay_core::face::{BuildError, Builder, Cryptopay};
use cryptopay_core::status::DOCUMENTED;
use cryptopay_core::transport::ReqwestFetch;
use cryptopay_sandbox::control::ClockChange;
use cryptopay_sandbox::faults::Rule;
use cryptopay_sandbox::{Options, Sandbox};
use serde_json::{Value, json};

use fast_time::FastTime;
use paper::{Failed, chapter, check, end, so, tell};
use receiver::Receiver;

/// A wrong clock, an hour ahead.
const HOUR_MS: i64 = 3_600_000;

#[tokio::main]
async fn main() -> ExitCode {
    end(story().await)
}

async fn story() -> Result<(), Failed> {
    // A real program names Environment::Sandbox or Environment::Production, or reads everything from its environment:
    // Cryptopay::from_env().
    let receiver = Receiver::start()?;
    let options = Options { callback_url: Some(receiver.url()), ..Options::default() };
    let sandbox = Sandbox::start(options).await?;
    let client = builder(&sandbox)?.callback_secret(&sandbox.callback_secret).build()?;
    tell(&format!("a local Cryptopay listens on {}", sandbox.url()));

    credentials(&client).await?;
    invoice(&client, &sandbox, receiver).await?;
    payout(&client, &sandbox).await?;
    wrong_secret(&sandbox).await?;
    wrong_clock(&sandbox).await?;
    rate_limit().await?;
    statuses()
}

fn builder(sandbox: &Sandbox) -> Result<Builder, BuildError> {
    let environment = Environment::parse(sandbox.url())?;
    Ok(Cryptopay::builder(environment).api_key(&sandbox.api_key).api_secret(&sandbox.api_secret))
}

async fn credentials(client: &Cryptopay) -> Result<(), Failed> {
    chapter("The credentials are checked");
    let mut pages = client.accounts().list();
    let mut accounts: Vec<Account> = Vec::new();
    while let Some(account) = pages.next().await? {
        accounts.push(account);
    }
    let euros = accounts.iter().find(|account| account.currency == "EUR");
    let euros = euros.ok_or_else(|| Failed::expected("an account in EUR", &accounts.len()))?;
    so(&format!(
        "key and secret are right: {} accounts, {} EUR on one of them",
        accounts.len(),
        euros.balance
    ));
    Ok(())
}

async fn invoice(client: &Cryptopay, sandbox: &Sandbox, mut receiver: Receiver) -> Result<(), Failed> {
    chapter("An invoice is created and paid, and its callback is verified");
    let wanted = InvoiceParams {
        price_amount: "25.00".parse()?,
        price_currency: "EUR".into(),
        pay_currency: "BTC".into(),
        custom_id: Some("order-1001".into()),
        ..InvoiceParams::default()
    };
    let invoice = client.invoices().create(&wanted).await?;
    check("the invoice is new", InvoiceStatus::New, invoice.status.clone())?;
    so(&format!("invoice {}: {} BTC for 25.00 EUR, to {}", invoice.id, invoice.pay_amount, invoice.address));

    sandbox.pay(&json!({"invoice_id": invoice.id.to_string(), "amount": "exact"})).await?;
    let paid = client.invoices().retrieve(invoice.id).await?;
    check("the paid invoice is completed", InvoiceStatus::Completed, paid.status.clone())?;
    so("the customer pays it: the invoice is completed");

    let secrets = &client.config().callback_secrets;
    let (received, event) = loop {
        let received = receiver.next(Duration::from_secs(10)).await?;
        let verified = callback::verify(&received.body, received.signature.as_deref(), secrets)?;
        if verified.event.status.as_deref() == Some("completed") {
            break (received, verified.event);
        }
    };
    check("the callback is about this invoice", Some(invoice.id.to_string()), event.id)?;
    so(&format!("a callback came in over a socket, and its signature fits: {} {}", event.kind, event.event));

    let forged = String::from_utf8_lossy(&received.body).replace("completed", "refunded");
    let refused = callback::verify(forged.as_bytes(), received.signature.as_deref(), secrets);
    let refused = refused.err().ok_or_else(|| Failed::expected("a refused forgery", &"it was believed"))?;
    check("the forged callback is refused", Code::InvalidSignature, refused.code())?;
    so(&format!("one that was changed on the way is refused: {refused}"));
    Ok(())
}

async fn payout(client: &Cryptopay, sandbox: &Sandbox) -> Result<(), Failed> {
    chapter("A payout whose answer is lost is found again, not sent twice");
    let lost = Rule {
        operation: Some("coin_withdrawals.create".into()),
        kind: "apply_then_drop".into(),
        times: Some(1),
        ..Rule::default()
    };
    sandbox.faults(vec![lost]).await?;
    tell("the connection will break after the payout was made and before its answer is sent");
    let wanted = CoinWithdrawalParams {
        address: "2N9wPGx67zdSeAbXi15qHgoZ9Hb9Uxhd2uQ".into(),
        charged_currency: "EUR".into(),
        received_currency: "BTC".into(),
        received_amount: Some("0.01".parse()?),
        custom_id: Some("payout-2001".into()),
        force_commit: Some(true),
        ..CoinWithdrawalParams::default()
    };
    let payout = client.coin_withdrawals().create(&wanted).await?;
    let outcome = payout.outcome();
    check("the payout is marked as recovered", true, outcome.recovered)?;
    check("the payout was sent once", 1, outcome.trace.sends)?;
    check("the payout is on its way", CoinWithdrawalStatus::Pending, payout.status.clone())?;
    so(&format!("the client read before it would repeat, and found it: payout {} is pending", payout.id));

    for (operation, ending) in journal_of(sandbox, "coin_withdrawals") {
        tell(&format!("  the server saw {operation:<39} {ending}"));
    }
    let ledger = sandbox.ledger();
    let made = listed(&ledger, "withdrawals").filter(|one| one["custom_id"] == "payout-2001");
    check("the ledger shows the payout once", 1, made.filter(|one| one["committed"] == true).count())?;
    check("the ledger is balanced", Some(&json!(true)), ledger.get("balanced"))?;
    so("the ledger shows it once, and every account balances");
    Ok(())
}

async fn wrong_secret(sandbox: &Sandbox) -> Result<(), Failed> {
    chapter("A wrong secret: the 401 explains itself");
    let client = builder(sandbox)?.api_secret("not-the-secret-of-this-key").build()?;
    let refused = client.accounts().list().next().await;
    let error = refused.err().ok_or_else(|| Failed::expected("a refusal", &"the call succeeded"))?;
    check("the error says so", Code::Unauthenticated, error.code)?;
    let signed = error.signed.ok_or_else(|| Failed::expected("the text that was signed", &"nothing"))?;
    let lines: Vec<&str> = signed.string_to_sign.lines().collect();
    check("what was signed has five lines", 5, lines.len())?;
    check("its last line is the path", Some(&"/api/accounts"), lines.last())?;
    so(&format!("signed was {:?}", signed.string_to_sign));
    let off =
        signed.clock_difference_ms.ok_or_else(|| Failed::expected("the clocks compared", &"nothing"))?;
    check("the clocks agree", true, off.abs() < 5_000)?;
    check("the secret is blamed", true, signed.likely.contains("secret"))?;
    so(&format!("likely: {}", signed.likely));
    Ok(())
}

async fn wrong_clock(sandbox: &Sandbox) -> Result<(), Failed> {
    chapter("A clock that is an hour off heals itself");
    sandbox.clock(ClockChange { skew_ms: Some(HOUR_MS), advance_ms: None }).await?;
    let client = builder(sandbox)?.build()?;
    let rate = client.rates().retrieve("BTC", "EUR").await?;
    check("the request was repeated once", 2, rate.outcome().trace.sends)?;
    so("the first request got a 401; the client took the server's time from it, and the second went through");
    let rate = client.rates().retrieve("BTC", "EUR").await?;
    check("the next call needs one request", 1, rate.outcome().trace.sends)?;
    so("the next call needed no second request");
    sandbox.clock(ClockChange { skew_ms: Some(0), advance_ms: None }).await?;
    Ok(())
}

async fn rate_limit() -> Result<(), Failed> {
    chapter("The limit of 200 requests a minute is met without a 429");
    let sandbox = Sandbox::start(Options::default()).await?;
    let time = FastTime::new(sandbox);
    let client = builder(&time.sandbox)?.build_over(ReqwestFetch::new()?, time.clone())?;
    for _ in 0..500 {
        client.rates().retrieve("BTC", "EUR").await?;
    }
    let journal = time.sandbox.journal();
    let answered = |status| entries(&journal).filter(|entry| entry["status"] == status).count();
    check("every request was answered", 500, answered(200))?;
    check("none of them was one too many", 0, answered(429))?;
    check("the client waited for that", true, time.passed_ms() > 60_000)?;
    so(&format!(
        "500 calls, one after another: 500 answers, no 429; the client held back for {} s (on a clock that can be turned)",
        time.passed_ms() / 1_000
    ));
    Ok(())
}

fn statuses() -> Result<(), Failed> {
    chapter("What each status of the API means, and what to do");
    for (status, reason, row) in &DOCUMENTED {
        paper::row(*status, reason, row.meaning, row.hint);
    }
    check("the API documents 14 statuses", 14, DOCUMENTED.len())
}

fn entries(journal: &Value) -> impl Iterator<Item = &Value> {
    journal.as_array().into_iter().flatten()
}

fn listed<'l>(ledger: &'l Value, what: &str) -> impl Iterator<Item = &'l Value> + use<'l> {
    ledger.get(what).into_iter().flat_map(entries)
}

/// The requests to one resource: the operation, and what came of it.
fn journal_of(sandbox: &Sandbox, resource: &str) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    entries(&sandbox.journal())
        .filter(|entry| text(&entry["operation"]).starts_with(resource))
        .map(|entry| match entry["status"].as_u64() {
            Some(status) => (text(&entry["operation"]), status.to_string()),
            None => (text(&entry["operation"]), text(&entry["fault"])),
        })
        .collect()
}
