//! Subscriptions: an invoice for each period, paid in time or cancelled.
//!
//! The payer chooses the coin on a page; the sandbox opens each period's invoice in BTC, valid to the end of the
//! period.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::invoices::{self, Opening};
use crate::amount::plain;
use crate::answer::Answer;
use crate::clock::{Moment, later, read_time, timestamp};
use crate::coins::{self, Currency};
use crate::pages::{Cursor, page};
use crate::params::Params;
use crate::refusal::{Detail, Refusal};
use crate::schedule::Job;
use crate::world::{Call, DAY_MS, World};

const PERIODS: [&str; 4] = ["day", "week", "month", "year"];

/// One subscription.
#[derive(Clone, Debug)]
pub(crate) struct Subscription {
    id: String,
    status: &'static str,
    custom_id: Option<String>,
    name: String,
    amount: Decimal,
    currency: &'static Currency,
    period: &'static str,
    period_quantity: u32,
    starts: Moment,
    ends: Moment,
    paid: bool,
    /// The open period's invoice.
    invoice_id: String,
    payer_email: String,
    payer_name: Option<String>,
    product_name: Option<String>,
    product_description: Option<String>,
    success_redirect_url: Option<String>,
    unsuccess_redirect_url: Option<String>,
    created: Moment,
    cancelled: Option<Moment>,
}

/// `POST /api/subscriptions`.
pub(crate) fn create(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let mut params = Params::new(&call.incoming.body);
    let currency = params.currency("currency");
    if !params.given("amount") {
        params.required("amount");
    }
    let amount = params.amount("amount", Some(currency)).unwrap_or_default();
    let starts_at = params.required("starts_at");
    let starts_ms = read_time(&starts_at).unwrap_or_default();
    let earliest_ms = call.at.wall_ms.saturating_add(3 * DAY_MS);
    if !starts_at.is_empty() && starts_ms / 1000 < earliest_ms / 1000 {
        let sentence = format!("must be greater than or equal to {}", timestamp(earliest_ms));
        params.wrong(Detail::new("must_be_greater_than_or_equal", "starts_at", &sentence));
    }
    if !params.given("period") {
        params.required("period");
    }
    let ends_ms = call.at.now_ms.saturating_add(starts_ms.saturating_sub(call.at.wall_ms));
    let subscription = Subscription {
        id: world.seed.uuid(),
        status: "active",
        custom_id: params.text("custom_id"),
        name: params.required("name"),
        amount,
        currency,
        period: params.choice("period", &PERIODS).unwrap_or("month"),
        period_quantity: params.count("period_quantity"),
        starts: call.at,
        ends: Moment { now_ms: ends_ms, wall_ms: starts_ms },
        paid: false,
        invoice_id: String::new(),
        payer_email: params.required("payer_email"),
        payer_name: params.text("payer_name"),
        product_name: params.text("product_name"),
        product_description: params.text("product_description"),
        success_redirect_url: params.text("success_redirect_url"),
        unsuccess_redirect_url: params.text("unsuccess_redirect_url"),
        created: call.at,
        cancelled: None,
    };
    params.finish()?;
    if let Some(custom_id) = &subscription.custom_id
        && call.quirks.unique_subscription_ids
        && world.subscriptions.with_custom_id(custom_id, None).next().is_some()
    {
        return Err(Refusal::duplicate_custom_id());
    }
    let (id, custom_id) = (subscription.id.clone(), subscription.custom_id.clone());
    world.subscriptions.add(&id, custom_id.as_deref(), subscription, call.at.now_ms);
    open_period(world, &id, call.at)?;
    let made = world.subscriptions.get(&id).ok_or_else(Refusal::not_found)?;
    Ok(Answer::created(made.to_json()))
}

/// `GET /api/subscriptions`.
pub(crate) fn list(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    page(call.incoming, Cursor::Uuid, world.subscriptions.newest_first(call.as_of()), Subscription::to_json)
}

/// `GET /api/subscriptions/{subscription_id}`.
pub(crate) fn retrieve(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let id = call.incoming.path_uuid("subscription_id")?;
    Ok(Answer::ok(world.subscriptions.seen(id, call.as_of()).ok_or_else(Refusal::not_found)?.to_json()))
}

/// `GET /api/subscriptions/custom_id/{custom_id}`; of several the newest.
pub(crate) fn retrieve_by_custom_id(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let custom_id = call.incoming.path_text("custom_id")?;
    let found = world.subscriptions.with_custom_id(custom_id, call.as_of()).next();
    Ok(Answer::ok(found.ok_or_else(Refusal::not_found)?.to_json()))
}

/// `POST /api/subscriptions/{subscription_id}/cancel`.
pub(crate) fn cancel(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let id = call.incoming.path_uuid("subscription_id")?;
    let subscription = world.subscriptions.get(id).ok_or_else(Refusal::not_found)?;
    if subscription.status == "active" {
        end(world, id, call.at);
    } else if call.quirks.second_cancel == 409 {
        return Err(Refusal::new(409, "already_cancelled"));
    }
    let subscription = world.subscriptions.get(id).ok_or_else(Refusal::not_found)?;
    Ok(Answer::ok(subscription.to_json()))
}

/// One of its invoices was paid in full.
pub(crate) fn paid(world: &mut World, id: &str, invoice_id: &str, at: Moment) {
    let open = |one: &&Subscription| one.status == "active" && one.invoice_id == invoice_id && !one.paid;
    if world.subscriptions.get(id).filter(open).is_some() {
        world.subscriptions.change(id, at.now_ms, |subscription| subscription.paid = true);
        callback(world, id, "paid", at);
    }
}

/// A period is over: on to the next one, or the end.
pub(crate) fn period_ends(world: &mut World, id: &str, at: Moment) {
    let Some(subscription) = world.subscriptions.get(id) else { return };
    if subscription.status != "active" {
        return;
    }
    let (paid, ends) = (subscription.paid, subscription.ends);
    let next = later(ends.wall_ms, subscription.period, subscription.period_quantity).filter(|_| paid);
    let Some(next_ms) = next else { return end(world, id, at) };
    let length_ms = next_ms.saturating_sub(ends.wall_ms);
    world.subscriptions.change(id, at.now_ms, |subscription| {
        subscription.starts = ends;
        subscription.ends = Moment { now_ms: ends.now_ms.saturating_add(length_ms), wall_ms: next_ms };
        subscription.paid = false;
    });
    if open_period(world, id, at).is_err() {
        end(world, id, at);
    }
}

fn open_period(world: &mut World, id: &str, at: Moment) -> Result<(), Refusal> {
    let subscription = world.subscriptions.get(id).ok_or_else(Refusal::not_found)?.clone();
    let (pay, coin) = coins::coin_of("BTC").ok_or_else(Refusal::not_found)?;
    let opening = Opening {
        price_amount: subscription.amount,
        price: subscription.currency,
        pay,
        network: coin.networks.first().ok_or_else(Refusal::not_found)?,
        custom_id: None,
        customer_id: None,
        subscription_id: Some(id.to_owned()),
        name: subscription.product_name,
        description: subscription.product_description,
        metadata: Value::Null,
        success_redirect_url: subscription.success_redirect_url,
        unsuccess_redirect_url: subscription.unsuccess_redirect_url,
    };
    let valid_ms = subscription.ends.now_ms.saturating_sub(at.now_ms);
    let invoice_id = invoices::open(world, opening, Some(valid_ms), at)?;
    world.subscriptions.change(id, at.now_ms, |subscription| subscription.invoice_id = invoice_id);
    world.schedule.plan(subscription.ends.now_ms, Job::PeriodEnds(id.to_owned()));
    Ok(())
}

fn end(world: &mut World, id: &str, at: Moment) {
    world.subscriptions.change(id, at.now_ms, |subscription| {
        (subscription.status, subscription.cancelled) = ("cancelled", Some(at));
    });
    callback(world, id, "cancelled", at);
}

fn callback(world: &mut World, id: &str, event: &'static str, at: Moment) {
    if let Some(subscription) = world.subscriptions.get(id) {
        world.callbacks.add(at.now_ms, "Subscription", event, &subscription.to_json());
    }
}

impl Subscription {
    fn to_json(&self) -> Value {
        json!({
            "id": self.id,
            "status": self.status,
            "custom_id": self.custom_id,
            "name": self.name,
            "amount": plain(self.amount),
            "currency": self.currency.code,
            "period": self.period,
            "period_quantity": self.period_quantity,
            "current_period_starts_at": timestamp(self.starts.wall_ms),
            "current_period_ends_at": timestamp(self.ends.wall_ms),
            "current_period_paid": self.paid,
            "payer_email": self.payer_email,
            "payer_name": self.payer_name,
            "product_name": self.product_name,
            "product_description": self.product_description,
            "success_redirect_url": self.success_redirect_url,
            "unsuccess_redirect_url": self.unsuccess_redirect_url,
            "created_at": timestamp(self.created.wall_ms),
            "cancelled_at": self.cancelled.map(|at| timestamp(at.wall_ms)),
        })
    }
}
