//! A world with a standing clock, and short ways to ask it: what the tests of lifecycles stand on.

use serde_json::{Map, Value, json};

use crate::answer::{Answer, Incoming};
use crate::clock::Clock;
use crate::payments::Payment;
use crate::quirks::Quirks;
use crate::refusal::Refusal;
use crate::world::World;

/// 2023-07-17T08:46:28Z.
pub(crate) const START_MS: u64 = 1_689_583_588_000;

pub(crate) struct Trial {
    pub(crate) world: World,
    pub(crate) clock: Clock,
    pub(crate) quirks: Quirks,
}

impl Trial {
    pub(crate) fn new() -> Self {
        let (world, clock) = (World::new(7), Clock::standing(START_MS));
        Self { world, clock, quirks: Quirks::default() }
    }

    /// With quirks set as `POST /_sandbox/quirks` does it.
    pub(crate) fn with(switches: Value) -> Self {
        let mut trial = Self::new();
        trial.quirks.set(&object(switches)).unwrap();
        trial
    }

    /// An operation with path parameters and a body.
    pub(crate) fn ask(
        &mut self,
        operation: &'static str,
        path: &[(&'static str, &str)],
        body: Value,
    ) -> Result<Answer, Refusal> {
        self.ask_as_of(operation, path, &[], body, None)
    }

    /// A read with a query.
    pub(crate) fn list(
        &mut self,
        operation: &'static str,
        query: &[(&str, &str)],
    ) -> Result<Answer, Refusal> {
        self.ask_as_of(operation, &[], query, json!({}), None)
    }

    pub(crate) fn ask_as_of(
        &mut self,
        operation: &'static str,
        path: &[(&'static str, &str)],
        query: &[(&str, &str)],
        body: Value,
        as_of_ms: Option<u64>,
    ) -> Result<Answer, Refusal> {
        let path = path.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        let query = query.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let incoming = Incoming { operation, path, query, body: object(body), as_of_ms };
        let answer = self.world.answer(&incoming, &self.clock, &self.quirks);
        assert!(self.world.ledger.is_balanced(), "after {operation}");
        answer
    }

    /// The `data` of an operation that must succeed.
    pub(crate) fn data(
        &mut self,
        operation: &'static str,
        path: &[(&'static str, &str)],
        body: Value,
    ) -> Value {
        self.ask(operation, path, body).unwrap_or_else(|refusal| panic!("{operation}: {refusal:?}")).data
    }

    pub(crate) fn pay(&mut self, body: Value) -> Value {
        let payment = Payment::read(&object(body)).unwrap();
        let paid = self.world.pay(&payment, &self.clock).unwrap();
        assert!(self.world.ledger.is_balanced());
        paid
    }

    pub(crate) fn advance_s(&mut self, seconds: u64) {
        self.clock.advance(seconds * 1000);
        self.world.settle(&self.clock);
        assert!(self.world.ledger.is_balanced());
    }

    /// `event:status` of every callback of a type, oldest first.
    pub(crate) fn events(&self, kind: &str) -> Vec<String> {
        let callbacks = self.world.callbacks();
        let of_kind = callbacks.as_array().unwrap().iter().filter(|one| one["type"] == kind);
        of_kind
            .map(|one| {
                let body: Value = serde_json::from_str(one["body"].as_str().unwrap()).unwrap();
                format!("{}:{}", one["event"].as_str().unwrap(), body["data"]["status"].as_str().unwrap())
            })
            .collect()
    }

    /// What the merchant's account in a currency holds.
    pub(crate) fn balance(&mut self, currency: &str) -> String {
        let accounts = self.data("accounts.list", &[], json!({}));
        let account = accounts.as_array().unwrap().iter().find(|one| one["currency"] == currency).unwrap();
        account["balance"].as_str().unwrap().to_owned()
    }

    /// What another party holds.
    pub(crate) fn held_by(&self, party: &str, currency: &str) -> String {
        let ledger = self.world.ledger();
        let mut accounts = ledger["accounts"].as_array().unwrap().iter();
        let found = accounts.find(|one| one["party"] == party && one["currency"] == currency);
        found.map_or("0.0", |one| text(&one["balance"])).to_owned()
    }
}

pub(crate) fn object(value: Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap()
}

/// Status, code and the codes of the details of a refusal.
pub(crate) fn refused(answer: Result<Answer, Refusal>) -> (u16, &'static str, Vec<&'static str>) {
    let refusal = answer.unwrap_err();
    (refusal.status, refusal.code, refusal.details.iter().map(|detail| detail.code).collect())
}

pub(crate) fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}
