//! `cco live` on a terminal.

use std::fs::{self, OpenOptions};
use std::process::Command;

use cco::snapshot::{Reader, WriterState};
use jiff::{SignedDuration, Timestamp};
use rustix::process::{Pid, Signal, kill_process};

use crate::place::{Place, request};
use crate::terminal::Terminal;

fn start(place: &Place, arguments: &[&str]) -> Terminal {
    Terminal::start(place.command(&[&["live"], arguments].concat()), (80, 24))
}

fn now(minutes_ago: i64) -> String {
    Timestamp::now().checked_sub(SignedDuration::from_mins(minutes_ago)).unwrap().to_string()
}

fn writer(place: &Place) -> WriterState {
    Reader::open_copying(place.path("state/usage.snapshot")).unwrap().freshness().unwrap().writer
}

#[test]
fn a_snapshot_that_is_shortened_ends_it_with_a_message_and_a_code() {
    let place = Place::new();
    place.add("-home-ada-loom", "s-3", &request(3, "s-3", &Timestamp::now().to_string()));
    let publisher = place.start();
    let mut live = start(&place, &[]);
    live.until("Used");
    // It would replace the file.
    let process = Pid::from_raw(i32::try_from(publisher.pid()).unwrap()).unwrap();
    kill_process(process, Signal::STOP).unwrap();
    let snapshot = place.path("state/usage.snapshot");
    OpenOptions::new().write(true).open(snapshot).unwrap().set_len(0).unwrap();
    assert_eq!(live.end(), Some(14));
    assert!(live.text().contains("shortened"), "{}", live.text());
    assert!(!live.screen().alternate_screen() && !live.screen().hide_cursor(), "the terminal is given back");
}

#[test]
fn transcripts_that_appear_after_all_were_gone_are_counted() {
    let place = Place::new();
    let claude = place.path("home/.claude");
    let own = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cco"));
        command.env_clear().env("HOME", place.path("home")).env("CCO_STATE", place.path("state"));
        command.env("CCO_TIMEZONE", "UTC").args(arguments);
        command
    };
    fs::create_dir_all(&claude).unwrap();
    fs::rename(place.path("root/projects"), claude.join("projects")).unwrap();
    assert!(own(&["publish", "--once"]).output().unwrap().status.success());
    fs::remove_dir_all(&claude).unwrap();
    let mut live = Terminal::start(own(&["live"]), (80, 24));
    live.until("[2 Block]");
    place.add("-home-ada-loom", "s-3", &request(3, "s-3", &now(0)));
    fs::create_dir(&claude).unwrap();
    fs::rename(place.path("root/projects"), claude.join("projects")).unwrap();
    live.until("1,000,000 tokens, $5.00, 1 request");
    live.signal(Signal::INT);
    assert_eq!(live.end(), Some(0));
}

#[test]
fn the_block_is_drawn_in_place_and_ended_cleanly() {
    let place = Place::new();
    place.add("-home-ada-loom", "s-3", &request(3, "s-3", &now(2)));
    let mut live = start(&place, &[]);
    live.until("1,000,000 tokens, $5.00, 1 request");
    assert!(live.screen().alternate_screen() && live.screen().hide_cursor());
    assert!(live.text().starts_with(" 1 Overview [2 Block]"), "{}", live.text());
    assert!(!live.text().contains("Rate"), "one request tells of no rate: {}", live.text());
    place.add("-home-ada-loom", "s-3", &request(4, "s-3", &now(0)));
    live.until("2,000,000 tokens, $10.00, 2 requests");
    live.until("Projected");
    live.until("opus-5");
    assert!(!live.text().contains("1 request\n"), "the second picture covers the first: {}", live.text());
    assert_eq!(writer(&place), WriterState::Live, "it publishes meanwhile");
    live.signal(Signal::INT);
    assert_eq!(live.end(), Some(0));
    assert!(!live.screen().alternate_screen() && !live.screen().hide_cursor(), "the terminal is given back");
    assert_eq!(writer(&place), WriterState::Stopped);
}

#[test]
fn beside_a_publisher_it_follows_that_one() {
    let place = Place::new();
    place.add("-home-ada-loom", "s-3", &request(3, "s-3", &now(2)));
    let publisher = place.start();
    let mut live = start(&place, &[]);
    live.until("1,000,000 tokens");
    place.add("-home-ada-loom", "s-3", &request(4, "s-3", &now(0)));
    live.until("2,000,000 tokens");
    drop(publisher);
    live.until("the publisher died");
    live.press("q");
    assert_eq!(live.end(), Some(0));
}

#[test]
fn its_options_are_those_of_the_blocks_report() {
    let place = Place::new();
    place.add("-home-ada-loom", "s-3", &request(3, "s-3", &now(2)));
    let mut live = start(&place, &["--token-limit", "4000000", "--no-cost", "--session-length", "1"]);
    live.until("Limit");
    live.until("4,000,000 tokens: 25.0% used");
    assert!(!live.text().contains('$'), "{}", live.text());
    live.press("\u{3}");
    assert_eq!(live.end(), Some(0));
}
