//! Converts RFC 3339 timestamps to milliseconds UTC.
//!
//! Invariant: only RFC 3339's `date-time` is accepted. The offset is required, the day must exist in its
//! month, `t` and `z` may be lower-case, and a space does not replace the `T`. Digits below a millisecond are
//! cut off, which rounds down, also before 1970. A leap second (`:60`) reads as second 59, so its record
//! still counts and stays within its minute. It is accepted in any minute, because there is no table of real
//! leap seconds.

/// Milliseconds UTC of an RFC 3339 timestamp.
pub(super) fn parse(bytes: &[u8]) -> Option<i64> {
    let (moment, rest) = bytes.split_at_checked(19)?;
    let separators = [moment[4], moment[7], moment[10].to_ascii_uppercase(), moment[13], moment[16]];
    if separators != *b"--T::" {
        return None;
    }
    let year = number(&moment[..4])?;
    let month = number(&moment[5..7]).filter(|month| (1..=12).contains(month))?;
    let day = number(&moment[8..10]).filter(|day| (1..=days_in(year, month)).contains(day))?;
    let hour = number(&moment[11..13]).filter(|&hour| hour < 24)?;
    let minute = number(&moment[14..16]).filter(|&minute| minute < 60)?;
    let second = number(&moment[17..19]).filter(|&second| second <= 60)?.min(59);
    let (millisecond, offset) = fraction(rest)?;
    let offset_minutes = offset_minutes(offset)?;
    let minutes = days_since_1970(year, month, day) * 1440 + hour * 60 + minute - offset_minutes;
    Some((minutes * 60 + second) * 1000 + millisecond)
}

/// An optional fraction of a second, in milliseconds, and the bytes after it.
fn fraction(rest: &[u8]) -> Option<(i64, &[u8])> {
    let Some(digits) = rest.strip_prefix(b".") else { return Some((0, rest)) };
    let length = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, rest) = digits.split_at(length);
    if digits.is_empty() {
        return None;
    }
    let millisecond =
        (0..3).fold(0, |sum, at| sum * 10 + digits.get(at).map_or(0, |&digit| i64::from(digit - b'0')));
    Some((millisecond, rest))
}

/// `Z` or `±HH:MM`, in minutes east of UTC.
fn offset_minutes(text: &[u8]) -> Option<i64> {
    match *text {
        [b'Z' | b'z'] => Some(0),
        [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] => {
            let hours = number(&[h1, h2]).filter(|&hours| hours < 24)?;
            let minutes = number(&[m1, m2]).filter(|&minutes| minutes < 60)?;
            let offset = hours * 60 + minutes;
            Some(if sign == b'-' { -offset } else { offset })
        }
        _ => None,
    }
}

fn number(digits: &[u8]) -> Option<i64> {
    digits.iter().try_fold(0, |sum, digit| digit.is_ascii_digit().then(|| sum * 10 + i64::from(digit - b'0')))
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 => 28 + i64::from(is_leap(year)),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970-01-01 in the proleptic Gregorian calendar.
///
/// Years are counted from March, so the leap day comes last. The days before a month are then linear in its
/// number (153 days in any five months), and the days before a year do not depend on whether that year is a
/// leap year.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days_before_year = year * 365 + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    let days_before_month = (month * 153 + 2) / 5;
    days_before_year + days_before_month + day - 1 - 719_468
}

#[cfg(test)]
mod tests {
    fn parse(text: &str) -> Option<i64> {
        super::parse(text.as_bytes())
    }

    #[test]
    fn any_valid_timestamp_reads_as_the_calendar_says() {
        let mut day = jiff::civil::date(0, 1, 1);
        while day < jiff::civil::date(9999, 12, 1) {
            for (clock, offset) in [("00:00:00", "Z"), ("23:59:59.999", "+00:00"), ("07:08:09.5", "-23:59")] {
                let text = format!("{day}T{clock}{offset}");
                let expected: jiff::Timestamp = text.parse().unwrap();
                assert_eq!(parse(&text), Some(expected.as_millisecond()), "{text}");
            }
            day = day.saturating_add(jiff::Span::new().days(197));
        }
    }

    #[test]
    fn letters_may_be_lower_case_and_fractions_may_have_any_length() {
        let expected = parse("2026-11-10T10:00:00.123Z");
        assert_eq!(expected, Some(1_794_304_800_123));
        assert_eq!(parse("2026-11-10t10:00:00.123999999999z"), expected);
        assert_eq!(parse("2026-11-10T12:00:00.1239+02:00"), expected);
        assert_eq!(parse("2026-11-10T10:00:00.1Z"), parse("2026-11-10T10:00:00.100Z"));
        assert_eq!(parse("1969-12-31T23:59:59.9999Z"), Some(-1), "rounds down, not towards zero");
        assert_eq!(parse("2026-11-10T10:00:00-00:00"), parse("2026-11-10T10:00:00Z"));
    }

    #[test]
    fn a_leap_second_reads_as_second_59() {
        assert_eq!(parse("2016-12-31T23:59:60.5Z"), parse("2016-12-31T23:59:59.5Z"));
    }

    #[test]
    fn anything_else_is_not_a_timestamp() {
        for bad in [
            "",
            "yesterday",
            "2026-11-10",
            "2026-11-10T10:00:00",
            "2026-11-10 10:00:00Z",
            "2026-11-10T10:00Z",
            "2026-11-10T10:00:00.Z",
            "2026-11-10T10:00:00,5Z",
            "2026-11-10T10:00:00+0200",
            "2026-11-10T10:00:00+02",
            "2026-11-10T10:00:00+24:00",
            "2026-11-10T10:00:00+02:60",
            "2026-11-10T24:00:00Z",
            "2026-11-10T10:60:00Z",
            "2026-11-10T10:00:61Z",
            "2026-13-40T00:00:00Z",
            "2026-02-29T00:00:00Z",
            "1900-02-29T00:00:00Z",
            "2026-04-31T00:00:00Z",
            "2026-00-01T00:00:00Z",
            "2026-01-00T00:00:00Z",
            "+2026-11-10T10:00:00Z",
            "2026-11-10T10:00:00Z ",
            " 2026-11-10T10:00:00Z",
            "2026-11-10T10:00:00ZZ",
            "2026-11-10T10:00:00é",
            "1794304800",
        ] {
            assert_eq!(parse(bad), None, "{bad:?}");
        }
    }
}
