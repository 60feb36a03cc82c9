//! How figures are written for people. Used by reports, the status line, the doctor and every command.
//!
//! Invariant: each kind of figure has one format, made here: money `$1,234.56`, durations `2h 50m` and `39s`,
//! percentages `18.5%`, sizes `1.2 GB`. Narrow tables use [`short_tokens`], status lines [`short_number`] and whole
//! percentages. What has a unit of a thousand is rounded half up, and never reads as a thousand of a smaller unit.

use crate::period::utc;
use crate::snapshot::Picodollars;

/// `1,234,567`.
pub fn grouped(number: impl Into<u128>) -> String {
    let digits = number.into().to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `$1,234.56`, rounded half up to cents. An amount that rounds to zero but is not zero is `<$0.01`.
pub fn dollars(amount: Picodollars) -> String {
    let cents = amount.cents();
    if cents == 0 && amount != Picodollars::ZERO {
        return "<$0.01".into();
    }
    format!("${}.{:02}", grouped(cents / 100), cents % 100)
}

/// A duration in ms, in its two largest units, cut off rather than rounded: `39s`, `12m`, `2h 50m`, `4d 2h`, `3h`.
pub fn span(ms: u64) -> String {
    let seconds = ms / 1000;
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    let two = |large: u64, unit: char, small: u64, small_unit: char| match small {
        0 => format!("{large}{unit}"),
        _ => format!("{large}{unit} {small}{small_unit}"),
    };
    match () {
        () if seconds < 60 => format!("{seconds}s"),
        () if minutes < 60 => format!("{minutes}m"),
        () if hours < 24 => two(hours, 'h', minutes % 60, 'm'),
        () => two(days, 'd', hours % 24, 'h'),
    }
}

/// A share as a percentage, cut off rather than rounded, so `100.0%` means that all of it is reached: `18.5%`.
pub fn percent(part: impl Into<u128>, whole: impl Into<u128>) -> String {
    let tenths = part.into().saturating_mul(1000) / whole.into().max(1);
    format!("{}.{}%", grouped(tenths / 10), tenths % 10)
}

/// A whole percentage, for narrow places: `18%`.
pub fn short_percent(percent: impl Into<u128>) -> String {
    format!("{}%", percent.into())
}

/// A number for narrow places: `999`, `35k`, `1.2M`, `12M`, `3.4G`.
pub fn short_number(number: u64) -> String {
    scaled(number, TOKENS, |tenths, unit| tenths < 100 && unit != "k")
}

/// A number for tables that are narrow, with one decimal: `999`, `34.6k`, `133.8M`.
pub fn short_tokens(number: u64) -> String {
    scaled(number, TOKENS, |_, _| true)
}

/// `14.2 MB`, in powers of 1,000.
pub fn bytes(bytes: u64) -> String {
    scaled(bytes, [" B", " kB", " MB", " GB"], |_, _| true)
}

/// The units of numbers, each a thousand times the one before it.
type Units = [&'static str; 4];
const TOKENS: Units = ["", "k", "M", "G"];

/// A number in the largest unit of which it has one, rounded half up: 999,950 is 1.0 million, not 1000.0 thousand.
/// `has_decimal` decides by its tenths and the unit whether it gets a decimal.
fn scaled(number: u64, units: Units, has_decimal: impl Fn(u64, &str) -> bool) -> String {
    let [ones, larger @ ..] = units;
    if number < 1_000 {
        return format!("{number}{ones}");
    }
    let (mut size, mut text) = (1, String::new());
    for unit in larger {
        size *= 1_000;
        let tenths = rounded(number, size / 10);
        let has_decimal = has_decimal(tenths, unit);
        let whole = if has_decimal { tenths / 10 } else { rounded(number, size) };
        let decimal = if has_decimal { format!(".{}", tenths % 10) } else { String::new() };
        text = format!("{}{decimal}{unit}", grouped(whole));
        if whole < 1_000 {
            break;
        }
    }
    text
}

/// How often `size` is in a number, rounded half up.
fn rounded(number: u64, size: u64) -> u64 {
    number / size + u64::from(number % size >= size.div_ceil(2))
}

/// A measured time in µs: `740µs`, `12.3ms`, `1.84s`; from a minute on like [`span`].
pub fn duration(us: u64) -> String {
    match us {
        0..1_000 => format!("{us}µs"),
        1_000..999_950 => format!("{}.{}ms", rounded(us, 100) / 10, rounded(us, 100) % 10),
        999_950..59_995_000 => format!("{}.{:02}s", rounded(us, 10_000) / 100, rounded(us, 10_000) % 100),
        _ => span(us / 1_000),
    }
}

/// RFC 3339 in UTC; `None` if the year does not have four digits.
pub fn rfc3339(ms: i64) -> Option<String> {
    utc(ms).map(|at| format!("{at}Z"))
}

/// `2026-11-24` from 20261124.
pub fn date(yyyymmdd: u32) -> String {
    format!("{:04}-{:02}-{:02}", yyyymmdd / 10_000, yyyymmdd / 100 % 100, yyyymmdd % 100)
}

/// A count with its noun: `1 line`, `2 lines`.
pub fn counted(count: u64, noun: &str) -> String {
    format!("{} {noun}{}", grouped(count), if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_read_well() {
        assert_eq!(grouped(0u64), "0");
        assert_eq!(grouped(1_234_567u64), "1,234,567");
        assert_eq!(dollars(Picodollars(1_234_565_000_000_000)), "$1,234.57");
        assert_eq!(dollars(Picodollars(4_000_000_000)), "<$0.01");
        assert_eq!(dollars(Picodollars::ZERO), "$0.00");
        let spans = [999, 59_999, 12 * 60_000, 65 * 60_000, 7_200_000, 50 * 3_600_000, 3 * 86_400_000];
        assert_eq!(spans.map(span), ["0s", "59s", "12m", "1h 5m", "2h", "2d 2h", "3d"]);
        assert_eq!([percent(1u64, 3u64), percent(1_999u64, 2_000u64)], ["33.3%", "99.9%"]);
        assert_eq!([percent(2_500u64, 1u64), percent(1u64, 0u64)], ["250,000.0%", "100.0%"]);
        let numbers = [999, 34_567, 1_290_000, 12_900_000, 3_456_000_000, 7_000_000_000_000];
        assert_eq!(numbers.map(short_number), ["999", "35k", "1.3M", "13M", "3.5G", "7,000G"]);
        let numbers = [999, 34_567, 133_812_456, 3_456_000_000, 7_000_000_000_000];
        assert_eq!(numbers.map(short_tokens), ["999", "34.6k", "133.8M", "3.5G", "7,000.0G"]);
        let numbers = [999_499, 999_500, 9_949_999, 9_950_000, 999_500_000, u64::MAX];
        let short = ["999k", "1.0M", "9.9M", "10M", "1.0G", "18,446,744,074G"];
        assert_eq!(numbers.map(short_number), short);
        let numbers = [52_350, 52_349, 999_949, 999_950, 999_949_999, 999_950_000];
        let short = ["52.4k", "52.3k", "999.9k", "1.0M", "999.9M", "1.0G"];
        assert_eq!(numbers.map(short_tokens), short, "half up, and never a thousand of a unit");
        assert_eq!([999_949, 999_950, 59_994_999].map(duration), ["999.9ms", "1.00s", "59.99s"]);
        assert_eq!([999, 999_950].map(bytes), ["999 B", "1.0 MB"]);
        assert_eq!([740, 12_300, 1_840_000, 61_000_000].map(duration), ["740µs", "12.3ms", "1.84s", "1m"]);
        assert_eq!([14_200_000, 1_240_000_000].map(bytes), ["14.2 MB", "1.2 GB"]);
        assert_eq!(date(20_261_124), "2026-11-24");
        assert_eq!(rfc3339(0).unwrap(), "1970-01-01T00:00:00Z");
        assert_eq!(rfc3339(253_402_300_799_120).unwrap(), "9999-12-31T23:59:59.12Z");
        assert_eq!(rfc3339(253_402_300_800_000), None);
        assert_eq!(counted(1, "file"), "1 file");
    }
}
