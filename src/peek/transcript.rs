//! Whether a session has made a request yet, by its transcript.
//!
//! Claude Code counts the cost that it tells a status line on from one session to the next: after `/clear` a new session
//! begins with the total of the one before. Invariant: only the start of a transcript is read, and only of a session that
//! the snapshot does not have.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

/// The most bytes to look through. A transcript that is longer has requests.
const BYTES_MAX: u64 = 256 << 10;

/// Whether the session of this transcript has certainly made no request: a file that is not there yet counts, if its
/// folder is there.
pub(super) fn has_no_request(transcript: &Path) -> bool {
    let Ok(metadata) = transcript.metadata() else {
        return transcript.parent().is_some_and(Path::is_dir) && transcript.symlink_metadata().is_err();
    };
    if !metadata.is_file() || metadata.len() > BYTES_MAX {
        return false;
    }
    let mut bytes = Vec::new();
    let read = File::open(transcript).and_then(|file| file.take(BYTES_MAX).read_to_end(&mut bytes));
    // In a string, the quotes of these words have backslashes.
    read.is_ok() && !String::from_utf8_lossy(&bytes).contains("\"usage\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_transcript_without_usage_has_no_request() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("s.jsonl");
        assert!(has_no_request(&path), "it is not there yet");
        assert!(!has_no_request(Path::new("/nowhere/at/all.jsonl")), "nothing is known of it");
        assert!(!has_no_request(folder.path()));
        for (text, has_none) in [
            ("", true),
            ("{\"type\":\"user\",\"message\":{\"content\":\"say \\\"usage\\\"\"}}\n", true),
            ("{\"message\": {\"usage\": {\"output_tokens\": 1}}}\n", false),
        ] {
            std::fs::write(&path, text).unwrap();
            assert_eq!(has_no_request(&path), has_none, "{text}");
        }
        std::fs::write(&path, " ".repeat(300_000)).unwrap();
        assert!(!has_no_request(&path));
    }
}
