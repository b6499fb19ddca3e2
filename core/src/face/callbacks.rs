//! Callbacks as typed events: verified, read into the model of their kind, with the key under which they count once.

use super::Cryptopay;
use crate::api::channels::CallbackChannelPayment;
use crate::api::coin_withdrawals::CallbackCoinWithdrawal;
use crate::api::invoices::CallbackInvoice;
use crate::api::subscriptions::CallbackSubscription;
use crate::callback::{CallbackError, Claim, Event, Store, dedupe_key, verify};
use crate::drive::Time;
use serde::de::DeserializeOwned;

/// A callback that came from the API.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Callback {
    /// Type, event, and the id and status of the object.
    pub event: Event,
    /// The object.
    pub object: Object,
    /// Which of the client's callback secrets fitted, from 0.
    pub secret: usize,
    /// The key under which this callback counts once (B2).
    pub dedupe_key: String,
}

/// The object of a callback. Everything but `id` and `status` is optional: what it has depends on the API's age.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Object {
    /// An invoice.
    Invoice(Box<CallbackInvoice>),
    /// A payment into a channel.
    ChannelPayment(Box<CallbackChannelPayment>),
    /// A payout.
    CoinWithdrawal(Box<CallbackCoinWithdrawal>),
    /// A subscription.
    Subscription(Box<CallbackSubscription>),
    /// A type that this version does not know, or a body that does not fit its type: its JSON text. Answer it with 200.
    Other(String),
}

impl Object {
    fn read(kind: &str, data: &str) -> Self {
        fn model<M: DeserializeOwned>(data: &str) -> Option<Box<M>> {
            serde_json::from_str(data).ok().map(Box::new)
        }
        let known = match kind {
            "Invoice" => model(data).map(Self::Invoice),
            "ChannelPayment" => model(data).map(Self::ChannelPayment),
            "CoinWithdrawal" => model(data).map(Self::CoinWithdrawal),
            "Subscription" => model(data).map(Self::Subscription),
            _ => None,
        };
        known.unwrap_or_else(|| Self::Other(data.to_owned()))
    }
}

impl<F, T> Cryptopay<F, T> {
    /// Checks and reads a callback. `body` is the raw body, byte for byte; `signature` the value of the header
    /// `X-Cryptopay-Signature`. Read the object again before you move money: callbacks may come late and out of order.
    ///
    /// # Errors
    /// Why it must not be believed, see [`CallbackError`].
    pub fn callback(&self, body: &[u8], signature: Option<&str>) -> Result<Callback, CallbackError> {
        let verified = verify(body, signature, &self.config().callback_secrets)?;
        let range = verified.event.data.clone();
        let data = range.and_then(|range| core::str::from_utf8(body.get(range)?).ok()).unwrap_or("null");
        let object = Object::read(&verified.event.kind, data);
        Ok(Callback { event: verified.event, object, secret: verified.secret, dedupe_key: dedupe_key(body) })
    }
}

impl<F, T: Time> Cryptopay<F, T> {
    /// Runs a callback's handler once (B3) and answers the status to send back: 200 when it is done, now or before; 503
    /// while another process works on it; 500 when the handler or the store failed, so that the API sends it again.
    /// `lease_ms` must be longer than the slowest handler, and not much: a process that dies holds its event that long. The API
    /// waits 10 s for the answer, then delivers again and gets a 503 meanwhile: put slow work into a queue of yours.
    ///
    /// Run it in a task of its own, such as `tokio::spawn`: servers drop what they wait for when the API hangs up. Dropped before
    /// the store knows that the event is done, it ends with its lease, and the next delivery is handled again.
    pub async fn once<S, H, E>(&self, store: &S, callback: &Callback, lease_ms: u64, handler: H) -> u16
    where
        S: Store,
        H: AsyncFnOnce(&Callback) -> Result<(), E>,
    {
        let unix_ms = || self.inner.time.now().unix_ms;
        let key = callback.dedupe_key.as_str();
        let ends_ms = unix_ms().saturating_add(lease_ms);
        match store.claim(key, lease_ms).await {
            Ok(Claim::Done) => return 200,
            Ok(Claim::InProgress) => return 503,
            Ok(Claim::New) => {}
            Err(_) => return 500,
        }
        if handler(callback).await.is_ok() {
            return if store.complete(key).await.is_ok() { 200 } else { 500 };
        }
        // After its lease the claim has ended by itself, and the key may be another delivery's. If this fails too, the
        // lease frees the key.
        if unix_ms() < ends_ms {
            let _ = store.release(key).await;
        }
        500
    }
}

#[cfg(feature = "reqwest")]
#[cfg(test)]
mod tests {
    use super::*;
    use crate::callback::{MemoryStore, sign_callback};
    use crate::environment::Environment;
    use crate::event::Moment;
    use crate::secret::Secret;
    use std::cell::Cell;

    const BODY: &str = r#"{"type":"Invoice","event":"status_changed","data":{"id":"06a54ccb-889f-4c1f-8a59-086a84a1e2dd","status":"completed","price_amount":"10.50","new_field":1}}"#;

    fn client() -> Cryptopay {
        let builder = Cryptopay::builder(Environment::Sandbox).api_key("key").api_secret("secret");
        builder.callback_secret("new").callback_secret("old").build().unwrap()
    }

    fn signed(body: &str, secret: &str) -> String {
        sign_callback(body.as_bytes(), &Secret::new("callback_secrets", secret).unwrap())
    }

    #[test]
    fn a_callback_is_the_model_of_its_type_and_says_which_secret_fitted() {
        let callback = client().callback(BODY.as_bytes(), Some(&signed(BODY, "old"))).unwrap();
        assert_eq!(callback.secret, 1);
        let Object::Invoice(invoice) = callback.object else { panic!("{:?}", callback.object) };
        assert_eq!(invoice.price_amount.unwrap().to_string(), "10.50");
    }

    #[test]
    fn a_forged_callback_is_refused_and_an_unknown_type_is_kept() {
        assert!(client().callback(BODY.as_bytes(), Some(&signed(BODY, "other"))).is_err());
        let body = r#"{"type":"Moon","event":"full","data":{"id":"1"}}"#;
        let callback = client().callback(body.as_bytes(), Some(&signed(body, "new"))).unwrap();
        assert!(matches!(callback.object, Object::Other(data) if data == r#"{"id":"1"}"#));
    }

    #[tokio::test]
    async fn a_handler_runs_once_and_again_only_after_it_failed() {
        let client = client();
        let callback = client.callback(BODY.as_bytes(), Some(&signed(BODY, "new"))).unwrap();
        let store = MemoryStore::new(|| 0);
        let runs = Cell::new(0);
        let fails = async |_: &Callback| -> Result<(), ()> { Err(()) };
        let works = async |_: &Callback| -> Result<(), ()> {
            runs.set(runs.get() + 1);
            Ok(())
        };
        assert_eq!(client.once(&store, &callback, 30_000, fails).await, 500);
        assert_eq!(client.once(&store, &callback, 30_000, works).await, 200);
        assert_eq!(client.once(&store, &callback, 30_000, works).await, 200);
        assert_eq!(runs.get(), 1);
        store.claim("busy", 30_000).await.unwrap();
        let busy = Callback { dedupe_key: "busy".into(), ..callback };
        assert_eq!(client.once(&store, &busy, 30_000, works).await, 503);
    }

    /// Tells another time at each look at the clock.
    struct Later(Cell<u64>, u64);

    impl Time for Later {
        fn now(&self) -> Moment {
            Moment { unix_ms: self.0.replace(self.0.get() + self.1), tick_ms: 0 }
        }
        fn entropy(&self) -> [u8; 16] {
            [0; 16]
        }
        async fn sleep(&self, _: u64) {}
        async fn limit(&self, _: u64) {}
    }

    #[tokio::test]
    async fn a_handler_that_fails_after_its_lease_frees_nobody_elses_claim() {
        for (passes_ms, left) in [(29_999, Claim::New), (30_000, Claim::InProgress)] {
            let builder = Cryptopay::builder(Environment::Sandbox).api_key("key").api_secret("secret");
            let builder = builder.callback_secret("new");
            let client = builder.build_over((), Later(Cell::new(0), passes_ms)).unwrap();
            let callback = client.callback(BODY.as_bytes(), Some(&signed(BODY, "new"))).unwrap();
            let store = MemoryStore::new(|| 0);
            let fails = async |_: &Callback| -> Result<(), ()> { Err(()) };
            assert_eq!(client.once(&store, &callback, 30_000, fails).await, 500);
            assert_eq!(store.claim(&callback.dedupe_key, 30_000).await, Ok(left), "{passes_ms}");
        }
    }
}
