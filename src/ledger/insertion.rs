//! Inserts many rows into one table with one prepared statement.
//!
//! Invariant: parameters keep the last row's values, so only those that differ are bound again.

use rusqlite::{Connection, Statement, ToSql};

use super::LedgerError;

/// Inserts rows with `N` columns that are numbers, the first of which is parameter `first` of the statement.
pub(super) struct Insertion<'c, const N: usize> {
    statement: Statement<'c>,
    first: usize,
    bound: Option<[i64; N]>,
}

impl<'c, const N: usize> Insertion<'c, N> {
    pub(super) fn new(connection: &'c Connection, insert: &str, first: usize) -> Result<Self, LedgerError> {
        Ok(Self { statement: connection.prepare(insert)?, first, bound: None })
    }

    /// Binds a parameter that is not one of the numbers. It stays bound.
    pub(super) fn bind(&mut self, parameter: usize, value: impl ToSql) -> Result<(), LedgerError> {
        Ok(self.statement.raw_bind_parameter(parameter, value)?)
    }

    /// Inserts a row of these numbers and whatever else is bound.
    pub(super) fn insert(&mut self, numbers: &[i64; N]) -> Result<(), LedgerError> {
        for (at, number) in numbers.iter().enumerate() {
            if self.bound.as_ref().is_none_or(|bound| bound[at] != *number) {
                self.statement.raw_bind_parameter(self.first + at, number)?;
            }
        }
        self.bound = Some(*numbers);
        self.statement.raw_execute()?;
        Ok(())
    }
}
