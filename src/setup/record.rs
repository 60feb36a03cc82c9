//! Records of what was set up: `setup/NAME.json` in the state folder, next to a copy of each file as it was before. `undo`
//! takes it back.
//!
//! Invariants: a change is recorded before the file is written, so a setup can be undone even if it was interrupted. If
//! entries of two integrations are in the same container, such as an object, both records have that container, so its
//! maker can be undone first.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_128;

use super::called::{self, LostCall};
use super::change::{Change, Hollow};
use super::extension::{self, ExtensionChange};
use super::plan::Plan;
use super::vsix::Vsix;
use super::{SetupError, target};
use crate::own_folder::OwnFolder;
use crate::state_folder::StateFolder;

/// How the name of a copy of a file as it was ends.
const BEFORE: &str = ".before";

/// The content of a record file, schema 1.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Record {
    schema: u32,
    /// Oldest first.
    pub(super) applied: Vec<AppliedChange>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) extensions: Vec<Extension>,
}

impl Record {
    pub(super) fn is_empty(&self) -> bool {
        self.applied.is_empty() && self.extensions.is_empty()
    }
}

/// An extension that was installed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Extension {
    /// The editor's program.
    pub(super) editor: PathBuf,
    pub(super) id: String,
    /// A hash of its file; `None` if it is unknown which file the editor has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    hash: Option<String>,
}

impl Extension {
    /// Whether it was installed from a file with these bytes.
    pub(super) fn is_of(&self, file: &Vsix) -> bool {
        self.hash.as_ref() == Some(&file.hash)
    }
}

impl Default for Record {
    fn default() -> Self {
        Self { schema: 1, applied: Vec::new(), extensions: Vec::new() }
    }
}

/// A change to one file.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct AppliedChange {
    /// The path as given.
    pub(super) path: PathBuf,
    /// The path with symbolic links resolved.
    pub(super) target: PathBuf,
    /// The name of the copy next to the record; `None` if there was no file.
    before: Option<String>,
    /// A hash of the bytes written; empty for containers that another integration made.
    pub(super) after: String,
    /// Folders created for it, innermost first.
    pub(super) folders: Vec<PathBuf>,
    /// The folder of the package that the whole file belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) package: Option<PathBuf>,
    pub(super) changes: Vec<Change>,
}

/// The setup records in a state folder.
#[derive(Debug)]
pub struct Records {
    state: StateFolder,
    folder: PathBuf,
}

/// The files that an integration wrote, each with the hashes of everything it wrote there: a recorded write may have failed.
#[derive(Debug)]
pub(super) struct Written(BTreeMap<PathBuf, Vec<String>>);

impl Written {
    pub(super) fn files(&self) -> impl Iterator<Item = &Path> {
        self.0.keys().map(|path| &**path)
    }

    /// Whether these bytes are what it wrote; `None` if it wrote no such file.
    pub(super) fn is_as_written(&self, target: &Path, bytes: &[u8]) -> Option<bool> {
        self.0.get(target).map(|written| written.contains(&hash(bytes)))
    }
}

impl Records {
    /// The records in a state folder. The folder need not exist.
    pub fn in_state(state: &StateFolder) -> Self {
        Self { state: state.clone(), folder: state.setup_records() }
    }

    /// The folder that holds the records and nothing else.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The file of a record.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.json"))
    }

    /// The names of integrations that are set up.
    pub fn names(&self) -> Result<Vec<String>, SetupError> {
        let files = self.files_with(".json")?;
        Ok(files.iter().filter_map(|name| name.strip_suffix(".json")).map(str::to_owned).collect())
    }

    /// Names of files that end so, sorted.
    fn files_with(&self, ending: &str) -> Result<Vec<String>, SetupError> {
        let entries = match fs::read_dir(&self.folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            other => other.map_err(SetupError::io("list", &self.folder))?,
        };
        let mut names = Vec::new();
        for entry in entries {
            let name = entry.map_err(SetupError::io("list", &self.folder))?.file_name();
            names.extend(name.into_string().ok().filter(|name| name.ends_with(ending)));
        }
        names.sort();
        Ok(names)
    }

    /// Copies of files that no record needs any more: an undo or a setup was interrupted.
    pub fn left_copies(&self) -> Result<Vec<PathBuf>, SetupError> {
        let mut needed = BTreeSet::new();
        for name in self.names()? {
            needed.extend(self.read(&name)?.applied.into_iter().filter_map(|applied| applied.before));
        }
        let mut left = self.files_with(BEFORE)?;
        left.retain(|name| !needed.contains(name));
        Ok(left.into_iter().map(|name| self.folder.join(name)).collect())
    }

    /// Calls, in files that were set up, to programs of ours that no longer exist.
    pub fn lost_calls(&self) -> Result<Vec<LostCall>, SetupError> {
        let mut lost = Vec::new();
        for integration in self.names()? {
            // A plugin is ours and calls programs by name, so text in it that looks like a path is not one.
            let edited = self.read(&integration)?.applied.into_iter().filter(|it| it.package.is_none());
            let files: BTreeSet<_> = edited.map(|applied| applied.target).collect();
            for file in files {
                let bytes = target::read(&file)?.unwrap_or_default();
                lost.extend(called::lost(&String::from_utf8_lossy(&bytes)).into_iter().map(|program| {
                    LostCall { integration: integration.clone(), file: file.clone(), program }
                }));
            }
        }
        Ok(lost)
    }

    /// Everything an integration ever wrote to each file.
    pub(super) fn written(&self, name: &str) -> Result<Written, SetupError> {
        let mut written = BTreeMap::<_, Vec<_>>::new();
        for applied in self.read(name)?.applied {
            written.entry(applied.target).or_default().push(applied.after);
        }
        Ok(Written(written))
    }

    /// An extension that setup installed.
    pub(super) fn extension(
        &self,
        name: &str,
        editor: &Path,
        id: &str,
    ) -> Result<Option<Extension>, SetupError> {
        Ok(self.read(name)?.extensions.into_iter().find(|it| it.editor == editor && it.id == id))
    }

    /// Carries out a plan. Each change is recorded first.
    pub fn apply(&self, name: &str, plan: &Plan) -> Result<(), SetupError> {
        let mut record = self.read(name)?;
        for file in &plan.files {
            let hollows = self.inherit(name, &mut record, &file.target)?;
            let change = AppliedChange {
                path: file.path.clone(),
                target: file.target.clone(),
                before: None,
                after: hash(file.after.as_deref().unwrap_or_default()),
                folders: target::missing_folders(&file.target),
                package: file.package.clone(),
                changes: file.changes.clone(),
            };
            self.add(name, &mut record, change, file.before.as_deref())?;
            let here = record.applied.iter_mut().filter(|applied| applied.target == file.target);
            for change in here.flat_map(|applied| &mut applied.changes) {
                hollows.iter().for_each(|hollow| change.takes_over(hollow));
            }
            self.save(name, &record)?;
            target::change(&file.target, file.before.as_deref(), file.after.as_deref())?;
        }
        for change in &plan.extensions {
            self.install(name, &mut record, change)?;
        }
        Ok(())
    }

    /// Adds a change to a record, and keeps a copy of the file as it was before.
    fn add(
        &self,
        name: &str,
        record: &mut Record,
        change: AppliedChange,
        before: Option<&[u8]>,
    ) -> Result<(), SetupError> {
        let before = before.map(|bytes| (format!("{name}.{}{BEFORE}", record.applied.len()), bytes));
        if let Some((copy, bytes)) = &before {
            self.write(copy, bytes)?;
        }
        record.applied.push(AppliedChange { before: before.map(|(copy, _)| copy), ..change });
        Ok(())
    }

    /// Adds the containers that other integrations made in a file, because their undo leaves those there while entries of
    /// ours are in them. Returns how containers were written that were empty until another integration filled them.
    fn inherit(&self, name: &str, record: &mut Record, target: &Path) -> Result<Vec<Hollow>, SetupError> {
        let mut hollows = Vec::new();
        for theirs in self.applied_by_others(name)?.into_iter().filter(|theirs| theirs.target == target) {
            hollows.extend(theirs.changes.iter().filter_map(Change::filled));
            let here = record.applied.iter().filter(|applied| applied.target == target);
            let known: Vec<_> = here.flat_map(|applied| &applied.changes).collect();
            let is_new = |change: &Change| !known.iter().any(|known| known.makes_same(change));
            let made = theirs.changes.iter().filter(|change| change.is_container() && is_new(change));
            let changes: Vec<_> = made.cloned().collect();
            if !changes.is_empty() {
                let before = self.before(&theirs)?;
                let change = AppliedChange { after: String::new(), changes, ..theirs };
                self.add(name, record, change, before.as_deref())?;
            }
        }
        Ok(hollows)
    }

    /// Has an editor install an extension. It stays recorded as long as the editor may have it.
    fn install(&self, name: &str, record: &mut Record, change: &ExtensionChange) -> Result<(), SetupError> {
        let (editor, id) = (&change.editor, &change.id);
        record.extensions.retain(|it| it.editor != *editor || it.id != *id);
        let extension = |hash| Extension { editor: editor.clone(), id: id.clone(), hash };
        record.extensions.push(extension(None));
        self.save(name, record)?;
        let done = change.carry_out();
        record.extensions.pop();
        if done.is_ok() {
            record.extensions.push(extension(change.file.as_ref().map(|file| file.hash.clone())));
        } else if !matches!(extension::installed(editor, id), Ok(None)) {
            record.extensions.push(extension(None));
        }
        self.save(name, record)?;
        done
    }

    /// Writes a record, or removes it if it is empty.
    fn save(&self, name: &str, record: &Record) -> Result<(), SetupError> {
        if record.is_empty() {
            return self.forget(name);
        }
        let text = serde_json::to_vec_pretty(record).map_err(|error| self.not_understood(name, &error))?;
        self.write(&format!("{name}.json"), &text)
    }

    /// The file as it was before a change.
    pub(super) fn before(&self, applied: &AppliedChange) -> Result<Option<Vec<u8>>, SetupError> {
        let Some(copy) = &applied.before else { return Ok(None) };
        let copy = self.folder.join(copy);
        let bytes = target::read(&copy)?;
        Ok(Some(bytes.ok_or_else(|| SetupError::io("read", &copy)(io::ErrorKind::NotFound.into()))?))
    }

    /// The changes of all other integrations.
    pub(super) fn applied_by_others(&self, name: &str) -> Result<Vec<AppliedChange>, SetupError> {
        let mut others = Vec::new();
        for other in self.names()?.into_iter().filter(|other| other != name) {
            others.extend(self.read(&other)?.applied);
        }
        Ok(others)
    }

    /// A record; an empty one if there is none.
    pub(super) fn read(&self, name: &str) -> Result<Record, SetupError> {
        let path = self.path(name);
        let Some(bytes) = target::read(&path)? else { return Ok(Record::default()) };
        let record: Record =
            serde_json::from_slice(&bytes).map_err(|error| self.not_understood(name, &error))?;
        if record.schema != 1 {
            let what = format!("it has schema {}, this version of cco reads schema 1", record.schema);
            return Err(SetupError::Record { path, what });
        }
        Ok(record)
    }

    /// Removes a record and its copies.
    pub fn forget(&self, name: &str) -> Result<(), SetupError> {
        self.keep_only(name, Vec::new())
    }

    /// Removes everything from a record but these extensions, and its copies.
    pub(super) fn keep_only(&self, name: &str, extensions: Vec<Extension>) -> Result<(), SetupError> {
        let copies: Vec<_> = self.read(name)?.applied.into_iter().filter_map(|it| it.before).collect();
        // The record goes first: without its copies it could not be undone, while copies without a record do no harm.
        if extensions.is_empty() {
            let path = self.path(name);
            fs::remove_file(&path).map_err(SetupError::io("remove", &path))?;
        } else {
            self.save(name, &Record { extensions, ..Record::default() })?;
        }
        let mut removed = Ok(());
        for copy in copies.into_iter().map(|copy| self.folder.join(copy)) {
            match fs::remove_file(&copy) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    removed = removed.and(Err(SetupError::io("remove", &copy)(error)));
                }
                _ => {}
            }
        }
        removed?;
        match fs::remove_dir(&self.folder) {
            Err(error) if error.kind() != io::ErrorKind::DirectoryNotEmpty => {
                Err(SetupError::io("remove", &self.folder)(error))
            }
            _ => Ok(()),
        }
    }

    /// Writes a file with mode 0600, whole or not at all.
    fn write(&self, name: &str, bytes: &[u8]) -> Result<(), SetupError> {
        let path = self.folder.join(name);
        let folder = self.state.make().and_then(|()| OwnFolder::make(&self.folder));
        folder.and_then(|folder| folder.replace(name, bytes, true)).map_err(SetupError::io("write", &path))
    }

    fn not_understood(&self, name: &str, error: &serde_json::Error) -> SetupError {
        SetupError::Record { path: self.path(name), what: error.to_string() }
    }
}

/// The hash of a file's bytes, as records have it.
pub(super) fn hash(bytes: &[u8]) -> String {
    format!("{:032x}", xxh3_128(bytes))
}
