//! What a status line leaves behind of the programs that it asks: no storm of them, no processes, few and small files, and no
//! program of a stranger that a repository names.

use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use cco::snapshot::Publication;

use crate::around::{User, has_git};
use crate::published::{counters, publication};
use crate::skipped::skipped;

fn lines(path: &Path) -> usize {
    std::fs::read_to_string(path).unwrap_or_default().lines().count()
}

/// A program that follows, and what it prints.
fn follow(command: &mut Command, template: &str) -> (Child, BufReader<ChildStdout>) {
    let mut child = command.args(["--format", template, "--follow"]).stdout(Stdio::piped()).spawn().unwrap();
    let output = BufReader::new(child.stdout.take().unwrap());
    (child, output)
}

fn next(output: &mut BufReader<ChildStdout>) -> String {
    let mut line = String::new();
    output.read_line(&mut line).unwrap();
    line.trim_end().to_owned()
}

fn with_requests(n: u64) -> Publication {
    let mut publication = publication(4 + n);
    publication.today.counters = counters(n);
    publication
}

#[test]
fn a_question_whose_asker_is_killed_is_not_asked_again_in_its_period() {
    let user = User::new("");
    let count = user.folder.path().join("count");
    std::fs::write(
        user.config(),
        format!(
            "[statusline.commands.mine]\nrun = 'echo x >> {}; kill -9 $PPID'\ntimeout_ms = 5000\nevery_s = 3600\n",
            count.display()
        ),
    )
    .unwrap();
    let mut killed = user.command("[{cmd:mine}]");
    let killed = killed.stdin(Stdio::null()).stdout(Stdio::null()).status().unwrap();
    assert_eq!(killed.code(), None, "the command killed it");
    assert_eq!(lines(&count), 1);
    let mut command = user.command("[{cmd:mine}]");
    for _ in 0..3 {
        assert!(command.stdin(Stdio::null()).stdout(Stdio::null()).status().unwrap().success());
    }
    assert_eq!(lines(&count), 1);
}

#[test]
fn following_runs_a_command_once_in_its_period_also_if_no_file_can_keep_what_it_said() {
    let mut user = User::new("");
    let count = user.folder.path().join("count");
    std::fs::write(
        user.config(),
        format!(
            "[statusline.commands.mine]\nrun = 'echo x >> {}; echo hi'\ntimeout_ms = 5000\nevery_s = 3600\n",
            count.display()
        ),
    )
    .unwrap();
    let mut command = user.peek();
    command.env("XDG_CACHE_HOME", "/dev/null/cache");
    let (mut child, mut output) = follow(&mut command, "{today.requests} {cmd:mine}");
    assert_eq!(next(&mut output), "1 hi");
    for n in 2..6 {
        user.published.writer.commit(&with_requests(n)).unwrap();
        assert_eq!(next(&mut output), format!("{n} hi"));
    }
    assert_eq!(lines(&count), 1);
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn of_what_programs_print_only_what_a_line_shows_is_kept() {
    let user = User::new(
        "[statusline]\ngit = { timeout_ms = 5000, every_s = 0 }\n[statusline.commands.mine]\n\
         run = 'head -c 60000 /dev/zero | tr \"\\\\0\" x; echo; echo secret'\ntimeout_ms = 5000\n",
    );
    let has_git = has_git();
    if has_git {
        user.git(&["init", "-q"]);
        std::fs::write(user.project().join("secret"), "").unwrap();
    } else {
        skipped("git is not there, so nothing of what it says was kept");
    }
    let line = user.shown("{cmd:mine}[{git.dirty}]");
    assert!(line.contains("xxx") && line.ends_with('*') == has_git, "{line}");
    let cache = user.folder.path().join("cache/cco/statusline");
    let files: Vec<_> = std::fs::read_dir(cache).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(files.len(), 1 + usize::from(has_git));
    for file in files {
        let text = std::fs::read_to_string(file).unwrap();
        assert!(text.len() < 10_000 && !text.contains("secret\\n") && !text.contains("? secret"), "{text}");
    }
}

#[test]
fn what_a_repository_plugs_into_git_is_not_run() {
    if !has_git() {
        skipped("git is not there, so nothing asked it");
        return;
    }
    let user = User::new("[statusline]\ngit = { timeout_ms = 5000, every_s = 0 }\n");
    user.git(&["init", "-q"]);
    let trap = user.folder.path().join("ran");
    let run = format!("touch {}", trap.display());
    for key in ["core.fsmonitor", "diff.external", "core.pager", "core.sshCommand"] {
        user.git(&["config", key, &run]);
    }
    let hooks = user.folder.path().join("hooks");
    std::fs::create_dir(&hooks).unwrap();
    let hook = hooks.join("post-index-change");
    std::fs::write(&hook, format!("#!/bin/sh\n{run}\n")).unwrap();
    std::fs::set_permissions(&hook, std::fs::Permissions::from_mode(0o755)).unwrap();
    std::fs::write(user.project().join("a"), "1").unwrap();
    user.git(&["-c", "core.fsmonitor=false", "add", "a"]);
    user.git(&["-c", "core.fsmonitor=false", "commit", "-qm", "one"]);
    user.git(&["config", "core.hooksPath", hooks.to_str().unwrap()]);
    std::fs::write(user.project().join("a"), "2").unwrap();
    let _ = std::fs::remove_file(&trap);
    assert_eq!(user.shown("{git.dirty} {git.added} {git.ahead}"), "* 1 –");
    assert!(!trap.exists());
    user.git(&["status"]);
    assert!(trap.exists(), "the trap works");
}
