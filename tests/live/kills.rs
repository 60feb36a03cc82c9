//! A publisher killed at any moment loses nothing and counts nothing twice.

use std::fs::File;
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use cco::snapshot::Reader;

use crate::naive::Naive;
use crate::transcript::{Dice, line, seed};
use crate::world::{World, await_totals};

/// What is written while publishers come and go.
struct Load {
    dice: Dice,
    naive: Naive,
    requests: u64,
    files: Vec<PathBuf>,
}

impl Load {
    /// Appends a few lines somewhere, often the next snapshots of one request, now and then in two pieces.
    fn append(&mut self) {
        let path = self.dice.pick(&self.files).unwrap();
        let mut bytes = Vec::new();
        for _ in 0..=self.dice.below(3) {
            self.requests += u64::from(self.dice.below(2) == 0);
            let session = format!("s{}", self.dice.below(20));
            bytes.extend(line(self.requests, self.dice.roll() % 5, &session));
        }
        let mut file = File::options().append(true).create(true).open(path).unwrap();
        let middle = self.dice.below(bytes.len());
        file.write_all(&bytes[..middle]).unwrap();
        file.write_all(&bytes[middle..]).unwrap();
        self.naive.read(&bytes);
    }
}

/// What readers of either kind find of a snapshot whose publisher was killed. False if it had published none yet.
fn check_readable(world: &World) -> bool {
    if !world.snapshot().exists() {
        return false;
    }
    let mut mapped = Reader::open(world.snapshot()).unwrap();
    let mut copied = Reader::open_copying(world.snapshot()).unwrap();
    let totals = mapped.totals().unwrap();
    assert_eq!(totals.sequence(), copied.totals().unwrap().sequence());
    assert_eq!(totals.all_time(), copied.totals().unwrap().all_time());
    assert_eq!(mapped.frame().unwrap().totals().all_time(), totals.all_time());
    assert_eq!(copied.frame().unwrap().totals().all_time(), totals.all_time());
    assert!(!mapped.freshness().unwrap().is_live());
    true
}

#[test]
fn kills_at_any_moment_leave_a_readable_snapshot_and_exact_totals_after_the_next_start() {
    let kills = std::env::var("CCO_KILLS").map_or(60, |kills| kills.parse().expect("CCO_KILLS is a number"));
    let mut dice = Dice(seed());
    let world = World::new();
    world.write("p/s.jsonl", b"");
    world.write("q/t/subagents/agent-1.jsonl", b"");
    let files = (0..6).map(|number| world.path(&format!("p/{number}.jsonl")));
    let files = files.chain([world.path("p/s.jsonl"), world.path("q/t/subagents/agent-1.jsonl")]).collect();
    let load = Load { dice: Dice(dice.roll()), naive: Naive::default(), requests: 0, files };
    let (load, is_over) = (Mutex::new(load), AtomicBool::new(false));
    // A failure below is the one to show, not the poison it leaves.
    let lock = || load.lock().unwrap_or_else(PoisonError::into_inner);

    std::thread::scope(|scope| {
        let over = OverAtEnd(&is_over);
        scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                lock().append();
                std::thread::sleep(Duration::from_millis(1));
            }
        });
        let (mut killed, mut checked) = (0, 0);
        while killed < kills {
            // At first while it starts, then while it follows.
            let publisher = world.publisher();
            std::thread::sleep(Duration::from_micros(dice.roll() % 60_000));
            publisher.kill();
            checked += u32::from(check_readable(&world));
            killed += 1;

            let publisher = world.publisher();
            let mut reader = world.reader();
            {
                let load = lock();
                await_totals(&mut reader, load.naive.totals(), "everything once");
                world.check(&mut reader);
            }
            std::thread::sleep(Duration::from_micros(dice.roll() % 30_000));
            publisher.kill();
            checked += u32::from(check_readable(&world));
            killed += 1;
        }
        drop(over);
        assert!(checked > 0, "none of {killed} kills left a snapshot");
    });

    let _publisher = world.publisher();
    let mut reader = world.reader();
    world.await_naive(&mut reader);
    world.check(&mut reader);
    println!("{kills} kills, {} requests", lock().naive.len());
}

/// Ends the load also where the test fails.
struct OverAtEnd<'a>(&'a AtomicBool);

impl Drop for OverAtEnd<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn kills_while_many_transcripts_are_caught_up_with_leave_exact_totals_after_the_next_start() {
    let mut dice = Dice(seed());
    let world = World::new();
    let (mut requests, mut checked) = (0, 0);
    for round in 0..30 {
        // At times into an empty ledger, and each time from more transcripts than are read one by one.
        if round % 3 == 0 && round > 0 {
            std::fs::remove_dir_all(world.state()).unwrap();
        }
        for number in 0..40 {
            let path = world.path(&format!("p{}/{number}.jsonl", number % 4));
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            let mut file = File::options().append(true).create(true).open(path).unwrap();
            for _ in 0..5 {
                requests += u64::from(dice.below(3) > 0);
                file.write_all(&line(requests, dice.roll() % 5, &format!("s{number}"))).unwrap();
            }
        }
        let publisher = world.publisher();
        std::thread::sleep(Duration::from_micros(dice.roll() % 80_000));
        publisher.kill();
        checked += u32::from(check_readable(&world));

        let publisher = world.publisher();
        let mut reader = world.reader();
        world.await_naive(&mut reader);
        world.check(&mut reader);
        publisher.kill();
    }
    assert!(checked > 0, "no kill left a snapshot");
}

#[test]
fn a_first_count_that_was_shown_but_never_stored_is_counted_anew_under_a_new_epoch() {
    let world = World::new();
    for number in 0..40 {
        world.write(&format!("p/s{number}.jsonl"), &line(number, 0, &format!("s{number}")));
    }
    assert!(world.command(&["--once"]).status().unwrap().success());
    let epoch = world.reader().identity().epoch;
    // What a kill between the two leaves: the snapshot, and a ledger that nothing was counted into.
    for file in std::fs::read_dir(world.state()).unwrap().map(|entry| entry.unwrap().path()) {
        if file.file_name().unwrap().to_string_lossy().starts_with("ledger.db") {
            std::fs::remove_file(file).unwrap();
        }
    }
    std::fs::remove_file(world.path("p/s7.jsonl")).unwrap();
    assert!(world.command(&["--once"]).status().unwrap().success());
    let mut reader = world.reader();
    await_totals(&mut reader, world.naive().totals(), "what is still there");
    assert_ne!(reader.identity().epoch, epoch, "totals went back, but not within an epoch");
    // What is stored is carried on.
    let epoch = reader.identity().epoch;
    assert!(world.command(&["--once"]).status().unwrap().success());
    assert_eq!(world.reader().identity().epoch, epoch);
}
