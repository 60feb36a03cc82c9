//! Each counting rule has its own project below `tests/fixtures/rules`, so a wrong total names the broken
//! rule. The totals in `expected.json` were worked out by hand.

use std::collections::BTreeMap;
use std::path::Path;

use crate::sums::{SUM_NAMES, Sums, by_project, scanned};

fn fixtures() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/rules")
}

#[test]
fn every_rule_gives_its_expected_totals() {
    let text = std::fs::read(fixtures().join("expected.json")).unwrap();
    let expected: BTreeMap<String, BTreeMap<String, u64>> = serde_json::from_slice(&text).unwrap();
    let expected: BTreeMap<String, Sums> =
        expected.into_iter().map(|(rule, sums)| (rule, SUM_NAMES.map(|name| sums[name]))).collect();
    let counted = by_project(&scanned(&fixtures()));
    let rules: std::collections::BTreeSet<&String> = expected.keys().chain(counted.keys()).collect();
    for rule in rules {
        assert_eq!(counted.get(rule), expected.get(rule), "{rule}");
    }
}

#[test]
fn records_left_out_are_counted_by_reason() {
    let stats = scanned(&fixtures()).stats;
    assert_eq!(stats.synthetic, 1);
    assert_eq!(stats.bad_timestamps, 10);
    assert_eq!(stats.incomplete, 1);
    assert_eq!(stats.malformed, 12 + 4, "twelve lines with damage, four texts that do not decode");
}

#[test]
fn a_merged_request_keeps_the_lowest_home_and_the_first_time() {
    let scan = scanned(&fixtures());
    let sessions_of = |project: &str| -> Vec<String> {
        let records = scan.records.iter().filter(|record| &*record.home.project == project);
        let mut sessions: Vec<String> = records.map(|record| record.home.session.to_string()).collect();
        sessions.sort();
        sessions
    };
    assert_eq!(sessions_of("a-fork-leaves-requests-where-they-were-made"), ["z-first"]);
    assert_eq!(sessions_of("a-background-copy-leaves-requests-where-they-were-made"), ["z-own"]);
    assert_eq!(sessions_of("a-sidechain-leaves-requests-to-the-main-thread"), ["b"]);
    assert_eq!(sessions_of("message-ids-are-unique-over-files-and-sessions"), ["one"]);
    assert_eq!(sessions_of("a-missing-session-is-the-files-name"), ["one", "two"]);
    assert_eq!(sessions_of("progress-counts-unless-its-own-file-did"), ["s-progress"; 2]);
    assert_eq!(sessions_of("nulls-drop-nothing-but-the-time"), ["log"]);
}

#[test]
fn terms_models_and_recorded_costs_are_kept_as_written() {
    let scan = scanned(&fixtures());
    let of = |project: &str| {
        let mut records: Vec<_> =
            scan.records.iter().filter(|record| &*record.home.project == project).collect();
        records.sort_by_key(|record| (record.rare.is_none(), record.model.clone()));
        records
    };
    let terms = of("terms-and-recorded-costs-change-no-tokens");
    assert_eq!(
        (&*terms[0].terms.speed, &*terms[0].terms.tier, &*terms[0].terms.geo),
        ("fast", "batch", "us")
    );
    assert_eq!(terms[0].rare.as_ref().unwrap().recorded_cost, "0.25".parse().ok());
    assert!(
        terms[1..].iter().all(|record| record.rare.is_none()),
        "a text or a negative amount is not a cost"
    );

    let models: Vec<&str> = of("models-keep-their-raw-names").iter().map(|record| &*record.model).collect();
    assert_eq!(models, ["", "", "", "claude-opus-4-6[1m]", "mystery-1"]);
}

#[test]
fn a_projects_working_folder_is_the_one_that_encodes_to_its_name() {
    let line = |cwd: &str, second: u32| {
        format!(
            r#"{{"type":"assistant","uuid":"{cwd}{second}","cwd":"{cwd}","timestamp":"2026-03-04T05:06:{second:02}Z","message":{{"usage":{{}}}}}}"#
        )
    };
    let lines = [
        line("/tmp/elsewhere", 1),
        line("/home/ada/my.app", 9),
        line("/home/ada/my_app", 5),
        line("/home/ada/my-app", 5),
    ];
    let root = crate::sums::root_with(&[
        ("-home-ada-my-app/s.jsonl", lines.join("\n").as_bytes()),
        ("-nowhere/s.jsonl", line("/home/ada/other", 1).as_bytes()),
    ]);
    let folders = scanned(root.path()).working_folders;
    let shown: Vec<(&str, &str)> = folders.iter().map(|(key, folder)| (&**key, &*folder.path)).collect();
    assert_eq!(shown, [("-home-ada-my-app", "/home/ada/my-app")], "the earliest, then the lowest");
}
