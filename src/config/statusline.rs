//! `[statusline]` in the config file: the look of the status line and bars.
//!
//! Invariant: values are kept as written. `report::bar` knows the themes; it checks templates, and that the commands
//! they use exist. Used by `report::bar`, `peek`, `cco config` and `cco uninstall`.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;

use serde::Deserialize;

/// The content of the section.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatusLine {
    /// A theme's name.
    pub theme: Option<String>,
    /// The template for the status line, instead of the theme's.
    pub template: Option<String>,
    /// The template for bars, instead of the theme's.
    pub bar: Option<String>,
    /// The text between sections, instead of the theme's.
    pub separator: Option<String>,
    /// When figures turn yellow and red.
    #[serde(default)]
    pub thresholds: Thresholds,
    /// Columns of the terminal that the status line leaves free.
    pub margin: Option<u16>,
    /// How git is asked.
    pub git: Option<GitSettings>,
    /// The user's own commands, by name.
    #[serde(default)]
    pub commands: BTreeMap<String, CommandSettings>,
    /// Why they are not run, if others can write the file that they are from.
    #[serde(skip)]
    pub commands_refused: Option<String>,
}

/// How git is asked, if a template has a field that takes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct GitSettings {
    /// How long a line waits for it, in milliseconds.
    pub timeout_ms: u32,
    /// How long its answer stands, in seconds.
    pub every_s: u32,
}

impl Default for GitSettings {
    fn default() -> Self {
        Self { timeout_ms: TIMEOUT_MS, every_s: 5 }
    }
}

/// A user's own command: `{cmd:NAME}`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CommandSettings {
    /// What `sh` runs.
    pub run: String,
    /// How long a line waits for it, in milliseconds.
    #[serde(default = "timeout_ms")]
    pub timeout_ms: u32,
    /// How long what it prints stands, in seconds.
    #[serde(default = "every_s")]
    pub every_s: u32,
}

/// How long a line waits for a program, in milliseconds, if nothing else is set.
const TIMEOUT_MS: u32 = 500;
/// The longest that a line may wait.
pub const TIMEOUT_MS_MAX: u32 = 5_000;

fn timeout_ms() -> u32 {
    TIMEOUT_MS
}

fn every_s() -> u32 {
    10
}

/// When figures turn yellow and red. `None` means the program's default, which may be never.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Thresholds {
    /// Used share of the context window in percent.
    pub context: Option<[u64; 2]>,
    /// Used share of an account limit in percent.
    pub limits: Option<[u64; 2]>,
    /// The session's cost in whole dollars.
    pub session_cost: Option<[u64; 2]>,
    /// Today's cost in whole dollars.
    pub today_cost: Option<[u64; 2]>,
    /// The block's cost in whole dollars.
    pub block_cost: Option<[u64; 2]>,
}

/// The folder in which status lines keep what programs said, from variables of the environment:
/// `${XDG_CACHE_HOME:-~/.cache}/cco/statusline`.
pub fn answers_folder(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let absolute = |name: &str| variable(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let cache = absolute("XDG_CACHE_HOME").or_else(|| absolute("HOME").map(|home| home.join(".cache")))?;
    Some(cache.join("cco/statusline"))
}

/// Whether a file in that folder is one of ours, by its name: a hash in hexadecimal.
pub fn is_answer(name: &str) -> bool {
    let is_hash = |stem: &str| stem.len() == 32 && stem.bytes().all(|byte| byte.is_ascii_hexdigit());
    name.strip_suffix(ANSWER_SUFFIX).is_some_and(is_hash)
}

/// Whether it is the part of an answer that was being written, as `OwnFolder::replace` names it.
pub fn is_answer_part(name: &str) -> bool {
    let parts = name.strip_suffix(".new").and_then(|name| name.rsplit_once('.'));
    parts.is_some_and(|(name, process)| is_answer(name) && process.bytes().all(|byte| byte.is_ascii_digit()))
}

/// The ending of such names.
pub const ANSWER_SUFFIX: &str = ".json";

/// All keys of [`StatusLine`].
pub(super) const KEYS: [&str; 8] =
    ["theme", "template", "bar", "separator", "thresholds", "margin", "git", "commands"];
