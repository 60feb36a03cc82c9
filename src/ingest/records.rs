//! Merged records by key, in shards, so that threads can merge theirs side by side.
//!
//! Invariant: one record a key, in the shard that the key says; a set of records does not depend on the order
//! they came in.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use crate::usage::{Key, Record};

/// Shards, by the key's top bits. More than threads, so that the work divides evenly.
const SHARDS: usize = 1 << SHARD_BITS;
const SHARD_BITS: u32 = 5;

/// Records by key.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Shard(HashMap<Key, Record>);

/// All counted records, one a request.
#[derive(Debug, PartialEq, Eq)]
pub struct Records {
    shards: Vec<Shard>,
}

impl Default for Records {
    fn default() -> Self {
        Self { shards: (0..SHARDS).map(|_| Shard::default()).collect() }
    }
}

impl Records {
    /// Takes a record in, merging it with what is known of its request.
    pub fn add(&mut self, record: Record) {
        self.shards[shard_of(record.key)].add(record);
    }

    /// How many there are: the number of messages.
    pub fn len(&self) -> usize {
        self.shards.iter().map(|shard| shard.0.len()).sum()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What is known of a request.
    pub fn get(&self, key: Key) -> Option<&Record> {
        self.shards[shard_of(key)].0.get(&key)
    }

    /// The records, in no order.
    pub fn iter(&self) -> impl Iterator<Item = &Record> {
        self.shards.iter().flat_map(|shard| shard.0.values())
    }

    pub(super) fn into_shards(self) -> Vec<Shard> {
        self.shards
    }

    /// The inverse of [`into_shards`](Self::into_shards).
    pub(super) fn from_shards(shards: Vec<Shard>) -> Self {
        debug_assert_eq!(shards.len(), SHARDS);
        Self { shards }
    }
}

impl IntoIterator for Records {
    type Item = Record;
    type IntoIter = std::vec::IntoIter<Record>;

    /// The records, in no order.
    fn into_iter(self) -> Self::IntoIter {
        let records: Vec<Record> = self.shards.into_iter().flat_map(|shard| shard.0.into_values()).collect();
        records.into_iter()
    }
}

impl Extend<Record> for Records {
    fn extend<I: IntoIterator<Item = Record>>(&mut self, records: I) {
        for record in records {
            self.add(record);
        }
    }
}

impl Shard {
    fn add(&mut self, record: Record) {
        match self.0.entry(record.key) {
            Entry::Occupied(known) => known.into_mut().merge(&record),
            Entry::Vacant(place) => {
                place.insert(record);
            }
        }
    }

    /// Takes in another thread's records of the same keys, the fewer into the more.
    pub(super) fn merge(mut self, mut other: Self) -> Self {
        if self.0.len() < other.0.len() {
            std::mem::swap(&mut self, &mut other);
        }
        for record in other.0.into_values() {
            self.add(record);
        }
        self
    }
}

#[allow(clippy::cast_possible_truncation, reason = "only the top bits are left")]
fn shard_of(key: Key) -> usize {
    (key.0 >> (u128::BITS - SHARD_BITS)) as usize
}
