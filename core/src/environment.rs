//! Where requests go: the sandbox, production, or a base URL of the caller's own (a stand-in server or a gateway).
//! Decides which URLs may receive a signature at all: https, or plain http on this very machine.
//! How a path is put behind the base URL is `url.rs`.

use crate::invalid::{InvalidConfig, must_be};
use crate::json::whole;

const SANDBOX: &str = "https://business-sandbox.cryptopay.me";
const PRODUCTION: &str = "https://business.cryptopay.me";

/// One of the two worlds of the API (API, "Environments"), or a URL in front of them. Keys of one do not work in the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Environment {
    /// Testnets, no real money.
    Sandbox,
    /// Mainnets, real money.
    Production,
    /// Another base URL, checked by [`Environment::parse`].
    Custom(BaseUrl),
}

/// A checked base URL without a trailing slash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseUrl(String);

impl Environment {
    /// Reads `sandbox`, `production`, or a base URL.
    ///
    /// A base URL is `https://host[:port][/prefix]`, or the same with `http` when the host is this machine (127.0.0.0/8,
    /// `[::1]`, `localhost`). One trailing slash is dropped. A prefix is put in front of every path on the wire but is *not*
    /// signed: the signature covers what follows the base URL, which is what the API sees behind a gateway that strips its
    /// own prefix.
    ///
    /// # Errors
    /// For everything else: another scheme, plain http to another machine, a query, a fragment, a user name.
    pub fn parse(text: &str) -> Result<Self, InvalidConfig> {
        match text {
            "sandbox" | SANDBOX => Ok(Self::Sandbox),
            "production" | PRODUCTION => Ok(Self::Production),
            _ => BaseUrl::parse(text)
                .map(Self::Custom)
                .map_err(|reason| InvalidConfig { name: "environment", reason }),
        }
    }

    /// The URL in front of every path; it has no trailing slash.
    #[must_use]
    pub fn base_url(&self) -> &str {
        match self {
            Self::Sandbox => SANDBOX,
            Self::Production => PRODUCTION,
            Self::Custom(BaseUrl(url)) => url,
        }
    }
}

impl BaseUrl {
    fn parse(text: &str) -> Result<Self, &'static str> {
        let wrong = || must_be("environment");
        let (scheme, rest) = text.split_once(':').ok_or_else(wrong)?;
        let rest = rest.strip_prefix("//").ok_or_else(wrong)?;
        let secure = scheme.eq_ignore_ascii_case("https");
        if !secure && !scheme.eq_ignore_ascii_case("http") {
            return Err(wrong());
        }
        if rest.contains(['?', '#']) {
            return Err("must not have a query or a fragment, give the base URL alone");
        }
        let (authority, prefix) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
        if authority.contains('@') {
            return Err("must not contain a user name or a password");
        }
        let (host, port) = split_port(authority)?;
        let host = host.to_ascii_lowercase();
        let loopback = check_host(&host)?;
        if !secure && !loopback {
            return Err("must be https, plain http is allowed for localhost, 127.0.0.1 and [::1] only");
        }
        let prefix = prefix.strip_suffix('/').unwrap_or(prefix);
        check_prefix(prefix)?;
        let scheme = if secure { "https://" } else { "http://" };
        Ok(Self([scheme, &host, port, prefix].concat()))
    }
}

/// Host and port, the port with its colon.
fn split_port(authority: &str) -> Result<(&str, &str), &'static str> {
    let after_brackets = authority.rfind(']').map_or(0, |at| at + 1);
    let Some(at) =
        authority.get(after_brackets..).and_then(|rest| rest.find(':')).map(|at| at + after_brackets)
    else {
        return Ok((authority, ""));
    };
    let (host, port) = authority.split_at(at);
    let digits = port.get(1..).unwrap_or("");
    match whole(digits) {
        Some(1..=65_535) => Ok((host, port)),
        _ => Err("has a port that is not a number from 1 to 65535"),
    }
}

/// Whether a valid host is this machine.
fn check_host(host: &str) -> Result<bool, &'static str> {
    const HOST: &str = "has no valid host name, use letters, digits, dots and hyphens";
    if let Some(inner) = host.strip_prefix('[') {
        let address = inner.strip_suffix(']').and_then(ipv6);
        return address.map(|it| it == LOOPBACK).ok_or("has an IPv6 address that is not valid");
    }
    if let Some([first, ..]) = ipv4(host) {
        return Ok(first == 127);
    }
    let labels = || host.split('.');
    // Many URL parsers read a last label of digits as an IPv4 address in disguise (127.1, 2130706433).
    let disguised = labels().next_back().is_some_and(|label| label.bytes().all(|b| b.is_ascii_digit()));
    let valid = labels()
        .all(|label| !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'));
    if valid && !disguised { Ok(host == "localhost") } else { Err(HOST) }
}

const LOOPBACK: [u16; 8] = [0, 0, 0, 0, 0, 0, 0, 1];

/// Four numbers below 256 without leading zeros. Reads what the standard library reads, whose parser is large in wasm.
fn ipv4(text: &str) -> Option<[u8; 4]> {
    let mut numbers = text.split('.').map(|number| {
        let plain = number.len() == 1 || !number.starts_with('0');
        whole(number).filter(|_| plain && number.len() <= 3).and_then(|number| number.try_into().ok())
    });
    let address = [numbers.next()??, numbers.next()??, numbers.next()??, numbers.next()??];
    numbers.next().is_none().then_some(address)
}

/// Eight groups of one to four hex digits, a run of zeros perhaps as `::`, the last two perhaps as an IPv4 address.
fn ipv6(text: &str) -> Option<[u16; 8]> {
    let (front, back) = text.split_once("::").map_or((text, None), |(front, back)| (front, Some(back)));
    let mut front = groups(front, back.is_none())?;
    if let Some(back) = back {
        let back = groups(back, true)?;
        // `::` stands for one group at least.
        let zeros = 8_usize.checked_sub(front.len() + back.len()).filter(|zeros| *zeros > 0)?;
        front.resize(front.len() + zeros, 0);
        front.extend(back);
    }
    front.try_into().ok()
}

/// The groups before or after a `::`; only the last of all may be an IPv4 address.
fn groups(text: &str, last: bool) -> Option<Vec<u16>> {
    let mut groups = Vec::new();
    let mut parts = text.split(':').peekable();
    while let Some(part) = parts.next().filter(|_| !text.is_empty()) {
        if let Some([a, b, c, d]) = ipv4(part).filter(|_| last && parts.peek().is_none()) {
            groups.extend([u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d])]);
        } else {
            let digits = part.len() <= 4 && part.bytes().all(|b| b.is_ascii_hexdigit());
            groups.push(u16::from_str_radix(part, 16).ok().filter(|_| digits)?);
        }
    }
    Some(groups)
}

/// A prefix is empty or `/segment/segment`, of characters that no host would encode or normalise.
fn check_prefix(prefix: &str) -> Result<(), &'static str> {
    let plain = |segment: &str| {
        !matches!(segment, "" | "." | "..")
            && segment.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~".contains(&b))
    };
    if prefix.split('/').skip(1).all(plain) {
        Ok(())
    } else {
        Err("has a path that is not plain, use letters, digits, `-`, `.`, `_`, `~` between single slashes")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base(text: &str) -> String {
        Environment::parse(text).unwrap().base_url().to_owned()
    }

    #[test]
    fn the_two_worlds_have_the_published_hosts() {
        assert_eq!(base("sandbox"), "https://business-sandbox.cryptopay.me");
        assert_eq!(base("production"), "https://business.cryptopay.me");
        assert_eq!(Environment::parse("https://business.cryptopay.me"), Ok(Environment::Production));
    }

    #[test]
    fn a_base_url_loses_one_trailing_slash_and_keeps_its_prefix() {
        assert_eq!(base("https://Pay.Example.com/"), "https://pay.example.com");
        assert_eq!(base("https://pay.example.com:8443/a/b-1/"), "https://pay.example.com:8443/a/b-1");
        assert_eq!(base("HTTPS://pay.example.com"), "https://pay.example.com");
        assert_eq!(base("https://[2001:db8::1]:444"), "https://[2001:db8::1]:444");
    }

    #[test]
    fn plain_http_is_for_this_machine_only() {
        for url in [
            "http://127.0.0.1:8080",
            "http://127.9.8.7",
            "http://localhost:1",
            "http://LOCALHOST",
            "http://[::1]:9",
        ] {
            assert!(Environment::parse(url).is_ok(), "{url}");
        }
        for url in [
            "http://example.com",
            "http://128.0.0.1",
            "http://0.0.0.0",
            "http://localhost.example.com",
            "http://127.0.0.1.example.com",
            "http://127.1",
            "http://[::2]",
            "http://[::ffff:127.0.0.1]",
        ] {
            assert!(Environment::parse(url).is_err(), "{url}");
        }
    }

    // The standard library is the other implementation; the texts are those on which parsers differ.
    #[test]
    fn addresses_are_read_as_the_standard_library_reads_them() {
        use std::net::{Ipv4Addr, Ipv6Addr};
        let pieces = [
            "", "0", "00", "1", "01", "127", "255", "256", "1.2.3.4", "1.2.3", "01.2.3.4", "+1", "a", "ffff",
            "00001", "g", "::", "%1",
        ];
        let mut texts: Vec<String> = pieces.iter().map(|piece| (*piece).to_owned()).collect();
        for separator in [":", "::", ".", ":1:2:3:4:5:6:", ":1:2:3:4:5:", "::1:2:3:4:", "."] {
            for one in pieces {
                for other in pieces {
                    texts.push([one, separator, other].concat());
                    texts.push([one, ".0.0.", other].concat());
                    texts.push(["1:2:3:", one, separator, other, ":8"].concat());
                    texts.push(["::", one, separator, other].concat());
                    texts.push([one, separator, other, "::"].concat());
                }
            }
        }
        for text in texts {
            assert_eq!(ipv4(&text), text.parse::<Ipv4Addr>().ok().map(|it| it.octets()), "{text:?}");
            assert_eq!(ipv6(&text), text.parse::<Ipv6Addr>().ok().map(|it| it.segments()), "{text:?}");
        }
    }

    #[test]
    fn urls_that_hide_something_are_refused() {
        for url in [
            "",
            "Sandbox",
            "staging",
            "ftp://example.com",
            "https://",
            "https:///api",
            "https://user@example.com",
            "https://user:pass@example.com",
            "https://example.com?x=1",
            "https://example.com/#x",
            "https://example.com\\@evil.com",
            "https://exa mple.com",
            "https://example.com\n",
            "https://example..com",
            "https://exämple.com",
            "https://example.com:",
            "https://example.com:0",
            "https://example.com:+80",
            "https://example.com:65536",
            "https://2130706433",
            "https://[::1",
            "https://[::1]x",
            "https://example.com//a",
            "https://example.com/a/../b",
            "https://example.com/%2e",
        ] {
            assert!(Environment::parse(url).is_err(), "{url:?}");
        }
    }
}
