//! What a client does in its life, and everything it can be made to print on the way: calls that end well, that are refused,
//! that are left in doubt and resolved, callbacks with old and new secrets, and the border that the bindings use.

use cryptopay_core::Cryptopay;
use cryptopay_core::api::coin_withdrawals::CoinWithdrawalParams;
use cryptopay_core::border;
use cryptopay_core::callback::{sign_callback, verify};
use cryptopay_core::drive::{Fetch, Time};
use cryptopay_core::environment::Environment;
use cryptopay_core::event::{Failure, FailureKind, Moment, Sent};
use cryptopay_core::http::{Request, Response};
use cryptopay_core::secret::Secret;
use cryptopay_core::step::Step;
use std::cell::{Cell, RefCell};
use std::fmt::{Debug, Write};
use std::pin::pin;
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use zeroize::Zeroizing;

/// What was printed, and the `Authorization` headers that were sent.
#[derive(Default)]
pub(crate) struct Told {
    pub(crate) printed: String,
    pub(crate) signatures: Vec<String>,
}

impl Told {
    fn debug(&mut self, value: &impl Debug) {
        let _ = write!(self.printed, "{value:?}\n{value:#?}\n");
    }

    fn line(&mut self, text: &str) {
        self.printed.push_str(text);
        self.printed.push('\n');
    }
}

/// Answers each request with the next status, and remembers how it was signed. 0: the connection broke.
#[derive(Clone)]
pub(crate) struct Server {
    statuses: Rc<[u16]>,
    next: Rc<Cell<usize>>,
    signatures: Rc<RefCell<Vec<String>>>,
    printed: Rc<RefCell<String>>,
}

impl Fetch for Server {
    async fn fetch(&self, request: Request) -> Result<Response, Failure> {
        let authorization =
            request.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("authorization"));
        self.signatures.borrow_mut().extend(authorization.map(|(_, value)| value.clone()));
        let _ = writeln!(self.printed.borrow_mut(), "{request:?} {:?}", Step::Fetch(request.clone()));
        let at = self.next.get();
        self.next.set(at + 1);
        let status = self.statuses.get(at).copied().unwrap_or(404);
        let body = match status {
            0 => {
                let detail = "connection reset".to_owned();
                return Err(Failure { kind: FailureKind::Broken, sent: Sent::Maybe, detail });
            }
            200 => r#"{"data":[],"meta":{"total":0,"has_more":false}}"#,
            _ => {
                r#"{"error":{"code":"not_found","message":"not found","details":[]},"meta":{"request_id":"r"}}"#
            }
        };
        let headers = vec![("date".to_owned(), "Tue, 14 Nov 2023 22:13:20 GMT".to_owned())];
        Ok(Response { status, headers, body: body.as_bytes().to_vec() })
    }
}

/// A clock that jumps over every wait.
#[derive(Clone, Default)]
pub(crate) struct Jumping(Rc<Cell<u64>>);

impl Time for Jumping {
    fn now(&self) -> Moment {
        Moment { unix_ms: 1_700_000_000_000 + self.0.get(), tick_ms: self.0.get() }
    }

    fn entropy(&self) -> [u8; 16] {
        [7; 16]
    }

    async fn sleep(&self, ms: u64) {
        self.0.set(self.0.get() + ms);
    }

    async fn limit(&self, _: u64) {
        std::future::pending().await
    }
}

/// A client that is still alive, and what came of its calls.
pub(crate) fn lived(secrets: [&str; 3]) -> (Cryptopay<Server, Jumping>, Told) {
    let mut told = Told::default();
    let server = Server {
        statuses: Rc::from([200, 401, 401, 500, 403, 0, 404, 0, 404, 404, 404]),
        next: Rc::default(),
        signatures: Rc::default(),
        printed: Rc::default(),
    };
    let seen: Arc<Mutex<String>> = Arc::default();
    let watched = Arc::clone(&seen);
    let builder = Cryptopay::builder(Environment::Sandbox)
        .api_key("key")
        .api_secret(secrets[0])
        .callback_secret(secrets[1])
        .callback_secret(secrets[2])
        .observe(move |step| {
            let mut text = watched.lock().expect("nothing panics");
            let _ = writeln!(text, "{step:?} {}", step.to_text());
        });
    told.debug(&builder);
    let client = builder.build_over(server.clone(), Jumping::default()).expect("the settings are right");
    told.debug(&client);
    told.debug(client.config());

    calls(&client, &mut told);
    callbacks(&client, secrets, &mut told);
    refused(secrets[0], &mut told);
    at_the_border(secrets, &mut told);

    told.line(&seen.lock().expect("nothing panics"));
    told.line(&server.printed.borrow());
    told.signatures.append(&mut server.signatures.borrow_mut());
    (client, told)
}

fn calls(client: &Cryptopay<Server, Jumping>, told: &mut Told) {
    // A success, a signature that is refused twice, a 500 before a refusal.
    for _ in 0..3 {
        let answer = ready(client.coins().list());
        told.debug(&answer);
        if let Err(error) = answer {
            told.line(&error.to_string());
            told.line(&border::page(&Err(error)));
        }
    }
    // A payout that is left in doubt, found out later.
    let payout = CoinWithdrawalParams {
        address: "2Mz3bcjSVHG8uQJpNjmCxp24VdTjwaqmFcJ".into(),
        charged_currency: "EUR".into(),
        received_currency: "BTC".into(),
        received_amount: Some("0.01".parse().expect("an amount")),
        force_commit: Some(true),
        custom_id: Some("payout-1".into()),
        ..Default::default()
    };
    let error = ready(client.coin_withdrawals().create(&payout)).expect_err("it stays in doubt");
    told.debug(&error);
    told.line(&error.to_string());
    let record = error.record.clone().expect("a write in doubt has a record");
    told.line(&record.to_json().to_string());
    let resolved = ready(client.resolve(&record));
    told.debug(&resolved);
}

fn callbacks(client: &Cryptopay<Server, Jumping>, secrets: [&str; 3], told: &mut Told) {
    let body = br#"{"type":"Invoice","event":"status_changed","data":{"id":"i","status":"completed"}}"#;
    for secret in secrets {
        let secret = Secret::new("callback_secrets", secret).expect("it is one");
        told.debug(&secret);
        let signature = sign_callback(body, &secret);
        let verified = client.callback(body, Some(&signature));
        told.debug(&verified);
        told.debug(&verify(body, Some(&signature), std::slice::from_ref(&secret)));
        if let Err(error) = client.callback(b"{}", Some(&signature)) {
            told.debug(&error);
            told.line(&error.to_string());
        }
    }
}

/// A secret with what was copied along.
fn refused(secret: &str, told: &mut Told) {
    let padded = Zeroizing::new([secret, "\n"].concat());
    let error = Secret::new("api_secret", &padded).expect_err("it ends with a line break");
    told.debug(&error);
    told.line(&error.to_string());
    let builder = Cryptopay::builder(Environment::Sandbox).api_secret(&padded);
    told.debug(&builder);
}

/// Clients of the border that do nothing.
pub(crate) fn configured(secrets: [&str; 3]) {
    for escaped in [false, true] {
        drop(border::client(config(secrets, escaped).as_bytes()));
    }
}

/// A configuration as a host hands it over, plain or with an escape in each secret.
fn config([secret, new, old]: [&str; 3], escaped: bool) -> Zeroizing<String> {
    let spelled = |secret: &str| match secret.split_at(1) {
        (first, rest) if escaped => {
            let code = first.bytes().next().unwrap_or_default();
            Zeroizing::new(format!("\\u{code:04x}{rest}"))
        }
        _ => Zeroizing::new(secret.to_owned()),
    };
    let parts = [
        r#"{"environment":"sandbox","api_key":"key","api_secret":""#,
        &spelled(secret),
        r#"","callback_secrets":[""#,
        &spelled(new),
        r#"",""#,
        &spelled(old),
        r#""]}"#,
    ];
    Zeroizing::new(parts.concat())
}

fn at_the_border(secrets: [&str; 3], told: &mut Told) {
    for escaped in [false, true] {
        let config = config(secrets, escaped);
        let client = border::client(config.as_bytes()).expect("the settings are right");
        told.debug(&client);
        let start = br#"{"unix_ms":1700000000000,"tick_ms":0,"entropy":"00000000000000000000000000000000","params":{}}"#;
        let (mut call, step) = border::begin(&client, "coins.list", start);
        told.debug(&call);
        told.debug(&step);
        if let Step::Fetch(request) = &step {
            let authorization = request.headers.iter().filter(|(name, _)| *name == "authorization");
            told.signatures.extend(authorization.map(|(_, value)| value.clone()));
        }
        let event = br#"{"unix_ms":1700000000100,"tick_ms":100,"response":{"status":403,"headers":[]}}"#;
        told.line(&border::advance(&mut call, event, b"{}"));
        told.debug(&call);
        // What is wrong is told, not what was given.
        let mut twice = config.replace("api_key", "api_kee");
        told.debug(&border::client(twice.as_bytes()));
        zeroize::Zeroize::zeroize(&mut twice);
    }
}

/// The result of a future that never has to wait.
fn ready<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("it waits"),
    }
}
