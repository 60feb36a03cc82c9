//! Whether sums fell and readers do not know yet.
//!
//! Totals in a snapshot never go back within one lineage. What lowers them (forgetting, restoring, repairing, other prices)
//! therefore leaves a mark here, and the next publisher begins a new lineage.
//!
//! Invariant: the mark is set in the transaction that lowers the sums, or in the file that replaces the ledger, and removed
//! once a new lineage was published. So it does not matter who dies in between; at worst there are two new lineages.

use rusqlite::{Connection, OptionalExtension as _};

use super::schema::now_ms;
use super::{Ledger, LedgerError};

/// Marks that sums are lower than before, or may be.
pub(super) fn end(connection: &Connection) -> Result<(), LedgerError> {
    let mark = "INSERT OR REPLACE INTO meta (name, value) VALUES ('fell_ms', ?1)";
    connection.execute(mark, [now_ms()])?;
    Ok(())
}

impl Ledger {
    /// Whether sums fell since a new lineage was last [published](Self::keep_lineage).
    pub fn has_fallen(&self) -> Result<bool, LedgerError> {
        let query = "SELECT 1 FROM meta WHERE name = 'fell_ms'";
        Ok(self.connection.query_row(query, (), |_| Ok(())).optional()?.is_some())
    }

    /// Notes that the sums were published under a new lineage.
    pub fn keep_lineage(&mut self) -> Result<(), LedgerError> {
        self.connection.execute("DELETE FROM meta WHERE name = 'fell_ms'", ())?;
        Ok(())
    }
}
