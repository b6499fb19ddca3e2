//! Sends requests with a JavaScript `fetch`: what was signed, once, without redirects. A fetch does not tell whether a
//! request that failed had left, so every failure may have been sent (W1). It gives up with the future that waits for it.
//!
//! The function and what it answers are foreign: each access to them can fail, and none of them ends the program.

use core::cell::Cell;
use cryptopay_core::drive::Fetch;
use cryptopay_core::event::{Failure, FailureKind, Sent};
use cryptopay_core::http::{Method, RESPONSE_HEADERS, Request, Response};
use cryptopay_core::invalid::InvalidConfig;
use js_sys::{Array, Function, Promise, Reflect, Uint8Array};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, RequestCache, RequestCredentials, RequestInit, RequestRedirect};

use super::time::member;
use crate::ms::ms;

#[wasm_bindgen]
extern "C" {
    /// What a fetch answered; perhaps no `Response` at all.
    type Answer;
    #[wasm_bindgen(method, getter, catch)]
    fn status(this: &Answer) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, getter, catch)]
    fn headers(this: &Answer) -> Result<AnswerHeaders, JsValue>;
    #[wasm_bindgen(method, getter, catch)]
    fn body(this: &Answer) -> Result<AnswerBody, JsValue>;
    #[wasm_bindgen(method, catch, js_name = arrayBuffer)]
    fn array_buffer(this: &Answer) -> Result<JsValue, JsValue>;

    type AnswerHeaders;
    #[wasm_bindgen(method, catch)]
    fn get(this: &AnswerHeaders, name: &str) -> Result<JsValue, JsValue>;

    type AnswerBody;
    #[wasm_bindgen(method, catch, js_name = getReader)]
    fn reader(this: &AnswerBody) -> Result<BodyReader, JsValue>;

    type BodyReader;
    #[wasm_bindgen(method, catch)]
    fn read(this: &BodyReader) -> Result<JsValue, JsValue>;
}

/// A [`Fetch`] over a JavaScript function with the shape of the standard `fetch`. Cheap to clone.
#[derive(Clone, Debug)]
pub struct JsFetch(Function);

impl JsFetch {
    /// Over this function. It is called with a URL and an init, and must not send twice or follow redirects.
    #[must_use]
    pub const fn new(fetch: Function) -> Self {
        Self(fetch)
    }

    /// Over the global `fetch`.
    ///
    /// # Errors
    /// [`InvalidConfig`] where there is none, and in pages, whose fetch drops the `Date` of a signed request.
    pub fn global() -> Result<Self, InvalidConfig> {
        let wrong = |reason| InvalidConfig { name: "fetch", reason };
        let fetch = member("fetch").and_then(|found| found.dyn_into().ok());
        let fetch = fetch.ok_or(wrong("has no global here: give one"))?;
        if sends_date() {
            Ok(Self(fetch))
        } else {
            Err(wrong("cannot send a Date in a page: give one that forwards"))
        }
    }
}

/// Whether requests keep their `Date`: browsers drop it without a word.
fn sends_date() -> bool {
    let init = RequestInit::new();
    init.set_headers(&pairs([("Date", "x")]));
    web_sys::Request::new_with_str_and_init("http://localhost/", &init)
        .and_then(|request| request.headers().has("date"))
        .unwrap_or(false)
}

impl Fetch for JsFetch {
    async fn fetch(&self, request: Request) -> Result<Response, Failure> {
        self.exchange(&request).await.map_err(|failed| failed.told(&request))
    }
}

impl JsFetch {
    async fn exchange(&self, request: &Request) -> Result<Response, Failed> {
        let attempt = Attempt { controller: AbortController::new()?, over: Cell::new(false) };
        let init = init(request);
        init.set_signal(Some(&attempt.controller.signal()));
        let answer: Answer =
            settled(self.0.call2(&JsValue::UNDEFINED, &request.url.as_str().into(), &init)?)
                .await?
                .unchecked_into();
        let status = whole(&answer.status()?).ok_or(Failed::Nonsense("the fetch returned no response"))?;
        let found = answer.headers()?;
        let mut headers = Vec::new();
        for name in RESPONSE_HEADERS {
            if let Some(value) = found.get(name)?.as_string() {
                headers.push((name.to_owned(), value));
            }
        }
        let body = collect(&answer, request.max_body).await?;
        attempt.over.set(true);
        Ok(Response { status, headers, body })
    }
}

/// One attempt, ended with the future that it belongs to.
struct Attempt {
    controller: AbortController,
    over: Cell<bool>,
}

impl Drop for Attempt {
    fn drop(&mut self) {
        if !self.over.get() {
            self.controller.abort();
        }
    }
}

fn init(request: &Request) -> RequestInit {
    let init = RequestInit::new();
    init.set_method(request.method.as_str());
    init.set_headers(&pairs(request.headers.iter().map(|(name, value)| (*name, value.as_str()))));
    init.set_redirect(RequestRedirect::Manual);
    if let Some(body) = &request.body {
        init.set_body(&Uint8Array::from(body.as_slice()));
    }
    // Some versions of Bun send a POST again by themselves when a connection that they kept was closed; on a new one they do
    // not.
    if member("Bun").is_some() && (request.fresh || request.method != Method::Get) {
        // A plain object takes every member.
        let _ = Reflect::set(&init, &"keepalive".into(), &false.into());
    }
    // Servers' runtimes have neither cookies nor a cache, and some refuse these members.
    if member("document").is_some() {
        init.set_credentials(RequestCredentials::Omit);
        init.set_cache(RequestCache::NoStore);
    }
    init
}

fn pairs<'h>(headers: impl IntoIterator<Item = (&'h str, &'h str)>) -> Array {
    headers.into_iter().map(|(name, value)| Array::of2(&name.into(), &value.into())).collect()
}

async fn settled(value: JsValue) -> Result<JsValue, JsValue> {
    JsFuture::from(Promise::resolve(&value)).await
}

async fn collect(answer: &Answer, max_body: usize) -> Result<Vec<u8>, Failed> {
    let stream = answer.body()?;
    let mut body = Vec::new();
    if stream.is_null() || stream.is_undefined() {
        let whole = Uint8Array::new(&settled(answer.array_buffer()?).await?);
        return if usize::try_from(whole.length()).is_ok_and(|length| length <= max_body) {
            Ok(whole.to_vec())
        } else {
            Err(Failed::TooLarge)
        };
    }
    let reader = stream.reader()?;
    loop {
        let read = settled(reader.read()?).await?;
        if Reflect::get(&read, &"done".into())?.is_truthy() {
            return Ok(body);
        }
        let chunk: Uint8Array = Reflect::get(&read, &"value".into())?
            .dyn_into()
            .map_err(|_| Failed::Nonsense("the answer's body is not a stream of bytes"))?;
        if usize::try_from(chunk.length()).map_or(true, |length| length > max_body.saturating_sub(body.len()))
        {
            // The attempt is dropped unfinished, which aborts the stream.
            return Err(Failed::TooLarge);
        }
        body.extend_from_slice(&chunk.to_vec());
    }
}

/// A whole number that a status can be; nonsense such as 0 or 999 is the core's to classify.
fn whole(value: &JsValue) -> Option<u16> {
    let number = value.as_f64()?;
    u16::try_from(ms(number)).ok().filter(|whole| f64::from(*whole) == number)
}

/// Why there is no response.
enum Failed {
    /// What JavaScript threw.
    Thrown(JsValue),
    Nonsense(&'static str),
    TooLarge,
}

impl From<JsValue> for Failed {
    fn from(thrown: JsValue) -> Self {
        Self::Thrown(thrown)
    }
}

impl Failed {
    fn told(self, request: &Request) -> Failure {
        let (kind, detail) = match self {
            Self::TooLarge => {
                (FailureKind::TooLarge, format!("the body is larger than {} bytes", request.max_body))
            }
            Self::Nonsense(text) => (FailureKind::Broken, text.to_owned()),
            Self::Thrown(error) => (FailureKind::Broken, without_signature(one_line(&error), request)),
        };
        Failure { kind, sent: Sent::Maybe, detail }
    }
}

/// An error's message and its cause's, which is where Node says what happened.
fn one_line(error: &JsValue) -> String {
    let inner = |of: &JsValue, name: &str| Reflect::get(of, &name.into()).ok();
    let message = |of: &JsValue| of.as_string().or_else(|| inner(of, "message")?.as_string());
    let cause = inner(error, "cause").and_then(|cause| message(&cause));
    let texts: Vec<String> = [message(error), cause].into_iter().flatten().collect();
    if texts.is_empty() { "the fetch failed".to_owned() } else { texts.join(": ").replace(['\r', '\n'], " ") }
}

/// A signed request can be sent again: its signature is in no error.
fn without_signature(text: String, request: &Request) -> String {
    let signed = request.headers.iter().find(|(name, _)| *name == "Authorization");
    signed.map_or(text.clone(), |(_, value)| text.replace(value.as_str(), "…"))
}

#[cfg(all(test, target_arch = "wasm32"))]
mod tests {
    use super::*;
    use js_sys::global;
    use wasm_bindgen_test::wasm_bindgen_test;

    fn keepalive(method: Method, fresh: bool) -> JsValue {
        let mut request = Request::new(method, "http://127.0.0.1:9/");
        request.fresh = fresh;
        Reflect::get(&init(&request), &"keepalive".into()).unwrap_or(JsValue::NULL)
    }

    #[wasm_bindgen_test]
    fn in_bun_no_write_travels_on_a_connection_that_was_kept() {
        let asked =
            [(Method::Get, false), (Method::Get, true), (Method::Post, false), (Method::Patch, false)];
        let told = || asked.map(|(method, fresh)| keepalive(method, fresh));
        assert_eq!(told(), [const { JsValue::UNDEFINED }; 4]);
        assert!(Reflect::set(&global(), &"Bun".into(), &JsValue::TRUE).unwrap_or(false));
        let in_bun = told();
        assert!(Reflect::delete_property(&global(), &"Bun".into()).unwrap_or(false));
        assert_eq!(in_bun, [JsValue::UNDEFINED, JsValue::FALSE, JsValue::FALSE, JsValue::FALSE]);
    }
}
