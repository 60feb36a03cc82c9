//! Looks up the type of a subagent whose records do not name it.
//!
//! Invariant: a file is opened only for records that need it, is never waited for, and no more than
//! [`DESCRIPTION_BYTES`] of it are read. One that cannot be read leaves the type unknown until the transcript is read
//! on.

use std::collections::BTreeSet;
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;

use super::open::open;
use crate::ingest::claude::{self, Subagent};
use crate::usage::Record;

/// Real ones have some 200 bytes.
const DESCRIPTION_BYTES: u64 = 64 << 10;

/// The subagent of a transcript with these records, in each of its sessions.
pub(super) fn named_beside(transcript: &Path, records: &[Record]) -> Vec<Subagent> {
    let Some((id, path)) = claude::described_by(transcript) else { return Vec::new() };
    let is_unnamed =
        |record: &&Record| record.dimensions.subagent.is_empty() && *record.dimensions.agent_id == *id;
    let sessions: BTreeSet<&Arc<str>> =
        records.iter().filter(is_unnamed).map(|record| &record.home.session).collect();
    if sessions.is_empty() {
        return Vec::new();
    }
    let Some(kind) = read(&path).and_then(|description| claude::kind(&description)) else {
        return Vec::new();
    };
    let subagent = |session: &Arc<str>| Subagent {
        session: Arc::clone(session),
        id: id.into(),
        kind: Arc::clone(&kind),
    };
    sessions.into_iter().map(subagent).collect()
}

fn read(path: &Path) -> Option<Vec<u8>> {
    let mut description = Vec::new();
    let file = open(path).ok()?;
    file.take(DESCRIPTION_BYTES).read_to_end(&mut description).ok()?;
    Some(description)
}
