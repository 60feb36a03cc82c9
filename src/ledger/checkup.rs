//! A look at a ledger that takes no longer than reading it: is the file whole, how much is in it, up to when.
//!
//! Invariant: it only reads, so that it may run beside a writer.

use super::{Ledger, LedgerError};

/// Damage that is named at most.
const LISTED: u32 = 5;

/// What a look at a ledger found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checkup {
    /// The version of its tables.
    pub version: i64,
    /// What SQLite finds wrong with the file; nothing if it is whole.
    pub damage: Vec<String>,
    /// How many requests it holds.
    pub requests: u64,
    /// When the newest of them was made, ms UTC.
    pub newest_ms: Option<i64>,
}

impl Ledger {
    /// Looks whether the file is whole. [`verify`](Self::verify) also derives its sums anew.
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
