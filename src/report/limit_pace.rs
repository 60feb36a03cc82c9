//! When a limit of the account is used up, if it is used on at the pace of its window so far.
//!
//! Invariant: the pace is the used part divided by the time from the window's start to the report of it. There is none until
//! a twelfth of the window has passed: one prompt in its first minutes says nothing about hours. Pure; used by `cco` alone,
//! `cco limits`, the monitor, alerts and the JSON of limits, from which the dashboard has it. Status lines show no pace.

use crate::snapshot::{LimitKind, LimitRow};

const HOUR_MS: i64 = 3_600_000;
const MILLION: u64 = 1_000_000;
/// The part of a window that must pass before its pace is shown.
const TELLING_PART: i64 = 12;

/// When a limit is used up at its pace, ms UTC; `None` if it is reset before, or if that is not known.
pub fn used_up_at(limit: &LimitRow) -> Option<i64> {
    let window_ms = window_ms(limit.kind)?;
    let passed_ms = limit.seen_at.checked_sub(limit.resets_at.checked_sub(window_ms)?)?;
    let used = limit.used_millionths;
    if limit.resets_at == 0 || passed_ms < window_ms / TELLING_PART || used == 0 || used >= MILLION {
        return None;
    }
    let more_ms = i128::from(passed_ms) * i128::from(MILLION - used) / i128::from(used);
    let at = limit.seen_at.checked_add(i64::try_from(more_ms).ok()?)?;
    (at < limit.resets_at).then_some(at)
}

/// The part that is used by the reset at that pace, in millionths; `None` if the pace is not known.
pub fn used_by_reset(limit: &LimitRow) -> Option<u64> {
    let window_ms = window_ms(limit.kind)?;
    let passed_ms = limit.seen_at.checked_sub(limit.resets_at.checked_sub(window_ms)?)?;
    if limit.resets_at == 0 || !(window_ms / TELLING_PART..=window_ms).contains(&passed_ms) {
        return None;
    }
    let used = u128::from(limit.used_millionths) * u128::from(window_ms.unsigned_abs());
    u64::try_from(used / u128::from(passed_ms.unsigned_abs())).ok()
}

/// Whether a reading at `now` (ms UTC) is so old that much may have been used since: a twelfth of its window, or a day.
pub fn is_stale(limit: &LimitRow, now: i64) -> bool {
    let fresh_ms = window_ms(limit.kind).map_or(24 * HOUR_MS, |window_ms| window_ms / TELLING_PART);
    now.saturating_sub(limit.seen_at) > fresh_ms
}

/// How long a window of this kind is; `None` if nobody knows.
pub fn window_ms(kind: LimitKind) -> Option<i64> {
    match kind {
        LimitKind::FiveHour => Some(5 * HOUR_MS),
        LimitKind::SevenDay | LimitKind::SevenDayModel => Some(7 * 24 * HOUR_MS),
        LimitKind::Spend | LimitKind::Other => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_used_up_at_the_pace_of_its_window_if_that_is_before_its_reset() {
        // Its window began at 0.
        let at = |kind, window_hours: i64, used_millionths, seen_at| {
            let resets_at = window_hours * HOUR_MS;
            used_up_at(&LimitRow { kind, used_millionths, resets_at, seen_at, ..LimitRow::default() })
        };
        let five_hour = |used, seen_at| at(LimitKind::FiveHour, 5, used, seen_at);
        assert_eq!(five_hour(500_000, HOUR_MS), Some(2 * HOUR_MS));
        assert_eq!(five_hour(250_000, HOUR_MS), Some(4 * HOUR_MS));
        assert_eq!(five_hour(200_000, HOUR_MS), None, "as its window ends");
        assert_eq!(five_hour(900_000, 24 * 60_000), None, "too early to tell");
        assert_eq!(five_hour(900_000, 25 * 60_000).map(|at| at / 60_000), Some(27));
        assert_eq!([five_hour(0, HOUR_MS), five_hour(MILLION, HOUR_MS)], [None; 2]);
        assert_eq!(at(LimitKind::SevenDayModel, 168, 500_000, 42 * HOUR_MS), Some(84 * HOUR_MS));
        assert_eq!(at(LimitKind::Spend, 168, 500_000, 42 * HOUR_MS), None, "nobody knows its window");
        assert_eq!(at(LimitKind::FiveHour, 0, 500_000, HOUR_MS), None, "nor when this is reset");
    }

    #[test]
    fn what_is_used_by_the_reset_is_told_once_a_pace_can_be() {
        let by_reset = |used_millionths, passed| {
            let resets_at = 5 * HOUR_MS;
            let kind = LimitKind::FiveHour;
            used_by_reset(&LimitRow {
                kind,
                used_millionths,
                resets_at,
                seen_at: passed,
                ..LimitRow::default()
            })
        };
        assert_eq!(by_reset(100_000, HOUR_MS), Some(500_000));
        assert_eq!(by_reset(0, HOUR_MS), Some(0));
        assert_eq!(by_reset(900_000, HOUR_MS), Some(4_500_000));
        assert_eq!([by_reset(100_000, 24 * 60_000), by_reset(100_000, 6 * HOUR_MS)], [None; 2]);
        assert_eq!(by_reset(u64::MAX, HOUR_MS), None);
    }

    #[test]
    fn a_reading_is_stale_once_a_twelfth_of_its_window_went_by() {
        let is = |kind, minutes: i64| is_stale(&LimitRow { kind, ..LimitRow::default() }, minutes * 60_000);
        assert!(!is(LimitKind::FiveHour, 25) && is(LimitKind::FiveHour, 26));
        assert!(!is(LimitKind::SevenDayModel, 14 * 60) && is(LimitKind::SevenDayModel, 14 * 60 + 1));
        assert!(!is(LimitKind::Spend, 24 * 60) && is(LimitKind::Spend, 24 * 60 + 1));
    }

    #[test]
    fn no_figures_are_too_strange() {
        for value in [i64::MIN, -1, 0, 1, i64::MAX] {
            for other in [i64::MIN, -1, 0, 1, i64::MAX] {
                for used_millionths in [1, MILLION - 1, u64::MAX] {
                    let kind = LimitKind::FiveHour;
                    let limit = LimitRow {
                        kind,
                        used_millionths,
                        resets_at: value,
                        seen_at: other,
                        ..LimitRow::default()
                    };
                    let at = used_up_at(&limit);
                    assert!(at.is_none_or(|at| at < value));
                    assert!(used_by_reset(&limit).is_none() || value >= other);
                    let _ = is_stale(&limit, value);
                }
            }
        }
    }
}
