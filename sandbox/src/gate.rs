//! Who may come in: key, signature, date, address, permission and rate.
//!
//! The order is the one in which a real door would look: authentication first, then the whitelist, the rate limit and
//! the permission. What is asked of an authenticated request is not its business.

use std::collections::VecDeque;
use std::net::IpAddr;

use serde_json::Value;

use crate::dates;
use crate::explain;
use crate::routes::{ROUTES, Route, percent_decoded};
use crate::signature::{Signed, same, sign};

/// A date may differ from the server's clock by this much.
const DATE_WINDOW_MS: u64 = 10 * 60 * 1000;
/// The rate limit counts the requests of this long, in sandbox time.
const RATE_WINDOW_MS: u64 = 60 * 1000;

/// The one key of the sandbox and what it may do.
#[derive(Clone)]
pub(crate) struct Key {
    /// The public part.
    pub id: String,
    /// The secret, used as UTF-8 text.
    pub secret: String,
    /// `read`, `write`, a resource (`invoices`), or one half of it (`invoices.read`, `invoices.write`).
    pub permissions: Vec<String>,
    /// Addresses that may use it; empty: all.
    pub ips: Vec<IpAddr>,
}

/// A request as the gate sees it.
#[derive(Clone, Copy)]
pub(crate) struct Caller<'a> {
    /// What is signed.
    pub signed: Signed<'a>,
    /// The text of `Authorization`.
    pub authorization: Option<&'a str>,
    /// Where it came from.
    pub ip: IpAddr,
}

/// A refusal at the gate.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Denied {
    /// 401, 403 or 429.
    pub status: u16,
    /// The API's error code.
    pub code: &'static str,
    /// Only with a 401: why.
    pub explain: Option<Value>,
}

/// The gate and what it remembers.
pub(crate) struct Gate {
    /// The key.
    pub key: Key,
    rate_limit: usize,
    recent: VecDeque<u64>,
}

impl Key {
    /// A key that may do everything from everywhere.
    pub(crate) fn new(id: String, secret: String) -> Self {
        Self { id, secret, permissions: vec!["read".to_owned(), "write".to_owned()], ips: Vec::new() }
    }

    fn may(&self, route: &Route) -> bool {
        let resource = route.operation.split('.').next().unwrap_or_default();
        let half = if route.is_read() { "read" } else { "write" };
        self.permissions
            .iter()
            .any(|name| name == half || name == resource || *name == format!("{resource}.{half}"))
    }

    /// Whether `name` is a permission that a key can have.
    pub(crate) fn is_permission(name: &str) -> bool {
        let (resource, half) = name.split_once('.').unwrap_or((name, "read"));
        let known = ROUTES.iter().any(|route| route.operation.split('.').next() == Some(resource));
        ["read", "write"].contains(&name) || known && ["read", "write"].contains(&half)
    }
}

impl Gate {
    /// A gate for one key; `rate_limit` requests a minute, 0 for no limit.
    pub(crate) fn new(key: Key, rate_limit: usize) -> Self {
        Self { key, rate_limit, recent: VecDeque::new() }
    }

    /// Lets a request in or says why not. `now_ms` is sandbox time, `wall_ms` what the server takes for unix time;
    /// `route` is `None` for what is no operation, which needs no permission to be told so.
    ///
    /// # Errors
    /// The refusal to answer with.
    pub(crate) fn admit(
        &mut self,
        caller: &Caller<'_>,
        route: Option<&Route>,
        now_ms: u64,
        wall_ms: u64,
    ) -> Result<(), Denied> {
        self.authenticate(caller, wall_ms)?;
        if !self.key.ips.is_empty() && !self.key.ips.contains(&caller.ip) {
            return Err(Denied { status: 403, code: "ip_not_allowed", explain: None });
        }
        if !self.has_room(now_ms) {
            return Err(Denied { status: 429, code: "rate_limit_exceeded", explain: None });
        }
        match route {
            Some(route) if !self.key.may(route) => {
                Err(Denied { status: 403, code: "unauthorized", explain: None })
            }
            _ => Ok(()),
        }
    }

    fn authenticate(&self, caller: &Caller<'_>, wall_ms: u64) -> Result<(), Denied> {
        let signed = &caller.signed;
        let ahead_ms =
            dates::parse(signed.date).zip(i64::try_from(wall_ms).ok()).map(|(date, wall)| date - wall);
        let no = |likely: &str| unauthenticated(explain::other(signed, ahead_ms, likely));
        let Some(authorization) = caller.authorization else {
            return Err(no("there is no Authorization header: send HMAC <api key>:<signature>"));
        };
        let Some((id, signature)) = authorization.strip_prefix("HMAC ").and_then(|rest| rest.split_once(':'))
        else {
            return Err(no("Authorization is not of the form HMAC <api key>:<signature>"));
        };
        if !same(id, &self.key.id) {
            return Err(no("the api key is unknown here: it belongs to another environment, or is mistyped"));
        }
        if signed.date.is_empty() {
            return Err(no("there is no Date header; a browser page cannot send one"));
        }
        if !self.fits(signed, signature) {
            let refused = explain::Refused {
                signed: *signed,
                signature,
                secret: &self.key.secret,
                clock_difference_ms: ahead_ms,
            };
            return Err(unauthenticated(explain::wrong_signature(&refused)));
        }
        match ahead_ms {
            None => Err(no("the Date header could not be read: send Tue, 15 Nov 1994 08:12:31 GMT")),
            Some(ms) if ms.unsigned_abs() > DATE_WINDOW_MS => Err(no(
                "the date is more than 10 minutes from the server's: a clock is wrong, or the request is stale",
            )),
            Some(_) => Ok(()),
        }
    }

    /// The path counts as it was sent and, because one of the official clients signs that, decoded.
    fn fits(&self, signed: &Signed<'_>, signature: &str) -> bool {
        let matches =
            |signed: &Signed<'_>| same(&sign(&self.key.secret, &signed.string_to_sign()), signature);
        matches(signed)
            || signed.target.contains('%')
                && percent_decoded(signed.target)
                    .is_some_and(|target| matches(&Signed { target: &target, ..*signed }))
    }

    /// A sliding window; what it refuses does not count.
    fn has_room(&mut self, now_ms: u64) -> bool {
        if self.rate_limit == 0 {
            return true;
        }
        while self.recent.front().is_some_and(|at| at + RATE_WINDOW_MS <= now_ms) {
            self.recent.pop_front();
        }
        let room = self.recent.len() < self.rate_limit;
        if room {
            self.recent.push_back(now_ms);
        }
        room
    }
}

fn unauthenticated(explain: Value) -> Denied {
    Denied { status: 401, code: "unauthenticated", explain: Some(explain) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::routes::find;

    const WALL: u64 = 784_887_151_000;
    const DATE: &str = "Tue, 15 Nov 1994 08:12:31 GMT";

    fn gate(rate_limit: usize) -> Gate {
        Gate::new(
            Key::new("K".to_owned(), "Oe8TBDzg4tatdq2cL9ojeEj3U3oWSCSC5fqOHAqaKVg".to_owned()),
            rate_limit,
        )
    }

    fn get<'a>(target: &'a str, authorization: &'a str) -> Caller<'a> {
        let signed =
            Signed { method: "GET", body: b"", content_type: "application/json", date: DATE, target };
        Caller { signed, authorization: Some(authorization), ip: IpAddr::from([127, 0, 0, 1]) }
    }

    fn refusal(gate: &mut Gate, caller: &Caller<'_>, wall: u64) -> Option<(u16, &'static str)> {
        let route = find(caller.signed.method, "/api/invoices").map(|(route, _)| route);
        gate.admit(caller, route, 0, wall).err().map(|denied| (denied.status, denied.code))
    }

    const INVOICES: &str = "HMAC K:/7tDL2mRNeLYOKrrPuuQwhNLE70=";
    const STALE: Option<(u16, &str)> = Some((401, "unauthenticated"));

    #[test]
    fn a_date_ten_minutes_off_is_taken_and_one_more_is_not() {
        let caller = get("/api/invoices", INVOICES);
        for wall in [WALL - 600_000, WALL, WALL + 600_000] {
            assert_eq!(refusal(&mut gate(0), &caller, wall), None);
        }
        for wall in [WALL - 600_001, WALL + 600_001] {
            assert_eq!(refusal(&mut gate(0), &caller, wall), STALE);
        }
    }

    #[test]
    fn the_header_must_have_scheme_key_and_signature() {
        for authorization in [
            "",
            "HMAC",
            "HMAC K",
            "Bearer K:x",
            "hmac K:/7tDL2mRNeLYOKrrPuuQwhNLE70=",
            "HMAC L:/7tDL2mRNeLYOKrrPuuQwhNLE70=",
            "HMAC K:",
            "HMAC K:7tDL2mRNeLYOKrrPuuQwhNLE70=",
        ] {
            assert_eq!(
                refusal(&mut gate(0), &get("/api/invoices", authorization), WALL),
                STALE,
                "{authorization}"
            );
        }
        let caller = Caller { authorization: None, ..get("/api/invoices", "") };
        assert_eq!(refusal(&mut gate(0), &caller, WALL), STALE);
    }

    /// Both signatures by Python: base64(hmac.new(secret, text, sha1)) over the path as sent and over it decoded.
    #[test]
    fn the_path_may_be_signed_as_sent_or_decoded() {
        let target = "/api/invoices/custom_id/ORDER%20%2F42";
        for signature in ["qe+jX/j2f3B28jSYsM2P8egCCI8=", "mxpmtUUNtrie7vz6c/VDKBdKOtU="] {
            let authorization = format!("HMAC K:{signature}");
            assert_eq!(refusal(&mut gate(0), &get(target, &authorization), WALL), None, "{signature}");
        }
    }

    #[test]
    fn the_rate_limit_slides_in_sandbox_time() {
        let mut gate = gate(2);
        let caller = get("/api/invoices", INVOICES);
        let mut at = |now| gate.admit(&caller, None, now, WALL).err().map(|denied| denied.status);
        assert_eq!([at(0), at(10), at(20), at(59_999)], [None, None, Some(429), Some(429)]);
        assert_eq!([at(60_000), at(60_001), at(60_010)], [None, Some(429), None]);
    }

    #[test]
    fn a_key_may_do_only_what_it_is_permitted_and_only_from_its_addresses() {
        let caller = get("/api/invoices", INVOICES);
        for (permissions, refused) in [
            (vec!["read"], None),
            (vec!["invoices"], None),
            (vec!["coins", "invoices.read"], None),
            (vec!["write", "invoices.write", "coins"], Some((403, "unauthorized"))),
            (vec![], Some((403, "unauthorized"))),
        ] {
            let mut gate = gate(0);
            gate.key.permissions = permissions.iter().map(|name| (*name).to_owned()).collect();
            assert_eq!(refusal(&mut gate, &caller, WALL), refused, "{permissions:?}");
        }
        let mut gate = gate(0);
        gate.key.ips = vec![IpAddr::from([10, 0, 0, 1])];
        assert_eq!(refusal(&mut gate, &caller, WALL), Some((403, "ip_not_allowed")));
    }

    #[test]
    fn permissions_have_known_names() {
        assert!(["read", "write", "coin_withdrawals", "rates.read"].into_iter().all(Key::is_permission));
        assert!(!["", "reads", "invoices.create", "read.read"].into_iter().any(Key::is_permission));
    }
}
