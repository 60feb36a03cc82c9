//! How figures are written for people: grouped thousands, money, spans of time.

use std::borrow::Cow;

use jiff::Timestamp;

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

/// `$1,234.56`, rounded half up to cents; what is more than nothing and less than a cent is `<$0.01`.
pub fn dollars(amount: Picodollars) -> String {
    let cents = amount.cents();
    if cents == 0 && amount != Picodollars::ZERO {
        return "<$0.01".into();
    }
    format!("${}.{:02}", grouped(cents / 100), cents % 100)
}

/// A span in its two largest units: `3 s`, `2 min`, `1 h 05 min`, `4 d 2 h`.
pub fn span(ms: u64) -> String {
    let seconds = ms / 1000;
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    match () {
        () if seconds < 60 => format!("{seconds} s"),
        () if minutes < 60 => format!("{minutes} min"),
        () if hours < 48 => format!("{hours} h {:02} min", minutes % 60),
        () => format!("{days} d {} h", hours % 24),
    }
}

/// A span where there is little room: `45s`, `12m`, `1h05m`, `2d03h`.
pub fn short_span(ms: u64) -> String {
    let seconds = ms / 1000;
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    match () {
        () if seconds < 60 => format!("{seconds}s"),
        () if minutes < 60 => format!("{minutes}m"),
        () if hours < 24 => format!("{hours}h{:02}m", minutes % 60),
        () => format!("{days}d{:02}h", hours % 24),
    }
}

/// A number where there is little room, cut off rather than rounded: `999`, `34k`, `1.2M`, `12M`, `3.4G`.
pub fn short_number(number: u64) -> String {
    let scaled = |unit: u64, name: char| {
        let tenths = number / (unit / 10);
        if tenths < 100 && unit > 1000 {
            format!("{}.{}{name}", tenths / 10, tenths % 10)
        } else {
            format!("{}{name}", grouped(number / unit))
        }
    };
    match number {
        0..1_000 => number.to_string(),
        1_000..1_000_000 => scaled(1_000, 'k'),
        1_000_000..1_000_000_000 => scaled(1_000_000, 'M'),
        _ => scaled(1_000_000_000, 'G'),
    }
}

/// A short time as it was measured: `740 µs`, `12.3 ms`, `1.84 s`.
#[allow(clippy::cast_precision_loss)] // for reading only
pub fn duration(us: u64) -> String {
    match us {
        0..1_000 => format!("{us} µs"),
        1_000..1_000_000 => format!("{:.1} ms", us as f64 / 1e3),
        _ => format!("{:.2} s", us as f64 / 1e6),
    }
}

/// `14.2 MB`, in powers of 1,000.
#[allow(clippy::cast_precision_loss)] // for reading only
pub fn bytes(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{:.1} kB", bytes as f64 / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} MB", bytes as f64 / 1e6),
        _ => format!("{:.2} GB", bytes as f64 / 1e9),
    }
}

/// RFC 3339 in UTC; `None` for a number that is no time jiff can name.
pub fn rfc3339(ms: i64) -> Option<String> {
    Timestamp::from_millisecond(ms).ok().map(|at| at.to_string())
}

/// `2026-11-24` from 20261124.
pub fn date(yyyymmdd: u32) -> String {
    format!("{:04}-{:02}-{:02}", yyyymmdd / 10_000, yyyymmdd / 100 % 100, yyyymmdd % 100)
}

/// Text from a transcript or a path, safe to show on a terminal and in one line: control characters stand as
/// escapes, so that no name can move the cursor or break a line.
pub fn plain(text: &str) -> Cow<'_, str> {
    if !text.contains(char::is_control) {
        return Cow::Borrowed(text);
    }
    let escaped = |c: char| if c.is_control() { c.escape_default().to_string() } else { c.to_string() };
    Cow::Owned(text.chars().map(escaped).collect())
}

/// `count` and its noun: `1 line`, `2 lines`.
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
        assert_eq!(span(59_999), "59 s");
        assert_eq!(span(65 * 60_000), "1 h 05 min");
        assert_eq!(span(50 * 3_600_000), "2 d 2 h");
        assert_eq!([45_000, 65 * 60_000, 51 * 3_600_000].map(short_span), ["45s", "1h05m", "2d03h"]);
        let numbers = [999, 34_567, 1_290_000, 12_900_000, 3_456_000_000, 7_000_000_000_000];
        assert_eq!(numbers.map(short_number), ["999", "34k", "1.2M", "12M", "3.4G", "7,000G"]);
        assert_eq!(duration(1_840_000), "1.84 s");
        assert_eq!(bytes(14_200_000), "14.2 MB");
        assert_eq!(date(20_261_124), "2026-11-24");
        assert_eq!(rfc3339(0).unwrap(), "1970-01-01T00:00:00Z");
        assert_eq!(counted(1, "file"), "1 file");
        assert_eq!(plain("é日"), "é日");
        assert_eq!(plain("\u{1b}[2J\n"), "\\u{1b}[2J\\n");
    }
}
