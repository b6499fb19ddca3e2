//! Any response: two bytes of status, one of flags, then a line of one header, then the body. Whatever comes is classified,
//! and the body never says whether a request may have been applied (K2, K4).
#![no_main]

use cryptopay_core::classify::{Data, Expect, classify};
use cryptopay_core::code::Code;
use cryptopay_core::http::Response;
use libfuzzer_sys::fuzz_target;

const HEADERS: [&str; 4] = ["content-type", "retry-after", "cf-ray", "date"];
const MOST: usize = 4096;

fuzz_target!(|input: &[u8]| {
    let [high, low, flags, rest @ ..] = input else { return };
    let line = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
    let (header, body) = rest.split_at(line);
    let status = u16::from_be_bytes([*high, *low]) % 1024;
    let data = [Data::Object, Data::List, Data::Map, Data::Anything][usize::from(*flags >> 6)];
    let expect = Expect { data, conditional: flags & 1 == 1, write: flags & 2 == 2 };
    let name = HEADERS[usize::from(*flags >> 2 & 3)];
    let headers = vec![(name.to_owned(), String::from_utf8_lossy(header).into_owned())];
    let body = body.get(1..).unwrap_or_default().to_vec();
    let response = Response { status, headers, body };
    let read = classify(&response, expect, MOST);

    assert_eq!(read.status, status);
    let part = |range: &core::ops::Range<usize>| {
        response.body.get(range.clone()).expect("a range inside of the body")
    };
    for range in [&read.data, &read.meta].into_iter().flatten() {
        serde_json::from_slice::<&serde_json::value::RawValue>(part(range)).expect("a range of JSON");
    }
    if read.data.is_some() {
        assert!(read.code.is_none() && (200..300).contains(&status), "data without a success");
        assert!(response.body.len() <= MOST);
    }
    let bare = classify(&Response { body: Vec::new(), ..response.clone() }, expect, MOST);
    if !(200..300).contains(&status) {
        assert_eq!(read.may_have_applied(), bare.may_have_applied(), "the body decided");
        assert_eq!(read.class, bare.class);
        assert!(read.code.is_some() || read.not_modified, "a status outside of 2xx is a success");
    }
    if status >= 500 && status < 600 {
        assert!(matches!(read.code, Some(Code::ServerError | Code::Maintenance)), "a 5xx is {:?}", read.code);
        assert!(read.may_have_applied());
    }
});
