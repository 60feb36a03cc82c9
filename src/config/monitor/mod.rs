//! `[monitor]` in the config file: the look, pace and keys of `cco monitor`.
//!
//! Invariant: a key means at most one thing, and every action has a key.

pub(super) mod keys;

use super::error::FileError;
use super::section::Section;

pub use keys::{Action, Key, KeyCode, Keys};

pub(super) const KEYS: [&str; 5] = ["theme", "symbols", "rate", "mouse", "keys"];
const THEMES: [(&str, Theme); 3] =
    [("default", Theme::Default), ("bright", Theme::Bright), ("mono", Theme::Mono)];
const SYMBOLS: [(&str, Symbols); 2] = [("unicode", Symbols::Unicode), ("ascii", Symbols::Ascii)];
/// The most redraws a second.
const RATE_MAX: u64 = 20;

/// The content of the section, with defaults for what it leaves out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Monitor {
    /// Which colours.
    pub theme: Theme,
    /// Which characters bars and lines are made of; `None` to go by the locale.
    pub symbols: Option<Symbols>,
    /// The most redraws a second.
    pub rate: u8,
    /// Whether wheel and clicks go to the monitor instead of the terminal.
    pub mouse: bool,
    /// What each key does.
    pub keys: Keys,
}

/// Which colours the monitor uses. All are of the terminal's own palette.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// Those of all reports.
    #[default]
    Default,
    /// Their bright variants, for dark backgrounds on which the others are hard to read.
    Bright,
    /// None: bold, dim and shapes only.
    Mono,
}

/// The characters that bars and lines are made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Symbols {
    /// Blocks and lines.
    Unicode,
    /// ASCII only, for terminals without Unicode.
    Ascii,
}

impl Default for Monitor {
    fn default() -> Self {
        Self { theme: Theme::default(), symbols: None, rate: 5, mouse: false, keys: Keys::default() }
    }
}

impl Theme {
    /// Its name in the config file.
    pub fn name(self) -> &'static str {
        named(&THEMES, self)
    }
}

impl Symbols {
    /// Its name in the config file.
    pub fn name(self) -> &'static str {
        named(&SYMBOLS, self)
    }
}

fn named<T: Copy + PartialEq>(all: &[(&'static str, T)], value: T) -> &'static str {
    all.iter().find(|(_, it)| *it == value).map_or("", |(name, _)| name)
}

pub(super) fn read(section: Section<'_>) -> Result<Monitor, FileError> {
    let mut monitor = Monitor::default();
    for value in section.values() {
        match value.key {
            "theme" => monitor.theme = value.one_of(&THEMES)?,
            "symbols" => monitor.symbols = Some(value.one_of(&SYMBOLS)?),
            "rate" => {
                let rate = value.whole(RATE_MAX)?;
                let rate = u8::try_from(rate).ok().filter(|rate| *rate > 0);
                monitor.rate = rate.ok_or_else(|| {
                    value.refuse(format!("expected redraws per second, from 1 to {RATE_MAX}"))
                })?;
            }
            "mouse" => monitor.mouse = value.truth()?,
            "keys" => {
                let keys = value.section().ok_or_else(|| value.refuse("expected a table of actions"))?;
                monitor.keys = keys::read(keys)?;
            }
            _ => return Err(value.unknown(&KEYS)),
        }
    }
    Ok(monitor)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::file;

    fn monitor(text: &str) -> Result<Monitor, String> {
        let file = file::parse(text, Path::new("/c.toml"), None).map_err(|error| error.to_string())?;
        Ok(file.monitor.unwrap_or_default())
    }

    #[test]
    fn what_is_left_out_has_its_default() {
        assert_eq!(monitor("").unwrap(), Monitor::default());
        let read = monitor("[monitor]\nrate = 2\ntheme = 'mono'\nsymbols = 'ascii'\nmouse = true").unwrap();
        assert_eq!((read.rate, read.theme, read.symbols), (2, Theme::Mono, Some(Symbols::Ascii)));
        assert!(read.mouse);
        assert_eq!(read.keys, Keys::default());
    }

    #[test]
    fn a_mistake_is_reported_with_its_line_and_what_to_write() {
        for (text, words) in [
            ("[monitor]\nthemes = 'mono'", "/c.toml:2: unknown setting \"themes\": did you mean theme?"),
            ("[monitor]\ntheme = 'mone'", "theme: unknown value \"mone\": did you mean mono?"),
            ("[monitor]\ntheme = 'x'", "theme: expected default, bright or mono"),
            ("[monitor]\nrate = 0", "from 1 to 20"),
            ("[monitor]\nrate = 21", "from 0 to 20"),
            ("[monitor]\nmouse = 'yes'", "mouse: expected true or false"),
            ("[monitor]\nkeys = 1", "keys: expected a table"),
            ("[monitor.keys]\nqiut = 'q'", "/c.toml:2: unknown setting \"qiut\": did you mean quit?"),
            ("monitor = 3", "expected a table"),
        ] {
            let error = monitor(text).unwrap_err();
            assert!(error.contains(words), "{text}: {error}");
        }
    }
}
