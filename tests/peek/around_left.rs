//! What a status line leaves behind of the programs that it asks: no storm of them, no processes, few and small files, and no
//! program of a stranger that a repository names.

use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use cco::snapshot::Publication;
use rustix::process::{Pid, Signal, kill_process};

use crate::around::{User, has_git};
use crate::published::{counters, publication};
use crate::skipped::skipped;

/// Longer than anything here takes, also on a machine that is overloaded.
const PATIENCE: Duration = Duration::from_secs(60);

fn lines(path: &Path) -> usize {
    std::fs::read_to_string(path).unwrap_or_default().lines().count()
}

#[track_caller]
fn wait_for(what: &str, mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < PATIENCE, "waited in vain for: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Whether a process runs. One that only waits for its parent does not.
fn runs(pid: &str) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", pid.trim())).unwrap_or_default();
    stat.rsplit(") ").next().is_some_and(|state| !state.is_empty() && !state.starts_with(['Z', 'X']))
}

/// A program that follows, and what it prints. It ends with its test, also with one that fails.
struct Follower {
    child: Child,
    output: Option<BufReader<ChildStdout>>,
}

impl Follower {
    fn start(command: &mut Command, template: &str) -> Self {
        command.args(["--format", template, "--follow"]).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let output = child.stdout.take().map(BufReader::new);
        Self { child, output }
    }

    fn next(&mut self) -> String {
        let mut line = String::new();
        self.output.as_mut().unwrap().read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    /// Ends it as a bar does.
    fn end(&self) {
        let process = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw).unwrap();
        kill_process(process, Signal::TERM).unwrap();
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        if self.child.try_wait().is_ok_and(|status| status.is_none()) {
            self.end();
            let _ = self.child.wait();
        }
    }
}

fn ended(child: &mut Child) -> ExitStatus {
    let mut status = None;
    wait_for("the end of a process", || {
        status = child.try_wait().unwrap();
        status.is_some()
    });
    status.unwrap()
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
    let mut follower = Follower::start(&mut command, "{today.requests} {cmd:mine}");
    assert_eq!(follower.next(), "1 hi");
    for n in 2..6 {
        user.published.writer.commit(&with_requests(n)).unwrap();
        assert_eq!(follower.next(), format!("{n} hi"));
    }
    assert_eq!(lines(&count), 1);
}

#[test]
fn following_piles_up_no_processes_no_threads_and_no_pipes() {
    let mut user = User::new("");
    let pids = user.folder.path().join("pids");
    std::fs::write(
        user.config(),
        format!(
            "[statusline.commands.mine]\nrun = 'sleep 600 >/dev/null 2>&1 & echo $! >> {0}; echo hi'\ntimeout_ms = 5000\nevery_s = 0\n\
             [statusline.commands.late]\nrun = 'sleep 600 & echo $! >> {0}; sleep 600'\ntimeout_ms = 50\nevery_s = 0\n",
            pids.display()
        ),
    )
    .unwrap();
    let mut follower = Follower::start(&mut user.peek(), "{today.requests} {cmd:mine}{cmd:late}");
    let process = format!("/proc/{}", follower.child.id());
    let count = |folder: &str| std::fs::read_dir(format!("{process}/{folder}")).map_or(0, Iterator::count);
    let mut most = [0; 2];
    for n in 1..8 {
        user.published.writer.commit(&with_requests(n)).unwrap();
        assert!(follower.next().starts_with(&format!("{n} hi")));
        // While it waits for the next change.
        wait_for("threads to end", || count("task") <= 2);
        let now = [count("task"), count("fd")];
        most = if n == 2 { now } else { most };
        assert!(n <= 2 || now.iter().zip(most).all(|(now, most)| *now <= most), "{now:?} after {most:?}");
    }
    let pids = std::fs::read_to_string(&pids).unwrap();
    assert!(pids.lines().count() >= 7, "{pids}");
    for pid in pids.lines() {
        wait_for("the end of what was left behind", || !runs(pid));
    }
}

#[test]
fn a_signal_that_ends_a_follower_ends_the_command_that_it_waits_for() {
    let user = User::new("");
    let pid = user.folder.path().join("pid");
    std::fs::write(
        user.config(),
        format!(
            "[statusline.commands.mine]\nrun = 'sleep 600 & echo $! > {}; wait'\ntimeout_ms = 5000\nevery_s = 3600\n",
            pid.display()
        ),
    )
    .unwrap();
    let mut follower = Follower::start(&mut user.peek(), "{cmd:mine}");
    wait_for("the command", || lines(&pid) == 1);
    follower.end();
    assert_eq!(ended(&mut follower.child).signal(), Some(Signal::TERM.as_raw()));
    let pid = std::fs::read_to_string(&pid).unwrap();
    wait_for("the command's end", || !runs(&pid));
}

#[test]
fn a_follower_ends_when_nobody_reads_it_although_its_line_does_not_change() {
    let mut user = User::new("");
    let mut follower = Follower::start(&mut user.peek(), "{today.requests}");
    assert_eq!(follower.next(), "1");
    follower.output = None;
    user.published.writer.commit(&with_requests(1)).unwrap();
    assert!(ended(&mut follower.child).success());
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

#[test]
fn nothing_is_fetched_by_a_program_that_a_repository_names() {
    if !has_git() {
        skipped("git is not there, so nothing asked it");
        return;
    }
    let user = User::new("[statusline]\ngit = { timeout_ms = 5000, every_s = 0 }\n");
    user.git(&["init", "-q", "-b", "main"]);
    std::fs::write(user.project().join("a"), "1\n").unwrap();
    user.git(&["add", "a"]);
    user.git(&["commit", "-qm", "one"]);
    let trap = user.folder.path().join("ran");
    let url = format!("ext::sh -c touch% {}", trap.display());
    for (key, value) in [
        ("core.repositoryFormatVersion", "1"),
        ("extensions.partialClone", "origin"),
        ("remote.origin.promisor", "true"),
        ("remote.origin.url", &url),
        ("protocol.ext.allow", "always"),
    ] {
        user.git(&["config", key, value]);
    }
    // The old content of the file, which git wants to compare, is only at the remote.
    let object = user.git(&["hash-object", "a"]);
    let (folder, name) = object.split_at(2);
    std::fs::remove_file(user.project().join(".git/objects").join(folder).join(name)).unwrap();
    std::fs::write(user.project().join("a"), "2\n").unwrap();
    assert_eq!(user.shown("[{git.branch}][+{git.added}]"), "main", "unknown, not zero");
    assert!(!trap.exists());
    user.git_command(&["diff", "--shortstat"]).stderr(Stdio::null()).status().unwrap();
    assert!(trap.exists(), "the trap works");
}
