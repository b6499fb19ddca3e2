//! Callbacks (rules B): whether a body came from the API, and signed bodies for the users' own tests. What the body says is
//! `event`, whether it was seen before `dedupe` and `store`, whether it is late `order`. Receiving it is the host's work.

pub mod dedupe;
pub mod event;
pub mod order;
pub mod store;

use core::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::{code::Code, invalid::InvalidConfig, secret::Secret};
pub use dedupe::dedupe_key;
pub use event::Event;
pub use order::may_follow;
pub use store::{Claim, MemoryStore, Store};

/// The request header that carries the signature (API, "Callbacks"), in lower case.
pub const SIGNATURE_HEADER: &str = "x-cryptopay-signature";

/// The largest body that is looked at: 1 MiB (rule B1).
pub const MAX_BODY: usize = 1 << 20;

/// A callback that came from the API.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Verified {
    /// What it says.
    pub event: Event,
    /// Which of the secrets fitted, from 0: when it is never an old one any more, that one can be removed.
    pub secret: usize,
}

/// Why a callback is not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CallbackError {
    /// No secret was given.
    NoSecret,
    /// A secret is empty, or has whitespace.
    Secret(InvalidConfig),
    /// The request has no signature header, or an empty one.
    MissingHeader,
    /// The signature has something else than hex digits.
    NotHex,
    /// The signature has not 64 digits.
    WrongLength,
    /// The body is longer than [`MAX_BODY`].
    TooLarge,
    /// Not the bytes of the request: something decoded them before.
    BodyParsed,
    /// The signature belongs to another body or another secret.
    Mismatch,
    /// Signed by the API, but not a JSON object.
    NotAnEvent,
}

impl CallbackError {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> Code {
        match self {
            Self::NoSecret | Self::Secret(_) => Code::Configuration,
            Self::NotAnEvent => Code::InvalidResponse,
            _ => Code::InvalidSignature,
        }
    }
}

impl From<InvalidConfig> for CallbackError {
    fn from(error: InvalidConfig) -> Self {
        Self::Secret(error)
    }
}

impl CallbackError {
    /// Why it is not taken, and what to do.
    #[must_use]
    pub fn sentence(&self) -> String {
        let text = match self {
            Self::NoSecret => {
                "no callback secret was given, give the client the one shown in the dashboard; a client made from environment \
                 variables reads it from CRYPTOPAY_CALLBACK_SECRET"
            }
            Self::Secret(error) => return error.sentence(),
            Self::MissingHeader => {
                "the request has no X-Cryptopay-Signature header, it does not come from Cryptopay or a proxy removed it"
            }
            Self::NotHex => {
                "the signature is not hexadecimal, pass the X-Cryptopay-Signature header as it came"
            }
            Self::WrongLength => {
                "the signature does not have 64 hex digits, pass the X-Cryptopay-Signature header as it came"
            }
            Self::TooLarge => {
                "the body is larger than 1 MiB, which no callback is: it does not come from Cryptopay"
            }
            Self::BodyParsed => {
                "the body is not what was sent, pass the raw bytes of the request before any body parser reads them"
            }
            Self::Mismatch => {
                "the signature does not fit, check that the secret is the callback secret of this environment (not the \
                 API secret) and that the body is the raw bytes of the request"
            }
            Self::NotAnEvent => {
                "the signature fits, but the body is not a JSON object: report this, Cryptopay sends no such callback"
            }
        };
        text.to_owned()
    }
}

impl fmt::Display for CallbackError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence())
    }
}

impl core::error::Error for CallbackError {}

/// Checks that `body` was signed with one of `secrets` and reads it. `header` is the value of [`SIGNATURE_HEADER`], hex in
/// any case. The comparison takes constant time; several secrets serve a rotation.
///
/// # Errors
/// Why it is not taken, see [`CallbackError`]. Only after `Ok` may anything in the body be believed.
pub fn verify(body: &[u8], header: Option<&str>, secrets: &[Secret]) -> Result<Verified, CallbackError> {
    if secrets.is_empty() {
        return Err(CallbackError::NoSecret);
    }
    let header =
        header.map(str::trim_ascii).filter(|text| !text.is_empty()).ok_or(CallbackError::MissingHeader)?;
    if body.len() > MAX_BODY {
        return Err(CallbackError::TooLarge);
    }
    let signature = read_hex(header)?;
    let fits = |secret: &Secret| keyed(secret, body).is_some_and(|mac| mac.verify_slice(&signature).is_ok());
    let Some(secret) = secrets.iter().position(fits) else {
        return Err(if was_parsed(body) { CallbackError::BodyParsed } else { CallbackError::Mismatch });
    };
    let event = Event::read(body).ok_or(CallbackError::NotAnEvent)?;
    Ok(Verified { event, secret })
}

/// Signs a body as the API would, for tests of a callback handler: the value of [`SIGNATURE_HEADER`], 64 lower-case hex digits.
#[must_use]
pub fn sign_callback(body: &[u8], secret: &Secret) -> String {
    keyed(secret, body).map(|mac| hex(&mac.finalize().into_bytes())).unwrap_or_default()
}

/// HMAC takes a key of any length, so there always is one.
fn keyed(secret: &Secret, body: &[u8]) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.expose().as_bytes()).ok()?;
    mac.update(body);
    Some(mac)
}

/// What languages print for an object that a body parser made, or nothing when a parser has read the stream. Only asked
/// when the signature does not fit.
fn was_parsed(body: &[u8]) -> bool {
    const BEGINNINGS: [&[u8]; 8] =
        [b"[object ", b"{'", b"{\"type\"=>", b"{type", b"{event", b"{data", b"[\"type\":", b"#<"];
    body.is_empty() || BEGINNINGS.iter().any(|beginning| body.starts_with(beginning))
}

fn read_hex(text: &str) -> Result<[u8; 32], CallbackError> {
    let nibble = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    if !text.bytes().all(|byte| nibble(byte).is_some()) {
        return Err(CallbackError::NotHex);
    }
    if text.len() != 64 {
        return Err(CallbackError::WrongLength);
    }
    let mut nibbles = text.bytes().filter_map(nibble);
    let mut bytes = [0; 32];
    for (byte, (high, low)) in
        bytes.iter_mut().zip(core::iter::from_fn(|| nibbles.next().zip(nibbles.next())))
    {
        *byte = high << 4 | low;
    }
    Ok(bytes)
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    let nibbles = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    nibbles.filter_map(|nibble| char::from_digit(u32::from(nibble), 16)).collect()
}

#[cfg(test)]
mod tests;
