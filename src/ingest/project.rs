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

/// Whether a project's folder is named after this working folder.
///
/// A character beyond U+FFFF may stand as one `-` or as two: it is two units in JavaScript's strings.
pub(super) fn is_named_after(project: &str, cwd: &str) -> bool {
    let mut rest = project.as_bytes();
    for character in cwd.chars() {
        let expected = if character.is_ascii_alphanumeric() { character as u8 } else { b'-' };
        let Some((&first, after)) = rest.split_first() else { return false };
        if first != expected {
            return false;
        }
        rest = after;
        if character.len_utf16() == 2 {
            rest = rest.strip_prefix(b"-").unwrap_or(rest);
        }
    }
    rest.is_empty()
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
}
