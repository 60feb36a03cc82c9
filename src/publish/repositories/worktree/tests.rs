//! Folders as git leaves them, and folders that only claim to be that.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use super::{Found, look};

/// A main repository and a worktree of it, as `git worktree add` leaves them.
struct Repository {
    folder: tempfile::TempDir,
}

impl Repository {
    fn new() -> Self {
        let made = Self { folder: tempfile::tempdir().unwrap() };
        fs::create_dir_all(made.at("main/.git/worktrees/fix")).unwrap();
        fs::create_dir_all(made.at("main/src")).unwrap();
        fs::create_dir_all(made.at("fix/src")).unwrap();
        made.write("fix/.git", &format!("gitdir: {}\n", made.at("main/.git/worktrees/fix").display()));
        made.write("main/.git/worktrees/fix/commondir", "../..\n");
        made.write("main/.git/worktrees/fix/gitdir", &format!("{}\n", made.at("fix/.git").display()));
        made
    }

    fn at(&self, path: &str) -> PathBuf {
        self.folder.path().canonicalize().unwrap().join(path)
    }

    fn write(&self, path: &str, text: &str) {
        fs::write(self.at(path), text).unwrap();
    }

    fn look(&self, path: &str) -> Found {
        look(&self.at(path))
    }
}

#[test]
fn a_worktree_is_its_main_repository_and_a_folder_in_it_the_same_folder_there() {
    let made = Repository::new();
    assert_eq!(made.look("fix"), Found::Main(made.at("main")));
    assert_eq!(made.look("fix/src"), Found::Main(made.at("main/src")));
    assert_eq!(made.look("main"), Found::None);
    assert_eq!(made.look("main/src"), Found::None);
    assert_eq!(look(Path::new("relative")), Found::None);
    assert_eq!(look(&made.at("fix").join("../fix")), Found::None, "not as Claude Code names folders");
    assert_eq!(made.look("gone"), Found::Unknown, "it may be on a disk that comes back");
}

#[test]
fn a_worktree_with_relative_paths_and_one_of_a_bare_repository_are_found() {
    let made = Repository::new();
    made.write("fix/.git", "gitdir: ../main/.git/worktrees/fix");
    made.write("main/.git/worktrees/fix/gitdir", "../../../../fix/.git");
    assert_eq!(made.look("fix"), Found::Main(made.at("main")));

    fs::create_dir_all(made.at("bare.git/worktrees/fix")).unwrap();
    made.write("fix/.git", "gitdir: ../bare.git/worktrees/fix");
    made.write("bare.git/worktrees/fix/commondir", "../..");
    made.write("bare.git/worktrees/fix/gitdir", "../../../fix/.git");
    assert_eq!(made.look("fix"), Found::Main(made.at("bare.git")));
}

#[test]
fn a_worktree_reached_through_a_link_is_found() {
    let made = Repository::new();
    symlink(made.at("fix"), made.at("link")).unwrap();
    assert_eq!(made.look("link"), Found::Main(made.at("main")));
}

#[test]
fn git_made_worktrees_are_found() {
    let folder = tempfile::tempdir().unwrap();
    let at = |path: &str| folder.path().canonicalize().unwrap().join(path);
    let git = |arguments: &[&str]| {
        let mut git = std::process::Command::new("git");
        git.args(["-c", "user.name=a", "-c", "user.email=a@b", "-c", "init.defaultBranch=main"])
            .args(arguments);
        git.env("HOME", folder.path()).env("GIT_CONFIG_NOSYSTEM", "1").current_dir(folder.path());
        git.output()
    };
    if git(&["--version"]).is_err() {
        println!("NOT RUN: git is not installed");
        return;
    }
    for arguments in [
        &["init", "-q", "main"][..],
        &["-C", "main", "commit", "-q", "--allow-empty", "-m", "one"],
        &["-C", "main", "worktree", "add", "-q", "../fix"],
        &["-C", "main", "worktree", "add", "-q", ".claude/worktrees/two"],
    ] {
        let done = git(arguments).unwrap();
        assert!(done.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
    }
    assert_eq!(look(&at("fix")), Found::Main(at("main")));
    assert_eq!(look(&at("main/.claude/worktrees/two")), Found::Main(at("main")));
    assert_eq!(look(&at("main")), Found::None);
}

#[test]
fn a_worktree_whose_repository_is_not_mounted_is_unknown_until_it_is_back() {
    let made = Repository::new();
    fs::rename(made.at("main"), made.at("away")).unwrap();
    assert_eq!(made.look("fix"), Found::Unknown);
    fs::rename(made.at("away"), made.at("main")).unwrap();
    assert_eq!(made.look("fix"), Found::Main(made.at("main")));
}

#[test]
fn a_repository_that_does_not_know_a_worktree_is_not_its_repository() {
    let made = Repository::new();
    // Whoever copies a `.git` file does not become a worktree.
    fs::create_dir_all(made.at("claims")).unwrap();
    fs::copy(made.at("fix/.git"), made.at("claims/.git")).unwrap();
    assert_eq!(made.look("claims"), Found::None);
    // Nor whoever writes the files of git beside it and names a repository that has none of them.
    fs::create_dir_all(made.at("claims/own")).unwrap();
    made.write("claims/.git", &format!("gitdir: {}", made.at("claims/own").display()));
    made.write("claims/own/commondir", &format!("{}", made.at("main/.git").display()));
    made.write("claims/own/gitdir", &format!("{}", made.at("claims/.git").display()));
    assert_eq!(made.look("claims"), Found::None);
    // A submodule names a git folder without a common one.
    fs::create_dir_all(made.at("main/.git/modules/sub")).unwrap();
    made.write("claims/.git", "gitdir: ../main/.git/modules/sub");
    assert_eq!(made.look("claims"), Found::None);
}

#[test]
fn what_is_no_file_of_git_is_refused_without_waiting() {
    let made = Repository::new();
    let git = made.at("fix/.git");
    let hostile = |text: &[u8]| {
        fs::write(&git, text).unwrap();
        assert_eq!(
            made.look("fix"),
            Found::None,
            "{:?}",
            String::from_utf8_lossy(&text[..text.len().min(40)])
        );
    };
    hostile(b"");
    hostile(b"gitdir:");
    hostile(b"gitdir: \0");
    hostile(b"gitdir: \xff\xfe");
    hostile(b"gitdir: .git");
    hostile(b"gitdir: ../../../../../../../../../../../../../../../../../../../../../../..");
    hostile(b"gitdir: /dev/zero");
    hostile(b"gitdir: a\ngitdir: b");
    hostile(&[b"gitdir: /".as_slice(), &vec![b'a'; 1 << 20]].concat());
    hostile(&[b"gitdir: /".as_slice(), &vec![b'a'; 7 << 10]].concat());
    fs::remove_file(&git).unwrap();
    symlink(made.at("main/.git"), &git).unwrap();
    assert_eq!(made.look("fix"), Found::None, "a link");
    fs::remove_file(&git).unwrap();
    symlink(".git", &git).unwrap();
    assert_eq!(made.look("fix"), Found::None, "a loop");
    fs::remove_file(&git).unwrap();
    let pipe = |path: &Path| {
        rustix::fs::mknodat(rustix::fs::CWD, path, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
    };
    pipe(&git);
    assert_eq!(made.look("fix"), Found::None, "a pipe");

    let made = Repository::new();
    let common = made.at("main/.git/worktrees/fix/commondir");
    fs::remove_file(&common).unwrap();
    pipe(&common);
    assert_eq!(made.look("fix"), Found::None, "a pipe where the repository is named");
}
