//! What happens to requests from an earlier edition of the counting rule when their records are read again.
//!
//! A row from an earlier edition stays exactly as it is until records of its request are read again. Then:
//!
//! - If a record read again is at least as high as the row, by the part of the order that both editions share, what
//!   is read again stands: usage, iterations, dimensions and whether it is final.
//! - If all of them are lower, the transcript that the row came from is gone. The row's usage stays. If its counters
//!   are those of the highest record, that record's newer counters and dimensions stay with it.
//! - The home is the one that is read again if a record read again names the row's session and project. If none
//!   does, that home's transcript is gone, and the lower of the two homes stands. The time is the earlier.
//!
//! The first edition kept messages of gateways under a key without the API request, so one row of it may stand for
//! several requests, and the row goes once one of them is read again. If nothing read again is as high, the row's
//! usage must stand in exactly one place: the highest of its requests with the row's model, which is taken for a
//! lower copy of it. A row with another model than all of them cannot be a copy: it stays beside them, as a request
//! of its own. (If only one request is read again, home and time are judged as above; if several, nobody knows
//! whose the row's were, and each keeps what is read.)
//!
//! All of this depends on the set of records in an intake, never on their order. Two intakes are decided separately,
//! so everything that still exists is read again in one intake and one transaction: an interrupted recount starts over.
//! Transcripts that come back after a recount are decided with the intake they arrive in.

use std::borrow::Cow;
use std::collections::BTreeMap;

use foldhash::{HashMap, HashSet};
use rusqlite::Connection;

use super::counting_version::{COUNTING_VERSION, recounted_ms};
use super::intake::Intake;
use super::names::Names;
use super::{LedgerError, requests};
use crate::usage::{Dimensions, Iteration, Key, Rare, Record, Tokens};

/// Rows of an earlier edition whose requests are read again under other keys.
#[derive(Default)]
pub(super) struct Replaced {
    /// Rows that go.
    pub(super) rows: Vec<Record>,
    /// Rows that stay, as requests of their own.
    pub(super) staying: Vec<Record>,
    /// What some of the rows leave, by the key of the request it goes to.
    legacies: HashMap<Key, Legacy>,
}

/// What a request has from a row that went.
enum Legacy {
    /// The row was its own.
    Row(Record),
    /// The row's usage: its own is a lower copy.
    Usage(Record),
}

impl Replaced {
    /// Looks up which rows stood for requests that are read again. `keys` are pairs of an earlier key and today's,
    /// `records` what is read again, in the order of keys.
    pub(super) fn find(
        names: &mut Names<'_>,
        keys: &[(Key, Key)],
        records: &[&Record],
    ) -> Result<Self, LedgerError> {
        let mut groups: BTreeMap<Key, Vec<&[&Record]>> = BTreeMap::new();
        let mut keys = keys.to_vec();
        keys.sort_unstable();
        keys.dedup();
        for (earlier, key) in keys {
            let copies = copies_of(records, key);
            if !copies.is_empty() {
                groups.entry(earlier).or_default().push(copies);
            }
        }
        let mut replaced = Self::default();
        for (earlier, requests) in groups {
            if let Some(row) = requests::find(names, earlier)?.filter(|row| row.counting < COUNTING_VERSION) {
                replaced.judge(row.record, &requests);
            }
        }
        Ok(replaced)
    }

    fn judge(&mut self, row: Record, requests: &[&[&Record]]) {
        let is_read_again = requests.iter().any(|copies| is_any_as_high(copies, &row));
        let may_be = |copies: &&&[&Record]| height(copies).model == row.model;
        let heir = match requests {
            [only] if is_read_again || may_be(&only) => Some((only, Legacy::Row(row.clone()))),
            _ if is_read_again => None,
            _ => match requests
                .iter()
                .filter(may_be)
                .max_by(|one, other| height(one).usage_order(height(other)))
            {
                Some(heir) => Some((heir, Legacy::Usage(row.clone()))),
                None => return self.staying.push(row),
            },
        };
        if let Some((copies, legacy)) = heir {
            self.legacies.insert(copies[0].key, legacy);
        }
        self.rows.push(row);
    }

    /// Gives a request what a row left it.
    pub(super) fn bequeath(&mut self, record: &mut Cow<'_, Record>, copies: &[&Record]) {
        match self.legacies.remove(&record.key) {
            Some(Legacy::Row(row)) => carry_over(record.to_mut(), &row, copies),
            Some(Legacy::Usage(row)) => keep_usage(record.to_mut(), &row),
            None => {}
        }
    }
}

/// Judges a row of an earlier edition: `record` is what all `copies` that are read again come to.
pub(super) fn carry_over(record: &mut Record, row: &Record, copies: &[&Record]) {
    if !is_any_as_high(copies, row) {
        keep_usage(record, row);
    }
    let names_home =
        |copy: &&Record| copy.home.session == row.home.session && copy.home.project == row.home.project;
    if row.home < record.home && !copies.iter().any(names_home) {
        record.home.clone_from(&row.home);
    }
    record.at_ms = record.at_ms.min(row.at_ms);
}

/// Whether to merge two records of a request would hide from a recount what it must know: that a home was named, or
/// which of two usages with the same counters was read.
pub fn differ_to_a_recount(one: &Record, other: &Record) -> bool {
    let is_elsewhere = one.home.session != other.home.session || one.home.project != other.home.project;
    let is_like = one.model == other.model && one.terms == other.terms && one.rare == other.rare;
    is_elsewhere || (rank(&one.tokens) == rank(&other.tokens) && !is_like)
}

/// Records of a request, among records in the order of keys.
fn copies_of<'a, 'r>(records: &'a [&'r Record], key: Key) -> &'a [&'r Record] {
    let start = records.partition_point(|record| record.key < key);
    let end = start + records[start..].partition_point(|record| record.key == key);
    &records[start..end]
}

/// The highest record of a request.
fn height<'r>(copies: &[&'r Record]) -> &'r Record {
    let higher =
        |one: &'r Record, other: &'r Record| if other.usage_order(one).is_gt() { other } else { one };
    copies.iter().fold(copies[0], |highest, copy| higher(highest, copy))
}

/// The counters that every edition ranked usages by, in that order.
fn rank(tokens: &Tokens) -> [u64; 7] {
    [
        tokens.output,
        tokens.total(),
        tokens.input,
        tokens.cache_write_5m,
        tokens.cache_write_1h,
        tokens.cache_read,
        tokens.web_searches,
    ]
}

fn is_any_as_high(copies: &[&Record], row: &Record) -> bool {
    copies.iter().any(|copy| is_as_high(copy, row))
}

/// Whether a record may be the one that the row was counted from, or a higher one.
fn is_as_high(record: &Record, row: &Record) -> bool {
    let order = (rank(&record.tokens).cmp(&rank(&row.tokens)))
        .then_with(|| record.model.cmp(&row.model))
        .then_with(|| record.terms.cmp(&row.terms));
    order.is_gt() || (order.is_eq() && has_all_rare(rare(record), rare(row)))
}

fn rare(record: &Record) -> &Rare {
    static NOTHING: Rare = Rare { iterations: Vec::new(), recorded_cost: None };
    record.rare.as_deref().unwrap_or(&NOTHING)
}

/// This edition bills iterations that earlier ones did not, so those of the row may have others among them.
fn has_all_rare(ours: &Rare, rows: &Rare) -> bool {
    let mut found = ours.iterations.iter();
    let has = |wanted: &Iteration| found.any(|iteration| iteration == wanted);
    ours >= rows || (rows.iterations.iter().all(has) && ours.recorded_cost >= rows.recorded_cost)
}

/// Puts the row's usage in place of a lower one. Merged again with any of the lower ones, it stands.
fn keep_usage(record: &mut Record, row: &Record) {
    if rank(&record.tokens) != rank(&row.tokens) {
        record.tokens = row.tokens;
        record.dimensions = Dimensions::default().into();
    }
    record.model.clone_from(&row.model);
    record.terms.clone_from(&row.terms);
    record.rare.clone_from(&row.rare);
}

/// Those of a batch's earlier keys under which an earlier edition may have kept something: it counted nothing that was
/// made after this one took over.
pub(super) fn earlier_keys(
    connection: &Connection,
    batch: &Intake<'_>,
) -> Result<Vec<(Key, Key)>, LedgerError> {
    if batch.earlier_keys.is_empty() {
        return Ok(Vec::new());
    }
    let Some(recounted_ms) = recounted_ms(connection)? else { return Ok(Vec::new()) };
    let is_old = |record: &&&Record| record.at_ms < recounted_ms;
    let old: HashSet<Key> = batch.records.iter().filter(is_old).map(|record| record.key).collect();
    Ok(batch.earlier_keys.iter().copied().filter(|(_, key)| old.contains(key)).collect())
}
