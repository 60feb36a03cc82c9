//! How much of the account's limits is used, as Claude Code reports it: to status lines, and in a cache of its own.
//!
//! `told` reads its reports (`numbers` the numbers and times in them), `spool` passes them to the publisher, and `standing`
//! chooses between them. Nothing is ever requested over the network.
//!
//! Invariants: within a window the largest report stands, whoever made it and in whatever order they came; every reading
//! has an age; a figure that no clock or account can have is ignored. Used by status lines, the publisher, and commands
//! that say where a reading comes from.

mod numbers;
mod spool;
mod standing;
mod told;

pub use numbers::{millionths, time_ms, whole};
pub use spool::{Source, Told, folder_of, gather, leave, leave_cached, make_folder, reports};
pub use standing::{Report, standing};
pub use told::{in_cache, in_status_line};

use std::cmp::Ordering;
use std::collections::BTreeMap;

use crate::snapshot::{Limit, LimitKind, Picodollars};

/// How far the clock of a report may be ahead of ours, in milliseconds.
const AHEAD_MAX_MS: i64 = 60_000;
/// The most characters of a scope that are kept.
const SCOPE_CHARS_MAX: usize = 64;
/// The most limits that are kept.
const LIMITS_MAX: usize = 32;

/// Which limit of the account. Upper and lower case make no difference in a scope.
#[derive(Clone, Debug)]
pub struct Key {
    /// What is limited.
    pub kind: LimitKind,
    /// What it is limited to, such as a model's name; empty for the whole account.
    pub scope: String,
}

impl Key {
    /// A limit of the whole account.
    pub fn of(kind: LimitKind) -> Self {
        Self { kind, scope: String::new() }
    }

    /// A limit of a part of it; `None` if the scope says nothing.
    pub fn within(kind: LimitKind, scope: &str) -> Option<Self> {
        let scope: String = scope.trim().chars().take(SCOPE_CHARS_MAX).collect();
        (!scope.is_empty()).then_some(Self { kind, scope })
    }

    /// The limit of this kind: of the whole account, or of a part of it if the kind is about parts. `None` if that part has
    /// no name.
    pub fn at(kind: LimitKind, scope: &str) -> Option<Self> {
        match kind {
            LimitKind::FiveHour | LimitKind::SevenDay | LimitKind::Spend => Some(Self::of(kind)),
            LimitKind::SevenDayModel | LimitKind::Other => Self::within(kind, scope),
        }
    }

    fn rank(&self) -> (bool, u32, String) {
        (self.kind == LimitKind::Other, self.kind as u32, self.scope.to_lowercase())
    }
}

impl Ord for Key {
    fn cmp(&self, other: &Self) -> Ordering {
        self.rank().cmp(&other.rank())
    }
}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Key {}

/// What was said of a limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// How much is used, and until when that counts.
    pub limit: Limit,
    /// Money spent of it; zero if it is no limit in money, or unknown.
    pub spent: Picodollars,
    /// Money it allows; zero if it is no limit in money, or unknown.
    pub allowed: Picodollars,
}

impl From<Limit> for Reading {
    fn from(limit: Limit) -> Self {
        Self { limit, ..Self::default() }
    }
}

/// The account's limits, as far as they are known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Limits(BTreeMap<Key, Reading>);

impl Limits {
    /// These two alone.
    pub fn of(five_hour: Option<Limit>, seven_day: Option<Limit>) -> Self {
        let both = [(LimitKind::FiveHour, five_hour), (LimitKind::SevenDay, seven_day)];
        both.into_iter().filter_map(|(kind, limit)| Some((Key::of(kind), Reading::from(limit?)))).collect()
    }

    /// The 5-hour limit.
    pub fn five_hour(&self) -> Option<Limit> {
        Some(self.get(&Key::of(LimitKind::FiveHour))?.limit)
    }

    /// The 7-day limit.
    pub fn seven_day(&self) -> Option<Limit> {
        Some(self.get(&Key::of(LimitKind::SevenDay))?.limit)
    }

    /// What is known of a limit.
    pub fn get(&self, key: &Key) -> Option<&Reading> {
        self.0.get(key)
    }

    /// All of them: those of the whole account first.
    pub fn iter(&self) -> impl Iterator<Item = (&Key, &Reading)> {
        self.0.iter()
    }

    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds what was said of a limit, unless something was said before, or there are too many.
    fn add(&mut self, key: Key, reading: Reading) {
        if self.0.len() < LIMITS_MAX {
            self.0.entry(key).or_insert(reading);
        }
    }
}

impl FromIterator<(Key, Reading)> for Limits {
    fn from_iter<T: IntoIterator<Item = (Key, Reading)>>(all: T) -> Self {
        let mut limits = Self::default();
        all.into_iter().for_each(|(key, reading)| limits.add(key, reading));
        limits
    }
}

/// The longest time until a limit of this kind is reset, in milliseconds: its window, and a day for clocks that differ.
const fn longest_ms(kind: LimitKind) -> i64 {
    const HOUR_MS: i64 = 3_600_000;
    const DAY_MS: i64 = 24 * HOUR_MS;
    match kind {
        LimitKind::FiveHour => 5 * HOUR_MS + DAY_MS,
        // Daily, weekly or monthly.
        LimitKind::Spend => 32 * DAY_MS,
        _ => 8 * DAY_MS,
    }
}

#[cfg(test)]
mod tests;
