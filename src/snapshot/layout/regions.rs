//! The regions after page 0.
//!
//! Invariant: numbers are in the file and never given to something else.

use super::part::Field;
use super::rows::{
    agent_row, bank, day_row, health, history_row, hour_row, index_entry, limit_row, model_row, project_row,
    session_row,
};
use super::sizes::{BANKS, WORD_BYTES};

/// A part of the file after page 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u32)]
pub enum Region {
    /// The header of each bank.
    Banks = 1,
    /// The publisher's health: a ring of sections.
    Health = 2,
    /// Text that rows point into: bytes, append-only.
    Names = 3,
    /// Models.
    Models = 4,
    /// Projects.
    Projects = 5,
    /// The newest sessions.
    Sessions = 6,
    /// Days in the file's zone.
    Days = 7,
    /// Hours, UTC.
    Hours = 8,
    /// Ring of past totals.
    History = 9,
    /// Hash table from session id to row.
    SessionIndex = 10,
    /// Hash table from project key to row.
    ProjectIndex = 11,
    /// Agents.
    Agents = 12,
    /// Limits of the account.
    Limits = 13,
    /// The layout as JSON: bytes that never change.
    Layout = 14,
}

/// What a region is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One row for each bank.
    Headers,
    /// Sections, of which the newest complete one counts.
    Ring,
    /// Bytes without rows.
    Bytes,
    /// Rows, of which the slot says how many are in use; one copy for each bank.
    Table,
    /// A hash table; one copy for each bank.
    Index,
}

impl Kind {
    /// Its name in documents.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Headers => "headers",
            Self::Ring => "ring",
            Self::Bytes => "bytes",
            Self::Table => "table",
            Self::Index => "index",
        }
    }
}

impl Region {
    /// All regions, in the order of their numbers and in the file.
    pub const ALL: [Self; 14] = [
        Self::Banks,
        Self::Health,
        Self::Names,
        Self::Models,
        Self::Projects,
        Self::Sessions,
        Self::Days,
        Self::Hours,
        Self::History,
        Self::SessionIndex,
        Self::ProjectIndex,
        Self::Agents,
        Self::Limits,
        Self::Layout,
    ];

    /// The tables that a bank's check covers, in the order of their lengths in a slot.
    pub const TABLES: [Self; 8] = [
        Self::Models,
        Self::Projects,
        Self::Sessions,
        Self::Days,
        Self::Hours,
        Self::History,
        Self::Agents,
        Self::Limits,
    ];

    /// The regions that both banks have a copy of.
    pub const BANKED: [Self; 10] = [
        Self::Models,
        Self::Projects,
        Self::Sessions,
        Self::Days,
        Self::Hours,
        Self::History,
        Self::SessionIndex,
        Self::ProjectIndex,
        Self::Agents,
        Self::Limits,
    ];

    /// Its name in documents and errors.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Banks => "banks",
            Self::Health => "health",
            Self::Names => "names",
            Self::Layout => "layout",
            Self::Agents => "agents",
            Self::Models => "models",
            Self::Projects => "projects",
            Self::Sessions => "sessions",
            Self::Days => "days",
            Self::Hours => "hours",
            Self::History => "history",
            Self::Limits => "limits",
            Self::SessionIndex => "session_index",
            Self::ProjectIndex => "project_index",
        }
    }

    /// What it is made of.
    pub const fn kind(self) -> Kind {
        match self {
            Self::Banks => Kind::Headers,
            Self::Health => Kind::Ring,
            Self::Names | Self::Layout => Kind::Bytes,
            Self::SessionIndex | Self::ProjectIndex => Kind::Index,
            _ => Kind::Table,
        }
    }

    /// How many copies of it follow each other.
    pub const fn copies(self) -> usize {
        match self.kind() {
            Kind::Table | Kind::Index => BANKS,
            Kind::Headers | Kind::Ring | Kind::Bytes => 1,
        }
    }

    /// The fields of a row; none if it has no rows.
    pub const fn fields(self) -> &'static [Field] {
        match self {
            Self::Banks => bank::FIELDS,
            Self::Health => health::FIELDS,
            Self::Names | Self::Layout => &[],
            Self::Agents => agent_row::FIELDS,
            Self::Models => model_row::FIELDS,
            Self::Projects => project_row::FIELDS,
            Self::Sessions => session_row::FIELDS,
            Self::Days => day_row::FIELDS,
            Self::Hours => hour_row::FIELDS,
            Self::History => history_row::FIELDS,
            Self::Limits => limit_row::FIELDS,
            Self::SessionIndex | Self::ProjectIndex => index_entry::FIELDS,
        }
    }

    /// Bytes of a row as this version knows it; a file's may be longer.
    pub const fn row_bytes(self) -> usize {
        match self.fields() {
            [] => 1,
            [.., last] => (last.word + last.words) * WORD_BYTES,
        }
    }

    /// What it holds.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Banks => {
                "The header of each bank: row 0 belongs to bank 0, row 1 to bank 1. A bank is one copy of \
                 every table and index."
            }
            Self::Health => {
                "Reports of the publisher on itself, apart from commits. Read the row with the highest even \
                 sequence, as you read a slot."
            }
            Self::Names => "Text that rows point into, UTF-8. Bytes are only ever added, at the end.",
            Self::Layout => {
                "This layout as JSON, UTF-8: the text that `cco layout --json` prints. It never changes."
            }
            Self::Agents => "All agents whose transcripts are counted, in no order.",
            Self::Models => "All models with requests, in no order.",
            Self::Projects => "All projects with requests, in no order.",
            Self::Sessions => "The 4,096 newest sessions by their last request, in no order.",
            Self::Days => "All days with requests, in the file's zone, in no order.",
            Self::Hours => "UTC hours with requests of the last 31 days, in no order.",
            Self::History => {
                "Past totals, at most one a second: a ring of 3,600 rows whose oldest row is `history_oldest` in \
                 the slot."
            }
            Self::Limits => "All limits of the account that were reported, in no order.",
            Self::SessionIndex => "Hash table from agent and session id to the row in `sessions`.",
            Self::ProjectIndex => "Hash table from agent and project key to the row in `projects`.",
        }
    }
}
