//! Files that no output may replace: cco's own files, and Claude Code's transcripts.
//!
//! Invariant: it does not matter how a path leads to such a file: directly, through a symlink, or as another hard link.
//! Every command that writes to a file of the user's choice asks here first.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use super::{Exit, Failure};
use crate::config::Settings;
use crate::daemon::job_to_follow;
use crate::ingest::{Root, discover};
use crate::limits;
use crate::snapshot::lock_path;
use crate::state_folder::StateFolder;

/// A file that must stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum OwnFile {
    Ledger,
    Other,
    Transcript,
}

/// Fails if this path, to which a command would write, leads to a file that must stay, or has the name of one.
pub(super) fn refuse_own_file(settings: &Settings, output: &Path) -> Result<(), Failure> {
    let failed = Failure::io("cannot access the output file");
    let existing = match fs::metadata(output) {
        Ok(metadata) => Some(metadata),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(failed(error)),
    };
    // If even the folder is missing, nothing of ours can be there.
    let Some(path) = resolved(output, existing.is_some()) else { return Ok(()) };
    if existing.as_ref().is_some_and(|file| !file.is_file()) {
        let words = format!("{} is not a regular file: use another file", output.display());
        return Err(Failure::new(Exit::Usage, words));
    }
    let own = by_path(settings, &path).or_else(|| by_identity(settings, (&existing?).into()));
    let words = match own {
        None => return Ok(()),
        Some(OwnFile::Ledger) => "is the ledger itself",
        Some(OwnFile::Other) => "has the name of one of cco's own files",
        Some(OwnFile::Transcript) => "is in a folder with transcripts, or is a link to one",
    };
    Err(Failure::new(Exit::Usage, format!("{} {words}: use another file", output.display())))
}

/// The path without symlinks; the file itself may be missing.
fn resolved(path: &Path, is_there: bool) -> Option<PathBuf> {
    if is_there {
        return path.canonicalize().ok();
    }
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    Some(parent.canonicalize().ok()?.join(path.file_name()?))
}

/// By where it is, whether or not it exists.
fn by_path(settings: &Settings, path: &Path) -> Option<OwnFile> {
    let is = |own: &Path| resolved(own, own.exists()).is_some_and(|own| own == path);
    if is(&settings.state.ledger()) {
        return Some(OwnFile::Ledger);
    }
    if settings.config.as_deref().is_some_and(is) {
        return Some(OwnFile::Other);
    }
    let (folder, name) = (path.parent()?, path.file_name()?.to_string_lossy());
    let is_folder = |own: &Path| own.canonicalize().is_ok_and(|own| own == folder);
    // The snapshot may be in another folder than the state folder.
    let is_beside_snapshot = resolved(&settings.snapshot, false).is_some_and(|own| {
        own.parent() == Some(folder)
            && own.file_name().is_some_and(|own| name.starts_with(&*own.to_string_lossy()))
    });
    let folders =
        [settings.state.nudges(), settings.state.setup_records(), limits::folder_of(&settings.snapshot)];
    if is_beside_snapshot
        || (is_folder(settings.state.path()) && StateFolder::is_own(&name))
        || folders.iter().any(|own| is_folder(own))
    {
        return Some(OwnFile::Other);
    }
    let is_below =
        |root: &Root| root.projects().canonicalize().is_ok_and(|projects| path.starts_with(projects));
    roots(settings).iter().any(is_below).then_some(OwnFile::Transcript)
}

/// By which file it is, whatever its name.
fn by_identity(settings: &Settings, file: Identity) -> Option<OwnFile> {
    let is = |own: &Path| fs::metadata(own).is_ok_and(|own| Identity::from(&own) == file);
    if is(&settings.state.ledger()) {
        return Some(OwnFile::Ledger);
    }
    let beside_ledger = fs::read_dir(settings.state.path()).into_iter().flatten().flatten();
    let mut own = beside_ledger.filter(|entry| StateFolder::is_own(&entry.file_name().to_string_lossy()));
    let others =
        [Some(settings.snapshot.clone()), Some(lock_path(&settings.snapshot)), settings.config.clone()];
    if own.any(|entry| is(&entry.path())) || others.iter().flatten().any(|own| is(own)) {
        return Some(OwnFile::Other);
    }
    let transcripts = discover(&roots(settings)).transcripts;
    let mut identities = transcripts.iter().map(|it| Identity { device: it.device, inode: it.inode });
    identities.any(|transcript| transcript == file).then_some(OwnFile::Transcript)
}

fn roots(settings: &Settings) -> Vec<Root> {
    job_to_follow(settings).roots.into_iter().filter_map(|root| Root::new(root).ok()).collect()
}

/// Which file it is, for the system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Identity {
    device: u64,
    inode: u64,
}

impl From<&fs::Metadata> for Identity {
    fn from(metadata: &fs::Metadata) -> Self {
        Self { device: metadata.dev(), inode: metadata.ino() }
    }
}
