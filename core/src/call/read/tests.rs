//! K1: what an error tells of the API's own words, of a refused signature, and what to do. Transcripts compare no sentence.

use crate::call::options::Options;
use crate::client::Client;
use crate::config::Config;
use crate::environment::Environment;
use crate::error::ApiError;
use crate::event::{Event, Failure, FailureKind, Moment, Sent};
use crate::http::Response;
use crate::secret::Secret;
use crate::step::Step;
use serde_json::{Map, Value, json};

const START: Moment = Moment { unix_ms: 1_700_000_000_000, tick_ms: 0 };

fn client() -> Client {
    let secret = Secret::new("api_secret", "secret").unwrap();
    Client::new(Config::new(Environment::Sandbox, "key", secret)).unwrap()
}

/// The error of a call of which these are the answers; it never waits for longer than an hour.
fn error_of(operation: &str, params: &Value, answers: Vec<Event>) -> ApiError {
    let client = client();
    let params = params.as_object().cloned().unwrap();
    let (mut call, mut step) = client.begin(START, operation, params, &Options::default(), [0; 16]);
    let (mut answers, mut at) = (answers.into_iter(), START);
    loop {
        let event = match step {
            Step::Done(result) => return result.unwrap_err(),
            Step::Fetch(_) => answers.next().unwrap(),
            Step::Sleep { ms, .. } => {
                at = Moment { unix_ms: at.unix_ms + ms, tick_ms: at.tick_ms + ms };
                Event::Woken
            }
            Step::Permit { .. } => panic!("no limit is shared"),
        };
        step = call.advance(at, event).unwrap();
    }
}

fn answer(status: u16, body: &Value) -> Event {
    dated(status, &[("date", "Tue, 14 Nov 2023 22:13:20 GMT")], body)
}

fn dated(status: u16, headers: &[(&str, &str)], body: &Value) -> Event {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Event::Response(Response { status, headers, body: body.to_string().into_bytes() })
}

#[test]
fn k1_the_apis_own_words_follow_what_they_mean_unless_they_repeat_the_signature() {
    let told = |own: &str| {
        let refused = answer(422, &json!({"error": {"code": "invalid", "message": own, "details": []}}));
        error_of("accounts.list", &json!({}), vec![refused]).message
    };
    let meaning = "the request is well-formed, but the API refused its values";
    assert_eq!(told("too small"), [meaning, " (too small)"].concat());
    assert_eq!(told(""), meaning);
    assert_eq!(told("no HMAC key:c2lnbmF0dXJl"), meaning);
}

#[test]
fn w2_only_who_has_a_custom_id_is_told_that_the_same_create_is_safe() {
    let lost = Failure { kind: FailureKind::Broken, sent: Sent::Maybe, detail: String::new() };
    let hint = |operation: &str, params: Value| {
        let refused = answer(403, &json!({"error": {"code": "forbidden", "message": "", "details": []}}));
        error_of(operation, &params, vec![Event::Failed(lost.clone()), refused]).hint
    };
    let invoice =
        json!({"price_amount": "1", "price_currency": "EUR", "pay_currency": "BTC", "custom_id": "o-1"});
    assert!(hint("invoices.create", invoice).contains("only the same create under the same one is safe"));
    let customer = hint("customers.create", json!({"id": "buyer-1", "currency": "EUR"}));
    assert!(customer.contains("do not send it again before that"), "{customer}");
}

#[test]
fn k1_a_401_tells_how_far_the_clocks_are_apart_and_what_is_likely_wrong() {
    let refused = json!({"error": {"code": "unauthenticated", "message": "", "details": []}});
    let told = |answers: &[&[(&str, &str)]]| {
        let answers = answers.iter().map(|headers| dated(401, headers, &refused)).collect();
        let error = error_of("accounts.list", &json!({}), answers);
        let text = error.sentence();
        let signed = error.signed.unwrap();
        assert!(text.contains(&format!("; most likely {}; ", signed.likely)), "{text}");
        (signed.clock_difference_ms, signed.likely.starts_with("the clock"), signed.likely)
    };
    let (same, minute) =
        (("date", "Tue, 14 Nov 2023 22:13:20 GMT"), ("date", "Tue, 14 Nov 2023 22:12:20 GMT"));
    let ahead = ("date", "Wed, 15 Nov 2023 00:13:20 GMT");
    for (headers, difference) in
        [(same, 0), (minute, -60_000), (("date", "Tue, 14 Nov 2023 22:13:25 GMT"), 5_000)]
    {
        let (apart, clock, likely) = told(&[&[headers]]);
        assert_eq!((apart, clock), (Some(difference), false), "{likely}");
        assert!(likely.ends_with("the clock is right"), "{likely}");
    }
    // Signed again by the time of the first answer, which the second one contradicts.
    assert_eq!(told(&[&[ahead], &[same]]).0, Some(-7_200_000));
    assert!(told(&[&[ahead], &[same]]).1);
    let (apart, clock, likely) = told(&[&[ahead, ("age", "7")]]);
    assert_eq!((apart, clock), (None, false));
    assert!(likely.ends_with("the server's time is not known"), "{likely}");
}

#[test]
fn t6_a_5xx_costs_twice_what_a_refusal_to_hear_costs() {
    let repeated = |status: u16| {
        let client = client();
        (0..110)
            .map(|_| client.begin(START, "accounts.list", Map::new(), &Options::default(), [0; 16]).0)
            .map(|mut call| call.advance(START, answer(status, &json!({}))).unwrap())
            .filter(|step| matches!(step, Step::Sleep { .. }))
            .count()
    };
    assert_eq!([repeated(408), repeated(500), repeated(503)], [100, 50, 50]);
}
