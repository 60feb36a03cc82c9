//! Numbers and times as Claude Code writes them in JSON.
//!
//! Invariant: whatever cannot be a count, a share or a time is `None`, never zero. Used by [`super::told`], and by the
//! status line, which reads the same input.

use jiff::Timestamp;
use serde_json::Value;

/// A number of seconds since 1970 stays below this until the year 5138; one of milliseconds has been above it since 1973.
const MILLISECONDS_FROM: i64 = 100_000_000_000;

/// A whole number that is not negative. Fractions are cut off; negative or huge numbers are `None`.
pub fn whole(number: f64) -> Option<i64> {
    #[allow(clippy::cast_possible_truncation)] // checked
    (0.0..9e15).contains(&number).then_some(number as i64)
}

/// A share in millionths, from percent. More than a hundred is a share that is exceeded; a negative or huge one is `None`.
pub fn millionths(percent: f64) -> Option<u64> {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // checked
    (0.0..1e6).contains(&percent).then_some((percent * 1e4).round() as u64)
}

/// A time in milliseconds UTC, from seconds or milliseconds since 1970 or RFC 3339.
pub fn time_ms(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => {
            let number = whole(number.as_f64()?)?;
            if number < MILLISECONDS_FROM { number.checked_mul(1000) } else { Some(number) }
        }
        Value::String(text) => text.parse::<Timestamp>().ok().map(Timestamp::as_millisecond),
        _ => None,
    }
}
