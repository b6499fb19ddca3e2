//! What a person reads who gave something wrong: one sentence for every language, so in words of none of them.

use super::*;
use crate::event::Event;
use serde_json::json;

const SETTINGS: &str = r#"{"environment":"sandbox","api_key":"key","api_secret":"secret"}"#;
const ID: &str = "06a54ccb-889f-4c1f-8a59-086a84a1e2dd";
const PAYOUT: &str = r#"{"address":"2N9","charged_currency":"EUR","received_currency":"BTC","charged_amount":"1","force_commit":true}"#;

fn refused(settings: &Value) -> String {
    client(settings.to_string().as_bytes()).expect_err("it is wrong").to_string()
}

fn told(step: Step) -> ApiError {
    match step {
        Step::Done(result) => result.expect_err("it is wrong"),
        other => panic!("nothing may be done: {other:?}"),
    }
}

fn start(params: &str, options: &str) -> String {
    let entropy = "0".repeat(32);
    format!(r#"{{"unix_ms":1,"tick_ms":1,"entropy":"{entropy}","params":{params},"options":{options}}}"#)
}

fn begun(operation: &str, start: &str) -> ApiError {
    told(begin(&client(SETTINGS.as_bytes()).unwrap(), operation, start.as_bytes()).1)
}

fn resolved(start: &str) -> ApiError {
    told(resolve(&client(SETTINGS.as_bytes()).unwrap(), start.as_bytes()).1)
}

#[test]
fn a_setting_that_is_wrong_is_told_in_words() {
    for (name, value, text) in [
        ("environment", json!(null), "the environment is missing, set it to"),
        ("environment", json!("staging"), "the environment must be \"sandbox\", \"production\" or a URL"),
        ("api_key", json!(null), "the API key is missing, set it to the API key shown in the dashboard"),
        ("api_key", json!("a:b"), "the API key has a colon"),
        ("api_secret", json!(null), "the API secret is missing, set it to the API secret shown in"),
        ("api_secret", json!(""), "the API secret is empty"),
        ("api_secret", json!(1), "the API secret must be a string"),
        ("callback_secrets", json!([""]), "the callback secret is empty"),
        ("callback_secrets", json!([1]), "the callback secret must be a string, or a list of strings"),
        ("callback_secrets", json!("one"), "the callback secret must be a string, or a list of strings"),
        ("deadline_ms", json!(0), "the timeout of the call must be a whole number of milliseconds, 1 or"),
        ("attempt_timeout_ms", json!(1.5), "the timeout of one attempt must be a whole number of milli"),
        ("max_retries", json!(-1), "the number of retries must be a whole number, 0 or more"),
        ("max_retries", json!(1_u64 << 32), "the number of retries is too large"),
        (
            "rate_limit",
            json!(0),
            "the rate limit must be a whole number of requests a minute, 1 to 200, or null",
        ),
        ("rate_limit", json!(201), "the rate limit must be a whole number of requests a minute, 1 to 200"),
        ("rate_limit", json!(1_u64 << 32), "the rate limit must be a whole number of requests a minute"),
        ("shared_limit", json!("yes"), "the shared limit must be true or false"),
        ("user_agent_suffix", json!("☕"), "the User-Agent suffix must be visible ASCII text"),
        ("max_body", json!(0), "the largest answer to read must be a whole number of bytes, 1 or more"),
        ("nonsense", json!(0), "the configuration has a setting that does not exist"),
    ] {
        let mut settings: Value = serde_json::from_str(SETTINGS).unwrap();
        settings[name] = value;
        let said = refused(&settings);
        assert!(said.starts_with(text), "{name}: {said}");
        assert!(!said.contains('_'), "{said}");
    }
    assert_eq!(refused(&json!([])), "the configuration must be an object");
}

#[test]
fn only_who_says_so_has_no_rate_limit() {
    for (given, limit) in [(None, Some(195)), (Some(json!(null)), None), (Some(json!(200)), Some(200))] {
        let mut settings: Value = serde_json::from_str(SETTINGS).unwrap();
        given.into_iter().for_each(|given| settings["rate_limit"] = given);
        assert_eq!(Config::from_json(&settings).unwrap().rate_limit, limit, "{settings}");
    }
}

#[test]
fn signing_and_verifying_without_a_secret_are_told_the_same() {
    let missing = "no callback secret was given, give the client the one shown in the dashboard; a client made from \
                   environment variables reads it from CRYPTOPAY_CALLBACK_SECRET";
    let told = json!({ "error": { "code": "configuration", "text": missing } }).to_string();
    assert_eq!(signed(&signature(b"{}", &[])), told);
    assert_eq!(verified(&crate::callback::verify(b"{}", Some("00"), &[]), b"{}"), told);
    let empty = signature(b"{}", &["", "old"]).unwrap_err().to_string();
    assert!(empty.starts_with("the callback secret is empty"), "{empty}");
}

#[test]
fn an_option_that_is_wrong_is_told_in_words() {
    for (options, text) in [
        (
            r#"{"deadline_ms":"long"}"#,
            "the timeout of the call must be a whole number of milliseconds, 1 or more",
        ),
        (r#"{"deadline_ms":0}"#, "the timeout of the call must be a whole number of milliseconds, 1 or more"),
        (
            r#"{"attempt_timeout_ms":-1}"#,
            "the timeout of one attempt must be a whole number of milliseconds, 1 or more",
        ),
        (r#"{"max_retries":1.5}"#, "the number of retries must be a whole number, 0 or more"),
        (r#"{"if_none_match":1}"#, "the If-None-Match condition must be visible ASCII text"),
        (r#"{"if_modified_since":""}"#, "the If-Modified-Since condition must be visible ASCII text"),
        (r#"{"quote":{}}"#, "quote: belongs to a commit, leave it out here"),
        (r#"{"quote":1}"#, "quote: must be the object that the create returned"),
        (
            r#"{"custom_id":{"generated":"yes"}}"#,
            "custom_id: whether one is generated must be true or false; one of your own is a parameter",
        ),
        (r#"{"custom_id":{"generated":true}}"#, "custom_id: this operation has none to generate"),
        (r#"{"nonsense":1}"#, "options: have one that does not exist"),
        (r#"[]"#, "options: must be an object"),
    ] {
        assert_eq!(begun("accounts.list", &start("{}", options)).message, text);
    }
    let write = begun("customers.create", &start(r#"{"id":"c"}"#, r#"{"if_none_match":"v"}"#));
    assert_eq!(write.message, "the If-None-Match condition belongs to a read, leave it out here");
    assert_eq!(write.fields[0].target, "if_none_match");
}

#[test]
fn a_payout_without_an_id_is_told_what_to_give_in_words_that_every_language_has() {
    let error = begun("coin_withdrawals.create", &start(PAYOUT, "{}"));
    assert_eq!(error.fields[0].target, "custom_id");
    assert!(error.message.starts_with("custom_id: is required for a create that moves money"), "{error}");
    assert!(error.message.contains("one of your own") && !error.message.contains(['{', '"']), "{error}");
}

#[test]
fn parameters_that_are_no_object_and_a_clock_that_tells_no_time_are_named() {
    for broken in ["", "null", "{\"params\":", &start("nonsense", "{}"), &start("[]", "{}")] {
        assert_eq!(begun("accounts.list", broken).message, "params: must be a JSON object", "{broken}");
    }
    let wrong = start("{}", "{}").replace("\"tick_ms\":1", "\"tick_ms\":1.5");
    assert_eq!(begun("accounts.list", &wrong).message, "time: must tell whole milliseconds, 0 or more");
    let wrong = start("{}", "{}").replace("\"0000", "\"zz");
    assert!(begun("accounts.list", &wrong).message.starts_with("time: must give entropy"));
}

#[test]
fn whatever_is_wrong_with_a_record_names_the_record() {
    let record = json!({
        "v": 1, "operation": "coin_withdrawals.commit", "params": {"coin_withdrawal_id": ID},
        "first_send_ms": 1, "last_signed_ms": 1,
    });
    let with = |name: &str, value: Value| {
        let mut changed = record.clone();
        changed[name] = value;
        changed.to_string()
    };
    for given in [
        "nonsense".to_owned(),
        "[]".to_owned(),
        "\"text\"".to_owned(),
        "null".to_owned(),
        "{}".to_owned(),
        with("v", json!(2)),
        with("operation", json!("coin_withdrawals.steal")),
        with("params", json!({})),
        with("params", json!({"coin_withdrawal_id": ID, "more": "1"})),
        with("first_send_ms", json!("1")),
        with("sends", json!(0.5)),
    ] {
        let error = resolved(&start(&given, "{}"));
        assert!(error.message.starts_with("record: "), "{given}: {error}");
        assert_eq!(error.fields[0].target, "record", "{given}");
    }
    // A call without time would end as if nothing were known, and tell nobody why.
    for (options, target, text) in [
        (r#"{"deadline_ms":"long"}"#, "deadline_ms", "the timeout of the call must be"),
        (r#"{"deadline_ms":0}"#, "deadline_ms", "the timeout of the call must be"),
        (r#"{"attempt_timeout_ms":0}"#, "attempt_timeout_ms", "the timeout of one attempt must be"),
        (r#"{"quote":{}}"#, "quote", "quote: belongs to a commit"),
        (r#"{"if_none_match":"x"}"#, "if_none_match", "the If-None-Match condition belongs to a read"),
    ] {
        let wrong = resolved(&start(&record.to_string(), options));
        assert!(wrong.message.starts_with(text), "{wrong}");
        assert_eq!((wrong.operation.as_str(), wrong.fields[0].target.as_str()), ("resolve", target));
    }
}

/// The moment and the event in this JSON, as a debugger shows them.
fn event_of(json: &str) -> Result<String, String> {
    incoming::event(json.as_bytes(), b"body")
        .map(|(at, event)| format!("{} {} {event:?}", at.unix_ms, at.tick_ms))
}

#[test]
fn an_event_that_is_wrong_says_what_is() {
    for (event, wrong) in [
        ("", "an event must be a JSON object"),
        ("[]", "an event must be a JSON object"),
        (r#"{"unix_ms":1,"tick_ms":2,"woken":{}"#, "an event must be a JSON object"),
        (r#"{"tick_ms":2,"woken":{}}"#, "'unix_ms' must be a whole number"),
        (r#"{"unix_ms":1,"tick_ms":-2,"woken":{}}"#, "'tick_ms' must be a whole number"),
        (r#"{"unix_ms":1,"tick_ms":"2","woken":{}}"#, "'tick_ms' must be a whole number"),
        (r#"{"unix_ms":1,"tick_ms":2}"#, "the event names none of"),
        (r#"{"unix_ms":1,"tick_ms":2,"response":null}"#, "the event names none of"),
        (r#"{"unix_ms":1,"tick_ms":2,"response":{}}"#, "'status' must be"),
        (r#"{"unix_ms":1,"tick_ms":2,"response":[200]}"#, "'status' must be"),
        (r#"{"unix_ms":1,"tick_ms":2,"response":{"status":65536}}"#, "'status' must be"),
        (r#"{"unix_ms":1,"tick_ms":2,"response":{"status":200.0}}"#, "'status' must be"),
        (r#"{"unix_ms":1,"tick_ms":2,"response":{"status":200,"headers":null}}"#, "'headers' must be"),
        (r#"{"unix_ms":1,"tick_ms":2,"response":{"status":200,"headers":{"a":"b"}}}"#, "'headers' must be"),
        (r#"{"unix_ms":1,"tick_ms":2,"response":{"status":200,"headers":[["a"]]}}"#, "'headers' must be"),
        (r#"{"unix_ms":1,"tick_ms":2,"response":{"status":200,"headers":[["a",1]]}}"#, "'headers' must be"),
        (r#"{"unix_ms":1,"tick_ms":2,"failed":{"kind":"lost","sent":"no"}}"#, "'kind' must be"),
        (r#"{"unix_ms":1,"tick_ms":2,"failed":{"kind":"broken"}}"#, "'sent' must be a string"),
        (r#"{"unix_ms":1,"tick_ms":2,"permitted":{}}"#, "'wait_ms' must be a whole number"),
    ] {
        let told = event_of(event).expect_err(event);
        assert!(told.starts_with(wrong), "{event}: {told}");
    }
}

#[test]
fn an_event_is_read_in_any_order_with_escapes_and_spaces() {
    let response = " { \"response\" : { \"headers\" : [ [ \"Re\\u0074ry-After\" , \"\\\"1\\\"\" ] ] , \"status\" : 503 } , \
        \"tick_ms\" : 2 , \"unix_ms\" : 1 , \"woken\" : null } ";
    let (at, event) = incoming::event(response.as_bytes(), b"body").unwrap();
    let Event::Response(response) = event else { panic!("it is a response: {event:?}") };
    assert_eq!((at.unix_ms, at.tick_ms), (1, 2));
    assert_eq!((response.status, response.body.as_slice()), (503, b"body".as_slice()));
    assert_eq!(response.headers, [("Retry-After".to_owned(), "\"1\"".to_owned())]);

    // What a driver cannot tell apart may have been sent (W1).
    for (said, sent) in [("no", "No"), ("maybe", "Maybe"), ("yes", "Maybe")] {
        let told = event_of(&format!(
            r#"{{"failed":{{"kind":"connect","sent":"{said}","detail":"a\"b"}},"unix_ms":1,"tick_ms":2}}"#
        ));
        let told = told.unwrap();
        assert!(told.contains(&format!("sent: {sent}")) && told.contains(r#"detail: "a\"b""#), "{told}");
    }
    assert_eq!(event_of(r#"{"unix_ms":1,"tick_ms":2,"woken":{}}"#).unwrap(), "1 2 Woken");
}
