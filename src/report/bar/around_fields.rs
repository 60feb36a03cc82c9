//! Named fields for data from around a session: its git repository, and the shortened path of its folder.
//!
//! Invariant: an old answer carries the mark of a figure that may be stale. A field has no value if its answer is
//! unknown or if there is nothing to report, so its section is left out; only line counts can be zero. Used by
//! `catalogue`.

use super::around::{Around, Printed};
use super::definition::{FieldDefinition, entry};
use super::facts::{Facts, NOT_CURRENT, plain};
use super::paint::Value;
use crate::report::figures::grouped;

pub(super) const ENTRIES: &[FieldDefinition] = &[
    entry("cwd", "the session's current folder, shortened: ~/w/c/project", |f| {
        Some(plain(shortened(f.input.folder.as_deref()?, f.around.home.as_deref())))
    }),
    entry("git.branch", "the branch of the current folder, or the commit if there is none", |f| {
        f.around.branch.clone().map(plain)
    }),
    entry("git.commit", "the commit that is checked out there", |f| f.around.commit.clone().map(plain)),
    entry("git.ahead", "commits that its upstream lacks; empty if none (runs git)", |f| {
        answer(f, f.around.distance.map(|[ahead, _]| ahead).filter(|ahead| *ahead > 0).map(grouped))
    }),
    entry("git.behind", "commits of the upstream that it lacks; empty if none (runs git)", |f| {
        answer(f, f.around.distance.map(|[_, behind]| behind).filter(|behind| *behind > 0).map(grouped))
    }),
    entry("git.dirty", "* if files are changed or new; empty if not (runs git)", |f| {
        answer(f, f.around.dirty?.then(|| "*".to_owned()))
    }),
    entry("git.added", "lines added since the last commit (runs git)", |f| {
        answer(f, f.around.changes.map(|[added, _]| grouped(added)))
    }),
    entry("git.removed", "lines removed since the last commit (runs git)", |f| {
        answer(f, f.around.changes.map(|[_, removed]| grouped(removed)))
    }),
];

/// What git said, with a mark if that was before.
fn answer(f: &Facts<'_>, text: Option<String>) -> Option<Value> {
    Some(plain(text? + mark(f.around.is_git_late)))
}

/// What a command printed, with a mark if that was before.
pub(super) fn printed(around: &Around, name: &str) -> Option<Value> {
    let Printed { text, is_late } = around.printed.get(name)?;
    (!text.is_empty()).then(|| plain(format!("{text}{}", mark(*is_late))))
}

fn mark(is_late: bool) -> &'static str {
    if is_late { NOT_CURRENT } else { "" }
}

/// A path with `~` for the home folder and the first letter of each folder before the last.
fn shortened(path: &str, home: Option<&str>) -> String {
    let home = home.map(|home| home.trim_end_matches('/')).filter(|home| !home.is_empty());
    let rest =
        home.and_then(|home| path.strip_prefix(home)).filter(|rest| rest.is_empty() || rest.starts_with('/'));
    let path = rest.map_or_else(|| path.to_owned(), |rest| format!("~{rest}"));
    let parts: Vec<&str> = path.trim_end_matches('/').split('/').collect();
    let Some((last, before)) = parts.split_last() else { return path };
    let short = |part: &&str| -> String {
        // A dot alone says nothing.
        let letters = if part.starts_with('.') { 2 } else { 1 };
        part.chars().take(letters).collect()
    };
    let short: Vec<String> = before.iter().map(short).chain([(*last).to_owned()]).collect();
    match short.join("/") {
        root if root.is_empty() => "/".to_owned(),
        path => path,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_keeps_its_last_folder_and_a_letter_of_each_other() {
        for (path, expected) in [
            ("/home/ada/work/code/project", "~/w/c/project"),
            ("/home/ada", "~"),
            ("/home/ada/", "~"),
            ("/home/adam/x", "/h/a/x"),
            ("/home/ada/.config/cco", "~/.c/cco"),
            ("/", "/"),
            ("/etc", "/etc"),
            ("/日本/語/x", "/日/語/x"),
            ("relative/path", "r/path"),
        ] {
            assert_eq!(shortened(path, Some("/home/ada")), expected);
        }
        assert_eq!(shortened("/home/ada/x", None), "/h/a/x");
        assert_eq!(shortened("/home/ada/x", Some("/")), "/h/a/x");
    }
}
