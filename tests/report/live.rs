//! `cco live` on a terminal.

use std::fs::{File, OpenOptions};
use std::io::Read as _;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use cco::snapshot::{Reader, WriterState};
use jiff::{SignedDuration, Timestamp};
use rustix::process::{Pid, Signal, kill_process};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use crate::place::{Place, request};

/// `cco live` with a terminal of its own.
struct Live {
    child: Child,
    screen: File,
    shown: String,
}

impl Live {
    fn start(place: &Place) -> Self {
        let screen = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&screen).unwrap();
        unlockpt(&screen).unwrap();
        let name = ptsname(&screen, Vec::new()).unwrap().into_string().unwrap();
        let terminal = OpenOptions::new().read(true).write(true).open(name).unwrap();
        let mut command = place.command(&["live"]);
        command.env("TERM", "xterm").stdout(Stdio::from(terminal.try_clone().unwrap())).stderr(terminal);
        let child = command.spawn().unwrap();
        Self { child, screen: screen.into(), shown: String::new() }
    }

    /// Reads until it has shown this. It draws each second, so a read ends in time to see that too much has passed.
    fn until(&mut self, words: &str) {
        let begun = Instant::now();
        let mut bytes = [0; 4096];
        while !self.shown.contains(words) {
            assert!(begun.elapsed() < Duration::from_secs(60), "not shown: {words}: {}", self.shown);
            let read = self.screen.read(&mut bytes).expect(&self.shown);
            self.shown += &String::from_utf8_lossy(&bytes[..read]);
        }
    }

    /// Interrupts it and gives its exit code.
    fn interrupt(&mut self) -> Option<i32> {
        kill_process(Pid::from_child(&self.child), Signal::INT).unwrap();
        self.child.wait().unwrap().code()
    }
}

#[test]
fn a_snapshot_that_is_shortened_ends_it_with_a_message_and_a_code() {
    let place = Place::new();
    place.add("-home-ada-loom", "s-3", &request(3, "s-3", &Timestamp::now().to_string()));
    let publisher = place.start();
    let mut live = Live::start(&place);
    live.until("Used");
    // It would replace the file.
    let process = Pid::from_raw(i32::try_from(publisher.pid()).unwrap()).unwrap();
    kill_process(process, Signal::STOP).unwrap();
    let snapshot = place.path("state/usage.snapshot");
    OpenOptions::new().write(true).open(snapshot).unwrap().set_len(0).unwrap();
    live.until("shortened");
    assert_eq!(live.child.wait().unwrap().code(), Some(14));
}

impl Drop for Live {
    fn drop(&mut self) {
        // It has ended where nothing failed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn now(minutes_ago: i64) -> String {
    Timestamp::now().checked_sub(SignedDuration::from_mins(minutes_ago)).unwrap().to_string()
}

fn writer(place: &Place) -> WriterState {
    Reader::open_copying(place.path("state/usage.snapshot")).unwrap().freshness().unwrap().writer
}

#[test]
fn the_block_is_drawn_in_place_and_ended_cleanly() {
    let place = Place::new();
    place.add("-home-ada-loom", "s-3", &request(3, "s-3", &now(2)));
    let mut live = Live::start(&place);
    live.until("1,000,000 tokens, $5.00, 1 request");
    assert!(!live.shown.contains("Rate"), "one request tells of no rate: {}", live.shown);
    place.add("-home-ada-loom", "s-3", &request(4, "s-3", &now(0)));
    live.until("2,000,000 tokens, $10.00, 2 requests");
    live.until("Projected");
    assert!(
        live.shown.contains("\u{1b}[4A\r\u{1b}[J"),
        "the second picture covers the first: {}",
        live.shown
    );
    assert_eq!(writer(&place), WriterState::Live, "it publishes meanwhile");
    assert_eq!(live.interrupt(), Some(0));
    assert_eq!(writer(&place), WriterState::Stopped);
}

#[test]
fn beside_a_publisher_it_follows_that_one() {
    let place = Place::new();
    place.add("-home-ada-loom", "s-3", &request(3, "s-3", &now(2)));
    let publisher = place.start();
    let mut live = Live::start(&place);
    live.until("1,000,000 tokens");
    place.add("-home-ada-loom", "s-3", &request(4, "s-3", &now(0)));
    live.until("2,000,000 tokens");
    drop(publisher);
    live.until("the publisher stopped");
    assert_eq!(live.interrupt(), Some(0));
}
