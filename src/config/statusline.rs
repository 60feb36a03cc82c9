//! `[statusline]` of the configuration file: how the status line and bars look.
//!
//! Invariant: what is said here is taken as it is written; whoever draws knows which themes there are and what a
//! template may hold.

use serde::Deserialize;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::suggest::nearest;

/// What the section says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatusLine {
    /// A theme's name.
    pub theme: Option<String>,
    /// The template of the status line, instead of the theme's.
    pub template: Option<String>,
    /// The template of bars, instead of the theme's.
    pub bar: Option<String>,
    /// What stands between sections, instead of the theme's.
    pub separator: Option<String>,
    /// Where figures turn yellow and red.
    #[serde(default)]
    pub thresholds: Thresholds,
}

/// Where figures turn yellow, and where red; `None` leaves it to the program, or to never.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Thresholds {
    /// Percent of the context window that are used.
    pub context: Option<[u64; 2]>,
    /// Percent of an account-wide limit that are used.
    pub limits: Option<[u64; 2]>,
    /// Cost of the session, in whole dollars.
    pub session_cost: Option<[u64; 2]>,
    /// Cost of the day, in whole dollars.
    pub today_cost: Option<[u64; 2]>,
    /// Cost of the block, in whole dollars.
    pub block_cost: Option<[u64; 2]>,
}

/// All keys, as [`StatusLine`] has them.
pub(super) const KEYS: [&str; 5] = ["theme", "template", "bar", "separator", "thresholds"];

/// The first key of the section that means nothing, and what it may have been meant to be.
pub(super) fn unknown_key<'a, 'i>(
    file: &'a DeTable<'i>,
) -> Option<(&'a Spanned<std::borrow::Cow<'i, str>>, Option<&'static str>)> {
    let DeValue::Table(section) = file.get("statusline")?.get_ref() else { return None };
    let key = section.keys().find(|key| !KEYS.contains(&key.get_ref().as_ref()))?;
    Some((key, nearest(key.get_ref(), &KEYS)))
}
