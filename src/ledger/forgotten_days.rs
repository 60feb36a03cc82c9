//! Forgetting Claude Code's own statistics, by day.
//!
//! Invariant: statistics say nothing of projects. So a day on which a forgotten project was counted loses them, and gets no
//! others: a row with an empty model keeps its place. Used by `forget` and `claude_days`.

use std::collections::BTreeSet;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use rusqlite::Connection;

use super::LedgerError;
use super::columns::Columns;
use crate::period::date_time;

/// Removes the statistics of all days that begin before a time. Returns how many days had any.
pub(super) fn forget_before(connection: &Connection, before_ms: i64) -> Result<u64, LedgerError> {
    const BEFORE: &str = "FROM claude_days WHERE unixepoch(day) * 1000 < ?1";
    let count = format!("SELECT COUNT(DISTINCT day) {BEFORE} AND model <> ''");
    let days: i64 = connection.query_row(&count, [before_ms], |row| row.get(0))?;
    connection.execute(&format!("DELETE {BEFORE}"), [before_ms])?;
    Ok(days.cast_unsigned())
}

/// Removes the statistics of these days for good: no import brings them back. Returns how many days had any.
pub(super) fn forget_days(connection: &Connection, days: &BTreeSet<Date>) -> Result<u64, LedgerError> {
    let mut removed = 0;
    for day in days.iter().map(Date::to_string) {
        let rows = connection
            .prepare_cached("DELETE FROM claude_days WHERE day = ?1 AND model <> ''")?
            .execute([&day])?;
        removed += u64::from(rows > 0);
        let mark = "INSERT OR IGNORE INTO claude_days (day, model, tokens, with_cache) VALUES (?1, '', 0, 0)";
        connection.prepare_cached(mark)?.execute([&day])?;
    }
    Ok(removed)
}

/// Days of which [`forget_days`] removed the statistics.
pub(super) fn forgotten_days(connection: &Connection) -> Result<BTreeSet<Date>, LedgerError> {
    let mut query = connection.prepare_cached("SELECT day FROM claude_days WHERE model = ''")?;
    let mut rows = query.query(())?;
    let mut days = BTreeSet::new();
    while let Some(row) = rows.next()? {
        days.insert(day_in(&mut Columns::of(row))?);
    }
    Ok(days)
}

/// The day in the next column.
pub(super) fn day_in(columns: &mut Columns<'_, '_>) -> Result<Date, LedgerError> {
    columns.text()?.parse().map_err(|error| LedgerError::Corrupt(Box::new(error)))
}

/// The day, in UTC, that this time is on.
pub(super) fn day_of(at_ms: i64) -> Date {
    date_time(at_ms, &TimeZone::UTC).date()
}
