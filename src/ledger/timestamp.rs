//! Times as text, for exports.
//!
//! Invariant: every time has a text. A transcript may name any millisecond, also one beyond the last day that libraries of
//! calendars know, and it must never look as if the ledger were damaged.

const DAY_MS: i64 = 86_400_000;

/// A time in milliseconds UTC in the form of RFC 3339, such as `2026-03-01T00:00:00.000Z`. Years that do not have four
/// digits have a sign and six or more, as ISO 8601 has it.
pub(super) fn rfc3339(ms: i64) -> String {
    let (year, month, day) = date(ms.div_euclid(DAY_MS));
    let of_day = ms.rem_euclid(DAY_MS);
    let year = if (0..=9999).contains(&year) { format!("{year:04}") } else { format!("{year:+07}") };
    let (hour, minute) = (of_day / 3_600_000, of_day / 60_000 % 60);
    let (second, milli) = (of_day / 1_000 % 60, of_day % 1_000);
    format!("{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milli:03}Z")
}

/// The year, month and day of a day since 1970-01-01, in the Gregorian calendar.
///
/// Years are counted from March on, so that a leap day is the last day of its year, in eras of 400 years, which all have
/// the same length.
fn date(day: i64) -> (i64, i64, i64) {
    const ERA_DAYS: i64 = 146_097;
    // From 0000-03-01 to 1970-01-01.
    let day = day + 719_468;
    let (era, of_era) = (day.div_euclid(ERA_DAYS), day.rem_euclid(ERA_DAYS));
    // Without the leap days, a year of the era has 365 days.
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    // From March on, five months have 153 days.
    let march_based = (5 * of_year + 2) / 153;
    let month = if march_based < 10 { march_based + 3 } else { march_based - 9 };
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    (year, month, of_year - (153 * march_based + 2) / 5 + 1)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use proptest::prelude::*;

    use super::rfc3339;

    #[test]
    fn times_that_no_calendar_knows_have_a_text() {
        assert_eq!(rfc3339(253_402_300_799_999), "9999-12-31T23:59:59.999Z");
        assert_eq!(rfc3339(253_402_300_800_000), "+010000-01-01T00:00:00.000Z");
        assert_eq!(rfc3339(-62_167_219_200_001), "-000001-12-31T23:59:59.999Z");
        for ms in [i64::MIN, i64::MAX] {
            assert!(rfc3339(ms).ends_with('Z'));
        }
    }

    proptest! {
        #[test]
        fn other_times_have_the_text_that_a_calendar_gives(ms in -62_167_219_200_000..253_402_207_200_000i64) {
            let expected = Timestamp::from_millisecond(ms).expect("a time that it knows");
            prop_assert_eq!(rfc3339(ms), format!("{expected:.3}"));
        }
    }
}
