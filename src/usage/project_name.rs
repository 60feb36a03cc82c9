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

/// What separates the parts of a path: Windows's own character only after a drive.
pub fn path_separator(path: &str) -> char {
    if has_drive(path) { '\\' } else { '/' }
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
