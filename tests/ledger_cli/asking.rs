//! `cco` and `cco publish --once` beside a publisher that runs.

use std::os::unix::fs::symlink;
use std::process::{Command, Stdio};
use std::time::Duration;

use cco::publish::{Nudge, nudges_in};
use cco::snapshot::Lock;
use cco::state_folder::StateFolder;

use crate::place::{Place, request};

#[test]
fn counting_once_beside_a_publisher_gives_totals_of_the_moment() {
    let place = Place::new();
    // What is written behind a link is not reported to whoever watches the folder with the link: only a look at
    // everything finds it, and without being asked the publisher takes one a minute.
    let behind = place.path("behind.jsonl");
    std::fs::write(&behind, "").unwrap();
    symlink(&behind, place.transcript("-home-ada-loom", "behind")).unwrap();
    let publisher = place.start();
    let mut lines = String::new();
    for id in 10..15 {
        lines += &format!("{}\n", request(id, "behind", "2026-03-22T11:00:00Z"));
        std::fs::write(&behind, &lines).unwrap();
        let seen = place.publish();
        assert_eq!(seen["totals"]["requests"], 2 + id - 9);
        assert!(seen.get("scan").is_none(), "this process scanned nothing");
    }
    let words = place.cco(&["publish", "--once"]);
    assert_eq!(words.code(), 0, "{}", words.told());
    let expected = format!("counted by the running publisher (process {})", publisher.pid());
    assert!(words.printed().contains(&expected), "{}", words.printed());
    assert_eq!(
        nudges_in(&StateFolder::new(place.path("state")).nudges()).unwrap(),
        [] as [std::path::PathBuf; 0]
    );
}

#[test]
fn many_may_ask_at_once() {
    let place = Place::new();
    let _publisher = place.start();
    place.add("-home-ada-loom", "s-3", &request(3, "s-3", "2026-03-22T12:00:00Z"));
    let ask = || place.command(&["publish", "--once", "--json"]).stdout(Stdio::piped()).spawn().unwrap();
    let asking: Vec<_> = (0..8).map(|_| ask()).collect();
    for asker in asking {
        let output = asker.wait_with_output().unwrap();
        let seen: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(seen["totals"]["requests"], 3);
    }
}

#[test]
fn cco_alone_asks_the_publisher_of_the_users_own_transcripts() {
    let place = Place::new();
    std::fs::rename(place.path("root"), place.path(".claude")).unwrap();
    let cco = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cco"));
        command.env_clear().env("HOME", place.path("")).env("CCO_STATE", place.path("state"));
        command.env("CCO_SNAPSHOT", place.path("state/usage.snapshot"));
        command
    };
    std::fs::create_dir(place.path("root")).unwrap();
    std::fs::rename(place.path(".claude/projects"), place.path("root/projects")).unwrap();
    symlink(place.path("root/projects"), place.path(".claude/projects")).unwrap();
    let publisher = place.start();
    let output = cco().output().unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(printed.contains(&format!("(process {})", publisher.pid())), "{printed}");
}

#[test]
fn a_publisher_that_died_leaves_its_place_and_the_questions() {
    let place = Place::new();
    drop(place.start());
    let left = Nudge::send(&place.path("state").into()).unwrap();
    let seen = place.publish();
    assert_eq!(seen["scan"]["files"], 2, "counted by this process");
    // The next publisher answers what was left.
    let _publisher = place.start();
    place.publish();
    assert!(left.is_answered().unwrap());
}

#[test]
fn a_publisher_that_cannot_publish_what_is_new_is_read_and_said_to_fail() {
    let place = Place::new();
    let publisher = place.start();
    assert_eq!(place.publish()["totals"]["requests"], 2);
    // More projects than there is room for ask for a new file, which cannot be made where a folder stands.
    let obstacle = place.path("state/usage.snapshot.new");
    std::fs::create_dir(&obstacle).unwrap();
    for id in 0..1500 {
        place.add(&format!("-home-{id}"), "s", &request(100 + id, "s", "2026-03-22T12:00:00Z"));
    }
    let ran = place.cco(&["publish", "--once", "--json"]);
    assert_eq!(ran.code(), 0, "{}", ran.told());
    let expected = format!("(process {}) cannot count the latest changes", publisher.pid());
    assert!(ran.told().contains(&expected), "{}", ran.told());

    std::fs::remove_dir(obstacle).unwrap();
    assert_eq!(place.publish()["totals"]["requests"], 1502);
}

#[test]
fn a_publisher_of_another_snapshot_is_named() {
    let place = Place::new();
    let publisher = place.start();
    let elsewhere = place.path("other.snapshot");
    let ran = place.cco(&["publish", "--once", "--snapshot", elsewhere.to_str().unwrap()]);
    ran.fails(6, &[&format!("process {}", publisher.pid()), "other.snapshot", "--snapshot"]);
}

#[test]
fn what_writes_the_ledger_waits_for_a_report_that_counts() {
    let place = Place::counted();
    let (state, snapshot) = (place.path("state/lock"), place.path("state/usage.snapshot.lock"));
    for lock in [state, snapshot] {
        let lock = Lock::take(&lock).unwrap();
        let command = place.command(&["ledger", "compact"]).stdout(Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(200));
        drop(lock);
        let output = command.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0));
    }
}

#[test]
fn what_writes_the_ledger_does_not_wait_for_a_publisher() {
    let place = Place::new();
    let publisher = place.start();
    let backup = place.path("backup.db");
    let backup = backup.to_str().unwrap();
    let process = format!("process {}", publisher.pid());
    assert_eq!(place.cco(&["ledger", "backup", backup]).code(), 0);
    for command in [
        &["ledger", "compact"][..],
        &["ledger", "rebuild"],
        &["ledger", "restore", backup, "--yes"],
        &["ledger", "forget", "--project", "-home-ada-loom", "--yes"],
    ] {
        place.cco(command).fails(6, &[&process, "cco daemon stop"]);
    }
    for command in [&["ledger", "path"][..], &["ledger", "verify"], &["ledger", "export"], &["reconcile"]] {
        let ran = place.cco(command);
        assert_eq!(ran.code(), 0, "{command:?}: {}", ran.told());
    }
    assert_eq!(place.shown(), 2);
}
