//! The checks of what is counted, by whom and at which prices: roots, publisher, clock, prices.

use super::advice::{Advice, Command};
use super::facts::{Facts, Found, Publisher};
use super::finding::{Finding, fail, listed, ok, unchecked, warn};
use crate::plain_text::{self, plain};
use crate::report::figures::{duration, rfc3339, span};
use crate::report::following;

const DAY_MS: i64 = 86_400_000;
/// How much the clocks of two machines may differ.
const SKEW_MS: i64 = 2 * 60_000;
/// Warn if a change takes longer to be published.
const LAG_US: u64 = 5_000_000;
/// Warn about a price table older than this: prices change a few times a year.
const PRICES_DAYS: i64 = 120;
/// How many folders a publisher may watch after the advice was followed: more than anybody's projects have.
const WATCHES: &str = "fs.inotify.max_user_watches=524288";
const INSTANCES: &str = "fs.inotify.max_user_instances=1024";

pub(super) fn roots(facts: &Facts) -> Vec<Finding> {
    const CHECK: &str = "roots";
    let mut found = Vec::new();
    for refused in &facts.refused {
        let says = plain(&refused.why).into_owned();
        let advice = if refused.is_own {
            let path = refused.path.as_os_str().to_owned();
            Advice::mend(Command::new("chmod", ["u+rX".into(), "--".into(), path]))
        } else {
            Advice::say("check the permissions of this folder, or use --root with another")
        };
        found.push(fail(CHECK, says, vec![advice]));
    }
    if !facts.without_projects.is_empty() {
        let counted = match &*facts.roots {
            [] => "nothing is counted".to_owned(),
            roots => format!("counted: {}", listed(roots)),
        };
        let says = format!(
            "CLAUDE_CONFIG_DIR names {}, which has no projects folder; {counted}",
            listed(&facts.without_projects)
        );
        let next = "correct CLAUDE_CONFIG_DIR: configuration folders such as ~/.claude, separated by commas";
        found.push(warn(CHECK, says, vec![Advice::say(next)]));
    }
    if found.is_empty() && facts.roots.is_empty() {
        let (says, next) = match &*facts.looked {
            [] => ("no folder to search for transcripts: the home folder is unknown".to_owned(), "set HOME"),
            looked => (
                format!("no transcripts in {}", listed(looked)),
                "use Claude Code, or use --root with a folder that contains projects/",
            ),
        };
        found.push(warn(CHECK, says, vec![Advice::say(next)]));
    }
    if found.is_empty() {
        found.push(ok(CHECK, listed(&facts.roots)));
    }
    found
}

pub(super) fn publisher(facts: &Facts) -> Vec<Finding> {
    const CHECK: &str = "publisher";
    let Publisher { is_running, is_live, pid, lag_us, polling } = match &facts.publisher {
        Found::There(publisher) => publisher,
        Found::Unknown(why) => return vec![unchecked(CHECK, why)],
        Found::Broken(why) => {
            let next = "check the permissions of this file and of the state folder";
            return vec![fail(CHECK, plain(why), vec![Advice::say(next)])];
        }
        Found::Missing => return vec![unchecked(CHECK, "its state is unknown")],
    };
    let who = pid.map_or_else(|| "a process elsewhere".to_owned(), |pid| format!("process {pid}"));
    if !*is_running {
        let next = vec![
            Advice::mend(facts.cco(&["daemon", "start"])),
            Advice::help("to start it at each login", facts.cco(&["service", "install"])),
        ];
        return vec![warn(CHECK, "not running: figures are not updated", next)];
    }
    let logs = || Advice::help("to find the cause", facts.cco(&["daemon", "logs"]));
    let restart = || Advice::mend(facts.cco(&["daemon", "restart"]));
    if !*is_live {
        let says = format!("{who} is running, but its snapshot is stale");
        return vec![fail(CHECK, says, vec![restart(), logs()])];
    }
    let mut found = Vec::new();
    let program = facts.snapshot.there().map(|snapshot| &*snapshot.program);
    if let Some(program) = program.filter(|program| *program != facts.version) {
        let says = format!("{who} runs version {}, this is version {}", plain(program), facts.version);
        found.push(warn(CHECK, says, vec![restart()]));
    }
    if let Some(polling) = polling {
        let raise = Command::new("sysctl", ["-w", WATCHES, INSTANCES]).for_root();
        let next = vec![Advice::help("to watch more folders", raise), Advice::say(following::ADVICE)];
        found.push(warn(CHECK, format!("{who} is live, {polling}"), next));
    }
    let lag = lag_us.filter(|lag| *lag > 0);
    if let Some(lag) = lag.filter(|lag| *lag > LAG_US) {
        let says = format!("{who} needs {} to publish a change", duration(lag));
        let status = Advice::help("to see its figures", facts.cco(&["daemon", "status"]));
        found.push(warn(CHECK, says, vec![status, logs()]));
    }
    if found.is_empty() {
        let lag = lag.map(|lag| format!(", lag {}", duration(lag))).unwrap_or_default();
        found.push(ok(CHECK, format!("{who} is live{lag}")));
    }
    found
}

pub(super) fn clock(facts: &Facts) -> Vec<Finding> {
    const CHECK: &str = "clock";
    let dated = [
        ("the snapshot", facts.snapshot.there().and_then(|snapshot| snapshot.at)),
        ("the newest request", facts.ledger.there().and_then(|ledger| ledger.newest)),
        ("the newest transcript", facts.transcripts.map(|(_, newest)| newest)),
    ];
    let newest = dated.into_iter().filter_map(|(what, at)| Some((at?, what))).max();
    let mut found = Vec::new();
    if let Some((at, what)) = newest.filter(|(at, _)| *at > facts.now + SKEW_MS) {
        let ahead = span((at - facts.now).unsigned_abs());
        let says = format!("{what} is {ahead} ahead of this machine's clock");
        let next = "set the clock, here or on the machine that wrote it: days and blocks depend on it";
        found.push(warn(CHECK, says, vec![Advice::say(next)]));
    }
    if let Some(note) = facts.zone_note {
        let next = "to choose a time zone for good: timezone = \"Europe/Berlin\" in the config file";
        found.push(warn(CHECK, note, vec![Advice::say(next)]));
    }
    if found.is_empty() {
        // A narrow terminal has room for seconds, and nobody reads less.
        found.push(ok(CHECK, rfc3339(facts.now - facts.now.rem_euclid(1000)).unwrap_or_default()));
    }
    found
}

pub(super) fn prices(facts: &Facts) -> Vec<Finding> {
    const CHECK: &str = "prices";
    /// The most models to name.
    const NAMED: usize = 3;
    let mut found = Vec::new();
    if !facts.unpriced.is_empty() {
        let named: Vec<_> = facts.unpriced.iter().take(NAMED).map(|model| plain_text::name(model)).collect();
        let others = facts.unpriced.len().saturating_sub(NAMED);
        let others = if others > 0 { format!(" and {others} more") } else { String::new() };
        let says = format!("no price for {}{others}: their tokens are in no cost", named.join(", "));
        let next = Advice::help("to add prices", facts.cco(&["prices", "--unpriced"]));
        found.push(warn(CHECK, says, vec![next]));
    }
    // The settings' table is used on top of the bundled one, so the newer of them is what the user has.
    let named = facts.named_prices_at.filter(|at| facts.prices_at.is_none_or(|bundled| *at > bundled));
    let (table, update) = match named {
        Some(_) => ("table of [prices] file", "update that file, or install the newest cco"),
        None => ("bundled table", "install the newest cco"),
    };
    let Some(at) = named.or(facts.prices_at) else {
        found.push(warn(CHECK, format!("the {table} has no date"), vec![Advice::say(update)]));
        return found;
    };
    let days = (facts.now - at) / DAY_MS;
    let date = rfc3339(at).unwrap_or_default().chars().take(10).collect::<String>();
    if days > PRICES_DAYS {
        let says = format!("{table} from {date}, {days} days ago");
        let next = format!("newer models and price changes may be missing: {update}");
        found.push(warn(CHECK, says, vec![Advice::say(next)]));
    }
    if found.is_empty() {
        found.push(ok(CHECK, format!("{table} from {date}")));
    }
    found
}
