//! Customers: the merchant chooses the id; addresses say where high-risk deposits go back to.
//!
//! Nothing checks that a `customer_id` elsewhere names one: the API does not say that it does.

use serde_json::{Map, Value, json};

use crate::answer::Answer;
use crate::coins;
use crate::pages::{Cursor, page};
use crate::params::{Params, is_address};
use crate::refusal::{Detail, Refusal};
use crate::world::{Call, World};

/// One customer.
#[derive(Clone, Debug)]
pub(crate) struct Customer {
    id: String,
    currency: &'static str,
    pub(crate) addresses: Vec<CustomerAddress>,
}

/// One address of a customer.
#[derive(Clone, Debug)]
pub(crate) struct CustomerAddress {
    pub(crate) address: String,
    pub(crate) currency: &'static str,
    pub(crate) network: &'static str,
}

/// `POST /api/customers`.
pub(crate) fn create(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let mut params = Params::new(&call.incoming.body);
    let id = params.required("id");
    let currency = params.currency("currency").code;
    let addresses = addresses(&mut params, &call.incoming.body).unwrap_or_default();
    params.finish()?;
    if world.customers.get(&id).is_some() {
        return Err(match call.quirks.duplicate_customer {
            409 => Refusal::new(409, "duplicate_customer_id"),
            _ => Detail::new("must_be_unique", "id", "must be unique").into(),
        });
    }
    let customer = Customer { id: id.clone(), currency, addresses };
    let answer = Answer::created(customer.to_json());
    world.customers.add(&id, None, customer, call.at.now_ms);
    Ok(answer)
}

/// `GET /api/customers`; ids are free text, and so is the cursor.
pub(crate) fn list(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    page(call.incoming, Cursor::Free, world.customers.newest_first(call.as_of()), Customer::to_json)
}

/// `GET /api/customers/{customer_id}`.
pub(crate) fn retrieve(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let id = call.incoming.path_text("customer_id")?;
    Ok(Answer::ok(world.customers.seen(id, call.as_of()).ok_or_else(Refusal::not_found)?.to_json()))
}

/// `PATCH /api/customers/{customer_id}`; the addresses given replace all.
pub(crate) fn update(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let id = call.incoming.path_text("customer_id")?;
    world.customers.get(id).ok_or_else(Refusal::not_found)?;
    let mut params = Params::new(&call.incoming.body);
    let currency = params.given("currency").then(|| params.currency("currency").code);
    let addresses = addresses(&mut params, &call.incoming.body);
    params.finish()?;
    let customer = world.customers.change(id, call.at.now_ms, |customer| {
        customer.currency = currency.unwrap_or(customer.currency);
        customer.addresses = addresses.unwrap_or_else(|| std::mem::take(&mut customer.addresses));
    });
    Ok(Answer::ok(customer.ok_or_else(Refusal::not_found)?.to_json()))
}

fn addresses(params: &mut Params<'_>, body: &Map<String, Value>) -> Option<Vec<CustomerAddress>> {
    let rows = match body.get("addresses")? {
        Value::Array(rows) => rows,
        Value::Null => return None,
        _ => {
            params.wrong(Detail::new("must_be_array", "addresses", "must be an array"));
            return None;
        }
    };
    let mut addresses: Vec<CustomerAddress> = Vec::new();
    for row in rows {
        let field = |name: &str| row.get(name).and_then(Value::as_str).unwrap_or_default();
        let Some((currency, coin)) = coins::coin_of(field("currency")) else {
            params.wrong(Detail::must_be_included_in("addresses.currency", &coins::codes(true)));
            continue;
        };
        let known: Vec<&str> = coin.networks.iter().map(|network| network.code).collect();
        let Some(network) = coin.network(field("network")) else {
            params.wrong(Detail::must_be_included_in("addresses.network", &known));
            continue;
        };
        if !is_address(field("address")) {
            params.wrong(Detail::invalid_coin_address("addresses.address", currency.code));
        }
        if addresses.iter().any(|other| other.currency == currency.code) {
            params.wrong(Detail::new(
                "must_be_unique",
                "addresses.currency",
                "must be one address for each coin",
            ));
        }
        let address = field("address").to_owned();
        addresses.push(CustomerAddress { address, currency: currency.code, network: network.code });
    }
    Some(addresses)
}

impl Customer {
    fn to_json(&self) -> Value {
        let rows = self.addresses.iter();
        let by_coin: Map<String, Value> =
            rows.clone().map(|one| (one.currency.to_owned(), json!(one.address))).collect();
        let rows =
            rows.map(|one| json!({"address": one.address, "currency": one.currency, "network": one.network}));
        json!({
            "id": self.id,
            "currency": self.currency,
            "refund_addresses": by_coin,
            "addresses": rows.collect::<Vec<_>>(),
        })
    }
}
