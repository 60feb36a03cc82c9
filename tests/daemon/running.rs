//! Starting, stopping and asking.

use std::fs;
use std::process::Stdio;

use cco::snapshot::{Lock, WriterState};
use rustix::process::Signal;
use serde_json::Value;

use crate::home::{Home, signal, text, until};

#[test]
fn a_publisher_is_started_once_and_stopped_once() {
    let home = Home::new();
    let status = home.cco(&["daemon", "status"]);
    assert_eq!(status.status.code(), Some(3));
    assert!(
        text(&status.stdout).starts_with("not running; to start it: cco daemon start"),
        "{}",
        text(&status.stdout)
    );

    let pid = home.start();
    assert_eq!(home.writer(), Some(WriterState::Live), "a start returns when the snapshot is there");
    let again = home.cco(&["daemon", "start"]);
    assert_eq!(again.status.code(), Some(0));
    assert_eq!(text(&again.stdout), format!("already running (process {pid})\n"));

    let stop = home.cco(&["daemon", "stop"]);
    assert_eq!(stop.status.code(), Some(0), "{}", text(&stop.stderr));
    assert_eq!(text(&stop.stdout), format!("stopped (process {pid})\n"));
    assert_eq!(home.writer(), Some(WriterState::Stopped));
    let again = home.cco(&["daemon", "stop"]);
    assert_eq!(again.status.code(), Some(3));
    assert!(text(&again.stderr).contains("nothing to stop"), "{}", text(&again.stderr));
}

#[test]
fn of_publishers_started_at_once_one_runs() {
    let home = Home::new();
    let starters: Vec<_> = (0..4)
        .map(|_| {
            let mut command = home.command(env!("CARGO_BIN_EXE_cco"), &["daemon", "start"]);
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
        })
        .collect();
    let told: Vec<_> = starters.into_iter().map(|starter| starter.wait_with_output().unwrap()).collect();
    let pid = home.pid();
    for output in &told {
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        assert!(text(&output.stdout).contains(&format!("process {pid}")), "{}", text(&output.stdout));
    }
    let started = told.iter().filter(|output| text(&output.stdout).starts_with("started")).count();
    assert_eq!(started, 1);
}

#[test]
fn from_many_terminals_at_once_all_get_an_answer() {
    let home = Home::new();
    let (cco, peek) = (env!("CARGO_BIN_EXE_cco"), env!("CARGO_BIN_EXE_cco-peek"));
    let asked: [(&str, &[&str]); 3] = [
        (cco, &["daemon", "start"]),
        (cco, &["publish", "--once", "--json"]),
        (peek, &["--ensure", "--ensure-timeout", "60", "--field", "totals.requests"]),
    ];
    let asking: Vec<_> = (0..5)
        .flat_map(|_| asked)
        .map(|(program, arguments)| {
            let mut command = home.command(program, arguments);
            let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
            (arguments, child)
        })
        .collect();
    for (arguments, child) in asking {
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", text(&output.stderr));
    }
    assert_eq!(home.writer(), Some(WriterState::Live), "a publisher goes on");
}

#[test]
fn who_asks_while_the_publisher_reloads_or_stops_gets_an_answer() {
    let home = Home::new();
    let pid = home.start();
    let mut asking: Vec<std::process::Child> = Vec::new();
    for round in 0..30 {
        let mut command = home.command(env!("CARGO_BIN_EXE_cco"), &["publish", "--once", "--json"]);
        asking.push(command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap());
        std::thread::sleep(std::time::Duration::from_millis(7));
        signal(pid, if round < 29 { Signal::HUP } else { Signal::TERM });
    }
    for child in asking {
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    }
}

#[test]
fn a_start_that_fails_prints_the_error_and_not_that_it_started() {
    let home = Home::new();
    fs::create_dir_all(home.state().join("ledger.db")).unwrap();
    let starters: Vec<_> = (0..4)
        .map(|_| {
            let mut command = home.command(env!("CARGO_BIN_EXE_cco"), &["daemon", "start"]);
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
        })
        .collect();
    for starter in starters {
        let output = starter.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
        assert_eq!(text(&output.stdout), "");
        assert!(text(&output.stderr).contains("ledger.db"), "{}", text(&output.stderr));
    }
}

#[test]
fn a_command_that_holds_the_lock_for_a_moment_is_no_running_publisher() {
    let home = Home::new();
    fs::create_dir_all(home.state()).unwrap();
    let lock = Lock::take(&home.state().join("lock")).unwrap();
    let mut command = home.command(env!("CARGO_BIN_EXE_cco"), &["daemon", "start"]);
    let starter = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    std::thread::sleep(std::time::Duration::from_millis(500));
    drop(lock);
    let output = starter.wait_with_output().unwrap();
    assert!(text(&output.stdout).starts_with("started"), "{}{}", text(&output.stdout), text(&output.stderr));
    assert_eq!(home.writer(), Some(WriterState::Live));
}

#[test]
fn status_tells_how_the_publisher_fares() {
    let home = Home::new();
    let pid = home.start();
    let status = home.status();
    for (member, expected) in [
        ("running", Value::from(true)),
        ("pid", pid.into()),
        ("writer", "live".into()),
        ("roots", 1.into()),
        ("files", 1.into()),
        ("requests", 1.into()),
        ("last_error", Value::Null),
    ] {
        assert_eq!(status[member], expected, "{member} in {status}");
    }
    assert!(status["uptime_ms"].is_u64() && status["records_per_second"].is_f64(), "{status}");
    if cfg!(target_os = "linux") {
        assert!(status["memory_bytes"].as_u64().unwrap() > 1 << 20, "{status}");
    }
    let output = home.cco(&["daemon", "status"]);
    assert_eq!(output.status.code(), Some(0));
    for part in [&*format!("running (process {pid}), up "), "transcripts  1 file", "cco.log"] {
        assert!(text(&output.stdout).contains(part), "{part} is missing in {}", text(&output.stdout));
    }
    let logs = home.cco(&["daemon", "logs"]);
    assert!(text(&logs.stdout).contains("published"), "{}", text(&logs.stdout));
    assert_eq!(text(&home.cco(&["daemon", "logs", "-n", "1"]).stdout).lines().count(), 1);
}

#[test]
fn a_killed_publisher_is_seen_as_such_and_another_takes_its_place() {
    let home = Home::new();
    let pid = home.start();
    signal(pid, Signal::KILL);
    until("the lock is free", || !home.status()["running"].as_bool().unwrap());
    let status = home.cco(&["daemon", "status"]);
    assert_eq!(status.status.code(), Some(3));
    assert!(text(&status.stdout).contains(&format!("process {pid} was killed")), "{}", text(&status.stdout));
    assert_ne!(home.start(), pid);
    assert_eq!(home.writer(), Some(WriterState::Live));
}

#[test]
fn a_stale_process_id_is_nobody_and_gets_no_signal() {
    let home = Home::new();
    fs::create_dir_all(home.state()).unwrap();
    // The id of a process that lives and has nothing to do with it: a signal would end this test.
    fs::write(home.state().join("lock"), format!("{}\n", std::process::id())).unwrap();
    let stop = home.cco(&["daemon", "stop"]);
    assert_eq!(stop.status.code(), Some(3), "{}", text(&stop.stderr));
    home.start();
}

#[test]
#[cfg(target_os = "linux")]
fn a_lock_whose_holder_cannot_be_seen_is_left_alone() {
    let home = Home::new();
    let path = home.state().join("lock");
    let _lock = Lock::take(&path).unwrap();
    fs::write(&path, "4194303\n").unwrap();
    for command in ["start", "stop", "restart"] {
        let output = home.cco(&["daemon", command]);
        assert_eq!(output.status.code(), Some(6), "{command}: {}", text(&output.stderr));
        assert!(text(&output.stderr).contains("not visible from here"), "{}", text(&output.stderr));
    }
    let status = home.cco(&["daemon", "status"]);
    assert_eq!(status.status.code(), Some(0));
    assert!(text(&status.stdout).contains("not visible"), "{}", text(&status.stdout));
}

#[test]
fn a_publisher_that_cannot_begin_says_why_through_its_starter() {
    let home = Home::new();
    fs::create_dir_all(home.state()).unwrap();
    fs::write(home.snapshot(), "something precious").unwrap();
    let output = home.cco(&["daemon", "start"]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains("so it is not replaced"), "{}", text(&output.stderr));
    assert_eq!(fs::read_to_string(home.snapshot()).unwrap(), "something precious");
}

#[test]
fn restart_replaces_the_publisher_and_starts_one_where_none_ran() {
    let home = Home::new();
    assert_eq!(home.cco(&["daemon", "restart"]).status.code(), Some(0));
    let first = home.pid();
    let output = home.cco(&["daemon", "restart"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(text(&output.stdout).starts_with(&format!("stopped (process {first})\nstarted")));
    assert_ne!(home.pid(), first);
}

#[test]
fn relative_paths_mean_what_they_mean_to_the_starter() {
    let home = Home::new();
    let options = ["--root", ".claude", "--state", "here"];
    let daemon = |command: &str| {
        let arguments = [&["daemon", command], &options[..]].concat();
        let mut command = home.command(env!("CARGO_BIN_EXE_cco"), &arguments);
        command.current_dir(home.path()).output().unwrap()
    };
    let start = daemon("start");
    assert_eq!(start.status.code(), Some(0), "{}", text(&start.stderr));
    assert!(home.path().join("here/usage.snapshot").is_file());
    assert_eq!(daemon("stop").status.code(), Some(0));
}

#[test]
#[cfg(feature = "peek")]
fn peek_ensures_that_a_publisher_runs() {
    let home = Home::new();
    let peek = || {
        let arguments = ["--ensure", "--ensure-timeout", "60", "--field", "totals.requests"];
        home.command(env!("CARGO_BIN_EXE_cco-peek"), &arguments).output().unwrap()
    };
    let first = peek();
    assert_eq!(first.status.code(), Some(0), "{}", text(&first.stderr));
    assert_eq!(text(&first.stdout), "1\n");
    let pid = home.pid();
    assert_eq!(peek().status.code(), Some(0));
    assert_eq!(home.pid(), pid, "one is enough");
}

#[test]
#[cfg(feature = "peek")]
fn a_publisher_that_is_ensured_before_there_are_transcripts_waits_for_them() {
    let home = Home::empty();
    let peek = |arguments: &[&str]| home.command(env!("CARGO_BIN_EXE_cco-peek"), arguments).output().unwrap();
    let output = peek(&["--ensure", "--field", "totals.requests"]);
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(0), "0\n"), "{}", text(&output.stderr));
}

#[test]
fn a_second_publisher_says_once_that_there_is_one() {
    let home = Home::new();
    home.start();
    let output = home.cco(&["publish"]);
    assert_eq!(output.status.code(), Some(6));
    assert_eq!(text(&output.stderr).lines().count(), 1, "{}", text(&output.stderr));
}
