//! Which transcripts have changed, and what they hold that was not read before.
//!
//! A [`Follower`] knows how far each transcript was read. [`sweep`](Follower::sweep) compares all of them with
//! what is there now, [`look_at`](Follower::look_at) a few; both only ask for the state of files and give out
//! what is [`Due`]. [`Due::read`] reads on from the known offset, so that an append costs what was appended,
//! and what it says is to be stored is told back with [`settle`](Follower::settle) once it is.
//!
//! Invariants: nothing is taken as read before it is settled, so that whatever fails in between is read
//! again; a file is read on only if the bytes before its offset are those that were read, else from its
//! start, which merging makes harmless; an offset moves with its file when that is renamed; a file under
//! several names is one. No ledger, no clock but for how long folders have rested ([`Visit`]), and no file is opened by
//! looking. Used by the publisher.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::ops::Bound;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::fingerprint::Mark;
use super::reader::{self, ReadError, Reader, Reading};
use crate::ingest::claude::{self, PROJECTS};
use crate::ingest::find::{
    Discovery, Folder, Skipped, Transcript, Visit, is_absence, look_below, modified_ns,
};
use crate::usage::Exclude;

/// How often a transcript that is written to while it is read is begun again.
const ATTEMPTS: usize = 3;

/// How far a transcript was read, and what it looked like then: what a ledger stores of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileState {
    /// Where it is.
    pub path: PathBuf,
    /// The project's key.
    pub project: Arc<str>,
    /// The session of records that name none.
    pub session: Arc<str>,
    /// Device it lies on.
    pub device: u64,
    /// Its number there.
    pub inode: u64,
    /// Its length, in bytes.
    pub bytes: u64,
    /// When it was last written to, in nanoseconds UTC.
    pub modified_ns: i64,
    /// How far it was read, and what stood before that.
    pub mark: Mark,
}

/// A transcript that may hold what was not read before.
#[derive(Clone, Debug)]
pub struct Due {
    /// What it looks like now.
    pub transcript: Transcript,
    /// How far it is known, under this path or the one it had before.
    pub known: Option<FileState>,
}

/// What a reading came to, besides what stands in the [`Reading`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// What is to be stored, together with what was read.
    pub state: FileState,
    /// The path it was known by, if that was another one.
    pub moved_from: Option<PathBuf>,
    /// What was read before no longer stands in it; what it held stays counted.
    pub truncated: bool,
}

/// What a look came to.
#[derive(Debug, Default)]
pub struct Findings {
    /// Transcripts that are new, or not what they were, in the order of their paths.
    pub due: Vec<Due>,
    /// Known transcripts that are not there any more, until they are [forgotten](Follower::forget).
    pub gone: Vec<PathBuf>,
    /// What cannot be taken. Each look tries again.
    pub skipped: Vec<Skipped>,
    /// Folders that were walked.
    pub folders: Vec<Folder>,
    /// Transcripts looked at.
    pub files: u64,
    /// Their length together, in bytes.
    pub bytes: u64,
}

/// Knows transcripts and tells which have changed.
#[derive(Debug)]
pub struct Follower {
    roots: Vec<PathBuf>,
    excluded: Exclude,
    /// By path, in the order of bytes: comparing paths part by part would be most of a sweep.
    known: BTreeMap<OsString, FileState>,
    /// Bytes of all that are known.
    known_bytes: u64,
    /// The known path of each file, by device and inode.
    paths: HashMap<(u64, u64), OsString>,
    /// What the last look at everything found.
    visit: Option<Visit>,
}

impl Follower {
    /// Follows the transcripts below the `projects/` of these folders, whether they are there yet or not, but
    /// for what lies in an excluded folder. `known` is what was [settled](Self::settle) before.
    pub fn new(roots: Vec<PathBuf>, excluded: Exclude, known: impl IntoIterator<Item = FileState>) -> Self {
        let mut follower = Self {
            roots,
            excluded,
            known: BTreeMap::new(),
            known_bytes: 0,
            paths: HashMap::new(),
            visit: None,
        };
        for state in known {
            follower.settle(state);
        }
        follower
    }

    /// Looks at everything.
    pub fn sweep(&mut self) -> Findings {
        let before = self.visit.take();
        let again = before.and_then(|visit| visit.again(|path, found| self.look_below_each(path, found)));
        let visit = again.unwrap_or_else(|| self.visit_all());
        let found = &visit.found;
        let seen: HashSet<&OsStr> =
            found.transcripts.iter().map(|transcript| transcript.path.as_os_str()).collect();
        let unseen = self.known.iter().filter(|(path, _)| !seen.contains(&***path)).map(|(_, state)| state);
        let gone = unseen.map(|state| &state.path).filter(|path| is_gone(path)).cloned().collect();
        let findings = self.assess(found, gone);
        self.visit = Some(visit);
        findings
    }

    fn visit_all(&self) -> Visit {
        let look = || {
            let mut found = Discovery::default();
            for root in &self.roots {
                self.look_below_root(root, &mut found);
            }
            found.settle();
            found
        };
        Visit::by(look, self.roots.iter().map(|root| root.join(PROJECTS)))
    }

    /// Looks at these paths alone: transcripts, folders and what is in them, or paths that were either.
    /// Anything else is passed over; what was written through a name that is gone, of a file that has others,
    /// is left to the next sweep.
    pub fn look_at(&self, paths: &[PathBuf]) -> Findings {
        let (mut found, mut gone) = (Discovery::default(), Vec::new());
        for path in paths {
            for root in &self.roots {
                let projects = root.join(PROJECTS);
                if projects.starts_with(path) {
                    self.look_below_root(root, &mut found);
                } else if path.starts_with(&projects) {
                    self.look_at_one(&projects, path, &mut found);
                }
            }
            let below = self.known.range::<OsStr, _>((Bound::Included(path.as_os_str()), Bound::Unbounded));
            let prefix = path.as_os_str().as_bytes();
            let below = below.take_while(|(known, _)| known.as_bytes().starts_with(prefix));
            // Names that merely begin alike are among these.
            let below = below.map(|(_, state)| &state.path).filter(|known| known.starts_with(path));
            gone.extend(below.filter(|known| is_gone(known)).cloned());
        }
        found.settle();
        self.assess(&found, gone)
    }

    /// Takes a transcript as read this far. To be called when what was read is safe, and not before.
    pub fn settle(&mut self, state: FileState) {
        // What is known under this path, and under the one this file had before, is known no more.
        self.forget(&state.path);
        let path = state.path.as_os_str().to_owned();
        if let Some(moved_from) = self.paths.insert((state.device, state.inode), path.clone()) {
            self.known_bytes -= self.known.remove(&moved_from).map_or(0, |state| state.bytes);
        }
        self.known_bytes += state.bytes;
        self.known.insert(path, state);
    }

    /// Forgets a transcript that is gone. Should it come back, it is read from its start.
    pub fn forget(&mut self, path: &Path) {
        if let Some(state) = self.known.remove(path.as_os_str()) {
            self.known_bytes -= state.bytes;
            let file = (state.device, state.inode);
            if self.paths.get(&file).is_some_and(|known| *known == *path) {
                self.paths.remove(&file);
            }
        }
    }

    /// How many transcripts are known, and their bytes.
    pub fn extent(&self) -> (u64, u64) {
        (self.known.len() as u64, self.known_bytes)
    }

    /// What is known of the transcripts, in the order of their paths' bytes.
    pub fn known(&self) -> impl Iterator<Item = &FileState> {
        self.known.values()
    }

    fn look_below_each(&self, path: &Path, found: &mut Discovery) {
        for projects in self.roots.iter().map(|root| root.join(PROJECTS)) {
            if path.starts_with(&projects) {
                self.look_at_one(&projects, path, found);
            }
        }
    }

    fn look_below_root(&self, root: &Path, found: &mut Discovery) {
        let projects = root.join(PROJECTS);
        // A root that is not there yet is nothing to report.
        if !projects.metadata().is_err_and(|error| is_absence(&error)) {
            look_below(&projects, &projects, &self.excluded, found);
        }
    }

    fn look_at_one(&self, projects: &Path, path: &Path, found: &mut Discovery) {
        match path.metadata() {
            Ok(metadata) if metadata.is_dir() || claude::is_transcript(path) => {
                look_below(projects, path, &self.excluded, found);
            }
            Ok(_) => {}
            Err(error) if is_absence(&error) => {}
            Err(error) => found.skipped.push(Skipped::because(path, format!("cannot look at it: {error}"))),
        }
    }

    fn assess(&self, found: &Discovery, mut gone: Vec<PathBuf>) -> Findings {
        gone.sort();
        gone.dedup();
        Findings {
            due: found.transcripts.iter().filter_map(|transcript| self.due(transcript)).collect(),
            gone,
            skipped: found.skipped.clone(),
            folders: found.folders.clone(),
            files: found.transcripts.len() as u64,
            bytes: found.transcripts.iter().map(|transcript| transcript.bytes).sum(),
        }
    }

    /// A transcript, if it is not what it was when it was settled.
    fn due(&self, transcript: &Transcript) -> Option<Due> {
        let file = (transcript.device, transcript.inode);
        let named = self.paths.get(&file).and_then(|path| self.known.get(path));
        let is_alias = |state: &&FileState| {
            *state.path.as_os_str() != *transcript.path.as_os_str() && leads_to(&state.path, file)
        };
        let transcript = match named.filter(is_alias) {
            // Another name of a file that still has the one it is known by.
            Some(state) => &Transcript {
                path: state.path.clone(),
                project: Arc::clone(&state.project),
                session: Arc::clone(&state.session),
                ..transcript.clone()
            },
            None => transcript,
        };
        let known = named.or_else(|| self.known.get(transcript.path.as_os_str()));
        let is_unchanged = |state: &FileState| {
            *state.path.as_os_str() == *transcript.path.as_os_str()
                && (state.device, state.inode) == file
                && (state.bytes, state.modified_ns) == (transcript.bytes, transcript.modified_ns)
        };
        (!known.is_some_and(is_unchanged))
            .then(|| Due { known: known.cloned(), transcript: transcript.clone() })
    }
}

impl Due {
    /// How many bytes there may be to read: those behind the known offset, or all.
    pub fn new_bytes(&self) -> u64 {
        let bytes = self.transcript.bytes;
        self.known.as_ref().map_or(bytes, |known| bytes.checked_sub(known.mark.offset).unwrap_or(bytes))
    }

    /// Reads what the transcript holds beyond what is known of it.
    ///
    /// On an error nothing is to be stored; what is in the reading may be used or not, it will be read again.
    pub fn read(&self, reader: &mut Reader, reading: &mut Reading) -> Result<Outcome, ReadError> {
        reading.restart(0);
        let file = reader::open(&self.transcript.path)?;
        let mut before = Shape::of(&file)?;
        for attempt in 1..=ATTEMPTS {
            let from = self.offset_in(&file, &before)?;
            reader.read_open(&file, &self.transcript, from, reading, &|_| ())?;
            let mark = Mark::of(&file, reading.consumed).map_err(ReadError::Read)?;
            let after = Shape::of(&file)?;
            // The mark stands for the bytes that were read only if nothing else was written over them since.
            // A file that never rests and keeps its known beginning is believed to grow.
            let only_grew = || {
                let from = self.offset_in(&file, &after)?;
                Ok(attempt == ATTEMPTS && after.bytes >= before.bytes && from >= reading.from)
            };
            if let Some(mark) = mark
                && (after == before || only_grew()?)
            {
                return Ok(self.outcome(&before, reading.from, mark));
            }
            before = after;
        }
        Err(ReadError::Shrinking)
    }

    /// Where to read on in the file: at the known offset if this is what was known.
    pub(super) fn offset_in(&self, file: &File, shape: &Shape) -> Result<u64, ReadError> {
        match &self.known {
            Some(known)
                if (known.device, known.inode) == (shape.device, shape.inode)
                    && known.mark.holds(file).map_err(ReadError::Read)? =>
            {
                Ok(known.mark.offset)
            }
            _ => Ok(0),
        }
    }

    pub(super) fn outcome(&self, shape: &Shape, from: u64, mark: Mark) -> Outcome {
        let Transcript { path, project, session, .. } = &self.transcript;
        let same_path = self.known.as_ref().filter(|known| known.path == *path);
        let same_file = self.known.as_ref().filter(|known| (known.device, known.inode) == shape.file());
        Outcome {
            state: FileState {
                path: path.clone(),
                project: Arc::clone(project),
                session: Arc::clone(session),
                device: shape.device,
                inode: shape.inode,
                bytes: shape.bytes,
                modified_ns: shape.modified_ns,
                mark,
            },
            moved_from: same_file.filter(|known| known.path != *path).map(|known| known.path.clone()),
            truncated: same_path.is_some_and(|known| from < known.mark.offset),
        }
    }
}

/// What tells whether a file was written to.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Shape {
    device: u64,
    inode: u64,
    pub(super) bytes: u64,
    modified_ns: i64,
}

impl Shape {
    pub(super) fn of(file: &File) -> Result<Self, ReadError> {
        let metadata = file.metadata().map_err(ReadError::Read)?;
        Ok(Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            bytes: metadata.len(),
            modified_ns: modified_ns(&metadata),
        })
    }

    fn file(&self) -> (u64, u64) {
        (self.device, self.inode)
    }
}

/// Whether a path leads to this file.
fn leads_to(path: &Path, file: (u64, u64)) -> bool {
    path.metadata().is_ok_and(|metadata| (metadata.dev(), metadata.ino()) == file)
}

/// Whether no file is there any more. One that may not be looked at is.
fn is_gone(path: &Path) -> bool {
    match path.metadata() {
        Ok(metadata) => !metadata.is_file(),
        Err(error) => is_absence(&error),
    }
}
