//! Facts about the limits that the snapshot keeps in a table: those of single models, and the spend limit.
//!
//! Invariant: as for the other limits, [`standing`] chooses between the snapshot's report and the terminal's own. Used
//! by `catalogue`.

use std::collections::BTreeMap;

use super::facts::{Facts, plain};
use super::paint::{Style, Value};
use crate::limits::{Key, Reading, Report, standing};
use crate::report::figures::{dollars, short_percent};
use crate::snapshot::{Limit, LimitKind, LimitRow, Picodollars};

impl Facts<'_> {
    /// How much is used of what may be spent.
    pub(super) fn spend(&self) -> Option<Limit> {
        Some(self.spend_reading()?.limit)
    }

    /// What was spent of what may be.
    pub(super) fn spend_amount(&self) -> Option<Value> {
        let [spent, allowed] = self.spend_money()?;
        Some(plain(format!("{} of {}", dollars(spent), dollars(allowed))))
    }

    /// What was spent.
    pub(super) fn spend_used(&self) -> Option<Value> {
        let [spent, _] = self.spend_money()?;
        Some(plain(dollars(spent)))
    }

    /// What may be spent, in dollars.
    pub(super) fn spend_allowed(&self) -> Option<Value> {
        let [_, allowed] = self.spend_money()?;
        Some(plain(dollars(allowed)))
    }

    fn spend_reading(&self) -> Option<Reading> {
        self.table_limits(LimitKind::Spend).into_values().next()
    }

    /// What was spent and what may be, if that is known in dollars and not over.
    fn spend_money(&self) -> Option<[Picodollars; 2]> {
        let Reading { limit, spent, allowed } = self.spend_reading()?;
        (!limit.is_over(self.now) && allowed != Picodollars::ZERO).then_some([spent, allowed])
    }

    /// The 7-day limit of the models whose names begin so, in lower case: the most used, if there are several.
    pub(super) fn of_model(&self, name: &str) -> Option<Limit> {
        let limits = self.table_limits(LimitKind::SevenDayModel).into_iter();
        let of_it = limits.filter(|(key, _)| key.scope.to_lowercase().starts_with(name));
        let rank = |limit: &Limit| (!limit.is_over(self.now), limit.used_millionths);
        of_it.map(|(_, reading)| reading.limit).max_by_key(rank)
    }

    /// Each model's own 7-day limit, as `Fable 12%, Opus 40%`, in the style of the most used.
    pub(super) fn model_limits(&self) -> Option<Value> {
        let limits = self.table_limits(LimitKind::SevenDayModel);
        let current: Vec<_> = limits.iter().filter(|(_, reading)| !reading.limit.is_over(self.now)).collect();
        let words = current.iter().map(|(key, reading)| {
            format!("{} {}", key.scope, short_percent(reading.limit.used_millionths / 10_000))
        });
        let words: Vec<_> = words.collect();
        let most = current.iter().map(|(_, reading)| reading.limit).max_by_key(|limit| limit.used_millionths);
        let style = self.limit(most).map_or_else(Style::default, |value| value.style);
        (!words.is_empty()).then(|| Value { text: words.join(", "), style, ..Value::default() })
    }

    /// What stands of the limits of a kind.
    fn table_limits(&self, kind: LimitKind) -> BTreeMap<Key, Reading> {
        let mut reports: BTreeMap<Key, Vec<Report>> = BTreeMap::new();
        if let Some(frame) = self.view.and_then(|view| view.frame.as_ref()) {
            for row in frame.rows::<LimitRow>().filter(|row| row.kind == kind) {
                let LimitRow { used_millionths, resets_at, seen_at, spent, allowed, .. } = row;
                let limit = Limit { used_millionths, resets_at, seen_at };
                let key = Key { kind, scope: frame.name(row.scope).to_owned() };
                reports.entry(key).or_default().push(Reading { limit, spent, allowed }.into());
            }
        }
        for (key, reading) in self.input.limits.iter().filter(|(key, _)| key.kind == kind) {
            reports.entry(key.clone()).or_default().push((*reading).into());
        }
        let stands = |(key, reports): (Key, Vec<Report>)| Some((key, standing(&reports, self.now)?));
        reports.into_iter().filter_map(stands).collect()
    }
}
