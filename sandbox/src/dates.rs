//! Reads the many ways in which clients write a date, and writes the one way of HTTP.
//!
//! Accepted are the forms that are known to reach the API: IMF-fixdate, RFC 2822 with a numeric offset, an unpadded
//! day, and ISO 8601 with `T` or a space. Whether a date is close enough is the gate's business.

use time::{Date, Month, OffsetDateTime, PrimitiveDateTime, Time, UtcOffset};

const WEEKDAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Unix milliseconds of a date in any accepted form; `None` if it is in none of them.
pub fn parse(text: &str) -> Option<i64> {
    let text = text.trim();
    let at = if text.starts_with(|c: char| c.is_ascii_digit()) && text.get(4..5) == Some("-") {
        iso_8601(text)?
    } else {
        rfc_2822(text)?
    };
    i64::try_from(at.unix_timestamp_nanos() / 1_000_000).ok()
}

/// `Tue, 15 Nov 1994 08:12:31 GMT`, as HTTP wants it.
pub fn http_date(unix_ms: u64) -> String {
    let at = moment(unix_ms);
    let weekday =
        WEEKDAYS.get(usize::from(at.weekday().number_days_from_monday())).copied().unwrap_or_default();
    let month = MONTHS.get(usize::from(u8::from(at.month())) - 1).copied().unwrap_or_default();
    let (hour, minute, second) = at.to_hms();
    format!("{weekday}, {:02} {month} {:04} {hour:02}:{minute:02}:{second:02} GMT", at.day(), at.year())
}

/// `1994-11-15T08:12:31+00:00`, as the API writes times.
pub fn rfc_3339(unix_ms: u64) -> String {
    let at = moment(unix_ms);
    let (hour, minute, second) = at.to_hms();
    format!(
        "{:04}-{:02}-{:02}T{hour:02}:{minute:02}:{second:02}+00:00",
        at.year(),
        u8::from(at.month()),
        at.day()
    )
}

fn moment(unix_ms: u64) -> OffsetDateTime {
    let seconds = i64::try_from(unix_ms / 1000).unwrap_or(i64::MAX);
    OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

/// `[Tue, ]15 Nov 1994 08:12:31 (GMT|UTC|Z|+0000)`.
fn rfc_2822(text: &str) -> Option<OffsetDateTime> {
    let text = match text.split_once(',') {
        Some((weekday, rest)) => WEEKDAYS.contains(&weekday).then_some(rest)?,
        None => text,
    };
    let mut parts = text.split_ascii_whitespace();
    let day = digits(parts.next()?, 1..=2)?;
    let month = parts.next().and_then(|name| MONTHS.iter().position(|month| *month == name))?;
    let year = digits(parts.next()?, 4..=4)?;
    let clock = parts.next()?;
    let zone = zone(parts.next()?)?;
    if parts.next().is_some() {
        return None;
    }
    at(year, u32::try_from(month + 1).ok()?, day, clock, zone)
}

/// `1994-11-15T08:12:31[.5](Z|+00:00|+0000| UTC| 00:00)`: a `+` that was read as a space in a query is forgiven.
fn iso_8601(text: &str) -> Option<OffsetDateTime> {
    let (date, rest) = (text.get(..10)?, text.get(10..)?);
    let rest = rest.strip_prefix(['T', 't', ' '])?;
    let end = rest.find(|c: char| !c.is_ascii_digit() && c != ':' && c != '.')?;
    let (clock, offset) = rest.split_at(end);
    let offset = match offset.strip_prefix(' ') {
        Some(spaced) if spaced.starts_with(|c: char| c.is_ascii_digit()) => format!("+{spaced}"),
        Some(spaced) => spaced.to_owned(),
        None => offset.to_owned(),
    };
    let mut numbers = date.split('-');
    let year = digits(numbers.next()?, 4..=4)?;
    let month = digits(numbers.next()?, 2..=2)?;
    let day = digits(numbers.next()?, 2..=2)?;
    at(year, month, day, clock, zone(&offset)?)
}

fn at(year: u32, month: u32, day: u32, clock: &str, zone: UtcOffset) -> Option<OffsetDateTime> {
    let month = Month::try_from(u8::try_from(month).ok()?).ok()?;
    let date = Date::from_calendar_date(i32::try_from(year).ok()?, month, u8::try_from(day).ok()?).ok()?;
    Some(PrimitiveDateTime::new(date, time_of_day(clock)?).assume_offset(zone))
}

/// `08:12:31`, with a fraction that is kept to the millisecond.
fn time_of_day(clock: &str) -> Option<Time> {
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    let mut parts =
        clock.split(':').map(|part| digits(part, 2..=2).and_then(|number| u8::try_from(number).ok()));
    let (hour, minute, second) = (parts.next()??, parts.next()??, parts.next()??);
    let millis: u16 = if fraction.bytes().all(|b| b.is_ascii_digit()) && !fraction.is_empty() {
        format!("{fraction:0<3}").get(..3)?.parse().ok()?
    } else {
        return None;
    };
    if parts.next().is_some() {
        return None;
    }
    Time::from_hms_milli(hour, minute, second, millis).ok()
}

fn zone(text: &str) -> Option<UtcOffset> {
    if ["GMT", "UTC", "UT", "Z", "z"].contains(&text) {
        return Some(UtcOffset::UTC);
    }
    let sign: i8 = match text.get(..1)? {
        "+" => 1,
        "-" => -1,
        _ => return None,
    };
    let offset = text.get(1..)?.replace(':', "");
    digits(&offset, 4..=4)?;
    let hours: i8 = offset.get(..2)?.parse().ok()?;
    let minutes: i8 = offset.get(2..)?.parse().ok()?;
    UtcOffset::from_hms(sign * hours, sign * minutes, 0).ok()
}

fn digits(text: &str, length: std::ops::RangeInclusive<usize>) -> Option<u32> {
    (length.contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 784887151: `date -u -d '1994-11-15 08:12:31' +%s`.
    const PUBLISHED: i64 = 784_887_151_000;

    #[test]
    fn every_form_that_clients_send_is_the_same_moment() {
        for text in [
            "Tue, 15 Nov 1994 08:12:31 GMT",
            "Tue, 15 Nov 1994 08:12:31 +0000",
            "15 Nov 1994 08:12:31 UTC",
            "Tue, 15 Nov 1994 10:12:31 +0200",
            "1994-11-15T08:12:31Z",
            "1994-11-15T08:12:31+00:00",
            "1994-11-15T08:12:31.000Z",
            "1994-11-15 08:12:31 UTC",
            "1994-11-15T08:12:31 00:00",
            "1994-11-15T03:42:31-04:30",
        ] {
            assert_eq!(parse(text), Some(PUBLISHED), "{text}");
        }
    }

    #[test]
    fn an_unpadded_day_is_read() {
        // `date -u -d '2022-01-06 12:09:25' +%s`
        assert_eq!(parse("Thu, 6 Jan 2022 12:09:25 GMT"), Some(1_641_470_965_000));
    }

    #[test]
    fn what_is_no_date_is_none() {
        for text in
            ["", "soon", "784887151", "Tue, 15 Nov 1994", "Tue, 32 Nov 1994 08:12:31 GMT", "1994-11-15", "é"]
        {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn dates_are_written_as_http_and_as_the_api_want_them() {
        assert_eq!(http_date(784_887_151_999), "Tue, 15 Nov 1994 08:12:31 GMT");
        assert_eq!(rfc_3339(784_887_151_999), "1994-11-15T08:12:31+00:00");
    }
}
