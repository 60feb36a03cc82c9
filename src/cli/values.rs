//! Parsers of options' values that several commands have.
//!
//! Invariant: whatever is refused, the error says what is expected, with an example, and never how parsing failed.

use std::ops::RangeInclusive;

pub(super) use crate::report::usage::date;

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
    fn a_number_that_is_refused_is_answered_with_the_numbers_that_are_not() {
        let days = whole::<u32>(1..=365);
        assert_eq!(days("30"), Ok(30));
        for bad in ["", "x", "0", "-1", "366", "1.5", "99999999999999999999"] {
            assert_eq!(days(bad).unwrap_err(), "use a whole number from 1 to 365", "{bad}");
        }
    }
}
