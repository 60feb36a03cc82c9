//! The roots a command counts: the named ones, else Claude Code's folders.

use std::fmt::Write as _;

use super::failure::{Exit, Failure};
use super::output::note;
use crate::config::Settings;
use crate::daemon::own_roots;
use crate::ingest::{Root, RootSearch};

/// The named roots, all of which must exist, else Claude Code's folders.
pub(super) fn roots_of(settings: &Settings) -> Result<Vec<Root>, Failure> {
    if settings.roots.is_empty() {
        let found = own_roots();
        if found.roots.is_empty() {
            return Err(Failure::new(Exit::Missing, nothing_found(&found)));
        }
        for refused in &found.unreadable {
            note(&format!("cco: skipped {}: {}", refused.path.display(), refused.reason));
        }
        return Ok(found.roots);
    }
    let named = settings.roots.iter().map(Root::new).collect::<Result<Vec<_>, _>>();
    named.map_err(|error| Failure::new(Exit::Missing, error))
}

/// The message for missing transcripts: where cco searched.
pub(super) fn nothing_found(found: &RootSearch) -> String {
    let mut text = String::from("no Claude Code transcripts found; searched for projects/ in");
    for place in &found.checked {
        write!(text, "\n  {}", place.display()).expect("writing to a String cannot fail");
    }
    if !found.unreadable.is_empty() {
        text += "\nsome folders could not be read; check the permissions of";
    }
    for refused in &found.unreadable {
        write!(text, "\n  {}: {}", refused.path.display(), refused.reason)
            .expect("writing to a String cannot fail");
    }
    text
}
