//! A quick check of a ledger, as fast as reading it: is the file intact, how much is in it, how recent is it.
//!
//! Invariant: it only reads, so it can run beside a writer.

use super::{Ledger, LedgerError};

/// How many kinds of damage are listed.
const LISTED: u32 = 5;

/// What the check found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checkup {
    /// The version of its tables.
    pub version: i64,
    /// What SQLite finds wrong with the file; empty if it is intact.
    pub damage: Vec<String>,
    /// How many requests it holds.
    pub requests: u64,
    /// When the newest of them was made, ms UTC.
    pub newest_ms: Option<i64>,
}

impl Ledger {
    /// Checks whether the file is intact. [`verify`](Self::verify) also recomputes its sums.
    pub fn checkup(&self) -> Result<Checkup, LedgerError> {
        let mut check = self.connection.prepare(&format!("PRAGMA quick_check({LISTED})"))?;
        let lines = check.query_map((), |row| row.get::<_, String>(0))?;
        let damage = lines.filter(|line| line.as_ref().map_or(true, |line| line != "ok"));
        let sums = "SELECT COALESCE(SUM(requests), 0), MAX(last_ms) FROM rollups";
        let (requests, newest_ms): (i64, _) =
            self.connection.query_row(sums, (), |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(Checkup {
            version: self.connection.pragma_query_value(None, "user_version", |row| row.get(0))?,
            damage: damage.collect::<Result<_, _>>()?,
            requests: requests.cast_unsigned(),
            newest_ms,
        })
    }
}
