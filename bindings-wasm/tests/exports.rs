//! Bad values from JavaScript, given to the exports as JavaScript gives them: through the glue. Each is refused with a
//! sentence or an `invalid_argument`, and afterwards the same instance works as before, with no more memory.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]

use cryptopay_wasm::client::Client;
use cryptopay_wasm::pager::Pager;
use js_sys::{Array, Function, Object, Reflect, Uint8Array, WebAssembly};
use serde_json::{Value, json};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::wasm_bindgen_test;

// Without a limit of its own: time stands still here.
const CONFIG: &str = r#"{"environment":"sandbox","api_key":"key","api_secret":"secret","rate_limit":null}"#;
const START: &str =
    r#"{"unix_ms":1700000000000,"tick_ms":0,"entropy":"00000000000000000000000000000000","params":{}}"#;

fn client() -> JsValue {
    Client::new(CONFIG).unwrap().into()
}

/// Calls a method as JavaScript would; the error is what it threw.
fn method(of: &JsValue, name: &str, arguments: &[JsValue]) -> Result<JsValue, JsValue> {
    let method: Function = Reflect::get(of, &name.into()).unwrap().dyn_into().unwrap();
    method.apply(of, &arguments.iter().collect::<Array>())
}

fn begin(client: &JsValue, operation: &str, start: &str) -> JsValue {
    method(client, "begin", &[operation.into(), start.into(), false.into()]).unwrap()
}

fn plain(text: &JsValue) -> Value {
    serde_json::from_str(&text.as_string().unwrap()).unwrap()
}

/// The code that a call ends with as its first step.
fn refused(client: &JsValue, operation: &str, start: &str) -> Value {
    let call = begin(client, operation, start);
    let code = plain(&method(&call, "step", &[]).unwrap()).pointer("/done/error/code").cloned();
    method(&call, "free", &[]).unwrap();
    code.unwrap_or_default()
}

/// A call from its first step to its end, which proves that the instance is well.
fn works(client: &JsValue) {
    let call = begin(client, "accounts.list", START);
    let step = plain(&method(&call, "step", &[]).unwrap());
    assert_eq!(step["fetch"]["url"], "https://business-sandbox.cryptopay.me/api/accounts", "{step}");
    let body = Uint8Array::from(&br#"{"data":[],"meta":{"has_more":false}}"#[..]);
    let end = plain(&answered(&call, &body.into()).unwrap());
    assert_eq!(end["done"]["status"], 200, "{end}");
    method(&call, "free", &[]).unwrap();
}

fn answered(call: &JsValue, body: &JsValue) -> Result<JsValue, JsValue> {
    method(call, "response", &[1e12.into(), 1.into(), 200.into(), "".into(), body.clone()])
}

fn is_error(thrown: &JsValue) -> bool {
    thrown.is_string() || thrown.is_instance_of::<js_sys::Error>()
}

/// Values of every type that JavaScript has; the last refers to itself.
fn strange() -> Vec<JsValue> {
    let cyclic = Object::new();
    Reflect::set(&cyclic, &"self".into(), &cyclic).unwrap();
    vec![
        JsValue::UNDEFINED,
        JsValue::NULL,
        true.into(),
        f64::NAN.into(),
        (-1).into(),
        1e300.into(),
        js_sys::BigInt::from(7).into(),
        js_sys::Symbol::iterator().into(),
        Function::new_no_args("throw 1").into(),
        Array::of1(&1.into()).into(),
        Object::new().into(),
        cyclic.into(),
    ]
}

#[wasm_bindgen_test]
fn a_start_that_is_no_text_of_the_border_is_refused_and_harms_nothing() {
    let client = client();
    for value in strange() {
        // The glue of a release refuses what is no text; if it lets one through, the core does.
        match method(&client, "begin", &["accounts.list".into(), value.clone(), false.into()]) {
            Err(thrown) => assert!(is_error(&thrown), "{value:?} threw {thrown:?}"),
            Ok(call) => {
                let step = plain(&method(&call, "step", &[]).unwrap());
                assert_eq!(step["done"]["error"]["code"], "invalid_argument", "{value:?}: {step}");
            }
        }
        works(&client);
    }
}

#[wasm_bindgen_test]
fn what_is_wrong_inside_of_a_start_is_an_invalid_argument() {
    let client = client();
    let start = |name: &str, value: Value| {
        let mut start: Value = serde_json::from_str(START).unwrap();
        start[name] = value;
        start.to_string()
    };
    let lone = START.replace("\"params\":{}", r#""params":{"custom_id":"\ud800"}"#);
    let nested = START.replace("{}", &["[".repeat(100_000), "]".repeat(100_000)].concat());
    for (operation, start) in [
        ("accounts.list", String::new()),
        ("accounts.list", "null".to_owned()),
        ("accounts.list", "[]".to_owned()),
        ("accounts.list", "{\"unix_ms\":".to_owned()),
        ("accounts.list", start("params", json!([1]))),
        ("accounts.list", start("params", json!({"limit": {}}))),
        ("accounts.list", start("entropy", json!("zz"))),
        ("accounts.list", start("unix_ms", json!("soon"))),
        ("accounts.list", start("unix_ms", json!(-1))),
        ("accounts.list", start("options", json!({"deadline_ms": "long"}))),
        ("accounts.destroy", START.to_owned()),
        ("\u{0}", START.to_owned()),
        ("invoices.create", lone),
        ("invoices.create", nested),
    ] {
        let shown: String = start.chars().take(120).collect();
        assert_eq!(refused(&client, operation, &start), "invalid_argument", "{operation} {shown}");
        works(&client);
    }
}

#[wasm_bindgen_test]
fn a_lone_surrogate_in_a_text_never_reaches_the_api_as_something_else() {
    let client = client();
    // JavaScript's own texts may hold one; on their way into wasm it becomes U+FFFD, inside of JSON it is refused.
    let lone: JsValue = js_sys::JsString::from_char_code1(0xd800).into();
    let call = method(&client, "begin", &[lone, START.into(), false.into()]).unwrap();
    let step = plain(&method(&call, "step", &[]).unwrap());
    assert_eq!(step["done"]["error"]["code"], "invalid_argument", "{step}");
    works(&client);
}

#[wasm_bindgen_test]
fn a_body_that_is_no_buffer_or_a_detached_one_ends_no_instance() {
    let client = client();
    let detached = Uint8Array::from(&b"{\"data\":[]}"[..]);
    let transfer = "return structuredClone(this, {transfer: [this.buffer]})";
    Function::new_no_args(transfer).call0(&detached).unwrap();
    assert_eq!(detached.length(), 0, "it was detached");
    for body in strange().into_iter().chain([detached.into()]) {
        let call = begin(&client, "accounts.list", START);
        method(&call, "step", &[]).unwrap();
        match answered(&call, &body) {
            Err(thrown) => {
                assert!(is_error(&thrown), "{body:?} threw {thrown:?}");
                // The call did not notice: it still waits for its answer.
                let empty = plain(&answered(&call, &Uint8Array::new_with_length(0)).unwrap());
                assert!(empty.get("misuse").is_none(), "{body:?}: {empty}");
            }
            Ok(step) => {
                let code = plain(&step).pointer("/done/error/code").cloned();
                assert_eq!(code, Some("invalid_response".into()), "{body:?}");
            }
        }
        works(&client);
    }
}

#[wasm_bindgen_test]
fn times_and_statuses_that_are_none_are_total() {
    for value in strange() {
        // A client whose clock has come to the end of time has no place before a deadline any more; another one has.
        let client = client();
        let call = begin(&client, "accounts.list", START);
        method(&call, "step", &[]).unwrap();
        let body: JsValue = Uint8Array::new_with_length(0).into();
        let given = [value.clone(), value.clone(), value.clone(), "".into(), body];
        match method(&call, "response", &given) {
            Err(thrown) => assert!(is_error(&thrown), "{value:?} threw {thrown:?}"),
            Ok(step) => assert!(plain(&step).is_object(), "{value:?}"),
        }
        works(&self::client());
    }
}

#[wasm_bindgen_test]
fn an_event_that_does_not_fit_leaves_the_call_as_it_was() {
    let client = client();
    let call = begin(&client, "accounts.list", START);
    method(&call, "step", &[]).unwrap();
    let woken = plain(&method(&call, "woken", &[0.into(), 0.into()]).unwrap());
    assert_eq!(woken["misuse"]["event"], "woken");
    let body = Uint8Array::from(&br#"{"data":[],"meta":{"has_more":false}}"#[..]);
    assert_eq!(plain(&answered(&call, &body.into()).unwrap())["done"]["status"], 200);
    let again = plain(&method(&call, "cancelled", &[0.into(), 0.into(), "maybe".into()]).unwrap());
    assert_eq!(again["misuse"]["event"], "cancelled");
}

#[wasm_bindgen_test]
fn a_freed_call_throws_and_its_client_lives() {
    let client = client();
    let call = begin(&client, "accounts.list", START);
    method(&call, "free", &[]).unwrap();
    assert!(method(&call, "step", &[]).is_err());
    assert!(method(&call, "pending", &[]).is_err());
    works(&client);
}

#[wasm_bindgen_test]
fn a_configuration_that_cannot_work_is_a_sentence_without_its_secret() {
    for (config, wrong) in [
        ("", "the configuration is not JSON"),
        ("null", "the configuration must be an object"),
        ("{}", "the environment is missing"),
        (r#"{"environment":7,"api_key":"k","api_secret":"hush"}"#, r#"the environment must be "sandbox""#),
        (
            r#"{"environment":"sandbox","api_key":"a\nb","api_secret":"hush"}"#,
            "the API key has a colon, whitespace",
        ),
    ] {
        let text = Client::new(config).unwrap_err().as_string().unwrap();
        assert!(text.starts_with(wrong), "{config}: {text}");
        assert!(!text.contains("hush"), "{text}");
    }
    assert!(Pager::new("invoices.list", "[").is_err());
    works(&client());
}

#[wasm_bindgen_test]
fn memory_stays_flat_over_calls_good_and_bad() {
    let pages = || {
        let memory: WebAssembly::Memory = wasm_bindgen::memory().unchecked_into();
        Reflect::get(&memory.buffer(), &"byteLength".into()).unwrap().as_f64().unwrap()
    };
    let client = client();
    let round = || {
        works(&client);
        assert_eq!(refused(&client, "accounts.list", "{"), "invalid_argument");
        let _ = method(&client, "begin", &[JsValue::UNDEFINED, JsValue::UNDEFINED, false.into()]);
    };
    (0..2_000).for_each(|_| round());
    let before = pages();
    (0..6_000).for_each(|_| round());
    assert_eq!(pages(), before, "bytes");
}
