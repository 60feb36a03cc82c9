//! `cco ledger forget`.

use std::fs::{File, OpenOptions};
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::Stdio;

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use crate::place::{Place, request};

const ENGINE: [&str; 4] = ["ledger", "forget", "--project", "-home-ada-engine"];

#[test]
fn what_was_forgotten_does_not_come_back() {
    let place = Place::counted();
    let ran = place.cco(&[&ENGINE[..], &["--yes"]].concat());
    assert_eq!(ran.code(), 0, "{}", ran.told());
    for words in ["project -home-ada-engine", "1 request", "1,000,000 tokens", "$5.00", "1 session"] {
        assert!(ran.printed().contains(words), "{words} is missing in: {}", ran.printed());
    }
    assert!(ran.told().contains("cco ledger compact"), "{}", ran.told());
    assert_eq!(place.shown(), 1, "readers see it at once");
    assert_eq!(place.publish()["totals"]["requests"], 1);
    assert_eq!(place.cco(&["ledger", "rebuild", "--json"]).json()["requests"], 1);
    assert_eq!(place.shown(), 1);
}

#[test]
fn forgetting_all_there_is_shows_nothing_any_more() {
    let place = Place::counted();
    let ran = place.cco(&["ledger", "forget", "--before", "2026-03-23", "--yes", "--json"]).json();
    assert_eq!((&ran["forgotten"], &ran["requests"]), (&true.into(), &2.into()));
    assert_eq!(place.shown(), 0);
}

#[test]
fn days_begin_in_the_zone() {
    let place = Place::new();
    // 23:30 of the 20th in Berlin, and half past midnight of the 21st.
    place.add("-p", "s", &request(11, "s", "2026-03-20T22:30:00Z"));
    place.add("-p", "s", &request(12, "s", "2026-03-20T23:30:00Z"));
    place.publish();
    for (zone, count) in [("Europe/Berlin", 1), ("America/New_York", 2)] {
        let forget = ["ledger", "forget", "--project=-p", "--before", "2026-03-21", "--dry-run", "--json"];
        let seen = place.cco(&[&forget[..], &["--timezone", zone]].concat()).json();
        assert_eq!((&seen["requests"], &seen["forgotten"]), (&count.into(), &false.into()), "{zone}");
    }
    assert_eq!(place.shown(), 4, "only shown");
}

#[test]
fn what_was_not_counted_yet_is_shown_before_it_is_forgotten() {
    let place = Place::counted();
    place.add("-home-ada-engine", "s-3", &request(3, "s-3", "2026-03-20T12:00:00Z"));
    let shown = place.cco(&[&ENGINE[..], &["--dry-run", "--json"]].concat()).json();
    assert_eq!(shown["requests"], 2);
    place.add("-home-ada-engine", "s-4", &request(4, "s-4", "2026-03-20T13:00:00Z"));
    let forgotten = place.cco(&[&ENGINE[..], &["--yes", "--json"]].concat()).json();
    assert_eq!(forgotten["requests"], 3, "all that goes");
    assert_eq!(place.publish()["totals"]["requests"], 1);
    place.add("-home-new", "s-5", &request(5, "s-5", "2026-03-20T14:00:00Z"));
    let new = place.cco(&["ledger", "forget", "--project=-home-new", "--yes", "--json"]).json();
    assert_eq!(new["requests"], 1, "a project that is counted only now");
}

#[test]
fn what_was_written_while_the_user_thought_is_shown_and_asked_for_again() {
    let place = Place::counted();
    let terminal = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&terminal).unwrap();
    unlockpt(&terminal).unwrap();
    let name = ptsname(&terminal, Vec::new()).unwrap().into_string().unwrap();
    let keyboard = OpenOptions::new().read(true).write(true).open(name).unwrap();
    let mut command = place.command(&ENGINE);
    let mut asking = command.stdin(keyboard).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut answers = File::from(terminal);
    let mut said = BufReader::new(asking.stderr.take().unwrap()).lines();
    let mut until_asked = || {
        let mut lines = Vec::new();
        for line in said.by_ref() {
            lines.push(line.unwrap());
            if lines.last().is_some_and(|line| line.contains("[y/N]")) {
                break;
            }
        }
        lines.join("\n")
    };

    let first = until_asked();
    assert!(first.contains("1 request, 1,000,000 tokens"), "{first}");
    place.add("-home-ada-engine", "s-3", &request(3, "s-3", "2026-03-20T12:00:00Z"));
    answers.write_all(b"y\n").unwrap();
    let second = until_asked();
    for words in ["more of it was counted meanwhile", "2 requests, 2,000,000 tokens"] {
        assert!(second.contains(words), "{second}");
    }
    answers.write_all(b"y\n").unwrap();
    let output = asking.wait_with_output().unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success() && printed.contains("2 requests"), "{printed}");
    assert_eq!(place.shown(), 1);
}

#[test]
fn without_a_terminal_nothing_is_forgotten_unasked() {
    let place = Place::counted();
    let ran = place.cco(&ENGINE);
    ran.fails(2, &["1 request", "nothing was forgotten", "--yes"]);
    assert_eq!(place.publish()["totals"]["requests"], 2);
}

#[test]
fn a_project_may_be_named_by_its_working_folder() {
    let place = Place::counted();
    let ran = place.cco(&["ledger", "forget", "--project", "/home/ada/engine", "--dry-run"]);
    assert_eq!(ran.code(), 0, "{}", ran.told());
    assert!(ran.printed().contains("would forget project -home-ada-engine: 1 request"), "{}", ran.printed());
}

#[test]
fn what_makes_no_sense_is_wrong_usage() {
    let place = Place::counted();
    place.cco(&["ledger", "forget", "--yes"]).fails(2, &["--project", "--before"]);
    place.cco(&["ledger", "forget", "--before", "yesterday", "--yes"]).fails(2, &["yesterday"]);
    for day in ["2999-01-01", "9999-12-31"] {
        place.cco(&["ledger", "forget", "--before", day, "--yes"]).fails(2, &["in the future"]);
    }
    place.cco(&["ledger", "forget", "--project", "-nobody", "--yes"]).fails(2, &["-nobody"]);
    assert_eq!(place.publish()["totals"]["requests"], 2);
}

#[test]
fn a_preview_needs_no_publisher_stopped() {
    let place = Place::counted();
    let _publisher = place.start();
    let seen = place.cco(&[&ENGINE[..], &["--dry-run", "--json"]].concat()).json();
    assert_eq!((&seen["requests"], &seen["forgotten"]), (&1.into(), &false.into()));
    assert_eq!(place.cco(&[&ENGINE[..], &["--yes"]].concat()).code(), 6, "to forget it, it must be");
    assert_eq!(place.shown(), 2, "only shown");
}
