//! The checks of what is kept: settings, permissions, snapshot, ledger.

use std::ffi::OsString;
use std::path::Path;

use super::advice::{Advice, Command};
use super::facts::{Facts, Found, LedgerFacts, SnapshotFacts, StateFacts, StateTrouble};
use super::finding::{Finding, fail, listed, ok, unchecked, warn};
use crate::plain_text::{self, plain};
use crate::report::figures::{counted, span};

/// A command about one path, whatever that begins with.
fn on(program: &str, words: &[&str], paths: &[&Path]) -> Command {
    let words = words.iter().map(OsString::from).chain([OsString::from("--")]);
    Command::new(program, words.chain(paths.iter().map(|path| path.as_os_str().to_owned())))
}

pub(super) fn settings(facts: &Facts) -> Vec<Finding> {
    let settings = &facts.settings;
    let mut found = Vec::new();
    let instead = settings.instead.map(|what| format!("; other checks use {what}")).unwrap_or_default();
    for problem in &settings.problems {
        let advice = match &settings.missing_file {
            Some(path) => {
                let file = path.as_os_str().to_owned();
                Advice::mend(Command::new("cco", ["config".into(), "init".into(), "--config".into(), file]))
            }
            None if matches!(facts.state, StateFacts::Unknown) => {
                Advice::say("set HOME, or choose a state folder with --state")
            }
            None => Advice::say("correct it: until then other commands refuse to run"),
        };
        found.push(fail("settings", format!("{}{instead}", plain(problem)), vec![advice]));
    }
    if let Some((path, why)) = &settings.open_file {
        found.push(warn("settings", plain(why), vec![Advice::mend(on("chmod", &["go-w"], &[path]))]));
    }
    if found.is_empty() {
        found.push(ok(
            "settings",
            match &settings.file {
                Some(file) => plain_text::path(file),
                None => "defaults, no config file".to_owned(),
            },
        ));
    }
    found
}

pub(super) fn permissions(facts: &Facts) -> Vec<Finding> {
    const CHECK: &str = "permissions";
    let mut found = Vec::new();
    let move_state = || Advice::say("use another state folder: --state or CCO_STATE");
    for file in facts.private.iter().filter(|file| !file.is_own) {
        let says = format!("{} belongs to another user", plain_text::path(&file.path));
        found.push(fail(CHECK, says, vec![move_state()]));
    }
    let open: Vec<_> = facts.private.iter().filter(|file| file.is_own && file.mode & 0o077 != 0).collect();
    if !open.is_empty() {
        let paths: Vec<_> = open.iter().map(|file| file.path.clone()).collect();
        let does = if open.iter().any(|file| file.mode & 0o022 != 0) { "write to" } else { "read" };
        let words: Vec<_> = open.iter().map(|file| &*file.path).collect();
        let says = format!("other users can {does} {}", listed(&paths));
        found.push(fail(CHECK, says, vec![Advice::mend(on("chmod", &["go="], &words))]));
    }
    match &facts.state {
        StateFacts::Unknown => return vec![unchecked(CHECK, "the state folder is unknown")],
        StateFacts::Refused { path, why, kind } => {
            let advice = match kind {
                // The finding above has it, unless it is of a file that is not ours.
                StateTrouble::Open if facts.private.iter().any(|file| file.path == *path) => None,
                StateTrouble::Open => Some(Advice::mend(on("chmod", &["go-w"], &[path]))),
                StateTrouble::NotAFolder { aside } => {
                    Some(Advice::mend_by("to move it away", [on("mv", &["-n"], &[path, aside])]))
                }
                StateTrouble::Locked => Some(Advice::mend(on("chmod", &["u+rwx"], &[path]))),
                StateTrouble::Other => Some(Advice::say("fix this first: no other command runs until then")),
            };
            found.extend(advice.map(|advice| fail(CHECK, plain(why), vec![advice])));
        }
        StateFacts::Usable => {}
    }
    if found.is_empty() {
        found.push(ok(
            CHECK,
            match facts.private.len() {
                0 => "nothing stored yet".to_owned(),
                count => format!("{}, readable only by you", counted(count as u64, "file")),
            },
        ));
    }
    found
}

pub(super) fn snapshot(facts: &Facts) -> Vec<Finding> {
    const CHECK: &str = "snapshot";
    // A publisher replaces no file that is not a snapshot.
    let again = || {
        let aside = facts.snapshot_aside.iter().map(|(from, to)| on("mv", &["-n"], &[from, to]));
        let commands = aside.chain([facts.cco(&["daemon", "restart"])]);
        vec![Advice::mend_by("to move it away and create a new one", commands)]
    };
    vec![match &facts.snapshot {
        Found::Unknown(why) => unchecked(CHECK, why),
        Found::Missing => warn(CHECK, "no snapshot yet", first_scan(facts)),
        Found::Broken(why) => fail(CHECK, plain(why), again()),
        Found::There(SnapshotFacts { at: None, .. }) => fail(CHECK, "cannot read its totals", again()),
        Found::There(SnapshotFacts { layout: (major, minor), at: Some(at), .. }) => {
            let age = span(u64::try_from(facts.now - at).unwrap_or(0));
            let says = format!("layout {major}.{minor}, last published {age} ago");
            if facts.publisher.there().is_some_and(|publisher| publisher.is_running) {
                return vec![ok(CHECK, says)];
            }
            let next = vec![Advice::mend(facts.cco(&["daemon", "start"]))];
            warn(CHECK, says + "; not being updated", next)
        }
    }]
}

fn first_scan(facts: &Facts) -> Vec<Advice> {
    vec![
        Advice::mend(facts.cco(&["daemon", "start"])),
        Advice::help("for a single scan", facts.cco(&["publish", "--once"])),
    ]
}

pub(super) fn ledger(facts: &Facts) -> Vec<Finding> {
    const CHECK: &str = "ledger";
    vec![match &facts.ledger {
        Found::Unknown(why) => unchecked(CHECK, why),
        Found::Missing => warn(CHECK, "no ledger yet", first_scan(facts)),
        Found::Broken(why) if !facts.is_ledger_damaged => {
            let look = Advice::help("to check it", facts.cco(&["ledger", "verify"]));
            fail(CHECK, plain(why), vec![look])
        }
        Found::Broken(why) => fail(CHECK, plain(why), replaced(facts)),
        Found::There(LedgerFacts { damage, .. }) if !damage.is_empty() => {
            fail(CHECK, format!("damaged: {}", plain(&damage.join("; "))), replaced(facts))
        }
        Found::There(LedgerFacts { version, requests, .. }) => {
            ok(CHECK, format!("{}, schema version {version}, undamaged", counted(*requests, "request")))
        }
    }]
}

/// What to do with a ledger that is beyond repair: the backup if there is one, else what transcripts still hold.
fn replaced(facts: &Facts) -> Vec<Advice> {
    let is_running = facts.publisher.there().is_some_and(|publisher| publisher.is_running);
    let stop = is_running.then(|| facts.cco(&["daemon", "stop"]));
    let aside = facts.cco(&["ledger", "set-aside"]);
    let again = facts.cco(if is_running { &["daemon", "start"] } else { &["publish", "--once"] });
    vec![
        Advice::say("if you have a backup: cco ledger restore FILE"),
        Advice::mend_by(
            "without a backup, to move it away and count the transcripts that are left",
            stop.into_iter().chain([aside, again]),
        ),
    ]
}
