//! A time as the API wrote it. The text is kept, because `Z` and `+00:00` both occur and a new form must not make an
//! answer unreadable; the instant is there for the asking.

use core::fmt;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// An RFC 3339 time: its text and, where the text is one, the instant.
#[derive(Clone, Debug, Default)]
pub struct Timestamp(String);

impl Timestamp {
    /// The text on the wire.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The instant; `None` when the text is no RFC 3339 time.
    #[must_use]
    pub fn instant(&self) -> Option<OffsetDateTime> {
        OffsetDateTime::parse(&self.0, &Rfc3339).ok()
    }
}

impl From<OffsetDateTime> for Timestamp {
    /// Writes the time down; one that RFC 3339 cannot say (a year beyond 9999) is left unset, which no request accepts.
    fn from(instant: OffsetDateTime) -> Self {
        Self(instant.format(&Rfc3339).unwrap_or_default())
    }
}

impl From<&str> for Timestamp {
    /// Takes the text as it is; a request with one that is no RFC 3339 time is refused before it is sent.
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl PartialEq for Timestamp {
    /// Equal instants are equal, however they are written.
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0 || self.instant().is_some_and(|instant| Some(instant) == other.instant())
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl serde::Serialize for Timestamp {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> serde::Deserialize<'de> for Timestamp {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        super::text(deserializer, |text| Self::from(text))
    }
}

#[cfg(test)]
mod tests {
    use super::Timestamp;

    #[test]
    fn both_ways_to_write_utc_are_the_same_instant_and_keep_their_text() {
        let (zulu, offset) =
            (Timestamp::from("2023-07-24T08:46:28Z"), Timestamp::from("2023-07-24T08:46:28+00:00"));
        assert_eq!(zulu, offset);
        assert_eq!(zulu.as_str(), "2023-07-24T08:46:28Z");
        // date -u -d 2023-07-24T08:46:28Z +%s
        assert_eq!(offset.instant().map(|instant| instant.unix_timestamp()), Some(1_690_188_388));
    }

    #[test]
    fn a_text_that_is_no_time_is_kept() {
        let odd = Timestamp::from("tomorrow");
        assert_eq!((odd.as_str(), odd.instant()), ("tomorrow", None));
    }
}
