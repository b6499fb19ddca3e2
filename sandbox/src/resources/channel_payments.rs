//! Payments to channels: pending, then completed, held, returned or cancelled.
//!
//! What is held is decided here; what a payment is and who sends it in `payments`, the address in `channels`.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::channels::Channel;
use crate::amount::{minus, plain};
use crate::answer::Answer;
use crate::clock::{Moment, timestamp};
use crate::ledger::{Party, Posting, Reference};
use crate::pages::{Cursor, page};
use crate::payments::{Deposit, Judgement};
use crate::pricing::{self, Conversion};
use crate::refusal::Refusal;
use crate::schedule::Job;
use crate::world::{Call, DAY_MS, World};

/// One payment.
#[derive(Clone, Debug)]
pub(crate) struct ChannelPayment {
    pub(crate) id: String,
    /// The channel as it was when the payment was seen; its id and currencies never change.
    pub(crate) channel: Channel,
    pub(crate) deposit: Deposit,
    pub(crate) status: &'static str,
    pub(crate) context: Option<&'static str>,
    received: Decimal,
    fee: Decimal,
    conversion: Option<Conversion>,
    refund_address: Option<String>,
    created: Moment,
}

/// `GET /api/channels/{channel_id}/payments`.
pub(crate) fn list(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let channel_id = call.incoming.path_uuid("channel_id")?;
    world.channels.seen(channel_id, call.as_of()).ok_or_else(Refusal::not_found)?;
    let rows = world.channel_payments.newest_first(call.as_of());
    let rows = rows.filter(|(_, payment)| payment.channel.id == channel_id);
    page(call.incoming, Cursor::Uuid, rows, ChannelPayment::to_json)
}

/// `GET /api/channels/{channel_id}/payments/{channel_payment_id}`.
pub(crate) fn retrieve(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let channel_id = call.incoming.path_uuid("channel_id")?;
    let id = call.incoming.path_uuid("channel_payment_id")?;
    let payment = world.channel_payments.seen(id, call.as_of());
    let payment =
        payment.filter(|payment| payment.channel.id == channel_id).ok_or_else(Refusal::not_found)?;
    Ok(Answer::ok(payment.to_json()))
}

/// A payment appears on the network.
pub(crate) fn see(world: &mut World, channel_id: &str, deposit: Deposit, at: Moment) {
    let Some(channel) = world.channels.get(channel_id).cloned() else { return };
    let id = world.seed.uuid();
    let payment = ChannelPayment {
        id: id.clone(),
        channel,
        deposit,
        status: "pending",
        context: None,
        received: Decimal::ZERO,
        fee: Decimal::ZERO,
        conversion: None,
        refund_address: None,
        created: at,
    };
    let (reference, currency) = (payment.reference(), payment.channel.receiver.code);
    let fee = Some((Decimal::ZERO, currency));
    world.ledger.expect(&mut world.seed, at, reference, currency, (Decimal::ZERO, fee));
    world.channel_payments.add(&id, None, payment, at.now_ms);
    world.schedule.plan(at.now_ms.saturating_add(14 * DAY_MS), Job::PaymentLapses(id.clone()));
    callback(world, &id, "created", at);
}

/// A payment is confirmed; false if there is no such transaction.
pub(crate) fn confirm(world: &mut World, channel_id: &str, txid: &str, at: Moment) -> bool {
    let found = world
        .channel_payments
        .newest_first(None)
        .find(|(_, payment)| payment.channel.id == channel_id && payment.deposit.txid == txid);
    let Some((id, payment)) = found.map(|(id, payment)| (id.to_owned(), payment.clone())) else {
        return false;
    };
    if payment.status != "pending" || payment.deposit.confirmed_ms.is_some() {
        return true;
    }
    let amount = payment.deposit.amount;
    let posting = Posting { currency: payment.channel.pay.code, from: Party::World, to: Party::Held, amount };
    if world.ledger.post(&mut world.seed, at, &payment.reference(), None, &[posting]).is_err() {
        return false;
    }
    world.channel_payments.change(&id, at.now_ms, |payment| payment.deposit.confirmed_ms = Some(at.now_ms));
    let enabled = world.channels.get(channel_id).is_some_and(|channel| channel.status == "enabled");
    if payment.deposit.judgement != Judgement::Clean {
        match refund_address(world, &payment) {
            Some(address) => give_back(world, &id, Some(address), at),
            None => {
                world.schedule.plan(at.now_ms.saturating_add(DAY_MS), Job::PaymentJudged(id.clone()));
                set_status(world, &id, "on_hold", Some("illicit_resource"), at);
            }
        }
    } else if enabled {
        complete(world, &id, at);
    } else {
        set_status(world, &id, "on_hold", Some("channel_disabled"), at);
    }
    true
}

/// The risk team decides.
pub(crate) fn judge(world: &mut World, id: &str, at: Moment) {
    let Some(payment) = world.channel_payments.get(id) else { return };
    match payment.deposit.judgement {
        _ if payment.status != "on_hold" => {}
        Judgement::Refund => give_back(world, id, None, at),
        Judgement::Clean | Judgement::Clear => complete(world, id, at),
    }
}

/// After 14 days an unconfirmed payment is cancelled.
pub(crate) fn lapse(world: &mut World, id: &str, at: Moment) {
    if world.channel_payments.get(id).is_some_and(|payment| payment.status == "pending") {
        set_status(world, id, "cancelled", None, at);
    }
}

/// The channel is enabled again: what was held for that reason is settled.
pub(crate) fn release(world: &mut World, channel_id: &str, at: Moment) {
    let held =
        |payment: &ChannelPayment| payment.status == "on_hold" && payment.context == Some("channel_disabled");
    let ids: Vec<String> = world
        .channel_payments
        .newest_first(None)
        .filter(|(_, payment)| payment.channel.id == channel_id && held(payment))
        .map(|(id, _)| id.to_owned())
        .collect();
    for id in ids.iter().rev() {
        complete(world, id, at);
    }
}

fn complete(world: &mut World, id: &str, at: Moment) {
    let Some(payment) = world.channel_payments.get(id).cloned() else { return };
    let (pay, receiver) = (payment.channel.pay, payment.channel.receiver);
    let conversion = world.rates(at).conversion(pay, receiver);
    let paid = payment.deposit.amount;
    let worth =
        conversion.as_ref().map_or(Ok(paid), |conversion| conversion.forward(paid)).unwrap_or_default();
    // Dust may be worth less than the smallest fee: then all of it is the fee.
    let fee = pricing::fee(worth, receiver.precision).unwrap_or_default().min(worth);
    let received = minus(worth, fee).unwrap_or_default();
    let source = if conversion.is_some() { Party::Exchange } else { Party::Held };
    let mut postings = vec![
        Posting { currency: receiver.code, from: source, to: Party::Merchant, amount: received },
        Posting { currency: receiver.code, from: source, to: Party::Fees, amount: fee },
    ];
    if conversion.is_some() {
        postings.push(Posting { currency: pay.code, from: Party::Held, to: Party::Exchange, amount: paid });
    }
    let booked =
        world.ledger.post(&mut world.seed, at, &payment.reference(), Some((fee, receiver.code)), &postings);
    if booked.is_err() {
        return;
    }
    world.channel_payments.change(id, at.now_ms, |payment| {
        (payment.received, payment.fee, payment.conversion) = (received, fee, conversion);
    });
    set_status(world, id, "completed", None, at);
}

fn give_back(world: &mut World, id: &str, address: Option<String>, at: Moment) {
    let Some(payment) = world.channel_payments.get(id).cloned() else { return };
    let (currency, amount) = (payment.channel.pay.code, payment.deposit.amount);
    let posting = Posting { currency, from: Party::Held, to: Party::World, amount };
    if world.ledger.post(&mut world.seed, at, &payment.reference(), None, &[posting]).is_ok() {
        world.channel_payments.change(id, at.now_ms, |payment| payment.refund_address = address);
        set_status(world, id, "refunded", Some("illicit_resource"), at);
    }
}

/// Where a high-risk payment of this customer goes back to, if the customer has an address for the coin.
fn refund_address(world: &World, payment: &ChannelPayment) -> Option<String> {
    let customer = world.customers.get(payment.channel.customer_id.as_deref()?)?;
    let address = customer.addresses.iter().find(|address| address.currency == payment.channel.pay.code)?;
    Some(address.address.clone())
}

fn set_status(world: &mut World, id: &str, status: &'static str, context: Option<&'static str>, at: Moment) {
    world
        .channel_payments
        .change(id, at.now_ms, |payment| (payment.status, payment.context) = (status, context));
    callback(world, id, status, at);
}

fn callback(world: &mut World, id: &str, event: &'static str, at: Moment) {
    if let Some(payment) = world.channel_payments.get(id) {
        world.callbacks.add(at.now_ms, "ChannelPayment", event, &payment.to_json());
    }
}

impl ChannelPayment {
    fn reference(&self) -> Reference {
        Reference {
            kind: "ChannelPayment",
            id: self.id.clone(),
            custom_id: self.channel.custom_id.clone(),
            customer_id: self.channel.customer_id.clone(),
            description: None,
        }
    }

    pub(crate) fn to_json(&self) -> Value {
        let mut data = json!({
            "id": self.id,
            "paid_amount": plain(self.deposit.amount),
            "paid_currency": self.channel.pay.code,
            "received_amount": plain(self.received),
            "received_currency": self.channel.receiver.code,
            "fee": plain(self.fee),
            "fee_currency": self.channel.receiver.code,
            "txid": self.deposit.txid,
            "status": self.status,
            "status_context": self.context,
            "refund_address": self.refund_address,
            "coin_withdrawal_id": null,
            "custom_id": self.channel.custom_id,
            "customer_id": self.channel.customer_id,
            "channel_id": self.channel.id,
            "address": self.channel.address,
            "network": self.channel.network.code,
            "risk": self.deposit.risk,
            "created_at": timestamp(self.created.wall_ms),
        });
        if let (Some(conversion), Some(fields)) = (&self.conversion, data.as_object_mut()) {
            let exchange = conversion.to_json(Decimal::ZERO, self.channel.receiver.code);
            fields.insert("exchange".to_owned(), exchange);
        }
        data
    }
}
