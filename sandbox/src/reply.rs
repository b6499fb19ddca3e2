//! An answer as bytes: status, headers and body, the same for the API and the control routes.
//!
//! `Date` is the server's own clock (which a test may have made wrong), and nothing else about time is decided here.

use bytes::Bytes;
use http::header::{
    CACHE_CONTROL, CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, DATE, ETAG, HeaderName, HeaderValue, RETRY_AFTER,
};
use http::{Response, StatusCode};
use serde_json::Value;

use crate::dates::http_date;
use crate::wire::{Flow, Outflow};

const JSON: &str = "application/json; charset=utf-8";

/// One answer.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    /// From 200 to 999.
    pub status: u16,
    /// The body; never sent with 204 and 304.
    pub body: Bytes,
    content_type: &'static str,
    headers: Vec<(HeaderName, String)>,
}

impl Reply {
    /// JSON.
    pub(crate) fn json(status: u16, body: &Value) -> Self {
        Self::text(status, body.to_string())
    }

    /// A text that is said to be JSON.
    pub(crate) fn text(status: u16, body: String) -> Self {
        Self { status, body: Bytes::from(body), content_type: JSON, headers: Vec::new() }
    }

    /// A page as a gateway would send it.
    pub(crate) fn html(status: u16) -> Self {
        let reason =
            StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason()).unwrap_or("Error");
        let page = format!(
            "<!DOCTYPE html>\n<html><head><title>{status}: {reason}</title></head>\n<body><h1>Error {status}</h1><p>{reason}</p></body></html>\n"
        );
        let ray = (HeaderName::from_static("cf-ray"), "8a1b2c3d4e5f6a7b-SBX".to_owned());
        Self { status, body: Bytes::from(page), content_type: "text/html; charset=UTF-8", headers: vec![ray] }
    }

    /// The same with `Retry-After`.
    pub(crate) fn retry_after(mut self, text: Option<String>) -> Self {
        self.headers.extend(text.map(|text| (RETRY_AFTER, text)));
        self
    }

    /// The same with one more header.
    pub(crate) fn header(mut self, name: HeaderName, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    /// The last answer on its connection.
    pub(crate) fn closing(self) -> Self {
        self.header(CONNECTION, "close")
    }

    /// A read's answer with its strong `ETag`, or 304 without a body if the caller has it already.
    pub(crate) fn conditional(self, if_none_match: Option<&str>) -> Self {
        if self.status != 200 {
            return self;
        }
        let tag = format!("\"{:x}\"", md5::compute(&self.body));
        let known = if_none_match.is_some_and(|tags| {
            tags.split(',').map(str::trim).any(|have| have == "*" || have.trim_start_matches("W/") == tag)
        });
        let reply = if known { Self { status: 304, body: Bytes::new(), ..self } } else { self };
        reply.header(ETAG, &tag)
    }

    /// The message for hyper; `wall_ms` is what the server takes for unix time.
    pub(crate) fn into_response(self, wall_ms: u64, flow: Flow) -> Response<Outflow> {
        let bodiless = [204, 304].contains(&self.status);
        let body = if bodiless { Bytes::new() } else { self.body };
        let mut response = Response::new(Outflow::new(body.clone(), flow));
        *response.status_mut() =
            StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if !bodiless {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(self.content_type));
            headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
        }
        let dated = (DATE, http_date(wall_ms));
        for (name, value) in self.headers.into_iter().chain([dated]) {
            if let Ok(value) = HeaderValue::try_from(value) {
                headers.insert(name, value);
            }
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_read_that_is_known_is_not_modified() {
        // `printf '{"data":[]}' | md5sum`
        let tag = "\"e0234245cb00aa260ccfa99a9a0b235e\"";
        let reply = || Reply::text(200, r#"{"data":[]}"#.to_owned());
        let fresh = reply().conditional(None).into_response(0, Flow::Whole);
        assert_eq!((fresh.status().as_u16(), fresh.headers()[ETAG].to_str().unwrap()), (200, tag));
        for known in [tag, "*", &format!("\"x\", W/{tag}")] {
            let same = reply().conditional(Some(known)).into_response(0, Flow::Whole);
            assert_eq!((same.status().as_u16(), same.headers()[ETAG].to_str().unwrap()), (304, tag));
        }
        assert_eq!(reply().conditional(Some("\"x\"")).status, 200);
    }

    #[test]
    fn every_answer_has_the_recorded_headers() {
        let response = Reply::text(200, "{}".to_owned()).into_response(784_887_151_000, Flow::Whole);
        let header = |name: &str| response.headers()[name].to_str().unwrap();
        assert_eq!(header("date"), "Tue, 15 Nov 1994 08:12:31 GMT");
        assert_eq!(header("content-type"), "application/json; charset=utf-8");
        assert_eq!(header("cache-control"), "no-store");
        assert_eq!(header("content-length"), "2");
    }
}
