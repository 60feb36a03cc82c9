//! Asking a running publisher, from another process, for the totals of this moment.
//!
//! A nudge is a file of its own, with a random name, in the state folder's `nudges/`: whoever asks makes it and waits until
//! it is gone. Before the publisher looks at everything it notes which nudges are there, and once what it found
//! is committed to the snapshot it removes those.
//!
//! Invariant: a nudge that its publisher removed stands for a look that began after the nudge was made and that
//! is published. One that is made while a look is under way was not noted for it and stays for the next, which
//! the watch on the folder brings about; as no two have one name, nobody's is removed for another's. Clocks have
//! no say in it. A publisher that dies leaves nudges to the next one; an asker that gives up takes its own away,
//! and what it leaves when it is killed goes with the next look.

use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use crate::state_folder::StateFolder;

/// How the names of nudges begin.
const PREFIX: &str = "nudge-";

/// A question to a publisher. Dropped, it is withdrawn.
#[derive(Debug)]
pub struct Nudge(tempfile::TempPath);

impl Nudge {
    /// Asks the publisher of a state folder, whether one is there or not.
    pub fn send(state: &StateFolder) -> io::Result<Self> {
        let nudge = tempfile::Builder::new().prefix(PREFIX).tempfile_in(made(state)?)?;
        Ok(Self(nudge.into_temp_path()))
    }

    /// Whether the snapshot shows all that transcripts held when this was sent.
    pub fn is_answered(&self) -> io::Result<bool> {
        self.0.try_exists().map(|is_there| !is_there)
    }
}

/// The publisher's end.
#[derive(Debug)]
pub(super) struct Nudges {
    folder: PathBuf,
    /// Those that the last look stands for, once it is published.
    noted: Vec<PathBuf>,
}

impl Nudges {
    /// Answers nudges to the publisher of a state folder. The folder of nudges is made, so that it can be watched.
    pub(super) fn of(state: &StateFolder) -> Self {
        let folder = made(state).unwrap_or_else(|error| {
            tracing::warn!(%error, "nobody can leave a nudge");
            state.nudges()
        });
        Self { folder, noted: Vec::new() }
    }

    /// Where they are left.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Whether one is there. For a folder that cannot be watched.
    pub(super) fn are_there(&self) -> bool {
        nudges_in(&self.folder).is_ok_and(|nudges| !nudges.is_empty())
    }

    /// Notes those that are there. To be called before a look at everything begins.
    pub(super) fn note(&mut self) {
        self.noted = nudges_in(&self.folder).unwrap_or_else(|error| {
            tracing::warn!(%error, "cannot list nudges");
            Vec::new()
        });
    }

    /// The look failed: those that were noted for it stay for the next.
    pub(super) fn put_off(&mut self) {
        self.noted.clear();
    }

    /// What was found is published: tells those who asked.
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

/// The nudges in a folder; none in one that is missing.
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

/// The folder, made as needed, private to the user. Either end may be first.
fn made(state: &StateFolder) -> io::Result<PathBuf> {
    let folder = state.nudges();
    DirBuilder::new().recursive(true).mode(0o700).create(&folder)?;
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
