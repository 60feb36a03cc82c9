//! How counters and money are stored in columns.
//!
//! Invariant: SQLite's integers are signed 64-bit. A counter is stored with the same bits, so sums and differences stay
//! exact inverses. Money is stored as whole dollars and the remaining picodollars.

use rusqlite::Row;
use rusqlite::types::ValueRef;

use super::LedgerError;
use crate::snapshot::Picodollars;

const PER_USD: u128 = Picodollars::PER_USD;

/// A counter as a column.
pub(super) fn word(value: u64) -> i64 {
    value.cast_signed()
}

/// An amount as its two columns, dollars and picodollars.
pub(super) fn money(amount: Picodollars) -> (i64, i64) {
    let column = |value: u128| u64::try_from(value).unwrap_or(u64::MAX).cast_signed();
    (column(amount.0 / PER_USD), column(amount.0 % PER_USD))
}

/// The amount in two columns.
pub(super) fn amount(usd: i64, pico: i64) -> Picodollars {
    Picodollars(u128::from(usd.cast_unsigned()) * PER_USD + u128::from(pico.cast_unsigned()))
}

/// Reads a row's columns from left to right.
pub(super) struct Columns<'r, 's> {
    row: &'r Row<'s>,
    next: usize,
}

impl<'r, 's> Columns<'r, 's> {
    pub(super) fn of(row: &'r Row<'s>) -> Self {
        Self { row, next: 0 }
    }

    pub(super) fn value(&mut self) -> Result<ValueRef<'r>, LedgerError> {
        let value = self.row.get_ref(self.next)?;
        self.next += 1;
        Ok(value)
    }

    #[inline]
    pub(super) fn integer(&mut self) -> Result<i64, LedgerError> {
        match self.row.get_ref(self.next) {
            Ok(ValueRef::Integer(value)) => {
                self.next += 1;
                Ok(value)
            }
            Ok(_) => Err(no_number()),
            Err(error) => Err(error.into()),
        }
    }

    #[inline]
    pub(super) fn word(&mut self) -> Result<u64, LedgerError> {
        self.integer().map(i64::cast_unsigned)
    }

    pub(super) fn flag(&mut self) -> Result<bool, LedgerError> {
        self.integer().map(|value| value != 0)
    }

    pub(super) fn money(&mut self) -> Result<Picodollars, LedgerError> {
        Ok(amount(self.integer()?, self.integer()?))
    }

    pub(super) fn optional_money(&mut self) -> Result<Option<Picodollars>, LedgerError> {
        match (self.value()?, self.value()?) {
            (ValueRef::Integer(usd), ValueRef::Integer(pico)) => Ok(Some(amount(usd, pico))),
            (ValueRef::Null, ValueRef::Null) => Ok(None),
            _ => Err(LedgerError::Corrupt("expected an amount of money and found something else".into())),
        }
    }

    pub(super) fn text(&mut self) -> Result<&'r str, LedgerError> {
        self.optional_text()?.ok_or_else(|| LedgerError::Corrupt("expected text and found nothing".into()))
    }

    pub(super) fn optional_text(&mut self) -> Result<Option<&'r str>, LedgerError> {
        match self.value()? {
            ValueRef::Null => Ok(None),
            value => value.as_str().map(Some).map_err(|cause| LedgerError::Corrupt(Box::new(cause))),
        }
    }

    pub(super) fn optional_bytes(&mut self) -> Result<Option<&'r [u8]>, LedgerError> {
        match self.value()? {
            ValueRef::Null => Ok(None),
            value => value.as_blob().map(Some).map_err(|cause| LedgerError::Corrupt(Box::new(cause))),
        }
    }
}

/// Out of line, because reports read millions of numbers.
#[cold]
fn no_number() -> LedgerError {
    LedgerError::Corrupt("expected a number and found something else".into())
}
