//! Reads JSON values that may be of any type, as in Claude Code's input.
//!
//! Invariant: a value of an unexpected type is `None`, and makes nothing else unknown. Used by `claude`, `told` and
//! `subagents`.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::limits::{time_ms, whole};

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
    whole(value(raw)?).map(i64::unsigned_abs)
}

/// A time in milliseconds UTC, from seconds or milliseconds since 1970 or RFC 3339.
pub(super) fn time(raw: Raw<'_>) -> Option<i64> {
    time_ms(&value::<Value>(raw)?)
}
