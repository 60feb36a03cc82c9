//! Models of the sequence lock: small sections, rings and banks, with every step of the protocol left out once.
//!
//! Three judges run the same code. Loom visits every interleaving and every stale value that the memory model
//! allows. Miri samples them at random. The processor shows only what it happens to do; on x86 that never reveals a
//! missing fence. So all three run the sound protocol, and loom and Miri run the mutants, which they must catch:
//!
//! ```text
//! RUSTFLAGS="--cfg loom" cargo test --no-default-features --lib --release model
//! MIRIFLAGS="-Zmiri-preemption-rate=0.1 -Zmiri-many-seeds=0..16" cargo +nightly miri test --no-default-features --lib model
//! ```
//!
//! Invariant: no model passes by never meeting the writer. The sound ones assert every possible outcome.

use std::collections::BTreeSet;
use std::sync::Mutex;

#[cfg(loom)]
use loom::{sync::Arc, thread};
#[cfg(not(loom))]
use std::{sync::Arc, thread};

use super::super::layout::BANKS;
use super::super::sync::{AtomicU64, get, put};
use super::{Ring, Section, Sound, Steps, announce, noticed};

/// What a reader saw in one look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Outcome {
    /// No commit was visible yet.
    Nothing,
    /// The section was being written.
    MidWrite,
    /// The slot changed while it was copied.
    SlotReused,
    /// The bank changed before or while it was copied.
    BankReused,
    /// A commit before the last, whole.
    Old,
    /// The last commit, whole.
    New,
    /// Words of more than one commit, or a wake-up without its commit. This must never happen.
    Torn,
}
use Outcome::{BankReused, MidWrite, New, Nothing, Old, SlotReused, Torn};

impl Outcome {
    fn whole(commit: u64, last: u64) -> Self {
        if commit < last { Old } else { New }
    }
}

/// Looks that a reader takes in one execution: for loom one, which it tries at every moment; elsewhere many,
/// some of which overlap a commit.
const LOOKS: usize = if cfg!(loom) { 1 } else { 60 };
/// Commits of a writer in one execution, for the same reason. Two reuse a section, three a ring of two.
const COMMITS: u64 = if cfg!(loom) { 2 } else { 30 };
/// Executions, if loom does not decide their number.
#[cfg(not(loom))]
const EXECUTIONS: usize = if cfg!(miri) { 60 } else { 2000 };

/// Runs `writer` and `look` on fresh words in two threads, in as many executions as the judge needs,
/// and returns every outcome. If executions are random, finding all of `wanted` ends the search.
fn outcomes(
    #[cfg_attr(loom, allow(unused_variables))] wanted: &[Outcome],
    words: fn() -> Vec<AtomicU64>,
    writer: fn(&[AtomicU64]),
    look: fn(&[AtomicU64]) -> Outcome,
) -> BTreeSet<Outcome> {
    let seen = std::sync::Arc::new(Mutex::new(BTreeSet::new()));
    let collected = std::sync::Arc::clone(&seen);
    let execution = move || {
        let words = Arc::new(words());
        let thread = {
            let words = Arc::clone(&words);
            thread::spawn(move || writer(&words))
        };
        for _ in 0..LOOKS {
            let outcome = look(&words);
            collected.lock().unwrap().insert(outcome);
        }
        thread.join().unwrap();
    };
    #[cfg(loom)]
    loom::model(execution);
    #[cfg(not(loom))]
    for _ in 0..EXECUTIONS {
        execution();
        if wanted.iter().all(|wanted| seen.lock().unwrap().contains(wanted)) {
            break;
        }
    }
    let seen = seen.lock().unwrap();
    seen.clone()
}

fn zeros(words: usize) -> Vec<AtomicU64> {
    (0..words).map(|_| AtomicU64::new(0)).collect()
}

/// One section of two words.
fn section<S: Steps>(wanted: &[Outcome]) -> BTreeSet<Outcome> {
    let writer = |words: &[AtomicU64]| {
        for commit in 1..=COMMITS {
            Section::of(words).store::<S>(2 * commit, &[0, commit, commit]);
        }
    };
    let look = |words: &[AtomicU64]| {
        let section = Section::of(words);
        let sequence = section.sequence();
        if sequence == 0 {
            return Nothing;
        }
        if !sequence.is_multiple_of(2) {
            return MidWrite;
        }
        let copy = section.read::<S, _>(sequence, |section| {
            let mut copy = [0; 2];
            section.copy(1, &mut copy);
            copy
        });
        match copy {
            None => SlotReused,
            Some(copy) if copy == [sequence / 2; 2] => Outcome::whole(sequence / 2, COMMITS),
            Some(_) => Torn,
        }
    };
    outcomes(wanted, || zeros(3), writer, look)
}

/// Words of a slot and of a bank in the ring model: a sequence and one word of content.
const PART: usize = 2;
/// The content.
const CONTENT: usize = 1;
/// First word of the banks, after two slots.
const BANKS_AT: usize = 2 * PART;

fn slots(words: &[AtomicU64]) -> Ring<'_> {
    Ring::of(&words[..BANKS_AT], PART)
}

fn banks(words: &[AtomicU64]) -> Ring<'_> {
    Ring::of(&words[BANKS_AT..], PART)
}

fn commit<S: Steps>(words: &[AtomicU64], commit: u64) {
    for ring in [banks(words), slots(words)] {
        ring.of_commit(2 * commit).write::<S>(2 * commit, |section| put(section.word(CONTENT), commit));
    }
}

/// A ring of two slots and two banks that already hold commit 1. The writer's second commit reuses its slot and
/// bank. A look reads a frame: a slot and the bank of the same commit.
fn ring<S: Steps>(wanted: &[Outcome]) -> BTreeSet<Outcome> {
    let words = || {
        let words = zeros(BANKS_AT + BANKS * PART);
        commit::<Sound>(&words, 1);
        words
    };
    let writer = |words: &[AtomicU64]| (2..=1 + COMMITS).for_each(|number| commit::<S>(words, number));
    outcomes(wanted, words, writer, frame::<S>)
}

fn frame<S: Steps>(words: &[AtomicU64]) -> Outcome {
    let content = |section: Section<'_>| get(section.word(CONTENT));
    let Some((slot, sequence)) = slots(words).newest() else { return Nothing };
    let Some(total) = slot.read::<S, _>(sequence, content) else { return SlotReused };
    let Some(row) = banks(words).of_commit(sequence).read::<S, _>(sequence, content) else {
        return BankReused;
    };
    if total == row && total == sequence / 2 { Outcome::whole(total, 1 + COMMITS) } else { Torn }
}

/// A commit with its wake-up. A reader that sees the notify word changed must find the commit, or it would sleep
/// through it.
fn wake_up<S: Steps>(wanted: &[Outcome]) -> BTreeSet<Outcome> {
    const NOTIFY_AT: usize = 2;
    let writer = |words: &[AtomicU64]| {
        Section::of(&words[..NOTIFY_AT]).store::<Sound>(2, &[0, 1]);
        announce::<S>(&words[NOTIFY_AT], 1);
    };
    let look = |words: &[AtomicU64]| match (noticed::<S>(&words[NOTIFY_AT]), Section::of(words).sequence()) {
        (1, 2) => New,
        (1, _) => Torn,
        _ => Nothing,
    };
    outcomes(wanted, || zeros(3), writer, look)
}

/// Asserts that `seen` has only possible outcomes, and all of them if the judge is thorough.
fn assert_sound(seen: &BTreeSet<Outcome>, possible: &[Outcome]) {
    let possible = possible.iter().copied().collect();
    assert!(seen.is_subset(&possible), "saw {seen:?}, but only {possible:?} are possible");
    if cfg!(any(loom, miri)) {
        assert_eq!(*seen, possible, "the model is vacuous");
    }
}

#[test]
fn a_section_is_read_whole_or_not_at_all() {
    const POSSIBLE: &[Outcome] = &[Nothing, MidWrite, SlotReused, Old, New];
    assert_sound(&section::<Sound>(POSSIBLE), POSSIBLE);
}

#[test]
fn a_frame_is_of_one_commit() {
    const POSSIBLE: &[Outcome] = &[SlotReused, BankReused, Old, New];
    // Between two commits that overtake the scan of the ring, it may find no slot complete.
    let mut seen = ring::<Sound>(POSSIBLE);
    seen.remove(&Nothing);
    assert_sound(&seen, POSSIBLE);
}

#[test]
fn a_reader_that_sees_the_notify_word_changed_sees_the_commit() {
    const POSSIBLE: &[Outcome] = &[Nothing, New];
    assert_sound(&wake_up::<Sound>(POSSIBLE), POSSIBLE);
}

/// The protocol without one of its steps, and the models that catch it.
macro_rules! mutants {
    ($($mutant:ident lacks $step:ident: $($model:ident),+ show $test:ident;)*) => {
        mod without {
            use super::*;
            $(
                struct $mutant;

                impl Steps for $mutant {
                    const $step: bool = false;
                }

                #[test]
                #[cfg_attr(not(any(loom, miri)), ignore = "only loom and Miri show the effect of a missing step")]
                fn $test() {
                    $(
                        let seen = $model::<$mutant>(&[Torn]);
                        assert!(seen.contains(&Torn), "{} passes without it", stringify!($model));
                    )+
                }
            )*
        }
    };
}

mutants! {
    NoOddMark lacks MARK_ODD: section, ring show the_odd_mark_a_copy_is_torn;
    NoFenceAfterOdd lacks FENCE_AFTER_ODD: section, ring show the_fence_after_the_odd_mark_a_copy_is_torn;
    NoRelease lacks RELEASE_EVEN: section, ring show the_release_of_the_even_mark_a_copy_is_torn;
    NoFenceBeforeCopy lacks FENCE_BEFORE_COPY: section, ring show the_fence_before_the_copy_it_is_torn;
    NoFenceAfterCopy lacks FENCE_AFTER_COPY: section, ring show the_fence_after_the_copy_it_is_torn;
    NoReCheck lacks RE_CHECK: section, ring show the_re_check_a_copy_is_torn;
    NoReleaseOfNotify lacks RELEASE_NOTIFY: wake_up show the_release_of_the_notify_word_a_commit_is_slept_through;
    NoFenceAfterNotify lacks FENCE_AFTER_NOTIFY: wake_up show the_fence_after_the_notify_word_a_commit_is_slept_through;
}
