//! Every rule of K, on bodies in the shapes that the API documents ("Responses", "Possible errors").

use super::*;

const READ: Expect = Expect { data: Data::Object, conditional: false, write: false };
const WRITE: Expect = Expect { write: true, ..READ };

fn told(status: u16, body: &str, expect: Expect) -> Classification {
    let headers = vec![("cf-ray".to_owned(), "7e5-FRA".to_owned())];
    classify(&Response { status, headers, body: body.as_bytes().to_vec() }, expect, 1000)
}

fn code(status: u16, body: &str) -> Option<Code> {
    told(status, body, READ).code
}

fn error(code: &str) -> String {
    format!(r#"{{"error":{{"code":"{code}","message":"m","details":[]}},"meta":{{"request_id":"58fb"}}}}"#)
}

#[test]
fn a_success_tells_where_its_data_is() {
    let body = r#"{"data":{"id":"x"},"meta":{"total":1}}"#;
    for status in [200, 201, 202, 204, 206, 299] {
        let it = told(status, body, WRITE);
        assert_eq!((it.code, it.accepted, it.data.clone()), (None, false, Some(8..18)), "{status}");
        assert_eq!(it.meta, Some(26..37));
        assert!(!it.may_have_applied());
    }
}

#[test]
fn a_202_is_accepted_and_a_204_is_for_writes_only() {
    for body in ["", "{}", r#"{"data":null}"#] {
        assert!(told(202, body, WRITE).accepted && told(202, body, READ).accepted);
        let it = told(204, body, WRITE);
        assert_eq!((it.code, it.accepted, it.data.clone()), (None, true, None));
        assert!(it.may_have_applied());
        assert_eq!(told(204, body, READ).code, Some(Code::InvalidResponse));
        assert_eq!(told(200, body, WRITE).code, Some(Code::InvalidResponse));
    }
    let nothing = Expect { data: Data::Anything, ..WRITE };
    assert_eq!((told(204, "", nothing).code, told(204, "", nothing).accepted), (None, false));
    assert!(!told(204, "", nothing).may_have_applied() && told(202, "", nothing).accepted);
}

#[test]
fn no_hint_speaks_of_a_write_to_somebody_who_reads() {
    for status in 0..1000 {
        for body in ["", "{}", "ok", "{", "[]", &error("invalid"), &"x".repeat(1001)] {
            let it = told(status, body, READ);
            assert!(
                !it.hint.contains("write") && !it.meaning.contains("write"),
                "{status} {body}: {}",
                it.hint
            );
        }
    }
    assert!(told(200, &"x".repeat(1001), READ).hint.contains("larger answers"));
}

#[test]
fn a_304_needs_a_condition() {
    let it = told(304, "", Expect { conditional: true, ..READ });
    assert_eq!((it.code, it.not_modified, it.advice), (None, true, Advice::NotNeeded));
    let it = told(304, "", READ);
    assert_eq!((it.code, it.not_modified), (Some(Code::UnexpectedStatus), false));
}

#[test]
fn a_success_without_what_it_must_carry_is_invalid() {
    let list = Expect { data: Data::List, ..READ };
    for body in [
        "",
        "<html>",
        "ok",
        r#"{"data":{"id":"#,
        "[]",
        r#"{"data":[]}"#,
        r#"{"data":"x"}"#,
        r#"{"data":{},"error":{"code":"x"}}"#,
        &format!(r#"{{"data":{{"pad":"{}"}}}}"#, "x".repeat(1000)),
    ] {
        let it = told(201, body, WRITE);
        assert_eq!(
            (it.code, it.data.clone(), it.advice),
            (Some(Code::InvalidResponse), None, Advice::Look),
            "{body}"
        );
        assert!(it.may_have_applied());
    }
    assert_eq!(told(202, "<html>", WRITE).code, Some(Code::InvalidResponse));
    assert_eq!(told(202, &error("invalid"), WRITE).code, Some(Code::InvalidResponse));
    assert_eq!(told(200, r#"{"data":{}}"#, list).code, Some(Code::InvalidResponse));
    assert_eq!(told(200, r#"{"data": [] }"#, list).code, None);
}

#[test]
fn the_code_table_holds() {
    for (status, body_code, expected) in [
        (400, "x", Code::BadRequest),
        (401, "unauthenticated", Code::Unauthenticated),
        (403, "unauthorized", Code::Forbidden),
        (403, "ip_not_allowed", Code::IpNotAllowed),
        (422, "ip_not_allowed", Code::IpNotAllowed),
        (404, "not_found", Code::NotFound),
        (409, "duplicate_custom_id", Code::DuplicateCustomId),
        (409, "something_else", Code::Conflict),
        (409, "invalid", Code::Validation),
        (422, "invalid", Code::Validation),
        (422, "high_risk_address", Code::Validation),
        (429, "x", Code::RateLimited),
        (500, "x", Code::ServerError),
        (502, "x", Code::ServerError),
        (503, "x", Code::Maintenance),
        (405, "x", Code::UnexpectedStatus),
        (408, "x", Code::UnexpectedStatus),
        (302, "x", Code::UnexpectedStatus),
        (101, "x", Code::UnexpectedStatus),
        (0, "x", Code::UnexpectedStatus),
        (999, "x", Code::UnexpectedStatus),
    ] {
        let it = told(status, &error(body_code), READ);
        assert_eq!(it.code, Some(expected), "{status} {body_code}");
        assert_eq!(it.api_code.as_deref(), Some(body_code));
    }
    assert_eq!(code(409, ""), Some(Code::Conflict));
}

#[test]
fn a_body_code_never_changes_another_class_or_what_is_repeated() {
    for body_code in ["ip_not_allowed", "duplicate_custom_id", "not_found", "invalid", "unauthenticated"] {
        assert_eq!(code(500, &error(body_code)), Some(Code::ServerError));
        assert_eq!(code(503, &error(body_code)), Some(Code::Maintenance));
        assert_eq!(code(429, &error(body_code)), Some(Code::RateLimited));
        assert_eq!(code(401, &error(body_code)), Some(Code::Unauthenticated));
    }
    for status in 400..600 {
        for body in [String::new(), "<p>".to_owned(), error("ip_not_allowed"), error("duplicate_custom_id")] {
            let advice = told(status, &body, WRITE).advice;
            assert_eq!(
                matches!(advice, Advice::Backoff | Advice::Wait),
                status::is_retried(status),
                "{status}"
            );
        }
    }
}

#[test]
fn a_403_without_json_is_the_edge() {
    for body in ["", "<html>blocked", "error code: 1020"] {
        let it = told(403, body, READ);
        assert_eq!((it.code, it.request_id.as_deref()), (Some(Code::EdgeBlocked), Some("7e5-FRA")), "{body}");
    }
    assert_eq!(code(403, r#"{"error":{"code":"una"#), Some(Code::Forbidden));
    assert_eq!(code(403, "{}"), Some(Code::Forbidden));
    assert_eq!(
        (code(502, "Bad gateway"), code(503, "<html>")),
        (Some(Code::ServerError), Some(Code::Maintenance))
    );
}

#[test]
fn the_request_id_is_the_api_s_own_before_the_edge_s() {
    assert_eq!(told(404, &error("not_found"), READ).request_id.as_deref(), Some("58fb"));
    assert_eq!(told(404, r#"{"error":{},"meta":null}"#, READ).request_id.as_deref(), Some("7e5-FRA"));
    assert_eq!(classify(&Response::default(), READ, MAX_BODY).request_id, None);
}

#[test]
fn every_status_and_body_means_something() {
    for status in (0..1000).chain([u16::MAX]) {
        for body in ["", "{", "{}", "null", "<", "\u{0}", r#"{"data":{}}"#] {
            let it = told(status, body, READ);
            assert!(!it.meaning.is_empty() && !it.hint.is_empty());
            assert_eq!(it.code.is_none(), it.advice == Advice::NotNeeded, "{status} {body}");
        }
    }
}

#[test]
fn recorded_errors_are_told_as_recorded() {
    let Some(folder) = std::env::var_os("CRYPTOPAY_RECORDINGS") else { return };
    let mut seen = 0;
    for entry in std::fs::read_dir(std::path::Path::new(&folder).join("errors")).unwrap() {
        let file: serde_json::Value =
            serde_json::from_slice(&std::fs::read(entry.unwrap().path()).unwrap()).unwrap();
        let (Some(status), Some(body)) = (file["status"].as_u64(), file["body"].as_str()) else { continue };
        let it = told(u16::try_from(status).unwrap(), body, READ);
        let error: serde_json::Value = serde_json::from_str(body).unwrap_or_default();
        assert_eq!(it.api_code.as_deref(), error["error"]["code"].as_str());
        assert_eq!(it.fields.len(), error["error"]["details"].as_array().map_or(0, Vec::len));
        assert!(it.code.is_some());
        seen += 1;
    }
    assert!(seen > 10, "only {seen} recorded errors");
}

#[test]
fn bodies_of_16_mib_are_read_unless_told_otherwise() {
    assert_eq!(MAX_BODY, 16_777_216);
}
