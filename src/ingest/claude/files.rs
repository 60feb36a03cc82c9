//! Which files are transcripts, by their names.
//!
//! Claude Code writes `<session>.jsonl` and `agent-*.jsonl`, and sets aside `<session>.jsonl.superseded-<ms>` and
//! `<session>.orphaned-<ms>-<suffix>.jsonl`. What it sets aside is read like any other transcript: records merge.
//!
//! Invariant: purely a question about a name; nothing is opened.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::Arc;

/// What a transcript's name ends with, unless it was set aside.
const ENDING: &str = ".jsonl";

/// What stands behind the ending of one that was set aside, before the time.
const SUPERSEDED: &[u8] = b".superseded-";

/// How macOS names what it keeps beside each file on foreign disks.
const COMPANION: &[u8] = b"._";

/// Whether the file at this path is a transcript by its name.
pub(in crate::ingest) fn is_transcript(path: &Path) -> bool {
    path.file_name().is_some_and(is_transcript_name)
}

/// Whether a file of this name is a transcript.
pub(in crate::ingest) fn is_transcript_name(name: &OsStr) -> bool {
    let name = name.as_bytes();
    if name.starts_with(COMPANION) {
        return false;
    }
    name.ends_with(ENDING.as_bytes()) || {
        let digits = name.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
        let kept = name[..name.len() - digits].strip_suffix(SUPERSEDED);
        digits > 0 && kept.is_some_and(|kept| kept.ends_with(ENDING.as_bytes()))
    }
}

/// The session of a transcript's records that name none: the file's name before its first `.jsonl`.
pub fn session_of(path: &Path) -> Arc<str> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.split_once(ENDING).map_or(&*name, |(session, _)| session).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_set_aside_is_a_transcript_and_a_companion_is_not() {
        for (name, is_one) in [
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
            assert_eq!(is_transcript_name(OsStr::new(name)), is_one, "{name}");
        }
    }

    #[test]
    fn a_transcript_is_of_the_session_its_name_begins_with() {
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
