//! Accounts and transactions: the merchant's view of the ledger.
//!
//! A transaction's status and risk are those of the object it refers to, at the moment of the read.

use serde_json::{Value, json};

use crate::amount::plain;
use crate::answer::Answer;
use crate::clock::{read_time, timestamp};
use crate::pages::{Cursor, page};
use crate::refusal::{Detail, Refusal};
use crate::statement::Row;
use crate::world::{Call, World};

const REFERENCE_TYPES: [&str; 9] = [
    "BankDeposit",
    "BankWithdrawal",
    "ChannelPayment",
    "CoinDeposit",
    "CoinWithdrawal",
    "ExchangeTransfer",
    "Invoice",
    "InvoiceRefund",
    "ManualBalanceTransaction",
];

/// Status, context and risk of a referenced object.
type State = (Option<&'static str>, Option<&'static str>, Value);

/// `GET /api/accounts`.
pub(crate) fn list(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let rows = world.ledger.accounts().map(|(id, currency)| (id, (id, currency)));
    page(call.incoming, Cursor::Uuid, rows, |(id, currency)| {
        json!({
            "id": id,
            "balance": plain(world.ledger.balance_at(currency, call.as_of())),
            "currency": currency,
            "project_id": world.project_id,
        })
    })
}

/// `GET /api/accounts/{account_id}/transactions`.
pub(crate) fn list_transactions(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let account_id = call.incoming.path_uuid("account_id")?;
    let account = world.ledger.accounts().find(|(id, _)| *id == account_id);
    let (_, currency) = account.ok_or_else(Refusal::not_found)?;
    let rows = world.ledger.statement().rows(call.as_of()).filter(|row| row.currency == currency);
    page(call.incoming, Cursor::Uuid, rows.map(|row| (row.id.as_str(), row)), |row| to_json(world, row, call))
}

/// `GET /api/transactions`, with its filters; both ends of a time range are inside.
pub(crate) fn transactions(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let query = |name: &str| call.incoming.query_text(name);
    let (from, to) = (time(call, "created_at_from")?, time(call, "created_at_to")?);
    let kind = query("reference_type");
    if let Some(kind) = kind
        && !REFERENCE_TYPES.contains(&kind)
    {
        return Err(Detail::must_be_included_in("reference_type", &REFERENCE_TYPES).into());
    }
    let (currency, status, level) = (query("currency"), query("status"), query("risk_level"));
    let by_state = status.is_some() || level.is_some();
    let rows = world.ledger.statement().rows(call.as_of()).filter(|row| {
        let second = row.at.wall_ms / 1000;
        kind.is_none_or(|kind| row.reference.kind == kind)
            && currency.is_none_or(|currency| row.currency == currency)
            && from.is_none_or(|from| second >= from / 1000)
            && to.is_none_or(|to| second <= to / 1000)
            && (!by_state || {
                let (has, _, risk) = state(world, row, call.as_of());
                (status.is_none() || status == has)
                    && level.is_none_or(|level| risk.get("level").and_then(Value::as_str) == Some(level))
            })
    });
    page(call.incoming, Cursor::Uuid, rows.map(|row| (row.id.as_str(), row)), |row| to_json(world, row, call))
}

fn time(call: &Call<'_>, name: &str) -> Result<Option<u64>, Refusal> {
    let Some(text) = call.incoming.query_text(name) else { return Ok(None) };
    let wrong = || Detail::new("must_be_iso8601", name, "must be an ISO 8601 date and time");
    Ok(Some(read_time(text).ok_or_else(wrong)?))
}

fn state(world: &World, row: &Row, as_of: Option<u64>) -> State {
    let id = row.reference.id.as_str();
    let found = match row.reference.kind {
        "CoinWithdrawal" => {
            world.withdrawals.seen(id, as_of).map(|one| (Some(one.status), None, one.risk.clone()))
        }
        "Invoice" => world.invoices.seen(id, as_of).map(|one| {
            let risk = one.deposits.last().map_or(Value::Null, |deposit| deposit.risk.clone());
            (Some(one.status), one.context, risk)
        }),
        "ChannelPayment" => world
            .channel_payments
            .seen(id, as_of)
            .map(|one| (Some(one.status), one.context, one.deposit.risk.clone())),
        "InvoiceRefund" => world.refunds.seen(id, as_of).map(|one| (None, None, one.risk.clone())),
        _ => None,
    };
    found.unwrap_or((None, None, Value::Null))
}

fn to_json(world: &World, row: &Row, call: &Call<'_>) -> Value {
    let (status, context, risk) = state(world, row, call.as_of());
    let figures = world.ledger.statement().figures(row, call.as_of());
    // Recorded rows of invoices and payouts name the custom_id; no recording tells of the others.
    let named = call.quirks.ledger_custom_ids || ["Invoice", "CoinWithdrawal"].contains(&row.reference.kind);
    json!({
        "id": row.id,
        "custom_id": row.reference.custom_id.as_ref().filter(|_| named),
        "customer_id": row.reference.customer_id,
        "amount": plain(figures.amount),
        "currency": row.currency,
        "balance": plain(figures.balance),
        "fee": figures.fee.map(|(fee, _)| plain(fee)),
        "fee_currency": figures.fee.map(|(_, currency)| currency),
        "reference_id": row.reference.id,
        "reference_type": row.reference.kind,
        "description": row.reference.description,
        "status": status,
        "status_context": context,
        "risk": risk,
        "created_at": timestamp(row.at.wall_ms),
    })
}
