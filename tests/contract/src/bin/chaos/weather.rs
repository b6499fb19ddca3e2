//! What goes wrong: the faults that strike 30 % of all requests, and the worlds in which they do, one for each answer to
//! an open question of the API.

use cryptopay_sandbox::faults::Rule;
use serde_json::{Map, Value, json};

/// How likely a request is struck.
const STRUCK: f64 = 0.3;

/// Every fault with its weight. Times are sandbox ms: the late ones lie before and after the wait between two looks, around
/// the end of a quote, and shortly before a request is too old to be accepted.
fn faults() -> [(f64, Value); 24] {
    [
        (3.0, json!({"kind": "apply_then_drop"})),
        (2.0, json!({"kind": "drop_before_apply"})),
        (1.0, json!({"kind": "apply_late", "ms": 700})),
        (1.0, json!({"kind": "apply_late", "ms": 4_000})),
        (1.0, json!({"kind": "apply_late", "ms": 29_000})),
        (1.0, json!({"kind": "apply_late", "ms": 100_000})),
        (1.0, json!({"kind": "apply_late", "ms": 590_000})),
        (2.0, json!({"kind": "apply_then_500"})),
        (1.0, json!({"kind": "status", "status": 500})),
        (1.0, json!({"kind": "stall_headers"})),
        (1.0, json!({"kind": "stall_body"})),
        (1.0, json!({"kind": "truncate"})),
        (2.0, json!({"kind": "reset_reused"})),
        (1.0, json!({"kind": "html", "status": 502})),
        (1.0, json!({"kind": "html", "status": 504, "apply": true})),
        (1.0, json!({"kind": "status", "status": 503, "apply": true})),
        (0.5, json!({"kind": "status", "status": 408, "apply": true})),
        (0.5, json!({"kind": "status", "status": 302, "apply": true})),
        (0.5, json!({"kind": "status", "status": 202, "apply": true})),
        (0.5, json!({"kind": "status", "status": 204, "apply": true})),
        (0.5, json!({"kind": "rate_limited"})),
        (0.5, json!({"kind": "rate_limited", "retry_after": 3})),
        (2.0, json!({"kind": "stale_reads", "ms": 3_000})),
        (2.0, json!({"kind": "stale_reads", "ms": 60_000})),
    ]
}

/// The rules that strike as often as the weights say: a rule is asked only when those before it did not strike.
pub(crate) fn rules() -> Result<Vec<Rule>, serde_json::Error> {
    let all: f64 = faults().iter().map(|(weight, _)| weight).sum();
    let mut left = 1.0;
    faults()
        .into_iter()
        .map(|(weight, rule)| {
            let share = STRUCK * weight / all;
            let probability = share / left;
            left -= share;
            Ok(Rule { probability: Some(probability), ..serde_json::from_value(rule)? })
        })
        .collect()
}

/// A world: its name in the table, and its quirks.
pub(crate) type World = (&'static str, Value);

/// The world as it starts, every other value of every quirk, and two where all of them differ.
pub(crate) fn worlds() -> [World; 14] {
    [
        ("as it starts", json!({})),
        ("lapsed_quote cancelled", json!({"lapsed_quote": "cancelled"})),
        ("lapsed_quote 404", json!({"lapsed_quote": "404"})),
        ("commit_lapsed 404", json!({"commit_lapsed": 404})),
        ("commit_lapsed 409", json!({"commit_lapsed": 409})),
        ("duplicate_customer 409", json!({"duplicate_customer": 409})),
        ("second_cancel 409", json!({"second_cancel": 409})),
        ("uncommitted_readable false", json!({"uncommitted_readable": false})),
        ("balance_before_uniqueness", json!({"balance_before_uniqueness": true})),
        ("unique_subscription_ids", json!({"unique_subscription_ids": true})),
        ("unique_exchange_ids", json!({"unique_exchange_ids": true})),
        ("ledger_custom_ids", json!({"ledger_custom_ids": true})),
        (
            "all at once, cancelled",
            json!({
                "lapsed_quote": "cancelled", "commit_lapsed": 409, "duplicate_customer": 409, "second_cancel": 409,
                "balance_before_uniqueness": true, "unique_subscription_ids": true, "unique_exchange_ids": true,
                "ledger_custom_ids": true,
            }),
        ),
        (
            "all at once, unreadable",
            json!({
                "lapsed_quote": "404", "commit_lapsed": 404, "uncommitted_readable": false,
                "balance_before_uniqueness": true, "unique_exchange_ids": true, "ledger_custom_ids": true,
            }),
        ),
    ]
}

/// The quirks of a world, as the sandbox takes them.
pub(crate) fn quirks(world: &World) -> Map<String, Value> {
    world.1.as_object().cloned().unwrap_or_default()
}
