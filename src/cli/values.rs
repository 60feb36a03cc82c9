//! Parsers of options' values that several commands have.
//!
//! Invariant: whatever is refused, the error says what is expected, with an example, and never how parsing failed.

use std::ops::RangeInclusive;

use jiff::civil::Date;

/// A day as `20261124` or `2026-11-24`.
pub(super) fn date(text: &str) -> Result<Date, String> {
    let is_bare = text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_dashed = text.len() == 10 && text.bytes().filter(|byte| *byte == b'-').count() == 2;
    let date = if is_bare || is_dashed { text.parse().ok() } else { None };
    date.ok_or_else(|| "use a date such as 2026-11-24 or 20261124".into())
}

/// Whole numbers in a range.
pub(super) fn whole<T>(
    range: RangeInclusive<u64>,
) -> impl Fn(&str) -> Result<T, String> + Clone + Send + Sync + 'static
where
    T: TryFrom<u64>,
{
    move |text| {
        let number = text.trim().parse().ok().filter(|number| range.contains(number));
        number.and_then(|number| T::try_from(number).ok()).ok_or_else(|| {
            let (least, most) = (range.start(), range.end());
            format!("use a whole number from {least} to {most}")
        })
    }
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
    fn a_number_that_is_refused_is_answered_with_the_numbers_that_are_not() {
        let days = whole::<u32>(1..=365);
        assert_eq!(days("30"), Ok(30));
        for bad in ["", "x", "0", "-1", "366", "1.5", "99999999999999999999"] {
            assert_eq!(days(bad).unwrap_err(), "use a whole number from 1 to 365", "{bad}");
        }
    }
}
