//! The roots a command counts: the named ones, else Claude Code's folders.
//!
//! Invariant: what was counted is shown even if no transcript is left; folders that may not be read are an error. Used by
//! every command that counts first.

use super::failure::{Exit, Failure};
use super::output::note;
use crate::config::Settings;
use crate::daemon::own_roots;
use crate::ingest::{Root, RootSearch};
use crate::ledger::Ledger;
use crate::plain_text;

/// The named roots, all of which must exist, else Claude Code's folders. None of those need be left once something was
/// counted.
pub(super) fn roots_of(settings: &Settings) -> Result<Vec<Root>, Failure> {
    if settings.roots.is_empty() {
        let found = own_roots();
        if is_all_gone(&found, settings) {
            note(&format!("cco: {}; showing what was counted before", nothing_found(&found)));
        } else if found.roots.is_empty() {
            let message = format!(
                "{}; to count another folder: --root DIR; to see a sample: cco",
                nothing_found(&found)
            );
            return Err(Failure::new(Exit::Missing, message));
        }
        for refused in &found.unreadable {
            note(&format!("cco: skipped {}: {}", plain_text::path(&refused.path), refused.reason));
        }
        for path in &found.without_projects {
            let path = plain_text::path(path);
            note(&format!("cco: CLAUDE_CONFIG_DIR names {path}, which has no projects folder: not counted"));
        }
        return Ok(found.roots);
    }
    let named = settings.roots.iter().map(Root::new).collect::<Result<Vec<_>, _>>();
    named.map_err(|error| Failure::new(Exit::Missing, error))
}

/// Whether no transcript is left of what was counted. The ledger keeps it.
fn is_all_gone(found: &RootSearch, settings: &Settings) -> bool {
    found.roots.is_empty() && found.unreadable.is_empty() && was_counted(settings)
}

/// Whether anything was ever counted. A publisher makes an empty ledger before there is a transcript; one that cannot be
/// read may hold something, and whoever reads it next says why it cannot be.
pub(super) fn was_counted(settings: &Settings) -> bool {
    let path = settings.state.ledger();
    let is_empty = || Ledger::open_read_only(&path).and_then(|ledger| ledger.is_empty());
    path.exists() && !is_empty().unwrap_or(false)
}

/// The message for missing transcripts: where cco searched.
pub(super) fn nothing_found(found: &RootSearch) -> String {
    let looked: Vec<_> = found.checked.iter().map(|place| plain_text::path(place)).collect();
    let mut text =
        format!("no Claude Code transcripts found; searched for projects/ in {}", looked.join(", "));
    if !found.unreadable.is_empty() {
        let refused = found.unreadable.iter();
        let refused: Vec<_> =
            refused.map(|it| format!("{}: {}", plain_text::path(&it.path), it.reason)).collect();
        text += &format!("; some folders could not be read; check their permissions: {}", refused.join(", "));
    }
    text
}
