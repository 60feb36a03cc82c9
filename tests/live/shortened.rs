//! The snapshot shortened, emptied or deleted under a running publisher, which must survive it.

use std::fs::OpenOptions;
use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use cco::snapshot::{HEARTBEAT_EVERY, Reader};
use rustix::process::Signal;

use crate::naive::costless;
use crate::transcript::line;
use crate::world::{PATIENCE, World};

/// A machine that is busy beats later than it should.
const SLACK: Duration = Duration::from_secs(5);

/// What someone does to the file.
type Deed = fn(&Path);

fn resize(path: &Path, bytes: u64) {
    OpenOptions::new().write(true).open(path).unwrap().set_len(bytes).unwrap();
}

#[test]
fn readers_see_figures_again_within_a_beat_after_the_snapshot_was_shortened_or_deleted() {
    let world = World::new();
    world.write("p/s.jsonl", &line(1, 0, "s"));
    let mut publisher = world.publisher();
    world.await_naive(&mut world.reader());
    let deeds: [(&str, Deed); 4] = [
        ("emptied", |path| resize(path, 0)),
        ("cut to a page", |path| resize(path, 4096)),
        ("cut to its totals", |path| resize(path, 8192)),
        ("deleted", |path| std::fs::remove_file(path).unwrap()),
    ];
    for (what, deed) in deeds {
        let before = std::fs::metadata(world.snapshot()).unwrap().len();
        deed(&world.snapshot());
        let began = Instant::now();
        let is_whole = || {
            let reader = Reader::open_copying(world.snapshot());
            reader.is_ok_and(|mut reader| {
                reader
                    .frame()
                    .is_ok_and(|frame| costless(frame.totals().all_time()) == world.naive().totals())
                    && reader.freshness().unwrap().is_live()
            })
        };
        while !is_whole() {
            assert!(publisher.is_running(), "{what}: the publisher died");
            assert!(began.elapsed() < HEARTBEAT_EVERY + SLACK, "{what}: not published again");
            std::thread::sleep(Duration::from_millis(10));
        }
        assert_eq!(std::fs::metadata(world.snapshot()).unwrap().len(), before, "{what}");
    }
    assert!(publisher.stop().success());
}

#[test]
fn what_is_counted_after_the_snapshot_was_shortened_is_published() {
    let world = World::new();
    world.write("p/s.jsonl", &line(1, 0, "s"));
    let mut publisher = world.publisher();
    world.await_naive(&mut world.reader());
    for number in 2..6 {
        resize(&world.snapshot(), 8192 * (number - 2));
        world.append("p/s.jsonl", &line(number, 0, "s"));
        let began = Instant::now();
        while !Reader::open_copying(world.snapshot()).is_ok_and(|mut reader| {
            reader.totals().is_ok_and(|totals| costless(totals.all_time()) == world.naive().totals())
        }) {
            assert!(publisher.is_running(), "the publisher died");
            assert!(began.elapsed() < PATIENCE, "not published");
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

#[test]
fn a_bus_error_that_is_not_about_the_snapshot_ends_the_publisher() {
    let world = World::new();
    world.write("p/s.jsonl", &line(1, 0, "s"));
    let mut publisher = world.publisher();
    world.await_naive(&mut world.reader());
    // The first takes the place of the standard library's handler, which hands over to the system's.
    let began = Instant::now();
    while publisher.is_running() {
        publisher.signal("-BUS");
        assert!(began.elapsed() < PATIENCE, "it outlives the signal");
        std::thread::sleep(Duration::from_millis(10));
    }
    let status = publisher.0.wait().unwrap();
    assert_eq!(status.signal(), Some(Signal::BUS.as_raw()));
}

#[test]
fn watching_a_snapshot_that_is_shortened_ends_with_a_message_and_a_code() {
    let world = World::new();
    world.write("p/s.jsonl", &line(1, 0, "s"));
    assert!(world.command(&["--once"]).status().unwrap().success());
    let mut watch = Command::new(env!("CARGO_BIN_EXE_cco-peek"));
    watch
        .args(["--watch", "--json", "--snapshot"])
        .arg(world.snapshot())
        .env_clear()
        .env("HOME", world.home());
    let mut watch = watch.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(watch.stdout.take().unwrap()).lines();
    assert!(lines.next().unwrap().unwrap().starts_with('{'));
    resize(&world.snapshot(), 0);
    // A publisher's commit, or the next second, makes it look.
    let ended = watch.wait().unwrap();
    let mut said = String::new();
    watch.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!(ended.code(), Some(14), "{ended}: {said}");
    assert!(said.contains("shortened"), "{said}");
}
