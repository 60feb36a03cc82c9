//! Which files are transcripts, judged by name.
//!
//! Claude Code writes `<session>.jsonl` and `agent-*.jsonl`. It sets transcripts aside as
//! `<session>.jsonl.superseded-<ms>` and `<session>.orphaned-<ms>-<suffix>.jsonl`. Those are read like any
//! other transcript, because duplicate records merge.
//!
//! Invariant: the name alone decides; no file is opened.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::Arc;

/// The end of a transcript's name, unless the transcript was set aside.
const ENDING: &str = ".jsonl";

/// What follows [`ENDING`] in the name of a superseded transcript; the time comes after it.
const SUPERSEDED: &[u8] = b".superseded-";

/// The prefix of the companion files that macOS keeps beside each file on foreign disks.
const COMPANION: &[u8] = b"._";

/// Whether the name of the file at this path is a transcript's.
pub(in crate::ingest) fn is_transcript(path: &Path) -> bool {
    path.file_name().is_some_and(is_transcript_name)
}

/// Whether this is a transcript's name.
pub(in crate::ingest) fn is_transcript_name(name: &OsStr) -> bool {
    let name = name.as_bytes();
    if name.starts_with(COMPANION) {
        return false;
    }
    name.ends_with(ENDING.as_bytes()) || {
        let digits = name.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
        let original = name[..name.len() - digits].strip_suffix(SUPERSEDED);
        digits > 0 && original.is_some_and(|original| original.ends_with(ENDING.as_bytes()))
    }
}

/// The session of a transcript's records that do not name one: the file's name up to its first `.jsonl`.
pub fn session_of(path: &Path) -> Arc<str> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.split_once(ENDING).map_or(&*name, |(session, _)| session).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_superseded_or_orphaned_file_is_a_transcript_and_a_companion_file_is_not() {
        for (name, is_transcript) in [
            ("s.jsonl", true),
            (".jsonl", true),
            ("s.jsonl.superseded-1763000000000", true),
            ("s.orphaned-1763000000000-ab12.jsonl", true),
            ("s.jsonl.superseded-", false),
            ("s.jsonl.superseded-1x", false),
            ("s.superseded-1", false),
            ("s.jsonl.tmp", false),
            ("._s.jsonl", false),
            ("._s.jsonl.superseded-1", false),
            ("s.json", false),
        ] {
            assert_eq!(is_transcript_name(OsStr::new(name)), is_transcript, "{name}");
        }
    }

    #[test]
    fn a_transcripts_name_begins_with_its_session() {
        for (name, session) in [
            ("/p/s.jsonl", "s"),
            ("/p/s.jsonl.superseded-17", "s"),
            ("/p/s.orphaned-17-ab.jsonl", "s.orphaned-17-ab"),
            ("/p/s.jsonl.jsonl", "s"),
        ] {
            assert_eq!(&*session_of(Path::new(name)), session);
        }
    }
}
