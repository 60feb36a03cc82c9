//! `[statusline]` in the config file: the look of the status line and bars.
//!
//! Invariant: values are kept as written. `report::bar` knows the themes and checks templates.

use serde::Deserialize;

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
