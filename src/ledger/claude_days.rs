//! Claude Code's own statistics, tokens by day and model, for days from before the ledger.
//!
//! Invariant: they are never added to what is counted. A day with anything counted has none, whether its transcript was there when
//! they were imported or showed up later. Forgetting what is before a day forgets its statistics too. They say nothing about
//! projects, so a day on which a forgotten project was counted has none and gets none.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::columns::{Columns, word};
use super::forget::Rules;
use super::forgotten_days::{day_in, forgotten_days};
use super::{Ledger, LedgerError};
use crate::period::Calendar;

/// A model's tokens on a day, according to Claude Code.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ClaudeDay {
    /// The day, in UTC.
    pub day: Date,
    /// The model, as Claude Code names it.
    pub model: Arc<str>,
    /// Its tokens.
    pub tokens: u64,
    /// Whether they include cache tokens.
    pub with_cache: bool,
}

/// What an import did, or would do, to each day.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportedDays {
    /// Imported, with the tokens of all models.
    pub new: Vec<(Date, u64)>,
    /// Already there, with the same figures.
    pub known: u64,
    /// Left out, because usage on them is counted.
    pub counted: u64,
    /// Left out, because they were forgotten.
    pub forgotten: u64,
}

impl Ledger {
    /// Statistics for days with nothing counted, in the order of days and models. A day is counted if there was any usage on
    /// it in UTC or in this zone: Claude Code's days are in UTC, and reports have days in the zone.
    pub fn claude_days(&self, zone: &TimeZone) -> Result<Vec<ClaudeDay>, LedgerError> {
        let mut days = self.all_claude_days()?;
        let mut last = None;
        let mut failure = None;
        days.retain(|row| {
            let is_counted = match last {
                Some((day, is_counted)) if day == row.day => is_counted,
                _ => self.is_counted(row.day, zone).unwrap_or_else(|error| {
                    failure.get_or_insert(error);
                    true
                }),
            };
            last = Some((row.day, is_counted));
            !is_counted
        });
        failure.map_or(Ok(days), Err)
    }

    /// Imports statistics for days with nothing counted. A day's new figures replace its old ones.
    pub fn import_claude_days(
        &mut self,
        days: &[ClaudeDay],
        zone: &TimeZone,
    ) -> Result<ImportedDays, LedgerError> {
        let imported = self.preview_claude_days(days, zone)?;
        let days = by_day(days);
        let transaction = self.write()?;
        for (day, _) in &imported.new {
            transaction
                .prepare_cached("DELETE FROM claude_days WHERE day = ?1")?
                .execute([day.to_string()])?;
            let insert = "INSERT INTO claude_days (day, model, tokens, with_cache) VALUES (?1, ?2, ?3, ?4)";
            let mut insert = transaction.prepare_cached(insert)?;
            for row in days.get(day).into_iter().flatten() {
                insert.execute((day.to_string(), &row.model, word(row.tokens), row.with_cache))?;
            }
        }
        transaction.commit()?;
        Ok(imported)
    }

    /// What [`import_claude_days`](Self::import_claude_days) would do. Changes nothing.
    pub fn preview_claude_days(
        &self,
        days: &[ClaudeDay],
        zone: &TimeZone,
    ) -> Result<ImportedDays, LedgerError> {
        let known = self.all_claude_days()?;
        let known = by_day(&known);
        let rules = Rules::read(&self.connection)?;
        let forgotten = forgotten_days(&self.connection)?;
        let mut imported = ImportedDays::default();
        for (day, rows) in by_day(days) {
            if rules.cover_day(start_ms(day, &TimeZone::UTC)) || forgotten.contains(&day) {
                imported.forgotten += 1;
            } else if self.is_counted(day, zone)? {
                imported.counted += 1;
            } else if known.get(&day) == Some(&rows) {
                imported.known += 1;
            } else {
                imported.new.push((day, rows.iter().map(|row| row.tokens).fold(0, u64::saturating_add)));
            }
        }
        Ok(imported)
    }

    /// Removes all statistics. Returns how many days had any.
    pub fn remove_claude_days(&mut self) -> Result<u64, LedgerError> {
        let transaction = self.write()?;
        let count = "SELECT COUNT(DISTINCT day) FROM claude_days WHERE model <> ''";
        let days: i64 = transaction.query_row(count, (), |row| row.get(0))?;
        transaction.execute("DELETE FROM claude_days WHERE model <> ''", ())?;
        transaction.commit()?;
        Ok(days.cast_unsigned())
    }

    /// All statistics, including those of days that are counted by now.
    pub(super) fn all_claude_days(&self) -> Result<Vec<ClaudeDay>, LedgerError> {
        let mut query = self.connection.prepare_cached(
            "SELECT day, model, tokens, with_cache FROM claude_days WHERE model <> '' ORDER BY day, model",
        )?;
        let mut rows = query.query(())?;
        let mut days = Vec::new();
        while let Some(row) = rows.next()? {
            let columns = &mut Columns::of(row);
            let day = day_in(columns)?;
            let (model, tokens) = (columns.text()?.into(), columns.word()?);
            days.push(ClaudeDay { day, model, tokens, with_cache: columns.flag()? });
        }
        Ok(days)
    }

    fn is_counted(&self, day: Date, zone: &TimeZone) -> Result<bool, LedgerError> {
        let zones = [&TimeZone::UTC, zone];
        let starts_ms = zones.map(|zone| start_ms(day, zone));
        let ends_ms = zones.map(|zone| day.tomorrow().map_or(i64::MAX, |next| start_ms(next, zone)));
        let query = "SELECT EXISTS (SELECT 1 FROM rollups WHERE quarter_ms >= ?1 AND quarter_ms < ?2)";
        let span = (starts_ms[0].min(starts_ms[1]), ends_ms[0].max(ends_ms[1]));
        Ok(self.connection.prepare_cached(query)?.query_row(span, |row| row.get(0))?)
    }
}

/// Rows by day, in the order of models.
fn by_day(rows: &[ClaudeDay]) -> BTreeMap<Date, Vec<&ClaudeDay>> {
    let mut days: BTreeMap<Date, Vec<&ClaudeDay>> = BTreeMap::new();
    for row in rows {
        days.entry(row.day).or_default().push(row);
    }
    days.values_mut().for_each(|rows| rows.sort());
    days
}

fn start_ms(day: Date, zone: &TimeZone) -> i64 {
    Calendar::new(zone.clone(), jiff::civil::Weekday::Monday).first_ms(day)
}
