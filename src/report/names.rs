//! What projects and models are called: by their alias, else by their name in transcripts.
//!
//! Invariant: what is returned is safe to show, whoever chose it. Used by everything that shows names to people.

use std::borrow::Cow;

use crate::config::Aliases;
use crate::plain_text;

/// A model's name.
pub fn model<'a>(name: &'a str, aliases: &'a Aliases) -> Cow<'a, str> {
    plain_text::name(aliases.model(name).unwrap_or(name))
}

/// A project's name; without an alias its working folder, or its folder in `projects/` if that is unknown.
pub fn project<'a>(key: &'a str, path: Option<&'a str>, aliases: &'a Aliases) -> Cow<'a, str> {
    plain_text::name(aliases.project(key, path).or(path).unwrap_or(key))
}
