//! Finds the transcripts that have changed, and reads what is new in them.
//!
//! A [`Follower`] knows how far each transcript was read. [`sweep`](Follower::scan_all) compares all of them
//! with the files as they are now; [`scan_paths`](Follower::scan_paths) compares a few. Both only `stat` files and
//! return what is [`ChangedTranscript`]. [`ChangedTranscript::read`] resumes at the known offset, so an append costs only what was
//! appended. Store the state it returns, then pass it to [`settle`](Follower::settle).
//!
//! Invariants: nothing counts as read before it is settled, so anything that fails in between is read again.
//! A file is read on only if the bytes before its offset are unchanged, otherwise from its start, which is
//! harmless because records merge. An offset follows its file when the file is renamed. A file with several
//! names is one file. There is no ledger, the clock only decides how long folders have been unchanged
//! ([`FullScan`]), and scanning opens no file. Used by the publisher.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::ops::Bound;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::fingerprint::Mark;
use super::open::{ReadError, open};
use super::reader::{Reader, TranscriptContents};
use crate::ingest::claude::{self, PROJECTS};
use crate::ingest::find::{
    Discovery, Folder, FullScan, SkippedPath, Transcript, is_not_found, modified_ns, scan_below,
};
use crate::usage::Exclude;

/// How often a transcript is read if it is written to at the same time.
const ATTEMPTS: usize = 3;

/// How far a transcript was read, and its metadata at that time. A ledger stores this.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileState {
    /// Where it is.
    pub path: PathBuf,
    /// The project's key.
    pub project: Arc<str>,
    /// The session of records that do not name one.
    pub session: Arc<str>,
    /// Its device number.
    pub device: u64,
    /// Its inode number.
    pub inode: u64,
    /// Its length, in bytes.
    pub bytes: u64,
    /// Its modification time, in nanoseconds UTC.
    pub modified_ns: i64,
    /// How far it was read, with the fingerprint of the bytes before.
    pub mark: Mark,
}

/// A transcript that may have something to read.
#[derive(Clone, Debug)]
pub struct ChangedTranscript {
    /// The file as it is now.
    pub transcript: Transcript,
    /// How far it was read, under this path or under its previous one.
    pub known: Option<FileState>,
}

/// The result of reading a changed transcript, besides the [`TranscriptContents`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadOutcome {
    /// The state to store, together with what was read.
    pub state: FileState,
    /// The path it was known by, if it differs.
    pub moved_from: Option<PathBuf>,
    /// Whether the bytes that were read before are no longer in the file. What was counted from them stays
    /// counted.
    pub truncated: bool,
}

/// The result of a scan.
#[derive(Debug, Default)]
pub struct ScanResult {
    /// Transcripts that are new or have changed, in path order.
    pub due: Vec<ChangedTranscript>,
    /// Known transcripts that no longer exist. Every scan reports them until they are
    /// [forgotten](Follower::forget).
    pub removed: Vec<PathBuf>,
    /// Paths that could not be read. Each scan tries again.
    pub skipped: Vec<SkippedPath>,
    /// Folders that were walked.
    pub folders: Vec<Folder>,
    /// How many transcripts were scanned.
    pub files: u64,
    /// Their total length, in bytes.
    pub bytes: u64,
}

/// Knows how far transcripts were read and finds those that have changed.
#[derive(Debug)]
pub struct Follower {
    roots: Vec<PathBuf>,
    excluded: Exclude,
    /// By path, in byte order: comparing paths by components would be most of a scan's cost.
    known: BTreeMap<OsString, FileState>,
    /// The total length of the known transcripts.
    known_bytes: u64,
    /// The known path of each file, by device and inode.
    paths: HashMap<(u64, u64), OsString>,
    /// The last full scan.
    last_scan: Option<FullScan>,
}

impl Follower {
    /// Follows the transcripts below the `projects/` of these roots, whether or not they exist yet, except
    /// those in excluded folders. `known` are the states that were [settled](Self::settle) before.
    pub fn new(roots: Vec<PathBuf>, excluded: Exclude, known: impl IntoIterator<Item = FileState>) -> Self {
        let mut follower = Self {
            roots,
            excluded,
            known: BTreeMap::new(),
            known_bytes: 0,
            paths: HashMap::new(),
            last_scan: None,
        };
        for state in known {
            follower.settle(state);
        }
        follower
    }

    /// Scans everything.
    pub fn scan_all(&mut self) -> ScanResult {
        let last = self.last_scan.take();
        let rescan = last.and_then(|last| last.rescan(|path, found| self.scan_in_roots(path, found)));
        let scan = rescan.unwrap_or_else(|| self.full_scan());
        let found = &scan.found;
        let seen: HashSet<&OsStr> =
            found.transcripts.iter().map(|transcript| transcript.path.as_os_str()).collect();
        let unseen = self.known.iter().filter(|(path, _)| !seen.contains(&***path)).map(|(_, state)| state);
        let gone = unseen.map(|state| &state.path).filter(|path| is_gone(path)).cloned().collect();
        let findings = self.findings(found, gone);
        self.last_scan = Some(scan);
        findings
    }

    fn full_scan(&self) -> FullScan {
        let scan = || {
            let mut found = Discovery::default();
            for root in &self.roots {
                self.scan_root(root, &mut found);
            }
            found.normalize();
            found
        };
        FullScan::run(scan, self.roots.iter().map(|root| root.join(PROJECTS)))
    }

    /// Scans only these paths: transcripts, folders with their contents, or removed ones. Any other path is
    /// ignored. If a file with several names was written through a name that is gone, only the next full scan
    /// sees it.
    pub fn scan_paths(&self, paths: &[PathBuf]) -> ScanResult {
        let (mut found, mut gone) = (Discovery::default(), Vec::new());
        for path in paths {
            for root in &self.roots {
                let projects = root.join(PROJECTS);
                if projects.starts_with(path) {
                    self.scan_root(root, &mut found);
                } else if path.starts_with(&projects) {
                    self.scan_path(&projects, path, &mut found);
                }
            }
            let below = self.known.range::<OsStr, _>((Bound::Included(path.as_os_str()), Bound::Unbounded));
            let prefix = path.as_os_str().as_bytes();
            let below = below.take_while(|(known, _)| known.as_bytes().starts_with(prefix));
            // This range includes paths that only begin with the same bytes.
            let below = below.map(|(_, state)| &state.path).filter(|known| known.starts_with(path));
            gone.extend(below.filter(|known| is_gone(known)).cloned());
        }
        found.normalize();
        self.findings(&found, gone)
    }

    /// Folders that hold transcripts written to since a time in nanoseconds UTC, in the order of their paths.
    pub fn active_folders(&self, since_ns: i64) -> BTreeSet<PathBuf> {
        let active = self.known.values().filter(|state| state.modified_ns >= since_ns);
        active.filter_map(|state| state.path.parent()).map(Path::to_owned).collect()
    }

    /// Records that a transcript was read this far. Call this only once what was read is stored.
    pub fn settle(&mut self, state: FileState) {
        // Forget the state under this path, and the state under the path that this file had before.
        self.forget(&state.path);
        let path = state.path.as_os_str().to_owned();
        if let Some(moved_from) = self.paths.insert((state.device, state.inode), path.clone()) {
            self.known_bytes -= self.known.remove(&moved_from).map_or(0, |state| state.bytes);
        }
        self.known_bytes += state.bytes;
        self.known.insert(path, state);
    }

    /// Forgets a transcript that is gone. If it comes back, it is read from its start.
    pub fn forget(&mut self, path: &Path) {
        if let Some(state) = self.known.remove(path.as_os_str()) {
            self.known_bytes -= state.bytes;
            let file = (state.device, state.inode);
            if self.paths.get(&file).is_some_and(|known| *known == *path) {
                self.paths.remove(&file);
            }
        }
    }

    /// The number of known transcripts, and their total length in bytes.
    pub fn totals(&self) -> (u64, u64) {
        (self.known.len() as u64, self.known_bytes)
    }

    /// The states of the known transcripts, in byte order of their paths.
    pub fn known(&self) -> impl Iterator<Item = &FileState> {
        self.known.values()
    }

    fn scan_in_roots(&self, path: &Path, found: &mut Discovery) {
        for projects in self.roots.iter().map(|root| root.join(PROJECTS)) {
            if path.starts_with(&projects) {
                self.scan_path(&projects, path, found);
            }
        }
    }

    fn scan_root(&self, root: &Path, found: &mut Discovery) {
        let projects = root.join(PROJECTS);
        // A root that does not exist yet is not reported.
        if !projects.metadata().is_err_and(|error| is_not_found(&error)) {
            scan_below(&projects, &projects, &self.excluded, found);
        }
    }

    fn scan_path(&self, projects: &Path, path: &Path, found: &mut Discovery) {
        match path.metadata() {
            Ok(metadata) if metadata.is_dir() || claude::is_transcript(path) => {
                scan_below(projects, path, &self.excluded, found);
            }
            Ok(_) => {}
            Err(error) if is_not_found(&error) => {}
            Err(error) => {
                found.skipped.push(SkippedPath::because(path, format!("cannot access it: {error}")));
            }
        }
    }

    fn findings(&self, found: &Discovery, mut removed: Vec<PathBuf>) -> ScanResult {
        removed.sort();
        removed.dedup();
        ScanResult {
            due: found.transcripts.iter().filter_map(|transcript| self.due(transcript)).collect(),
            removed,
            skipped: found.skipped.clone(),
            folders: found.folders.clone(),
            files: found.transcripts.len() as u64,
            bytes: found.transcripts.iter().map(|transcript| transcript.bytes).sum(),
        }
    }

    /// A transcript, if it has changed since it was settled.
    fn due(&self, transcript: &Transcript) -> Option<ChangedTranscript> {
        let file = (transcript.device, transcript.inode);
        let named = self.paths.get(&file).and_then(|path| self.known.get(path));
        let is_alias = |state: &&FileState| {
            *state.path.as_os_str() != *transcript.path.as_os_str() && leads_to(&state.path, file)
        };
        let transcript = match named.filter(is_alias) {
            // This is another name of a file that still has its known name.
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
            .then(|| ChangedTranscript { known: known.cloned(), transcript: transcript.clone() })
    }
}

impl ChangedTranscript {
    /// How many bytes there may be to read: those after the known offset, or all.
    pub fn new_bytes(&self) -> u64 {
        let bytes = self.transcript.bytes;
        self.known.as_ref().map_or(bytes, |known| bytes.checked_sub(known.mark.offset).unwrap_or(bytes))
    }

    /// Reads what is new in the transcript.
    ///
    /// On an error, store no state. You may use the contents of the reading or not; they will be read again.
    pub fn read(
        &self,
        reader: &mut Reader,
        reading: &mut TranscriptContents,
    ) -> Result<ReadOutcome, ReadError> {
        reading.restart(0);
        let file = open(&self.transcript.path)?;
        let mut before = FileStat::of(&file)?;
        for attempt in 1..=ATTEMPTS {
            let from = self.offset_in(&file, &before)?;
            reader.read_open(&file, &self.transcript, from, reading, &|_| ())?;
            let mark = Mark::of(&file, reading.consumed).map_err(ReadError::Read)?;
            let after = FileStat::of(&file)?;
            // The mark belongs to the bytes that were read only if they have not been overwritten since. If a
            // file is written to all the time and the bytes before its known offset are unchanged, assume
            // that it only grew.
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

    /// Where to start reading: at the known offset if this is the known file with the same bytes before it, and it was
    /// appended to; otherwise at the start. A file whose time changed and whose length did not was written in place.
    pub(super) fn offset_in(&self, file: &File, stat: &FileStat) -> Result<u64, ReadError> {
        match &self.known {
            Some(known)
                if (known.device, known.inode) == stat.file()
                    && (known.bytes != stat.bytes || known.modified_ns == stat.modified_ns)
                    && known.mark.holds(file).map_err(ReadError::Read)? =>
            {
                Ok(known.mark.offset)
            }
            _ => Ok(0),
        }
    }

    pub(super) fn outcome(&self, stat: &FileStat, from: u64, mark: Mark) -> ReadOutcome {
        let Transcript { path, project, session, .. } = &self.transcript;
        let same_path = self.known.as_ref().filter(|known| known.path == *path);
        let same_file = self.known.as_ref().filter(|known| (known.device, known.inode) == stat.file());
        ReadOutcome {
            state: FileState {
                path: path.clone(),
                project: Arc::clone(project),
                session: Arc::clone(session),
                device: stat.device,
                inode: stat.inode,
                bytes: stat.bytes,
                modified_ns: stat.modified_ns,
                mark,
            },
            moved_from: same_file.filter(|known| known.path != *path).map(|known| known.path.clone()),
            truncated: same_path.is_some_and(|known| from < known.mark.offset),
        }
    }
}

/// The metadata that shows whether a file was written to.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct FileStat {
    device: u64,
    inode: u64,
    pub(super) bytes: u64,
    modified_ns: i64,
}

impl FileStat {
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

/// Whether a file no longer exists. A file that cannot be accessed may still exist.
fn is_gone(path: &Path) -> bool {
    match path.metadata() {
        Ok(metadata) => !metadata.is_file(),
        Err(error) => is_not_found(&error),
    }
}
