//! Requests for up-to-date totals, from another process to a running publisher.
//!
//! A nudge is a file with a random name in the state folder's `nudges/`. The asker creates it and waits until it is
//! gone. Before a full scan the publisher notes the existing nudges; after committing what it found it deletes them.
//!
//! Invariant: if a nudge was deleted, a full scan that began after the nudge was created has been published. A nudge
//! created during a scan was not noted for it and waits for the next, which the watch on the folder triggers. Names are
//! unique, so no nudge is deleted for another. Clocks play no role. A publisher that dies leaves nudges to the next;
//! an asker that gives up deletes its nudge, and the next scan deletes what a killed asker left.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::own_folder::OwnFolder;
use crate::state_folder::StateFolder;

/// The prefix of nudges' names.
const PREFIX: &str = "nudge-";

/// A request to a publisher; dropping it withdraws it.
#[derive(Debug)]
pub struct Nudge(tempfile::TempPath);

impl Nudge {
    /// Asks the publisher of a state folder, running or not.
    pub fn send(state: &StateFolder) -> io::Result<Self> {
        let nudge = tempfile::Builder::new().prefix(PREFIX).tempfile_in(made(state)?)?;
        Ok(Self(nudge.into_temp_path()))
    }

    /// Whether the snapshot shows everything transcripts held when this was sent.
    pub fn is_answered(&self) -> io::Result<bool> {
        self.0.try_exists().map(|is_there| !is_there)
    }
}

/// The publisher's side.
#[derive(Debug)]
pub(super) struct Nudges {
    folder: PathBuf,
    /// The nudges that the last scan answers, once it is published.
    noted: Vec<PathBuf>,
}

impl Nudges {
    /// Answers nudges in a state folder. Creates their folder so it can be watched.
    pub(super) fn of(state: &StateFolder) -> Self {
        let folder = made(state).unwrap_or_else(|error| {
            tracing::warn!(%error, "nobody can leave a nudge");
            state.nudges()
        });
        Self { folder, noted: Vec::new() }
    }

    /// Their folder.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Whether there is one. For a folder that cannot be watched.
    pub(super) fn are_there(&self) -> bool {
        nudges_in(&self.folder).is_ok_and(|nudges| !nudges.is_empty())
    }

    /// Notes the existing nudges. Call it before a full scan.
    pub(super) fn note(&mut self) {
        self.noted = nudges_in(&self.folder).unwrap_or_else(|error| {
            tracing::warn!(%error, "cannot list nudges");
            Vec::new()
        });
    }

    /// The scan failed: its nudges wait for the next one.
    pub(super) fn put_off(&mut self) {
        self.noted.clear();
    }

    /// The scan is published: answers its nudges.
    pub(super) fn answer(&mut self) {
        for nudge in self.noted.drain(..) {
            match fs::remove_file(&nudge) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    tracing::warn!(%error, nudge = %nudge.display(), "cannot answer a nudge");
                }
                _ => {}
            }
        }
    }
}

/// The nudges in a folder; none if there is no folder.
pub fn nudges_in(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        other => other?,
    };
    let mut nudges = Vec::new();
    for entry in entries {
        let entry = entry?;
        if entry.file_name().as_encoded_bytes().starts_with(PREFIX.as_bytes()) {
            nudges.push(entry.path());
        }
    }
    Ok(nudges)
}

/// The folder, created if needed and private to the user. Either side may be first.
fn made(state: &StateFolder) -> io::Result<PathBuf> {
    let folder = state.nudges();
    OwnFolder::make(&folder)?;
    Ok(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nudge_is_answered_by_the_scan_that_began_after_it() {
        let folder = tempfile::tempdir().unwrap();
        let state = StateFolder::new(folder.path());
        let mut nudges = Nudges::of(&state);
        nudges.note();
        let early = Nudge::send(&state).unwrap();
        nudges.answer();
        assert!(!early.is_answered().unwrap());
        nudges.note();
        let late = Nudge::send(&state).unwrap();
        nudges.answer();
        assert!(early.is_answered().unwrap());
        assert!(!late.is_answered().unwrap());
    }

    #[test]
    fn a_scan_that_failed_answers_nobody() {
        let folder = tempfile::tempdir().unwrap();
        let state = StateFolder::new(folder.path());
        let mut nudges = Nudges::of(&state);
        let nudge = Nudge::send(&state).unwrap();
        nudges.note();
        nudges.put_off();
        nudges.answer();
        assert!(!nudge.is_answered().unwrap());
    }

    #[test]
    fn whoever_gives_up_takes_the_nudge_away() {
        let folder = tempfile::tempdir().unwrap();
        let state = StateFolder::new(folder.path());
        drop(Nudge::send(&state).unwrap());
        assert_eq!(fs::read_dir(state.nudges()).unwrap().count(), 0);
    }
}
