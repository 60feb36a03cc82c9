//! The doctor: judges how `cco` stands here, from facts that others gathered, and says what to do.
//!
//! Invariant: pure. No file, clock or environment is looked at; what is not known is `None` and is never judged as
//! good. A failure is what makes figures wrong or absent; a warning is what the user may have wanted so.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::called::LostCall;
use super::claude::{ClaudeSettings, DAYS_BY_DEFAULT, DAYS_TO_WARN};
use crate::report::figures::{counted, duration, plain, rfc3339, span};

/// How a check came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// As it should be.
    Ok,
    /// Worth a look.
    Warn,
    /// Figures are wrong or absent.
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

/// What a check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What was checked, a word.
    pub check: &'static str,
    /// How it came out.
    pub verdict: Verdict,
    /// What was seen.
    pub says: String,
    /// What to do; nothing where all is well.
    pub next: Option<String>,
}

/// Everything that is judged. Times are ms UTC.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// The present moment.
    pub now: i64,
    /// This program's version.
    pub version: String,
    /// Folders with transcripts.
    pub roots: Vec<PathBuf>,
    /// Where else transcripts might be.
    pub looked: Vec<PathBuf>,
    /// What could not be looked into, with the reason.
    pub refused: Vec<String>,
    /// When the oldest and the newest transcript were last written to.
    pub transcripts: Option<(i64, i64)>,
    /// Files and folders that nobody else may read.
    pub private: Vec<Private>,
    /// The publisher.
    pub publisher: Publisher,
    /// The snapshot; the reason where it cannot be read.
    pub snapshot: Option<Result<Published, String>>,
    /// The ledger; the reason where it cannot be read.
    pub ledger: Option<Result<Counted, String>>,
    /// The day on which the bundled prices were collected.
    pub prices_at: Option<i64>,
    /// Claude Code's settings; the reason where they cannot be read.
    pub claude: Option<Result<ClaudeSettings, String>>,
    /// Calls of our programs that lead nowhere; the reason where that cannot be told.
    pub lost_calls: Option<Result<Vec<LostCall>, String>>,
    /// Programs of the name `cco` in `PATH`, the one that counts first.
    pub programs: Vec<PathBuf>,
}

/// A file or folder that only its owner may read.
#[derive(Clone, Debug)]
pub struct Private {
    /// Which.
    pub path: PathBuf,
    /// Its mode, as `stat` gives it.
    pub mode: u32,
    /// Whether it is the user's.
    pub is_own: bool,
}

/// Whether a publisher runs, and how it fares.
#[derive(Clone, Debug, Default)]
pub struct Publisher {
    /// Why that cannot be told.
    pub unknown: Option<String>,
    /// One holds the lock.
    pub is_running: bool,
    /// What it published is current.
    pub is_live: bool,
    /// Its process id, where it can be seen.
    pub pid: Option<u32>,
    /// From a change to its publication, µs.
    pub lag_us: Option<u64>,
}

/// What the snapshot says.
#[derive(Clone, Debug)]
pub struct Published {
    /// Layout version, major and minor.
    pub layout: (u32, u32),
    /// Version of the program that wrote it.
    pub program: String,
    /// When it was published.
    pub at: Option<i64>,
}

/// What the ledger says.
#[derive(Clone, Debug)]
pub struct Counted {
    /// The version of its tables.
    pub version: i64,
    /// What is wrong with the file.
    pub damage: Vec<String>,
    /// How many requests it holds.
    pub requests: u64,
    /// When the newest of them was made.
    pub newest: Option<i64>,
}

const DAY_MS: i64 = 86_400_000;
/// Clocks of two machines may differ by as much.
const SKEW_MS: i64 = 2 * 60_000;
/// A publisher that takes longer from a change to its publication has something in its way.
const LAG_US: u64 = 5_000_000;
/// Prices change a few times a year.
const PRICES_DAYS: i64 = 120;

/// Judges all of it, a finding a check at least.
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
        return fail("roots", facts.refused.join("; "), "check who may read these folders");
    }
    if facts.roots.is_empty() {
        let says = format!("no transcripts in {}", listed(&facts.looked));
        return warn("roots", says, "use Claude Code, or name a folder that holds projects/ with --root");
    }
    ok("roots", listed(&facts.roots))
}

fn permissions(facts: &Facts) -> Finding {
    let open: Vec<_> = facts.private.iter().filter(|file| file.mode & 0o077 != 0).collect();
    if let Some(file) = facts.private.iter().find(|file| !file.is_own) {
        let path = file.path.display();
        return fail(
            "permissions",
            format!("{path} is another user's"),
            "use a state folder of your own: --state, or CCO_STATE",
        );
    }
    if open.is_empty() {
        let says = match facts.private.len() {
            0 => "nothing is stored yet".to_owned(),
            count => format!("{}, readable by you alone", counted(count as u64, "file")),
        };
        return ok("permissions", says);
    }
    let paths: Vec<_> = open.iter().map(|file| file.path.clone()).collect();
    let words = paths.iter().map(|path| super::places::quoted(&path.to_string_lossy()));
    let next = format!("chmod go= {}", words.collect::<Vec<_>>().join(" "));
    fail("permissions", format!("others may read {}", listed(&paths)), next)
}

fn publisher(facts: &Facts) -> Finding {
    let Publisher { unknown, is_running, is_live, pid, lag_us } = &facts.publisher;
    if let Some(why) = unknown {
        return fail("publisher", plain(why), "check who may read the state folder");
    }
    let who = pid.map_or_else(|| "one".to_owned(), |pid| format!("process {pid}"));
    if !*is_running {
        let next = "cco daemon start; or, at each login, cco service install";
        return warn("publisher", "none runs: figures stand still", next);
    }
    if !*is_live {
        let next = "cco daemon logs says why; cco daemon restart";
        return fail("publisher", format!("{who} runs, but what it published is not current"), next);
    }
    let program = facts.snapshot.as_ref().and_then(|snapshot| snapshot.as_ref().ok()).map(|it| &*it.program);
    if let Some(program) = program.filter(|program| *program != facts.version) {
        let says = format!("{who} is version {}, this is {}", plain(program), facts.version);
        return warn("publisher", says, "cco daemon restart");
    }
    match lag_us.filter(|lag| *lag > 0) {
        Some(lag) if lag > LAG_US => {
            let says = format!("{who} publishes {} after a change", duration(lag));
            warn("publisher", says, "see what it is busy with: cco daemon status, cco daemon logs")
        }
        Some(lag) => ok("publisher", format!("{who} is live, {} behind", duration(lag))),
        None => ok("publisher", format!("{who} is live")),
    }
}

fn snapshot(facts: &Facts) -> Finding {
    match &facts.snapshot {
        None => warn("snapshot", "there is none yet", "cco daemon start, or once: cco publish --once"),
        Some(Err(why)) => fail("snapshot", plain(why), "cco daemon restart makes a new one"),
        Some(Ok(Published { layout: (major, minor), at, .. })) => {
            let Some(age) = at.map(|at| facts.now - at) else {
                return fail("snapshot", "its totals cannot be read", "cco daemon restart makes a new one");
            };
            let age = span(u64::try_from(age).unwrap_or(0));
            let says = format!("layout {major}.{minor}, last published {age} ago");
            if facts.publisher.is_live {
                return ok("snapshot", says);
            }
            warn("snapshot", says + "; nobody keeps it current", "cco daemon start")
        }
    }
}

fn ledger(facts: &Facts) -> Finding {
    match &facts.ledger {
        None => warn("ledger", "there is none yet", "cco daemon start, or once: cco publish --once"),
        Some(Err(why)) => fail("ledger", plain(why), "cco ledger verify; with a backup: cco ledger restore"),
        Some(Ok(Counted { damage, .. })) if !damage.is_empty() => fail(
            "ledger",
            format!("damaged: {}", plain(&damage.join("; "))),
            "put a backup in its place with cco ledger restore FILE",
        ),
        Some(Ok(Counted { version, requests, .. })) => {
            ok("ledger", format!("{}, tables of version {version}, whole", counted(*requests, "request")))
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
            let says = format!("{what} is dated {ahead} ahead of this machine's clock");
            warn("clock", says, "set the clock, here or where that was written: days and blocks follow it")
        }
        None => ok("clock", rfc3339(facts.now).unwrap_or_default()),
    }
}

fn prices(facts: &Facts) -> Finding {
    let Some(at) = facts.prices_at else {
        return warn("prices", "the bundled table has no date", "install the newest cco");
    };
    let days = (facts.now - at) / DAY_MS;
    let date = rfc3339(at).unwrap_or_default().chars().take(10).collect::<String>();
    if days > PRICES_DAYS {
        let says = format!("the bundled table is of {date}, {days} days ago");
        return warn(
            "prices",
            says,
            "models may have come or changed in price since: install the newest cco",
        );
    }
    ok("prices", format!("the bundled table is of {date}"))
}

fn setup(facts: &Facts) -> Finding {
    match &facts.lost_calls {
        Some(Err(why)) => return fail("setup", plain(why), "check who may read these files"),
        Some(Ok(lost)) if !lost.is_empty() => return lost_calls(lost),
        _ => {}
    }
    let settings = match &facts.claude {
        None => return warn("setup", "no home folder is known", "set HOME"),
        Some(Err(why)) => return fail("setup", plain(why), "Claude Code cannot read it either: mend it"),
        Some(Ok(settings)) => settings,
    };
    if settings.is_disabled {
        let says = "disableAllHooks is set: Claude Code shows no status line and runs no hook";
        return warn("setup", says, "take it out of Claude Code's settings");
    }
    match (&settings.status_line, settings.is_ours, settings.has_hook) {
        (Some(command), true, true) => ok("setup", format!("Claude Code runs {}", plain(command))),
        (_, true, false) => {
            warn("setup", "no hook starts the publisher with a session", "cco setup claude adds it")
        }
        (Some(command), false, _) => warn(
            "setup",
            format!("Claude Code's status line is another: {}", plain(command)),
            "cco setup claude --wrap shows both",
        ),
        _ => warn("setup", "Claude Code has no status line", "cco setup claude"),
    }
}

fn lost_calls(lost: &[LostCall]) -> Finding {
    let says = lost.iter().map(|LostCall { file, program, .. }| {
        let [file, program] = [file, program].map(|path| plain(&path.to_string_lossy()).into_owned());
        format!("{file} calls {program}, which is not there")
    });
    let names: BTreeSet<_> = lost.iter().map(|lost| &*lost.integration).collect();
    let again = names.iter().map(|name| format!("cco setup {name} --undo && cco setup {name}"));
    let next = again.collect::<Vec<_>>().join(" && ");
    fail("setup", says.collect::<Vec<_>>().join("; "), next)
}

fn retention(facts: &Facts) -> Finding {
    let settings = facts.claude.as_ref().and_then(|settings| settings.as_ref().ok());
    let Some(settings) = settings else {
        return warn("retention", "Claude Code's settings are not known", "mend what setup says");
    };
    let oldest = facts.transcripts.map(|(oldest, _)| {
        format!("; the oldest is of {} ago", span(u64::try_from(facts.now - oldest).unwrap_or(0)))
    });
    let days = settings.cleanup_days.unwrap_or(DAYS_BY_DEFAULT);
    let says = format!("Claude Code keeps transcripts for {days} days{}", oldest.unwrap_or_default());
    if days < DAYS_TO_WARN {
        return warn(
            "retention",
            says,
            "what was counted stays counted; cco setup claude --keep-transcripts 3650 keeps what they say",
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
            warn("programs", says, "remove all but one, lest an old one answers")
        }
    }
}

#[cfg(test)]
#[path = "doctor_tests.rs"]
mod tests;
