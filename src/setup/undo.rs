//! Undoing what `record` says was set up. Used by `cli`.
//!
//! Invariants: changes are undone in reverse. An undo writes no record of another integration, so it can be repeated. A
//! container that entries of two integrations are in goes with the last of them. Nothing is forgotten that may still be there.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error as _;
use std::fs;
use std::path::{Path, PathBuf};

use super::extension::{ExtensionChange, installed};
use super::plan::{FileChange, Plan};
use super::record::{AppliedChange, Extension, Records, hash};
use super::{SetupError, target};

/// The plan for undoing an integration.
#[derive(Debug)]
pub struct Undo {
    /// Files to change.
    pub plan: Plan,
    folders: Vec<PathBuf>,
    /// Extensions of editors that cannot be asked, so they stay recorded.
    unasked: Vec<Extension>,
    record: PathBuf,
}

impl Undo {
    /// Fails if something stays that cannot be undone. Only once the rest was carried out, the record has nothing else.
    pub fn finished(&self, was_carried_out: bool) -> Result<(), SetupError> {
        match self.unasked.is_empty() {
            true => Ok(()),
            false => Err(SetupError::Unasked { record: was_carried_out.then(|| self.record.clone()) }),
        }
    }
}

impl Records {
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
            // Behind a link, a package is somebody's clone; in a user's file our part is still ours.
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
        let mut unasked = Vec::new();
        for extension in &record.extensions {
            let Extension { editor, id, .. } = extension;
            let removal = ExtensionChange::removal(editor, id);
            match installed(editor, id) {
                Ok(Some(_)) => plan.extensions.push(removal),
                // Its user removed it.
                Ok(None) => {}
                Err(error) => {
                    let why = error.source().map_or_else(String::new, |cause| format!(": {cause}"));
                    plan.note_once(format!("{error}{why}; if the extension is still there: {removal}"));
                    unasked.push(extension.clone());
                }
            }
        }
        plan.files = files.into_values().filter(|file| file.before != file.after).collect();
        Ok(Some(Undo { plan, folders, unasked, record: self.path(name) }))
    }

    /// Undoes an integration and deletes its record, except for what could not be undone.
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
        self.keep_only(name, undo.unasked.clone())
    }
}

/// A file without a change: its previous content if nothing changed it since, else its present content minus what the change
/// added. In a file shared with another integration, a container stays if entries are left in it.
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

#[cfg(test)]
mod tests;
