//! One list of outcome numbers: errors of the library, exit codes of `cco` and `cco-peek`, and return values in other
//! languages.
//!
//! Invariant: a number has one meaning, in every program and version, and is never given another one. Numbers stay below
//! 64, where those of shells and of other conventions begin.

use std::process::ExitCode;

/// The outcome of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[repr(u8)]
pub enum Code {
    /// It was done; values are current.
    Done = 0,
    /// Not done: an error without its own number; the library has none. Or not so: a condition is false, if a program was
    /// asked for nothing else.
    Failed = 1,
    /// Wrong usage of a program.
    Usage = 2,
    /// Values may be stale: no publisher is running.
    NotLive = 3,
    /// Not found: no snapshot, no transcripts, no ledger, no value to compare.
    Missing = 4,
    /// The file is not a snapshot.
    NotASnapshot = 5,
    /// Another process holds the lock: a publisher is running.
    Locked = 6,
    /// A budget is near its limit.
    Near = 7,
    /// A budget has reached its limit.
    Over = 8,
    /// The path leads to something that is not a regular file.
    NotAFile = 9,
    /// The file belongs to another user.
    ForeignOwner = 10,
    /// The snapshot was written on a machine with the other byte order.
    ByteOrder = 11,
    /// The snapshot has a layout version that this program does not know.
    Version = 12,
    /// The snapshot is damaged.
    Damaged = 13,
    /// The snapshot was shortened while it was read.
    Shrunk = 14,
    /// The snapshot holds no complete publish.
    NothingPublished = 15,
    /// Every attempt to read overlapped a publish: try again.
    Busy = 16,
    /// The system refused.
    Io = 17,
    /// The path is taken by a file that is not a snapshot, which is not overwritten.
    Occupied = 18,
    /// A text does not fit its field.
    TooLong = 19,
    /// A table or the names would outgrow what a snapshot can hold.
    TooLarge = 20,
    /// A text is not an amount of money.
    NotMoney = 21,
    /// What is asked depends on models without a price.
    Unpriced = 22,
}

impl From<Code> for u8 {
    fn from(code: Code) -> Self {
        code as Self
    }
}

impl From<Code> for ExitCode {
    fn from(code: Code) -> Self {
        Self::from(u8::from(code))
    }
}
