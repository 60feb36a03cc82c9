//! Projects: the folders below `projects/`, and the working folders they stand for.
//!
//! Claude Code names a project's folder after the working folder, every character that is not an ASCII letter
//! or digit replaced by `-`. That loses something, so the folder's name is the key and a working folder that
//! a record names is taken for it only if it encodes to that name.
//!
//! Invariant: which of several working folders stands does not depend on the order they are seen in.

use std::sync::Arc;

/// The key of transcripts that lie directly in `projects/`.
pub const NO_PROJECT: &str = "-";

/// A working folder, and when a record first named it. The lowest of several stands for the project.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct WorkingFolder {
    /// The record's time, in milliseconds UTC.
    pub at_ms: i64,
    /// The path as the record has it.
    pub path: Arc<str>,
}

/// Claude Code cuts longer names here, and puts a hash behind.
const CUT: usize = 200;

/// Whether a project's folder is named after this working folder.
///
/// A character beyond U+FFFF may stand as one `-` or as two: it is two units in JavaScript's strings. A drive letter's
/// case does not matter. Of a name that was cut only what stands before the cut can be compared.
pub(in crate::ingest) fn is_named_after(project: &str, cwd: &str) -> bool {
    let project = project.as_bytes();
    let (mut rest, is_cut) = match project.split_at_checked(CUT) {
        Some((kept, hash)) if hash.len() > 1 && hash[0] == b'-' => (kept, true),
        _ => (project, false),
    };
    let has_drive = cwd.as_bytes().get(1) == Some(&b':');
    for (at, character) in cwd.chars().enumerate() {
        let expected = if character.is_ascii_alphanumeric() { character as u8 } else { b'-' };
        let Some((&first, after)) = rest.split_first() else { return is_cut };
        let is_same =
            if has_drive && at == 0 { first.eq_ignore_ascii_case(&expected) } else { first == expected };
        if !is_same {
            return false;
        }
        rest = after;
        if character.len_utf16() == 2 {
            rest = rest.strip_prefix(b"-").unwrap_or(rest);
        }
    }
    rest.is_empty() && !is_cut
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_encodes_to_its_projects_name() {
        assert!(is_named_after("-home-ada-my-app-v2-", "/home/ada/my_app.v2 "));
        assert!(is_named_after("-caf-", "/café"));
        assert!(is_named_after("C--Users-ada", "C:\\Users\\ada"));
        assert!(is_named_after("-a--b", "/a\u{1f600}b"));
        assert!(is_named_after("-a-b", "/a\u{1f600}b"));
        for other in ["/home/ada/other", "/home/ad", "/home/ada/my-app-v2", "", "/home/ada/my-app-v2--"] {
            assert!(!is_named_after("-home-ada-my-app-v2-", other), "{other}");
        }
    }

    #[test]
    fn a_drive_letter_is_the_same_in_either_case() {
        assert!(is_named_after("c--Users-ada", "C:\\Users\\ada"));
        assert!(is_named_after("C--Users-ada", "c:\\Users\\ada"));
        assert!(!is_named_after("C--users-ada", "C:\\Users\\ada"));
        assert!(!is_named_after("A-b", "a/b"));
    }

    #[test]
    fn a_name_that_was_cut_is_compared_up_to_the_cut() {
        let deep = format!("/{}", "d".repeat(250));
        let cut = format!("-{}-1x2y3z", "d".repeat(199));
        assert!(is_named_after(&cut, &deep));
        assert!(is_named_after(&format!("-{}", "d".repeat(250)), &deep), "one that was not cut");
        assert!(!is_named_after(&cut, &format!("/{}", "d".repeat(100))));
        assert!(!is_named_after(&cut, &format!("/e{}", "d".repeat(250))));
        assert!(!is_named_after(&cut, &format!("/{}", "d".repeat(198))));
    }
}
