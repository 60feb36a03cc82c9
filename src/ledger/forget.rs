//! Forgetting: the one way that counted requests leave the ledger.
//!
//! Forgotten requests do not come back, even if their transcripts still exist or are counted again. The ledger keeps the
//! rule and applies it to every record it takes in, and it keeps the keys (hashes) of forgotten requests, so a copy in
//! another project's transcript (a fork) does not bring one back. Claude Code's own statistics of a forgotten project's days go
//! with it. A rule for a project names the project; all other names that no row uses any more are removed.
//!
//! Invariant: what counts does not depend on the order of records or on how they are divided into intakes. A request may
//! have records on both sides of a rule, such as lines of one answer from before and after midnight. So a record never
//! decides for itself alone:
//!
//! - A record that a rule covers makes the ledger forget its request, whether or not it was counted, and whatever other
//!   records of it come before or after.
//! - The exception is a copy in a forgotten project. It is ignored, because the request belongs to the original's project.
//! - A request that is in the ledger when a rule is added is judged by its row: its earliest time and its lowest home.

use std::collections::BTreeSet;
use std::sync::Arc;

use foldhash::{HashMap, HashSet};
use rusqlite::Connection;

use super::deltas::Deltas;
use super::forgotten_days::{day_of, forget_before, forget_days};
use super::names::Names;
use super::prices::Pricing;
use super::schema::now_ms;
use super::{CostStateRow, Ledger, LedgerError, lineage, log, requests};
use crate::pricing::PriceTable;
use crate::snapshot::Counters;
use crate::usage::{Key, Record};

/// What to forget: requests made before some time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forget {
    /// Only of this project, given by its key.
    pub project: Option<Arc<str>>,
    /// Only requests made before this time, in milliseconds UTC. For a whole project it is now: later requests count.
    pub before_ms: i64,
}

/// What was forgotten, or would be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Forgotten {
    /// Sessions without any requests left.
    pub sessions: u64,
    /// What no longer counts, with costs in the mode `auto`.
    pub counters: Counters,
    /// Days of Claude Code's own statistics, which do not say what was whose.
    pub statistics_days: u64,
}

impl Forget {
    fn covers(&self, project: &str, at_ms: i64) -> bool {
        at_ms < self.before_ms && self.project.as_deref().is_none_or(|only| only == project)
    }
}

impl Ledger {
    /// What [`forget`](Self::forget) would remove. Changes nothing.
    pub fn preview_forget(&mut self, what: &Forget, prices: &PriceTable) -> Result<Forgotten, LedgerError> {
        // Not committed, the transaction takes all of it back.
        let transaction = self.write()?;
        forget(&transaction, what, prices)
    }

    /// Removes requests permanently. [`compact`](Self::compact) removes their traces in the file's free space;
    /// backups keep them.
    pub fn forget(&mut self, what: &Forget, prices: &PriceTable) -> Result<Forgotten, LedgerError> {
        let transaction = self.write()?;
        let forgotten = forget(&transaction, what, prices)?;
        transaction.commit()?;
        log::trim(self);
        Ok(forgotten)
    }

    /// All rules, oldest first.
    pub fn forget_rules(&self) -> Result<Vec<Forget>, LedgerError> {
        Rules::read(&self.connection).map(|rules| rules.0)
    }
}

/// What was forgotten before.
#[derive(Default)]
pub(super) struct Rules(Vec<Forget>);

impl Rules {
    pub(super) fn read(connection: &Connection) -> Result<Self, LedgerError> {
        let mut query =
            connection.prepare_cached("SELECT project, before_ms FROM forgotten ORDER BY rowid")?;
        let rows = query.query_map((), |row| {
            let project: Option<String> = row.get(0)?;
            Ok(Forget { project: project.map(Arc::from), before_ms: row.get(1)? })
        })?;
        Ok(Self(rows.collect::<Result<_, _>>()?))
    }

    /// Whether a rule covers a record, so that it must not be counted.
    pub(super) fn cover(&self, record: &Record) -> bool {
        self.0.iter().any(|rule| rule.covers(&record.home.project, record.at_ms))
    }

    pub(super) fn cover_state(&self, state: &CostStateRow) -> bool {
        self.0.iter().any(|rule| rule.covers(&state.project, state.at_ms()))
    }

    /// Whether nothing was ever forgotten.
    pub(super) fn are_none(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether everything of a day that begins then was forgotten, of all projects.
    pub(super) fn cover_day(&self, start_ms: i64) -> bool {
        self.0.iter().any(|rule| rule.project.is_none() && start_ms < rule.before_ms)
    }

    /// Whether a record makes the ledger forget its request.
    fn condemn(&self, record: &Record) -> bool {
        let is_its_own = |rule: &Forget| rule.project.is_none() || !record.home.copied;
        self.0.iter().any(|rule| is_its_own(rule) && rule.covers(&record.home.project, record.at_ms))
    }

    /// Remembers the requests that these records make the ledger forget, and returns the keys that were not remembered
    /// before.
    pub(super) fn remember(
        &self,
        connection: &Connection,
        records: &[&Record],
    ) -> Result<Vec<Key>, LedgerError> {
        let condemned: Vec<&&Record> = records.iter().filter(|record| self.condemn(record)).collect();
        let (mut new, mut days) = (Vec::new(), BTreeSet::new());
        // What was before a day is forgotten with the statistics of its days already.
        let is_of_project = |record: &&&&Record| {
            !self.0.iter().any(|rule| rule.project.is_none() && record.at_ms < rule.before_ms)
        };
        for records in condemned.chunk_by(|one, other| one.key == other.key) {
            if remember(connection, records[0].key)? {
                new.push(records[0].key);
                days.extend(records.iter().filter(is_of_project).map(|record| day_of(record.at_ms)));
            }
        }
        forget_days(connection, &days)?;
        Ok(new)
    }

    /// The keys of those records whose requests were forgotten. An earlier key (the first of a pair) stands for several
    /// requests of a session, and some of them may be new: a request that is later than all rules was not forgotten
    /// with it.
    pub(super) fn forgotten(
        &self,
        connection: &Connection,
        records: &[&Record],
        earlier_keys: &[(Key, Key)],
    ) -> Result<HashSet<Key>, LedgerError> {
        let Some(until_ms) = self.0.iter().map(|rule| rule.before_ms).max() else {
            return Ok(HashSet::default());
        };
        let earlier: HashMap<Key, Key> = earlier_keys.iter().map(|&(earlier, key)| (key, earlier)).collect();
        let query = "SELECT EXISTS (SELECT 1 FROM forgotten_requests WHERE key = ?1)";
        let mut query = connection.prepare_cached(query)?;
        let mut is_forgotten = |key| query.query_row([requests::key_bytes(key)], |row| row.get::<_, bool>(0));
        let mut forgotten = HashSet::default();
        for record in records {
            let earlier = earlier.get(&record.key).filter(|_| record.at_ms < until_ms);
            for key in [Some(&record.key), earlier].into_iter().flatten() {
                if is_forgotten(*key)? {
                    forgotten.insert(record.key);
                }
            }
        }
        Ok(forgotten)
    }
}

/// Keeps the key of a forgotten request; false if it was kept before.
fn remember(connection: &Connection, key: Key) -> Result<bool, LedgerError> {
    let insert = "INSERT OR IGNORE INTO forgotten_requests (key) VALUES (?1)";
    Ok(connection.prepare_cached(insert)?.execute([requests::key_bytes(key)])? > 0)
}

fn forget(connection: &Connection, what: &Forget, prices: &PriceTable) -> Result<Forgotten, LedgerError> {
    let (mut names, mut pricing) = (Names::new(connection), Pricing::new(prices));
    let mut deltas = Deltas::default();
    let mut changes = Vec::new();
    let mut forgotten = Forgotten::default();
    let (mut keys, mut days) = (Vec::new(), BTreeSet::new());
    let project = what.project.as_ref().map(|project| names.project_id(project)).transpose()?;
    requests::each(&mut names, requests::BEFORE, (project, what.before_ms), |names, record| {
        keys.push(record.key);
        days.insert(day_of(record.at_ms));
        deltas.note(false, &record, names, &mut pricing, Some(&mut changes))?;
        forgotten.counters += changes.drain(..).map(|change| change.counters).sum();
        Ok(())
    })?;
    for key in keys {
        requests::remove(connection, key)?;
        remember(connection, key)?;
    }
    deltas.write(&mut names)?;
    let states = "DELETE FROM cost_states \
                  WHERE start_ms + duration_ms < ?2 AND (?1 IS NULL OR project = ?1)";
    connection.execute(states, (project, what.before_ms))?;
    forgotten.statistics_days = match what.project {
        // A day that begins before is forgotten whole.
        None => forget_before(connection, what.before_ms)?,
        Some(_) => forget_days(connection, &days)?,
    };
    connection.execute(
        "INSERT INTO forgotten (project, before_ms, forgotten_ms) VALUES (?1, ?2, ?3)",
        (&what.project, what.before_ms, now_ms()),
    )?;
    if forgotten.counters != Counters::default() {
        lineage::end(connection)?;
    }
    forgotten.sessions = drop_unused_names(connection)?;
    Ok(forgotten)
}

/// Removes names that no row refers to, and returns how many sessions were among them.
pub(super) fn drop_unused_names(connection: &Connection) -> Result<u64, LedgerError> {
    let sessions = connection.execute(
        "DELETE FROM sessions WHERE id NOT IN (SELECT session FROM requests) \
         AND id NOT IN (SELECT session FROM cost_states)",
        (),
    )?;
    connection.execute("DELETE FROM titles WHERE session NOT IN (SELECT session FROM requests)", ())?;
    connection.execute(
        "DELETE FROM subagents WHERE (session, agent_id) NOT IN \
         (SELECT session, agent_id FROM rollups JOIN dimensions ON dimensions.id = rollups.dimensions)",
        (),
    )?;
    connection.execute(
        "DELETE FROM projects WHERE id NOT IN (SELECT project FROM requests) \
         AND id NOT IN (SELECT project FROM cost_states) AND id NOT IN (SELECT project FROM files)",
        (),
    )?;
    connection.execute(
        "DELETE FROM dimensions WHERE id NOT IN (SELECT dimensions FROM requests) \
         AND id NOT IN (SELECT dimensions FROM rollups)",
        (),
    )?;
    connection.execute("DELETE FROM terms WHERE id NOT IN (SELECT terms FROM requests)", ())?;
    // The models of iterations are in rollups only.
    connection.execute(
        "DELETE FROM models WHERE id NOT IN (SELECT model FROM requests) AND id NOT IN (SELECT model FROM rollups)",
        (),
    )?;
    Ok(sessions as u64)
}
