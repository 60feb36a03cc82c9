//! Which row of a snapshot's table belongs to which key.
//!
//! Invariant: `keys[row]` is the key of that row and `rows` is its inverse, whatever was added or removed. So
//! an update touches one row, and a table has no gaps. Used by [`super::tables`].

use std::hash::Hash;

use foldhash::HashMap;

use crate::snapshot::{Draft, Row};

/// The rows of one table by key.
#[derive(Debug)]
pub(super) struct Positions<K> {
    rows: HashMap<K, usize>,
    keys: Vec<K>,
}

impl<K> Default for Positions<K> {
    fn default() -> Self {
        Self { rows: HashMap::default(), keys: Vec::new() }
    }
}

impl<K: Clone + Eq + Hash> Positions<K> {
    pub(super) fn len(&self) -> usize {
        self.keys.len()
    }

    pub(super) fn contains(&self, key: &K) -> bool {
        self.rows.contains_key(key)
    }

    /// Writes the row of `key` to the draft: over its row, or as a new one.
    pub(super) fn put<R: Row>(&mut self, draft: &mut Draft, key: &K, row: &R) {
        match self.rows.get(key) {
            Some(position) => draft.set(*position, row),
            None => {
                self.rows.insert(key.clone(), draft.push(row));
                self.keys.push(key.clone());
            }
        }
    }

    /// Removes the row of `key` from the draft, if it has one; the last row takes its place.
    pub(super) fn remove<R: Row>(&mut self, draft: &mut Draft, key: &K) {
        let Some(position) = self.rows.remove(key) else { return };
        draft.swap_remove::<R>(position);
        self.keys.swap_remove(position);
        if let Some(moved) = self.keys.get(position) {
            self.rows.insert(moved.clone(), position);
        }
    }

    /// The keys, in the order of the rows.
    pub(super) fn keys(&self) -> &[K] {
        &self.keys
    }
}
