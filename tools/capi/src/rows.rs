//! Rows of the tables as C sees them.
//!
//! Invariant: members have the order and sizes that `cco.h` gives them, without padding. The texts of a row are those of
//! the frame it is from; a row that was looked up without a frame has none.

#![allow(unsafe_code)] // promises about layout alone: no pointer is followed

use std::ffi::c_char;

use cco::snapshot::{AgentRow, DayRow, HistoryRow, HourRow, ModelRow, Name, ProjectRow, SessionRow};

use crate::pointers::Plain;
use crate::values::{Cost, Counters};

/// A text in a frame.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)] // `cco.h` says what members mean
pub struct Text {
    pub data: *const c_char,
    pub bytes: usize,
}

impl Text {
    /// No text: the row is not from a frame.
    pub(crate) const NONE: Self = Self { data: std::ptr::null(), bytes: 0 };

    /// The text of a name in a row of the frame.
    pub(crate) fn of(frame: &cco::snapshot::Frame, name: Name) -> Self {
        let text = frame.name(name);
        // An empty text may lie nowhere, but C gets an address.
        let data = if text.is_empty() { c"".as_ptr() } else { text.as_ptr().cast() };
        Self { data, bytes: text.len() }
    }
}

/// One model.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)]
pub struct Model {
    pub name: Text,
    pub agent: u64,
    pub counters: Counters,
}

impl Model {
    pub(crate) fn of(row: &ModelRow, name: Text) -> Self {
        Self { name, agent: row.agent.0.into(), counters: row.counters.into() }
    }
}

/// One project.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)]
pub struct Project {
    pub project: Text,
    pub path: Text,
    pub agent: u64,
    pub first_at: i64,
    pub last_at: i64,
    pub counters: Counters,
    pub today: Counters,
}

impl Project {
    pub(crate) fn of(row: &ProjectRow, project: Text, path: Text) -> Self {
        Self {
            project,
            path,
            agent: row.agent.0.into(),
            first_at: row.first_at,
            last_at: row.last_at,
            counters: row.counters.into(),
            today: row.today.into(),
        }
    }
}

/// One session.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)]
pub struct Session {
    pub session: Text,
    pub project: Text,
    pub agent: u64,
    pub first_at: i64,
    pub last_at: i64,
    pub counters: Counters,
}

impl Session {
    pub(crate) fn of(row: &SessionRow, session: Text, project: Text) -> Self {
        Self {
            session,
            project,
            agent: row.agent.0.into(),
            first_at: row.first_at,
            last_at: row.last_at,
            counters: row.counters.into(),
        }
    }
}

/// One day.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)]
pub struct Day {
    pub date: u64,
    pub counters: Counters,
}

impl Day {
    pub(crate) fn of(row: &DayRow) -> Self {
        Self { date: row.date.into(), counters: row.counters.into() }
    }
}

/// One UTC hour.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)]
pub struct Hour {
    pub start: i64,
    pub counters: Counters,
}

impl Hour {
    pub(crate) fn of(row: &HourRow) -> Self {
        Self { start: row.start, counters: row.counters.into() }
    }
}

/// The totals of a moment.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)]
pub struct History {
    pub at: i64,
    pub counters: Counters,
}

impl History {
    pub(crate) fn of(row: &HistoryRow) -> Self {
        Self { at: row.at, counters: row.counters.into() }
    }
}

/// One agent.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)]
pub struct Agent {
    pub agent: u64,
    pub name: Text,
    pub counters: Counters,
}

impl Agent {
    pub(crate) fn of(row: &AgentRow, name: Text) -> Self {
        Self { agent: row.agent.0.into(), name, counters: row.counters.into() }
    }
}

/// One limit of the account.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)]
pub struct LimitRow {
    pub agent: u64,
    pub kind: u64,
    pub scope: Text,
    pub used_millionths: u64,
    pub resets_at: i64,
    pub seen_at: i64,
    pub spent: Cost,
    pub allowed: Cost,
}

impl LimitRow {
    pub(crate) fn of(row: &cco::snapshot::LimitRow, scope: Text) -> Self {
        Self {
            agent: row.agent.0.into(),
            kind: u64::from(row.kind as u32),
            scope,
            used_millionths: row.used_millionths,
            resets_at: row.resets_at,
            seen_at: row.seen_at,
            spent: row.spent.into(),
            allowed: row.allowed.into(),
        }
    }
}

/// Rows have words and pointers alone, of 8 bytes each, and zero or NULL is a value of each.
macro_rules! plain {
    ($($row:ident)*) => {
        $(
            // SAFETY: as above.
            unsafe impl Plain for $row {}
        )*
    };
}

plain! { Model Project Session Day Hour History Agent LimitRow }
