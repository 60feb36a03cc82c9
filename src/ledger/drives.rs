//! Projects on drives, in ledgers from before a drive's letter was written in one way: `c--code` and `C--code` are one
//! project.
//!
//! Invariant: each request, sum and checkpoint is kept and is the united project's, all in one transaction; a rule to forget
//! reaches no further than what the other name has counted, so it takes nothing away later. Every publisher does it when it begins, because a backup may bring such names back;
//! if there are none, it costs a look at the names.

use rusqlite::{Connection, OptionalExtension as _, TransactionBehavior};

use super::rollups::{self, About, RollupKey, Sums};
use super::{Ledger, LedgerError, lineage};
use crate::usage::project_key;

/// Names that only an older version wrote.
const OLD: &str = "SELECT id, name FROM projects WHERE name GLOB '[a-z]--*' AND agent = 0";

impl Ledger {
    /// Renames such projects, or merges them into the project that has the new name. Returns whether there were any.
    pub fn unite_drives(&mut self) -> Result<bool, LedgerError> {
        let has_old_names = self.connection.query_row(OLD, (), |_| Ok(())).optional()?.is_some();
        let is_due = has_old_names || has_old_rules(&self.connection)?;
        if is_due {
            let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            unite(&transaction)?;
            transaction.commit()?;
        }
        Ok(is_due)
    }
}

fn unite(transaction: &Connection) -> Result<(), LedgerError> {
    let old: Vec<(i64, String)> = {
        let mut query = transaction.prepare(OLD)?;
        let rows = query.query_map((), |row| Ok((row.get(0)?, row.get(1)?)))?;
        rows.collect::<Result<_, _>>()?
    };
    for (id, name) in old {
        let key = project_key(&name);
        let find = "SELECT id FROM projects WHERE name = ?1 AND agent = 0";
        match transaction.query_row(find, [&*key], |row| row.get(0)).optional()? {
            None => {
                transaction.execute("UPDATE projects SET name = ?2 WHERE id = ?1", (id, &*key))?;
            }
            Some(other) => merge(transaction, id, other)?,
        }
    }
    // What the other name has counted stays: the rule was not made for it. Forgotten requests stay forgotten by their keys.
    let rename = "UPDATE forgotten SET project = upper(substr(project, 1, 1)) || substr(project, 2), \
                    before_ms = MIN(before_ms, COALESCE((SELECT MIN(at_ms) FROM requests WHERE requests.project = \
                      (SELECT id FROM projects WHERE agent = 0 \
                        AND name = upper(substr(forgotten.project, 1, 1)) || substr(forgotten.project, 2))), before_ms)) \
                  WHERE project GLOB '[a-z]--*'";
    transaction.execute(rename, ())?;
    // A project of the old name has no sums any more.
    lineage::end(transaction)
}

fn has_old_rules(connection: &Connection) -> Result<bool, LedgerError> {
    let query = "SELECT EXISTS (SELECT 1 FROM forgotten WHERE project GLOB '[a-z]--*')";
    Ok(connection.query_row(query, (), |row| row.get(0))?)
}

/// Moves all that refers to one project to another, and removes the one.
fn merge(connection: &Connection, from: i64, to: i64) -> Result<(), LedgerError> {
    let mut moved: Vec<(RollupKey, Sums)> = Vec::new();
    rollups::each(connection, i64::MIN..i64::MAX, |key, sums| {
        if key.about.project == from {
            moved.push((key, sums));
        }
        Ok(())
    })?;
    for (key, sums) in moved {
        rollups::remove(connection, &key)?;
        let key = RollupKey { about: About { project: to, ..key.about }, ..key };
        let sums = match rollups::find(connection, &key)? {
            Some(there) => there.with(sums),
            None => sums,
        };
        rollups::put(connection, &key, &sums)?;
    }
    for table in ["requests", "files", "cost_states"] {
        connection.execute(&format!("UPDATE {table} SET project = ?2 WHERE project = ?1"), (from, to))?;
    }
    // The lowest stands, as if both had been one project's from the beginning.
    let path = "UPDATE projects SET (path, path_at_ms, repository) = \
                  (SELECT path, path_at_ms, repository FROM projects WHERE id IN (?1, ?2) AND path IS NOT NULL \
                    ORDER BY path_at_ms, path LIMIT 1) \
                WHERE id = ?2";
    connection.execute(path, (from, to))?;
    connection.execute("DELETE FROM projects WHERE id = ?1", [from])?;
    Ok(())
}
