//! A publisher whose files are deleted or moved away takes its place again, or ends and says so.

use std::io::Read as _;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::{Duration, Instant};

use cco::snapshot::{HEARTBEAT_EVERY, Reader, is_held};

use crate::transcript::line;
use crate::world::{Publisher, World, await_health};

/// A beat, and some time for a slow machine.
const SOON: Duration = Duration::from_secs(HEARTBEAT_EVERY.as_secs() + 15);

fn following() -> (World, Publisher, Reader) {
    let world = World::new();
    world.write("p/s.jsonl", &line(1, 0, "s"));
    let publisher = Publisher(world.command(&[]).stderr(Stdio::piped()).spawn().unwrap());
    let mut reader = world.reader();
    world.await_naive(&mut reader);
    await_health(&reader, "all watches", |health| health.passes >= 2);
    (world, publisher, reader)
}

fn await_held(lock: &Path) {
    let began = Instant::now();
    while !is_held(lock).unwrap() {
        assert!(began.elapsed() < SOON, "{} was not taken again", lock.display());
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// How it ends by itself, and its words.
fn ended(publisher: &mut Publisher) -> (ExitStatus, String) {
    let began = Instant::now();
    while publisher.is_running() {
        assert!(began.elapsed() < SOON, "it goes on");
        std::thread::sleep(Duration::from_millis(20));
    }
    let mut words = String::new();
    publisher.0.stderr.take().unwrap().read_to_string(&mut words).unwrap();
    (publisher.0.wait().unwrap(), words)
}

#[test]
fn deleted_locks_are_taken_again_within_a_beat() {
    let (world, mut publisher, mut reader) = following();
    let locks = [world.state().join("lock"), world.state().join("usage.snapshot.lock")];
    for lock in &locks {
        std::fs::remove_file(lock).unwrap();
    }
    locks.iter().for_each(|lock| await_held(lock));
    assert!(publisher.is_running());
    world.append("p/s.jsonl", &line(2, 0, "s"));
    world.await_naive(&mut reader);
}

#[test]
fn a_deleted_lock_is_taken_again_before_the_next_commit() {
    let (world, mut publisher, mut reader) = following();
    let lock = world.state().join("lock");
    std::fs::remove_file(&lock).unwrap();
    world.append("p/s.jsonl", &line(2, 0, "s"));
    world.await_naive(&mut reader);
    assert!(is_held(&lock).unwrap() && publisher.is_running());
}

#[test]
fn of_two_publishers_after_the_locks_were_deleted_one_ends_and_names_the_other() {
    let (world, mut first, _) = following();
    std::fs::remove_file(world.state().join("lock")).unwrap();
    std::fs::remove_file(world.state().join("usage.snapshot.lock")).unwrap();
    let mut second = Publisher(world.command(&[]).stderr(Stdio::piped()).spawn().unwrap());
    let began = Instant::now();
    // Nearly always the second has the locks before the first looks for its own.
    let (mut loser, mut other) = loop {
        assert!(began.elapsed() < SOON, "both go on");
        if !first.is_running() {
            break (first, second);
        }
        if !second.is_running() {
            break (second, first);
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    let (status, words) = ended(&mut loser);
    assert_eq!(status.code(), Some(6), "{words}");
    assert!(words.contains(&other.0.id().to_string()), "{words}");
    world.append("p/s.jsonl", &line(2, 0, "s"));
    world.await_naive(&mut world.reader());
    assert!(other.is_running());
}

#[test]
fn a_publisher_whose_state_folder_was_moved_or_deleted_ends_and_says_so() {
    for is_deleted in [false, true] {
        let (world, mut publisher, _) = following();
        if is_deleted {
            // Again if it put a file there meanwhile.
            while let Err(error) = std::fs::remove_dir_all(world.state()) {
                assert_eq!(error.kind(), std::io::ErrorKind::DirectoryNotEmpty, "{error}");
            }
        } else {
            std::fs::rename(world.state(), world.home().join("elsewhere")).unwrap();
        }
        let (status, words) = ended(&mut publisher);
        assert_eq!(status.code(), Some(1), "{words}");
        assert!(words.contains("ledger.db") && words.contains("start the publisher again"), "{words}");
        let _publisher = world.publisher();
        world.await_naive(&mut world.reader());
    }
}
