//! Reads a table of the config file value by value, so every error has a line number. Used by `alerts`, `budgets`
//! and `prices`.
//!
//! Invariant: an amount is taken exactly as written, string or number, and never passes through floating point. An
//! unknown key is an error.

use std::borrow::Cow;
use std::ops::Range;
use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::error::FileError;
use super::suggest::nearest;

/// The file, for errors.
#[derive(Clone, Copy)]
pub(super) struct Origin<'a> {
    pub(super) text: &'a str,
    pub(super) path: &'a Path,
}

impl Origin<'_> {
    /// An error at this place.
    pub(super) fn refuse(&self, span: Range<usize>, what: String) -> FileError {
        let line = Some(line_of(self.text, span.start));
        FileError::Syntax { path: self.path.into(), line, what }
    }
}

/// A table and the file it is in.
#[derive(Clone, Copy)]
pub(super) struct Section<'a> {
    pub(super) origin: Origin<'a>,
    pub(super) table: &'a DeTable<'a>,
}

/// A value and its key.
#[derive(Clone)]
pub(super) struct Value<'a> {
    origin: Origin<'a>,
    pub(super) key: &'a str,
    pub(super) key_span: Range<usize>,
    value: &'a DeValue<'a>,
}

impl<'a> Section<'a> {
    /// All its values, ordered by key.
    pub(super) fn values(self) -> impl Iterator<Item = Value<'a>> {
        let origin = self.origin;
        self.table.iter().map(move |(key, value)| Value {
            origin,
            key: key.get_ref(),
            key_span: key.span(),
            value: value.get_ref(),
        })
    }
}

impl<'a> Value<'a> {
    /// An error about this value.
    pub(super) fn refuse(&self, what: impl std::fmt::Display) -> FileError {
        self.origin.refuse(self.key_span.clone(), format!("{}: {what}", self.key))
    }

    /// The error that this key is not one of `known`.
    pub(super) fn unknown(&self, known: &[&str]) -> FileError {
        FileError::UnknownKey {
            path: self.origin.path.into(),
            line: line_of(self.origin.text, self.key_span.start),
            key: self.key.into(),
            meant: nearest(self.key, known).map(str::to_owned),
        }
    }

    /// The table, if it is one.
    pub(super) fn section(&self) -> Option<Section<'a>> {
        let DeValue::Table(table) = self.value else { return None };
        Some(Section { origin: self.origin, table })
    }

    /// The string; an error if it is not one.
    pub(super) fn text(&self) -> Result<&'a str, FileError> {
        self.value.as_str().ok_or_else(|| self.refuse("expected a string"))
    }

    /// `true` or `false`.
    pub(super) fn truth(&self) -> Result<bool, FileError> {
        match self.value {
            DeValue::Boolean(truth) => Ok(*truth),
            _ => Err(self.refuse("expected true or false")),
        }
    }

    /// The value with this name.
    pub(super) fn one_of<T: Copy>(&self, all: &[(&str, T)]) -> Result<T, FileError> {
        let name = self.text()?;
        if let Some((_, value)) = all.iter().find(|(it, _)| *it == name) {
            return Ok(*value);
        }
        let names: Vec<_> = all.iter().map(|(name, _)| *name).collect();
        Err(match (nearest(name, &names), names.split_last()) {
            (Some(meant), _) => self.refuse(format!("unknown value {name:?}: did you mean {meant}?")),
            (None, Some((last, others))) => self.refuse(format!("expected {} or {last}", others.join(", "))),
            (None, None) => self.refuse("expected nothing"),
        })
    }

    /// Whether it is `false`.
    pub(super) fn is_false(&self) -> bool {
        matches!(self.value, DeValue::Boolean(false))
    }

    /// A list of strings; `None` if it is not a list.
    pub(super) fn texts(&self) -> Option<Result<Vec<String>, FileError>> {
        let DeValue::Array(list) = self.value else { return None };
        let text = |value: &DeValue<'_>| {
            value.as_str().map(str::to_owned).ok_or_else(|| self.refuse("expected a list of strings"))
        };
        Some(list.iter().map(|value| text(value.get_ref())).collect())
    }

    /// A list of tables.
    pub(super) fn sections(&self) -> Result<Vec<Section<'a>>, FileError> {
        let DeValue::Array(list) = self.value else { return Err(self.refuse("expected a list of tables")) };
        let sections = list.iter().map(|value| match value.get_ref() {
            DeValue::Table(table) => Ok(Section { origin: self.origin, table }),
            _ => Err(self.refuse("expected a list of tables")),
        });
        sections.collect()
    }

    /// A whole number.
    pub(super) fn whole(&self, most: u64) -> Result<u64, FileError> {
        let number = match self.value {
            DeValue::Integer(number) if number.radix() == 10 => number.as_str().parse().ok(),
            _ => None,
        };
        number
            .filter(|number| *number <= most)
            .ok_or_else(|| self.refuse(format!("expected a whole number from 0 to {most}")))
    }

    /// A decimal that `read` parses exactly, written as a number or a string, without exponent.
    pub(super) fn decimal<T>(
        &self,
        read: impl Fn(&str) -> Option<T>,
        expected: &str,
    ) -> Result<T, FileError> {
        let written = match self.value {
            DeValue::String(text) => text,
            DeValue::Float(number) => number.as_str(),
            DeValue::Integer(number) if number.radix() == 10 => number.as_str(),
            _ => "",
        };
        let is_plain = written.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        read(written).filter(|_| is_plain).ok_or_else(|| self.refuse(format!("expected {expected}")))
    }
}

/// The first key in a section of the file that is not one of `known`, and the most similar that is.
pub(super) fn unknown_key<'a, 'i>(
    file: &'a DeTable<'i>,
    section: &str,
    known: &[&'static str],
) -> Option<(&'a Spanned<Cow<'i, str>>, Option<&'static str>)> {
    let DeValue::Table(section) = file.get(section)?.get_ref() else { return None };
    let key = section.keys().find(|key| !known.contains(&key.get_ref().as_ref()))?;
    Some((key, nearest(key.get_ref(), known)))
}

/// The line, counted from 1, that an offset is in.
pub(super) fn line_of(text: &str, offset: usize) -> usize {
    1 + text.bytes().take(offset).filter(|byte| *byte == b'\n').count()
}
