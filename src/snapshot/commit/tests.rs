//! Commits into heap memory while another thread reads: the part of the whole path that Miri can check.
//!
//! ```text
//! MIRIFLAGS="-Zmiri-disable-isolation" cargo +nightly miri test --no-default-features --lib commit::tests
//! ```

use std::sync::atomic::{AtomicU64, Ordering};

use super::*;
use crate::snapshot::rows::Key;
use crate::snapshot::{
    Agent, Counters, Frame, Health, ModelRow, Period, ReadError, SessionRow, Span, mapped,
};

const COMMITS: u64 = if cfg!(miri) { 8 } else { 3_000 };
const SESSIONS: usize = 2;
/// The key of the session that stays.
const STEADY: Key<&str> = Key { agent: Agent::CLAUDE_CODE, text: "steady" };

fn counters(commit: u64) -> Counters {
    Counters { requests: commit, cache_read_tokens: commit * 3, ..Counters::default() }
}

fn publication(commit: u64) -> Publication {
    // All at one moment, so the history ring, which takes one entry a second, stays short.
    let counters = counters(commit);
    let period = Period { start: commit.cast_signed(), end: i64::MAX, counters };
    Publication {
        published_at: 1,
        totals: counters,
        today: period,
        block: Some(period),
        ..Publication::default()
    }
}

/// Two sessions, one of which is replaced at every commit, and a model that appears at every other.
fn edit(draft: &mut Draft, commit: u64) {
    let session = draft.intern(["even", "odd"][usize::from(commit % 2 == 1)]);
    let steady = draft.intern("steady");
    let rows = [session, steady].map(|session| SessionRow {
        session,
        counters: counters(commit),
        ..SessionRow::default()
    });
    for (number, row) in rows.iter().enumerate() {
        if draft.len::<SessionRow>() <= number {
            draft.push(row);
        } else {
            draft.set(number, row);
        }
    }
    if commit.is_multiple_of(2) {
        let name = draft.intern("model");
        draft.push(&ModelRow { name, counters: counters(commit), ..ModelRow::default() });
    } else if !draft.is_empty::<ModelRow>() {
        draft.swap_remove::<ModelRow>(0);
    }
}

struct Heap {
    words: Vec<AtomicU64>,
    geometry: Geometry,
    draft: Draft,
}

/// A snapshot of commit 1.
fn heap() -> Heap {
    let mut draft = Draft::with_room([2, 1, SESSIONS as u64, 1, 1, 2, 1, 1], 64);
    let geometry = Geometry::plan(|region| draft.capacity(region));
    let words = usize::try_from(geometry.file_bytes()).unwrap() / WORD_BYTES;
    let words: Vec<_> = (0..words).map(|_| AtomicU64::new(0)).collect();
    edit(&mut draft, 1);
    draft.note_history(&publication(1));
    fill(&words, &geometry, &mut draft, 2, &publication(1));
    draft.settled();
    Heap { words, geometry, draft }
}

fn check_frame(frame: &Frame) -> u64 {
    let commit = frame.totals().all_time().requests;
    assert_eq!(frame.totals().generation(), commit);
    assert_eq!(frame.totals().all_time(), counters(commit));
    let sessions: Vec<_> =
        frame.rows::<SessionRow>().map(|row| (frame.name(row.session), row.counters)).collect();
    let changing = ["even", "odd"][usize::from(commit % 2 == 1)];
    assert_eq!(sessions, [(changing, counters(commit)), ("steady", counters(commit))]);
    let models: Vec<_> = frame.rows::<ModelRow>().map(|row| row.counters).collect();
    assert_eq!(models, if commit.is_multiple_of(2) { vec![counters(commit)] } else { vec![] });
    assert_eq!(frame.history().count(), 1);
    commit
}

#[test]
fn a_thread_reads_whole_commits_while_another_writes_them() {
    let Heap { words, geometry, mut draft } = heap();
    let (words, geometry) = (&words, &geometry);
    let done = AtomicU64::new(0);
    let (mut frames, mut busy) = (0, 0);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for commit in 2..=COMMITS {
                let names_bytes = draft.names().len();
                edit(&mut draft, commit);
                draft.note_history(&Publication { totals: counters(1), ..publication(commit) });
                update(words, geometry, &mut draft, names_bytes, 2 * commit, &publication(commit));
                let health = Health { passes: commit, requests: commit, ..Health::default() };
                write_health(words, geometry, 2 * commit, &health);
            }
            done.store(1, Ordering::Release);
        });
        let (mut floor, mut last) = (0, false);
        while !last {
            last = done.load(Ordering::Acquire) == 1;
            let totals = mapped::totals(words, floor).unwrap();
            assert!(totals.sequence() >= floor, "totals went back");
            assert_eq!(totals.all_time(), counters(totals.generation()));
            floor = totals.sequence();
            let mut frame = Frame::empty(totals);
            match mapped::frame(words, geometry, floor, &mut frame) {
                Ok(()) => {
                    frames += 1;
                    assert!(check_frame(&frame) * 2 >= floor, "a frame went back");
                    floor = frame.totals().sequence();
                }
                Err(ReadError::Busy) => busy += 1,
                Err(error) => panic!("{error}"),
            }
            for span in [Span::AllTime, Span::Today, Span::Block] {
                let mut period = Period::default();
                let sequence = mapped::counters_into(words, floor, span, &mut period).unwrap();
                assert!(sequence >= floor, "a set of counters went back");
                assert_eq!(period.counters, counters(sequence / 2), "{span:?}");
                assert!(span == Span::AllTime || period.start * 2 == sequence.cast_signed(), "{span:?}");
                floor = sequence;
            }
            match mapped::row::<SessionRow>(words, geometry, floor, STEADY) {
                Ok((sequence, row)) => {
                    assert!(sequence >= floor, "a lookup went back");
                    assert_eq!(row.map(|row| row.counters), Some(counters(sequence / 2)));
                    floor = sequence;
                }
                Err(ReadError::Busy) => busy += 1,
                Err(error) => panic!("{error}"),
            }
            if let Some(health) = mapped::health(words, geometry).unwrap() {
                assert_eq!(health.passes, health.requests);
            }
        }
        assert_eq!(floor, 2 * COMMITS);
    });
    assert!(frames > 0, "{busy} busy reads and no frame");
}
