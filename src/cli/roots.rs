//! The roots a command counts: the named ones, else Claude Code's folders.
//!
//! Invariant: what was counted is shown even if no transcript is left. Used by every command that counts first.

use super::failure::{Exit, Failure};
use super::output::note;
use crate::config::Settings;
use crate::daemon::own_roots;
use crate::ingest::{Root, RootSearch};
use crate::plain_text;

/// The named roots, all of which must exist, else Claude Code's folders. None of those need be left once something was
/// counted.
pub(super) fn roots_of(settings: &Settings) -> Result<Vec<Root>, Failure> {
    if settings.roots.is_empty() {
        let found = own_roots();
        if found.roots.is_empty() && was_counted_before(settings) {
            note(&format!("cco: {}\ncco: showing what was counted before", nothing_found(&found)));
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

/// Whether there is a ledger, which keeps what was counted of transcripts that are gone.
pub(super) fn was_counted_before(settings: &Settings) -> bool {
    settings.state.ledger().exists()
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
