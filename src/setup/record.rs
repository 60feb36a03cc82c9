//! Records of what was set up, for undoing it: `setup/NAME.json` in the state folder, next to a copy of each file
//! as it was before.
//!
//! Invariants: the record is written before the file it describes, so a setup can be undone even if it was
//! interrupted. Several changes of one integration are undone in reverse. An undo writes no record of another
//! integration: what both need, such as an object that entries of both are in, is in the records of both from the
//! setup on, and goes with whichever leaves it empty.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_128;

use super::called::{self, LostCall};
use super::change::{Change, Hollow};
use super::extension::{self, ExtensionChange};
use super::plan::{FileChange, Plan};
use super::vsix::Vsix;
use super::{SetupError, target};
use crate::own_folder::OwnFolder;
use crate::state_folder::StateFolder;

/// The content of a record file, schema 1.
#[derive(Debug, Serialize, Deserialize)]
struct Record {
    schema: u32,
    /// Oldest first.
    applied: Vec<AppliedChange>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    extensions: Vec<Extension>,
}

impl Record {
    fn is_empty(&self) -> bool {
        self.applied.is_empty() && self.extensions.is_empty()
    }
}

/// An extension that was installed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Extension {
    /// The editor's program.
    editor: PathBuf,
    id: String,
    /// A hash of its file; `None` if it is not known which file the editor has.
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
struct AppliedChange {
    /// The path as given.
    path: PathBuf,
    /// The path with symbolic links resolved.
    target: PathBuf,
    /// The name of the copy next to the record; `None` if there was no file.
    before: Option<String>,
    /// A hash of the bytes written; empty for containers that another integration made.
    after: String,
    /// Folders created for it, innermost first.
    folders: Vec<PathBuf>,
    /// The folder of the package that the whole file belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    package: Option<PathBuf>,
    changes: Vec<Change>,
}

/// The setup records in a state folder.
#[derive(Debug)]
pub struct Records {
    state: StateFolder,
    folder: PathBuf,
}

/// The plan for undoing an integration.
#[derive(Debug)]
pub struct Undo {
    /// Files to change.
    pub plan: Plan,
    folders: Vec<PathBuf>,
}

/// The files that an integration wrote, each with the hashes of all that it wrote: a write may have failed after it was
/// recorded.
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

    /// The names of integrations that are set up.
    pub fn names(&self) -> Result<Vec<String>, SetupError> {
        let entries = match fs::read_dir(&self.folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            other => other.map_err(SetupError::io("list", &self.folder))?,
        };
        let mut names = Vec::new();
        for entry in entries {
            let name = entry.map_err(SetupError::io("list", &self.folder))?.file_name();
            names.extend(name.to_str().and_then(|name| name.strip_suffix(".json")).map(str::to_owned));
        }
        names.sort();
        Ok(names)
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

    /// What an integration ever wrote into each file.
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
        let before = before.map(|bytes| (format!("{name}.{}.before", record.applied.len()), bytes));
        if let Some((copy, bytes)) = &before {
            self.write(copy, bytes)?;
        }
        record.applied.push(AppliedChange { before: before.map(|(copy, _)| copy), ..change });
        Ok(())
    }

    /// Adds the containers that other integrations made in a file: their own undo leaves them there if entries of ours
    /// are in them. Returns how containers were written that were empty until an entry of another was put into them.
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

    /// Has an editor install an extension. It is in the record for as long as the editor may have it.
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

    /// Writes a record; one of nothing is removed.
    fn save(&self, name: &str, record: &Record) -> Result<(), SetupError> {
        if record.is_empty() {
            return self.forget(name);
        }
        let text = serde_json::to_vec_pretty(record).map_err(|error| self.not_understood(name, &error))?;
        self.write(&format!("{name}.json"), &text)
    }

    /// Plans the undo of an integration; `None` if it has no record.
    pub fn undo(&self, name: &str) -> Result<Option<Undo>, SetupError> {
        let record = self.read(name)?;
        if record.is_empty() {
            return Ok(None);
        }
        let mut files: BTreeMap<&Path, FileChange> = BTreeMap::new();
        let mut plan = Plan::default();
        let mut folders = Vec::new();
        let others = self.applied_by_others(name)?;
        let shared: BTreeSet<_> = others.iter().map(|theirs| &*theirs.target).collect();
        let made: BTreeSet<_> = record.applied.iter().flat_map(|applied| &applied.folders).collect();
        let now_links: Vec<_> = made.into_iter().filter(|folder| folder.is_symlink()).collect();
        for applied in record.applied.iter().rev() {
            // A package is then somebody's clone; in a user's file our part is still ours.
            if applied.package.is_some()
                && let Some(link) = now_links.iter().find(|link| applied.target.starts_with(link))
            {
                let note = format!("{} is now a link; files behind it are left unchanged", link.display());
                plan.note_once(note);
                continue;
            }
            let file = match files.get_mut(&*applied.target) {
                Some(file) => file,
                None => {
                    let before = target::read(&applied.target)?;
                    let (path, target) = (applied.path.clone(), applied.target.clone());
                    let after = before.clone();
                    let package = applied.package.clone();
                    let file = FileChange { path, target, before, after, package, changes: Vec::new() };
                    files.entry(&applied.target).or_insert(file)
                }
            };
            if let Some(now) = file.after.take() {
                let before = self.before(applied)?;
                let is_shared = shared.contains(&*applied.target);
                file.after = without(applied, before.as_deref(), &now, &mut plan, is_shared)?;
            }
            folders.extend(applied.folders.iter().cloned());
        }
        for Extension { editor, id, .. } in &record.extensions {
            let removal = ExtensionChange::removal(editor, id);
            match extension::installed(editor, id) {
                Ok(Some(_)) => plan.extensions.push(removal),
                // Its user removed it.
                Ok(None) => {}
                Err(error) => plan.note_once(format!("{error}; if the extension is still there: {removal}")),
            }
        }
        plan.files = files.into_values().filter(|file| file.before != file.after).collect();
        Ok(Some(Undo { plan, folders }))
    }

    /// Undoes an integration and deletes its record.
    pub fn carry_out(&self, name: &str, undo: &Undo) -> Result<(), SetupError> {
        for file in &undo.plan.files {
            target::change(&file.target, file.before.as_deref(), file.after.as_deref())?;
        }
        for change in &undo.plan.extensions {
            change.carry_out()?;
        }
        for folder in &undo.folders {
            // Other files may be in it by now, and an empty folder that stays does no harm.
            let _ = fs::remove_dir(folder);
        }
        self.forget(name)
    }

    /// The file as it was before a change.
    fn before(&self, applied: &AppliedChange) -> Result<Option<Vec<u8>>, SetupError> {
        let Some(copy) = &applied.before else { return Ok(None) };
        let copy = self.folder.join(copy);
        let bytes = target::read(&copy)?;
        Ok(Some(bytes.ok_or_else(|| SetupError::io("read", &copy)(io::ErrorKind::NotFound.into()))?))
    }

    /// The changes of all other integrations.
    fn applied_by_others(&self, name: &str) -> Result<Vec<AppliedChange>, SetupError> {
        let mut others = Vec::new();
        for other in self.names()?.into_iter().filter(|other| other != name) {
            others.extend(self.read(&other)?.applied);
        }
        Ok(others)
    }

    fn read(&self, name: &str) -> Result<Record, SetupError> {
        let path = self.folder.join(format!("{name}.json"));
        let Some(bytes) = target::read(&path)? else { return Ok(Record::default()) };
        let record: Record =
            serde_json::from_slice(&bytes).map_err(|error| self.not_understood(name, &error))?;
        if record.schema != 1 {
            let what = format!("it has schema {}, this version of cco reads schema 1", record.schema);
            return Err(SetupError::Record { path, what });
        }
        Ok(record)
    }

    fn forget(&self, name: &str) -> Result<(), SetupError> {
        let copies: Vec<_> = self.read(name)?.applied.into_iter().filter_map(|it| it.before).collect();
        let path = self.folder.join(format!("{name}.json"));
        // The record goes first: without its copies it could not be undone, while copies without a record do no harm.
        fs::remove_file(&path).map_err(SetupError::io("remove", &path))?;
        for copy in copies.into_iter().map(|copy| self.folder.join(copy)) {
            match fs::remove_file(&copy) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(SetupError::io("remove", &copy)(error));
                }
                _ => {}
            }
        }
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
        SetupError::Record { path: self.folder.join(format!("{name}.json")), what: error.to_string() }
    }
}

/// A file without a change: its previous content if nobody touched it since, else the present content minus what
/// the change added. In a file that is shared with another integration, containers stay for its entries.
fn without(
    applied: &AppliedChange,
    before: Option<&[u8]>,
    now: &[u8],
    plan: &mut Plan,
    is_shared: bool,
) -> Result<Option<Vec<u8>>, SetupError> {
    // The second case: setup was interrupted before it wrote the file, or somebody undid it by hand.
    if hash(now) == applied.after || before == Some(now) {
        return Ok(before.map(<[u8]>::to_vec));
    }
    let is_inherited = applied.after.is_empty();
    let mut bytes = now.to_vec();
    for change in applied.changes.iter().rev() {
        match change.taken_back(&applied.target, &bytes)? {
            Some(without) => bytes = without,
            None if change.is_container() && (is_shared || is_inherited) => {}
            None => {
                let name = change.name(&applied.path);
                plan.note_once(format!("{name} was edited since setup and is left unchanged"));
            }
        }
    }
    let is_left = before.is_some() || bytes == now || !bytes.trim_ascii().is_empty();
    Ok(is_left.then_some(bytes))
}

fn hash(bytes: &[u8]) -> String {
    format!("{:032x}", xxh3_128(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A plan that a file of a package becomes this.
    fn plan(path: &Path, after: &[u8]) -> Plan {
        let file = FileChange::look(path.to_owned()).unwrap();
        let package = path.parent().map(Path::to_owned);
        let file = FileChange { package, ..file.to((after.to_vec(), vec![Change::Whole])) };
        Plan { files: vec![file], ..Plan::default() }
    }

    #[test]
    fn a_record_is_gone_before_its_copies_so_what_was_undone_is_never_undone_again() {
        let folder = tempfile::tempdir().unwrap();
        let records = Records::in_state(&StateFolder::new(folder.path().join("state")));
        let path = folder.path().join("file");
        let copy = records.folder().join("nvim.0.before");
        let undo = || {
            fs::write(&path, "mine").unwrap();
            records.apply("nvim", &plan(&path, b"ours")).unwrap();
            records.undo("nvim").unwrap().unwrap()
        };
        let planned = undo();
        fs::remove_file(&copy).unwrap();
        records.carry_out("nvim", &planned).unwrap();
        // Interrupted at the copy.
        let planned = undo();
        fs::remove_file(&copy).unwrap();
        fs::create_dir_all(copy.join("in the way")).unwrap();
        assert!(matches!(records.carry_out("nvim", &planned), Err(SetupError::Io { action: "remove", .. })));
        assert_eq!(fs::read(&path).unwrap(), b"mine");
        assert!(records.names().unwrap().is_empty() && records.undo("nvim").unwrap().is_none());
    }

    #[test]
    fn a_file_is_ours_with_anything_that_was_ever_written_to_it() {
        let folder = tempfile::tempdir().unwrap();
        let records = Records::in_state(&StateFolder::new(folder.path().join("state")));
        let path = folder.path().join("package/file");
        records.apply("nvim", &plan(&path, b"one")).unwrap();
        // A write that fails once it is recorded: the file still holds what was written before.
        let second = plan(&path, b"two");
        fs::write(&path, "changed meanwhile").unwrap();
        assert!(matches!(records.apply("nvim", &second), Err(SetupError::Changed { .. })));
        fs::write(&path, "one").unwrap();
        let written = records.written("nvim").unwrap();
        assert_eq!(written.is_as_written(&path, b"one"), Some(true));
        assert_eq!(written.is_as_written(&path, b"two"), Some(true));
        assert_eq!(written.is_as_written(&path, b"mine"), Some(false));
        assert_eq!(written.is_as_written(&path.with_extension("other"), b"one"), None);
        let undo = records.undo("nvim").unwrap().unwrap();
        records.carry_out("nvim", &undo).unwrap();
        assert!(!path.exists());
    }
}
