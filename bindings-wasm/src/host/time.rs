//! Clocks, entropy and timers of a JavaScript engine. A wait that nobody waits for any more leaves no timer behind.

use core::future::pending;
use cryptopay_core::drive::Time;
use cryptopay_core::event::Moment;
use cryptopay_core::invalid::InvalidConfig;
use js_sys::{Date, Function, Math, Promise, Reflect, global};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Crypto, Performance};

use crate::ms::ms;

/// The longest wait of a timer in JavaScript; a longer one fires at once. Who is woken early waits for the rest (T1).
const LONGEST_MS: u32 = 0x7fff_ffff;

/// [`Time`] over the engine's clocks and a timer. Cheap to clone.
#[derive(Clone, Debug)]
pub struct JsTime {
    set_timeout: Function,
    clear_timeout: Function,
    performance: Performance,
    crypto: Option<Crypto>,
}

impl JsTime {
    /// Everything as the engine has it.
    ///
    /// # Errors
    /// [`InvalidConfig`] when the engine has no timer or no `performance`.
    pub fn global() -> Result<Self, InvalidConfig> {
        let function = |name: &str| member(name).and_then(|found| found.dyn_into().ok());
        match (function("setTimeout"), function("clearTimeout")) {
            (Some(set), Some(clear)) => Self::new(set, clear),
            _ => Err(InvalidConfig { name: "time", reason: "has no global setTimeout here: give one" }),
        }
    }

    /// With a timer of the program's own: `set_timeout(done, ms)` answers what `clear_timeout` takes. A wait whose
    /// timer throws never ends.
    ///
    /// # Errors
    /// [`InvalidConfig`] when the engine has no `performance`.
    pub fn new(set_timeout: Function, clear_timeout: Function) -> Result<Self, InvalidConfig> {
        let performance = member("performance")
            .ok_or(InvalidConfig { name: "time", reason: "needs the global performance.now" })?;
        let crypto = member("crypto").map(JsCast::unchecked_into);
        Ok(Self { set_timeout, clear_timeout, performance: performance.unchecked_into(), crypto })
    }

    async fn wait(&self, ms: u64) {
        let timer = Timer::start(self, ms);
        if JsFuture::from(timer.over.clone()).await.is_err() {
            pending().await
        }
    }
}

/// A member of the global object that is there.
pub(super) fn member(name: &str) -> Option<JsValue> {
    Reflect::get(&global(), &name.into()).ok().filter(|found| !found.is_undefined() && !found.is_null())
}

impl Time for JsTime {
    fn now(&self) -> Moment {
        Moment { unix_ms: ms(Date::now()), tick_ms: ms(self.performance.now()) }
    }

    fn entropy(&self) -> [u8; 16] {
        let mut bytes = [0; 16];
        let filled = self.crypto.as_ref().map(|crypto| crypto.get_random_values_with_u8_array(&mut bytes));
        if !matches!(filled, Some(Ok(_))) {
            // Without a generator: ids stay unique; nothing of this is ever a secret.
            let word = || ms(Math::random() * 4_294_967_296.0) & 0xffff_ffff;
            let half = || (word() << 32) | word();
            bytes = ((u128::from(half()) << 64) | u128::from(half())).to_be_bytes();
        }
        bytes
    }

    async fn sleep(&self, ms: u64) {
        self.wait(ms).await;
    }

    async fn limit(&self, ms: u64) {
        self.wait(ms).await;
    }
}

/// A running timer; dropped, it is cleared.
struct Timer<'t> {
    time: &'t JsTime,
    id: JsValue,
    over: Promise,
    resolve: Option<Function>,
}

impl<'t> Timer<'t> {
    fn start(time: &'t JsTime, ms: u64) -> Self {
        let ms = u32::try_from(ms).unwrap_or(LONGEST_MS).min(LONGEST_MS);
        let (mut id, mut resolve) = (JsValue::UNDEFINED, None);
        let over = Promise::new(&mut |done, failed| {
            match time.set_timeout.call2(&JsValue::UNDEFINED, &done, &ms.into()) {
                Ok(started) => id = started,
                // Nobody listens to what a promise's own function answers.
                Err(error) => drop(failed.call1(&JsValue::UNDEFINED, &error)),
            }
            resolve = Some(done);
        });
        Self { time, id, over, resolve }
    }
}

impl Drop for Timer<'_> {
    fn drop(&mut self) {
        let _ = self.time.clear_timeout.call1(&JsValue::UNDEFINED, &self.id);
        // A promise that stays open would keep what listens to it.
        if let Some(resolve) = &self.resolve {
            let _ = resolve.call0(&JsValue::UNDEFINED);
        }
    }
}
