//! Converts JSON decimals to whole numbers of a small unit, exactly or not at all.
//!
//! Invariant: the bounds below keep the arithmetic of `cost` within 128 bits; its proof uses them.

use std::fmt;

use crate::snapshot::Picodollars;

/// Decimals of a price: USD per million tokens, down to a picodollar.
const PRICE_DECIMALS: i64 = 12;

/// Highest price, in picodollars per million tokens: a million USD.
pub(super) const MAX_PRICE: u64 = 1_000_000 * 1_000_000_000_000;

/// Decimals of a multiplier.
const MULTIPLIER_DECIMALS: i64 = 4;

/// A price per million tokens from decimal USD; `None` unless it is from 0 to a million with at most twelve
/// decimals.
pub fn parse_price(number: &str) -> Option<Picodollars> {
    scaled(number, PRICE_DECIMALS).filter(|&price| price <= MAX_PRICE).map(|price| Picodollars(price.into()))
}

/// A factor on prices, from 0 to 100, in whole ten-thousandths.
///
/// A fraction with a fixed denominator: up to four multiply a price, and their common denominator is then
/// a constant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Multiplier(u32);

impl Multiplier {
    /// Leaves prices as they are.
    pub const ONE: Self = Self(Self::UNIT);

    /// Parts of one.
    pub(super) const UNIT: u32 = 10_000;

    /// The largest: a hundred times the price.
    pub(super) const MAX: Self = Self(100 * Self::UNIT);

    /// The factor in ten-thousandths, at most a million.
    pub fn ten_thousandths(self) -> u32 {
        self.0
    }

    /// Parses a decimal; `None` unless it is from 0 to 100 with at most four decimals.
    pub fn parse(number: &str) -> Option<Self> {
        let parts = u32::try_from(scaled(number, MULTIPLIER_DECIMALS)?).ok()?;
        (parts <= Self::MAX.0).then_some(Self(parts))
    }
}

/// As a decimal: `0.5`.
impl fmt::Display for Multiplier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, parts) = (self.0 / Self::UNIT, self.0 % Self::UNIT);
        let parts = format!("{parts:04}");
        match parts.trim_end_matches('0') {
            "" => write!(f, "{whole}"),
            parts => write!(f, "{whole}.{parts}"),
        }
    }
}

/// `number` × 10^`decimals` if that is whole and fits; `number` is a JSON number that is not negative.
fn scaled(number: &str, decimals: i64) -> Option<u64> {
    let (mantissa, exponent) = match number.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i64>().ok()?),
        None => (number, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    if digits.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let significant = digits.trim_end_matches('0');
    if significant.is_empty() {
        return Some(0);
    }
    // Without trailing zeros, a negative shift is a digit below the unit.
    let trailing_zeros = i64::try_from(digits.len() - significant.len()).ok()?;
    let point = trailing_zeros - i64::try_from(fraction.len()).ok()?;
    let shift = exponent.checked_add(point)?.checked_add(decimals)?;
    significant.parse::<u64>().ok()?.checked_mul(10u64.checked_pow(u32::try_from(shift).ok()?)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decimal_is_taken_exactly_or_not_at_all() {
        assert_eq!(scaled("12.5", 12), Some(12_500_000_000_000));
        assert_eq!(scaled("10", 12), Some(10_000_000_000_000));
        assert_eq!(scaled("0.000000000001", 12), Some(1));
        assert_eq!(scaled("0.0000000000010000000000000000000000000000000000000000", 12), Some(1));
        assert_eq!(scaled("0.003625", 12), Some(3_625_000_000));
        assert_eq!(scaled("25e-1", 12), Some(2_500_000_000_000));
        assert_eq!(scaled("1.5E+2", 4), Some(1_500_000));
        assert_eq!(scaled("0.0", 12), Some(0));
        assert_eq!(scaled("0.0000000000001", 12), None, "a digit below a picodollar");
        assert_eq!(scaled("0.0000000000015", 12), None, "never rounded");
        for bad in ["", "-1", "-0", "1e", "e5", "true", "\"1\"", "1e99", "1e99999999999999999999", "99999999"]
        {
            assert_eq!(scaled(bad, 12), None, "{bad}");
        }
    }

    #[test]
    fn a_multiplier_has_at_most_four_decimals_and_is_at_most_a_hundred() {
        assert_eq!(Multiplier::parse("1"), Some(Multiplier::ONE));
        assert_eq!(Multiplier::parse("1.1").map(Multiplier::ten_thousandths), Some(11_000));
        assert_eq!(Multiplier::parse("0.0001").map(Multiplier::ten_thousandths), Some(1));
        assert_eq!(Multiplier::parse("100"), Some(Multiplier::MAX));
        assert_eq!(Multiplier::parse("100.0001"), None);
        assert_eq!(Multiplier::parse("0.00001"), None);
    }
}
