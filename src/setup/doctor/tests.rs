//! Each check, with good facts and with bad ones.

use super::*;

const NOW: i64 = 1_790_000_000_000;

fn well() -> Facts {
    let claude = ClaudeSettings {
        status_line: Some("cco-peek statusline".to_owned()),
        is_ours: true,
        has_hook: true,
        cleanup_days: Some(3650),
        is_disabled: false,
    };
    Facts {
        now: NOW,
        version: "1.0.0".to_owned(),
        roots: vec!["/h/.claude".into()],
        transcripts: Some((NOW - 9 * DAY_MS, NOW - 1000)),
        state_refused: None,
        private: vec![Private { path: "/s/ledger.db".into(), mode: 0o100_600, is_own: true }],
        publisher: Publisher {
            unknown: None,
            is_running: true,
            is_live: true,
            pid: Some(7),
            lag_us: Some(300),
            polling: None,
        },
        snapshot: Some(Ok(SnapshotFacts {
            layout: (1, 0),
            program: "1.0.0".to_owned(),
            at: Some(NOW - 5000),
        })),
        ledger: Some(Ok(LedgerFacts { version: 1, damage: Vec::new(), requests: 9, newest: Some(NOW) })),
        prices_at: Some(NOW - 10 * DAY_MS),
        claude: Some(Ok(claude)),
        programs: vec!["/bin/cco".into()],
        ..Facts::default()
    }
}

#[test]
fn a_good_installation_passes_every_check() {
    let findings = examine(&well());
    assert_eq!(findings.len(), 10);
    for finding in findings {
        assert_eq!((finding.verdict, &finding.next), (Verdict::Ok, &None), "{finding:?}");
    }
}

#[test]
fn each_problem_is_found_with_a_fix() {
    type Spoil = fn(&mut Facts);
    let cases: [(&str, Verdict, &str, Spoil); 25] = [
        ("publisher", Verdict::Fail, "state folder", |facts| {
            facts.publisher.unknown = Some("denied".to_owned());
        }),
        ("roots", Verdict::Warn, "--root", |facts| facts.roots.clear()),
        ("roots", Verdict::Warn, "CLAUDE_CONFIG_DIR", |facts| facts.without_projects.push("/x".into())),
        ("roots", Verdict::Fail, "permissions", |facts| facts.refused.push("/x: denied".to_owned())),
        ("permissions", Verdict::Fail, "chmod go= /s/ledger.db", |facts| facts.private[0].mode = 0o100_640),
        ("permissions", Verdict::Fail, "--state", |facts| facts.private[0].is_own = false),
        ("permissions", Verdict::Fail, "mended", |facts| facts.state_refused = Some("a link".into())),
        ("publisher", Verdict::Warn, "cco daemon start", |facts| facts.publisher.is_running = false),
        ("publisher", Verdict::Fail, "restart", |facts| facts.publisher.is_live = false),
        ("publisher", Verdict::Warn, "restart", |facts| facts.version = "1.1.0".to_owned()),
        ("publisher", Verdict::Warn, "fs.inotify.max_user_watches", |facts| {
            facts.publisher.polling = Some("polling every 1s".into());
        }),
        ("publisher", Verdict::Warn, "logs", |facts| facts.publisher.lag_us = Some(9_000_000)),
        ("snapshot", Verdict::Warn, "--once", |facts| facts.snapshot = None),
        ("snapshot", Verdict::Fail, "restart", |facts| facts.snapshot = Some(Err("damaged".to_owned()))),
        ("ledger", Verdict::Fail, "verify", |facts| facts.ledger = Some(Err("newer".to_owned()))),
        ("ledger", Verdict::Fail, "restore", |facts| {
            let damage = vec!["row 1".to_owned()];
            facts.ledger = Some(Ok(LedgerFacts { version: 1, damage, requests: 0, newest: None }));
        }),
        ("clock", Verdict::Warn, "clock", |facts| facts.transcripts = Some((NOW, NOW + DAY_MS))),
        ("clock", Verdict::Warn, "timezone", |facts| facts.zone_note = Some("in UTC")),
        ("prices", Verdict::Warn, "cco prices --unpriced", |facts| facts.unpriced = vec!["mystery-9".into()]),
        ("prices", Verdict::Warn, "newest", |facts| facts.prices_at = Some(NOW - 200 * DAY_MS)),
        ("setup", Verdict::Warn, "cco setup claude", |facts| {
            facts.claude = Some(Ok(ClaudeSettings::default()));
        }),
        ("setup", Verdict::Fail, "cco setup tmux --undo && cco setup tmux", |facts| {
            let (file, program) = ("/h/.tmux.conf".into(), "/gone/cco-peek".into());
            facts.lost_calls = Some(Ok(vec![LostCall { integration: "tmux".to_owned(), file, program }]));
        }),
        ("setup", Verdict::Fail, "permissions", |facts| facts.lost_calls = Some(Err("denied".to_owned()))),
        ("retention", Verdict::Warn, "3650", |facts| facts.claude = Some(Ok(ClaudeSettings::default()))),
        ("programs", Verdict::Warn, "one", |facts| facts.programs.push("/old/cco".into())),
    ];
    for (check, verdict, next, spoil) in cases {
        let mut facts = well();
        spoil(&mut facts);
        let findings = examine(&facts);
        let found = findings.iter().find(|finding| finding.check == check).unwrap();
        assert_eq!(found.verdict, verdict, "{found:?}");
        assert!(found.next.as_ref().unwrap().contains(next), "{found:?}");
    }
}

#[test]
fn another_status_line_is_named_with_a_way_to_show_both() {
    let theirs =
        ClaudeSettings { status_line: Some("echo\u{1b}[2J".to_owned()), ..ClaudeSettings::default() };
    let facts = Facts { claude: Some(Ok(theirs)), ..well() };
    let found = setup(&facts);
    assert!(
        found.says.ends_with("echo\\u{1b}[2J") && found.next.unwrap().contains("--wrap"),
        "{}",
        found.says
    );
}
