//! Updates the costs in rollups to other prices.
//!
//! Invariant: costs belong to one price table, whole models at a time.

use std::collections::BTreeSet;

use super::prices::fingerprint;
use super::{Ledger, LedgerError, derive, lineage, log};
use crate::pricing::PriceTable;

impl Ledger {
    /// Updates costs to this price table, for the models whose prices differ and no others. Returns whether anything
    /// changed; sums kept elsewhere must then be read again.
    pub fn reprice(&mut self, prices: &PriceTable) -> Result<bool, LedgerError> {
        let models = self.priced_otherwise(prices)?;
        if models.is_empty() {
            return Ok(false);
        }
        let transaction = self.write()?;
        for model in &models {
            transaction.execute("UPDATE models SET prices = NULL WHERE id = ?1", [model])?;
        }
        derive::replace_of(&transaction, prices, &models)?;
        lineage::end(&transaction)?;
        transaction.commit()?;
        log::trim(self);
        Ok(true)
    }

    /// Derives all rollups from the requests again: the repair for what [`verify`](Self::verify) finds.
    pub fn rederive(&mut self, prices: &PriceTable) -> Result<(), LedgerError> {
        let transaction = self.write()?;
        transaction.execute("UPDATE models SET prices = NULL WHERE prices IS NOT NULL", ())?;
        derive::replace(&transaction, prices)?;
        lineage::end(&transaction)?;
        transaction.commit()?;
        log::trim(self);
        Ok(())
    }

    /// Whether the costs in rollups belong to these prices.
    pub fn is_priced_with(&self, prices: &PriceTable) -> Result<bool, LedgerError> {
        Ok(self.priced_otherwise(prices)?.is_empty())
    }

    /// Ids of the models whose costs in rollups belong to other prices.
    fn priced_otherwise(&self, prices: &PriceTable) -> Result<BTreeSet<i64>, LedgerError> {
        let mut query =
            self.connection.prepare_cached("SELECT id, name, prices FROM models WHERE prices IS NOT NULL")?;
        let mut rows = query.query(())?;
        let mut models = BTreeSet::new();
        while let Some(row) = rows.next()? {
            let (id, name, known): (i64, String, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
            if fingerprint(prices, &name) != known {
                models.insert(id);
            }
        }
        Ok(models)
    }
}
