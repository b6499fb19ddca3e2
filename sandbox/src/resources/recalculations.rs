//! Recalculation of an unresolved invoice: a new price at the current rate for what was received.
//!
//! Two-step unless forced; the quote can be committed for 30 s.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::invoices;
use crate::amount::plain;
use crate::answer::Answer;
use crate::clock::{Moment, timestamp, timestamp_uncommitted};
use crate::params::Params;
use crate::pricing::{self, Conversion};
use crate::refusal::{Detail, Refusal};
use crate::resources::invoices::Invoice;
use crate::world::{Call, QUOTE_MS, World};

/// What the merchant may resolve; illicit payments are for the risk team.
pub(crate) const RESOLVABLE: [&str; 3] = ["overpaid", "underpaid", "paid_late"];

/// One recalculation.
#[derive(Clone, Debug)]
pub(crate) struct Recalculation {
    id: String,
    invoice_id: String,
    pay_amount: Decimal,
    pay_currency: &'static str,
    price_amount: Decimal,
    price_currency: &'static str,
    fee: Decimal,
    previous_pay_amount: Decimal,
    previous_price_amount: Decimal,
    previous_rate: Option<Decimal>,
    conversion: Option<Conversion>,
    created: Moment,
    committed: bool,
}

/// `POST /api/invoices/{invoice_id}/recalculations`.
pub(crate) fn create(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let invoice = resolvable(world, call.incoming.path_uuid("invoice_id")?)?;
    let mut params = Params::new(&call.incoming.body);
    let force_commit = params.flag("force_commit");
    params.finish()?;
    let (pay, price) = (invoice.opening.pay, invoice.opening.price);
    let conversion = world.rates(call.at).conversion(pay, price);
    let pay_amount = invoice.paid(true);
    let price_amount =
        conversion.as_ref().map_or(Ok(pay_amount), |conversion| conversion.forward(pay_amount))?;
    let recalculation = Recalculation {
        id: world.seed.uuid(),
        invoice_id: invoice.id.clone(),
        pay_amount,
        pay_currency: pay.code,
        price_amount,
        price_currency: price.code,
        fee: pricing::fee(price_amount, price.precision)?,
        previous_pay_amount: invoice.pay_amount,
        previous_price_amount: invoice.opening.price_amount,
        previous_rate: invoice.conversion.as_ref().map(|conversion| conversion.rate),
        conversion,
        created: call.at,
        committed: false,
    };
    let id = recalculation.id.clone();
    world.recalculations.add(&id, None, recalculation, call.at.now_ms);
    let made =
        if force_commit { apply(world, &id, call.at)? } else { world.recalculations.get(&id).cloned() };
    Ok(Answer::created(made.ok_or_else(Refusal::not_found)?.to_json()))
}

/// `POST /api/invoices/{invoice_id}/recalculations/{recalculation_id}/commit`.
pub(crate) fn commit(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let invoice_id = call.incoming.path_uuid("invoice_id")?;
    let id = call.incoming.path_uuid("recalculation_id")?;
    let found = world.recalculations.get(id).filter(|one| one.invoice_id == invoice_id);
    let recalculation = found.ok_or_else(Refusal::not_found)?;
    if recalculation.committed {
        return Err(Refusal::new(409, "already_committed"));
    }
    if call.at.now_ms.saturating_sub(recalculation.created.now_ms) > QUOTE_MS {
        return Err(call.lapsed());
    }
    let made = apply(world, id, call.at)?;
    Ok(Answer::ok(made.ok_or_else(Refusal::not_found)?.to_json()))
}

/// The invoice, if the merchant may decide about it.
pub(crate) fn resolvable(world: &World, id: &str) -> Result<Invoice, Refusal> {
    let invoice = world.invoices.get(id).ok_or_else(Refusal::not_found)?;
    if invoice.context.is_some_and(|context| RESOLVABLE.contains(&context)) {
        return Ok(invoice.clone());
    }
    let sentence = "must be an unresolved invoice that was overpaid, underpaid or paid late";
    Err(Detail::new("invalid_status", "invoice_id", sentence).into())
}

fn apply(world: &mut World, id: &str, at: Moment) -> Result<Option<Recalculation>, Refusal> {
    let recalculation = world.recalculations.get(id).ok_or_else(Refusal::not_found)?.clone();
    let invoice = resolvable(world, &recalculation.invoice_id).map_err(|_| Refusal::new(409, "conflict"))?;
    if invoice.paid(true) != recalculation.pay_amount {
        return Err(Refusal::new(409, "conflict"));
    }
    world.recalculations.change(id, at.now_ms, |one| one.committed = true);
    let invoice_id = recalculation.invoice_id.as_str();
    world.invoices.change(invoice_id, at.now_ms, |invoice| {
        invoice.pay_amount = recalculation.pay_amount;
        invoice.opening.price_amount = recalculation.price_amount;
        invoice.fee = recalculation.fee;
        invoice.conversion.clone_from(&recalculation.conversion);
    });
    invoices::callback(world, invoice_id, "recalculated", at);
    invoices::complete(world, invoice_id, at);
    Ok(world.recalculations.get(id).cloned())
}

impl Recalculation {
    fn to_json(&self) -> Value {
        let write = if self.committed { timestamp } else { timestamp_uncommitted };
        json!({
            "id": self.id,
            "invoice_id": self.invoice_id,
            "pay_amount": plain(self.pay_amount),
            "pay_currency": self.pay_currency,
            "price_amount": plain(self.price_amount),
            "price_currency": self.price_currency,
            "fee": plain(self.fee),
            "fee_currency": self.price_currency,
            "previous_pay_amount": plain(self.previous_pay_amount),
            "previous_price_amount": plain(self.previous_price_amount),
            "previous_exchange_rate": self.previous_rate.map(plain),
            "exchange": self.conversion.as_ref().map(|one| one.to_json(Decimal::ZERO, self.price_currency)),
            "created_at": write(self.created.wall_ms),
        })
    }
}
