//! Starts a publisher that outlives its starter.
//!
//! Invariant: of two starters at the same moment one's publisher takes the lock and the other's ends; both
//! starters then report the same running process. [`start`] returns when the publisher has published, or when
//! the patience is over.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::error::DaemonError;
use super::holder::{Holder, holder};
use crate::own_folder;
use crate::snapshot::Reader;
use crate::state_folder::StateFolder;

/// How often a starter checks whether the publisher has published.
const CHECK_EVERY: Duration = Duration::from_millis(10);
/// How much of a publisher's last messages is printed, in bytes.
const WORDS_BYTES: usize = 4096;

/// A publisher to be started: the command, and where it will be seen.
#[derive(Clone, Debug)]
pub struct Launch {
    /// The program.
    pub program: PathBuf,
    /// Its arguments. It must take the lock of `state`, publish to `snapshot` and call [`detach`].
    pub arguments: Vec<OsString>,
    /// Variables that are set for it, besides its starter's.
    pub variables: Vec<(OsString, OsString)>,
    /// Its state folder.
    pub state: StateFolder,
    /// Its snapshot.
    pub snapshot: PathBuf,
    /// How long its first publish is waited for.
    pub patience: Duration,
}

/// How a start went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StartOutcome {
    /// It runs and has published.
    Published {
        /// Its process id.
        pid: u32,
    },
    /// It runs and has not published yet.
    NotYet {
        /// Its process id.
        pid: u32,
    },
    /// One ran already; nothing was started.
    Already {
        /// Its process id.
        pid: u32,
    },
}

/// Starts a publisher, detached, unless one runs.
pub fn start(launch: &Launch) -> Result<StartOutcome, DaemonError> {
    let lock = launch.state.lock();
    if let Some(running) = already(&lock)? {
        return Ok(running);
    }
    let mut child = spawn(launch)?;
    let deadline = Instant::now() + launch.patience;
    loop {
        let ended = child.try_wait().map_err(DaemonError::io(&launch.program, "wait for"))?;
        if let Some(status) = ended {
            // Another starter's publisher may have been quicker.
            if let Some(running) = already(&lock)? {
                return Ok(running);
            }
            return Err(DaemonError::Ended { code: status.code(), words: last_words(&launch.state) });
        }
        if has_published(&launch.snapshot, child.id()) {
            return Ok(StartOutcome::Published { pid: child.id() });
        }
        if Instant::now() >= deadline {
            return Ok(StartOutcome::NotYet { pid: child.id() });
        }
        sleep(CHECK_EVERY);
    }
}

/// Begins a session of its own for this process: no terminal, and no signals of one. For a publisher that was
/// started by [`start`], before anything else.
pub fn detach() -> Result<(), DaemonError> {
    match rustix::process::setsid() {
        // A process that leads its group cannot, and a group of its own is what matters.
        Ok(_) | Err(rustix::io::Errno::PERM) => Ok(()),
        Err(error) => Err(DaemonError::io("the session", "leave")(error.into())),
    }
}

fn already(lock: &Path) -> Result<Option<StartOutcome>, DaemonError> {
    match holder(lock)? {
        Holder::Nobody { .. } => Ok(None),
        Holder::Process(pid) => Ok(Some(StartOutcome::Already { pid })),
        Holder::Unseen { pid } => Err(DaemonError::Foreign { lock: lock.into(), pid }),
    }
}

fn spawn(launch: &Launch) -> Result<Child, DaemonError> {
    let state = launch.state.path();
    let words_path = launch.state.last_words();
    // Appended to, because two publishers may write why they ended; emptied at each start.
    let words = open_words(&words_path).map_err(DaemonError::io(&words_path, "open"))?;
    Command::new(&launch.program)
        .args(&launch.arguments)
        .envs(launch.variables.iter().map(|(name, value)| (name, value)))
        // A manager that watches the starter must not hear of the publisher.
        .env_remove("NOTIFY_SOCKET")
        .env_remove("WATCHDOG_USEC")
        .env_remove("WATCHDOG_PID")
        // A daemon keeps no file system busy except the one it writes to.
        .current_dir(state)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(words)
        .spawn()
        .map_err(DaemonError::io(&launch.program, "start"))
}

fn open_words(path: &Path) -> io::Result<File> {
    let file = own_folder::append(path)?;
    file.set_len(0)?;
    Ok(file)
}

/// Whether the snapshot that stands there is of the process `pid`. A snapshot gets its name with its first
/// commit, so that this is the first publish.
fn has_published(snapshot: &Path, pid: u32) -> bool {
    Reader::open_copying(snapshot).is_ok_and(|reader| {
        reader.identity().writer_pid == pid && reader.freshness().is_ok_and(|freshness| freshness.is_live())
    })
}

fn last_words(state: &StateFolder) -> String {
    let mut bytes = Vec::new();
    // Without them the exit code must do.
    if let Ok(Some(mut file)) = own_folder::read(&state.last_words()) {
        let _ = file.read_to_end(&mut bytes);
    }
    let words = &bytes[bytes.len().saturating_sub(WORDS_BYTES)..];
    String::from_utf8_lossy(words).trim().to_owned()
}
