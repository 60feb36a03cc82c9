//! A commit as stores into the words of a snapshot: what is written, and in which order.
//!
//! Works on any words laid out as a snapshot, so tests, loom and Miri run it on heap memory. Invariant: a commit
//! completes bank N mod 2 before it writes slot N mod 4, and never touches bytes that the newest complete slot
//! relies on. So readers have that slot and its tables whichever store a writer is killed before.

use super::draft::{Draft, place};
use super::geometry::Geometry;
use super::health::Health;
use super::layout::{BANKS, Region, WORD_BYTES, bank, control, health, layout_json, slot};
use super::os;
use super::sections::{self, bank_header, section_crc, slots};
use super::seqlock::{Sound, announce, slot_of, store_words};
use super::sync::{AtomicU64, get, put};
use super::totals::{Lengths, Publication};

/// The first commit of a file that no reader has yet: layout, names, all rows in both banks, then the slot, then the
/// control words. The words are zero but for the static part, which is the caller's.
pub(crate) fn fill(
    words: &[AtomicU64],
    geometry: &Geometry,
    draft: &mut Draft,
    sequence: u64,
    publication: &Publication,
) {
    store_bytes(words, geometry.of(Region::Layout).start(0), 0, layout_json().as_bytes());
    store_bytes(words, geometry.of(Region::Names).start(0), 0, draft.names());
    for bank in 0..BANKS {
        for region in Region::BANKED {
            store_words(&words[geometry.of(region).start(bank)..], draft.table(region).words());
        }
    }
    let bank = slot_of(sequence, BANKS);
    let check = check(draft);
    let header = bank_header(words, geometry, bank);
    header.write::<Sound>(sequence, |header| put(header.word(bank::CHECK), check));
    write_slot(words, sequence, bank, publication, &lengths(draft));
    put(&words[control::STATE], control::RUNNING);
    beat(words);
}

/// A commit into a file that has the draft's earlier ones: new names (those after `names_bytes`), the rows
/// that changed in the last two commits, then the slot.
pub(crate) fn update(
    words: &[AtomicU64],
    geometry: &Geometry,
    draft: &mut Draft,
    names_bytes: usize,
    sequence: u64,
    publication: &Publication,
) {
    store_bytes(words, geometry.of(Region::Names).start(0), names_bytes, draft.names());
    let bank = slot_of(sequence, BANKS);
    let check = check(draft);
    bank_header(words, geometry, bank).write::<Sound>(sequence, |header| {
        for region in Region::BANKED {
            let area = geometry.of(region);
            let table = draft.table(region);
            for row in table.stale() {
                store_words(&words[area.row(bank, row)], table.row(row));
            }
        }
        put(header.word(bank::CHECK), check);
    });
    write_slot(words, sequence, bank, publication, &lengths(draft));
    for region in Region::BANKED {
        draft.table_mut(region).committed(false);
    }
}

/// Updates the checks of all tables and returns their sum.
fn check(draft: &mut Draft) -> u64 {
    Region::TABLES.into_iter().fold(0, |sum: u64, table| sum.wrapping_add(draft.table_mut(table).check()))
}

fn lengths(draft: &Draft) -> Lengths {
    let mut rows = [0; Region::TABLES.len()];
    for table in Region::TABLES {
        rows[place(table)] = draft.table(table).len() as u64;
    }
    Lengths {
        rows,
        history_oldest: draft.history_oldest() as u64,
        names_bytes: draft.names().len() as u64,
        names_crc: u64::from(draft.names_crc()),
    }
}

fn write_slot(words: &[AtomicU64], sequence: u64, bank: usize, publication: &Publication, lengths: &Lengths) {
    let mut image = [0; slot::WORDS];
    image[slot::SEQUENCE] = sequence;
    publication.encode(bank, lengths, &mut image);
    image[slot::CRC] = u64::from(section_crc(&image, slot::CRC));
    slots(words).of_commit(sequence).store::<Sound>(sequence, &image);
}

/// Writes health into its ring; `sequence` counts reports.
pub(crate) fn write_health(words: &[AtomicU64], geometry: &Geometry, sequence: u64, report: &Health) {
    let mut image = vec![0; geometry.of(Region::Health).row_words()];
    image[health::SEQUENCE] = sequence;
    report.encode(&mut image);
    image[health::CRC] = u64::from(section_crc(&image, health::CRC));
    sections::health(words, geometry).of_commit(sequence).store::<Sound>(sequence, &image);
}

/// Stores bytes `from..` of a byte region that starts at word `start`. The word that `from` falls into is
/// stored whole: its bytes before `from` do not change.
fn store_bytes(words: &[AtomicU64], start: usize, from: usize, bytes: &[u8]) {
    let first = from / WORD_BYTES;
    for (index, part) in bytes[first * WORD_BYTES..].chunks(WORD_BYTES).enumerate() {
        let mut word = [0; WORD_BYTES];
        word[..part.len()].copy_from_slice(part);
        put(&words[start + first + index], u64::from_le_bytes(word));
    }
}

/// Stores the two clocks of a heartbeat.
pub(crate) fn beat(words: &[AtomicU64]) {
    put(&words[control::HEARTBEAT_MONOTONIC], os::awake_clock_of_boot_ms());
    put(&words[control::HEARTBEAT_WALL], os::wall_clock_ms().cast_unsigned());
}

/// Wakes the readers that wait for a change.
pub(crate) fn notify(words: &[AtomicU64]) {
    let word = &words[control::NOTIFY];
    announce::<Sound>(word, get(word).wrapping_add(1));
    os::futex_wake(word);
}

// Loom has models of its own.
#[cfg(all(test, not(loom)))]
mod tests;
