//! Amounts as numbers and as text.

#![allow(unsafe_code)] // pointers go to `pointers`

use std::ffi::{c_char, c_int};

use cco::snapshot::Picodollars;

use crate::outcome::{self, Failure};
use crate::pointers::give_text;
use crate::values::Cost;

/// Decimals of a picodollar.
const DECIMALS_MAX: usize = 12;

/// Picodollars of a dollar.
const PER_USD: u128 = Picodollars::PER_USD;

/// US dollars as the nearest double.
#[unsafe(no_mangle)]
pub extern "C" fn cco_cost_usd(cost: Cost) -> f64 {
    nearest(Picodollars::from(cost).0)
}

/// Dollars, rounded once, halves to even: an amount as a double and then divided would be rounded twice.
fn nearest(amount: u128) -> f64 {
    if amount == 0 {
        return 0.0;
    }
    // As many digits as there is room for: at least 88, where a double holds 53.
    let shift = amount.leading_zeros();
    let scaled = amount << shift;
    // What is cut off counts as a digit behind all others, so that nothing looks like a half that is more.
    let digits = (scaled / PER_USD) | u128::from(!scaled.is_multiple_of(PER_USD));
    #[allow(clippy::cast_precision_loss)] // here it is rounded
    let rounded = digits as f64;
    rounded * f64::from_bits(u64::from(1023 - shift) << 52) // 2 to the power of -shift: exact
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dollars_are_the_double_that_their_text_is() {
        let mut amounts = vec![0, 1, PER_USD, u128::MAX, (1 << 53) - 1, (1 << 53) + 1];
        let mut state = 0x9e37_79b9_7f4a_7c15_u128;
        for bits in (1..=128).cycle().take(20_000) {
            state = state.wrapping_mul(0x2360_ed05_1fc6_5da4_4385_df64_9fcc_f645).wrapping_add(1);
            amounts.push(state >> (128 - bits));
        }
        let mut are_mended = 0;
        for amount in amounts {
            let text: f64 = Picodollars(amount).to_string().parse().unwrap();
            assert!(nearest(amount).to_bits() == text.to_bits(), "{amount}: {} and {text}", nearest(amount));
            #[allow(clippy::cast_precision_loss)]
            let twice = amount as f64 / 1e12;
            are_mended += u32::from(twice.to_bits() != text.to_bits());
        }
        assert!(are_mended > 100, "{are_mended} would be wrong if they were rounded twice");
    }
}
