//! Errors in price tables, and what to correct.

use std::error::Error;
use std::fmt;

/// What to correct in a price table. Places are written as paths: `models."claude-x".history[0].input`.
#[derive(Debug)]
#[non_exhaustive]
pub enum PriceError {
    /// Not JSON, or a field that is missing, unknown or of another kind; the cause names line and column.
    Json(serde_json::Error),
    /// Prices in another unit than USD per million tokens.
    Unit {
        /// The unit the table gives.
        found: String,
    },
    /// Not a price that can be computed with exactly.
    Price {
        /// Where it is.
        at: String,
        /// The text found there.
        found: String,
    },
    /// Not a multiplier that can be computed with exactly.
    Multiplier {
        /// Where it is.
        at: String,
        /// The text found there.
        found: String,
    },
    /// Not a date.
    Date {
        /// Where it is.
        at: String,
        /// The text found there.
        found: String,
    },
    /// Two former prices of one model end on the same date.
    SameDate {
        /// The model's id.
        model: String,
        /// The date.
        until: String,
    },
    /// A name is the id or an alias of two models, or twice that of one.
    SameName {
        /// The name.
        name: String,
        /// The first model with that name.
        first: String,
        /// The second.
        second: String,
    },
}

impl fmt::Display for PriceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Json(_) => f.write_str("the price table is not valid JSON of the expected form"),
            Self::Unit { found } => {
                write!(f, "prices are given in {found:?}: convert them to \"USD per 1,000,000 tokens\"")
            }
            Self::Price { at, found } => write!(
                f,
                "{at} is {found}: a price is a plain number of USD from 0 to 1000000 with at most 12 decimals"
            ),
            Self::Multiplier { at, found } => write!(
                f,
                "{at} is {found}: a multiplier is a plain number from 0 to 100 with at most 4 decimals"
            ),
            Self::Date { at, found } => write!(f, "{at} is {found:?}: write the date as YYYY-MM-DD"),
            Self::SameDate { model, until } => {
                write!(f, "{model} has two former prices until {until}: keep one of them")
            }
            Self::SameName { name, first, second } if first == second => {
                write!(f, "{first} has the name {name} twice: remove one")
            }
            Self::SameName { name, first, second } => {
                write!(f, "both {first} and {second} have the name {name}: remove it from one of them")
            }
        }
    }
}

impl Error for PriceError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Json(cause) => Some(cause),
            _ => None,
        }
    }
}
