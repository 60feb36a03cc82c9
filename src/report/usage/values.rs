//! Values of options and parameters of reports: days, lengths of blocks, limits.
//!
//! Invariant: whatever is refused, the error says what is expected, with an example.

use jiff::civil::Date;

use super::block_report::TokenLimit;

/// A day as `20261124` or `2026-11-24`.
pub fn date(text: &str) -> Result<Date, String> {
    let is_bare = text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_dashed = text.len() == 10 && text.bytes().filter(|byte| *byte == b'-').count() == 2;
    let date = if is_bare || is_dashed { text.parse().ok() } else { None };
    date.ok_or_else(|| "use a date such as 2026-11-24 or 20261124".into())
}

impl std::str::FromStr for TokenLimit {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "max" {
            return Ok(Self::Most);
        }
        let digits: String = text.chars().filter(|c| !matches!(c, ',' | '_')).collect();
        match digits.parse() {
            Ok(tokens) if tokens > 0 => Ok(Self::Tokens(tokens)),
            _ => Err("use a number of tokens, such as 500000, or max".into()),
        }
    }
}

/// Hours as milliseconds, if blocks can be that long.
pub fn length_ms(text: &str) -> Result<i64, String> {
    const QUARTERS_MAX: f64 = 4.0 * 24.0 * 365.0;
    const HOUR: f64 = 4.0;
    let refused = || "use at least 1 hour, in quarter hours, such as 5 or 2.5".to_owned();
    let quarters = text.parse::<f64>().map_err(|_| refused())? * 4.0;
    if !(HOUR..=QUARTERS_MAX).contains(&quarters) || quarters.fract() != 0.0 {
        return Err(refused());
    }
    #[allow(clippy::cast_possible_truncation)] // a whole number, and small
    let quarters = quarters as i64;
    Ok(quarters * crate::period::QUARTER_MS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_written_in_two_ways_and_no_other() {
        let day = jiff::civil::date(2026, 11, 4);
        assert_eq!((date("2026-11-04"), date("20261104")), (Ok(day), Ok(day)));
        for bad in ["2026-11-4", "20261399", "4.11.2026", "2026-11-04T10:00", "yesterday", ""] {
            assert!(date(bad).unwrap_err().contains("2026-11-24 or 20261124"), "{bad}");
        }
    }

    #[test]
    fn blocks_are_whole_quarters_of_an_hour() {
        assert_eq!(length_ms("5"), Ok(crate::period::BLOCK_MS));
        assert_eq!(length_ms("2.5"), Ok(9_000_000));
        for bad in ["0", "-1", "0.75", "5.1", "5h", "NaN", "inf", "1e9", ""] {
            assert!(length_ms(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_limit_is_a_number_or_the_most_so_far() {
        assert_eq!("500,000".parse(), Ok(TokenLimit::Tokens(500_000)));
        assert_eq!("max".parse(), Ok(TokenLimit::Most));
        assert!("0".parse::<TokenLimit>().is_err() && "many".parse::<TokenLimit>().is_err());
    }
}
