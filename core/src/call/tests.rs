//! What a call tells of itself, and which events it takes.

use crate::call::Call;
use crate::call::options::Options;
use crate::client::Client;
use crate::config::Config;
use crate::environment::Environment;
use crate::event::{Event, Failure, FailureKind, Moment, Sent};
use crate::secret::Secret;
use crate::step::Step;
use serde_json::{Value, json};

const START: Moment = Moment { unix_ms: 1_700_000_000_000, tick_ms: 0 };

fn begin(operation: &str, params: &Value) -> (Call, Step) {
    let secret = Secret::new("api_secret", "secret").unwrap();
    let client = Client::new(Config::new(Environment::Sandbox, "key", secret)).unwrap();
    client.begin(START, operation, params.as_object().cloned().unwrap(), &Options::default(), [7; 16])
}

fn broken() -> Event {
    Event::Failed(Failure { kind: FailureKind::Connect, sent: Sent::No, detail: String::new() })
}

#[test]
fn a_call_says_what_it_waits_for_and_takes_nothing_else() {
    let (mut call, _) = begin("accounts.list", &json!({}));
    assert_eq!(call.state(), "waiting for a response");
    assert_eq!(call.advance(START, Event::Woken).unwrap_err().state, "waiting for a response");
    assert!(matches!(call.advance(START, broken()), Ok(Step::Sleep { .. })));
    assert_eq!(call.state(), "asleep");
    assert_eq!(call.advance(START, broken()).unwrap_err().state, "asleep");
    assert!(matches!(call.advance(START, Event::Cancelled(Sent::No)), Ok(Step::Done(_))));
    assert_eq!(call.state(), "over");
    for event in [Event::Cancelled(Sent::No), Event::Woken, broken()] {
        assert_eq!(call.advance(START, event).unwrap_err().state, "over");
    }
}

#[test]
fn w3_the_custom_id_is_known_before_the_first_send() {
    let invoice = |custom_id: Option<&str>| json!({"price_amount": "1", "price_currency": "EUR", "pay_currency": "BTC", "custom_id": custom_id});
    assert_eq!(begin("invoices.create", &invoice(Some("o-1"))).0.custom_id(), Some("o-1"));
    let made = begin("invoices.create", &invoice(None)).0;
    assert_eq!(made.custom_id().map(str::len), Some(32));
    assert_eq!(begin("accounts.list", &json!({})).0.custom_id(), None);
}
