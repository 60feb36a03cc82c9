//! Whoever sets up something that shows figures is offered a publisher that keeps them current.

use std::process::Output;

use crate::home::{Home, text};
use crate::terminal::Terminal;

/// Sets up with these answers, on a system with or without a service manager.
fn set_up(home: &Home, tool: &[&str], answers: &[u8], manager: Option<&str>) -> Output {
    let terminal = Terminal::new();
    terminal.types(answers);
    let mut setup = home.command(env!("CARGO_BIN_EXE_cco"));
    setup.env("CCO_SYSTEMCTL", manager.unwrap_or("/never/there")).arg("setup").args(tool);
    let output = setup.stdin(terminal.stdin()).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    output
}

fn is_running(home: &Home) -> bool {
    home.cco(&["daemon", "status"]).status.success()
}

#[test]
fn a_publisher_is_started_by_whoever_wants_one() {
    let home = Home::new();
    let output = set_up(&home, &["tmux"], b"y\ny\n", None);
    let said = text(&output.stderr);
    assert!(
        said.contains("no publisher is running, so figures are not updated\nStart one now? [y/N]"),
        "{said}"
    );
    assert!(text(&output.stdout).contains("started (process "), "{}", text(&output.stdout));
    assert!(is_running(&home));
    // It is running: nothing is asked but what setup itself asks.
    let output = set_up(&home, &["fish", "--prompt"], b"y\n", None);
    assert!(!text(&output.stderr).contains("no publisher"), "{}", text(&output.stderr));
}

#[test]
fn whoever_declines_is_told_how_to_start_one_later() {
    let home = Home::new();
    let output = set_up(&home, &["starship"], b"y\nn\n", None);
    assert!(text(&output.stderr).contains("to start one: cco daemon start; "), "{}", text(&output.stderr));
    assert!(!is_running(&home));
    // Also if there is nothing to change any more.
    let output = set_up(&home, &["starship"], b"n\n", None);
    assert!(text(&output.stderr).contains("Start one now? [y/N]"), "{}", text(&output.stderr));
}

#[test]
#[cfg(target_os = "linux")]
fn a_service_is_offered_first_where_there_is_a_manager() {
    let home = Home::new();
    let manager = home.write("manager", "#!/bin/sh\necho \"$*\" >> \"$HOME/asked\"\n");
    std::fs::set_permissions(&manager, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let output = set_up(&home, &["starship"], b"y\ny\n", manager.to_str());
    let said = text(&output.stderr);
    assert!(said.contains("Start one now and at each login, as a service? [y/N]"), "{said}");
    assert!(text(&home.read("asked")).contains("enable"), "{}", text(&home.read("asked")));
    assert!(home.path().join(".config/systemd/user/cco.service").exists());
}

#[test]
fn yes_agrees_to_the_change_alone_and_says_how_to_start_one() {
    let home = Home::new();
    let done = home.done(&["setup", "tmux", "--yes"]);
    assert!(
        done.ends_with("to start one: cco daemon start; to start one at each login: cco service install\n"),
        "{done}"
    );
    assert!(!is_running(&home));
}

#[test]
fn what_shows_no_figures_needs_no_publisher() {
    let home = Home::new();
    let done = home.done(&["setup", "zsh", "--yes"]);
    assert!(!done.contains("publisher"), "{done}");
    assert!(!home.done(&["setup", "tmux", "--dry-run"]).contains("no publisher"));
}

#[test]
fn whoever_sets_up_completions_alone_is_offered_no_publisher() {
    let home = Home::new();
    for shell in ["bash", "zsh", "fish"] {
        let output = set_up(&home, &[shell], b"y\n", None);
        let said = text(&output.stderr) + &text(&output.stdout);
        assert!(!said.contains("no publisher is running"), "{shell}: {said}");
    }
    let output = set_up(&home, &["bash", "--undo"], b"y\n", None);
    assert!(!text(&output.stderr).contains("no publisher"));
    let output = set_up(&home, &["bash", "--prompt"], b"y\nn\n", None);
    assert!(text(&output.stderr).contains("no publisher is running"), "{}", text(&output.stderr));
}
