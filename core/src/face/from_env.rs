//! The settings that stand in the environment, by the same variables as in every language. What they must be is decided
//! where each setting is; here is said which one is missing. Only who asks for it has the environment read.

use std::env::VarError;

use zeroize::Zeroizing;

#[cfg(feature = "reqwest")]
use super::Cryptopay;
use super::builder::{BuildError, Builder};
use crate::environment::Environment;
use crate::invalid::InvalidConfig;

/// Each setting that must be there, its variable, and what is said when that is not set.
const NEEDED: [(&str, &str, &str); 3] = [
    (
        "environment",
        "CRYPTOPAY_ENVIRONMENT",
        "is missing, set the environment variable CRYPTOPAY_ENVIRONMENT",
    ),
    ("api_key", "CRYPTOPAY_API_KEY", "is missing, set the environment variable CRYPTOPAY_API_KEY"),
    ("api_secret", "CRYPTOPAY_API_SECRET", "is missing, set the environment variable CRYPTOPAY_API_SECRET"),
];
const CALLBACK_SECRETS: (&str, &str) = ("callback_secrets", "CRYPTOPAY_CALLBACK_SECRET");

#[cfg(feature = "reqwest")]
impl Cryptopay {
    /// A client of what `CRYPTOPAY_ENVIRONMENT` (`sandbox`, `production` or a base URL), `CRYPTOPAY_API_KEY`,
    /// `CRYPTOPAY_API_SECRET` and, where callbacks are verified, `CRYPTOPAY_CALLBACK_SECRET` (several with commas) say.
    /// With other settings beside them: [`Builder::from_env`].
    ///
    /// # Errors
    /// [`BuildError`] names the variable that is not set or the setting that is wrong, or says why the transport cannot
    /// work here.
    pub fn from_env() -> Result<Self, BuildError> {
        Builder::from_env()?.build()
    }
}

impl Builder {
    /// Begins a client of what `CRYPTOPAY_ENVIRONMENT` (`sandbox`, `production` or a base URL), `CRYPTOPAY_API_KEY`,
    /// `CRYPTOPAY_API_SECRET` and, where callbacks are verified, `CRYPTOPAY_CALLBACK_SECRET` (several with commas) say.
    ///
    /// # Errors
    /// [`BuildError`] names the variable that is not set, or says what is wrong with the environment.
    pub fn from_env() -> Result<Self, BuildError> {
        Ok(Self::of_variables(|name| std::env::var(name))?)
    }

    /// The same from variables that somebody lends.
    pub(super) fn of_variables(
        read: impl Fn(&str) -> Result<String, VarError>,
    ) -> Result<Self, InvalidConfig> {
        // What is read may be a secret: it is wiped when it was copied.
        let text = |name, variable| match read(variable) {
            Ok(text) => Ok(Zeroizing::new(text)),
            Err(VarError::NotPresent) => Ok(Zeroizing::default()),
            Err(VarError::NotUnicode(_)) => Err(InvalidConfig::of(name)),
        };
        let needed = NEEDED.map(|(name, variable, reason)| match text(name, variable) {
            Ok(text) if text.is_empty() => Err(InvalidConfig { name, reason }),
            read => read,
        });
        let [environment, key, secret] = needed;
        let builder =
            Self::new(Environment::parse(&environment?)?).api_key(key?.as_str()).api_secret(&secret?);
        let (name, variable) = CALLBACK_SECRETS;
        let secrets = text(name, variable)?;
        Ok(secrets.split(',').filter(|text| !text.is_empty()).fold(builder, Self::callback_secret))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::OsString;

    const SET: [(&str, &str); 4] = [
        ("CRYPTOPAY_ENVIRONMENT", "http://127.0.0.1:8080"),
        ("CRYPTOPAY_API_KEY", "key"),
        ("CRYPTOPAY_API_SECRET", "hunter2"),
        ("CRYPTOPAY_CALLBACK_SECRET", "now,,before,"),
    ];

    /// The builder of these variables, of which one reads as something else.
    fn with(other: &str, read: Result<&str, VarError>) -> Result<Builder, InvalidConfig> {
        Builder::of_variables(|name| match SET.iter().find(|(known, _)| *known == name) {
            Some(_) if name == other => read.clone().map(str::to_owned),
            Some((_, text)) => Ok((*text).to_owned()),
            None => Err(VarError::NotPresent),
        })
    }

    #[test]
    fn a_client_is_made_of_the_variables_of_every_language() {
        let client = with("", Ok("")).unwrap().max_retries(0).build_over((), ()).unwrap();
        let config = client.config();
        assert_eq!((config.environment.base_url(), config.api_key.as_str()), (SET[0].1, "key"));
        assert_eq!((config.api_secret.expose(), config.max_retries), ("hunter2", 0));
        let secrets: Vec<_> = config.callback_secrets.iter().map(crate::secret::Secret::expose).collect();
        assert_eq!(secrets, ["now", "before"]);
    }

    #[test]
    fn a_variable_that_is_missing_or_empty_is_named() {
        for (variable, words) in [
            ("CRYPTOPAY_ENVIRONMENT", "environment"),
            ("CRYPTOPAY_API_KEY", "API key"),
            ("CRYPTOPAY_API_SECRET", "API secret"),
        ] {
            for read in [Err(VarError::NotPresent), Ok("")] {
                let error = BuildError::from(with(variable, read).unwrap_err()).to_string();
                assert_eq!(error, format!("the {words} is missing, set the environment variable {variable}"));
            }
        }
    }

    #[test]
    fn a_client_without_callbacks_needs_no_secret_of_theirs() {
        for read in [Err(VarError::NotPresent), Ok("")] {
            let client = with("CRYPTOPAY_CALLBACK_SECRET", read).unwrap().build_over((), ()).unwrap();
            assert!(client.config().callback_secrets.is_empty());
        }
    }

    #[test]
    fn what_is_set_wrongly_is_refused_and_not_repeated() {
        for (variable, text, name) in [
            ("CRYPTOPAY_ENVIRONMENT", "http://example.com", "environment"),
            ("CRYPTOPAY_API_SECRET", "hunter2\n", "api_secret"),
            ("CRYPTOPAY_CALLBACK_SECRET", "hunter2, hunter3", "callback_secrets"),
        ] {
            let error = with(variable, Ok(text)).and_then(|it| it.build_over((), ()).map(drop)).unwrap_err();
            assert_eq!(error.name, name);
            assert!(!error.to_string().contains("hunter"), "{error}");
        }
        for (variable, _) in SET {
            let error = with(variable, Err(VarError::NotUnicode(OsString::from("hunter2")))).unwrap_err();
            assert!(!error.to_string().contains("hunter"), "{error}");
        }
    }
}
