//! The plan of a setup or undo: each file's bytes before and after. Made by integrations, shown by `cli`, carried
//! out by `record`.
//!
//! Invariant: making a plan writes nothing.

use std::path::PathBuf;

use similar::TextDiff;

use super::change::Change;
use super::{SetupError, target};
use crate::plain_text::plain;

/// Changes to files, with messages for the user.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// Files that change.
    pub files: Vec<FileChange>,
    /// Advice and warnings, a line each.
    pub notes: Vec<String>,
    /// How to make the change take effect, a line each.
    pub next: Vec<String>,
}

/// A file before and after a change.
#[derive(Clone, Debug)]
pub struct FileChange {
    /// The path as given.
    pub path: PathBuf,
    /// The path with symbolic links resolved.
    pub target: PathBuf,
    /// The present content; `None` if the file does not exist.
    pub before: Option<Vec<u8>>,
    /// The new content; `None` to remove the file.
    pub after: Option<Vec<u8>>,
    pub(super) changes: Vec<Change>,
}

impl FileChange {
    /// Reads a file, with no change yet.
    pub(super) fn look(path: PathBuf) -> Result<Self, SetupError> {
        let target = target::resolve(&path)?;
        let before = target::read(&target)?;
        Ok(Self { path, target, after: before.clone(), before, changes: Vec::new() })
    }

    /// The same file, with these new bytes and the changes that made them.
    pub(super) fn to(self, (after, changes): (Vec<u8>, Vec<Change>)) -> Self {
        Self { after: Some(after), changes, ..self }
    }

    /// Whether anything changes.
    pub(super) fn is_change(&self) -> bool {
        self.before != self.after
    }

    /// The change as a unified diff.
    pub fn diff(&self) -> String {
        let text = |bytes: &Option<Vec<u8>>| {
            String::from_utf8_lossy(bytes.as_deref().unwrap_or_default()).into_owned()
        };
        let (before, after) = (text(&self.before), text(&self.after));
        let name = |bytes: &Option<Vec<u8>>| match bytes {
            Some(_) => plain(&self.target.to_string_lossy()).into_owned(),
            None => "/dev/null".to_owned(),
        };
        let diff = TextDiff::from_lines(&before, &after);
        diff.unified_diff().header(&name(&self.before), &name(&self.after)).to_string()
    }
}

impl Plan {
    /// A plan with this file, if it changes.
    pub(super) fn of(file: FileChange) -> Self {
        Self { files: Some(file).filter(FileChange::is_change).into_iter().collect(), ..Self::default() }
    }

    /// All diffs.
    pub fn diff(&self) -> String {
        self.files.iter().map(FileChange::diff).collect()
    }
}
