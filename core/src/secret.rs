//! A secret text: the API secret or a callback secret. It is wiped from memory when dropped and shown nowhere:
//! no `Display`, no serialisation, and a `Debug` that says nothing. Only signing and verifying may read it.

use core::fmt;

use zeroize::Zeroizing;

use crate::invalid::InvalidConfig;

/// A secret, never empty and without whitespace. The key of an HMAC is the UTF-8 bytes of its text (API, "API credentials").
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes a copy of `text`; `name` is the setting that an error names, such as `api_secret`.
    ///
    /// # Errors
    /// When the text is empty, or contains whitespace or a control character: the usual traces of copying too much.
    pub fn new(name: &'static str, text: &str) -> Result<Self, InvalidConfig> {
        let wrong = |reason| Err(InvalidConfig { name, reason });
        if text.is_empty() {
            return wrong("is empty, set it to the secret shown in the dashboard");
        }
        if text.chars().all(char::is_whitespace) {
            return wrong("is blank, set it to the secret shown in the dashboard");
        }
        if text.chars().any(|c| c.is_whitespace() || c.is_control() || c == '\u{feff}') {
            return wrong("contains whitespace or a line break, copy the secret alone and trim it");
        }
        Ok(Self(Zeroizing::new(text.to_owned())))
    }

    /// The text, for signing and verifying alone.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_never_shows_a_secret() {
        let secret = Secret::new("api_secret", "hunter2hunter2").unwrap();
        assert_eq!(format!("{secret:?}"), "Secret(…)");
        assert_eq!(secret.expose(), "hunter2hunter2");
    }

    #[test]
    fn empty_blank_and_padded_secrets_are_refused_without_being_repeated() {
        for text in ["", " ", "\n\t", "abc\n", " abc", "a bc", "abc\u{a0}", "\u{feff}abc", "ab\0c"] {
            let error = Secret::new("callback_secret", text).unwrap_err();
            assert_eq!(error.name, "callback_secret");
            assert!(!error.to_string().contains("abc"), "{error}");
        }
    }
}
