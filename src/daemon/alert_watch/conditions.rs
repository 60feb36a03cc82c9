//! The conditions of all alerts: limits, budgets, malformed lines, and a publisher that is gone.
//!
//! Invariant: pure. A limit that was reset since it was reported says nothing; one whose window is not known has no
//! pace. Words are kept and shown for as long as an alert goes on, so each figure in them has its time.

use jiff::tz::TimeZone;

use super::alert::Alert;
use crate::config::Alerts;
use crate::report::View;
use crate::report::alerts::{BUDGET, STALE};
use crate::report::budget::{Standing, Status};
use crate::report::limit_pace::{used_up_at, window_ms};
use crate::report::tables::limit_kind;
use crate::report::usage::moment;
use crate::snapshot::{Frame, HEARTBEAT_LIMIT, LimitRow};

const HOUR_MS: i64 = 3_600_000;
/// The part of a limit that must be used before its pace can alert: a quarter, in millionths.
const TELLING_USE: u64 = 250_000;
/// How long a missing publisher is not reported again, in milliseconds.
const STALE_PERIOD_MS: i64 = 30 * 24 * HOUR_MS;

/// When it is asked, and how moments are told.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock<'a> {
    /// ms UTC.
    pub(super) now: i64,
    /// The user's.
    pub(super) zone: &'a TimeZone,
}

impl Clock<'_> {
    fn tell(self, ms: i64) -> String {
        moment(ms, self.zone)
    }
}

/// The limits in a frame that are near or will not last.
pub(super) fn limits(frame: &Frame, alerts: &Alerts, clock: Clock<'_>) -> Vec<Alert> {
    let rows = frame.rows::<LimitRow>();
    rows.flat_map(|row| of_limit(&row, frame.name(row.scope), alerts, clock)).collect()
}

fn of_limit(row: &LimitRow, scope: &str, alerts: &Alerts, clock: Clock<'_>) -> Vec<Alert> {
    if row.resets_at <= clock.now {
        return Vec::new();
    }
    let kind = limit_kind(row.kind);
    let about = if scope.is_empty() { kind.to_owned() } else { format!("{kind}, {scope}") };
    let percent = row.used_millionths / 10_000;
    let (seen, reset) = (clock.tell(row.seen_at), clock.tell(row.resets_at));
    let start_ms = window_ms(row.kind).map_or(row.seen_at, |length| row.resets_at.saturating_sub(length));
    let alert = |name, message, advice, value: String, threshold: String| Alert {
        name,
        about: about.clone(),
        message,
        advice,
        value,
        threshold,
        start_ms,
        end_ms: row.resets_at,
    };
    let mut all = Vec::new();
    if alerts.limit_percent > 0 && row.used_millionths >= u64::from(alerts.limit_percent) * 10_000 {
        all.push(alert(
            "limit",
            format!("{percent}% of the limit {about} was used at {seen}; it starts over at {reset}"),
            "use a cheaper model or wait; to see what uses it: cco blocks --active",
            percent.to_string(),
            alerts.limit_percent.to_string(),
        ));
    }
    let is_asked = alerts.limit_pace && row.used_millionths >= TELLING_USE;
    if let Some(at) = used_up_at(row).filter(|_| is_asked) {
        let end = clock.tell(at);
        all.push(alert(
            "limit_pace",
            format!(
                "at the rate so far the limit {about}, {percent}% used at {seen}, is used up at {end}; it starts over \
                 at {reset}"
            ),
            "use a cheaper model, or fewer sessions at a time; to see what uses it: cco blocks --active",
            (at / 1000).to_string(),
            (row.resets_at / 1000).to_string(),
        ));
    }
    all
}

/// The budgets that are crossed.
pub(super) fn budgets(statuses: &[Status], clock: Clock<'_>) -> Vec<Alert> {
    let crossed = statuses.iter().filter(|status| status.standing == Standing::Over);
    crossed
        .map(|status| Alert {
            name: BUDGET,
            about: status.name(),
            message: format!(
                "the budget {} is spent: {} of {} USD at {}",
                status.name(),
                status.spent.amount,
                status.limit,
                clock.tell(clock.now)
            ),
            advice: "to see what costs most: cco budget, cco project",
            value: status.spent.amount.to_string(),
            threshold: status.limit.to_string(),
            start_ms: status.start_ms,
            end_ms: status.end_ms,
        })
        .collect()
}

/// That this many lines of the hour that it is now are malformed.
pub(super) fn malformed(lines: u64, alerts: &Alerts, clock: Clock<'_>) -> Option<Alert> {
    let start_ms = hour(clock.now);
    (alerts.malformed_lines > 0 && lines >= alerts.malformed_lines).then(|| Alert {
        name: "malformed_lines",
        about: "transcripts".to_owned(),
        message: format!(
            "{lines} new lines of transcripts are not JSON objects, within an hour until {}",
            clock.tell(clock.now)
        ),
        advice: "figures may be too low; to find the transcripts: cco doctor",
        value: lines.to_string(),
        threshold: alerts.malformed_lines.to_string(),
        start_ms,
        end_ms: start_ms + HOUR_MS,
    })
}

/// The alert that the publisher of a view is gone.
pub(super) fn stale(view: &View, zone: &TimeZone) -> Alert {
    // The wall clock: the age is counted without sleep.
    let last = moment(view.totals.control().heartbeat_at, zone);
    let age = i64::try_from(view.freshness.heartbeat_age.as_millis()).unwrap_or(i64::MAX);
    let start_ms = view.now.saturating_sub(age);
    Alert {
        name: STALE,
        about: "publisher".to_owned(),
        message: format!("figures stand still: the publisher died, its last heartbeat was at {last}"),
        advice: "to start it: cco daemon start; to see why it ended: cco daemon logs",
        value: (age / 1000).to_string(),
        threshold: HEARTBEAT_LIMIT.as_secs().to_string(),
        start_ms,
        end_ms: view.now.saturating_add(STALE_PERIOD_MS),
    }
}

/// The start of the hour that a moment is in, ms UTC.
pub(super) fn hour(now: i64) -> i64 {
    now - now.rem_euclid(HOUR_MS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::LimitKind;

    fn row(used_percent: u64, gone_minutes: i64) -> LimitRow {
        LimitRow {
            kind: LimitKind::FiveHour,
            used_millionths: used_percent * 10_000,
            resets_at: 5 * HOUR_MS,
            seen_at: gone_minutes * 60_000,
            ..LimitRow::default()
        }
    }

    fn told(row: &LimitRow, now: i64) -> Vec<&'static str> {
        of_limit(row, "", &Alerts::default(), clock(now)).iter().map(|alert| alert.name).collect()
    }

    fn clock(now: i64) -> Clock<'static> {
        static UTC: TimeZone = TimeZone::UTC;
        Clock { now, zone: &UTC }
    }

    #[test]
    fn a_limit_is_told_from_its_percentage_on_and_never_once_it_was_reset() {
        assert_eq!(told(&row(79, 290), 290 * 60_000), [""; 0]);
        assert_eq!(told(&row(80, 290), 290 * 60_000), ["limit"]);
        assert_eq!(told(&row(80, 290), 5 * HOUR_MS), [""; 0]);
        let off = Alerts { limit_percent: 0, limit_pace: false, ..Alerts::default() };
        assert_eq!(of_limit(&row(100, 10), "", &off, clock(0)), []);
    }

    #[test]
    fn a_pace_that_does_not_last_is_told_once_it_says_something() {
        // Half of it within an hour: all of it within two, three hours too early.
        let alerts = of_limit(&row(50, 60), "", &Alerts::default(), clock(HOUR_MS));
        let [pace] = &alerts[..] else { panic!("{alerts:?}") };
        assert_eq!(
            (pace.name, pace.value.as_str(), pace.threshold.as_str()),
            ("limit_pace", "7200", "18000")
        );
        assert!(pace.advice.contains("cco blocks"), "{}", pace.advice);
        // Half of it after half of the window, a tenth in a minute, a quarter in five minutes: nothing to tell.
        for (percent, minutes) in [(50, 150), (10, 1), (25, 5), (24, 30)] {
            assert_eq!(
                told(&row(percent, minutes), minutes * 60_000),
                [""; 0],
                "{percent}% after {minutes} minutes"
            );
        }
        assert_eq!(told(&row(100, 60), HOUR_MS), ["limit"], "what is used up has no pace");
        let spend = LimitRow { kind: LimitKind::Spend, ..row(50, 60) };
        assert_eq!(told(&spend, HOUR_MS), [""; 0]);
    }

    #[test]
    fn words_are_still_true_when_they_are_read_hours_later() {
        let zone = TimeZone::fixed(jiff::tz::offset(2));
        let words = |row: &LimitRow, now| -> Vec<String> {
            let clock = Clock { now, zone: &zone };
            of_limit(row, "", &Alerts::default(), clock).into_iter().map(|alert| alert.message).collect()
        };
        let limit = row(81, 270);
        assert_eq!(
            words(&limit, 271 * 60_000),
            ["81% of the limit five_hour was used at 1970-01-01 06:30; it starts over at 1970-01-01 07:00"]
        );
        let pace = row(50, 60);
        assert_eq!(
            words(&pace, HOUR_MS),
            [
                "at the rate so far the limit five_hour, 50% used at 1970-01-01 03:00, is used up at 1970-01-01 04:00; it \
              starts over at 1970-01-01 07:00"
            ]
        );
        for row in [limit, pace] {
            assert_eq!(
                words(&row, 251 * 60_000),
                words(&row, 299 * 60_000),
                "nothing in them goes by the clock"
            );
        }
    }

    #[test]
    fn malformed_lines_are_told_by_the_hour() {
        let alerts = Alerts::default();
        assert_eq!(malformed(9, &alerts, clock(5)), None);
        let alert = malformed(10, &alerts, clock(HOUR_MS + 5)).unwrap();
        assert_eq!((alert.start_ms, alert.end_ms), (HOUR_MS, 2 * HOUR_MS));
    }
}
