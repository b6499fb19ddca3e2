//! W8 by hand: a record survives as plain JSON, and what is no record is refused by name.

use super::*;
use serde_json::json;

fn written() -> Value {
    json!({
        "accepted": true, "account": "2c70e12b7a0646f9", "server_time": true, "v": 1,
        "operation": "coin_withdrawals.create", "params": {"custom_id": "p-1"}, "custom_id": "p-1",
        "first_send_ms": 5, "last_signed_ms": 7, "seen": ["a", "b"], "quote": {"id": "q"},
        "cause": {"code": "server_error", "status": 500, "request_id": "r", "message": "m"}, "sends": 2, "looks": 3
    })
}

/// The record with one member changed, or without it.
fn with(name: &str, value: Option<Value>) -> Result<Record, InvalidArgument> {
    let mut record = written();
    let members = record.as_object_mut().unwrap();
    match value {
        Some(value) => members.insert(name.into(), value),
        None => members.remove(name),
    };
    Record::from_json(&record)
}

#[test]
fn a_record_is_read_as_it_was_written() {
    let record = Record::from_json(&written()).unwrap();
    assert_eq!(
        (record.operation.as_str(), record.custom_id.as_deref()),
        ("coin_withdrawals.create", Some("p-1"))
    );
    assert_eq!((record.first_send_ms, record.last_signed_ms), (5, 7));
    assert_eq!((record.accepted, record.account.as_deref()), (true, Some("2c70e12b7a0646f9")));
    assert_eq!((record.sends, record.looks), (2, 3));
    assert_eq!(record.seen, ["a", "b"]);
    let cause = record.cause.as_ref().unwrap();
    assert_eq!((cause.code, cause.status), (Code::ServerError, Some(500)));
    assert_eq!((cause.request_id.as_deref(), cause.message.as_str()), (Some("r"), "m"));
    assert_eq!(record.to_json(), written());
}

#[test]
fn what_a_record_may_lack_is_nothing() {
    assert!(!with("server_time", None).unwrap().server_time);
    assert!(!with("accepted", None).unwrap().accepted);
    for name in ["account", "custom_id", "quote", "cause"] {
        let record = with(name, None).unwrap();
        assert_eq!(record.to_json()[name], Value::Null);
        assert_eq!(with(name, Some(Value::Null)).unwrap(), record);
    }
    assert_eq!(with("seen", None).unwrap().seen, [""; 0]);
    assert_eq!(with("sends", None).unwrap().sends, 0);
    assert_eq!(with("cause", Some(json!({"code": "of a later version"}))).unwrap().cause, None);
}

#[test]
fn what_a_record_must_have_is_named_when_it_is_missing() {
    for name in ["operation", "params", "first_send_ms", "last_signed_ms"] {
        assert!(with(name, None).unwrap_err().message.contains(name), "{name}");
        assert!(with(name, Some(json!([]))).unwrap_err().message.contains(name), "{name}");
    }
}

#[test]
fn a_record_of_another_version_is_left_to_that_version() {
    for version in [None, Some(json!(2)), Some(json!("1"))] {
        assert!(with("v", version).unwrap_err().message.contains("version"));
    }
    assert!(Record::from_json(&json!("text")).unwrap_err().message.contains("object"));
}

#[test]
fn a_quote_may_hold_any_number_what_was_asked_for_may_not() {
    let quote = json!({"received_amount": "0.01", "risk": {"score": 0.5}});
    let record = with("quote", Some(quote.clone())).unwrap();
    assert_eq!(Record::from_json(&record.to_json()).unwrap().quote, Some(quote));
    assert!(with("params", Some(json!({"amount": 0.5}))).unwrap_err().message.contains("not whole"));
}
