//! Starts a publisher that outlives its starter.
//!
//! Invariant: of several starters at once one's publisher takes the lock, and all of them report that process. [`start`]
//! returns when a publisher that goes on has published, when its own has failed, or when the patience is over. Who holds
//! the lock only for a moment, such as a command that counts what is new, is waited for.

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
use crate::snapshot::{Code, Following, Reader, is_held, lock_path};
use crate::state_folder::StateFolder;

/// How often a starter checks whether the publisher has published.
const CHECK_EVERY: Duration = Duration::from_millis(10);
/// How much of a publisher's last messages is printed, in bytes.
const WORDS_BYTES: usize = 4096;
/// The file of last messages is emptied if it is larger than this.
const WORDS_FILE_BYTES: u64 = 64 << 10;
/// How long something must last that otherwise ends by itself.
const GRACE: Duration = Duration::from_secs(2);
/// A process that has published for longer is no command that counts once.
const COMMANDS_END_IN_MS: i64 = 10_000;
/// Exit code of a publisher that found another one.
const LOCKED: i32 = Code::Locked as i32;

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
    /// One ran already, or another starter's was quicker.
    Already {
        /// Its process id.
        pid: u32,
    },
    /// The same, but it has not published yet, or no longer does.
    AlreadySilent {
        /// Its process id.
        pid: u32,
    },
}

/// Starts a publisher, detached, unless one runs.
pub fn start(launch: &Launch) -> Result<StartOutcome, DaemonError> {
    let lock = launch.state.lock();
    let deadline = Instant::now() + launch.patience;
    let mut child: Option<Started> = None;
    let (mut unseen, mut elsewhere) = (Since::default(), Since::default());
    loop {
        if let Some(started) = &mut child
            && let Some(status) =
                started.child.try_wait().map_err(DaemonError::io(&launch.program, "wait for"))?
        {
            if status.code() != Some(LOCKED) {
                return Err(DaemonError::Ended { code: status.code(), words: started.words(&launch.state) });
            }
            // Another process was quicker.
            child = None;
        }
        let is_late = Instant::now() >= deadline;
        let own = child.as_ref().map(|started| started.child.id());
        let holder = holder(&lock)?;
        let is_unseen = unseen.lasts(matches!(holder, Holder::Unseen { .. }));
        match holder {
            Holder::Process(pid) if Some(pid) == own => {
                if has_published(&launch.snapshot, pid) {
                    return Ok(StartOutcome::Published { pid });
                }
            }
            Holder::Process(pid) => {
                let publishes_here = is_held(&lock_path(&launch.snapshot))
                    .map_err(DaemonError::io(&launch.snapshot, "check the lock of"))?;
                if elsewhere.lasts(!publishes_here) || goes_on(&launch.snapshot, pid) {
                    return Ok(StartOutcome::Already { pid });
                }
                if is_late {
                    return Ok(StartOutcome::AlreadySilent { pid });
                }
            }
            // Whoever takes the lock writes its process id a moment later.
            Holder::Unseen { pid } if is_unseen || is_late => return Err(DaemonError::Foreign { lock, pid }),
            Holder::Unseen { .. } => {}
            Holder::Nobody { .. } if own.is_none() => child = Some(spawn(launch)?),
            Holder::Nobody { .. } => {}
        }
        if let (true, Some(pid)) = (is_late, own) {
            return Ok(StartOutcome::NotYet { pid });
        }
        sleep(CHECK_EVERY);
    }
}

/// Since when something is so without a break.
#[derive(Debug, Default)]
struct Since(Option<Instant>);

impl Since {
    /// Whether it has been so for longer than what ends by itself.
    fn lasts(&mut self, is_so: bool) -> bool {
        if !is_so {
            self.0 = None;
            return false;
        }
        self.0.get_or_insert_with(Instant::now).elapsed() >= GRACE
    }
}

/// A publisher that this process started.
#[derive(Debug)]
struct Started {
    child: Child,
    /// Where its last messages begin in their file.
    words_from: u64,
}

impl Started {
    /// What it said, and perhaps what another starter's said at the same time.
    fn words(&self, state: &StateFolder) -> String {
        // Without them the exit code must do.
        let mut bytes = Vec::new();
        if let Ok(Some(mut file)) = own_folder::read(&state.last_words()) {
            let _ = file.read_to_end(&mut bytes);
        }
        let from = usize::try_from(self.words_from).unwrap_or(usize::MAX).min(bytes.len());
        let words = &bytes[from.max(bytes.len().saturating_sub(WORDS_BYTES))..];
        String::from_utf8_lossy(words).trim().to_owned()
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

fn spawn(launch: &Launch) -> Result<Started, DaemonError> {
    let state = launch.state.path();
    let words_path = launch.state.last_words();
    let (words, words_from) = open_words(&words_path).map_err(DaemonError::io(&words_path, "open"))?;
    let child = Command::new(&launch.program)
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
        .map_err(DaemonError::io(&launch.program, "start"))?;
    Ok(Started { child, words_from })
}

/// Opens the file of last messages, and says where those of the next publisher begin. Publishers of several starters may
/// write to it at the same time, so only a large one is emptied.
fn open_words(path: &Path) -> io::Result<(File, u64)> {
    let file = own_folder::append(path)?;
    let mut bytes = file.metadata()?.len();
    if bytes > WORDS_FILE_BYTES {
        file.set_len(0)?;
        bytes = 0;
    }
    Ok((file, bytes))
}

/// Whether the process `pid` publishes this snapshot and goes on doing so, and is no command that ends in a moment.
fn goes_on(snapshot: &Path, pid: u32) -> bool {
    let Ok(reader) = Reader::open_copying(snapshot) else { return false };
    let is_its = reader.identity().writer_pid == u64::from(pid)
        && reader.freshness().is_ok_and(|freshness| freshness.is_live());
    let follows = || {
        let health = reader.health().ok().flatten().unwrap_or_default();
        let runs_ms = jiff::Timestamp::now().as_millisecond() - reader.identity().writer_started_at;
        // Publishers of earlier versions do not say that they follow.
        health.following != Following::Unknown || runs_ms > COMMANDS_END_IN_MS
    };
    is_its && follows()
}

/// Whether the process `pid` has published this snapshot.
fn has_published(snapshot: &Path, pid: u32) -> bool {
    Reader::open_copying(snapshot).is_ok_and(|reader| {
        reader.identity().writer_pid == u64::from(pid)
            && reader.freshness().is_ok_and(|freshness| freshness.is_live())
    })
}
