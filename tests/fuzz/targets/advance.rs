//! Any order of events against any operation. The first bytes choose the call, then every event takes a byte for its kind
//! and a few for what it carries. No panic, no send beyond the bound, nothing definite after doubt (W2), nothing after the end.
#![no_main]

use cryptopay_core::api;
use cryptopay_core::call::options::Options;
use cryptopay_core::client::Client;
use cryptopay_core::code::Code;
use cryptopay_core::config::Config;
use cryptopay_core::event::{Event, Failure, FailureKind, Moment, Sent};
use cryptopay_core::http::{Purpose, Response};
use cryptopay_core::operation::Safety;
use cryptopay_core::step::Step;
use libfuzzer_sys::fuzz_target;
use serde_json::{Map, Value, json};

const ID: &str = "06a54ccb-889f-4c1f-8a59-086a84a1e2dd";
const STATUSES: [u16; 16] = [200, 201, 202, 204, 304, 302, 400, 401, 404, 408, 409, 422, 425, 429, 500, 0];

struct Bytes<'b>(&'b [u8]);

impl Bytes<'_> {
    fn one(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    /// So many bytes, or what is left.
    fn some(&mut self) -> Vec<u8> {
        let most = usize::from(self.one().unwrap_or(0)).min(self.0.len());
        let (taken, rest) = self.0.split_at(most);
        self.0 = rest;
        taken.to_vec()
    }
}

/// Parameters that every create takes; what an operation does not know is left out.
fn params(flags: u8) -> Map<String, Value> {
    let all = json!({
        "price_amount": "1.5", "price_currency": "EUR", "pay_currency": "BTC", "receiver_currency": "EUR", "address": "a",
        "charged_currency": "EUR", "received_currency": "BTC", "charged_amount": "2", "custom_id": "o-1", "name": "n",
        "amount": "1", "currency": "EUR", "period": "month", "period_quantity": 1, "payer_email": "p@example.com",
        "starts_at": "2099-01-01T00:00:00+00:00", "id": "cus", "customer_id": "cus", "channel_id": ID, "invoice_id": ID,
        "coin_withdrawal_id": ID, "exchange_transfer_id": ID, "recalculation_id": ID, "subscription_id": ID,
        "account_id": ID, "channel_payment_id": ID, "base_currency": "BTC", "quote_currency": "EUR",
        "force_commit": flags & 1 == 1,
    });
    all.as_object().cloned().unwrap_or_default()
}

fuzz_target!(|input: &[u8]| {
    let mut bytes = Bytes(input);
    let (Some(which), Some(flags), Some(retries)) = (bytes.one(), bytes.one(), bytes.one()) else { return };
    let operation = api::OPERATIONS[usize::from(which) % api::OPERATIONS.len()];
    let mut wanted = params(flags);
    let of_path = |name: &str| operation.path_fields.iter().any(|field| field.name == name);
    let subscription = operation.name == "subscriptions.create";
    wanted.retain(|name, _| {
        (operation.takes(name) || of_path(name))
            && !(name == "amount" && !subscription)
            && !(name == "custom_id" && flags & 2 == 2)
    });
    let config = json!({"environment": "sandbox", "api_key": "key", "api_secret": "unspeakable"});
    let client = Client::new(Config::from_json(&config).expect("a configuration")).expect("a client");
    let max_retries = u32::from(retries % 5);
    let options = Options { max_retries: Some(max_retries), ..Options::default() };
    let forced = flags & 1 == 1 && operation.takes("force_commit");
    let safety = operation.forced.as_ref().filter(|_| forced).unwrap_or(&operation.safety);
    let writes = !matches!(safety, Safety::Read | Safety::Quote);
    let never_again = matches!(
        safety,
        Safety::Never | Safety::ByLedger(_) | Safety::ByListing(_) | Safety::ByCustomIdOnce(_)
    );
    let mut tick = 0_u64;
    let at = |tick: u64| Moment { unix_ms: 1_700_000_000_000 + tick, tick_ms: tick };
    let (mut call, mut step) = client.begin(at(0), operation.name, wanted, &options, [flags; 16]);
    let (mut sends, mut doubt, mut next) = (0_u32, false, true);
    loop {
        // After a misuse the step is the one before: nothing is sent again.
        if let Step::Fetch(request) = &step
            && next
            && request.purpose == Purpose::Send
        {
            sends += 1;
            assert!(sends <= max_retries + 2, "{}: {sends} sends", operation.name);
            assert!(!(doubt && never_again), "{}: sent again in doubt", operation.name);
            assert!(!request.headers.iter().any(|(_, value)| value.contains(['\r', '\n', '\0'])));
        }
        if let Step::Done(ended) = &step {
            if let Err(error) = ended.as_ref() {
                assert!(!format!("{error} {error:?}").contains("unspeakable"), "the secret is told");
                let proven =
                    [Code::OutcomeUnknown, Code::ParameterMismatch, Code::DuplicateCustomId, Code::Conflict];
                assert!(
                    !doubt || proven.contains(&error.code),
                    "{}: {} after doubt",
                    operation.name,
                    error.code
                );
            }
            assert!(call.advance(at(tick), Event::Woken).is_err(), "an event after the end");
            return;
        }
        let Some(kind) = bytes.one() else { return };
        tick = tick.saturating_add(u64::from(kind) * 97);
        let sending = matches!(&step, Step::Fetch(request) if request.purpose == Purpose::Send);
        let event = match kind % 8 {
            0 => Event::Woken,
            1 => Event::Failed(Failure {
                kind: [
                    FailureKind::Connect,
                    FailureKind::Timeout,
                    FailureKind::Broken,
                    FailureKind::TooLarge,
                ][usize::from(kind >> 3) % 4],
                sent: if kind & 0x80 == 0 { Sent::No } else { Sent::Maybe },
                detail: String::new(),
            }),
            2 => Event::Permitted { wait_ms: u64::from(kind) },
            3 if kind == 3 => Event::Cancelled(Sent::Maybe),
            3 if kind == 0x83 => Event::Cancelled(Sent::No),
            _ => {
                let status = STATUSES[usize::from(bytes.one().unwrap_or(0)) % 16];
                let date = ["Tue, 14 Nov 2023 22:13:25 GMT", "Tue, 14 Nov 2023 23:13:25 GMT", "soon"];
                let headers = vec![("date".into(), date[usize::from(kind >> 3) % 3].into())];
                let body = match kind >> 4 & 3 {
                    0 => json!({"data": {"id": ID, "status": "new", "custom_id": "o-1"}})
                        .to_string()
                        .into_bytes(),
                    1 => br#"{"error":{"code":"not_found","message":"m"}}"#.to_vec(),
                    _ => bytes.some(),
                };
                Event::Response(Response { status, headers, body })
            }
        };
        if sending && writes {
            doubt |= match &event {
                Event::Failed(failure) => failure.sent == Sent::Maybe,
                Event::Response(response) => matches!(response.status, 300..=399 | 408 | 425 | 500..=599),
                Event::Cancelled(sent) => *sent == Sent::Maybe,
                _ => false,
            };
        }
        let before = call.state();
        match call.advance(at(tick), event) {
            Ok(then) => (step, next) = (then, true),
            Err(_) => {
                next = false;
                assert_eq!(call.state(), before, "a misuse changed the call");
            }
        }
    }
});
