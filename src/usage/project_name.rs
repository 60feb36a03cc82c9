//! Projects' keys: the names of the folders below `projects/`, and the working folders that they stand for.
//!
//! Claude Code names a project's folder after the working folder, with every character that is not an ASCII
//! letter or digit replaced by `-`. The name loses information, so it is the project's key, and which working
//! folder it stands for is known only from transcripts.
//!
//! Invariant: a drive is one drive, however its letter is written.

use std::sync::Arc;

/// The key of the project whose folder has this name.
pub fn project_key(folder: &str) -> Arc<str> {
    match folder.as_bytes() {
        [drive @ b'a'..=b'z', b'-', b'-', ..] => {
            format!("{}{}", char::from(drive.to_ascii_uppercase()), &folder[1..]).into()
        }
        _ => folder.into(),
    }
}

/// Whether a path that somebody names is a project's: the working folder that is known from its transcripts, or one
/// that Claude Code names the same folder after. A name that was cut stands for many, so there the known one decides.
pub fn is_project_of(key: &str, known: Option<&str>, named: &str) -> bool {
    known.is_some_and(|known| is_same_path(known, named))
        || (known.is_none() || key.len() <= CUT) && is_named_after(key, named)
}

/// Whether two names of project folders are one: the case of a drive letter does not matter.
pub fn is_same_key(a: &str, b: &str) -> bool {
    let is_drive =
        |key: &str| matches!(key.as_bytes(), [letter, b'-', b'-', ..] if letter.is_ascii_alphabetic());
    a == b || is_drive(a) && is_drive(b) && a[1..] == b[1..] && a[..1].eq_ignore_ascii_case(&b[..1])
}

/// Whether this is a whole path, not a name in one.
pub fn is_whole_path(path: &str) -> bool {
    path.starts_with('/') || has_drive(path)
}

/// Whether two working folders are one project's: the same one, or Claude Code names the same folder after them.
pub fn is_one_project(a: &str, b: &str) -> bool {
    let (key, other) = (key_of(a), key_of(b));
    is_same_path(a, b) || key.len() <= CUT && is_same_key(&key, &other)
}

/// The folder that Claude Code names after this working folder, before it is cut.
fn key_of(cwd: &str) -> String {
    let letter = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
    cwd.chars().flat_map(|c| std::iter::repeat_n(letter(c), c.len_utf16())).collect()
}

/// What separates the parts of a path: Windows's own character only after a drive.
pub fn path_separator(path: &str) -> char {
    if has_drive(path) { '\\' } else { '/' }
}

/// The last part of a path; empty if it has none, like `/` and a drive.
pub fn last_part(path: &str) -> &str {
    let separator = path_separator(path);
    let part = path.trim_end_matches(separator).rsplit(separator).next().unwrap_or_default();
    if has_drive(path) && path[..2] == *part { "" } else { part }
}

fn is_same_path(a: &str, b: &str) -> bool {
    a == b || has_drive(a) && has_drive(b) && a[1..] == b[1..] && a[..1].eq_ignore_ascii_case(&b[..1])
}

fn has_drive(path: &str) -> bool {
    matches!(path.as_bytes(), [letter, b':', ..] if letter.is_ascii_alphabetic())
}

/// Claude Code cuts longer names to this length and appends a hash.
const CUT: usize = 200;

/// Whether a project's folder is named after this working folder.
///
/// A character above U+FFFF may be encoded as one `-` or as two, because it is two units in a JavaScript
/// string. The case of a drive letter does not matter. If the name was cut, only the part before the cut is
/// compared.
pub fn is_named_after(project: &str, cwd: &str) -> bool {
    let project = project.as_bytes();
    let (mut rest, is_cut) = match project.split_at_checked(CUT) {
        Some((kept, hash)) if hash.len() > 1 && hash[0] == b'-' => (kept, true),
        _ => (project, false),
    };
    let has_drive = has_drive(cwd);
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
    fn a_drive_is_written_in_one_way_in_keys() {
        assert_eq!(&*project_key("c--Users-ada"), "C--Users-ada");
        for kept in ["C--Users-ada", "-home-c--x", "c-x", "é--x", "c", ""] {
            assert_eq!(&*project_key(kept), kept);
        }
    }

    #[test]
    fn two_keys_that_differ_in_the_case_of_a_drive_letter_are_one() {
        assert!(is_same_key("c--x", "C--x") && is_same_key("-x", "-x"));
        for (a, b) in [("C--x", "C--X"), ("C--x", "D--x"), ("c-x", "C-x"), ("a", "A"), ("", "C--x")] {
            assert!(!is_same_key(a, b), "{a} {b}");
        }
    }

    #[test]
    fn the_last_part_of_a_path_is_behind_its_own_separator() {
        let parts = [
            ("/home/ada/api", "api"),
            ("/home/ada/api//", "api"),
            ("C:\\Users\\ada\\api\\", "api"),
            ("/home/ada/a\\b", "a\\b"),
            ("api", "api"),
            ("/", ""),
            ("C:\\", ""),
            ("", ""),
        ];
        for (path, part) in parts {
            assert_eq!(last_part(path), part, "{path}");
        }
    }

    #[test]
    fn two_folders_are_one_project_if_they_encode_alike() {
        for (a, b) in [("/w/a-b", "/w/a/b"), ("c:\\x", "C:\\x"), ("/w/\u{65b0}", "/w/\u{66ab}"), ("/x", "/x")]
        {
            assert!(is_one_project(a, b), "{a} {b}");
        }
        let deep = |last| format!("/{}/{last}", "d".repeat(250));
        assert!(is_one_project(&deep("a"), &deep("a")));
        for (a, b) in [(&*deep("a-b"), &*deep("a/b")), ("/w/a", "/w/b"), ("C:\\x", "D:\\x")] {
            assert!(!is_one_project(a, b), "{a} {b}");
        }
    }

    #[test]
    fn a_path_is_a_projects_if_its_transcripts_say_so_or_if_it_encodes_alike() {
        assert!(is_project_of("named-freely", Some("/w/x"), "/w/x"));
        assert!(is_project_of("C--x", Some("c:\\x"), "C:\\x"));
        assert!(is_project_of("-w---", Some("/w/\u{65b0}\u{805e}"), "/w/\u{66ab}\u{5b58}"));
        assert!(is_project_of("-w-x", None, "/w/x"));
        assert!(!is_project_of("-w-x", Some("/w/x"), "/w/y"));
        let (deep, other) = (format!("/{}/a", "d".repeat(250)), format!("/{}/b", "d".repeat(250)));
        let cut = format!("-{}-1x2y3z", "d".repeat(199));
        assert!(is_project_of(&cut, None, &deep) && is_project_of(&cut, Some(&deep), &deep));
        assert!(!is_project_of(&cut, Some(&deep), &other), "which of those that encode alike is known");
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
