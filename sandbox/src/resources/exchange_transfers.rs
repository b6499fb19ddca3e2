//! Exchange transfers between the merchant's own accounts: a quote and its commit, or both at once.
//!
//! There is no list, no status and no callback: only the ledger tells an executed transfer from a quote.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::coin_withdrawals::check_balance;
use crate::amount::{minus, plain};
use crate::answer::Answer;
use crate::clock::Moment;
use crate::coins::Currency;
use crate::ledger::{Party, Posting, Reference};
use crate::params::Params;
use crate::pricing::{self, Conversion, Exchange};
use crate::quirks::LapsedQuote;
use crate::refusal::{Detail, Refusal};
use crate::world::{Call, QUOTE_MS, World};

/// One transfer.
#[derive(Clone, Debug)]
pub(crate) struct Transfer {
    pub(crate) id: String,
    pub(crate) custom_id: Option<String>,
    charged_currency: &'static Currency,
    received_currency: &'static Currency,
    price: Exchange,
    conversion: Conversion,
    created: Moment,
    pub(crate) committed: bool,
}

/// `POST /api/exchange_transfers`.
pub(crate) fn create(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let mut params = Params::new(&call.incoming.body);
    let from = params.currency("charged_currency");
    let to = params.currency("received_currency");
    let charged = params.amount("charged_amount", Some(from));
    let received = params.amount("received_amount", Some(to));
    if charged.is_some() == received.is_some() {
        params.wrong(Detail::new("exactly_one_amount", "charged_amount", "exactly one amount must be given"));
    }
    let (custom_id, force_commit) = (params.text("custom_id"), params.flag("force_commit"));
    params.finish()?;
    let rates = world.rates(call.at);
    let conversion = rates.conversion(from, to);
    let same = || Detail::new("must_differ", "received_currency", "must differ from charged_currency");
    let conversion = conversion.ok_or_else(same)?;
    let amount = charged.or(received).unwrap_or_default();
    let price = pricing::exchange(amount, charged.is_some(), (from, to), &conversion)?;
    if price.received <= Decimal::ZERO {
        let least = Decimal::new(1, from.precision);
        return Err(Detail::must_be_greater_than_or_equal("charged_amount", least).into());
    }
    let balance = check_balance(world, from, price.charged, to, Some(&conversion));
    let unique = check_unique(world, custom_id.as_deref(), call);
    if call.quirks.balance_before_uniqueness {
        balance.and(unique)?
    } else {
        unique.and(balance)?
    }
    let transfer = Transfer {
        id: world.seed.uuid(),
        custom_id,
        charged_currency: from,
        received_currency: to,
        price,
        conversion,
        created: call.at,
        committed: force_commit,
    };
    if force_commit {
        move_money(world, &transfer, call.at)?;
    }
    let answer = Answer::created(transfer.to_json());
    world.transfers.add(
        &transfer.id.clone(),
        transfer.custom_id.clone().as_deref(),
        transfer,
        call.at.now_ms,
    );
    Ok(answer)
}

/// `POST /api/exchange_transfers/{exchange_transfer_id}/commit`.
pub(crate) fn commit(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let id = call.incoming.path_uuid("exchange_transfer_id")?;
    let transfer = world.transfers.get(id).ok_or_else(Refusal::not_found)?.clone();
    if transfer.committed {
        return Err(Refusal::new(409, "already_committed"));
    }
    if transfer.is_lapsed(call.at.now_ms) {
        return Err(call.lapsed());
    }
    let (from, to) = (transfer.charged_currency, transfer.received_currency);
    check_balance(world, from, transfer.price.charged, to, Some(&transfer.conversion))?;
    move_money(world, &transfer, call.at)?;
    world.transfers.change(id, call.at.now_ms, |transfer| transfer.committed = true);
    Ok(Answer::ok(transfer.to_json()))
}

/// `GET /api/exchange_transfers/{exchange_transfer_id}`.
pub(crate) fn retrieve(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let id = call.incoming.path_uuid("exchange_transfer_id")?;
    let transfer = world.transfers.seen(id, call.as_of()).ok_or_else(Refusal::not_found)?;
    // It has no status to tell a lapsed quote by: it is there or gone.
    if transfer.is_lapsed(call.seen_ms()) && call.quirks.lapsed_quote == LapsedQuote::NotFound {
        return Err(Refusal::not_found());
    }
    Ok(Answer::ok(transfer.to_json()))
}

fn check_unique(world: &World, custom_id: Option<&str>, call: &Call<'_>) -> Result<(), Refusal> {
    let Some(custom_id) = custom_id.filter(|_| call.quirks.unique_exchange_ids) else { return Ok(()) };
    match world.transfers.with_custom_id(custom_id, None).next() {
        Some(_) => Err(Refusal::duplicate_custom_id()),
        None => Ok(()),
    }
}

fn move_money(world: &mut World, transfer: &Transfer, at: Moment) -> Result<(), Refusal> {
    let (from, to) = (transfer.charged_currency.code, transfer.received_currency.code);
    let Exchange { charged, received, fee, fee_in_received } = transfer.price;
    let (sold, payer) =
        if fee_in_received { (charged, Party::Exchange) } else { (minus(charged, fee)?, Party::Merchant) };
    let fee_currency = transfer.fee_currency();
    let postings = [
        Posting { currency: from, from: Party::Merchant, to: Party::Exchange, amount: sold },
        Posting { currency: fee_currency, from: payer, to: Party::Fees, amount: fee },
        Posting { currency: to, from: Party::Exchange, to: Party::Merchant, amount: received },
    ];
    let reference = Reference {
        kind: "ExchangeTransfer",
        id: transfer.id.clone(),
        custom_id: transfer.custom_id.clone(),
        ..Reference::default()
    };
    world.ledger.post(&mut world.seed, at, &reference, Some((fee, fee_currency)), &postings)
}

impl Transfer {
    fn is_lapsed(&self, now_ms: u64) -> bool {
        !self.committed && now_ms.saturating_sub(self.created.now_ms) > QUOTE_MS
    }

    fn fee_currency(&self) -> &'static str {
        let payer = if self.price.fee_in_received { self.received_currency } else { self.charged_currency };
        payer.code
    }

    pub(crate) fn to_json(&self) -> Value {
        json!({
            "id": self.id,
            "charged_amount": plain(self.price.charged),
            "charged_currency": self.charged_currency.code,
            "received_amount": plain(self.price.received),
            "received_currency": self.received_currency.code,
            "custom_id": self.custom_id,
            "exchange": self.conversion.to_json(self.price.fee, self.fee_currency()),
        })
    }
}
