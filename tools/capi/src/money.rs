//! Amounts as numbers and as text.

#![allow(unsafe_code)] // pointers go to `pointers`

use std::ffi::{c_char, c_int};

use cco::snapshot::Picodollars;

use crate::outcome::{self, Failure};
use crate::pointers::give_text;
use crate::values::Cost;

/// Decimals of a picodollar.
const DECIMALS_MAX: usize = 12;

/// US dollars as the nearest double.
#[unsafe(no_mangle)]
pub extern "C" fn cco_cost_usd(cost: Cost) -> f64 {
    #[allow(clippy::cast_precision_loss)] // what the function is for
    let picodollars = Picodollars::from(cost).0 as f64;
    picodollars / 1e12
}

/// US dollars as decimal text.
///
/// # Safety
/// `text` is NULL or points at `size` bytes that may be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cco_cost_text(cost: Cost, decimals: c_int, text: *mut c_char, size: usize) -> c_int {
    outcome::of(|| {
        let cost = Picodollars::from(cost);
        let words = match usize::try_from(decimals) {
            Ok(decimals) if decimals <= DECIMALS_MAX => format!("{cost:.decimals$}"),
            Err(_) if decimals == -1 => cost.to_string(),
            _ => return Err(Failure::usage(format!("{decimals} decimals: pass -1, or 0 to {DECIMALS_MAX}"))),
        };
        // SAFETY: what `cco.h` asks of the caller.
        unsafe { give_text(words.as_bytes(), text, size, "amount") }
    })
}
