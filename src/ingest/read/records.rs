//! Merged records by key.
//!
//! Invariant: one record a key; a set of records does not depend on the order they came in.

use std::hash::BuildHasher;

use foldhash::fast::RandomState;
use hashbrown::HashTable;
use hashbrown::hash_table::Entry;

use crate::usage::{Key, Record};

/// All counted records, one a request.
///
/// They are kept one after another, and what is looked up is their places: as it grows, no record is moved to another
/// place of a sparse table, and whoever goes through them meets those of a transcript together.
#[derive(Debug, Default)]
pub struct Records {
    records: Vec<Record>,
    /// Indices of `records`, by key.
    places: HashTable<u32>,
    hasher: RandomState,
}

impl Records {
    /// Takes a record in, merging it with what is known of its request.
    ///
    /// # Panics
    ///
    /// With more than 2³² requests, which take half a terabyte.
    pub fn add(&mut self, record: Record) {
        let Self { records, places, hasher } = self;
        let is_same = |&place: &u32| records[place as usize].key == record.key;
        let hash = |&place: &u32| hasher.hash_one(records[place as usize].key);
        match places.entry(hasher.hash_one(record.key), is_same, hash) {
            Entry::Occupied(known) => records[*known.get() as usize].merge(&record),
            Entry::Vacant(place) => {
                place.insert(u32::try_from(records.len()).expect("fewer requests than memory holds"));
                records.push(record);
            }
        }
    }

    /// How many there are: the number of messages.
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// What is known of a request.
    pub fn get(&self, key: Key) -> Option<&Record> {
        let record = |&place: &u32| &self.records[place as usize];
        self.places.find(self.hasher.hash_one(key), |place| record(place).key == key).map(record)
    }

    /// The records, in no order that matters.
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

    /// The records, in no order that matters.
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
