//! Payouts: quote, commit, and the way from `pending` to `completed`.
//!
//! The sandbox's own levers, since the API has no trigger: more than 50,000 EUR at once is put on hold for an hour;
//! an address containing `sandboxfail` fails and is cancelled, `sandboxfailthenpay` fails and is paid after all,
//! `sandboxhighrisk` is refused as a high-risk address.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::refunds;
use super::withdrawal_params::{self, Wanted};
use crate::amount::{minus, plain};
use crate::answer::Answer;
use crate::clock::{Moment, timestamp, timestamp_uncommitted};
use crate::coins::{Currency, Network};
use crate::ledger::{Party, Posting, Reference};
use crate::pages::{Cursor, page};
use crate::payments;
use crate::pricing::Conversion;
use crate::quirks::{LapsedQuote, Quirks};
use crate::refusal::{Detail, Refusal};
use crate::schedule::Job;
use crate::world::{Call, QUOTE_MS, World};

const LARGEST_AT_ONCE_EUR: i64 = 50_000;

/// One payout.
#[derive(Clone, Debug)]
pub(crate) struct Withdrawal {
    pub(crate) id: String,
    pub(crate) wanted: Wanted,
    pub(crate) status: &'static str,
    pub(crate) charged: Decimal,
    pub(crate) received: Decimal,
    /// 1 % in the charged currency: `exchange.fee` of a conversion, else `fee`.
    pub(crate) fee: Decimal,
    pub(crate) conversion: Option<Conversion>,
    pub(crate) txid: Option<String>,
    pub(crate) risk: Value,
    pub(crate) created: Moment,
    pub(crate) committed: bool,
    /// The refund of which this is the payout.
    pub(crate) refund_id: Option<String>,
}

/// `POST /api/coin_withdrawals`.
pub(crate) fn create(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let (wanted, terms, force_commit) = withdrawal_params::read(&call.incoming.body)?;
    let rates = world.rates(call.at);
    let (price, conversion) = withdrawal_params::price(&rates, &wanted, &terms)?;
    check_risk(&wanted.address)?;
    let balance = check_balance(world, wanted.charged, price.charged, wanted.received, conversion.as_ref());
    let unique = check_unique(world, wanted.custom_id.as_deref(), None, call);
    if call.quirks.balance_before_uniqueness {
        balance.and(unique)?
    } else {
        unique.and(balance)?
    }
    let withdrawal = Withdrawal {
        id: world.seed.uuid(),
        wanted,
        status: "new",
        charged: price.charged,
        received: price.received,
        fee: price.fee,
        conversion,
        txid: None,
        risk: Value::Null,
        created: call.at,
        committed: false,
        refund_id: None,
    };
    let id = withdrawal.id.clone();
    if force_commit {
        pay_out(world, withdrawal, call.at)?;
    } else {
        keep(world, withdrawal, call.at);
    }
    let made = world.withdrawals.get(&id).ok_or_else(Refusal::not_found)?;
    Ok(Answer::created(made.to_json(made.status)))
}

/// `POST /api/coin_withdrawals/{coin_withdrawal_id}/commit`.
pub(crate) fn commit(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let id = call.incoming.path_uuid("coin_withdrawal_id")?;
    let withdrawal = world.withdrawals.get(id).ok_or_else(Refusal::not_found)?.clone();
    if withdrawal.committed {
        return Err(Refusal::new(409, "already_committed"));
    }
    if withdrawal.is_lapsed(call.at.now_ms) {
        return Err(call.lapsed());
    }
    check_unique(world, withdrawal.wanted.custom_id.as_deref(), Some(id), call)?;
    let (charged, received) = (withdrawal.wanted.charged, withdrawal.wanted.received);
    check_balance(world, charged, withdrawal.charged, received, withdrawal.conversion.as_ref())?;
    move_money(world, &withdrawal, call.at, false)?;
    commit_booked(world, id, call.at);
    let made = world.withdrawals.get(id).ok_or_else(Refusal::not_found)?;
    Ok(Answer::ok(made.to_json(made.status)))
}

/// `GET /api/coin_withdrawals`.
pub(crate) fn list(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let customer = call.incoming.query_text("customer_id");
    let rows = world.withdrawals.newest_first(call.as_of()).filter_map(|(id, withdrawal)| {
        let wanted =
            customer.is_none_or(|customer| withdrawal.wanted.customer_id.as_deref() == Some(customer));
        let status = withdrawal.shown(call.seen_ms(), call.quirks).filter(|_| wanted)?;
        Some((id, (withdrawal, status)))
    });
    page(call.incoming, Cursor::Uuid, rows, |(withdrawal, status)| withdrawal.to_json(status))
}

/// `GET /api/coin_withdrawals/{coin_withdrawal_id}`.
pub(crate) fn retrieve(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let id = call.incoming.path_uuid("coin_withdrawal_id")?;
    let withdrawal = world.withdrawals.seen(id, call.as_of()).ok_or_else(Refusal::not_found)?;
    let status = withdrawal.shown(call.seen_ms(), call.quirks).ok_or_else(Refusal::not_found)?;
    Ok(Answer::ok(withdrawal.to_json(status)))
}

/// `GET /api/coin_withdrawals/custom_id/{custom_id}`.
pub(crate) fn retrieve_by_custom_id(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let custom_id = call.incoming.path_text("custom_id")?;
    let mut found: Vec<_> = world
        .withdrawals
        .with_custom_id(custom_id, call.as_of())
        .filter_map(|withdrawal| Some((withdrawal, withdrawal.shown(call.seen_ms(), call.quirks)?)))
        .collect();
    // Where quotes do not reserve their custom_id several may share it: the committed one is the object.
    found.sort_by_key(|(withdrawal, _)| !withdrawal.committed);
    let (withdrawal, status) = found.first().ok_or_else(Refusal::not_found)?;
    Ok(Answer::ok(withdrawal.to_json(status)))
}

/// Whether money may go to this address.
pub(crate) fn check_risk(address: &str) -> Result<(), Refusal> {
    if !address.contains("sandboxhighrisk") {
        return Ok(());
    }
    let message = "the address is considered high risk and cannot be paid".to_owned();
    Err(Refusal { message, ..Refusal::new(422, "high_risk_address") })
}

/// A payout that is committed as soon as it is made.
pub(crate) fn pay_out(world: &mut World, withdrawal: Withdrawal, at: Moment) -> Result<(), Refusal> {
    move_money(world, &withdrawal, at, false)?;
    let id = withdrawal.id.clone();
    keep(world, withdrawal, at);
    commit_booked(world, &id, at);
    Ok(())
}

/// The next step of a committed payout.
pub(crate) fn step(world: &mut World, id: &str, at: Moment) {
    let Some(withdrawal) = world.withdrawals.get(id).cloned() else { return };
    let fails = withdrawal.wanted.address.contains("sandboxfail");
    let pays = withdrawal.wanted.address.contains("sandboxfailthenpay");
    let euros = world.rates(withdrawal.created).in_euros(withdrawal.charged, withdrawal.wanted.charged);
    let large = euros.is_ok_and(|euros| euros > Decimal::from(LARGEST_AT_ONCE_EUR));
    let (next, wait_ms) = match withdrawal.status {
        "pending" if large => ("on_hold", Some(3_600_000)),
        "pending" | "on_hold" => ("processing", Some(15_000)),
        "processing" if fails => ("failed", Some(40_000)),
        "processing" => ("sent", Some(40_000)),
        "failed" if !pays => ("cancelled", None),
        "sent" | "failed" => ("completed", None),
        _ => return,
    };
    let (txid, risk) = (world.seed.txid(withdrawal.wanted.network.code), world.seed.risk("low"));
    let sends = next == "sent" || (next == "completed" && withdrawal.txid.is_none());
    world.withdrawals.change(id, at.now_ms, |withdrawal| {
        withdrawal.status = next;
        if sends {
            (withdrawal.txid, withdrawal.risk) = (Some(txid), risk);
        }
    });
    if next == "cancelled" {
        // The reverse of what was booked: the world gives back, so no account can fall short.
        let _ = move_money(world, &withdrawal, at, true);
    }
    callback(world, id, "status_changed", at);
    if let Some(wait_ms) = wait_ms {
        world.schedule.plan(at.now_ms.saturating_add(wait_ms), Job::WithdrawalSteps(id.to_owned()));
    }
    let Some(withdrawal) = world.withdrawals.get(id).cloned() else { return };
    if sends {
        payments::sent_by_us(world, &withdrawal, at);
        refunds::sent(world, &withdrawal, at);
    }
    if next == "completed" {
        payments::confirmed_by_us(world, &withdrawal, at);
    }
}

/// Whether this account can pay; both amounts are named, as recorded.
pub(crate) fn check_balance(
    world: &World,
    charged: &'static Currency,
    amount: Decimal,
    received: &'static Currency,
    conversion: Option<&Conversion>,
) -> Result<(), Refusal> {
    let balance = world.ledger.balance(charged.code, Party::Merchant);
    if amount <= balance {
        return Ok(());
    }
    let most = conversion.map_or(Ok(balance), |conversion| conversion.forward(balance)).unwrap_or_default();
    let most = crate::amount::down(most, received.precision);
    Err(Refusal::invalid(vec![
        Detail::must_be_less_than_or_equal("charged_amount", balance),
        Detail::must_be_less_than_or_equal("received_amount", most),
    ]))
}

/// Quotes hold their `custom_id` only as long as they can be read.
fn check_unique(
    world: &World,
    custom_id: Option<&str>,
    own_id: Option<&str>,
    call: &Call<'_>,
) -> Result<(), Refusal> {
    let Some(custom_id) = custom_id else { return Ok(()) };
    let taken = world
        .withdrawals
        .with_custom_id(custom_id, None)
        .any(|other| Some(other.id.as_str()) != own_id && other.shown(call.at.now_ms, call.quirks).is_some());
    if taken { Err(Refusal::duplicate_custom_id()) } else { Ok(()) }
}

fn keep(world: &mut World, withdrawal: Withdrawal, at: Moment) {
    let (id, custom_id) = (withdrawal.id.clone(), withdrawal.wanted.custom_id.clone());
    world.withdrawals.add(&id, custom_id.as_deref(), withdrawal, at.now_ms);
}

fn move_money(world: &mut World, withdrawal: &Withdrawal, at: Moment, back: bool) -> Result<(), Refusal> {
    let (charged, received) = (withdrawal.wanted.charged.code, withdrawal.wanted.received.code);
    let network_fee = withdrawal.wanted.network_fee;
    let middle = if withdrawal.conversion.is_some() { Party::Exchange } else { Party::Merchant };
    let mut postings = vec![
        Posting { currency: charged, from: Party::Merchant, to: Party::Fees, amount: withdrawal.fee },
        Posting { currency: received, from: middle, to: Party::Network, amount: network_fee },
        Posting { currency: received, from: middle, to: Party::World, amount: withdrawal.received },
    ];
    if withdrawal.conversion.is_some() {
        let amount = minus(withdrawal.charged, withdrawal.fee)?;
        postings.push(Posting { currency: charged, from: Party::Merchant, to: Party::Exchange, amount });
    } else {
        // What rounding left over.
        let spent = withdrawal.fee + network_fee + withdrawal.received;
        let amount = minus(withdrawal.charged, spent)?;
        postings.push(Posting { currency: charged, from: Party::Merchant, to: Party::Fees, amount });
    }
    if back {
        for posting in &mut postings {
            (posting.from, posting.to) = (posting.to, posting.from);
        }
    }
    let fee = Some((withdrawal.fee, charged)).filter(|_| !back);
    world.ledger.post(&mut world.seed, at, &withdrawal.reference(), fee, &postings)
}

/// What follows a commit whose money has been booked.
fn commit_booked(world: &mut World, id: &str, at: Moment) {
    world.withdrawals.change(id, at.now_ms, |withdrawal| {
        withdrawal.status = "pending";
        withdrawal.committed = true;
    });
    callback(world, id, "created", at);
    world.schedule.plan(at.now_ms.saturating_add(5_000), Job::WithdrawalSteps(id.to_owned()));
}

fn callback(world: &mut World, id: &str, event: &'static str, at: Moment) {
    let Some(withdrawal) = world.withdrawals.get(id) else { return };
    let mut data = withdrawal.to_json(withdrawal.status);
    // Callbacks of 2025 carry a field that no model has.
    if let Some(fields) = data.as_object_mut() {
        fields.insert("description".to_owned(), Value::Null);
    }
    world.callbacks.add(at.now_ms, "CoinWithdrawal", event, &data);
}

impl Withdrawal {
    /// The payout of a refund to an address: all of `net` in its own coin, less the network fee, as recorded.
    pub(crate) fn of_refund(
        id: String,
        refund_id: String,
        address: String,
        (coin, network): (&'static Currency, &'static Network),
        net: Decimal,
        at: Moment,
    ) -> Result<Self, Refusal> {
        let (level, network_fee) = ("average", network.fee("average"));
        Ok(Self {
            id,
            wanted: Wanted {
                address,
                charged: coin,
                received: coin,
                network,
                network_fee,
                level,
                custom_id: None,
                customer_id: None,
                amount_field: "amount",
            },
            status: "new",
            charged: net,
            received: minus(net, network_fee)?,
            fee: Decimal::ZERO,
            conversion: None,
            txid: None,
            risk: Value::Null,
            created: at,
            committed: false,
            refund_id: Some(refund_id),
        })
    }

    fn is_lapsed(&self, now_ms: u64) -> bool {
        !self.committed && now_ms.saturating_sub(self.created.now_ms) > QUOTE_MS
    }

    /// The status that a read shows, or `None` where the object cannot be read.
    pub(crate) fn shown(&self, now_ms: u64, quirks: &Quirks) -> Option<&'static str> {
        if self.committed {
            return Some(self.status);
        }
        match quirks.lapsed_quote {
            _ if !quirks.uncommitted_readable => None,
            _ if !self.is_lapsed(now_ms) => Some("new"),
            LapsedQuote::New => Some("new"),
            LapsedQuote::Cancelled => Some("cancelled"),
            LapsedQuote::NotFound => None,
        }
    }

    fn reference(&self) -> Reference {
        Reference {
            kind: "CoinWithdrawal",
            id: self.id.clone(),
            custom_id: self.wanted.custom_id.clone(),
            customer_id: self.wanted.customer_id.clone(),
            description: None,
        }
    }

    fn to_json(&self, status: &str) -> Value {
        let wanted = &self.wanted;
        let write = if self.committed { timestamp } else { timestamp_uncommitted };
        let fee = if self.conversion.is_some() { Decimal::ZERO } else { self.fee };
        let mut data = json!({
            "id": self.id,
            "custom_id": wanted.custom_id,
            "customer_id": wanted.customer_id,
            "address": wanted.address,
            "network": wanted.network.code,
            "txid": self.txid,
            "status": status,
            "charged_amount": plain(self.charged),
            "charged_currency": wanted.charged.code,
            "received_amount": plain(self.received),
            "received_currency": wanted.received.code,
            "network_fee": plain(wanted.network_fee),
            "network_fee_level": wanted.level,
            "fee": plain(fee),
            "fee_currency": wanted.received.code,
            "risk": self.risk,
            "created_at": write(self.created.wall_ms),
        });
        if let (Some(conversion), Some(fields)) = (&self.conversion, data.as_object_mut()) {
            fields.insert("exchange".to_owned(), conversion.to_json(self.fee, wanted.charged.code));
        }
        data
    }
}
