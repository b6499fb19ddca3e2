//! Invoices: opening one, reading it, and the way from `new` to a final status.
//!
//! What a payment does to the books is in `payments`; recalculation and refund have files of their own.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::amount::{minus, plain, up};
use crate::answer::Answer;
use crate::clock::{Moment, timestamp};
use crate::coins::{Currency, Network};
use crate::ledger::{Party, Posting, Reference};
use crate::pages::{Cursor, page};
use crate::params::Params;
use crate::payments::{Deposit, Judgement, Target};
use crate::pricing::{self, Conversion};
use crate::refusal::Refusal;
use crate::resources::subscriptions;
use crate::schedule::Job;
use crate::uri;
use crate::world::{Call, DAY_MS, World};

const FROZEN_RATE_MS: u64 = 600_000;
const SAME_CURRENCY_MS: u64 = 7_200_000;

/// One invoice.
#[derive(Clone, Debug)]
pub(crate) struct Invoice {
    pub(crate) id: String,
    pub(crate) opening: Opening,
    pub(crate) status: &'static str,
    pub(crate) context: Option<&'static str>,
    pub(crate) address: String,
    pub(crate) fee: Decimal,
    pub(crate) pay_amount: Decimal,
    pub(crate) conversion: Option<Conversion>,
    pub(crate) deposits: Vec<Deposit>,
    pub(crate) created: Moment,
    pub(crate) expires_ms: u64,
    pub(crate) expires_wall_ms: u64,
}

/// What an invoice is opened with.
#[derive(Clone, Debug)]
pub(crate) struct Opening {
    pub(crate) price_amount: Decimal,
    pub(crate) price: &'static Currency,
    pub(crate) pay: &'static Currency,
    pub(crate) network: &'static Network,
    pub(crate) custom_id: Option<String>,
    pub(crate) customer_id: Option<String>,
    pub(crate) subscription_id: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) metadata: Value,
    pub(crate) success_redirect_url: Option<String>,
    pub(crate) unsuccess_redirect_url: Option<String>,
}

/// `POST /api/invoices`.
pub(crate) fn create(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let mut params = Params::new(&call.incoming.body);
    let price = params.currency("price_currency");
    let (pay, network) = params.coin("pay_currency");
    if !params.given("price_amount") {
        params.required("price_amount");
    }
    let opening = Opening {
        price_amount: params.amount("price_amount", Some(price)).unwrap_or_default(),
        price,
        pay,
        network,
        custom_id: params.text("custom_id"),
        customer_id: params.text("customer_id"),
        subscription_id: None,
        name: params.text("name"),
        description: params.text("description"),
        metadata: params.texts("metadata"),
        success_redirect_url: params.text("success_redirect_url"),
        unsuccess_redirect_url: params.text("unsuccess_redirect_url"),
    };
    params.text("payer_email");
    params.finish()?;
    if let Some(custom_id) = &opening.custom_id
        && world.invoices.with_custom_id(custom_id, None).next().is_some()
    {
        return Err(Refusal::duplicate_custom_id());
    }
    let id = open(world, opening, None, call.at)?;
    let invoice = world.invoices.get(&id).ok_or_else(Refusal::not_found)?;
    Ok(Answer::created(invoice.to_json()))
}

/// Opens an invoice; a subscription's is valid to the end of its period (`valid_ms` from now).
pub(crate) fn open(
    world: &mut World,
    opening: Opening,
    valid_ms: Option<u64>,
    at: Moment,
) -> Result<String, Refusal> {
    // The payer's coin is sold for the price: the rate is that of selling it.
    let conversion = world.rates(at).conversion(opening.pay, opening.price);
    let pay_precision = opening.pay.coin.as_ref().map_or(opening.pay.precision, |coin| coin.pay_precision);
    let pay_amount = match &conversion {
        Some(conversion) => up(conversion.backward(opening.price_amount)?, pay_precision),
        None => opening.price_amount,
    };
    let fee = pricing::fee(opening.price_amount, opening.price.precision)?;
    let net = minus(opening.price_amount, fee)?;
    let valid_ms = valid_ms.unwrap_or(if conversion.is_some() { FROZEN_RATE_MS } else { SAME_CURRENCY_MS });
    let id = world.seed.uuid();
    let address = world.seed.address(opening.network.code);
    world.targets.insert(address.clone(), Target::Invoice(id.clone()));
    let custom_id = opening.custom_id.clone();
    let invoice = Invoice {
        id: id.clone(),
        opening,
        status: "new",
        context: None,
        address,
        fee,
        pay_amount,
        conversion,
        deposits: Vec::new(),
        created: at,
        expires_ms: at.now_ms.saturating_add(valid_ms),
        expires_wall_ms: at.wall_ms.saturating_add(valid_ms),
    };
    world.schedule.plan(invoice.expires_ms, Job::InvoiceExpires(id.clone()));
    let lapses_ms = at.now_ms.saturating_add(valid_ms.max(14 * DAY_MS));
    world.schedule.plan(lapses_ms, Job::InvoiceLapses(id.clone()));
    let (reference, price) = (invoice.reference(), invoice.opening.price.code);
    world.ledger.expect(&mut world.seed, at, reference, price, (net, Some((invoice.fee, price))));
    world.invoices.add(&id, custom_id.as_deref(), invoice, at.now_ms);
    Ok(id)
}

/// `GET /api/invoices`.
pub(crate) fn list(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let customer = call.incoming.query_text("customer_id");
    let subscription = call.incoming.query_text("subscription_id");
    let matches = |wanted: Option<&str>, has: &Option<String>| wanted.is_none() || wanted == has.as_deref();
    let rows = world.invoices.newest_first(call.as_of()).filter(|(_, invoice)| {
        matches(customer, &invoice.opening.customer_id)
            && matches(subscription, &invoice.opening.subscription_id)
    });
    page(call.incoming, Cursor::Uuid, rows, Invoice::to_json)
}

/// `GET /api/invoices/{invoice_id}`.
pub(crate) fn retrieve(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let id = call.incoming.path_uuid("invoice_id")?;
    let invoice = world.invoices.seen(id, call.as_of()).ok_or_else(Refusal::not_found)?;
    Ok(Answer::ok(invoice.to_json()))
}

/// `GET /api/invoices/custom_id/{custom_id}`.
pub(crate) fn retrieve_by_custom_id(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let custom_id = call.incoming.path_text("custom_id")?;
    let found = world.invoices.with_custom_id(custom_id, call.as_of()).next();
    Ok(Answer::ok(found.ok_or_else(Refusal::not_found)?.to_json()))
}

/// Looks at what is confirmed and moves a `new` invoice on; called after a confirmation and at the expiry.
pub(crate) fn weigh(world: &mut World, id: &str, at: Moment) {
    let Some(invoice) = world.invoices.get(id).filter(|invoice| invoice.status == "new") else { return };
    let confirmed = invoice.paid(true);
    let expired = at.now_ms >= invoice.expires_ms;
    let late = invoice.deposits.iter().any(|one| one.confirmed_ms.is_some_and(|ms| ms >= invoice.expires_ms));
    let illicit =
        invoice.deposits.iter().any(|one| one.confirmed_ms.is_some() && one.judgement != Judgement::Clean);
    let context = match confirmed.cmp(&invoice.pay_amount) {
        _ if confirmed.is_zero() => return,
        _ if illicit => "illicit_resource",
        _ if late => "paid_late",
        std::cmp::Ordering::Equal => return complete(world, id, at),
        std::cmp::Ordering::Greater => "overpaid",
        std::cmp::Ordering::Less if expired => "underpaid",
        std::cmp::Ordering::Less => return,
    };
    if illicit {
        world.schedule.plan(at.now_ms.saturating_add(DAY_MS), Job::InvoiceJudged(id.to_owned()));
    }
    set_status(world, id, "unresolved", Some(context), at);
}

/// The risk team decides: back to the payer, or settled as if nothing had been wrong.
pub(crate) fn judge(world: &mut World, id: &str, at: Moment) {
    let illicit = |invoice: &&Invoice| invoice.context == Some("illicit_resource");
    let Some(invoice) = world.invoices.get(id).filter(illicit).cloned() else { return };
    let clean = invoice.deposits.iter().all(|deposit| deposit.judgement != Judgement::Refund);
    if clean && invoice.paid(true) >= invoice.pay_amount {
        return complete(world, id, at);
    }
    let amount = invoice.paid(true);
    let posting = Posting { currency: invoice.opening.pay.code, from: Party::Held, to: Party::World, amount };
    if world.ledger.post(&mut world.seed, at, &invoice.reference(), None, &[posting]).is_ok() {
        set_status(world, id, "refunded", None, at);
    }
}

/// After 14 days an invoice without a confirmed payment is cancelled.
pub(crate) fn lapse(world: &mut World, id: &str, at: Moment) {
    if world.invoices.get(id).is_some_and(|invoice| invoice.status == "new") {
        set_status(world, id, "cancelled", None, at);
    }
}

/// Settles an invoice at its price: the held coins are sold, the merchant gets the price less the fee.
pub(crate) fn complete(world: &mut World, id: &str, at: Moment) {
    let Some(invoice) = world.invoices.get(id).cloned() else { return };
    let (pay, price) = (invoice.opening.pay.code, invoice.opening.price.code);
    let net = minus(invoice.opening.price_amount, invoice.fee).unwrap_or_default();
    let source = if invoice.conversion.is_some() { Party::Exchange } else { Party::Held };
    let mut postings = vec![
        Posting { currency: price, from: source, to: Party::Merchant, amount: net },
        Posting { currency: price, from: source, to: Party::Fees, amount: invoice.fee },
    ];
    if invoice.conversion.is_some() {
        let amount = invoice.pay_amount;
        postings.push(Posting { currency: pay, from: Party::Held, to: Party::Exchange, amount });
    }
    let fee = Some((invoice.fee, price));
    if world.ledger.post(&mut world.seed, at, &invoice.reference(), fee, &postings).is_ok() {
        set_status(world, id, "completed", None, at);
        if let Some(subscription_id) = &invoice.opening.subscription_id {
            subscriptions::paid(world, subscription_id, id, at);
        }
    }
}

/// Sets status and context and tells it.
pub(crate) fn set_status(
    world: &mut World,
    id: &str,
    status: &'static str,
    context: Option<&'static str>,
    at: Moment,
) {
    world.invoices.change(id, at.now_ms, |invoice| {
        (invoice.status, invoice.context) = (status, context);
    });
    callback(world, id, "status_changed", at);
}

/// Sends a callback with the invoice as it is; those of 2025 name the payer's addresses.
pub(crate) fn callback(world: &mut World, id: &str, event: &'static str, at: Moment) {
    let Some(invoice) = world.invoices.get(id) else { return };
    let mut data = invoice.to_json();
    if let Some(transactions) = data.get_mut("transactions").and_then(Value::as_array_mut) {
        for transaction in transactions.iter_mut().filter_map(Value::as_object_mut) {
            transaction.insert("source_addresses".to_owned(), json!([]));
        }
    }
    world.callbacks.add(at.now_ms, "Invoice", event, &data);
}

impl Invoice {
    /// What was paid: everything seen, or only what is confirmed.
    pub(crate) fn paid(&self, confirmed_only: bool) -> Decimal {
        let counted = |deposit: &&Deposit| !confirmed_only || deposit.confirmed_ms.is_some();
        self.deposits.iter().filter(counted).map(|deposit| deposit.amount).sum()
    }

    pub(crate) fn reference(&self) -> Reference {
        Reference {
            kind: "Invoice",
            id: self.id.clone(),
            custom_id: self.opening.custom_id.clone(),
            customer_id: self.opening.customer_id.clone(),
            description: self.opening.description.clone(),
        }
    }

    pub(crate) fn to_json(&self) -> Value {
        let opening = &self.opening;
        let (pay, network) = (opening.pay, opening.network.code);
        let transactions = self.deposits.iter().map(|one| json!({"txid": one.txid, "risk": one.risk}));
        let mut data = json!({
            "id": self.id,
            "custom_id": opening.custom_id,
            "customer_id": opening.customer_id,
            "subscription_id": opening.subscription_id,
            "status": self.status,
            "status_context": self.context,
            "address": self.address,
            "network": network,
            "uri": uri::wallet(pay.code, network, &self.address, pay.precision, Some(self.pay_amount)),
            "price_amount": plain(opening.price_amount),
            "price_currency": opening.price.code,
            "fee": plain(self.fee),
            "fee_currency": opening.price.code,
            "pay_amount": plain(self.pay_amount),
            "pay_currency": pay.code,
            "paid_amount": plain(self.paid(false)),
            "transactions": transactions.collect::<Vec<_>>(),
            "name": opening.name,
            "description": opening.description,
            "metadata": opening.metadata,
            "success_redirect_url": opening.success_redirect_url,
            "unsuccess_redirect_url": opening.unsuccess_redirect_url,
            "hosted_page_url": uri::hosted_page("invoices", &self.id),
            "created_at": timestamp(self.created.wall_ms),
            "expires_at": timestamp(self.expires_wall_ms),
        });
        if let (Some(conversion), Some(fields)) = (&self.conversion, data.as_object_mut()) {
            fields.insert("exchange".to_owned(), conversion.to_json(Decimal::ZERO, opening.price.code));
        }
        data
    }
}
