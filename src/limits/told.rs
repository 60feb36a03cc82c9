//! Reads what Claude Code reports on limits: `rate_limits` in the input of a status line, and `cachedUsageUtilization`
//! in `.claude.json`, where it keeps its last answer.
//!
//! The second is undocumented, and both change between versions. Invariant: any member can be missing, null, of another
//! type or out of bounds; then only that limit, its reset or its amounts are unknown. Nothing else in the text is kept.
//! Used by status lines and the publisher.

use std::collections::BTreeMap;

use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::numbers::{millionths, time_ms, whole};
use super::{AHEAD_MAX_MS, Key, Limits, Reading, longest_ms};
use crate::snapshot::{Limit, LimitKind, Picodollars};

/// There was no Claude Code before, ms UTC: 2020.
const EARLIEST_MS: i64 = 1_577_836_800_000;
/// The names of a used share in percent, in order of precedence.
const PERCENT: [&str; 3] = ["used_percentage", "utilization", "percent"];
/// How deep what is read can be: `utilization.limits.0.scope.model.display_name`.
const DEPTH: usize = 6;
/// Windows that are members of their own, in both texts.
const WINDOWS: [(&str, LimitKind, &str); 4] = [
    ("five_hour", LimitKind::FiveHour, ""),
    ("seven_day", LimitKind::SevenDay, ""),
    ("seven_day_opus", LimitKind::SevenDayModel, "Opus"),
    ("seven_day_sonnet", LimitKind::SevenDayModel, "Sonnet"),
];

/// The limits in a status line's `rate_limits`, which arrived at `now` (ms UTC).
pub fn in_status_line(rate_limits: &str, now: i64) -> Limits {
    let Value::Object(told) = value(rate_limits, DEPTH) else { return Limits::default() };
    let mut limits = windows(&told, now);
    for item in items(&told, "model_scoped") {
        if let Some((key, reading)) = listed(item, LimitKind::SevenDayModel, now) {
            limits.add(key, reading);
        }
    }
    if let Some(spend) = told.get("spend_limit").and_then(Value::as_object) {
        let money = |name| spend.get(name).and_then(dollars);
        // One amount without the other is no amount: a missing one is not zero.
        let (spent, allowed) = money("used_usd").zip(money("limit_usd")).unwrap_or_default();
        if let Some(limit) = limit(spend, LimitKind::Spend, now) {
            let reading = Reading { limit, spent, allowed };
            limits.add(Key::of(LimitKind::Spend), reading);
        }
    }
    limits
}

/// The limits in Claude Code's `cachedUsageUtilization`, each seen when that was fetched. None if that is after `now` (ms
/// UTC), or unknown: a reading without an age says nothing.
pub fn in_cache(cached: &[u8], now: i64) -> Limits {
    let Value::Object(cached) = value(&String::from_utf8_lossy(cached), DEPTH) else {
        return Limits::default();
    };
    let fetched = cached.get("fetchedAtMs").and_then(time_ms);
    let fetched = fetched.filter(|at| (EARLIEST_MS..=now.saturating_add(AHEAD_MAX_MS)).contains(at));
    let (Some(fetched), Some(Value::Object(told))) = (fetched, cached.get("utilization")) else {
        return Limits::default();
    };
    let mut limits = windows(told, fetched);
    for item in items(told, "limits") {
        if let Some((key, reading)) = listed(item, LimitKind::Other, fetched) {
            limits.add(key, reading);
        }
    }
    if let Some(reading) = credits(told, fetched) {
        limits.add(Key::of(LimitKind::Spend), reading);
    }
    limits
}

/// A JSON value, of which whatever cannot be read, or is deeper than `depth`, is null: an impossible number in one member
/// takes nothing else away.
fn value(text: &str, depth: usize) -> Value {
    let text = text.trim();
    match text.bytes().next() {
        Some(b'{' | b'[') if depth == 0 => Value::Null,
        Some(b'{') => {
            let members: BTreeMap<String, &RawValue> = serde_json::from_str(text).unwrap_or_default();
            members.into_iter().map(|(name, raw)| (name, value(raw.get(), depth - 1))).collect()
        }
        Some(b'[') => {
            let items: Vec<&RawValue> = serde_json::from_str(text).unwrap_or_default();
            items.into_iter().map(|raw| value(raw.get(), depth - 1)).collect()
        }
        _ => serde_json::from_str(text).unwrap_or_default(),
    }
}

fn windows(told: &Map<String, Value>, seen_at: i64) -> Limits {
    let window = |(name, kind, scope): (&str, LimitKind, &str)| {
        let limit = limit(told.get(name)?.as_object()?, kind, seen_at)?;
        Some((Key { kind, scope: scope.to_owned() }, Reading::from(limit)))
    };
    WINDOWS.into_iter().filter_map(window).collect()
}

fn items<'a>(told: &'a Map<String, Value>, name: &str) -> impl Iterator<Item = &'a Map<String, Value>> {
    told.get(name).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object)
}

/// One of a list: of a model, or of the whole account if its kind says so. Without a kind it is of `kind`.
fn listed(item: &Map<String, Value>, kind: LimitKind, seen_at: i64) -> Option<(Key, Reading)> {
    let model = model(item);
    let key = match (item.get("kind").and_then(Value::as_str), model) {
        (Some("session"), None) => Key::of(LimitKind::FiveHour),
        (Some("weekly_all"), None) => Key::of(LimitKind::SevenDay),
        (Some("weekly_scoped" | "seven_day" | "weekly"), Some(model)) => {
            Key::within(LimitKind::SevenDayModel, model)?
        }
        (None, Some(model)) => Key::within(kind, model)?,
        (Some(_), Some(model)) => Key::within(LimitKind::Other, model)?,
        (_, None) => return None,
    };
    let limit = limit(item, key.kind, seen_at)?;
    Some((key, Reading::from(limit)))
}

/// The name of the model that an item of a list is about.
fn model(item: &Map<String, Value>) -> Option<&str> {
    let named = |value: &'_ Value| value.get("display_name").is_some();
    let scope = item.get("scope");
    let model = scope.and_then(|scope| scope.get("model")).or_else(|| item.get("model"));
    let owner = model.filter(|model| named(model));
    let name = owner.and_then(|model| model.get("display_name")).or_else(|| item.get("display_name"));
    // A model's name can also stand where its description would.
    name.or(model).and_then(Value::as_str).filter(|name| !name.trim().is_empty())
}

fn limit(told: &Map<String, Value>, kind: LimitKind, seen_at: i64) -> Option<Limit> {
    let percent = PERCENT.iter().find_map(|name| told.get(*name)?.as_f64())?;
    let used_millionths = millionths(percent)?;
    Some(Limit { used_millionths, resets_at: resets_at(told, kind, seen_at), seen_at })
}

/// When a limit resets, or did: a session that rests repeats old words. 0 if no window can end then.
fn resets_at(told: &Map<String, Value>, kind: LimitKind, seen_at: i64) -> i64 {
    let can_end = |at: &i64| *at >= EARLIEST_MS && at.saturating_sub(seen_at) <= longest_ms(kind);
    told.get("resets_at").and_then(time_ms).filter(can_end).unwrap_or(0)
}

/// The extra usage that the account pays for, from `spend` and `extra_usage`, which describe the same. `None` if there is
/// no limit, or it is switched off and unused.
fn credits(told: &Map<String, Value>, seen_at: i64) -> Option<Reading> {
    let none = Map::new();
    let object = |name| told.get(name).and_then(Value::as_object).unwrap_or(&none);
    let (spend, extra) = (object("spend"), object("extra_usage"));
    let exponent = extra.get("decimal_places").and_then(Value::as_u64).unwrap_or(2);
    let currency = extra.get("currency").and_then(Value::as_str).unwrap_or("USD");
    let minor = |name| Amount::of(extra.get(name)?.as_f64()?, exponent, currency);
    let used = spend.get("used").and_then(Amount::told).or_else(|| minor("used_credits"));
    let allowed = spend.get("limit").and_then(Amount::told).or_else(|| minor("monthly_limit"));
    let allowed = allowed.filter(|amount| amount.minor > 0.0)?;
    let is_off = [spend.get("enabled"), extra.get("is_enabled")].contains(&Some(&Value::Bool(false)));
    if is_off && used.as_ref().is_none_or(|used| used.minor == 0.0) {
        return None;
    }
    let share = used.as_ref().and_then(|used| used.percent_of(&allowed));
    let percent = share.or_else(|| extra.get("utilization")?.as_f64());
    let percent = percent.or_else(|| spend.get("percent")?.as_f64())?;
    let end = if spend.contains_key("resets_at") { spend } else { extra };
    let resets_at = resets_at(end, LimitKind::Spend, seen_at);
    let limit = Limit { used_millionths: millionths(percent)?, resets_at, seen_at };
    let both = used.and_then(|used| Some((used.dollars()?, allowed.dollars()?)));
    let (spent, allowed) = both.unwrap_or_default();
    Some(Reading { limit, spent, allowed })
}

/// An amount in the smallest unit of its currency.
struct Amount {
    minor: f64,
    exponent: u64,
    currency: String,
}

impl Amount {
    fn of(minor: f64, exponent: u64, currency: &str) -> Option<Self> {
        let is_possible = (0.0..9e15).contains(&minor) && exponent <= 6;
        is_possible.then(|| Self { minor: minor.round(), exponent, currency: currency.to_ascii_uppercase() })
    }

    fn told(value: &Value) -> Option<Self> {
        let exponent = value.get("exponent").and_then(Value::as_u64).unwrap_or(2);
        let currency = value.get("currency").and_then(Value::as_str).unwrap_or("USD");
        Self::of(value.get("amount_minor")?.as_f64()?, exponent, currency)
    }

    fn percent_of(&self, all: &Self) -> Option<f64> {
        let is_comparable = self.currency == all.currency && self.exponent == all.exponent;
        is_comparable.then(|| self.minor / all.minor * 100.0)
    }

    /// `None` for another currency: nothing here converts one.
    fn dollars(&self) -> Option<Picodollars> {
        const PICODOLLARS_EXPONENT: u64 = 12;
        let unit = 10_u128.pow(u32::try_from(PICODOLLARS_EXPONENT.checked_sub(self.exponent)?).ok()?);
        let minor = u128::try_from(whole(self.minor)?).ok()?;
        (self.currency == "USD").then_some(Picodollars(minor.checked_mul(unit)?)).and_then(possible)
    }
}

/// US dollars, exact as written.
fn dollars(value: &Value) -> Option<Picodollars> {
    value.as_number()?.to_string().parse().ok().and_then(possible)
}

/// An account's amount stays far below 18 million dollars.
fn possible(amount: Picodollars) -> Option<Picodollars> {
    u64::try_from(amount.0).is_ok().then_some(amount)
}

#[cfg(test)]
mod tests;
