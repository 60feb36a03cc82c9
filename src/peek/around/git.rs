//! The git repository around a folder: its branch and commit from the files in `.git`, the rest from git's output.
//!
//! Invariant: no program is started for the branch and the commit, whatever the files contain, and reads are bounded.
//! Git is told not to fetch, lock or write anything, and not to run any hook, pager, watcher, external diff or text
//! conversion that a repository names. Filters such as those of git-lfs run as usual, because git needs them to compare
//! files. Used by `around`.

use std::io::Read as _;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use crate::own_folder::open_regular;

/// How many folders upwards to look for a repository.
const LEVELS_MAX: usize = 64;
/// The most bytes to read of a small file.
const SMALL_MAX: u64 = 4096;
/// The most bytes to read of the list of packed references.
const PACKED_MAX: u64 = 8 << 20;
/// The letters of a short id.
const SHORT: usize = 7;
/// How the line of a status begins that says how far the branch is from its upstream.
const DISTANCE_LINE: &str = "# branch.ab ";

/// What git is told before any command: no pager, no watcher and no hook that the repository's config names is run.
pub(super) const FIRST: [&str; 5] =
    ["--no-pager", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null"];
/// Whether anything is changed, and how far the branch is from its upstream.
pub(super) const STATUS: [&str; 4] = ["status", "--porcelain=v2", "--branch", "--ignore-submodules=dirty"];
/// How far the branch is from its upstream.
pub(super) const DISTANCE: [&str; 4] = ["rev-list", "--left-right", "--count", "HEAD...@{upstream}"];
/// How many lines are changed.
pub(super) const CHANGES: [&str; 8] = [
    // Git would write the index here whatever GIT_OPTIONAL_LOCKS says, and leave its lock behind if it is killed.
    "-c",
    "diff.autoRefreshIndex=false",
    "diff",
    "--shortstat",
    "--no-ext-diff",
    "--no-textconv",
    "--ignore-submodules=dirty",
    "HEAD",
];
/// Git's environment: nothing is locked, fetched, asked or translated. Before 2.44 only the protocols keep it from fetching.
pub(super) const VARIABLES: [(&str, &str); 5] = [
    ("GIT_OPTIONAL_LOCKS", "0"),
    ("GIT_NO_LAZY_FETCH", "1"),
    ("GIT_ALLOW_PROTOCOL", "none"),
    ("GIT_TERMINAL_PROMPT", "0"),
    ("LC_ALL", "C"),
];

/// A repository, or a worktree of one.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Repository {
    /// Where this worktree keeps its own files: `.git`, or a folder below it.
    own: PathBuf,
    /// Where all worktrees keep what they share.
    common: PathBuf,
}

impl Repository {
    /// The repository that a folder is in.
    pub(super) fn around(folder: &Path) -> Option<Self> {
        folder.ancestors().take(LEVELS_MAX).find_map(|folder| {
            let dot_git = folder.join(".git");
            let own = match std::fs::metadata(&dot_git).ok()? {
                found if found.is_dir() => dot_git,
                _ => folder.join(path(small(&dot_git)?.strip_prefix(b"gitdir:")?)),
            };
            small(&own.join("HEAD"))?;
            let common = small(&own.join("commondir")).map_or_else(|| own.clone(), |to| own.join(path(&to)));
            Some(Self { own, common })
        })
    }

    /// The branch that is checked out, or the commit if none is.
    pub(super) fn branch(&self) -> Option<String> {
        match self.head()? {
            Head::Reference(name) => {
                // With the reftable format, HEAD has this instead of a branch.
                let name = name.strip_prefix("refs/heads/").unwrap_or(&name).to_owned();
                (name != ".invalid").then_some(name)
            }
            Head::Commit(id) => Some(id),
        }
    }

    /// The commit that is checked out.
    pub(super) fn commit(&self) -> Option<String> {
        match self.head()? {
            Head::Commit(id) => Some(id),
            Head::Reference(name) => {
                // Only below these folders, whatever the file says.
                let is_plain = name.starts_with("refs/") && !name.split('/').any(|part| part == "..");
                let loose = || {
                    let folders = [&self.own, &self.common];
                    folders.into_iter().find_map(|folder| short_id(&small(&folder.join(&name))?))
                };
                if is_plain { loose().or_else(|| self.packed(&name)) } else { None }
            }
        }
    }

    fn head(&self) -> Option<Head> {
        let head = small(&self.own.join("HEAD"))?;
        match head.strip_prefix(b"ref:") {
            Some(name) => Some(Head::Reference(String::from_utf8_lossy(name.trim_ascii()).into_owned())),
            None => short_id(&head).map(Head::Commit),
        }
    }

    /// The commit of a reference in the list of packed ones.
    fn packed(&self, name: &str) -> Option<String> {
        let list = bytes(&self.common.join("packed-refs"), PACKED_MAX)?;
        let mut lines = list.split(|byte| *byte == b'\n');
        let line =
            lines.find(|line| line.strip_suffix(name.as_bytes()).is_some_and(|rest| rest.ends_with(b" ")))?;
        short_id(line.split(|byte| *byte == b' ').next()?)
    }
}

/// What HEAD names.
enum Head {
    Reference(String),
    Commit(String),
}

/// The start of an id, if these bytes begin with a whole one.
fn short_id(bytes: &[u8]) -> Option<String> {
    let bytes = bytes.trim_ascii();
    let is_id = matches!(bytes.len(), 40 | 64) && bytes.iter().all(u8::is_ascii_hexdigit);
    is_id.then(|| String::from_utf8_lossy(&bytes[..SHORT]).into_owned())
}

/// A small file without the line break at its end.
fn small(path: &Path) -> Option<Vec<u8>> {
    bytes(path, SMALL_MAX).map(|bytes| bytes.trim_ascii_end().to_vec())
}

fn bytes(path: &Path, most: u64) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    open_regular(path).ok()??.take(most).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

/// A path that a file names.
fn path(bytes: &[u8]) -> &Path {
    Path::new(std::ffi::OsStr::from_bytes(bytes.trim_ascii()))
}

/// What of a status is needed: [`is_dirty`] and [`distance_of_status`] say the same of both. No names of files are in it.
pub(super) fn brief_status(status: &str) -> String {
    let distance = status.lines().find(|line| line.starts_with(DISTANCE_LINE)).unwrap_or_default();
    let changed = if is_dirty(status) { "?" } else { "" };
    format!("{distance}\n{changed}\n")
}

/// Whether a status lists anything besides the branch.
pub(super) fn is_dirty(status: &str) -> bool {
    status.lines().any(|line| !line.is_empty() && !line.starts_with('#'))
}

/// How many commits a status says the branch is ahead and behind; `None` if it has no upstream.
pub(super) fn distance_of_status(status: &str) -> Option<[u64; 2]> {
    let line = status.lines().find_map(|line| line.strip_prefix(DISTANCE_LINE))?;
    let (ahead, behind) = line.split_once(' ')?;
    Some([ahead.strip_prefix('+')?.parse().ok()?, behind.strip_prefix('-')?.parse().ok()?])
}

/// The same from a count of both sides.
pub(super) fn distance(counts: &str) -> Option<[u64; 2]> {
    let (ahead, behind) = counts.trim().split_once('\t')?;
    Some([ahead.parse().ok()?, behind.parse().ok()?])
}

/// Lines added and removed, from a short statistic, which is empty if nothing is changed.
pub(super) fn changes(statistic: &str) -> Option<[u64; 2]> {
    let of = |word: &str| {
        let mut parts = statistic.split(',').filter(|part| part.contains(word));
        parts.next().map_or(Some(0), |part| part.split_whitespace().next()?.parse().ok())
    };
    Some([of("insertion")?, of("deletion")?])
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const ID: &str = "0123456789abcdef0123456789abcdef01234567";

    fn written(path: PathBuf, text: &str) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn found(folder: &Path) -> Option<(Option<String>, Option<String>)> {
        Repository::around(folder).map(|found| (found.branch(), found.commit()))
    }

    #[test]
    fn the_branch_and_its_commit_are_found_from_any_folder_below() {
        let folder = tempfile::tempdir().unwrap();
        let git = folder.path().join(".git");
        let below = folder.path().join("src/deep");
        fs::create_dir_all(&below).unwrap();
        assert_eq!(found(&below), None);
        written(git.join("HEAD"), "ref: refs/heads/work/quay\n");
        assert_eq!(found(&below), Some((Some("work/quay".into()), None)), "a branch without a commit");
        written(
            git.join("packed-refs"),
            &format!(
                "# pack-refs with: peeled\n{ID} refs/heads/other/work/quay\nfedcba9876543210fedcba9876543210fedcba98 refs/heads/work/quay\n^{ID}\n"
            ),
        );
        assert_eq!(found(&below), Some((Some("work/quay".into()), Some("fedcba9".into()))));
        written(git.join("refs/heads/work/quay"), &format!("{ID}\n"));
        assert_eq!(found(&below), Some((Some("work/quay".into()), Some("0123456".into()))));
        written(git.join("HEAD"), &format!("{ID}\n"));
        assert_eq!(found(&below), Some((Some("0123456".into()), Some("0123456".into()))), "detached");
    }

    #[test]
    fn a_worktree_has_its_own_branch_and_the_references_of_its_repository() {
        let folder = tempfile::tempdir().unwrap();
        let main = folder.path().join("main/.git");
        written(main.join("HEAD"), "ref: refs/heads/main\n");
        written(main.join("refs/heads/quay"), ID);
        written(main.join("worktrees/quay/HEAD"), "ref: refs/heads/quay\n");
        written(main.join("worktrees/quay/commondir"), "../..\n");
        written(folder.path().join("quay/.git"), "gitdir: ../main/.git/worktrees/quay\n");
        let expected = Some((Some("quay".into()), Some("0123456".into())));
        assert_eq!(found(&folder.path().join("quay")), expected);
        written(
            folder.path().join("quay/.git"),
            &format!("gitdir: {}\n", main.join("worktrees/quay").display()),
        );
        assert_eq!(found(&folder.path().join("quay")), expected);
    }

    #[test]
    fn what_is_no_repository_is_none_and_nothing_outside_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let git = folder.path().join(".git");
        written(folder.path().join("secret"), ID);
        for head in [
            "ref: refs/../../secret",
            "ref: /etc/hostname",
            "ref:",
            "nonsense",
            "",
            "ref: refs/heads/.invalid",
        ] {
            written(git.join("HEAD"), head);
            assert_eq!(Repository::around(folder.path()).unwrap().commit(), None, "{head}");
        }
        fs::remove_dir_all(&git).unwrap();
        for text in ["gitdir: /no/such/folder", "gitdir:", "x", ""] {
            written(git.clone(), text);
            assert_eq!(found(folder.path()), None, "{text}");
        }
        fs::remove_file(&git).unwrap();
        let made = std::process::Command::new("mkfifo").arg(&git).status();
        if made.is_ok_and(|status| status.success()) {
            assert_eq!(found(folder.path()), None, "a pipe does not block");
        }
    }

    #[test]
    fn answers_of_git_are_read_and_others_are_not_known() {
        let status =
            "# branch.oid 1\n# branch.head main\n# branch.upstream o/main\n# branch.ab +2 -13\n? new\n";
        assert_eq!((is_dirty(status), distance_of_status(status)), (true, Some([2, 13])));
        let clean = "# branch.oid (initial)\n# branch.head main\n";
        assert_eq!((is_dirty(clean), distance_of_status(clean)), (false, None));
        for status in [status, clean, ""] {
            let brief = brief_status(status);
            assert_eq!(is_dirty(&brief), is_dirty(status));
            assert_eq!(distance_of_status(&brief), distance_of_status(status));
            assert!(!brief.contains("new"), "{brief}");
        }
        assert_eq!((distance("2\t13\n"), distance("x")), (Some([2, 13]), None));
        assert_eq!(changes(" 2 files changed, 42 insertions(+), 10 deletions(-)\n"), Some([42, 10]));
        assert_eq!(changes(" 1 file changed, 1 deletion(-)\n"), Some([0, 1]));
        assert_eq!((changes(""), changes("x insertions")), (Some([0, 0]), None));
    }
}
