//! What the macros of models and choices make of a field.

#![allow(unreachable_pub, reason = "the macros make public items, tests have no public")]

use serde_json::{Value, json};

use super::{choice, model};
use crate::value::{Amount, TextMap, Timestamp, Update, Uuid};

choice! {
    /// A state.
    Status { New = "new", OnHold = "on_hold" }
}

model! {
    /// A thing.
    answer Thing / CallbackThing {
        /// The id.
        id: Uuid,
        /// The state.
        status: Status,
        /// A keyword.
        r#type: String,
        /// An amount.
        amount: Amount,
        /// A time.
        at: Option<Timestamp>,
        /// Others.
        parts: Option<Vec<Part>>,
        /// Texts.
        texts: Option<TextMap>,
    }
}

model! {
    /// A part.
    shared Part {
        /// Its name.
        name: String,
    }
}

model! {
    /// A change.
    params ThingUpdate {
        /// The name.
        name: Update<String>,
        /// The parts.
        parts: Update<Vec<Part>>,
        /// An amount that may be null.
        amount: Nullable<Amount>,
        /// How often.
        times: Option<i64>,
    }
}

const ID: &str = "6f1d2f60-0f3c-4c9e-9b0e-2f5c1a7d8e90";

fn thing(json: &str) -> Thing {
    serde_json::from_str(json).unwrap()
}

#[test]
fn absent_and_null_are_the_same_for_an_optional_field() {
    let absent = thing(&format!(r#"{{"id":"{ID}","status":"new","type":"a","amount":"1"}}"#));
    let null =
        thing(&format!(r#"{{"id":"{ID}","status":"new","type":"a","amount":"1","at":null,"parts":null}}"#));
    assert_eq!(absent, null);
    assert_eq!((absent.at, absent.parts), (None, None));
    assert_eq!(absent.r#type, "a");
}

#[test]
fn a_required_field_that_is_missing_or_null_is_named() {
    let missing =
        serde_json::from_str::<Thing>(&format!(r#"{{"id":"{ID}","status":"new","type":"a"}}"#)).unwrap_err();
    assert!(missing.to_string().starts_with("missing field `amount`"), "{missing}");
    let null = format!(r#"{{"id":"{ID}","status":"new","type":"a","amount":null}}"#);
    assert!(serde_json::from_str::<Thing>(&null).is_err());
    assert!(
        serde_json::from_str::<Thing>("[]").unwrap_err().to_string().contains("an object of the model Thing")
    );
}

#[test]
fn unknown_fields_keep_their_exact_text_and_come_back() {
    let text = format!(
        r#"{{"id":"{ID}","status":"new","type":"a","amount":0.10,"later":{{"n":1.00000000000000000001}},"é":[1e400]}}"#
    );
    let thing = thing(&text);
    assert_eq!(thing.extra.get("later"), Some(r#"{"n":1.00000000000000000001}"#));
    assert_eq!(thing.extra.get("é"), Some("[1e400]"));
    assert_eq!(thing.amount.as_str(), "0.10");
    assert_eq!(
        serde_json::to_string(&thing).unwrap(),
        format!(
            r#"{{"id":"{ID}","status":"new","type":"a","amount":"0.10","later":{{"n":1.00000000000000000001}},"é":[1e400]}}"#
        )
    );
}

#[test]
fn an_enumeration_is_open() {
    let text = format!(r#"{{"id":"{ID}","status":"frozen","type":"a","amount":"1"}}"#);
    let thing = thing(&text);
    assert_eq!(thing.status, Status::Other("frozen".into()));
    assert_eq!(thing.status, "frozen");
    assert_eq!(serde_json::to_string(&thing).unwrap(), text);
    assert_eq!(Status::from("on_hold"), Status::OnHold);
    assert_eq!(Status::OnHold.to_string(), "on_hold");
}

#[test]
fn an_escaped_name_is_the_same_name() {
    let thing = thing(&format!(r#"{{"\u0069d":"{ID}","status":"ne\u0077","type":"a","amount":"1"}}"#));
    assert_eq!((thing.id.to_string().as_str(), &thing.status), (ID, &Status::New));
}

#[test]
fn a_callback_needs_only_id_and_status() {
    let event: CallbackThing =
        serde_json::from_str(&format!(r#"{{"id":"{ID}","status":"new","amount":12.50}}"#)).unwrap();
    assert_eq!(event.amount.as_ref().map(Amount::as_str), Some("12.50"));
    assert_eq!((event.r#type, event.parts), (None, None));
    assert!(serde_json::from_str::<CallbackThing>(&format!(r#"{{"id":"{ID}"}}"#)).is_err());
    let required = |model: &super::Model| {
        model.fields.iter().filter(|field| field.required).map(|field| field.name).collect::<Vec<_>>()
    };
    assert_eq!(required(CallbackThing::MODEL), ["id", "status"]);
    assert_eq!(required(Thing::MODEL), ["id", "status", "type", "amount"]);
    assert_eq!(required(Part::MODEL), ["name"]);
}

#[test]
fn an_update_tells_unchanged_null_and_a_value_apart() {
    let written = |update: ThingUpdate| serde_json::to_value(update).unwrap();
    assert_eq!(written(ThingUpdate::default()), json!({}));
    assert_eq!(written(ThingUpdate { name: Update::Null, ..Default::default() }), json!({"name": null}));
    let parts = vec![Part { name: "p".into(), ..Default::default() }];
    assert_eq!(
        written(ThingUpdate {
            name: "n".into(),
            parts: parts.into(),
            amount: Some(5.into()),
            times: Some(2)
        }),
        json!({"name": "n", "parts": [{"name": "p"}], "amount": "5", "times": 2})
    );
    let nullable = ThingUpdate::MODEL.fields.iter().map(|field| field.nullable).collect::<Vec<_>>();
    assert_eq!(nullable, [true, true, true, false]);
}

#[test]
fn a_model_can_be_read_from_a_value_too() {
    let value: Value =
        json!({"id": ID, "status": "new", "type": "a", "amount": "1.5", "parts": [{"name": "x", "y": 1}]});
    let thing: Thing = serde_json::from_value(value.clone()).unwrap();
    assert_eq!(serde_json::to_value(&thing).unwrap(), value);
}
