//! Each check, with good facts and with bad ones.

use super::*;
use crate::setup::called::LostCall;
use crate::setup::claude::ClaudeSettings;

const DAY_MS: i64 = 86_400_000;
const NOW: i64 = 1_790_000_000_000;

fn well() -> Facts {
    let claude = ClaudeSettings {
        status_line: Some("cco-peek statusline".to_owned()),
        is_ours: true,
        has_hook: true,
        cleanup_days: Some(3650),
        unguarded: None,
        is_disabled: false,
    };
    Facts {
        now: NOW,
        version: "1.0.0".to_owned(),
        roots: vec!["/h/.claude".into()],
        looked: vec!["/h/.claude".into()],
        transcripts: Some((NOW - 9 * DAY_MS, NOW - 1000)),
        state: StateFacts::Usable,
        private: vec![Private { path: "/s/ledger.db".into(), mode: 0o100_600, is_own: true }],
        publisher: Found::There(publisher()),
        snapshot: Found::There(SnapshotFacts {
            layout: (1, 0),
            program: "1.0.0".to_owned(),
            at: Some(NOW - 5000),
        }),
        ledger: Found::There(LedgerFacts { version: 1, damage: Vec::new(), requests: 9, newest: Some(NOW) }),
        limits: Found::There(vec![LimitSource { from: "status lines", limits: 2, newest: NOW - 1000 }]),
        prices_at: Some(NOW - 10 * DAY_MS),
        claude: Found::There(claude),
        programs: vec!["/bin/cco".into()],
        ..Facts::default()
    }
}

fn publisher() -> Publisher {
    Publisher { is_running: true, is_live: true, pid: Some(7), lag_us: Some(300), polling: None }
}

fn is_off(facts: &mut Facts) {
    facts.publisher = Found::There(Publisher { is_running: false, is_live: false, ..publisher() });
}

#[test]
fn a_good_installation_passes_every_check() {
    let findings = examine(&well());
    assert_eq!(findings.len(), 12);
    for finding in findings {
        assert_eq!((finding.verdict, finding.next()), (Verdict::Ok, None), "{finding:?}");
    }
}

#[test]
fn each_problem_is_found_with_a_fix() {
    type Spoil = fn(&mut Facts);
    let cases: [(&str, Verdict, &str, Spoil); 36] = [
        ("settings", Verdict::Fail, "correct it", |facts| {
            facts.settings.problems.push("/c.toml:1: invalid".into());
        }),
        ("settings", Verdict::Fail, "cco config init --config /c.toml", |facts| {
            facts.settings.problems.push("no file".into());
            facts.settings.missing_file = Some("/c.toml".into());
        }),
        ("settings", Verdict::Warn, "chmod go-w -- /c.toml", |facts| {
            facts.settings.open_file = Some(("/c.toml".into(), "others can write it".into()));
        }),
        ("roots", Verdict::Warn, "--root", |facts| facts.roots.clear()),
        ("roots", Verdict::Warn, "set HOME", |facts| {
            facts.roots.clear();
            facts.looked.clear();
        }),
        ("roots", Verdict::Warn, "CLAUDE_CONFIG_DIR", |facts| facts.without_projects.push("/x".into())),
        ("roots", Verdict::Fail, "permissions", |facts| facts.refused.push(refused(false))),
        ("roots", Verdict::Fail, "chmod u+rX -- /x", |facts| facts.refused.push(refused(true))),
        ("permissions", Verdict::Fail, "chmod go= -- /s/ledger.db", |facts| {
            facts.private[0].mode = 0o100_640;
        }),
        ("permissions", Verdict::Fail, "--state", |facts| facts.private[0].is_own = false),
        ("permissions", Verdict::Fail, "fix this first", |facts| state_refused(facts, StateTrouble::Other)),
        ("permissions", Verdict::Fail, "chmod go-w -- /s", |facts| state_refused(facts, StateTrouble::Open)),
        ("permissions", Verdict::Fail, "chmod u+rwx -- /s", |facts| {
            state_refused(facts, StateTrouble::Locked);
        }),
        ("permissions", Verdict::Fail, "mv -n -- /s /s.moved", |facts| {
            state_refused(facts, StateTrouble::NotAFolder { aside: "/s.moved".into() });
        }),
        ("publisher", Verdict::Fail, "state folder", |facts| {
            facts.publisher = Found::Broken("denied".to_owned());
        }),
        ("publisher", Verdict::Warn, "cco daemon start", is_off),
        ("publisher", Verdict::Fail, "restart", |facts| {
            facts.publisher = Found::There(Publisher { is_live: false, ..publisher() });
        }),
        ("publisher", Verdict::Warn, "restart", |facts| facts.version = "1.1.0".to_owned()),
        ("publisher", Verdict::Warn, "sudo sysctl -w fs.inotify.max_user_watches=", |facts| {
            let polling = Some("polling every 1s".into());
            facts.publisher = Found::There(Publisher { polling, ..publisher() });
        }),
        ("publisher", Verdict::Warn, "logs", |facts| {
            facts.publisher = Found::There(Publisher { lag_us: Some(9_000_000), ..publisher() });
        }),
        ("snapshot", Verdict::Warn, "--once", |facts| facts.snapshot = Found::Missing),
        ("snapshot", Verdict::Fail, "restart", |facts| facts.snapshot = Found::Broken("damaged".to_owned())),
        ("snapshot", Verdict::Warn, "cco daemon start", is_off),
        ("ledger", Verdict::Warn, "--once", |facts| facts.ledger = Found::Missing),
        ("ledger", Verdict::Fail, "verify", |facts| facts.ledger = Found::Broken("newer".to_owned())),
        ("ledger", Verdict::Fail, "cco daemon stop && cco ledger set-aside && cco daemon start", |facts| {
            facts.ledger = Found::Broken("damaged".to_owned());
            facts.is_ledger_damaged = true;
        }),
        ("ledger", Verdict::Fail, "restore", |facts| {
            let damage = vec!["row 1".to_owned()];
            facts.ledger = Found::There(LedgerFacts { version: 1, damage, requests: 0, newest: None });
        }),
        ("clock", Verdict::Warn, "clock", |facts| facts.transcripts = Some((NOW, NOW + DAY_MS))),
        ("clock", Verdict::Warn, "timezone", |facts| facts.zone_note = Some("in UTC")),
        ("prices", Verdict::Warn, "cco prices --unpriced", |facts| facts.unpriced = vec!["mystery-9".into()]),
        ("prices", Verdict::Warn, "newest", |facts| facts.prices_at = Some(NOW - 200 * DAY_MS)),
        ("setup", Verdict::Warn, "cco setup claude", |facts| {
            let claude = ClaudeSettings { is_ours: true, ..ClaudeSettings::default() };
            facts.claude = Found::There(claude);
            is_off(facts);
        }),
        ("setup", Verdict::Fail, "cco setup tmux --undo && cco setup tmux", |facts| {
            let (file, program) = ("/h/.tmux.conf".into(), "/gone/cco-peek".into());
            facts.lost_calls = Some(Ok(vec![LostCall { integration: "tmux".to_owned(), file, program }]));
        }),
        ("setup", Verdict::Fail, "permissions", |facts| facts.lost_calls = Some(Err("denied".to_owned()))),
        ("retention", Verdict::Warn, "3650", |facts| {
            facts.claude = Found::There(ClaudeSettings::default());
            is_off(facts);
        }),
        ("programs", Verdict::Warn, "one", |facts| facts.programs.push("/old/cco".into())),
    ];
    for (check, verdict, next, spoil) in cases {
        let mut facts = well();
        spoil(&mut facts);
        let findings = examine(&facts);
        let found = findings.iter().find(|finding| finding.check == check).unwrap();
        assert_eq!(found.verdict, verdict, "{found:?}");
        assert!(found.next().unwrap().contains(next), "{found:?}");
    }
}

#[test]
fn a_spend_guard_is_examined_only_if_it_was_set_up() {
    let found = |unguarded: Option<Vec<&'static str>>, has_guard_limits, is_disabled| {
        let Found::There(settings) = well().claude else { panic!("it is there") };
        let claude = Found::There(ClaudeSettings { unguarded, is_disabled, ..settings });
        let settings = SettingsFacts { has_guard_limits, ..SettingsFacts::default() };
        let findings = examine(&Facts { claude, settings, ..well() });
        findings.into_iter().find(|it| it.check == "setup" && it.says.contains("spend guard"))
    };
    assert_eq!(found(None, true, false), None);
    let whole = found(Some(vec![]), true, false).unwrap();
    assert_eq!((whole.verdict, whole.next()), (Verdict::Ok, None));
    for (found, next) in [
        (found(Some(vec![]), false, false), "cco config path"),
        (found(Some(vec!["PreToolUse"]), true, false), "cco setup guard"),
        (found(Some(vec![]), true, true), "remove it"),
    ] {
        let found = found.unwrap();
        assert_eq!(found.verdict, Verdict::Warn, "{found:?}");
        assert!(found.next().unwrap().contains(next), "{found:?}");
    }
}

fn refused(is_own: bool) -> Refused {
    Refused { path: "/x".into(), why: "/x: denied".to_owned(), is_own }
}

fn state_refused(facts: &mut Facts, kind: StateTrouble) {
    facts.state = StateFacts::Refused { path: "/s".into(), why: "refused".into(), kind };
}

#[test]
fn a_newer_price_table_of_the_users_makes_up_for_an_old_bundled_one() {
    let prices = |bundled: i64, named: i64| {
        let at = |days: i64| Some(NOW - days * DAY_MS);
        let facts = Facts { prices_at: at(bundled), named_prices_at: at(named), ..well() };
        examine(&facts).into_iter().find(|found| found.check == "prices").unwrap()
    };
    let newer = prices(200, 10);
    assert_eq!((newer.verdict, newer.next()), (Verdict::Ok, None));
    assert!(newer.says.starts_with("table of [prices] file from "), "{newer:?}");
    let both_old = prices(300, 200);
    assert_eq!(both_old.verdict, Verdict::Warn);
    assert!(both_old.next().unwrap().contains("update that file"), "{both_old:?}");
    assert!(prices(10, 200).says.starts_with("bundled table from "));
}

#[test]
fn one_problem_does_not_hide_another_of_the_same_check() {
    let mut facts = well();
    facts.prices_at = Some(NOW - 200 * DAY_MS);
    facts.unpriced = vec!["mystery-9".into()];
    facts.zone_note = Some("in UTC");
    facts.transcripts = Some((NOW, NOW + DAY_MS));
    facts.without_projects.push("/x".into());
    facts.refused.push(refused(false));
    facts.version = "1.1.0".to_owned();
    facts.publisher = Found::There(Publisher {
        lag_us: Some(9_000_000),
        polling: Some("polling every 1s".into()),
        ..publisher()
    });
    let findings = examine(&facts);
    for (check, count) in [("prices", 2), ("clock", 2), ("roots", 2), ("publisher", 3)] {
        let found: Vec<_> = findings.iter().filter(|finding| finding.check == check).collect();
        assert_eq!(found.len(), count, "{found:?}");
        assert!(found.iter().all(|finding| finding.verdict != Verdict::Ok), "{found:?}");
    }
}

#[test]
fn what_is_not_set_up_or_not_installed_is_an_option_and_no_warning() {
    for claude in [Found::Missing, Found::There(ClaudeSettings::default())] {
        let findings = examine(&Facts { claude, ..well() });
        for finding in findings {
            assert_eq!((finding.verdict, finding.mend()), (Verdict::Ok, None), "{finding:?}");
        }
    }
}

#[test]
fn what_cannot_be_checked_says_why_and_does_not_pass() {
    let facts = Facts {
        state: StateFacts::Unknown,
        publisher: Found::Unknown("lost"),
        snapshot: Found::Unknown("lost"),
        ledger: Found::Unknown("lost"),
        claude: Found::Unknown("lost"),
        ..well()
    };
    let findings = examine(&facts);
    for check in ["permissions", "publisher", "snapshot", "ledger", "setup", "retention"] {
        let found = findings.iter().find(|finding| finding.check == check).unwrap();
        assert!(!found.is_checked && found.says.starts_with("not checked: "), "{found:?}");
        assert_eq!(found.verdict, Verdict::Warn);
    }
}

#[test]
fn advised_commands_are_about_the_same_publisher() {
    let mut facts = well();
    is_off(&mut facts);
    facts.options = vec!["--state".into(), "/my state".into()];
    let found = examine(&facts).into_iter().find(|finding| finding.check == "publisher").unwrap();
    assert!(found.next().unwrap().starts_with("cco daemon start --state '/my state'; "), "{found:?}");
}

#[test]
fn a_command_that_would_refuse_because_of_another_problem_is_put_off() {
    let mut facts = well();
    is_off(&mut facts);
    facts.settings.problems.push("/c.toml:1: invalid".into());
    let found = examine(&facts).into_iter().find(|finding| finding.check == "publisher").unwrap();
    assert!(found.mend().is_none() && found.next().unwrap().contains("once the problem above is fixed"));
}

#[test]
fn another_status_line_is_named_with_a_way_to_show_both() {
    let theirs =
        ClaudeSettings { status_line: Some("echo\u{1b}[2J".to_owned()), ..ClaudeSettings::default() };
    let facts = Facts { claude: Found::There(theirs), ..well() };
    let found = tools::setup(&facts).remove(0);
    assert!(
        found.says.ends_with("echo\\u{1b}[2J") && found.next().unwrap().contains("--wrap"),
        "{}",
        found.says
    );
}

#[test]
fn where_limits_come_from_is_said_and_how_to_get_them_is_a_suggestion() {
    let found = |limits| limits::limits(&Facts { limits, ..well() }).remove(0);
    let cache = LimitSource { from: "Claude Code's cache", limits: 1, newest: NOW - 3 * DAY_MS };
    let line = LimitSource { from: "status lines", limits: 4, newest: NOW - 12_000 };
    let both = found(Found::There(vec![line, cache.clone()]));
    assert_eq!(both.says, "4 limits from status lines, 12s ago; 1 limit from Claude Code's cache, 3d ago");
    assert_eq!((both.verdict, both.next()), (Verdict::Ok, None));
    let old = found(Found::There(vec![cache]));
    assert!(old.verdict == Verdict::Ok && old.next().unwrap().contains("/usage"), "{old:?}");
    for limits in [Found::Missing, Found::There(Vec::new())] {
        assert_eq!(found(limits).says, "no account limits known yet");
    }
    let bare = Facts { claude: Found::There(ClaudeSettings::default()), limits: Found::Missing, ..well() };
    assert!(limits::limits(&bare).remove(0).next().unwrap().contains("cco setup claude"));
    assert_eq!(found(Found::Broken("no".into())).verdict, Verdict::Warn);
    assert!(!found(Found::Unknown("no home")).is_checked);
}
