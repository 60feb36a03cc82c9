//! Finds calls in users' files to programs of ours that no longer exist. Used by `record`.
//!
//! Invariant: only complete paths are found: as [`super::places::quoted`] writes them, or a plain word that a shell
//! would not expand. Anything else is ignored.

use std::path::PathBuf;

use super::places::{is_plain, is_program};

/// A call to a program that no longer exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LostCall {
    /// The integration that the file belongs to.
    pub integration: String,
    /// The user's file.
    pub file: PathBuf,
    /// The program it calls.
    pub program: PathBuf,
}

/// The paths at which `text` calls a program of ours that does not exist.
pub(super) fn lost(text: &str) -> Vec<PathBuf> {
    let mut lost = called(text);
    lost.retain(|program| !is_program(program));
    lost
}

fn called(text: &str) -> Vec<PathBuf> {
    let is_code = |line: &&str| !line.trim_start().starts_with(['#', ';']);
    let mut found: Vec<_> = text.lines().filter(is_code).flat_map(called_in).map(PathBuf::from).collect();
    found.sort();
    found.dedup();
    found
}

fn called_in(line: &str) -> Vec<&str> {
    let ends = ["/cco", "/cco-peek"].iter().flat_map(|name| {
        let ends = line.match_indices(name).map(|(at, name)| at + name.len());
        ends.filter(|end| !line[*end..].starts_with(is_plain))
    });
    ends.filter_map(|end| path_before(line, end)).collect()
}

/// The absolute path that ends at `end`.
fn path_before(line: &str, end: usize) -> Option<&str> {
    let (before, after) = line.split_at(end);
    let quoted = before.rfind('\'').filter(|_| after.starts_with('\'')).map(|at| &before[at + 1..]);
    if let Some(path) = quoted.filter(|path| path.starts_with('/')) {
        return Some(path);
    }
    let start = before.trim_end_matches(is_plain).len();
    // After anything else, such as a tilde or a variable, it is only part of a path.
    let stands_alone = line[..start].chars().next_back().is_none_or(|c| " \t\"'`(<=;|&,[".contains(c));
    Some(&before[start..]).filter(|path| stands_alone && path.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::setup::places::quoted;

    #[test]
    fn a_path_is_found_however_it_is_called() {
        for path in ["/x/bin/cco-peek", "/x/cco", "/a b/c d/cco-peek", "/a b /c/cco", "/é/cco"] {
            let word = quoted(path);
            for line in [
                format!(r#"{{"command": "{word} statusline"}}"#),
                format!("  set -ag status-right \" #({word} --format tmux)\""),
                format!("source <({word} completions zsh)"),
                format!("command = \"{word} --format starship\""),
                word.clone(),
            ] {
                assert_eq!(called(&line), [Path::new(path)], "{line}");
            }
        }
        assert_eq!(
            called("a='/x/cco' b=/y/cco-peek c=/x/cco"),
            [Path::new("/x/cco"), Path::new("/y/cco-peek")]
        );
        assert_eq!(called("sh -c 'exec /x/cco'"), [Path::new("/x/cco")]);
    }

    #[test]
    fn only_complete_paths_to_our_programs_are_found() {
        for line in [
            "cco-peek statusline",
            "~/bin/cco-peek",
            "$HOME/bin/cco",
            "${X}/cco",
            "bin/cco",
            "/x/cco.toml",
            "/x/ccoo",
            "/x/cco/file",
            "see https://x.example/cco",
            "# was /old/cco",
        ] {
            assert_eq!(called(line), <[&Path; 0]>::default(), "{line}");
        }
    }
}
