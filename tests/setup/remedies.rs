//! Each piece of advice that the doctor gives is run, and the finding is gone then.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use cco::snapshot::{Following, Health, Lock, Publication, Writer, WriterOptions};
use rustix::process::{Pid, Signal, kill_process};

use crate::advised::{ask, follow, is_mended, try_others};
use crate::home::{Home, until};

/// Set for a process that poses as a publisher: its state folder.
const POSE: &str = "CCO_TEST_POSE";
const STATE: &str = ".local/state/cco";

fn mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// A home whose publisher runs.
fn published() -> Home {
    let home = Home::counted();
    home.done(&["daemon", "start"]);
    home
}

#[test]
fn a_healthy_machine_is_all_green_without_any_integration() {
    let home = published();
    let healthy = ask(&home, &[]);
    assert!(healthy.is_green(), "{:#?}", healthy.findings);
    assert_eq!((healthy.code, &*healthy.verdict), (0, "ok"));
}

#[test]
fn a_publisher_that_does_not_run_is_started() {
    let home = Home::counted();
    let off = ask(&home, &[]);
    follow(&home, &off.problem("publisher", "not running"));
    assert!(ask(&home, &[]).is_green(), "what depended on it is green as well");
    // Each of the findings alone helps as much.
    for (check, says) in [("snapshot", "not being updated"), ("retention", "lost")] {
        home.done(&["daemon", "stop"]);
        is_mended(&home, &[], check, says);
    }
}

#[test]
fn a_home_with_nothing_but_a_program_gets_a_publisher_snapshot_and_ledger() {
    for check in ["publisher", "snapshot", "ledger"] {
        let home = Home::new();
        is_mended(&home, &[], check, "");
    }
    let home = Home::new();
    fs::create_dir_all(home.path().join(".claude/projects")).unwrap();
    try_others(&home, &ask(&home, &[]).problem("snapshot", "no snapshot yet"));
    assert_eq!(ask(&home, &[]).problems("snapshot", "no snapshot yet").len(), 0);
}

#[test]
fn advice_is_about_the_publisher_that_was_asked_about() {
    let home = Home::counted();
    let state = home.path().join("my state");
    is_mended(&home, &["--state", state.to_str().unwrap()], "publisher", "not running");
    assert!(!home.path().join(STATE).join("cco.log").exists(), "the other one is left alone");
    home.done(&["daemon", "stop", "--state", state.to_str().unwrap()]);
}

#[test]
fn a_suspended_publisher_is_restarted() {
    let home = published();
    let pid =
        ask(&home, &[]).findings.iter().find(|it| it["check"] == "publisher").unwrap()["says"].to_string();
    let pid: i32 = pid.split_whitespace().nth(1).unwrap().parse().unwrap();
    kill_process(Pid::from_raw(pid).unwrap(), Signal::STOP).unwrap();
    until("it is stale", || !ask(&home, &[]).problems("publisher", "stale").is_empty());
    try_others(&home, &ask(&home, &[]).problem("publisher", "stale"));
    is_mended(&home, &[], "publisher", "stale");
    assert!(ask(&home, &[]).is_green());
}

/// Not a test of its own: the process that [`a_publisher_of_another_version_is_restarted`] starts.
#[test]
fn poses_as_a_publisher_of_another_version() {
    let Some(state) = std::env::var_os(POSE).map(std::path::PathBuf::from) else { return };
    let _lock = Lock::take(&state.join("lock")).unwrap();
    let options = WriterOptions { zone: "UTC".into(), week_start: 0, program: "0.0.1".into() };
    let mut writer = Writer::open(state.join("usage.snapshot"), options).unwrap();
    let published_at = jiff::Timestamp::now().as_millisecond();
    writer.report(Health {
        lag_us: 9_000_000,
        following: Following::Polling,
        folders_unwatched: 3,
        poll_interval_ms: 1000,
        ..Health::default()
    });
    writer.commit(&Publication { published_at, ..Publication::default() }).unwrap();
    loop {
        writer.heartbeat();
        std::thread::sleep(cco::snapshot::HEARTBEAT_EVERY);
    }
}

#[test]
fn a_publisher_of_another_version_is_restarted() {
    let home = Home::counted();
    let state = home.path().join(STATE);
    let mut other = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "remedies::poses_as_a_publisher_of_another_version"])
        .env(POSE, &state)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    until("it poses", || !ask(&home, &[]).problems("publisher", "runs version 0.0.1").is_empty());
    let found = ask(&home, &[]);
    let polling = found.problem("publisher", "polling 3 folders every 1s");
    let raise = &polling["advice"][0]["commands"][0];
    assert_eq!((&raise["is_for_root"], &raise["words"][0]), (&true.into(), &"sysctl".into()));
    assert!(raise["words"][2].as_str().unwrap().starts_with("fs.inotify.max_user_watches="), "{raise}");
    let slow = found.problem("publisher", "to publish a change");
    try_others(&home, &slow);
    // It is this test's own child, which stays until it is waited for.
    let waiting = std::thread::spawn(move || other.wait().unwrap());
    is_mended(&home, &[], "publisher", "runs version 0.0.1");
    waiting.join().unwrap();
    assert_eq!(ask(&home, &[]).problems("publisher", "").len(), 0);
}

#[test]
fn what_others_can_read_or_write_is_closed_to_them() {
    let home = Home::counted();
    let state = home.path().join(STATE);
    for (path, bits) in [
        (state.join("ledger.db"), 0o644),
        (state.join("usage.snapshot"), 0o640),
        (state.clone(), 0o755),
        (state.join("ledger.db"), 0o666),
        (state, 0o777),
    ] {
        mode(&path, bits);
        is_mended(&home, &[], "permissions", "other users can");
    }
    let config = home.write(".config/cco/config.toml", "[budgets]\ndaily = 1\ncommand = \"true\"\n");
    for (text, bits) in [("[budgets]\ndaily = 1\ncommand = \"true\"\n", 0o664), ("", 0o666)] {
        home.write(".config/cco/config.toml", text);
        mode(&config, bits);
        is_mended(&home, &[], "settings", "others can write");
    }
}

#[test]
fn a_file_in_the_place_of_the_state_folder_is_moved_away() {
    let home = Home::counted();
    let state = home.path().join("state");
    fs::write(&state, "mine").unwrap();
    let options = ["--state", state.to_str().unwrap()];
    is_mended(&home, &options, "permissions", "is not a folder");
    assert_eq!(home.read("state.moved"), b"mine");
    fs::write(&state, "mine, too").unwrap();
    is_mended(&home, &options, "permissions", "is not a folder");
    assert_eq!(home.read("state.moved-2"), b"mine, too");
}

#[test]
fn a_config_file_that_was_named_and_is_missing_is_written() {
    let home = Home::counted();
    let config = home.path().join("my config.toml");
    is_mended(&home, &["--config", config.to_str().unwrap()], "settings", "does not exist");
}

#[test]
fn a_damaged_snapshot_is_replaced() {
    let home = Home::counted();
    let snapshot = home.path().join(STATE).join("usage.snapshot");
    fs::write(&snapshot, "no snapshot").unwrap();
    is_mended(&home, &[], "snapshot", "");
    assert!(ask(&home, &[]).is_green());
    // The next one of that name is not written over the first.
    home.done(&["daemon", "stop"]);
    fs::write(&snapshot, "no snapshot either").unwrap();
    is_mended(&home, &[], "snapshot", "");
    assert_eq!(home.read(".local/state/cco/usage.snapshot.damaged"), b"no snapshot");
}

#[test]
fn a_damaged_ledger_is_moved_away_and_the_transcripts_are_counted_again() {
    let spoil = |home: &Home| {
        let ledger = home.path().join(STATE).join("ledger.db");
        let mut bytes = fs::read(&ledger).unwrap();
        let end = bytes.len();
        bytes[4096..end].fill(0x5a);
        fs::write(ledger, bytes).unwrap();
    };
    let not_one = |home: &Home| drop(home.write(".local/state/cco/ledger.db", "not a ledger at all"));
    for spoil in [&spoil as &dyn Fn(&Home), &not_one] {
        for is_running in [false, true] {
            let home = if is_running { published() } else { Home::counted() };
            spoil(&home);
            is_mended(&home, &[], "ledger", "");
            assert!(home.path().join(STATE).join("ledger.db.damaged").exists());
            let verified: serde_json::Value =
                serde_json::from_str(&home.done(&["ledger", "verify", "--json"])).unwrap();
            assert!(verified["messages"] == 1 && verified["sound"] == true, "{verified}");
        }
    }
}

#[test]
fn a_ledger_that_is_not_damaged_stays() {
    let home = Home::counted();
    let refused = home.cco(&["ledger", "set-aside"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("not damaged, so it stays"), "{refused:?}");
    assert_eq!(Home::new().cco(&["ledger", "set-aside"]).status.code(), Some(4));
    home.done(&["daemon", "start"]);
    assert_eq!(home.cco(&["ledger", "set-aside"]).status.code(), Some(6));
}

#[test]
fn missing_prices_are_listed_in_the_form_of_the_config_file() {
    let home = published();
    let transcript = home.path().join(".claude/projects/-p/s.jsonl");
    let line = fs::read_to_string(&transcript).unwrap();
    let other = line.replace("claude-sonnet-4-5", "mystery-9").replace("\"m\"", "\"n\"");
    fs::write(&transcript, line + &other).unwrap();
    until("it is counted", || !ask(&home, &[]).problems("prices", "no price for mystery-9").is_empty());
    try_others(&home, &ask(&home, &[]).problem("prices", "mystery-9"));
}

#[test]
fn the_hook_of_a_status_line_of_ours_is_added() {
    let home = Home::counted();
    home.write(
        ".claude/settings.json",
        r#"{"statusLine": {"type": "command", "command": "cco-peek statusline"}}"#,
    );
    is_mended(&home, &[], "setup", "no hook");
}

#[test]
fn transcripts_are_kept_also_beside_a_status_line_that_is_not_ours() {
    let theirs = r#"{"statusLine": {"type": "command", "command": "echo mine"}, "cleanupPeriodDays": 0}"#;
    let home = Home::counted();
    home.write(".claude/settings.json", theirs);
    is_mended(&home, &[], "retention", "writes no transcripts");
    let settings: serde_json::Value = serde_json::from_slice(&home.read(".claude/settings.json")).unwrap();
    assert_eq!(
        (&settings["cleanupPeriodDays"], &settings["hooks"]),
        (&3650.into(), &serde_json::Value::Null)
    );
    assert_eq!(settings["statusLine"]["command"], "echo mine");
    home.done(&["setup", "claude", "--undo", "--yes"]);
    assert_eq!(home.read(".claude/settings.json"), theirs.as_bytes());
}

#[test]
fn what_is_optional_works_as_well() {
    let home = published();
    let option = |says: &str| {
        let found = ask(&home, &[]);
        let is_it = |it: &&serde_json::Value| it["says"].as_str().unwrap().contains(says);
        let found =
            found.findings.iter().find(is_it).unwrap_or_else(|| panic!("{says}: {:#?}", found.findings));
        assert_eq!(found["verdict"], "ok");
        follow(&home, found);
        assert!(ask(&home, &[]).is_green());
    };
    option("Claude Code has no status line");
    option("keeps transcripts for 30 days");
    home.done(&["setup", "claude", "--undo", "--yes"]);
    home.write(".claude/settings.json", r#"{"statusLine": {"type": "command", "command": "echo mine"}}"#);
    option("another status line: echo mine");
}
