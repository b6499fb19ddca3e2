//! Payments to deposit addresses: seen, then confirmed, whoever sends them.
//!
//! The control API pays from outside; a payout to one of the sandbox's own addresses pays it too. What a confirmed
//! payment means is decided by invoices and channels.

use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use crate::amount::{self, plain};
use crate::clock::Moment;
use crate::ledger::{Party, Posting};
use crate::refusal::{Detail, Refusal};
use crate::resources::channel_payments;
use crate::resources::coin_withdrawals::{self, Withdrawal};
use crate::resources::{invoices, subscriptions};
use crate::schedule::Job;
use crate::world::World;

/// What a deposit address belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// An invoice, by id.
    Invoice(String),
    /// A channel, by id.
    Channel(String),
}

/// A payment of the control API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Payment {
    /// Who is paid.
    pub to: PayTo,
    /// How much; `None` is what is still open.
    pub amount: Option<Decimal>,
    /// `low`, `medium`, `high` (the risk team sends it back after 24 h) or `cleared` (high, accepted after 24 h).
    pub risk: String,
    /// 0: only seen; else confirmed at once.
    pub confirmations: u64,
    /// Confirms a transaction that was seen before instead of making a new one.
    pub txid: Option<String>,
}

/// How a payment names who is paid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PayTo {
    /// An invoice, by id.
    Invoice(String),
    /// A channel, by id.
    Channel(String),
    /// A deposit address.
    Address(String),
}

/// What the risk team will find.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Judgement {
    /// Nothing is wrong.
    Clean,
    /// High risk; accepted in the end.
    Clear,
    /// High risk; returned in the end.
    Refund,
}

/// One transaction on the network.
#[derive(Clone, Debug)]
pub(crate) struct Deposit {
    /// Its id there.
    pub txid: String,
    /// How much, in the coin.
    pub amount: Decimal,
    /// When it was confirmed, in sandbox milliseconds.
    pub confirmed_ms: Option<u64>,
    /// As the API shows it.
    pub risk: Value,
    /// What will come of the risk.
    pub judgement: Judgement,
}

impl Payment {
    /// Reads the body of `POST /_sandbox/pay`: `{invoice_id | channel_id | address, amount: "exact" | decimal,
    /// risk?, confirmations?, txid?}`.
    ///
    /// # Errors
    /// A sentence that says what is wrong.
    pub(crate) fn read(body: &Map<String, Value>) -> Result<Self, String> {
        let text = |name: &str| body.get(name).and_then(Value::as_str).map(str::to_owned);
        let to = match (text("invoice_id"), text("channel_id"), text("address")) {
            (Some(id), None, None) => PayTo::Invoice(id),
            (None, Some(id), None) => PayTo::Channel(id),
            (None, None, Some(address)) => PayTo::Address(address),
            _ => {
                return Err("pay needs exactly one of invoice_id, channel_id and address, as text".to_owned());
            }
        };
        let amount = match body.get("amount") {
            None | Some(Value::Null) => None,
            Some(Value::String(text)) if text == "exact" => None,
            Some(value) => {
                let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                let positive = amount::read(&text).filter(|amount| *amount > Decimal::ZERO);
                Some(
                    positive
                        .ok_or_else(|| format!("amount takes exact or a positive decimal, not {value}"))?,
                )
            }
        };
        let risk = text("risk").unwrap_or_else(|| "low".to_owned());
        if !["low", "medium", "high", "cleared"].contains(&risk.as_str()) {
            return Err(format!("risk takes low, medium, high or cleared, not {risk}"));
        }
        let confirmations = match body.get("confirmations") {
            None | Some(Value::Null) => 1,
            Some(value) => {
                // Bodies are read leniently: a number may come as its text.
                let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                text.parse().map_err(|_| "confirmations takes a whole number from 0")?
            }
        };
        Ok(Self { to, amount, risk, confirmations, txid: text("txid") })
    }
}

/// A payment arrives from outside; answers with its `txid` and the object that it pays.
pub(crate) fn pay(world: &mut World, payment: &Payment, at: Moment) -> Result<Value, Refusal> {
    let target = match &payment.to {
        PayTo::Invoice(id) => Target::Invoice(id.clone()),
        PayTo::Channel(id) => Target::Channel(id.clone()),
        PayTo::Address(address) => world.targets.get(address).ok_or_else(Refusal::not_found)?.clone(),
    };
    let (coin, open, network) = match &target {
        Target::Invoice(id) => {
            let invoice = world.invoices.get(id).ok_or_else(Refusal::not_found)?;
            let open = invoice.pay_amount.checked_sub(invoice.paid(false)).unwrap_or_default();
            let open = if open > Decimal::ZERO { open } else { invoice.pay_amount };
            (invoice.opening.pay, Some(open), invoice.opening.network)
        }
        Target::Channel(id) => {
            let channel = world.channels.get(id).ok_or_else(Refusal::not_found)?;
            (channel.pay, None, channel.network)
        }
    };
    let txid = match &payment.txid {
        Some(txid) => txid.clone(),
        None => {
            let amount = payment.amount.or(open).ok_or_else(|| Detail::required("amount"))?;
            if amount.normalize().scale() > coin.precision {
                let sentence = format!("must have at most {} decimals", coin.precision);
                return Err(Detail::new("bad_precision", "amount", &sentence).into());
            }
            let judgement = match payment.risk.as_str() {
                "high" => Judgement::Refund,
                "cleared" => Judgement::Clear,
                _ => Judgement::Clean,
            };
            let level = if judgement == Judgement::Clean { payment.risk.as_str() } else { "high" };
            let (txid, risk) = (world.seed.txid(network.code), world.seed.risk(level));
            let deposit = Deposit { txid: txid.clone(), amount, confirmed_ms: None, risk, judgement };
            see(world, &target, deposit, at);
            txid
        }
    };
    if payment.confirmations > 0 && !confirm(world, &target, &txid, at) {
        return Err(Refusal::not_found());
    }
    let object = match &target {
        Target::Invoice(id) => {
            json!({"txid": txid, "invoice": world.invoices.get(id).map(|one| one.to_json())})
        }
        Target::Channel(_) => {
            let made = world.channel_payments.newest_first(None).find(|(_, one)| one.deposit.txid == txid);
            json!({"txid": txid, "channel_payment": made.map(|(_, one)| one.to_json())})
        }
    };
    Ok(object)
}

/// A payout of ours is on the network: if it goes to one of our own addresses, the payment is seen there.
pub(crate) fn sent_by_us(world: &mut World, withdrawal: &Withdrawal, at: Moment) {
    let (Some(target), Some(txid)) = (own_target(world, withdrawal), withdrawal.txid.clone()) else { return };
    let risk = world.seed.risk("low");
    let amount = withdrawal.received;
    let deposit = Deposit { txid, amount, confirmed_ms: None, risk, judgement: Judgement::Clean };
    see(world, &target, deposit, at);
}

/// A payout of ours has its first confirmation.
pub(crate) fn confirmed_by_us(world: &mut World, withdrawal: &Withdrawal, at: Moment) {
    if let (Some(target), Some(txid)) = (own_target(world, withdrawal), &withdrawal.txid) {
        confirm(world, &target, txid, at);
    }
}

/// Runs a job at the moment at which it is due.
pub(crate) fn run(world: &mut World, job: &Job, at: Moment) {
    match job {
        Job::InvoiceExpires(id) => invoices::weigh(world, id, at),
        Job::InvoiceLapses(id) => invoices::lapse(world, id, at),
        Job::InvoiceJudged(id) => invoices::judge(world, id, at),
        Job::PaymentLapses(id) => channel_payments::lapse(world, id, at),
        Job::PaymentJudged(id) => channel_payments::judge(world, id, at),
        Job::WithdrawalSteps(id) => coin_withdrawals::step(world, id, at),
        Job::PeriodEnds(id) => subscriptions::period_ends(world, id, at),
    }
}

fn own_target(world: &World, withdrawal: &Withdrawal) -> Option<Target> {
    let target = world.targets.get(&withdrawal.wanted.address)?;
    let coin = match target {
        Target::Invoice(id) => world.invoices.get(id)?.opening.pay.code,
        Target::Channel(id) => world.channels.get(id)?.pay.code,
    };
    Some(target.clone()).filter(|_| coin == withdrawal.wanted.received.code)
}

fn see(world: &mut World, target: &Target, deposit: Deposit, at: Moment) {
    match target {
        Target::Invoice(id) => {
            world.invoices.change(id, at.now_ms, |invoice| invoice.deposits.push(deposit));
            invoices::callback(world, id, "transaction_created", at);
        }
        Target::Channel(id) => channel_payments::see(world, id, deposit, at),
    }
}

/// False if there is no such transaction.
fn confirm(world: &mut World, target: &Target, txid: &str, at: Moment) -> bool {
    let id = match target {
        Target::Invoice(id) => id,
        Target::Channel(id) => return channel_payments::confirm(world, id, txid, at),
    };
    let Some(invoice) = world.invoices.get(id) else { return false };
    let Some(deposit) = invoice.deposits.iter().find(|deposit| deposit.txid == txid) else { return false };
    if deposit.confirmed_ms.is_some() {
        return true;
    }
    let (currency, amount, reference) = (invoice.opening.pay.code, deposit.amount, invoice.reference());
    let posting = Posting { currency, from: Party::World, to: Party::Held, amount };
    if world.ledger.post(&mut world.seed, at, &reference, None, &[posting]).is_err() {
        return false;
    }
    world.invoices.change(id, at.now_ms, |invoice| {
        let confirmed = invoice.deposits.iter_mut().filter(|deposit| deposit.txid == txid);
        confirmed.for_each(|deposit| deposit.confirmed_ms = Some(at.now_ms));
    });
    invoices::callback(world, id, "transaction_confirmed", at);
    invoices::weigh(world, id, at);
    true
}

/// The part of `GET /_sandbox/ledger` about deposits: what arrived, for whom.
pub(crate) fn deposits(world: &World) -> Value {
    let rows = world.invoices.newest_first(None).flat_map(|(id, invoice)| {
        invoice.deposits.iter().map(move |deposit| {
            let confirmed = deposit.confirmed_ms.is_some();
            json!({"invoice_id": id, "txid": deposit.txid, "amount": plain(deposit.amount), "confirmed": confirmed})
        })
    });
    rows.collect()
}
