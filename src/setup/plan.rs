//! What a setup or an undo would do, before it is done: files with their bytes before and after.

use std::path::PathBuf;

use similar::TextDiff;

use super::change::Change;
use super::{SetupError, target};

/// Changes to files, and what is to be said beside them.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// Files that change.
    pub files: Vec<FileChange>,
    /// Advice and warnings, a line each.
    pub notes: Vec<String>,
    /// What makes the change take effect, a line each.
    pub next: Vec<String>,
}

/// A file, now and to be.
#[derive(Clone, Debug)]
pub struct FileChange {
    /// As it is named.
    pub path: PathBuf,
    /// Where that leads.
    pub target: PathBuf,
    /// What it holds; `None` where there is none.
    pub before: Option<Vec<u8>>,
    /// What it is to hold; `None` to remove it.
    pub after: Option<Vec<u8>>,
    pub(super) changes: Vec<Change>,
}

impl FileChange {
    /// A file as it is, with nothing to change yet.
    pub(super) fn look(path: PathBuf) -> Result<Self, SetupError> {
        let target = target::resolve(&path)?;
        let before = target::read(&target)?;
        Ok(Self { path, target, after: before.clone(), before, changes: Vec::new() })
    }

    /// The same, to hold these bytes by these changes.
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
            Some(_) => self.target.display().to_string(),
            None => "/dev/null".to_owned(),
        };
        let diff = TextDiff::from_lines(&before, &after);
        diff.unified_diff().header(&name(&self.before), &name(&self.after)).to_string()
    }
}

impl Plan {
    /// A plan with the one file, if that changes.
    pub(super) fn of(file: FileChange) -> Self {
        Self { files: Some(file).filter(FileChange::is_change).into_iter().collect(), ..Self::default() }
    }

    /// All diffs.
    pub fn diff(&self) -> String {
        self.files.iter().map(FileChange::diff).collect()
    }
}
