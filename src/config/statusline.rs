//! `[statusline]` in the config file: the look of the status line and bars.
//!
//! Invariant: values are kept as written. `report::bar` knows the themes and checks templates.

use serde::Deserialize;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::suggest::nearest;

/// The content of the section.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatusLine {
    /// A theme's name.
    pub theme: Option<String>,
    /// The template for the status line, instead of the theme's.
    pub template: Option<String>,
    /// The template for bars, instead of the theme's.
    pub bar: Option<String>,
    /// The text between sections, instead of the theme's.
    pub separator: Option<String>,
    /// When figures turn yellow and red.
    #[serde(default)]
    pub thresholds: Thresholds,
}

/// When figures turn yellow and red. `None` means the program's default, which may be never.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Thresholds {
    /// Used share of the context window in percent.
    pub context: Option<[u64; 2]>,
    /// Used share of an account limit in percent.
    pub limits: Option<[u64; 2]>,
    /// The session's cost in whole dollars.
    pub session_cost: Option<[u64; 2]>,
    /// Today's cost in whole dollars.
    pub today_cost: Option<[u64; 2]>,
    /// The block's cost in whole dollars.
    pub block_cost: Option<[u64; 2]>,
}

/// All keys of [`StatusLine`].
pub(super) const KEYS: [&str; 5] = ["theme", "template", "bar", "separator", "thresholds"];

/// The first unknown key in the section, and the most similar known key.
pub(super) fn unknown_key<'a, 'i>(
    file: &'a DeTable<'i>,
) -> Option<(&'a Spanned<std::borrow::Cow<'i, str>>, Option<&'static str>)> {
    let DeValue::Table(section) = file.get("statusline")?.get_ref() else { return None };
    let key = section.keys().find(|key| !KEYS.contains(&key.get_ref().as_ref()))?;
    Some((key, nearest(key.get_ref(), &KEYS)))
}
