//! The plan of a setup or undo: each file's bytes before and after. Made by integrations, shown by `cli`, carried
//! out by `record` and `undo`.
//!
//! Invariant: making a plan writes nothing.

use std::path::{Path, PathBuf};

use similar::TextDiff;

use super::change::Change;
use super::extension::ExtensionChange;
use super::{SetupError, target};
use crate::plain_text::plain;

/// Changes to files, with messages for the user.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// Files that change.
    pub files: Vec<FileChange>,
    /// Extensions that an editor gets or loses.
    pub extensions: Vec<ExtensionChange>,
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
    /// The folder of the package that the whole file belongs to, if it does.
    pub package: Option<PathBuf>,
    pub(super) changes: Vec<Change>,
}

impl FileChange {
    /// Reads a file, with no change yet.
    pub(super) fn look(path: PathBuf) -> Result<Self, SetupError> {
        let target = target::resolve(&path)?;
        let before = target::read(&target)?;
        Ok(Self { path, target, after: before.clone(), before, package: None, changes: Vec::new() })
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

    /// Whether nothing changes.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty() && self.extensions.is_empty()
    }

    /// Adds a message, unless it is there.
    pub(super) fn note_once(&mut self, note: String) {
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    /// The files, those of one package together.
    pub fn parts(&self) -> impl Iterator<Item = &[FileChange]> {
        let are_together = |a: &FileChange, b: &FileChange| {
            a.package.is_some() && a.package == b.package && a.after.is_some() == b.after.is_some()
        };
        self.files.chunk_by(are_together)
    }

    /// All diffs, and the programs to run. Of a package, files that come or go whole are listed: their lines are ours, and many.
    pub fn diff(&self) -> String {
        let mut shown = String::new();
        for part in self.parts() {
            let (listed, changed): (Vec<_>, Vec<_>) = part
                .iter()
                .partition(|file| file.package.is_some() && (file.before.is_none() || file.after.is_none()));
            if let Some(folder) = part[0].package.as_deref().filter(|_| !listed.is_empty()) {
                shown += &listing(folder, &listed);
            }
            shown.extend(changed.into_iter().map(FileChange::diff));
        }
        shown.extend(self.extensions.iter().map(|it| format!("run: {}\n", plain(&it.to_string()))));
        shown
    }
}

/// The files of a package that all come or all go, with their sizes.
fn listing(folder: &Path, files: &[&FileChange]) -> String {
    let (sign, what) = match files[0].before {
        None => ('+', "new files in"),
        Some(_) => ('-', "files to remove from"),
    };
    let what = if files.len() == 1 { what.replacen("files", "file", 1) } else { what.to_owned() };
    let mut shown = format!("{} {what} {}:\n", files.len(), plain(&folder.to_string_lossy()));
    for file in files {
        let size = file.before.as_ref().or(file.after.as_ref()).map_or(0, Vec::len);
        let name = file.path.strip_prefix(folder).unwrap_or(&file.path);
        shown += &format!("{sign} {size:>6} bytes  {}\n", plain(&name.to_string_lossy()));
    }
    shown
}
