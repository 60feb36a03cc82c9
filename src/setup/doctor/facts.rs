//! The facts that the checks judge, gathered by `cli`.
//!
//! Invariant: a fact that could not be had says so ([`Found::Unknown`], `None`) and never passes a check. Times are ms UTC.

use std::ffi::OsString;
use std::path::PathBuf;

use super::advice::Command;
use crate::setup::called::LostCall;
use crate::setup::claude::ClaudeSettings;

/// What was found of something.
#[derive(Clone, Debug, Default)]
pub enum Found<T> {
    /// It could not be looked for, for this reason.
    Unknown(&'static str),
    /// It does not exist.
    #[default]
    Missing,
    /// It cannot be read, for this reason.
    Broken(String),
    /// It is there.
    There(T),
}

impl<T> Found<T> {
    /// What is there.
    pub(super) fn there(&self) -> Option<&T> {
        if let Self::There(found) = self { Some(found) } else { None }
    }
}

/// Everything that the checks judge.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// The current time.
    pub now: i64,
    /// This program's version.
    pub version: String,
    /// The options that choose this publisher, for advised commands.
    pub options: Vec<OsString>,
    /// The options that choose the state folder alone.
    pub state_options: Vec<OsString>,
    /// The settings.
    pub settings: SettingsFacts,
    /// Why days are in another zone than the system's, if so.
    pub zone_note: Option<&'static str>,
    /// Folders with transcripts.
    pub roots: Vec<PathBuf>,
    /// All folders that were searched for transcripts.
    pub looked: Vec<PathBuf>,
    /// Folders that could not be read.
    pub refused: Vec<Refused>,
    /// Folders that `CLAUDE_CONFIG_DIR` names and that hold no transcripts.
    pub without_projects: Vec<PathBuf>,
    /// When the oldest and the newest transcript were last written to.
    pub transcripts: Option<(i64, i64)>,
    /// The state folder.
    pub state: StateFacts,
    /// Files and folders that must be private.
    pub private: Vec<Private>,
    /// The publisher.
    pub publisher: Found<Publisher>,
    /// The snapshot.
    pub snapshot: Found<SnapshotFacts>,
    /// How to move a snapshot aside that cannot be read: its path and the new one.
    pub snapshot_aside: Option<(PathBuf, PathBuf)>,
    /// The ledger.
    pub ledger: Found<LedgerFacts>,
    /// Whether the ledger is damaged beyond what the next publisher repairs.
    pub is_ledger_damaged: bool,
    /// Sources of account limits.
    pub limits: Found<Vec<LimitSource>>,
    /// The day when the bundled prices were collected.
    pub prices_at: Option<i64>,
    /// The same of the price table that the settings name, if it has a date.
    pub named_prices_at: Option<i64>,
    /// Used models without a price.
    pub unpriced: Vec<String>,
    /// Claude Code's settings.
    pub claude: Found<ClaudeSettings>,
    /// Calls to programs of ours that no longer exist, or why they cannot be listed.
    pub lost_calls: Option<Result<Vec<LostCall>, String>>,
    /// Programs called `cco` in `PATH`, in order.
    pub programs: Vec<PathBuf>,
}

impl Facts {
    /// `cco` for this publisher.
    pub(super) fn cco(&self, words: &[&str]) -> Command {
        let words = words.iter().map(OsString::from);
        Command::new("cco", words.chain(self.options.iter().cloned()))
    }

    /// `cco setup` with its records in this state folder.
    pub(super) fn setup(&self, words: &[&str]) -> Command {
        let words = ["setup"].iter().chain(words).map(OsString::from);
        Command::new("cco", words.chain(self.state_options.iter().cloned())).asking()
    }
}

/// The settings: flags, variables and the config file.
#[derive(Clone, Debug, Default)]
pub struct SettingsFacts {
    /// The config file, if there is one.
    pub file: Option<PathBuf>,
    /// Whether the spend guard has limits.
    pub has_guard_limits: bool,
    /// What is wrong with the settings.
    pub problems: Vec<String>,
    /// What the other checks use instead of settings that are wrong.
    pub instead: Option<&'static str>,
    /// A config file that was named and does not exist.
    pub missing_file: Option<PathBuf>,
    /// The config file if others can write to it, and what that means.
    pub open_file: Option<(PathBuf, String)>,
}

/// A folder that could not be read.
#[derive(Clone, Debug)]
pub struct Refused {
    /// The folder.
    pub path: PathBuf,
    /// Why.
    pub why: String,
    /// Whether the user may change its permissions, and that would help.
    pub is_own: bool,
}

/// The state folder.
#[derive(Clone, Debug, Default)]
pub enum StateFacts {
    /// There is none, or it is as it should be.
    #[default]
    Usable,
    /// Nobody knows where it is.
    Unknown,
    /// No command uses it.
    Refused {
        /// It, or a file in it.
        path: PathBuf,
        /// Why.
        why: String,
        /// Why in one word.
        kind: StateTrouble,
    },
}

/// Why no command uses a state folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StateTrouble {
    /// Others can write to it.
    Open,
    /// It is not a folder; where to move what is there.
    NotAFolder {
        /// A free name.
        aside: PathBuf,
    },
    /// Its permissions keep its own user out.
    Locked,
    /// Something else.
    Other,
}

/// A file or folder that must be readable by its owner alone.
#[derive(Clone, Debug)]
pub struct Private {
    /// Its path.
    pub path: PathBuf,
    /// Its mode, as `stat` reports it.
    pub mode: u32,
    /// Whether it belongs to the user.
    pub is_own: bool,
}

/// The state of the publisher.
#[derive(Clone, Debug, Default)]
pub struct Publisher {
    /// A process holds the lock.
    pub is_running: bool,
    /// The snapshot is current.
    pub is_live: bool,
    /// Its process id, if visible.
    pub pid: Option<u32>,
    /// Time from a change to its publication, µs.
    pub lag_us: Option<u64>,
    /// How it polls folders that it cannot watch, in words.
    pub polling: Option<String>,
}

/// Facts from the snapshot.
#[derive(Clone, Debug)]
pub struct SnapshotFacts {
    /// Layout version, major and minor.
    pub layout: (u32, u32),
    /// The version of the program that wrote it.
    pub program: String,
    /// When it was published.
    pub at: Option<i64>,
}

/// Who told of limits of the account.
#[derive(Clone, Debug)]
pub struct LimitSource {
    /// Who, in words.
    pub from: &'static str,
    /// How many limits.
    pub limits: u64,
    /// Time of its newest report.
    pub newest: i64,
}

/// Facts from the ledger.
#[derive(Clone, Debug)]
pub struct LedgerFacts {
    /// The version of its schema.
    pub version: i64,
    /// What is wrong with the file.
    pub damage: Vec<String>,
    /// How many requests it holds.
    pub requests: u64,
    /// When the newest of them was made.
    pub newest: Option<i64>,
}
