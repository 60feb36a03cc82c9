//! Merged records by key.
//!
//! Invariant: there is one record per key, and the set does not depend on the order in which records were
//! added.

use std::hash::BuildHasher;

use foldhash::fast::RandomState;
use hashbrown::HashTable;
use hashbrown::hash_table::Entry;

use crate::usage::{Key, Record};

/// All counted records, one per request.
///
/// The records are in one list, and the table holds only indices. As the table grows, no record is moved
/// within it, and iterating visits the records of a transcript together.
#[derive(Debug, Default)]
pub struct Records {
    records: Vec<Record>,
    /// Indices into `records`, by key.
    indices: HashTable<u32>,
    hasher: RandomState,
}

impl Records {
    /// Adds a record, or merges it into the one with the same key.
    ///
    /// # Panics
    ///
    /// With more than 2³² requests, which would take half a terabyte.
    pub fn add(&mut self, record: Record) {
        let Self { records, indices, hasher } = self;
        let is_same = |&index: &u32| records[index as usize].key == record.key;
        let hash = |&index: &u32| hasher.hash_one(records[index as usize].key);
        match indices.entry(hasher.hash_one(record.key), is_same, hash) {
            Entry::Occupied(known) => records[*known.get() as usize].merge(&record),
            Entry::Vacant(vacant) => {
                vacant.insert(u32::try_from(records.len()).expect("2³² records do not fit in memory"));
                records.push(record);
            }
        }
    }

    /// The number of records, which is the number of messages.
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Whether there are no records.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// The record of a request.
    pub fn get(&self, key: Key) -> Option<&Record> {
        let record = |&index: &u32| &self.records[index as usize];
        self.indices.find(self.hasher.hash_one(key), |index| record(index).key == key).map(record)
    }

    /// The records, in no particular order.
    pub fn iter(&self) -> impl Iterator<Item = &Record> {
        self.records.iter()
    }
}

impl PartialEq for Records {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().all(|record| other.get(record.key) == Some(record))
    }
}

impl Eq for Records {}

impl IntoIterator for Records {
    type Item = Record;
    type IntoIter = std::vec::IntoIter<Record>;

    /// The records, in no particular order.
    fn into_iter(self) -> Self::IntoIter {
        self.records.into_iter()
    }
}

impl Extend<Record> for Records {
    fn extend<I: IntoIterator<Item = Record>>(&mut self, records: I) {
        for record in records {
            self.add(record);
        }
    }
}
