//! The account's limits and the user's budgets: how much of each is used.
//!
//! Invariant: a limit that was reset since it was reported, and a budget whose period is over, has no sample.

use std::collections::BTreeMap;

use super::exposition::{Exposition, Kind, ratio, seconds_of_ms};
use super::labels::shown;
#[cfg(feature = "publisher")]
use crate::report::alerts::SentAlert;
use crate::report::budget::Status;
use crate::report::tables::limit_kind;
use crate::snapshot::{Frame, LimitRow};

/// Adds the limits in a frame, as of `now` (ms UTC).
pub fn limits(exposition: &mut Exposition, frame: &Frame, now: i64) {
    let mut limits: BTreeMap<(&str, String), LimitRow> = BTreeMap::new();
    for row in frame.rows::<LimitRow>().filter(|row| row.resets_at == 0 || row.resets_at > now) {
        let key = (limit_kind(row.kind), shown(frame.name(row.scope)));
        // Of several accounts the one that is nearest to its limit counts.
        let known = limits.entry(key).or_insert(row);
        if row.used_millionths > known.used_millionths {
            *known = row;
        }
    }
    let mut each = |name, help, value: &dyn Fn(&LimitRow) -> Option<String>| {
        let mut family = exposition.family(Kind::Gauge, name, help);
        for ((kind, scope), row) in &limits {
            if let Some(value) = value(row) {
                family.sample(&[("kind", kind), ("scope", scope)], value);
            }
        }
    };
    each("cco_limit_used_ratio", "Used part of a limit of the account, as last reported.", &|row| {
        Some(ratio(row.used_millionths.into()))
    });
    each("cco_limit_resets_timestamp_seconds", "When the limit starts over.", &|row| {
        (row.resets_at != 0).then(|| seconds_of_ms(row.resets_at))
    });
    each("cco_limit_seen_timestamp_seconds", "When the limit was last reported.", &|row| {
        Some(seconds_of_ms(row.seen_at))
    });
}

/// Adds budgets. `project` gives the label of a project's pattern.
pub fn budgets(exposition: &mut Exposition, statuses: &[Status], now: i64, project: impl Fn(&str) -> String) {
    let named: BTreeMap<(&str, String), &Status> = statuses
        .iter()
        .map(|status| {
            let project = status.project.as_deref().map(&project).unwrap_or_default();
            ((status.length.name(), shown(&project)), status)
        })
        .collect();
    if named.is_empty() {
        return;
    }
    let mut each = |name, help, value: &dyn Fn(&Status) -> Option<String>| {
        let mut family = exposition.family(Kind::Gauge, name, help);
        for ((period, project), status) in &named {
            if let Some(value) = value(status) {
                family.sample(&[("period", period), ("project", project)], value);
            }
        }
    };
    each("cco_budget_limit_usd", "What may be spent in the period.", &|status| {
        Some(status.limit.to_string())
    });
    each("cco_budget_spent_usd", "What was spent in the current period.", &|status| {
        Some(status.spent.amount.to_string())
    });
    each("cco_budget_used_ratio", "Spent part of the budget.", &|status| {
        Some(ratio(status.spent.amount.0.saturating_mul(1_000_000) / status.limit.0.max(1)))
    });
    each(
        "cco_budget_projected_usd",
        "What will be spent by the period's end at the rate so far.",
        &|status| Some(status.projection(now)?.amount.to_string()),
    );
    each("cco_budget_period_end_timestamp_seconds", "When the period ends.", &|status| {
        Some(seconds_of_ms(status.end_ms))
    });
}

/// Adds the alerts that were sent in periods that go on at `now` (ms UTC). `about` gives the label of what one is about.
#[cfg(feature = "publisher")]
pub fn alerts<'a>(
    exposition: &mut Exposition,
    sent: impl Iterator<Item = &'a SentAlert>,
    now: i64,
    about: impl Fn(&SentAlert) -> String,
) {
    let mut newest: BTreeMap<(&str, String), i64> = BTreeMap::new();
    for alert in sent.filter(|alert| alert.end_ms > now) {
        let at = newest.entry((alert.name.as_str(), shown(&about(alert)))).or_default();
        *at = alert.at_ms.max(*at);
    }
    if newest.is_empty() {
        return;
    }
    let help = "When an alert was sent whose period goes on.";
    let mut family = exposition.family(Kind::Gauge, "cco_alert_timestamp_seconds", help);
    for ((name, about), at) in &newest {
        family.sample(&[("alert", name), ("about", about)], seconds_of_ms(*at));
    }
}
