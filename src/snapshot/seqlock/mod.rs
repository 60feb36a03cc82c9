//! The sequence lock: how one writer and any number of readers share words without locks.
//!
//! A *section* is a run of words guarded by one sequence word: 0 never written, odd while being written,
//! `2N` once commit N is complete. L1 slots, table banks and health slots are all sections; the slots of one
//! kind form a *ring*, in which commit N writes slot N mod length, so the newest complete slot stays readable
//! while the next is written, and after a writer is killed at any point.
//!
//! Ordering pairs (writer left, reader right); `model.rs` removes each step and sees a test fail:
//!
//! ```text
//! W1  sequence := odd          (relaxed)     R1  scan sequences     (relaxed)
//! W2  fence(release)  ───────────┐           R2  fence(acquire)  ◀──┐
//! W3  words := …               │ (relaxed)     R3  copy words         │ (relaxed)
//! W4  sequence := even ──────────┼──────────────▶ (pairs with R2)     │
//!                              └────────────▶ R4  fence(acquire)
//!                                             R5  sequence unchanged?
//! ```
//!
//! * W4 → R2: a reader that saw the even sequence sees all words of that commit, or newer ones.
//! * W2 → R4: a reader that copied any word of a later commit sees its odd sequence, or a later one, at R5.
//!
//! Waiting readers sleep on a notify word, which they load before the sequences:
//!
//! ```text
//! W5  notify word += 1 (release) ──────────▶ R0  notify word (relaxed), fence(acquire), then R1
//! ```
//!
//! * W5 → R0: a reader that saw the notify word changed finds the commit before it and does not sleep through it.
//!
//! Invariant: [`Section::read`] returns a copy only if every word of it belongs to the commit that `expected`
//! names. Readers retry, bounded by their callers: the lock is not wait-free. Only [`Section`] and [`Ring`] know
//! where in a section the sequence is.

use super::sync::{AtomicU64, Ordering, fence, get, put, put_release};

/// Where in a section its sequence is; the body follows.
const SEQUENCE: usize = 0;
/// First word of the body.
const BODY: usize = SEQUENCE + 1;

/// The steps that ordering depends on. Production code uses [`Sound`]; the models leave out one at a time.
pub(crate) trait Steps {
    /// W1.
    const MARK_ODD: bool = true;
    /// W2.
    const FENCE_AFTER_ODD: bool = true;
    /// W4 as a release store rather than a relaxed one.
    const RELEASE_EVEN: bool = true;
    /// R2.
    const FENCE_BEFORE_COPY: bool = true;
    /// R4.
    const FENCE_AFTER_COPY: bool = true;
    /// R5.
    const RE_CHECK: bool = true;
    /// W5 as a release store rather than a relaxed one.
    const RELEASE_NOTIFY: bool = true;
    /// The fence of R0.
    const FENCE_AFTER_NOTIFY: bool = true;
}

/// The protocol with all its steps.
pub(crate) struct Sound;

impl Steps for Sound {}

/// A run of words guarded by its first word, the sequence.
///
/// Offsets are from the section's start, sequence included, as in the layout.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Section<'a> {
    words: &'a [AtomicU64],
}

impl<'a> Section<'a> {
    /// The section that is all of `words`.
    #[inline]
    pub(crate) fn of(words: &'a [AtomicU64]) -> Self {
        debug_assert!(!words.is_empty(), "a section has at least its sequence");
        Self { words }
    }

    /// The current sequence, loaded without ordering.
    #[inline]
    pub(crate) fn sequence(self) -> u64 {
        get(&self.words[SEQUENCE])
    }

    /// One word of the body.
    #[inline]
    pub(crate) fn word(self, at: usize) -> &'a AtomicU64 {
        debug_assert!(at != SEQUENCE, "the sequence is not part of the body");
        &self.words[at]
    }

    /// Writes the section: `body` stores its words; `sequence` is the even number that names the commit.
    #[inline]
    pub(crate) fn write<S: Steps>(self, sequence: u64, body: impl FnOnce(Self)) {
        debug_assert!(sequence >= 2 && sequence.is_multiple_of(2), "commits have even sequences from 2");
        let word = &self.words[SEQUENCE];
        if S::MARK_ODD {
            put(word, sequence - 1);
        }
        if S::FENCE_AFTER_ODD {
            fence(Ordering::Release);
        }
        body(self);
        if S::RELEASE_EVEN {
            put_release(word, sequence);
        } else {
            put(word, sequence);
        }
    }

    /// Writes the body from an image of the section and ignores the image's sequence word.
    #[inline]
    pub(crate) fn store<S: Steps>(self, sequence: u64, image: &[u64]) {
        self.write::<S>(sequence, |section| store_words(&section.words[BODY..], &image[BODY..]));
    }

    /// Copies from the section if it holds commit `expected`, whole and unchanged from before to after the copy.
    #[inline]
    pub(crate) fn read<S: Steps, T>(self, expected: u64, copy: impl FnOnce(Self) -> T) -> Option<T> {
        if self.sequence() != expected {
            return None;
        }
        if S::FENCE_BEFORE_COPY {
            fence(Ordering::Acquire);
        }
        let copied = copy(self);
        if S::FENCE_AFTER_COPY {
            fence(Ordering::Acquire);
        }
        if S::RE_CHECK && self.sequence() != expected {
            return None;
        }
        Some(copied)
    }

    /// `N` words of the body from offset `at`. Load them one by one inside [`Section::read`].
    #[inline]
    pub(crate) fn part<const N: usize>(self, at: usize) -> &'a [AtomicU64; N] {
        self.words[at..].first_chunk().expect("the part lies in the section")
    }

    /// Copies `to.len()` words from offset `at`. Call it inside [`Section::read`].
    #[inline]
    pub(crate) fn copy(self, at: usize, to: &mut [u64]) {
        copy_words(&self.words[at..][..to.len()], to);
    }
}

/// Sections of one kind, side by side: commit N writes section N mod their number.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ring<'a> {
    words: &'a [AtomicU64],
    section_words: usize,
}

impl<'a> Ring<'a> {
    /// The ring that `words` hold: whole sections of `section_words` each.
    #[inline]
    pub(crate) fn of(words: &'a [AtomicU64], section_words: usize) -> Self {
        debug_assert!(!words.is_empty() && words.len().is_multiple_of(section_words));
        Self { words, section_words }
    }

    /// The section at a position.
    #[inline]
    pub(crate) fn section(self, position: usize) -> Section<'a> {
        Section::of(&self.words[position * self.section_words..][..self.section_words])
    }

    /// All sections.
    pub(crate) fn sections(self) -> impl Iterator<Item = Section<'a>> {
        self.words.chunks_exact(self.section_words).map(Section::of)
    }

    /// The section that commit `sequence` writes.
    #[inline]
    pub(crate) fn of_commit(self, sequence: u64) -> Section<'a> {
        self.section(slot_of(sequence, self.words.len() / self.section_words))
    }

    /// The section with the highest complete sequence, and that sequence. `None` if nothing was ever completed.
    #[inline]
    pub(crate) fn newest(self) -> Option<(Section<'a>, u64)> {
        let (mut position, mut highest) = (0, 0);
        for (at, section) in self.sections().enumerate() {
            let sequence = section.sequence();
            if sequence > highest && sequence.is_multiple_of(2) {
                (position, highest) = (at, sequence);
            }
        }
        (highest > 0).then(|| (self.section(position), highest))
    }
}

/// Changes the notify word to `next`, after a commit: W5. The caller wakes the sleepers.
///
/// Only the writer changes the word, so it knows the next value. Loom explores fewer races of a store if the same
/// thread loads the word first.
#[inline]
pub(crate) fn announce<S: Steps>(word: &AtomicU64, next: u64) {
    if S::RELEASE_NOTIFY {
        put_release(word, next);
    } else {
        put(word, next);
    }
}

/// The half of the notify word that readers sleep on. Load it before looking for a commit: R0.
#[inline]
pub(crate) fn noticed<S: Steps>(word: &AtomicU64) -> u32 {
    let value = get(word);
    if S::FENCE_AFTER_NOTIFY {
        fence(Ordering::Acquire);
    }
    #[allow(clippy::cast_possible_truncation)] // the low half is the futex
    let low = value as u32;
    low
}

/// The slot of a ring of `slots` that commit `sequence` writes.
#[inline]
pub(crate) fn slot_of(sequence: u64, slots: usize) -> usize {
    // The remainder is below `slots`, which is a usize.
    ((sequence / 2) % slots as u64) as usize
}

/// Copies words one relaxed load at a time.
#[inline]
fn copy_words(from: &[AtomicU64], to: &mut [u64]) {
    for (to, from) in to.iter_mut().zip(from) {
        *to = get(from);
    }
}

/// Stores words one relaxed store at a time.
#[inline]
pub(crate) fn store_words(to: &[AtomicU64], from: &[u64]) {
    for (to, from) in to.iter().zip(from) {
        put(to, *from);
    }
}

#[cfg(test)]
mod model;
