//! `[guard]` in the config file: from which cost on a session, a day, a block or a project's day is warned of and stopped.
//!
//! Invariant: bounds are exact and above zero, and a warning comes before its stop. Without the section nothing is guarded.

use super::error::FileError;
use super::section::{Section, Value};
use crate::pricing::parse_price;
use crate::snapshot::Picodollars;

pub(super) const KEYS: [&str; 5] = ["session", "day", "block", "project", "strict"];
pub(super) const BOUNDS: [&str; 2] = ["warn", "stop"];
/// What an amount looks like.
pub const AMOUNT: &str = "USD: a plain decimal above 0, up to 1000000, with at most 12 decimals";

/// What is guarded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Guard {
    /// A session, all of it.
    pub session: Bounds,
    /// A day of all projects.
    pub day: Bounds,
    /// A 5-hour block.
    pub block: Bounds,
    /// A day of each project.
    pub project: Bounds,
    /// Whether to stop everything while there are no current figures.
    pub is_strict: bool,
}

/// From which cost on to warn, and to stop.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bounds {
    /// Warn once it is reached.
    pub warn: Option<Picodollars>,
    /// Stop once it is reached.
    pub stop: Option<Picodollars>,
}

impl Guard {
    /// Whether nothing is guarded.
    pub fn is_empty(&self) -> bool {
        [self.session, self.day, self.block, self.project].iter().all(|bounds| bounds.is_empty())
    }
}

impl Bounds {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.warn.is_none() && self.stop.is_none()
    }

    /// Whether the warning would come with the stop or after it, and so never.
    pub fn is_mixed_up(&self) -> bool {
        self.warn.zip(self.stop).is_some_and(|(warn, stop)| warn >= stop)
    }
}

/// An amount of a bound, as it is written; `None` if it is not one.
pub fn amount(text: &str) -> Option<Picodollars> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    parse_price(text).filter(|amount| is_plain && *amount > Picodollars::ZERO)
}

pub(super) fn read(section: Section<'_>) -> Result<Guard, FileError> {
    let mut guard = Guard::default();
    for value in section.values() {
        match value.key {
            "session" => guard.session = bounds(&value)?,
            "day" => guard.day = bounds(&value)?,
            "block" => guard.block = bounds(&value)?,
            "project" => guard.project = bounds(&value)?,
            "strict" => guard.is_strict = value.truth()?,
            _ => return Err(value.unknown(&KEYS)),
        }
    }
    Ok(guard)
}

fn bounds(of: &Value<'_>) -> Result<Bounds, FileError> {
    let section =
        of.section().ok_or_else(|| of.refuse("expected bounds: { warn = \"5\", stop = \"15\" }"))?;
    let mut bounds = Bounds::default();
    for value in section.values() {
        let bound = match value.key {
            "warn" => &mut bounds.warn,
            "stop" => &mut bounds.stop,
            _ => return Err(value.unknown(&BOUNDS)),
        };
        *bound = Some(value.decimal(amount, AMOUNT)?);
    }
    if bounds.is_mixed_up() {
        return Err(of.refuse("warn must be below stop: from stop on there is nothing to warn of"));
    }
    Ok(bounds)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::file::parse;
    use super::*;

    fn guard(text: &str) -> Result<Option<Guard>, String> {
        parse(text, Path::new("/c.toml"), None).map(|file| file.guard).map_err(|error| error.to_string())
    }

    #[test]
    fn bounds_are_read_exactly_and_none_guard_nothing() {
        assert_eq!(guard("").unwrap(), None);
        assert!(guard("[guard]").unwrap().unwrap().is_empty());
        let read = guard(
            "[guard]\nsession = { warn = \"5\", stop = 15.000000000001 }\nday.stop = 50\nstrict = true",
        );
        let read = read.unwrap().unwrap();
        assert_eq!(read.session.warn, Some(Picodollars(5_000_000_000_000)));
        assert_eq!(read.session.stop, Some(Picodollars(15_000_000_000_001)));
        assert_eq!((read.day.warn, read.day.stop), (None, Some(Picodollars(50_000_000_000_000))));
        assert!(read.is_strict && !read.is_empty() && read.block.is_empty());
    }

    #[test]
    fn what_is_mistyped_is_refused_with_its_line() {
        let error = guard("[guard]\nsesion = {}").unwrap_err();
        assert_eq!(error, "/c.toml:2: unknown setting \"sesion\": did you mean session?");
        assert!(guard("[guard]\nday = 5").unwrap_err().contains("expected bounds"));
        assert!(guard("[guard]\nday = { stp = 5 }").unwrap_err().contains("did you mean stop?"));
        for amount in ["0", "-1", "\"1e2\"", "\"5 USD\""] {
            let error = guard(&format!("[guard]\nday = {{ stop = {amount} }}")).unwrap_err();
            assert!(error.contains("stop: expected USD"), "{error}");
        }
        for mixed_up in ["{ warn = 15, stop = 5 }", "{ warn = 5, stop = \"5.00\" }"] {
            let error = guard(&format!("[guard]\nday = {mixed_up}")).unwrap_err();
            assert!(error.starts_with("/c.toml:2: day: warn must be below stop"), "{error}");
        }
    }
}
