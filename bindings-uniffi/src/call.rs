//! A running call and the walk through a list, each behind a lock of its own: hosts may use them from any thread.

use core::ffi::c_char;
use cryptopay_core::border;
use cryptopay_core::call::Call as Core;
use cryptopay_core::pager::Pager;
use cryptopay_core::step::Step;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// One running call.
#[derive(uniffi::Object)]
pub struct Call {
    running: Mutex<Running>,
}

struct Running {
    call: Core,
    /// The last step, for observers who want to see it.
    step: Step,
    /// What was answered last to a host that reads it in place, with the zero that ends it.
    said: String,
}

impl Call {
    pub(crate) const fn new(call: Core, step: Step) -> Self {
        Self { running: Mutex::new(Running { call, step, said: String::new() }) }
    }

    /// Keeps an answer until the next one, and tells where it is.
    pub(crate) fn says(&self, mut text: String) -> *const c_char {
        text.push('\0');
        let mut running = self.running();
        running.said = text;
        running.said.as_ptr().cast()
    }

    /// A thread that panicked leaves a call that is plain data and stays usable.
    fn running(&self) -> MutexGuard<'_, Running> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[uniffi::export]
impl Call {
    /// Takes in an event (JSON) with the body that belongs to it, and answers the next step as JSON. An event that does
    /// not fit answers `{"misuse": …}` and changes nothing.
    #[must_use]
    pub fn advance(&self, event: &[u8], body: &[u8]) -> String {
        let mut running = self.running();
        match border::step(&mut running.call, event, body) {
            Ok(step) => {
                let text = border::text(&step);
                running.step = step;
                text
            }
            Err(misuse) => misuse,
        }
    }

    /// The record that `resolve` takes, as JSON, or nothing while the write cannot have been applied.
    #[must_use]
    pub fn pending(&self) -> Option<String> {
        self.running().call.pending().map(|record| record.to_text())
    }

    /// The error of a success that the face cannot hand back, as in a step: `{"error": {…}}`. `misfit` says what does not fit the
    /// model, nothing: there is no object; `data` is the text of the answer's `data`, empty where there is none.
    #[must_use]
    pub fn unfit(&self, misfit: Option<String>, data: &[u8]) -> String {
        let data = core::str::from_utf8(data).unwrap_or_default();
        border::unfit(&self.running().call, misfit.as_deref(), data)
    }

    /// The `custom_id` of the call, the caller's or a generated one.
    #[must_use]
    pub fn custom_id(&self) -> Option<String> {
        self.running().call.custom_id().map(str::to_owned)
    }

    /// What observers see of the last step, as JSON.
    #[must_use]
    pub fn seen(&self) -> String {
        let running = self.running();
        running.call.seen(&running.step).to_text()
    }
}

/// The walk through one list.
#[derive(uniffi::Object)]
pub struct Pages {
    pager: Mutex<Pager>,
}

impl Pages {
    pub(crate) fn new(operation: &[u8], params: &[u8]) -> Self {
        let params = serde_json::from_slice(params).unwrap_or_default();
        Self { pager: Mutex::new(Pager::new(&String::from_utf8_lossy(operation), params)) }
    }

    fn pager(&self) -> MutexGuard<'_, Pager> {
        self.pager.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[uniffi::export]
impl Pages {
    /// The parameters of the next page as JSON; nothing when the list has ended.
    #[must_use]
    pub fn next(&self) -> Option<String> {
        self.pager().next().map(border::object_text)
    }

    /// Takes in the texts of a page's `data` and `meta` (empty: none). Answers `{"rows": [[start, end], …], "more": …}`,
    /// byte ranges in `data` of the rows that are new, or `{"error": …}`.
    #[must_use]
    pub fn read(&self, data: &[u8], meta: &[u8]) -> String {
        let text = |bytes| core::str::from_utf8(bytes).unwrap_or_default();
        let meta = Some(text(meta)).filter(|meta| !meta.is_empty());
        border::page(&self.pager().read(text(data), meta))
    }
}
