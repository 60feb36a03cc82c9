//! Reversible changes to files: made one by one, recorded, undone in reverse. Used by the integrations,
//! `record` and `undo`.
//!
//! Invariant: undoing all changes in reverse restores the file byte for byte, even if other parts of it changed
//! since. If somebody edited a value of ours, it is theirs now and stays.

use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::jsonc::{self, Broken, Step};
use super::{SetupError, block};

/// One change to a file, with everything needed to undo it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Change {
    /// An empty object was added to a JSON file without a value.
    Begun { was: String },
    /// A member of a JSON object was set.
    Set {
        path: Vec<Step>,
        /// As JSON, in any layout.
        value: String,
        /// The previous value, exactly as written.
        was: Option<String>,
        /// The object exactly as written, if it was empty.
        hollow: Option<String>,
    },
    /// A value was appended to a JSON array.
    Pushed { path: Vec<Step>, value: String, hollow: Option<String> },
    /// Lines of ours were appended.
    Block { added: String },
    /// The whole file is ours.
    Whole,
}

/// An empty container that something was put into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Hollow {
    within: Vec<Step>,
    /// Exactly as written.
    was: String,
}

/// A JSON file that is being changed.
#[derive(Debug)]
pub(super) struct JsonFile<'a> {
    path: &'a Path,
    text: String,
    changes: Vec<Change>,
}

const MARK: &str = "\u{feff}";

impl<'a> JsonFile<'a> {
    /// Parses a file's bytes. Fails if they are malformed.
    pub(super) fn new(path: &'a Path, bytes: Option<&[u8]>) -> Result<Self, SetupError> {
        let text = text_of(path, bytes.unwrap_or_default())?.to_owned();
        let mut file = Self { path, text, changes: Vec::new() };
        if file.value()? == Value::Null {
            let was = std::mem::take(&mut file.text);
            let (mark, rest) = split_mark(&was);
            // A program that reads null finds no settings in it, as in an empty file.
            if let Some(text) = jsonc::replace_raw(rest, &[], "{}").map_err(file.broken())? {
                file.text = format!("{mark}{text}");
                let (value, was) = ("{}".to_owned(), Some("null".to_owned()));
                file.changes.push(Change::Set { path: Vec::new(), value, was, hollow: None });
                return Ok(file);
            }
            let rest = if rest.trim().is_empty() { String::new() } else { format!("{}\n", rest.trim_end()) };
            file.text = format!("{mark}{rest}{{}}\n");
            file.changes.push(Change::Begun { was });
        }
        Ok(file)
    }

    /// The whole file as one value.
    pub(super) fn value(&self) -> Result<Value, SetupError> {
        jsonc::value(split_mark(&self.text).1).map_err(self.broken())
    }

    /// Sets the object member at `path`.
    pub(super) fn set(&mut self, path: &[Step], value: &str) -> Result<(), SetupError> {
        let Some((Step::Key(key), above)) = path.split_last() else {
            return Err(self.unexpected(path, "an object"));
        };
        let (mark, text) = split_mark(&self.text);
        let was = jsonc::at(text, path).map_err(self.broken())?.map(str::to_owned);
        let hollow = hollow(text, above).map_err(self.broken())?;
        let changed = match was {
            Some(_) => jsonc::replace(text, path, value),
            None => jsonc::insert(text, above, Some(key), value),
        };
        let changed = changed.map_err(self.broken())?.ok_or_else(|| self.unexpected(above, "an object"))?;
        self.text = format!("{mark}{changed}");
        self.changes.push(Change::Set { path: path.to_vec(), value: value.to_owned(), was, hollow });
        Ok(())
    }

    /// Sets the member at `path` unless it exists.
    pub(super) fn set_missing(&mut self, path: &[Step], value: &str) -> Result<(), SetupError> {
        let (_, text) = split_mark(&self.text);
        match jsonc::at(text, path).map_err(self.broken())? {
            Some(_) => Ok(()),
            None => self.set(path, value),
        }
    }

    /// Appends a value to the array at `path`.
    pub(super) fn push(&mut self, path: &[Step], value: &str) -> Result<(), SetupError> {
        let (mark, text) = split_mark(&self.text);
        let hollow = hollow(text, path).map_err(self.broken())?;
        let changed = jsonc::insert(text, path, None, value).map_err(self.broken())?;
        let changed = changed.ok_or_else(|| self.unexpected(path, "a list"))?;
        self.text = format!("{mark}{changed}");
        self.changes.push(Change::Pushed { path: path.to_vec(), value: value.to_owned(), hollow });
        Ok(())
    }

    /// The file's new bytes and the changes made.
    pub(super) fn finish(self) -> (Vec<u8>, Vec<Change>) {
        (self.text.into_bytes(), self.changes)
    }

    fn broken(&self) -> impl FnOnce(Broken) -> SetupError + use<> {
        broken_at(self.path)
    }

    fn unexpected(&self, path: &[Step], kind: &str) -> SetupError {
        let names: Vec<_> = path
            .iter()
            .map(|step| match step {
                Step::Key(key) => key.clone(),
                Step::Index(index) => index.to_string(),
            })
            .collect();
        let what = if names.is_empty() { "the file".to_owned() } else { names.join(".") };
        SetupError::Unexpected { path: self.path.to_owned(), what: format!("{what} is not {kind}") }
    }
}

impl Change {
    /// The file without this change. `None` if the change is no longer in it as made.
    pub(super) fn taken_back(&self, path: &Path, bytes: &[u8]) -> Result<Option<Vec<u8>>, SetupError> {
        match self {
            Self::Block { added } => Ok(block::remove(bytes, added)),
            Self::Whole => Ok(None),
            _ => {
                let (mark, text) = split_mark(text_of(path, bytes)?);
                let text = self.taken_out(text).map_err(broken_at(path))?;
                Ok(text.map(|text| format!("{mark}{text}").into_bytes()))
            }
        }
    }

    fn taken_out(&self, text: &str) -> Result<Option<String>, Broken> {
        let (path, hollow) = match self {
            Self::Begun { was } => {
                let (_, was) = split_mark(was);
                let is_ours = jsonc::without_blanks(text)? == jsonc::without_blanks(was)? + "{}";
                return Ok(Some(if is_ours { was } else { text }.to_owned()));
            }
            Self::Set { path, value, was, hollow } => {
                match jsonc::at(text, path)? {
                    Some(there) if jsonc::value(there)? == jsonc::value(value)? => {}
                    _ => return Ok(None),
                }
                if let Some(was) = was {
                    return jsonc::replace_raw(text, path, was);
                }
                (path.clone(), hollow)
            }
            Self::Pushed { path, value, hollow } => {
                let array = jsonc::at(text, path)?.map(jsonc::value).transpose()?;
                let ours = jsonc::value(value)?;
                let at = array.as_ref().and_then(Value::as_array);
                let Some(at) = at.and_then(|array| array.iter().rposition(|element| *element == ours)) else {
                    return Ok(None);
                };
                ([path.clone(), vec![Step::Index(at)]].concat(), hollow)
            }
            Self::Block { .. } | Self::Whole => return Ok(None),
        };
        let without = jsonc::remove(text, &path)?;
        let above = &path[..path.len() - 1];
        if let (Some(hollow), Some(left)) = (hollow, jsonc::at(&without, above)?)
            && jsonc::without_blanks(left)? == jsonc::without_blanks(hollow)?
        {
            return jsonc::replace_raw(&without, above, hollow);
        }
        Ok(Some(without))
    }

    /// Whether it added an empty container, for entries to be put into.
    pub(super) fn is_container(&self) -> bool {
        match self {
            Self::Begun { .. } => true,
            Self::Set { value, .. } => matches!(&**value, "{}" | "[]"),
            Self::Pushed { .. } | Self::Block { .. } | Self::Whole => false,
        }
    }

    /// The container that it was put into, if that was empty before, and how that was written.
    pub(super) fn filled(&self) -> Option<Hollow> {
        let (within, hollow) = match self {
            Self::Set { path, hollow, .. } => (path.split_last()?.1, hollow),
            Self::Pushed { path, hollow, .. } => (&path[..], hollow),
            Self::Begun { .. } | Self::Block { .. } | Self::Whole => return None,
        };
        Some(Hollow { within: within.to_vec(), was: hollow.clone()? })
    }

    /// Whether it made the same container, however that was written.
    pub(super) fn makes_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Set { path, value, was, .. }, Self::Set { path: other, value: its, was: before, .. }) => {
                (path, value, was) == (other, its, before)
            }
            _ => self == other,
        }
    }

    /// Remembers how its container was written when that was empty, unless it was the first in there itself.
    pub(super) fn takes_over(&mut self, other: &Hollow) {
        let (within, hollow) = match self {
            Self::Set { path, hollow, .. } if !path.is_empty() => (&path[..path.len() - 1], hollow),
            Self::Pushed { path, hollow, .. } => (&path[..], hollow),
            _ => return,
        };
        if *within == other.within && hollow.is_none() {
            *hollow = Some(other.was.clone());
        }
    }

    /// What to call this change of a file when reporting that somebody edited it.
    pub(super) fn name(&self, file: &Path) -> String {
        let part = match self {
            Self::Begun { .. } | Self::Whole => return file.display().to_string(),
            Self::Set { path, .. } | Self::Pushed { path, .. } => match path.last() {
                Some(Step::Key(key)) => key,
                _ => "an entry",
            },
            Self::Block { .. } => "the block from cco setup",
        };
        format!("{part} in {}", file.display())
    }
}

/// The object or list at `path` exactly as written, if it is empty.
fn hollow(text: &str, path: &[Step]) -> Result<Option<String>, Broken> {
    let Some(raw) = jsonc::at(text, path)? else { return Ok(None) };
    let is_empty = match jsonc::value(raw)? {
        Value::Object(members) => members.is_empty(),
        Value::Array(elements) => elements.is_empty(),
        _ => false,
    };
    Ok(is_empty.then(|| raw.to_owned()))
}

/// Splits off the byte order mark, which some editors write.
fn split_mark(text: &str) -> (&'static str, &str) {
    text.strip_prefix(MARK).map_or(("", text), |rest| (MARK, rest))
}

/// The bytes as text.
pub(super) fn text_of<'a>(path: &Path, bytes: &'a [u8]) -> Result<&'a str, SetupError> {
    std::str::from_utf8(bytes).map_err(|error| {
        let good = String::from_utf8_lossy(&bytes[..error.valid_up_to()]);
        let (line, column) = position(&good);
        SetupError::Broken { path: path.to_owned(), line, column, what: "not valid UTF-8".to_owned() }
    })
}

/// Line and column of the character after `text`, from 1.
pub(super) fn position(text: &str) -> (usize, usize) {
    let last = text.rsplit('\n').next().unwrap_or_default();
    (1 + text.matches('\n').count(), 1 + last.chars().count())
}

fn broken_at(path: &Path) -> impl FnOnce(Broken) -> SetupError + use<> {
    let path = path.to_owned();
    |Broken { line, column, what }| SetupError::Broken { path, line, column, what }
}

#[cfg(test)]
mod tests;
