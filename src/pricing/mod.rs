//! What a request would cost at API prices: the price table and exact arithmetic over it.
//!
//! Invariant: money never passes through floating point. Prices are read as exact decimals, and a request's cost is
//! computed exactly and rounded once, so sums are the same in any order. A model without a price costs nothing and its
//! tokens are reported as unpriced; no model is ever priced as another. Pure: no clock, no files, no environment; the
//! caller provides the text of a user's prices.

mod cost;
mod decimal;
mod error;
#[cfg(feature = "publisher")]
mod fingerprint;
mod model_id;
mod parse;
mod price_file;
mod revise;
mod table;

pub use cost::CostMode;
pub use decimal::{Multiplier, parse_price};
pub use error::PriceError;
pub use parse::end_of_day_ms;
pub use revise::{PriceChanges, Revision, RevisionError, Revisions};
pub use table::{FormerPrices, LongContext, ModelPrices, PriceTable, Prices, Rates, Tariff};
