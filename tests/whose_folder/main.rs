//! Whose folder it is: the programs over folders and files that others could change, as other users would prepare
//! them. Every command refuses with what to do, none hangs, and nothing behind a link changes.

#[path = "../skipped/mod.rs"]
mod skipped;

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, chown, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use rustix::fs::{CWD, FileType, Mode};

use crate::skipped::skipped;

/// No command here takes as long, unless it waits for a pipe.
const PATIENCE: Duration = Duration::from_secs(60);
/// User and group of nobody in particular.
const NOBODY: u32 = 65_534;
const LINE: &str = r#"{"type":"assistant","timestamp":"2026-01-31T12:00:00.000Z","requestId":"req_1","sessionId":"s","cwd":"/p","message":{"id":"msg_1","model":"claude-sonnet-4-5","usage":{"input_tokens":1000,"output_tokens":500}}}"#;

/// Commands that use the state folder.
const COMMANDS: [&[&str]; 14] = [
    &[],
    &["daily"],
    &["session", "--json"],
    &["blocks"],
    &["publish", "--once"],
    &["publish"],
    &["daemon", "start"],
    &["daemon", "status"],
    &["daemon", "logs"],
    &["ledger", "verify"],
    &["ledger", "export"],
    &["budget"],
    &["prices"],
    &["uninstall", "--dry-run"],
];

struct Home(tempfile::TempDir);

impl Home {
    /// A home with a transcript that was counted.
    fn counted() -> Self {
        let home = Self(tempfile::tempdir().unwrap());
        let project = home.path().join(".claude/projects/-p");
        fs::create_dir_all(&project).unwrap();
        fs::write(project.join("s.jsonl"), format!("{LINE}\n")).unwrap();
        let config = home.path().join(".config/cco");
        fs::create_dir_all(&config).unwrap();
        fs::write(config.join("config.toml"), "[budgets]\ndaily = \"20\"\n").unwrap();
        let output = home.cco(&["publish", "--once"]);
        assert!(output.status.success(), "{}", text(&output.stderr));
        home
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn state(&self) -> PathBuf {
        self.path().join(".local/state/cco")
    }

    fn cco(&self, arguments: &[&str]) -> Output {
        run(self.command(env!("CARGO_BIN_EXE_cco")).args(arguments))
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.env_clear().env("HOME", self.path()).env("CCO_TIMEZONE", "UTC");
        command
    }

    /// Every command must refuse, and say this.
    fn all_refuse(&self, words: &[&str]) {
        for arguments in COMMANDS {
            let output = self.cco(arguments);
            let said = text(&output.stderr);
            assert!(!output.status.success(), "{arguments:?} went on: {}", text(&output.stdout));
            for word in words {
                assert!(said.contains(word), "{arguments:?}: {said}");
            }
        }
        let output = self.cco(&["doctor"]);
        assert_eq!(output.status.code(), Some(1), "doctor finds it: {}", text(&output.stdout));
    }
}

/// Runs a program, which must end.
fn run(command: &mut Command) -> Output {
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let pid = rustix::process::Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
    let (sender, ended) = std::sync::mpsc::channel::<()>();
    // Whoever waits for a pipe waits for ever.
    let watch = std::thread::spawn(move || {
        let begun = Instant::now();
        if ended.recv_timeout(PATIENCE) == Err(std::sync::mpsc::RecvTimeoutError::Timeout) {
            rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
        }
        begun.elapsed()
    });
    let output = child.wait_with_output().unwrap();
    drop(sender);
    assert!(watch.join().unwrap() < PATIENCE, "it hangs: {}", text(&output.stderr));
    output
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

fn pipe(path: &Path) {
    rustix::fs::mknodat(CWD, path, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
}

#[test]
fn a_state_folder_that_others_can_write_to_is_refused_by_every_command() {
    let home = Home::counted();
    mode(&home.state(), 0o777);
    home.all_refuse(&["other users can write to", "chmod go-w", "--state"]);
    mode(&home.state(), 0o755);
    assert!(home.cco(&["daily"]).status.success(), "to read it is no harm");
}

#[test]
fn a_ledger_that_is_a_link_is_refused_by_every_command() {
    let home = Home::counted();
    let ledger = home.state().join("ledger.db");
    let elsewhere = home.path().join("elsewhere.db");
    fs::rename(&ledger, &elsewhere).unwrap();
    symlink(&elsewhere, &ledger).unwrap();
    let before = fs::read(&elsewhere).unwrap();
    home.all_refuse(&["ledger.db is a symbolic link", "move it away"]);
    assert_eq!(fs::read(&elsewhere).unwrap(), before);
}

#[test]
fn a_ledger_with_another_name_is_read_and_not_written_to() {
    let home = Home::counted();
    let other = home.path().join("other.db");
    fs::hard_link(home.state().join("ledger.db"), &other).unwrap();
    let before = fs::read(&other).unwrap();
    for arguments in [&["publish", "--once"][..], &["ledger", "compact"], &["ledger", "rebuild"]] {
        let output = home.cco(arguments);
        assert!(!output.status.success(), "{arguments:?}");
        assert!(text(&output.stderr).contains("hard links"), "{arguments:?}: {}", text(&output.stderr));
    }
    assert_eq!(fs::read(&other).unwrap(), before);
    assert!(home.cco(&["ledger", "verify"]).status.success());
}

#[test]
fn a_state_folder_of_another_user_is_refused_for_root_as_well() {
    let home = Home::counted();
    if let Err(error) = chown(home.state(), Some(NOBODY), Some(NOBODY)) {
        return skipped(format_args!("only root can give a folder away: {error}"));
    }
    home.all_refuse(&["belongs to user 65534", "run this as that user", "--state"]);
}

#[test]
fn a_ledger_of_another_user_is_refused_by_every_command() {
    let home = Home::counted();
    if let Err(error) = chown(home.state().join("ledger.db"), Some(NOBODY), Some(NOBODY)) {
        return skipped(format_args!("only root can give a file away: {error}"));
    }
    home.all_refuse(&["ledger.db belongs to user 65534"]);
}

#[test]
fn a_snapshot_of_another_user_is_not_published_over() {
    let home = Home::counted();
    let snapshot = home.state().join("usage.snapshot");
    if let Err(error) = chown(&snapshot, Some(NOBODY), Some(NOBODY)) {
        return skipped(format_args!("only root can give a file away: {error}"));
    }
    let before = fs::read(&snapshot).unwrap();
    let output = home.cco(&["publish", "--once"]);
    assert!(!output.status.success());
    assert!(text(&output.stderr).contains("belongs to user 65534"), "{}", text(&output.stderr));
    assert_eq!(fs::read(&snapshot).unwrap(), before);
}

#[test]
fn pipes_in_place_of_files_of_ours_never_make_anybody_wait() {
    let files = [
        "lock",
        "ledger.db",
        "usage.snapshot",
        "cco.log",
        "cco.stderr",
        "usage.snapshot.lock",
        "config.toml",
    ];
    for name in files {
        let home = Home::counted();
        let is_config = name == "config.toml";
        let path = if is_config { home.path().join(".config/cco") } else { home.state() }.join(name);
        let _ = fs::remove_file(&path);
        pipe(&path);
        for arguments in COMMANDS {
            if arguments == ["publish"] {
                continue; // It goes on where a pipe is of no concern to it.
            }
            let output = home.cco(arguments);
            if arguments == ["daemon", "start"] {
                let _ = home.cco(&["daemon", "stop"]);
            }
            let said = text(&output.stderr) + &text(&output.stdout);
            // 3: no publisher is running, which is no matter of this file.
            let is_done = matches!(output.status.code(), Some(0 | 3));
            assert!(is_done || said.contains(name), "{name}, {arguments:?}: {said}");
        }
        let output = run(&mut home.command(env!("CARGO_BIN_EXE_cco-peek")));
        // 3: the values are there, and no publisher keeps them current.
        let is_shown = matches!(output.status.code(), Some(0 | 3));
        assert!(is_shown || text(&output.stderr).contains(name), "{name}: {}", text(&output.stderr));
    }
}

#[test]
fn what_a_link_in_place_of_a_file_of_ours_leads_to_stays_as_it_is() {
    for name in [
        "lock",
        "cco.log",
        "cco.stderr",
        "budgets.json",
        "alerts.json",
        "usage.snapshot.lock",
        "usage.snapshot.new",
    ] {
        let home = Home::counted();
        let victim = home.path().join("victim");
        fs::write(&victim, "precious").unwrap();
        let path = home.state().join(name);
        for hard in [false, true] {
            let _ = fs::remove_file(&path);
            if hard { fs::hard_link(&victim, &path) } else { symlink(&victim, &path) }.unwrap();
            for arguments in [&["publish", "--once"][..], &["daemon", "start"], &["daemon", "stop"]] {
                home.cco(arguments);
            }
            assert_eq!(fs::read_to_string(&victim).unwrap(), "precious", "{name}, hard link: {hard}");
        }
    }
}

#[test]
fn a_status_line_leaves_nothing_in_a_spool_that_others_can_write_to() {
    let home = Home::counted();
    let spool = home.state().join("usage.snapshot.limits");
    fs::create_dir_all(&spool).unwrap();
    let line = || {
        let mut command = home.command(env!("CARGO_BIN_EXE_cco-peek"));
        let input = home.path().join("input.json");
        let resets_at = jiff::Timestamp::now().as_second() + 3600;
        let limits = format!(r#"{{"five_hour":{{"used_percentage":40,"resets_at":{resets_at}}}}}"#);
        fs::write(&input, format!(r#"{{"session_id":"s","rate_limits":{limits}}}"#)).unwrap();
        command.arg("statusline").stdin(fs::File::open(input).unwrap());
        assert!(command.output().unwrap().status.success());
        fs::read_dir(&spool).unwrap().count()
    };
    mode(&spool, 0o777);
    assert_eq!(line(), 0);
    mode(&spool, 0o700);
    assert_eq!(line(), 1);
}

#[test]
fn a_new_configuration_is_its_owners_alone() {
    let home = Home(tempfile::tempdir().unwrap());
    assert!(home.cco(&["config", "init"]).status.success());
    let file = home.path().join(".config/cco/config.toml");
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(file.parent().unwrap().metadata().unwrap().permissions().mode() & 0o777, 0o700);
}
