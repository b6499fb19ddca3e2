//! Payments from outside: who is paid, how much, and what follows.

use serde_json::{Map, Value};

use crate::clock::Moment;
use crate::refusal::Refusal;
use crate::schedule::Job;
use crate::world::World;

/// What a deposit address belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// An invoice, by id.
    Invoice(String),
    /// A channel, by id.
    Channel(String),
}

/// A payment of the control API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payment {
    /// Who is paid.
    pub address: String,
}

impl Payment {
    /// Reads the body of `POST /_sandbox/pay`.
    ///
    /// # Errors
    /// A sentence that says what is wrong.
    pub fn read(body: &Map<String, Value>) -> Result<Self, String> {
        let address = body.get("address").and_then(Value::as_str).ok_or("pay needs an address")?;
        Ok(Self { address: address.to_owned() })
    }
}

pub(crate) fn pay(world: &mut World, payment: &Payment, _at: Moment) -> Result<Value, Refusal> {
    world.targets.get(&payment.address).ok_or_else(Refusal::not_found)?;
    Err(Refusal::not_found())
}

pub(crate) fn run(_world: &mut World, _job: &Job, _at: Moment) {}
