//! What a publisher does on signals, and what it tells a service manager.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::net::UnixDatagram;
use std::process::Stdio;

use cco::snapshot::{Reader, WriterState};
use rustix::process::Signal;

use crate::home::{DEADLINE, Home, signal, text, until};

#[test]
fn sighup_takes_new_settings_over_and_leaves_the_old_ones_where_they_make_no_sense() {
    let home = Home::new();
    let config = home.path().join("config.toml");
    fs::write(&config, "timezone = 'Asia/Tokyo'\n").unwrap();
    let run = |arguments: &[&str]| {
        let mut command = home.command(env!("CARGO_BIN_EXE_cco"), arguments);
        command.env_remove("CCO_TIMEZONE").env("CCO_CONFIG", &config).output().unwrap()
    };
    assert_eq!(run(&["daemon", "start"]).status.code(), Some(0));
    let pid = home.pid();
    let zone = || Reader::open_copying(home.snapshot()).unwrap().identity().zone.clone();
    assert_eq!(zone(), "Asia/Tokyo");

    fs::write(&config, "timezone = 'Europe/Paris'\n").unwrap();
    signal(pid, Signal::HUP);
    until("the new zone", || zone() == "Europe/Paris");

    fs::write(&config, "time_zone = 'UTC'\n").unwrap();
    signal(pid, Signal::HUP);
    until("a word on the mistake", || {
        home.status()["last_error"].as_str().is_some_and(|error| error.contains("did you mean timezone?"))
    });
    assert_eq!(zone(), "Europe/Paris");
    assert_eq!(home.pid(), pid);
}

#[test]
fn settings_that_cannot_be_taken_over_yet_are_when_they_can_be() {
    let home = Home::new();
    let config = home.path().join("config.toml");
    fs::write(&config, "timezone = 'Asia/Tokyo'\n").unwrap();
    let mut command = home.command(env!("CARGO_BIN_EXE_cco"), &["publish"]);
    command.env_remove("CCO_TIMEZONE").env("CCO_CONFIG", &config).stderr(Stdio::piped());
    let mut publisher = command.spawn().unwrap();
    let mut told = BufReader::new(publisher.stderr.take().unwrap()).lines();
    until("a live snapshot", || home.writer() == Some(WriterState::Live));

    // Another zone asks for a new file, which cannot be made where a folder stands.
    let obstacle = home.state().join("usage.snapshot.new");
    fs::create_dir(&obstacle).unwrap();
    fs::write(&config, "timezone = 'Europe/Paris'\n").unwrap();
    signal(publisher.id(), Signal::HUP);
    let failed =
        told.by_ref().map(Result::unwrap).find(|line| line.contains("cannot start with the new settings"));
    assert!(failed.is_some_and(|line| line.contains("usage.snapshot.new")));

    fs::remove_dir(obstacle).unwrap();
    until("the new zone", || {
        Reader::open_copying(home.snapshot()).unwrap().identity().zone == "Europe/Paris"
    });
    signal(publisher.id(), Signal::TERM);
    assert!(publisher.wait().unwrap().success());
}

#[test]
fn sigint_and_sigterm_end_a_foreground_publisher_cleanly() {
    for end in [Signal::INT, Signal::TERM] {
        let home = Home::new();
        let mut command = home.command(env!("CARGO_BIN_EXE_cco"), &["publish"]);
        let mut publisher = command.stderr(Stdio::null()).spawn().unwrap();
        until("a live snapshot", || home.writer() == Some(WriterState::Live));
        signal(publisher.id(), end);
        assert_eq!(publisher.wait().unwrap().code(), Some(0), "{end:?}");
        assert_eq!(home.writer(), Some(WriterState::Stopped), "{end:?}");
    }
}

#[test]
fn a_service_manager_hears_that_the_publisher_is_ready_lives_and_stops() {
    let home = Home::new();
    let path = home.path().join("notify");
    let manager = UnixDatagram::bind(&path).unwrap();
    manager.set_read_timeout(Some(DEADLINE)).unwrap();
    let heard_until = |word: &str| {
        let mut buffer = [0; 512];
        loop {
            let length = manager.recv(&mut buffer).unwrap_or_else(|error| panic!("{word}: {error}"));
            if text(&buffer[..length]).lines().any(|line| line == word) {
                break;
            }
        }
    };
    let mut command = home.command(env!("CARGO_BIN_EXE_cco"), &["publish"]);
    command.env("NOTIFY_SOCKET", &path).env("WATCHDOG_USEC", "200000").stderr(Stdio::null());
    let mut publisher = command.spawn().unwrap();
    heard_until("READY=1");
    assert_eq!(home.writer(), Some(WriterState::Live), "ready means published");
    heard_until("WATCHDOG=1");
    signal(publisher.id(), Signal::HUP);
    heard_until("RELOADING=1");
    heard_until("READY=1");
    signal(publisher.id(), Signal::TERM);
    heard_until("STOPPING=1");
    assert_eq!(publisher.wait().unwrap().code(), Some(0));
}
