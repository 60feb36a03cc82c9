//! Whether the ledger is sound: the file itself, and the rollups against the requests.
//!
//! Invariant: it holds no lock that a writer waits for, however long it takes.

use rusqlite::Connection;

use super::names::Names;
use super::rollups::{self, Rollup, RollupKey, Sums};
use super::{Ledger, LedgerError, derive};
use crate::pricing::PriceTable;

/// At most this many differences are listed.
const LISTED: usize = 100;

/// What a check found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verification {
    /// Damage to the file, in SQLite's words, and rows that refer to missing rows.
    pub damage: Vec<String>,
    /// How many messages were summed.
    pub messages: u64,
    /// How many rollups they give.
    pub rollups: u64,
    /// How many rollups do not match the requests.
    pub differing: u64,
    /// The first of them.
    pub differences: Vec<Difference>,
}

/// A rollup that does not match the requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// What the ledger has, if anything.
    pub found: Option<Rollup>,
    /// What the requests add up to, if there are any.
    pub expected: Option<Rollup>,
}

impl Verification {
    /// Nothing is wrong.
    pub fn is_sound(&self) -> bool {
        self.damage.is_empty() && self.differing == 0
    }
}

impl Ledger {
    /// Checks the file, and compares all rollups with those that the requests give; the prices must be those that the
    /// costs were computed with. [`rederive`](Self::rederive) repairs differing rollups; a damaged file needs a backup.
    ///
    /// It only reads, and sees one state of the ledger, so a publisher can write meanwhile.
    pub fn verify(&self, prices: &PriceTable) -> Result<Verification, LedgerError> {
        let transaction = self.connection.unchecked_transaction()?;
        let damage = damage(&transaction)?;
        if !damage.is_empty() {
            return Ok(Verification { damage, ..Verification::default() });
        }
        let mut names = Names::read_only(&transaction);
        let mut expected = derive::rollups(&mut names, prices)?;
        let mut report = Verification { rollups: expected.len() as u64, ..Verification::default() };
        report.messages = expected.values().map(|sums| sums.figures.auto.messages).sum();
        let mut differs = |key: &RollupKey, found: Option<Sums>, expected: Option<Sums>| {
            report.differing += 1;
            if report.differences.len() < LISTED {
                let mut named =
                    |sums: Option<Sums>| sums.map(|sums| rollups::named(key, sums, &mut names)).transpose();
                report.differences.push(Difference { found: named(found)?, expected: named(expected)? });
            }
            Ok::<_, LedgerError>(())
        };
        rollups::each(&transaction, i64::MIN..i64::MAX, |key, found| match expected.remove(&key) {
            Some(expected) if expected == found => Ok(()),
            expected => differs(&key, Some(found), expected),
        })?;
        for (key, missing) in &expected {
            differs(key, None, Some(*missing))?;
        }
        Ok(report)
    }
}

/// What SQLite finds wrong with the file.
pub(super) fn damage(connection: &Connection) -> Result<Vec<String>, LedgerError> {
    let mut damage = Vec::new();
    let mut check = connection.prepare("PRAGMA integrity_check")?;
    let mut rows = check.query(())?;
    while let Some(row) = rows.next()? {
        let line: String = row.get(0)?;
        if line != "ok" {
            damage.push(line);
        }
    }
    let mut check = connection.prepare("PRAGMA foreign_key_check")?;
    let mut rows = check.query(())?;
    while let Some(row) = rows.next()? {
        let (table, parent): (String, String) = (row.get(0)?, row.get(2)?);
        if damage.len() < LISTED {
            damage.push(format!("a row of {table} refers to one of {parent} that is not there"));
        }
    }
    Ok(damage)
}
