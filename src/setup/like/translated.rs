//! What a translation comes to: options of our status line, and what is not in them.
//!
//! Invariant: the options are words for a shell, whatever texts are in them.

use crate::setup::places::quoted;

/// A status line of ours.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::setup) struct Translated {
    /// The options of `cco-peek statusline`.
    pub(in crate::setup) options: String,
    /// What is not in it, and what can be done, a line each.
    pub(in crate::setup) left: Vec<String>,
}

impl Translated {
    /// A program's default line, which is a theme of ours.
    pub(super) fn theme(name: &str, left: Vec<String>) -> Self {
        Self { options: format!("--theme {name}"), left }
    }

    /// A line of its own.
    pub(super) fn template(template: &str, separator: &str, left: Vec<String>) -> Self {
        let options = format!("--template {} --separator {}", quoted(template), quoted(separator));
        Self { options, left }
    }
}
