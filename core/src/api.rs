//! The table: every operation and every model of the API, one file a resource. Each is
//! stated once; the argument check, the safe writes, the Rust structs and methods, and the printers of the other
//! languages read the same statement. Adding an endpoint touches one of these files, and the counts below.

pub mod accounts;
pub mod channels;
pub mod coin_withdrawals;
pub mod coins;
pub mod customers;
pub mod exchange_transfers;
pub mod invoices;
pub mod parts;
pub mod rates;
pub mod subscriptions;
pub mod transactions;

use crate::operation::{Operation, Resource};
#[cfg(feature = "describe")]
use crate::schema::Model;

/// The resources, in the reference's order.
pub static RESOURCES: [&Resource; 10] = [
    &accounts::RESOURCE,
    &channels::RESOURCE,
    &coin_withdrawals::RESOURCE,
    &coins::RESOURCE,
    &customers::RESOURCE,
    &exchange_transfers::RESOURCE,
    &invoices::RESOURCE,
    &rates::RESOURCE,
    &subscriptions::RESOURCE,
    &transactions::RESOURCE,
];

/// Every operation, in the reference's order.
pub static OPERATIONS: &[&Operation] = &ROWS;

static ROWS: [&Operation; 39] = {
    let mut rows = [&transactions::rows::list; 39];
    let mut free: &mut [&Operation] = &mut rows;
    let mut resources: &[&Resource] = &RESOURCES;
    while let Some((resource, rest)) = resources.split_first() {
        let (filled, after) = free.split_at_mut(resource.operations.len());
        filled.copy_from_slice(resource.operations);
        (free, resources) = (after, rest);
    }
    assert!(free.is_empty(), "the resources have fewer operations than the table says");
    rows
};

/// The operation with this name, `invoices.create`.
#[must_use]
pub fn find(name: &str) -> Option<&'static Operation> {
    OPERATIONS.iter().find(|operation| operation.name == name).copied()
}

/// Reads the text of an operation's `data` into its Rust model and writes it back: whatever the model would lose is missing
/// in the result. `None`: there is no such operation.
#[cfg(feature = "typed")]
#[must_use]
pub fn rewrite(operation: &str, data: &str) -> Option<Result<String, serde_json::Error>> {
    let (resource, index) = RESOURCES.iter().find_map(|resource| {
        Some((resource, resource.operations.iter().position(|row| row.name == operation)?))
    })?;
    resource.rewrites.get(index).map(|rewrite| rewrite(data))
}

/// What callbacks carry in `data`, by their `type`.
#[cfg(feature = "describe")]
pub static CALLBACKS: [(&str, &Model); 4] = [
    ("ChannelPayment", channels::CallbackChannelPayment::MODEL),
    ("CoinWithdrawal", coin_withdrawals::CallbackCoinWithdrawal::MODEL),
    ("Invoice", invoices::CallbackInvoice::MODEL),
    ("Subscription", subscriptions::CallbackSubscription::MODEL),
];

/// Every model of the operations and of callbacks, each once, those inside others before them.
#[cfg(feature = "describe")]
#[must_use]
pub fn models() -> Vec<&'static Model> {
    let mut all = Vec::new();
    for operation in OPERATIONS {
        let used = [operation.query, operation.body, Some(operation.answer_model)];
        used.into_iter().flatten().for_each(|model| collect(model, &mut all));
    }
    CALLBACKS.iter().for_each(|(_, model)| collect(model, &mut all));
    all
}

#[cfg(feature = "describe")]
fn collect(model: &'static Model, all: &mut Vec<&'static Model>) {
    if all.iter().any(|known| known.name == model.name) {
        return;
    }
    model.fields.iter().filter_map(|field| field.kind.model()).for_each(|inner| collect(inner, all));
    all.push(model);
}

#[cfg(test)]
mod tests;
