//! Refunds of unresolved invoices: to the merchant's own coin account, or to an address.
//!
//! Of an overpaid invoice only the excess is returned and the rest is settled; of the others everything. What goes to
//! an address is credited to the merchant and leaves as a payout of its own, so the ledger has a row for each.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::coin_withdrawals::{self, Withdrawal};
use super::{invoices, recalculations::resolvable};
use crate::amount::{minus, plain};
use crate::answer::Answer;
use crate::clock::{Moment, timestamp};
use crate::ledger::{Party, Posting, Reference};
use crate::params::Params;
use crate::pricing;
use crate::refusal::{Detail, Refusal};
use crate::world::{Call, World};

/// One refund.
#[derive(Clone, Debug)]
pub(crate) struct Refund {
    id: String,
    invoice_id: String,
    custom_id: Option<String>,
    amount: Decimal,
    currency: &'static str,
    fee: Decimal,
    address: Option<String>,
    network: &'static str,
    txid: Option<String>,
    pub(crate) risk: Value,
    created: Moment,
}

/// `POST /api/invoices/{invoice_id}/refunds`.
pub(crate) fn create(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let invoice_id = call.incoming.path_uuid("invoice_id")?;
    world.invoices.get(invoice_id).ok_or_else(Refusal::not_found)?;
    let mut params = Params::new(&call.incoming.body);
    let pay =
        world.invoices.get(invoice_id).map(|invoice| invoice.opening.pay).ok_or_else(Refusal::not_found)?;
    let address = if params.given("address") { Some(params.address("address", pay.code)) } else { None };
    params.finish()?;
    let invoice = resolvable(world, invoice_id)?;
    let excess_only = invoice.context == Some("overpaid");
    let paid = invoice.paid(true);
    let amount = if excess_only { minus(paid, invoice.pay_amount)? } else { paid };
    let fee = pricing::fee(amount, pay.precision)?;
    let net = minus(amount, fee)?;
    let (id, network) = (world.seed.uuid(), invoice.opening.network);
    let payout = match &address {
        Some(address) => {
            coin_withdrawals::check_risk(address)?;
            if net <= network.fee("average") {
                let sentence = "must be left out, because the amount would not cover the network fee";
                return Err(Detail::new("amount_too_small", "address", sentence).into());
            }
            let (id, payout_id) = (id.clone(), world.seed.uuid());
            Some(Withdrawal::of_refund(payout_id, id, address.clone(), (pay, network), net, call.at)?)
        }
        None => None,
    };
    let refund = Refund {
        id,
        invoice_id: invoice_id.to_owned(),
        custom_id: invoice.opening.custom_id.clone(),
        amount,
        currency: pay.code,
        fee,
        address,
        network: network.code,
        txid: None,
        risk: Value::Null,
        created: call.at,
    };
    let postings = [
        Posting { currency: pay.code, from: Party::Held, to: Party::Fees, amount: fee },
        Posting { currency: pay.code, from: Party::Held, to: Party::Merchant, amount: net },
    ];
    let reference = Reference { kind: "InvoiceRefund", id: refund.id.clone(), ..invoice.reference() };
    world.ledger.post(&mut world.seed, call.at, &reference, Some((fee, pay.code)), &postings)?;
    let answer = Answer::created(refund.to_json());
    world.refunds.add(&refund.id.clone(), None, refund, call.at.now_ms);
    if let Some(payout) = payout {
        // The account holds what it pays: it was just credited.
        coin_withdrawals::pay_out(world, payout, call.at)?;
    }
    invoices::callback(world, invoice_id, "refunded", call.at);
    if excess_only {
        invoices::complete(world, invoice_id, call.at);
    } else {
        invoices::set_status(world, invoice_id, "refunded", None, call.at);
    }
    Ok(answer)
}

/// `GET /api/invoices/{invoice_id}/refunds`; not paginated.
pub(crate) fn list(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let invoice_id = call.incoming.path_uuid("invoice_id")?;
    world.invoices.seen(invoice_id, call.as_of()).ok_or_else(Refusal::not_found)?;
    let rows = world.refunds.newest_first(call.as_of()).map(|(_, refund)| refund);
    Ok(Answer::ok(rows.filter(|refund| refund.invoice_id == invoice_id).map(Refund::to_json).collect()))
}

/// The payout of a refund to an address is on the network.
pub(crate) fn sent(world: &mut World, payout: &Withdrawal, at: Moment) {
    let Some(id) = &payout.refund_id else { return };
    let (txid, risk) = (payout.txid.clone(), payout.risk.clone());
    world.refunds.change(id, at.now_ms, |refund| (refund.txid, refund.risk) = (txid, risk));
}

impl Refund {
    pub(crate) fn to_json(&self) -> Value {
        json!({
            "id": self.id,
            "custom_id": self.custom_id,
            "invoice_id": self.invoice_id,
            "amount": plain(self.amount),
            "amount_currency": self.currency,
            "fee": plain(self.fee),
            "fee_currency": self.currency,
            "address": self.address,
            "network": self.network,
            "txid": self.txid,
            "risk": self.risk,
            "created_at": timestamp(self.created.wall_ms),
        })
    }
}
