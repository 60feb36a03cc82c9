//! The result of a translation: options for our status line, and what they leave out.
//!
//! Invariant: the options are safe words for a shell, whatever text is in them. Used by `like` and `setup::claude`.

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
