//! What goes wrong, read from `tests/chaos.json`, which every language reads: the faults that strike 30 % of all requests,
//! and the worlds in which they do, one for each answer to an open question of the API.

use anyhow::{Context, Result};
use cryptopay_sandbox::faults::Rule;
use serde::Deserialize;
use serde_json::{Map, Value};

/// The file.
#[derive(Deserialize)]
pub(crate) struct Weather {
    /// How likely a request is struck.
    struck: f64,
    faults: Vec<Fault>,
    /// Those that close the listener too, and with it the way to the sandbox's clock: for a sandbox in the same process.
    faults_in_process: Vec<Fault>,
    pub(crate) worlds: Vec<World>,
}

/// A fault with its weight among all. Times are sandbox ms: the late ones lie before and after the wait between two looks,
/// around the end of a quote, and shortly before a request is too old to be accepted.
#[derive(Deserialize)]
struct Fault {
    weight: f64,
    rule: Value,
}

/// A world: its name in the table, and its quirks as the sandbox takes them.
#[derive(Clone, Deserialize)]
pub(crate) struct World {
    pub(crate) name: String,
    pub(crate) quirks: Map<String, Value>,
}

impl Weather {
    pub(crate) fn read() -> Result<Self> {
        let path = cryptopay_contract::files::root().join("chaos.json");
        let text = std::fs::read(&path).with_context(|| format!("{} cannot be read", path.display()))?;
        serde_json::from_slice(&text).with_context(|| format!("{} is no weather", path.display()))
    }

    /// The rules that strike as often as the weights say: a rule is asked only when those before it did not strike.
    pub(crate) fn rules(&self) -> Result<Vec<Rule>> {
        let faults = self.faults.iter().chain(&self.faults_in_process);
        let all: f64 = faults.clone().map(|fault| fault.weight).sum();
        let mut left = 1.0;
        faults
            .map(|fault| {
                let share = self.struck * fault.weight / all;
                let probability = share / left;
                left -= share;
                Ok(Rule { probability: Some(probability), ..serde_json::from_value(fault.rule.clone())? })
            })
            .collect()
    }
}
