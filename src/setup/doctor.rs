//! The doctor: judges an installation from facts that `cli` gathers, and suggests fixes.
//!
//! Invariant: pure; it reads no file, clock or environment. An unknown fact is `None` and never passes a check.
//! A check fails if figures are wrong or missing. It warns about things that the user may have intended.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::called::LostCall;
use super::claude::{ClaudeSettings, DAYS_BY_DEFAULT, DAYS_TO_WARN};
use crate::plain_text::{self, plain};
use crate::report::figures::{counted, duration, rfc3339, span};
use crate::report::following;

/// The outcome of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// As it should be.
    Ok,
    /// Perhaps intended, perhaps not.
    Warn,
    /// Figures are wrong or missing.
    Fail,
}

impl Verdict {
    /// `ok`, `warn` or `fail`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Fail => "fail",
        }
    }
}

/// The result of a check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What was checked, in one word.
    pub check: &'static str,
    /// The outcome.
    pub verdict: Verdict,
    /// What the check found.
    pub says: String,
    /// What to do; `None` if all is well.
    pub next: Option<String>,
}

/// Everything that the checks judge. Times are ms UTC.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// The current time.
    pub now: i64,
    /// Why days are in another zone than the system's, if so.
    pub zone_note: Option<&'static str>,
    /// This program's version.
    pub version: String,
    /// Folders with transcripts.
    pub roots: Vec<PathBuf>,
    /// All folders that were searched for transcripts.
    pub looked: Vec<PathBuf>,
    /// Folders that could not be read, with the reason.
    pub refused: Vec<String>,
    /// Folders that `CLAUDE_CONFIG_DIR` names and that hold no transcripts.
    pub without_projects: Vec<PathBuf>,
    /// When the oldest and the newest transcript were last written to.
    pub transcripts: Option<(i64, i64)>,
    /// Why no command uses the state folder, if so.
    pub state_refused: Option<String>,
    /// Files and folders that must be private.
    pub private: Vec<Private>,
    /// The publisher.
    pub publisher: Publisher,
    /// The snapshot, or why it cannot be read.
    pub snapshot: Option<Result<SnapshotFacts, String>>,
    /// The ledger, or why it cannot be read.
    pub ledger: Option<Result<LedgerFacts, String>>,
    /// The day when the bundled prices were collected.
    pub prices_at: Option<i64>,
    /// Used models without a price.
    pub unpriced: Vec<String>,
    /// Claude Code's settings, or why they cannot be read.
    pub claude: Option<Result<ClaudeSettings, String>>,
    /// Calls to programs of ours that no longer exist, or why they cannot be listed.
    pub lost_calls: Option<Result<Vec<LostCall>, String>>,
    /// Programs called `cco` in `PATH`, in order.
    pub programs: Vec<PathBuf>,
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
    /// Why the state is unknown.
    pub unknown: Option<String>,
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

const DAY_MS: i64 = 86_400_000;
/// How much the clocks of two machines may differ.
const SKEW_MS: i64 = 2 * 60_000;
/// Warn if a change takes longer to be published.
const LAG_US: u64 = 5_000_000;
/// Warn about a price table older than this: prices change a few times a year.
const PRICES_DAYS: i64 = 120;

/// Runs all checks. Each returns one finding.
pub fn examine(facts: &Facts) -> Vec<Finding> {
    let checks = [roots, permissions, publisher, snapshot, ledger, clock, prices, setup, retention, programs];
    checks.iter().map(|check| check(facts)).collect()
}

fn ok(check: &'static str, says: impl Into<String>) -> Finding {
    Finding { check, verdict: Verdict::Ok, says: says.into(), next: None }
}

fn warn(check: &'static str, says: impl Into<String>, next: impl Into<String>) -> Finding {
    Finding { check, verdict: Verdict::Warn, says: says.into(), next: Some(next.into()) }
}

fn fail(check: &'static str, says: impl Into<String>, next: impl Into<String>) -> Finding {
    Finding { verdict: Verdict::Fail, ..warn(check, says, next) }
}

fn listed(paths: &[PathBuf]) -> String {
    let paths: Vec<_> = paths.iter().map(|path| plain(&path.to_string_lossy()).into_owned()).collect();
    paths.join(", ")
}

fn roots(facts: &Facts) -> Finding {
    if !facts.refused.is_empty() {
        return fail("roots", facts.refused.join("; "), "check the permissions of these folders");
    }
    if facts.roots.is_empty() {
        let says = format!("no transcripts in {}", listed(&facts.looked));
        return warn("roots", says, "use Claude Code, or use --root with a folder that contains projects/");
    }
    if !facts.without_projects.is_empty() {
        let says = format!(
            "CLAUDE_CONFIG_DIR names {}, which has no projects folder; counted: {}",
            listed(&facts.without_projects),
            listed(&facts.roots)
        );
        let next = "correct CLAUDE_CONFIG_DIR: configuration folders such as ~/.claude, separated by commas";
        return warn("roots", says, next);
    }
    ok("roots", listed(&facts.roots))
}

fn permissions(facts: &Facts) -> Finding {
    let open: Vec<_> = facts.private.iter().filter(|file| file.mode & 0o077 != 0).collect();
    if let Some(file) = facts.private.iter().find(|file| !file.is_own) {
        let path = file.path.display();
        return fail(
            "permissions",
            format!("{path} belongs to another user"),
            "use another state folder: --state or CCO_STATE",
        );
    }
    if let Some(why) = &facts.state_refused {
        return fail("permissions", plain(why), "no other command runs until this is mended");
    }
    if open.is_empty() {
        let says = match facts.private.len() {
            0 => "nothing stored yet".to_owned(),
            count => format!("{}, readable only by you", counted(count as u64, "file")),
        };
        return ok("permissions", says);
    }
    let paths: Vec<_> = open.iter().map(|file| file.path.clone()).collect();
    let words = paths.iter().map(|path| super::places::quoted(&path.to_string_lossy()));
    let next = format!("chmod go= {}", words.collect::<Vec<_>>().join(" "));
    fail("permissions", format!("other users can read {}", listed(&paths)), next)
}

fn publisher(facts: &Facts) -> Finding {
    let Publisher { unknown, is_running, is_live, pid, lag_us, polling } = &facts.publisher;
    if let Some(why) = unknown {
        return fail("publisher", plain(why), "check the permissions of the state folder");
    }
    let who = pid.map_or_else(|| "a process elsewhere".to_owned(), |pid| format!("process {pid}"));
    if !*is_running {
        let next = "cco daemon start; to start it at each login: cco service install";
        return warn("publisher", "not running: figures are not updated", next);
    }
    if !*is_live {
        let next = "cco daemon restart; to find the cause: cco daemon logs";
        return fail("publisher", format!("{who} is running, but its snapshot is stale"), next);
    }
    let program = facts.snapshot.as_ref().and_then(|snapshot| snapshot.as_ref().ok()).map(|it| &*it.program);
    if let Some(program) = program.filter(|program| *program != facts.version) {
        let says = format!("{who} runs version {}, this is version {}", plain(program), facts.version);
        return warn("publisher", says, "cco daemon restart");
    }
    if let Some(polling) = polling {
        return warn("publisher", format!("{who} is live, {polling}"), following::ADVICE);
    }
    match lag_us.filter(|lag| *lag > 0) {
        Some(lag) if lag > LAG_US => {
            let says = format!("{who} needs {} to publish a change", duration(lag));
            warn("publisher", says, "to find the cause: cco daemon status, cco daemon logs")
        }
        Some(lag) => ok("publisher", format!("{who} is live, lag {}", duration(lag))),
        None => ok("publisher", format!("{who} is live")),
    }
}

fn snapshot(facts: &Facts) -> Finding {
    match &facts.snapshot {
        None => {
            warn("snapshot", "no snapshot yet", "cco daemon start; for a single scan: cco publish --once")
        }
        Some(Err(why)) => fail("snapshot", plain(why), "to create a new one: cco daemon restart"),
        Some(Ok(SnapshotFacts { layout: (major, minor), at, .. })) => {
            let Some(age) = at.map(|at| facts.now - at) else {
                return fail("snapshot", "cannot read its totals", "to create a new one: cco daemon restart");
            };
            let age = span(u64::try_from(age).unwrap_or(0));
            let says = format!("layout {major}.{minor}, last published {age} ago");
            if facts.publisher.is_live {
                return ok("snapshot", says);
            }
            warn("snapshot", says + "; not being updated", "cco daemon start")
        }
    }
}

fn ledger(facts: &Facts) -> Finding {
    match &facts.ledger {
        None => warn("ledger", "no ledger yet", "cco daemon start; for a single scan: cco publish --once"),
        Some(Err(why)) => {
            fail("ledger", plain(why), "cco ledger verify; if you have a backup: cco ledger restore FILE")
        }
        Some(Ok(LedgerFacts { damage, .. })) if !damage.is_empty() => fail(
            "ledger",
            format!("damaged: {}", plain(&damage.join("; "))),
            "to replace it with a backup: cco ledger restore FILE",
        ),
        Some(Ok(LedgerFacts { version, requests, .. })) => {
            ok("ledger", format!("{}, schema version {version}, undamaged", counted(*requests, "request")))
        }
    }
}

fn clock(facts: &Facts) -> Finding {
    let snapshot = facts.snapshot.as_ref().and_then(|snapshot| snapshot.as_ref().ok());
    let ledger = facts.ledger.as_ref().and_then(|ledger| ledger.as_ref().ok());
    let dated = [
        ("the snapshot", snapshot.and_then(|snapshot| snapshot.at)),
        ("the newest request", ledger.and_then(|ledger| ledger.newest)),
        ("the newest transcript", facts.transcripts.map(|(_, newest)| newest)),
    ];
    let newest = dated.into_iter().filter_map(|(what, at)| Some((at?, what))).max();
    match newest.filter(|(at, _)| *at > facts.now + SKEW_MS) {
        Some((at, what)) => {
            let ahead = span((at - facts.now).unsigned_abs());
            let says = format!("{what} is {ahead} ahead of this machine's clock");
            warn(
                "clock",
                says,
                "set the clock, here or on the machine that wrote it: days and blocks depend on it",
            )
        }
        None => match facts.zone_note {
            Some(note) => warn(
                "clock",
                note,
                "to choose a time zone for good: timezone = \"Europe/Berlin\" in the config file",
            ),
            // A narrow terminal has room for seconds, and nobody reads less.
            None => ok("clock", rfc3339(facts.now - facts.now.rem_euclid(1000)).unwrap_or_default()),
        },
    }
}

fn prices(facts: &Facts) -> Finding {
    let Some(at) = facts.prices_at else {
        return warn("prices", "the bundled table has no date", "install the newest cco");
    };
    let days = (facts.now - at) / DAY_MS;
    let date = rfc3339(at).unwrap_or_default().chars().take(10).collect::<String>();
    if days > PRICES_DAYS {
        let says = format!("bundled table from {date}, {days} days ago");
        return warn("prices", says, "newer models and price changes may be missing: install the newest cco");
    }
    if !facts.unpriced.is_empty() {
        /// The most models to name.
        const NAMED: usize = 3;
        let named: Vec<_> = facts.unpriced.iter().take(NAMED).map(|model| plain_text::name(model)).collect();
        let others = facts.unpriced.len().saturating_sub(NAMED);
        let others = if others > 0 { format!(" and {others} more") } else { String::new() };
        let says = format!("no price for {}{others}: their tokens are in no cost", named.join(", "));
        return warn("prices", says, "to add prices: cco prices --unpriced");
    }
    ok("prices", format!("bundled table from {date}"))
}

fn setup(facts: &Facts) -> Finding {
    match &facts.lost_calls {
        Some(Err(why)) => return fail("setup", plain(why), "check the permissions of these files"),
        Some(Ok(lost)) if !lost.is_empty() => return lost_calls(lost),
        _ => {}
    }
    let settings = match &facts.claude {
        None => return warn("setup", "the home folder is unknown", "set HOME"),
        Some(Err(why)) => {
            return fail("setup", plain(why), "fix this file: Claude Code cannot read it either");
        }
        Some(Ok(settings)) => settings,
    };
    if settings.is_disabled {
        let says = "disableAllHooks is set: Claude Code shows no status line and runs no hook";
        return warn("setup", says, "remove it from Claude Code's settings");
    }
    match (&settings.status_line, settings.is_ours, settings.has_hook) {
        (Some(command), true, true) => ok("setup", format!("Claude Code runs {}", plain(command))),
        (_, true, false) => {
            warn("setup", "no hook starts the publisher with a session", "to add it: cco setup claude")
        }
        (Some(command), false, _) => warn(
            "setup",
            format!("Claude Code runs another status line: {}", plain(command)),
            "to show both: cco setup claude --wrap",
        ),
        _ => warn("setup", "Claude Code has no status line", "cco setup claude"),
    }
}

fn lost_calls(lost: &[LostCall]) -> Finding {
    let says = lost.iter().map(|LostCall { file, program, .. }| {
        let [file, program] = [file, program].map(|path| plain(&path.to_string_lossy()).into_owned());
        format!("{file} calls {program}, which does not exist")
    });
    let names: BTreeSet<_> = lost.iter().map(|lost| &*lost.integration).collect();
    let again = names.iter().map(|name| format!("cco setup {name} --undo && cco setup {name}"));
    let next = again.collect::<Vec<_>>().join(" && ");
    fail("setup", says.collect::<Vec<_>>().join("; "), next)
}

fn retention(facts: &Facts) -> Finding {
    let settings = facts.claude.as_ref().and_then(|settings| settings.as_ref().ok());
    let Some(settings) = settings else {
        return warn("retention", "Claude Code's settings are unknown", "fix the problem listed under setup");
    };
    let oldest = facts
        .transcripts
        .map(|(oldest, _)| format!("; oldest: {} ago", span(u64::try_from(facts.now - oldest).unwrap_or(0))));
    let days = settings.cleanup_days.unwrap_or(DAYS_BY_DEFAULT);
    let says = format!("Claude Code keeps transcripts for {days} days{}", oldest.unwrap_or_default());
    if days < DAYS_TO_WARN {
        return warn(
            "retention",
            says,
            "totals are kept either way; to keep the transcripts: cco setup claude --keep-transcripts 3650",
        );
    }
    ok("retention", says)
}

fn programs(facts: &Facts) -> Finding {
    match &*facts.programs {
        [] => {
            warn("programs", "cco is not in PATH", "add its folder to PATH: hooks and bars call it by name")
        }
        [one] => ok("programs", listed(std::slice::from_ref(one))),
        several => {
            let says = format!("{} in PATH: {}", several.len(), listed(several));
            warn("programs", says, "remove all but one: an old version might run")
        }
    }
}

#[cfg(test)]
mod tests;
