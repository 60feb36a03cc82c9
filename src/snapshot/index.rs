//! Hash tables in the file: from a session's id or a project's key to its row, without a scan.
//!
//! One word an entry: 0 is free, else the high half of the key's FNV-1a hash over row + 1. A key is an agent and a
//! text, because two agents may use the same id. Collisions go to the next entry. The capacity is a power of two
//! and at least twice the rows of the table, so every search ends at a free entry. Invariant: removing leaves no
//! gap in a run, so searches stop at the first free entry.

use super::layout::{FNV_OFFSET, fnv1a};
use super::rows::Key;

/// Entries for a table of `rows` rows.
pub(crate) fn capacity_for(rows: u64) -> u64 {
    (rows * 2).next_power_of_two().max(16)
}

/// The hash of a key.
pub(crate) fn hash(key: Key<&[u8]>) -> u64 {
    fnv1a(fnv1a(FNV_OFFSET, &u64::from(key.agent.0).to_le_bytes()), key.text)
}

const HIGH: u64 = !(u32::MAX as u64);

fn home(hash: u64, mask: usize) -> usize {
    // Masked to the capacity of a table in memory.
    #[allow(clippy::cast_possible_truncation)]
    let low = hash as usize;
    low & mask
}

fn row_of(entry: u64) -> usize {
    #[allow(clippy::cast_possible_truncation)] // the low half
    let low = entry as u32;
    low as usize - 1
}

fn entry_of(hash: u64, row: usize) -> u64 {
    (hash & HIGH) | (row as u64 + 1)
}

/// Calls `is_it` with the rows that may have `key` until it returns true, and returns that row. `entry` loads the
/// entry at a position below `capacity`; the search is bounded by it, whatever it loads.
pub(crate) fn find(
    key: Key<&[u8]>,
    capacity: usize,
    entry: impl Fn(usize) -> u64,
    mut is_it: impl FnMut(usize) -> bool,
) -> Option<usize> {
    let hash = hash(key);
    let mask = capacity - 1;
    for step in 0..capacity {
        let entry = entry((home(hash, mask) + step) & mask);
        if entry == 0 {
            return None;
        }
        if (entry & HIGH) == (hash & HIGH) && entry & !HIGH != 0 && is_it(row_of(entry)) {
            return Some(row_of(entry));
        }
    }
    None
}

/// Where to write the entry of a new `row`: position and value.
pub(crate) fn insert(key: Key<&[u8]>, row: usize, entries: &[u64]) -> (usize, u64) {
    let hash = hash(key);
    let mask = entries.len() - 1;
    let mut at = home(hash, mask);
    while entries[at] != 0 {
        at = (at + 1) & mask;
    }
    (at, entry_of(hash, row))
}

/// The position of the entry of `row` under `key`.
pub(crate) fn position(key: Key<&[u8]>, row: usize, entries: &[u64]) -> Option<usize> {
    let wanted = entry_of(hash(key), row);
    let mask = entries.len() - 1;
    let start = home(hash(key), mask);
    (0..entries.len())
        .map(|step| (start + step) & mask)
        .take_while(|at| entries[*at] != 0)
        .find(|at| entries[*at] == wanted)
}

/// Closes the gap at `at`: the changes as (position, entry), the last of which frees an entry. `key_hash`
/// gives the full hash of the row in an entry.
pub(crate) fn remove(at: usize, entries: &[u64], key_hash: impl Fn(usize) -> u64) -> Vec<(usize, u64)> {
    let mask = entries.len() - 1;
    let mut changes = Vec::new();
    let mut gap = at;
    let mut next = (at + 1) & mask;
    while entries[next] != 0 {
        let wants = home(key_hash(row_of(entries[next])), mask);
        // It may move back into the gap unless its home lies between the gap and its position.
        if (next.wrapping_sub(wants) & mask) >= (next.wrapping_sub(gap) & mask) {
            changes.push((gap, entries[next]));
            gap = next;
        }
        next = (next + 1) & mask;
    }
    changes.push((gap, 0));
    changes
}
