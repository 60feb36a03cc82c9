//! The ledger: every request ever counted, in an SQLite database that users may query.
//!
//! Invariants:
//!
//! - A request is one row, found by its key. Later records of it merge into that row, so reading a transcript twice
//!   changes nothing. A request stays when its transcript is deleted.
//! - Rollups (sums by quarter hour, session, project, model and dimensions) always equal the sums of the requests. A change
//!   subtracts the old contribution and adds the new one, in the transaction that also moves the transcript's
//!   checkpoint. Nothing is lost or doubled, whenever a writer is killed.
//! - Rows from an earlier edition of the counting rule stay until their records are read again, all in one
//!   transaction. `editions` decides what happens to them then.
//! - Each session and project belongs to one agent, and so does everything that refers to them: two agents may use the
//!   same name. Claude Code is agent 0, the only one so far.
//! - Costs in rollups belong to one price table. Writing with another is refused until [`Ledger::reprice`].
//! - No memory per request: a request is looked up in the database, not in a map.
//!
//! The tables are described in `schema.sql`, and in the file itself (`.schema` in the `sqlite3` shell). Money
//! is stored as two integers, whole dollars and picodollars: sums stay exact in SQL without a 128-bit type, and the
//! first column alone reads as dollars. Exact below 2⁶³ dollars.
//!
//! One process writes, under the state folder's lock; any number may read (WAL). `publish` writes, `report` only
//! reads.

mod apply;
mod archive;
mod beside;
mod bounds;
mod checkup;
mod claude_days;
mod columns;
mod cost_state_row;
mod counting_version;
mod deltas;
mod derive;
mod drives;
mod editions;
mod error;
mod figures;
mod file_row;
mod first_import;
mod forget;
mod forgotten_days;
mod immutable;
mod insertion;
mod intake;
mod iterations;
mod lineage;
mod log;
mod names;
mod open;
mod prices;
mod project_path;
mod recount;
mod replaced;
mod repository;
mod reprice;
mod requests;
mod rollups;
mod schema;
mod set_aside;
mod subagents;
mod take_in;
mod tallies;
mod timestamp;
mod titles;
mod traces;
mod verify;

pub use bounds::Bounds;
pub use checkup::Checkup;
pub use claude_days::{ClaudeDay, ImportedDays};
pub use cost_state_row::CostStateRow;
pub use counting_version::COUNTING_VERSION;
pub use editions::differ_to_a_recount;
pub use error::LedgerError;
pub use figures::Figures;
pub use file_row::FileRow;
pub use forget::{Forget, Forgotten};
pub use intake::{Applied, Change, Intake};
pub use open::Ledger;
pub use project_path::ProjectPath;
pub use repository::{Repository, Worktree};
pub use rollups::Rollup;
pub use subagents::{SubagentKinds, SubagentRow};
pub use tallies::{NameKind, Tally};
pub use titles::{TitleRow, TitlesChange};
pub use traces::Traces;
pub use verify::{Difference, Verification};
