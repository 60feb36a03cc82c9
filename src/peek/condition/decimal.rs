//! Decimal numbers of any length, compared exactly. Used by `condition` and `guard`.
//!
//! Invariant: no digit is lost or rounded in a comparison: neither money nor a counter becomes a floating-point number.

use std::cmp::Ordering;

use crate::snapshot::Picodollars;

/// The largest exponent that is read, either way: beyond that of any number in a document.
const EXPONENT_MAX: i32 = 400;
/// The most digits that are read.
const DIGITS_MAX: usize = 400;

/// A number: `0.digits` times ten to the power of `magnitude`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::peek) struct Decimal {
    is_negative: bool,
    /// Without zeros at either end, so empty for zero.
    digits: Vec<u8>,
    magnitude: i32,
}

impl Decimal {
    /// Reads a number as JSON writes it; `None` for anything else, and for one that is longer than any in a document.
    pub(in crate::peek) fn of(text: &str) -> Option<Self> {
        let (is_negative, rest) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (mantissa, exponent) = match rest.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse().ok()?),
            None => (rest, 0),
        };
        let (whole, fraction) = match mantissa.split_once('.') {
            Some((_, "")) => return None,
            Some(parts) => parts,
            None => (mantissa, ""),
        };
        let is_number =
            !whole.is_empty() && whole.bytes().chain(fraction.bytes()).all(|b| b.is_ascii_digit());
        if !is_number || mantissa.len() > DIGITS_MAX || !(-EXPONENT_MAX..=EXPONENT_MAX).contains(&exponent) {
            return None;
        }
        let digits: Vec<u8> = whole.bytes().chain(fraction.bytes()).collect();
        let leading = digits.iter().take_while(|digit| **digit == b'0').count();
        let end = digits.iter().rposition(|digit| *digit != b'0').map_or(leading, |last| last + 1);
        let magnitude = i32::try_from(whole.len()).ok()? - i32::try_from(leading).ok()? + exponent;
        if leading >= end {
            return Some(Self { is_negative: false, digits: Vec::new(), magnitude: 0 });
        }
        Some(Self { is_negative, digits: digits[leading..end].to_vec(), magnitude })
    }

    /// As an amount in USD, rounded up; `None` for one below zero, or above any amount of money.
    pub(in crate::peek) fn picodollars(&self) -> Option<Picodollars> {
        const DECIMALS: i32 = 12;
        // A million times a million dollars.
        const MAGNITUDE_MAX: i32 = 12;
        if self.is_negative || self.magnitude > MAGNITUDE_MAX {
            return None;
        }
        let whole = usize::try_from(self.magnitude + DECIMALS).unwrap_or(0);
        let digit = |at: usize| u128::from(self.digits.get(at).map_or(0, |digit| digit - b'0'));
        let amount = (0..whole).fold(0, |sum, at| sum * 10 + digit(at));
        Some(Picodollars(amount + u128::from(self.digits.len() > whole)))
    }

    fn is_zero(&self) -> bool {
        self.digits.is_empty()
    }

    /// The order of two numbers above zero, or of zero and another.
    fn order_of_size(&self, other: &Self) -> Ordering {
        match (self.is_zero(), other.is_zero()) {
            (true, true) => Ordering::Equal,
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
            (false, false) => {
                self.magnitude.cmp(&other.magnitude).then_with(|| self.digits.cmp(&other.digits))
            }
        }
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.is_negative, other.is_negative) {
            (false, false) => self.order_of_size(other),
            (true, true) => other.order_of_size(self),
            (false, true) => Ordering::Greater,
            (true, false) => Ordering::Less,
        }
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_ordered_by_every_digit() {
        let ascending = [
            "-1e300",
            "-20.5",
            "-20.000000000001",
            "-20",
            "-0.1",
            "0",
            "0.000000000001",
            "1e-7",
            "0.05",
            "0.5",
            "1",
            "19.999999999999",
            "20",
            "20.0000000000000000000000000001",
            "20.1",
            "100",
            "340282366920938463463374607431768211455",
            "340282366920938463463374607431768211456",
            "1e300",
        ];
        let number = |text: &str| Decimal::of(text).unwrap();
        for (at, one) in ascending.iter().enumerate() {
            for (other_at, other) in ascending.iter().enumerate() {
                assert_eq!(number(one).cmp(&number(other)), at.cmp(&other_at), "{one} {other}");
            }
        }
    }

    #[test]
    fn one_number_is_equal_however_it_is_written() {
        for (one, other) in
            [("20", "20.000"), ("0", "-0.0"), ("1.5e1", "15"), ("0.00012", "1.2E-4"), ("007", "7")]
        {
            assert_eq!(Decimal::of(one).unwrap().cmp(&Decimal::of(other).unwrap()), Ordering::Equal, "{one}");
            assert_eq!(Decimal::of(one), Decimal::of(other));
        }
    }

    #[test]
    fn an_amount_is_rounded_up_to_a_whole_picodollar() {
        let amount = |text: &str| Decimal::of(text).unwrap().picodollars().map(|amount| amount.0);
        assert_eq!(amount("0"), Some(0));
        assert_eq!(amount("20"), Some(20_000_000_000_000));
        assert_eq!(amount("0.000000000001"), Some(1));
        assert_eq!(amount("1.0000000000001"), Some(1_000_000_000_001));
        assert_eq!(amount("1e-300"), Some(1));
        assert_eq!(amount("999999999999.5"), Some(999_999_999_999_500_000_000_000));
        assert_eq!([amount("-1"), amount("1e300")], [None, None]);
    }

    #[test]
    fn what_is_no_number_is_not_read() {
        let long = "9".repeat(DIGITS_MAX + 1);
        for text in
            ["", "-", ".5", "5.", "1.2.3", "1e", "1e999999999999", "1e401", "0x1", "٣", "+1", "1_000", &long]
        {
            assert_eq!(Decimal::of(text), None, "{text}");
        }
    }
}
