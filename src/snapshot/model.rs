//! Models of whole commits and reads: the code that programs run, on the words of a small snapshot, under loom.
//!
//! Loom follows the words that a model names: sequences, and for each part of a commit one word that shows which
//! commit it is from. The others return what was stored last, and a model concludes nothing from them.
//!
//! ```text
//! RUSTFLAGS="--cfg loom" cargo test --no-default-features --lib --release model
//! ```
//!
//! Invariant: no model passes by never meeting the writer: each asserts all outcomes that are possible.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use loom::thread;

use super::commit;
use super::floor::Floor;
use super::geometry::Geometry;
use super::layout::{Region, WORD_BYTES, bank, control, counters, health, index_entry, session_row, slot};
use super::rows::Key;
use super::sections::SLOTS;
use super::sync::{AtomicU64, put};
use super::{Agent, Counters, Draft, Frame, Health, ProjectRow, Publication, ReadError, SessionRow, mapped};

/// What a reader got.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Outcome {
    /// Everything of this commit.
    Commit(u64),
    /// The writer was in the way.
    Busy,
    /// Nothing newer: it would sleep until the next wake-up.
    Sleeps,
}
use Outcome::{Busy, Commit, Sleeps};

/// Runs `execution` in every way that loom allows, at most three preemptions deep, and returns all outcomes.
fn outcomes(execution: impl Fn() -> Outcome + Sync + Send + 'static) -> BTreeSet<Outcome> {
    let seen = Arc::new(Mutex::new(BTreeSet::new()));
    let collected = Arc::clone(&seen);
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(3);
    model.check(move || {
        let outcome = execution();
        collected.lock().unwrap().insert(outcome);
    });
    let seen = seen.lock().unwrap();
    seen.clone()
}

/// A snapshot of commit 1 and what its writer knows.
struct Snapshot {
    words: Arc<Vec<AtomicU64>>,
    geometry: Geometry,
    draft: Draft,
}

fn publication(number: u64) -> Publication {
    let totals = Counters { requests: number, ..Counters::default() };
    Publication { published_at: 1, totals, ..Publication::default() }
}

/// Two sessions, which change places at the third commit.
fn edit(draft: &mut Draft, number: u64) {
    let order = if number < 3 { ["a", "b"] } else { ["b", "a"] };
    for (row, id) in order.into_iter().enumerate() {
        let session = draft.intern(id);
        let counters = Counters { requests: number, ..Counters::default() };
        let value = SessionRow { session, counters, ..SessionRow::default() };
        if draft.len::<SessionRow>() <= row {
            draft.push(&value);
        } else {
            draft.set(row, &value);
        }
    }
}

impl Snapshot {
    /// Loom follows the words at the places that `followed` gives.
    fn new(followed: impl Fn(&Geometry, &Draft) -> Vec<usize>) -> Self {
        let mut draft = Draft::with_room([1, 1, 2, 1, 1, 1, 1, 1], 16);
        edit(&mut draft, 1);
        let geometry = Geometry::plan(|region| draft.capacity(region));
        let followed = followed(&geometry, &draft);
        let words = usize::try_from(geometry.file_bytes()).unwrap() / WORD_BYTES;
        let word = |at| if followed.contains(&at) { AtomicU64::new(0) } else { AtomicU64::plain(0) };
        let words: Vec<_> = (0..words).map(word).collect();
        commit::fill(&words, &geometry, &mut draft, 2, &publication(1));
        draft.settled();
        Self { words: Arc::new(words), geometry, draft }
    }

    fn commit(&mut self, number: u64) {
        let names_bytes = self.draft.names().len();
        edit(&mut self.draft, number);
        let publication = publication(number);
        commit::update(&self.words, &self.geometry, &mut self.draft, names_bytes, 2 * number, &publication);
    }

    /// Commits `numbers` in another thread.
    fn commits(mut self, numbers: std::ops::RangeInclusive<u64>) -> thread::JoinHandle<()> {
        thread::spawn(move || {
            for number in numbers {
                self.commit(number);
            }
        })
    }
}

/// Sequences of the slots that commits 1 to 3 write.
fn slot_sequences() -> impl Iterator<Item = usize> {
    (1..=3).map(|slot| SLOTS.start + slot * slot::WORDS + slot::SEQUENCE)
}

/// Sequence of the bank that commits 1 and 3 write.
const BANK: usize = 1;

fn bank_sequence(geometry: &Geometry) -> usize {
    geometry.of(Region::Banks).row(0, BANK).start + bank::SEQUENCE
}

fn session(geometry: &Geometry, row: usize) -> usize {
    geometry.of(Region::Sessions).row(BANK, row).start
}

fn requests(geometry: &Geometry, row: usize) -> usize {
    session(geometry, row) + session_row::COUNTERS + counters::REQUESTS
}

/// What a read gave, once the caller has checked that its parts belong together.
fn outcome(read: Result<u64, ReadError>) -> Outcome {
    match read {
        Ok(number) => Commit(number),
        Err(ReadError::Busy) => Busy,
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn the_totals_are_of_one_commit() {
    let execution = || {
        let totals = |slot: usize| SLOTS.start + slot * slot::WORDS + slot::TOTALS + counters::REQUESTS;
        let snapshot = Snapshot::new(|_, _| slot_sequences().chain([totals(2), totals(3)]).collect());
        let words = Arc::clone(&snapshot.words);
        let writer = snapshot.commits(2..=3);
        let totals = mapped::totals(&words, 2);
        writer.join().unwrap();
        outcome(totals.map(|totals| {
            assert_eq!(totals.all_time().requests, totals.generation(), "a slot is torn");
            totals.generation()
        }))
    };
    assert_eq!(outcomes(execution), BTreeSet::from([Commit(1), Commit(2), Commit(3)]));
}

#[test]
fn tables_and_totals_of_a_frame_are_of_one_commit() {
    let execution = || {
        let snapshot = Snapshot::new(|geometry, _| {
            let rows = [bank_sequence(geometry), requests(geometry, 0)];
            slot_sequences().chain(rows).collect()
        });
        let (words, geometry) = (Arc::clone(&snapshot.words), snapshot.geometry);
        let writer = snapshot.commits(2..=3);
        let mut frame = Frame::empty(super::Totals::EMPTY);
        let read = mapped::frame(&words, &geometry, 2, &mut frame);
        writer.join().unwrap();
        outcome(read.map(|()| {
            let number = frame.totals().generation();
            // Commit 2 wrote the other bank, whose rows loom does not follow.
            let row = frame.rows::<SessionRow>().next().unwrap();
            assert!(number == 2 || row.counters.requests == number, "a bank is torn");
            number
        }))
    };
    assert_eq!(outcomes(execution), BTreeSet::from([Commit(1), Commit(2), Commit(3), Busy]));
}

#[test]
fn a_lookup_finds_the_row_of_its_commit_while_rows_change_places() {
    let execution = || {
        let snapshot = Snapshot::new(|geometry, draft| {
            let entries = draft.table(Region::SessionIndex).words();
            let index = geometry.of(Region::SessionIndex);
            let in_use = (0..entries.len()).filter(|at| entries[*at] != 0);
            let entry = |at| index.row(BANK, at).start + index_entry::ENTRY;
            let rows = [
                bank_sequence(geometry),
                session(geometry, 0) + session_row::SESSION,
                session(geometry, 1) + session_row::SESSION,
                requests(geometry, 0),
                requests(geometry, 1),
            ];
            slot_sequences().chain(rows).chain(in_use.map(entry)).collect()
        });
        let (words, geometry) = (Arc::clone(&snapshot.words), snapshot.geometry);
        let writer = snapshot.commits(2..=3);
        let found =
            mapped::row::<SessionRow>(&words, &geometry, 2, Key { agent: Agent::CLAUDE_CODE, text: "a" });
        writer.join().unwrap();
        outcome(found.map(|(sequence, row)| {
            let number = sequence / 2;
            assert!(number == 2 || row.unwrap().counters.requests == number, "a lookup is torn");
            number
        }))
    };
    assert_eq!(outcomes(execution), BTreeSet::from([Commit(1), Commit(2), Commit(3), Busy]));
}

#[test]
fn health_is_of_one_report() {
    let execution = || {
        let report = |number| Health { passes: number, requests: number, ..Health::default() };
        let snapshot = Snapshot::new(|geometry, _| {
            // Reports 1 and 5 share a section.
            let section = geometry.of(Region::Health).row(0, 1).start;
            [health::SEQUENCE, health::PASSES, health::REQUESTS].map(|word| section + word).to_vec()
        });
        let (words, geometry) = (Arc::clone(&snapshot.words), snapshot.geometry);
        commit::write_health(&words, &geometry, 2, &report(1));
        let writer = thread::spawn({
            let words = Arc::clone(&words);
            move || commit::write_health(&words, &geometry, 10, &report(5))
        });
        let read = mapped::health(&words, &geometry);
        writer.join().unwrap();
        match read {
            // The section was being written, and there is no other.
            Ok(None) => Busy,
            Ok(Some(health)) => {
                assert_eq!(health.passes, health.requests, "a report is torn");
                Commit(health.passes)
            }
            Err(error) => outcome(Err(error)),
        }
    };
    assert_eq!(outcomes(execution), BTreeSet::from([Commit(1), Commit(5), Busy]));
}

#[test]
fn a_reader_that_waits_does_not_sleep_through_a_commit() {
    let execution = || {
        let snapshot = Snapshot::new(|_, _| slot_sequences().chain([control::NOTIFY]).collect());
        let words = Arc::clone(&snapshot.words);
        let mut snapshot = snapshot;
        let writer = thread::spawn(move || {
            snapshot.commit(2);
            put(&snapshot.words[control::SUPERSEDED], 0);
            commit::notify(&snapshot.words);
        });
        let look = mapped::look(&words, 2);
        writer.join().unwrap();
        match look {
            None => Commit(2),
            // The writer has announced its commit, so a sleep on this word would last.
            Some(1) => panic!("it sleeps through a commit"),
            Some(_) => Sleeps,
        }
    };
    assert_eq!(outcomes(execution), BTreeSet::from([Commit(2), Sleeps]));
}

#[test]
fn a_reader_does_not_go_back_in_an_older_copy_of_its_file() {
    const EPOCH: u64 = 7;
    let execution = || {
        // It returned commit 2; then a copy from the time of commit 1 took the file's place.
        let mut floor = Floor::new(EPOCH);
        floor.raise(4);
        let floor = floor.in_file_of(EPOCH);
        let copy = Snapshot::new(|_, _| slot_sequences().collect());
        let words = Arc::clone(&copy.words);
        let writer = copy.commits(2..=3);
        let totals = mapped::totals(&words, floor.sequence());
        writer.join().unwrap();
        outcome(totals.map(|totals| totals.generation()))
    };
    assert_eq!(outcomes(execution), BTreeSet::from([Commit(2), Commit(3), Busy]));
}

#[test]
fn a_lookup_passes_by_a_name_that_is_not_among_the_names() {
    let execution = || {
        let Snapshot { words, geometry, .. } = Snapshot::new(|_, _| Vec::new());
        // As damage may leave it: a name of the right length far outside of the file.
        put(&words[session(&geometry, 0) + session_row::SESSION], 1 << 32 | u64::from(u32::MAX - 1));
        let key = |text| Key { agent: Agent::CLAUDE_CODE, text };
        let requests = |id| {
            let (_, row) = mapped::row::<SessionRow>(&words, &geometry, 2, key(id)).unwrap();
            row.map(|row| row.counters.requests)
        };
        assert_eq!((requests("a"), requests("b")), (None, Some(1)));
        assert_eq!(mapped::row(&words, &geometry, 2, key("a")).unwrap(), (2, None::<ProjectRow>));
        Commit(1)
    };
    assert_eq!(outcomes(execution), BTreeSet::from([Commit(1)]));
}
