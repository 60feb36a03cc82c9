//! The floor of a reader: the newest commit that it has returned, below which it never goes back.
//!
//! Invariant: within an epoch the floor only rises, also when another file takes the place of the open one.

/// The newest commit returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Floor {
    epoch: u64,
    sequence: u64,
}

impl Floor {
    /// The floor of a reader that has not returned anything yet.
    pub(crate) fn new(epoch: u64) -> Self {
        Self { epoch, sequence: 0 }
    }

    /// The sequence of the newest commit returned; 0 if there is none.
    #[inline]
    pub(crate) fn sequence(self) -> u64 {
        self.sequence
    }

    /// Notes that the commit `sequence` was returned.
    #[inline]
    pub(crate) fn raise(&mut self, sequence: u64) {
        self.sequence = sequence;
    }

    /// The floor in another file, which may be an older copy of the open one. Sequences of different epochs cannot
    /// be compared, so a new epoch starts without a floor.
    pub(crate) fn in_file_of(self, epoch: u64) -> Self {
        if epoch == self.epoch { self } else { Self::new(epoch) }
    }
}
