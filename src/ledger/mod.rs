//! Every request ever counted, kept for ever: an SQLite database that users may query.
//!
//! Invariants:
//!
//! - A request is one row, found by its key; what is told of it again merges into that row, so that reading a
//!   transcript twice changes nothing. A request stays when its transcript is deleted.
//! - Rollups (sums by quarter hour, session, project and model) are at any time what the requests give. A
//!   change takes the old contribution out and puts the new one in, in the transaction that also moves the
//!   offset of the transcript it came from: whatever moment a writer is killed at, nothing is lost or doubled.
//! - What an earlier edition of the counting rule counted stays until its records are read again, all of them in one
//!   transaction; `editions` says what becomes of it then.
//! - A session and a project belong to one agent, and through them all that refers to them: two agents may use the same
//!   name. Claude Code is agent 0, the only one so far.
//! - Costs in rollups belong to one price table; writing with another is refused until [`Ledger::reprice`].
//! - No memory a request: a request is looked up in the database, not in a map.
//!
//! The tables are described in `schema.sql`, and in the file itself (`.schema` in the `sqlite3` shell). Money
//! stands there as two integers, whole dollars and picodollars: sums stay exact in SQL, no 128-bit type is
//! needed, and the first column alone reads as dollars. Exact below 2⁶³ dollars.
//!
//! One process writes, under the state folder's lock; any number may read (WAL). Used by `publish` and, read
//! only, by `report`.

mod apply;
mod archive;
mod bounds;
mod checkup;
mod columns;
mod cost_state_row;
mod counting_version;
mod deltas;
mod derive;
mod editions;
mod error;
mod figures;
mod file_row;
mod first_import;
mod forget;
mod insertion;
mod intake;
mod iterations;
mod names;
mod open;
mod prices;
mod project_path;
mod recount;
mod reprice;
mod requests;
mod rollups;
mod schema;
mod take_in;
mod tallies;
mod verify;

pub use bounds::Bounds;
pub use checkup::Checkup;
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
pub use rollups::Rollup;
pub use tallies::{Named, Tally};
pub use verify::{Difference, Verification};
