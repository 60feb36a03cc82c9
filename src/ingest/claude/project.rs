//! Projects: the folders below `projects/`, and the working folders that they are named after.
//!
//! Claude Code names a project's folder after the working folder, with every character that is not an ASCII
//! letter or digit replaced by `-`. The name loses information, so the folder's name is the project's key. A
//! working folder that a record names belongs to the project only if it encodes to that name.
//!
//! Invariant: which of several working folders is kept does not depend on the order in which they are read.

use std::sync::Arc;

/// The project key of transcripts directly in `projects/`.
pub const NO_PROJECT: &str = "-";

/// A working folder, and when a record first named it. The lowest of several is the project's.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct WorkingFolder {
    /// The record's time, in milliseconds UTC.
    pub at_ms: i64,
    /// The path as the record gives it.
    pub path: Arc<str>,
}

/// Claude Code cuts longer names to this length and appends a hash.
const CUT: usize = 200;

/// Whether a project's folder is named after this working folder.
///
/// A character above U+FFFF may be encoded as one `-` or as two, because it is two units in a JavaScript
/// string. The case of a drive letter does not matter. If the name was cut, only the part before the cut is
/// compared.
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
    fn a_working_folder_encodes_to_its_projects_name() {
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
    fn the_case_of_a_drive_letter_does_not_matter() {
        assert!(is_named_after("c--Users-ada", "C:\\Users\\ada"));
        assert!(is_named_after("C--Users-ada", "c:\\Users\\ada"));
        assert!(!is_named_after("C--users-ada", "C:\\Users\\ada"));
        assert!(!is_named_after("A-b", "a/b"));
    }

    #[test]
    fn a_cut_name_is_compared_up_to_the_cut() {
        let deep = format!("/{}", "d".repeat(250));
        let cut = format!("-{}-1x2y3z", "d".repeat(199));
        assert!(is_named_after(&cut, &deep));
        assert!(is_named_after(&format!("-{}", "d".repeat(250)), &deep), "a name that was not cut");
        assert!(!is_named_after(&cut, &format!("/{}", "d".repeat(100))));
        assert!(!is_named_after(&cut, &format!("/e{}", "d".repeat(250))));
        assert!(!is_named_after(&cut, &format!("/{}", "d".repeat(198))));
    }
}
