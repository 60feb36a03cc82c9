//! Merged records by key.
//!
//! Invariant: one record a key; a set of records does not depend on the order they came in.

use std::collections::hash_map::Entry;

use foldhash::HashMap;

use crate::usage::{Key, Record};

/// All counted records, one a request.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Records(HashMap<Key, Record>);

impl Records {
    /// Takes a record in, merging it with what is known of its request.
    pub fn add(&mut self, record: Record) {
        match self.0.entry(record.key) {
            Entry::Occupied(known) => known.into_mut().merge(&record),
            Entry::Vacant(place) => {
                place.insert(record);
            }
        }
    }

    /// How many there are: the number of messages.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What is known of a request.
    pub fn get(&self, key: Key) -> Option<&Record> {
        self.0.get(&key)
    }

    /// The records, in no order.
    pub fn iter(&self) -> impl Iterator<Item = &Record> {
        self.0.values()
    }
}

impl IntoIterator for Records {
    type Item = Record;
    type IntoIter = std::collections::hash_map::IntoValues<Key, Record>;

    /// The records, in no order.
    fn into_iter(self) -> Self::IntoIter {
        self.0.into_values()
    }
}

impl Extend<Record> for Records {
    fn extend<I: IntoIterator<Item = Record>>(&mut self, records: I) {
        for record in records {
            self.add(record);
        }
    }
}
