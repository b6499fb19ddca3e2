//! Dates as HTTP and the API write them, to and from Unix milliseconds. Own calendar arithmetic (proleptic Gregorian, no
//! leap seconds): total for every input, no time zone data, small in wasm. Reads no clock.

const DAY: u64 = 86_400;
const WEEKDAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]; // 1970-01-01 was a Thursday
const LONG_WEEKDAYS: [&str; 7] =
    ["Thursday", "Friday", "Saturday", "Sunday", "Monday", "Tuesday", "Wednesday"];
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Writes an IMF-fixdate such as `Tue, 15 Nov 1994 08:12:31 GMT`, the form that is sent and signed (API, "Authentication").
/// Milliseconds are cut off. Years beyond 9999 simply get more digits.
#[must_use]
pub fn format_imf(unix_ms: u64) -> String {
    let seconds = unix_ms / 1000;
    let (days, time) = (seconds / DAY, seconds % DAY);
    let (year, month, day) = civil_from_days(days);
    let mut text = String::with_capacity(29);
    text.push_str(name(&WEEKDAYS, days % 7));
    text.push_str(", ");
    push_number(&mut text, day, 2);
    text.push(' ');
    text.push_str(name(&MONTHS, month - 1));
    text.push(' ');
    push_number(&mut text, year, 4);
    text.push(' ');
    push_time(&mut text, time);
    text.push_str(" GMT");
    text
}

/// Writes an RFC 3339 time such as `2021-10-15T07:43:56Z`. Milliseconds are cut off.
#[must_use]
pub fn format_rfc3339(unix_ms: u64) -> String {
    let seconds = unix_ms / 1000;
    let (year, month, day) = civil_from_days(seconds / DAY);
    let mut text = String::with_capacity(20);
    push_number(&mut text, year, 4);
    text.push('-');
    push_number(&mut text, month, 2);
    text.push('-');
    push_number(&mut text, day, 2);
    text.push('T');
    push_time(&mut text, seconds % DAY);
    text.push('Z');
    text
}

/// Hours, minutes and seconds of these seconds of a day.
fn push_time(text: &mut String, time: u64) {
    push_number(text, time / 3600, 2);
    text.push(':');
    push_number(text, time / 60 % 60, 2);
    text.push(':');
    push_number(text, time % 60, 2);
}

/// Reads any of HTTP's three date forms (RFC 9110 §5.6.7): IMF-fixdate, RFC 850 and asctime. `None` for anything else and for
/// times before 1970. A two-digit year is 1970 to 2069. That the weekday fits the date is not checked.
#[must_use]
pub fn parse_http_date(text: &str) -> Option<u64> {
    let mut reader = Reader(text.trim_ascii().as_bytes());
    if text.contains('-') {
        reader.name(&LONG_WEEKDAYS)?;
        reader.literal(b", ")?;
        let day = reader.digits(2)?;
        reader.literal(b"-")?;
        let month = reader.name(&MONTHS)? + 1;
        reader.literal(b"-")?;
        let short = reader.digits(2)?;
        let year = short + if short < 70 { 2000 } else { 1900 };
        reader.literal(b" ")?;
        let time = reader.time()?;
        reader.literal(b" GMT")?;
        return reader.end().and_then(|()| moment(year, month, day, time));
    }
    reader.name(&WEEKDAYS)?;
    if reader.literal(b", ").is_some() {
        let day = reader.digits(2)?;
        reader.literal(b" ")?;
        let month = reader.name(&MONTHS)? + 1;
        reader.literal(b" ")?;
        let year = reader.digits(4)?;
        reader.literal(b" ")?;
        let time = reader.time()?;
        reader.literal(b" GMT")?;
        return reader.end().and_then(|()| moment(year, month, day, time));
    }
    reader.literal(b" ")?;
    let month = reader.name(&MONTHS)? + 1;
    reader.literal(b" ")?;
    let day = if reader.literal(b" ").is_some() { reader.digits(1)? } else { reader.digits(2)? };
    reader.literal(b" ")?;
    let time = reader.time()?;
    reader.literal(b" ")?;
    let year = reader.digits(4)?;
    reader.end().and_then(|()| moment(year, month, day, time))
}

/// Reads an RFC 3339 time such as `2021-10-15T07:43:56+00:00` or `…56.123Z` (API, "Date formats"). The fraction is cut to
/// milliseconds. `None` for anything else and for times before 1970.
#[must_use]
pub fn parse_rfc3339(text: &str) -> Option<u64> {
    let mut reader = Reader(text.as_bytes());
    let year = reader.digits(4)?;
    reader.literal(b"-")?;
    let month = reader.digits(2)?;
    reader.literal(b"-")?;
    let day = reader.digits(2)?;
    reader.one_of(b"Tt ")?;
    let time = reader.time()?;
    let mut ms = 0;
    if reader.literal(b".").is_some() {
        let mut worth = 100;
        ms = reader.digits(1)? * worth;
        while let Some(digit) = reader.digits(1) {
            worth /= 10;
            ms += digit * worth;
        }
    }
    let local = moment(year, month, day, time)?.checked_add(ms)?;
    let sign = reader.one_of(b"Zz+-")?;
    if matches!(sign, b'Z' | b'z') {
        return reader.end().map(|()| local);
    }
    let hours = reader.digits(2).filter(|&it| it < 24)?;
    reader.literal(b":")?;
    let minutes = reader.digits(2).filter(|&it| it < 60)?;
    reader.end()?;
    let offset = (hours * 60 + minutes) * 60_000;
    if sign == b'+' { local.checked_sub(offset) } else { local.checked_add(offset) }
}

fn name(names: &[&'static str], index: u64) -> &'static str {
    usize::try_from(index).ok().and_then(|at| names.get(at)).copied().unwrap_or("")
}

fn push_number(text: &mut String, number: u64, width: u32) {
    let mut worth = 10_u64.pow(width - 1);
    while number / worth >= 10 {
        worth *= 10;
    }
    while worth > 0 {
        text.push(char::from_digit(u32::try_from(number / worth % 10).unwrap_or(0), 10).unwrap_or('0'));
        worth /= 10;
    }
}

/// Unix milliseconds of a checked date; `time` is seconds of the day.
fn moment(year: u64, month: u64, day: u64, time: u64) -> Option<u64> {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let last = match month {
        2 => 28 + u64::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if day == 0 || day > last {
        return None;
    }
    days_from_civil(year, month, day)?.checked_mul(DAY)?.checked_add(time)?.checked_mul(1000)
}

// Both directions count from 0000-03-01, so that the leap day is the last of its year: 719 468 days before 1970.
const EPOCH: u64 = 719_468;

fn days_from_civil(year: u64, month: u64, day: u64) -> Option<u64> {
    let year = year.checked_sub(u64::from(month <= 2))?;
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    (year * 365 + year / 4 - year / 100 + year / 400 + day_of_year).checked_sub(EPOCH)
}

fn civil_from_days(days: u64) -> (u64, u64, u64) {
    let days = days + EPOCH;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (era * 400 + year_of_era + u64::from(month <= 2), month, day_of_year - (153 * shifted + 2) / 5 + 1)
}

/// What is still unread.
struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn literal(&mut self, text: &[u8]) -> Option<()> {
        self.0 = self.0.strip_prefix(text)?;
        Some(())
    }

    fn one_of(&mut self, choice: &[u8]) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        choice.contains(first).then(|| self.0 = rest)?;
        Some(*first)
    }

    fn digits(&mut self, count: usize) -> Option<u64> {
        let (digits, rest) = self.0.split_at_checked(count)?;
        let number =
            digits.iter().try_fold(0, |sum, b| b.is_ascii_digit().then(|| sum * 10 + u64::from(b - b'0')))?;
        self.0 = rest;
        Some(number)
    }

    /// `HH:MM:SS` as seconds of the day; a leap second is the first of the next minute.
    fn time(&mut self) -> Option<u64> {
        let hours = self.digits(2).filter(|&it| it < 24)?;
        self.literal(b":")?;
        let minutes = self.digits(2).filter(|&it| it < 60)?;
        self.literal(b":")?;
        let seconds = self.digits(2).filter(|&it| it <= 60)?;
        Some(hours * 3600 + minutes * 60 + seconds)
    }

    fn name(&mut self, names: &[&str]) -> Option<u64> {
        let (index, found) =
            names.iter().enumerate().find(|(_, name)| self.0.starts_with(name.as_bytes()))?;
        self.literal(found.as_bytes())?;
        u64::try_from(index).ok()
    }

    fn end(&self) -> Option<()> {
        self.0.is_empty().then_some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // Computed with Python: email.utils.formatdate(seconds, usegmt=True).
    const KNOWN: [(u64, &str); 9] = [
        (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
        (784_887_151, "Tue, 15 Nov 1994 08:12:31 GMT"),
        (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
        (951_782_399, "Mon, 28 Feb 2000 23:59:59 GMT"),
        (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"),
        (1_709_251_199, "Thu, 29 Feb 2024 23:59:59 GMT"),
        (1_795_409_013, "Mon, 23 Nov 2026 04:43:33 GMT"),
        (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT"),
        (253_402_300_799, "Fri, 31 Dec 9999 23:59:59 GMT"),
    ];

    #[test]
    fn an_rfc3339_time_is_written_as_it_is_read() {
        // Python: datetime.fromtimestamp(1634283836, UTC).isoformat()
        assert_eq!(format_rfc3339(1_634_283_836_999), "2021-10-15T07:43:56Z");
        assert_eq!(format_rfc3339(0), "1970-01-01T00:00:00Z");
        assert_eq!(parse_rfc3339(&format_rfc3339(1_709_164_800_000)), Some(1_709_164_800_000));
    }

    #[test]
    fn imf_dates_are_written_and_read_as_python_writes_them() {
        for (seconds, text) in KNOWN {
            assert_eq!(format_imf(seconds * 1000 + 999), text);
            assert_eq!(parse_http_date(text), Some(seconds * 1000));
        }
    }

    #[test]
    fn every_day_of_eight_centuries_comes_back() {
        for day in 0..146_097 * 2 {
            assert_eq!(parse_http_date(&format_imf(day * 86_400_000)), Some(day * 86_400_000));
        }
    }

    #[test]
    fn all_three_http_forms_are_read() {
        // The three examples of RFC 9110 §5.6.7 name the same moment.
        for text in
            ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"]
        {
            assert_eq!(parse_http_date(text), Some(784_111_777_000), "{text}");
        }
        assert_eq!(parse_http_date("Monday, 23-Nov-26 04:43:33 GMT"), Some(1_795_409_013_000));
        assert_eq!(parse_http_date("Mon Nov 23 04:43:33 2026"), Some(1_795_409_013_000));
    }

    #[test]
    fn nonsense_is_no_http_date() {
        for text in [
            "",
            "120",
            "Sun",
            "Sun, 31 Nov 1994 08:49:37 GMT",
            "Sun, 00 Nov 1994 08:49:37 GMT",
            "Sun, 29 Feb 2023 08:49:37 GMT",
            "Sun, 06 Nov 1994 24:00:00 GMT",
            "Sun, 06 Nov 1994 08:60:00 GMT",
            "Sun, 06 Nov 1994 08:49:37",
            "Sun, 06 Nov 1994 08:49:37 +0000",
            "Sun, 06 Nov 1994 08:49:37 GMT tomorrow",
            "Sun, 06 Nov 1969 08:49:37 GMT",
            "Sun, 06 Nov 0000 08:49:37 GMT",
            "Sun, 06 Jan 0000 08:49:37 GMT",
            "Sun Nov 6 08:49:37 1994",
            "Sunday, 06-Nov-1994 08:49:37 GMT",
            "Sön, 06 Nov 1994 08:49:37 GMT",
        ] {
            assert_eq!(parse_http_date(text), None, "{text}");
        }
    }

    #[test]
    fn rfc3339_is_read_with_z_offsets_and_fractions() {
        // Computed with Python: datetime.fromisoformat(text).timestamp().
        for (text, ms) in [
            ("2021-10-15T07:43:56+00:00", 1_634_283_836_000),
            ("2021-10-15T07:43:56Z", 1_634_283_836_000),
            ("2021-10-15t07:43:56.1z", 1_634_283_836_100),
            ("2021-10-15 07:43:56.123999999Z", 1_634_283_836_123),
            ("2021-10-15T09:43:56+02:00", 1_634_283_836_000),
            ("2021-10-15T02:13:56-05:30", 1_634_283_836_000),
            ("1970-01-01T00:00:00Z", 0),
        ] {
            assert_eq!(parse_rfc3339(text), Some(ms), "{text}");
        }
        for text in [
            "",
            "2021-10-15",
            "2021-10-15T07:43:56",
            "2021-10-15T07:43:56.Z",
            "2021-10-15T07:43:56+0000",
            "2021-10-15T07:43:56+24:00",
            "2021-13-15T07:43:56Z",
            "2021-10-15T07:43:56Z ",
            "1970-01-01T00:00:00+00:01",
            "1969-12-31T23:59:59Z",
        ] {
            assert_eq!(parse_rfc3339(text), None, "{text}");
        }
    }

    #[test]
    fn the_arithmetic_is_total() {
        assert!(format_imf(u64::MAX).ends_with(" GMT"));
    }
}
