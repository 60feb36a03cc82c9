//! `cco uninstall`.

use std::fs;
use std::process::Stdio;

use cco::limits::{self, Limits};
use cco::snapshot::Limit;

use crate::home::{Asked, Home, text};

#[test]
fn uninstall_lists_asks_and_removes_only_what_is_ours() {
    let home = Home::new();
    let asked = Asked::new(&home);
    let run = |arguments: &[&str]| {
        let mut command = home.command(env!("CARGO_BIN_EXE_cco"), arguments);
        command.env("CCO_SYSTEMCTL", &asked.program).stdin(Stdio::null()).output().unwrap()
    };
    assert!(run(&["config", "init"]).status.success());
    assert!(run(&["service", "install", "--manager", "systemd"]).status.success());
    let pid = home.start();
    let limit = Some(Limit { used_millionths: 1, resets_at: 0, seen_at: 1 });
    limits::leave(&home.snapshot(), "s", &Limits::of(limit, None)).unwrap();
    fs::write(home.state().join("offered"), "").unwrap();
    let answers = home.path().join(".cache/cco/statusline");
    fs::create_dir_all(&answers).unwrap();
    for ending in ["", ".17.new"] {
        fs::write(answers.join(format!("{}.json{ending}", "0a".repeat(16))), "{}").unwrap();
    }
    // An undo that was killed left it.
    fs::create_dir(home.state().join("setup")).unwrap();
    fs::write(home.state().join("setup/claude.0.before"), "{}").unwrap();
    let mine = home.state().join("my notes");
    fs::write(&mine, "kept").unwrap();

    let asking = run(&["uninstall", "--manager", "systemd"]);
    assert_eq!(asking.status.code(), Some(2));
    assert!(text(&asking.stderr).contains("--yes"), "{}", text(&asking.stderr));
    let listed = text(&asking.stdout);
    for part in [&*format!("(process {pid})"), "cco.service", "usage.snapshot", "cco.log", "config.toml"] {
        assert!(listed.contains(part), "{part} is missing in {listed}");
    }
    assert!(!listed.contains("my notes"));
    assert_eq!(home.pid(), pid, "nothing has happened yet");

    let removed = run(&["uninstall", "--manager", "systemd", "--yes"]);
    assert_eq!(removed.status.code(), Some(0), "{}", text(&removed.stderr));
    assert!(text(&removed.stderr).contains("it contains other files"), "{}", text(&removed.stderr));
    let left: Vec<_> = fs::read_dir(home.state()).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(left, [mine]);
    assert!(!home.path().join(".config/cco").exists());
    assert!(!home.path().join(".cache/cco").exists());
    assert!(!home.path().join(".config/systemd/user/cco.service").exists());
    assert!(home.path().join(".claude/projects/-p/s.jsonl").exists(), "transcripts are not ours");
    assert!(text(&run(&["uninstall", "--manager", "systemd"]).stdout).contains("nothing to remove"));
}

/// A home in which a service and a config file were made, with folders that were there before.
fn with_service(before: &[&str]) -> Home {
    let home = Home::new();
    for folder in before {
        fs::create_dir_all(home.path().join(folder)).unwrap();
    }
    let asked = Asked::new(&home);
    let run = |arguments: &[&str]| {
        let mut command = home.command(env!("CARGO_BIN_EXE_cco"), arguments);
        let output = command.env("CCO_SYSTEMCTL", &asked.program).stdin(Stdio::null()).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
    };
    run(&["service", "install", "--manager", "systemd"]);
    run(&["config", "init"]);
    run(&["publish", "--once"]);
    home
}

fn uninstall(home: &Home) -> std::process::Output {
    let mut command =
        home.command(env!("CARGO_BIN_EXE_cco"), &["uninstall", "--manager", "systemd", "--yes"]);
    command.env("CCO_SYSTEMCTL", "true").stdin(Stdio::null()).output().unwrap()
}

#[test]
fn only_folders_that_were_made_for_cco_go_and_empty_ones_of_the_user_stay() {
    let home = with_service(&[]);
    assert!(uninstall(&home).status.success());
    for gone in [".local", ".config"] {
        assert!(!home.path().join(gone).exists(), "{gone}");
    }
    let home = with_service(&[".local/state", ".config/systemd"]);
    assert!(uninstall(&home).status.success());
    assert!(home.path().join(".local/state").exists() && home.path().join(".config/systemd").exists());
    assert!(!home.path().join(".config/systemd/user").exists() && !home.path().join(".config/cco").exists());
}

#[test]
fn a_folder_that_cannot_be_removed_does_not_fail_an_uninstallation() {
    let home = with_service(&[]);
    // A link is not removed as a folder is, whoever tries.
    let (folder, elsewhere) = (home.path().join(".config/cco"), home.path().join("dotfiles"));
    fs::rename(&folder, &elsewhere).unwrap();
    std::os::unix::fs::symlink(&elsewhere, &folder).unwrap();
    let removed = uninstall(&home);
    assert!(removed.status.success(), "{}", text(&removed.stderr));
    assert!(text(&removed.stderr).contains("kept"), "{}", text(&removed.stderr));
    assert!(!elsewhere.join("config.toml").exists());
    assert!(!home.path().join(".local").exists(), "what follows goes nevertheless");
}
