//! Money as integers: picodollars (10⁻¹² USD) in 128 bits.
//!
//! Invariant: no figure passes through floating point. A price per million tokens with up to six decimals is
//! a whole number of picodollars a token, so that sums are exact in any order. [`Picodollars`] prints and
//! parses as decimal USD; only the edges (terminal, JSON) use that form.

use std::fmt;
use std::str::FromStr;

use super::Code;

/// An amount of money in picodollars, 10⁻¹² USD; never negative.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Picodollars(pub u128);

const PER_USD: u128 = Picodollars::PER_USD;

impl Picodollars {
    /// No money.
    pub const ZERO: Self = Self(0);

    /// Picodollars in one US dollar.
    pub const PER_USD: u128 = 1_000_000_000_000;

    /// The amount rounded half up to whole cents, as shown where space is short.
    pub fn cents(self) -> u128 {
        self.0.saturating_add(PER_USD / 200) / (PER_USD / 100)
    }

    /// Its two words in a file, the low one first.
    #[allow(clippy::cast_possible_truncation)] // the two halves of the amount
    pub(crate) fn encode(self, words: &mut [u64]) {
        words[0] = self.0 as u64;
        words[1] = (self.0 >> 64) as u64;
    }

    pub(crate) fn decode(words: &[u64]) -> Self {
        Self::of_words(words[0], words[1])
    }

    #[inline]
    pub(crate) fn of_words(low: u64, high: u64) -> Self {
        Self(u128::from(high) << 64 | u128::from(low))
    }
}

impl std::ops::Add for Picodollars {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.wrapping_add(other.0))
    }
}

impl std::ops::Sub for Picodollars {
    type Output = Self;

    /// The exact inverse of addition, also of one that wrapped.
    fn sub(self, other: Self) -> Self {
        Self(self.0.wrapping_sub(other.0))
    }
}

/// Decimal USD without an exponent and without trailing zeros: `114.34097437`, `0`, `0.0000001`.
///
/// With a precision (`{:.2}`) it is rounded half up to that many decimals (at most 12) and padded.
impl fmt::Display for Picodollars {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(decimals) = f.precision() {
            let decimals = decimals.min(12);
            let unit = 10u128.pow(12 - u32::try_from(decimals).unwrap_or(12));
            let scaled = self.0.saturating_add(unit / 2) / unit;
            let per_usd = PER_USD / unit;
            let text = if decimals == 0 {
                format!("{scaled}")
            } else {
                format!("{}.{:0decimals$}", scaled / per_usd, scaled % per_usd)
            };
            return f.pad_integral(true, "", &text);
        }
        let whole = self.0 / PER_USD;
        let fraction = format!("{:012}", self.0 % PER_USD);
        let fraction = fraction.trim_end_matches('0');
        let text = if fraction.is_empty() { format!("{whole}") } else { format!("{whole}.{fraction}") };
        f.pad_integral(true, "", &text)
    }
}

/// Why a text is no amount of money.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParseMoneyError;

impl ParseMoneyError {
    /// Its number in the one list.
    pub const fn code(&self) -> Code {
        Code::NotMoney
    }
}

impl fmt::Display for ParseMoneyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not an amount in USD: expected a decimal from 0 to 10^12, such as 0.25 or 1.5e-6")
    }
}

impl std::error::Error for ParseMoneyError {}

/// Parses decimal USD as JSON writes numbers, exponent included, rounding half-even to a whole picodollar.
///
/// Amounts of 10¹² USD and more, negative ones and anything else are errors.
impl FromStr for Picodollars {
    type Err = ParseMoneyError;

    fn from_str(text: &str) -> Result<Self, ParseMoneyError> {
        let (mantissa, exponent) = match text.find(['e', 'E']) {
            Some(at) => (&text[..at], parse_exponent(&text[at + 1..])?),
            None => (text, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        if whole.is_empty() || (mantissa.contains('.') && fraction.is_empty()) {
            return Err(ParseMoneyError);
        }
        let digits = || whole.bytes().chain(fraction.bytes());
        if !digits().all(|b| b.is_ascii_digit()) {
            return Err(ParseMoneyError);
        }
        // `kept` digits of the mantissa are at or above one picodollar; the rest decides the rounding.
        let kept = i64::try_from(whole.len()).map_err(|_| ParseMoneyError)? + exponent + 12;
        let mut amount: u128 = 0;
        let mut rest = std::cmp::Ordering::Less;
        let mut rest_is_zero = true;
        let mut position = 0i64;
        for digit in digits().map(|b| u128::from(b - b'0')) {
            if position < kept {
                amount = amount.checked_mul(10).and_then(|a| a.checked_add(digit)).ok_or(ParseMoneyError)?;
            } else if position == kept {
                rest = digit.cmp(&5);
                rest_is_zero = digit == 0;
            } else if digit != 0 {
                rest_is_zero = false;
                if rest == std::cmp::Ordering::Equal {
                    rest = std::cmp::Ordering::Greater;
                }
            }
            position += 1;
        }
        if amount != 0 {
            for _ in position..kept {
                amount = amount.checked_mul(10).ok_or(ParseMoneyError)?;
            }
        }
        let up = match rest {
            std::cmp::Ordering::Less => false,
            std::cmp::Ordering::Equal => amount % 2 == 1,
            std::cmp::Ordering::Greater => !rest_is_zero,
        };
        amount += u128::from(up);
        if amount >= PER_USD * PER_USD { Err(ParseMoneyError) } else { Ok(Self(amount)) }
    }
}

/// The exponent of a decimal, clamped to what still makes a difference.
fn parse_exponent(text: &str) -> Result<i64, ParseMoneyError> {
    let (negative, digits) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(ParseMoneyError);
    }
    let value = digits.bytes().fold(0i64, |sum, b| (sum * 10 + i64::from(b - b'0')).min(1 << 40));
    Ok(if negative { -value } else { value })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_the_shortest_exact_decimal() {
        assert_eq!(Picodollars(114_340_974_370_000).to_string(), "114.34097437");
        assert_eq!(Picodollars::ZERO.to_string(), "0");
        assert_eq!(Picodollars(1).to_string(), "0.000000000001");
        assert_eq!(format!("{:.2}", Picodollars(1_005_000_000_000)), "1.01");
        assert_eq!(format!("{:>8.2}", Picodollars(PER_USD)), "    1.00");
        assert_eq!(format!("{:.0}", Picodollars(PER_USD / 2)), "1");
    }

    #[test]
    fn rounds_to_cents_whatever_a_snapshot_holds() {
        assert_eq!(Picodollars(1_005_000_000_000).cents(), 101);
        assert_eq!(Picodollars(1_004_999_999_999).cents(), 100);
        assert_eq!(Picodollars(u128::MAX).cents(), u128::MAX / (PER_USD / 100));
    }

    #[test]
    fn parses_json_numbers_exactly() {
        let parse = |text: &str| text.parse::<Picodollars>().map(|money| money.0);
        assert_eq!(parse("0.123456789"), Ok(123_456_789_000));
        assert_eq!(parse("1.5e-6"), Ok(1_500_000));
        assert_eq!(parse("25E+1"), Ok(250 * PER_USD));
        assert_eq!(parse("0e999999999999999999"), Ok(0));
        assert_eq!(parse("1e-999999999999999999"), Ok(0));
        assert_eq!(parse("0.0000000000005"), Ok(0), "half rounds to even");
        assert_eq!(parse("0.0000000000015"), Ok(2), "half rounds to even");
        assert_eq!(parse("0.00000000000050001"), Ok(1));
        for bad in ["", "-1", "1.", ".5", "1e", "1e+", "abc", "1e12", "999999999999999999999999999999", "1 "]
        {
            assert_eq!(parse(bad), Err(ParseMoneyError), "{bad:?}");
        }
    }
}
