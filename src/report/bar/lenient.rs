//! Values of JSON that may be of any kind, as those of Claude Code's input are.
//!
//! Invariant: a value of another kind than the one asked for is `None`, and nothing else becomes unknown by it.

use jiff::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

/// A number of seconds since 1970 stays below this until the year 5138; one of milliseconds has been above it since 1973.
const MILLISECONDS_FROM: i64 = 100_000_000_000;

/// A value, if there is one.
pub(super) type Raw<'a> = Option<&'a RawValue>;

/// Parses an object. Serde would also accept a list, so that is refused first.
pub(super) fn object<'a, T: Deserialize<'a>>(text: &'a str) -> Option<T> {
    text.starts_with('{').then(|| serde_json::from_str(text).ok()).flatten()
}

pub(super) fn member<'a, T: Deserialize<'a> + Default>(raw: Raw<'a>) -> T {
    raw.and_then(|raw| object(raw.get())).unwrap_or_default()
}

pub(super) fn value<T: DeserializeOwned>(raw: Raw<'_>) -> Option<T> {
    serde_json::from_str(raw?.get()).ok()
}

pub(super) fn words(raw: Raw<'_>) -> Option<String> {
    value::<String>(raw).filter(|text| !text.is_empty())
}

/// A whole number. Fractions are cut off; negative or huge numbers are `None`.
pub(super) fn count(raw: Raw<'_>) -> Option<u64> {
    let number: f64 = value(raw)?;
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // checked
    (0.0..9e15).contains(&number).then_some(number as u64)
}

/// A time in milliseconds UTC, from seconds or milliseconds since 1970 or RFC 3339.
pub(super) fn time(raw: Raw<'_>) -> Option<i64> {
    if let Some(number) = count(raw) {
        let number = i64::try_from(number).ok()?;
        return if number < MILLISECONDS_FROM { number.checked_mul(1000) } else { Some(number) };
    }
    let at: Timestamp = words(raw)?.parse().ok()?;
    Some(at.as_millisecond())
}
