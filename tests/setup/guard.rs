//! The spend guard's hooks: what `cco setup guard` adds, beside whatever is there, and that undo takes all of it back.

use std::os::unix::fs::PermissionsExt as _;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::home::{Home, text};

const SETTINGS: &str = ".claude/settings.json";
const CONFIG: &str = ".config/cco/config.toml";
/// Hooks of somebody else, with comments and an order of their own.
const THEIRS: &str = "{\n\t// mine\n\t\"hooks\": {\n\t\t\"PreToolUse\": [\n\t\t\t{\"matcher\": \"Bash\", \"hooks\": \
                      [{\"type\": \"command\", \"command\": \"my-guard\"}]}, // careful\n\t\t],\n\t},\n\t\"model\": \"opus\"\n}";

fn settings(home: &Home) -> Value {
    serde_json::from_slice(&home.read(SETTINGS)).unwrap()
}

/// A home whose `claude` says that it is of this version.
fn with_claude(version: &str) -> Home {
    let home = Home::new();
    let claude = home.write("bin/claude", format!("#!/bin/sh\necho '{version} (Claude Code)'\n"));
    std::fs::set_permissions(claude, std::fs::Permissions::from_mode(0o755)).unwrap();
    home
}

/// `cco` that finds that `claude`, and no other.
fn cco(home: &Home, arguments: &[&str]) -> std::process::Output {
    let mut command = home.command(env!("CARGO_BIN_EXE_cco"));
    let own = std::path::Path::new(env!("CARGO_BIN_EXE_cco")).parent().unwrap();
    let path = std::env::join_paths([own, &home.path().join("bin")]).unwrap();
    command.env("PATH", path).args(arguments).stdin(Stdio::null()).output().unwrap()
}

#[test]
fn each_event_gets_a_hook_and_those_of_others_stay() {
    let home = with_claude("2.1.284");
    home.write(CONFIG, "[guard]\nsession = { warn = 5, stop = 15 }\n");
    home.write(SETTINGS, r#"{"hooks": {"PreToolUse": [{"matcher": "Bash", "hooks": []}]}}"#);
    let done = cco(&home, &["setup", "guard", "--yes"]);
    assert_eq!(done.status.code(), Some(0), "{}", text(&done.stderr));
    assert_eq!(text(&done.stderr), "", "there are limits, and this version knows every event");
    let hook = json!({"type": "command", "command": "cco-peek guard", "timeout": 5});
    let expected = json!({"hooks": {
        "PreToolUse": [{"matcher": "Bash", "hooks": []}, {"matcher": "*", "hooks": [&hook]}],
        "UserPromptSubmit": [{"hooks": [&hook]}],
        "PreModelSwitch": [{"hooks": [&hook]}],
    }});
    assert_eq!(settings(&home), expected);
    assert_eq!(text(&cco(&home, &["setup", "guard", "--yes"]).stdout), "already set up\n");
    let listed = home.done(&["setup"]);
    assert!(listed.contains("guard     set up\n"), "{listed}");
}

#[test]
fn an_event_that_the_version_does_not_know_is_not_added_because_it_would_void_all_settings() {
    for version in ["2.1.250", "nonsense"] {
        let home = with_claude(version);
        let done = cco(&home, &["setup", "guard", "--yes"]);
        assert_eq!(done.status.code(), Some(0), "{}", text(&done.stderr));
        assert!(settings(&home)["hooks"]["PreModelSwitch"].is_null(), "{version}");
        assert!(
            text(&done.stderr).contains("changes of the model are not guarded"),
            "{}",
            text(&done.stderr)
        );
        assert!(text(&done.stderr).contains("no limits are set"), "{}", text(&done.stderr));
        // Who knows better says so.
        assert_eq!(cco(&home, &["setup", "guard", "--model-switch", "--yes"]).status.code(), Some(0));
        assert!(settings(&home)["hooks"]["PreModelSwitch"].is_array());
    }
}

#[test]
fn undo_restores_the_settings_byte_by_byte_whatever_they_were() {
    for before in [Some(THEIRS), Some("{}"), Some(""), Some("null\n"), Some("{\"hooks\": {}}"), None] {
        let home = Home::new();
        if let Some(before) = before {
            home.write(SETTINGS, before);
        }
        home.done(&["setup", "guard", "--model-switch", "--yes"]);
        assert!(text(&home.read(SETTINGS)).contains("cco-peek guard"), "{before:?}");
        home.done(&["setup", "guard", "--undo", "--yes"]);
        assert_eq!(std::fs::read_to_string(home.path().join(SETTINGS)).ok().as_deref(), before);
        assert_eq!(home.path().join(".claude").exists(), before.is_some(), "a folder that was made for it");
    }
}

#[test]
fn guard_and_status_line_are_undone_in_any_order_and_nothing_of_either_is_left() {
    for before in [
        Some(THEIRS),
        Some("{}"),
        Some("{\n  \"model\": \"opus\"\n}\n"),
        Some("{\"hooks\": { }}"),
        Some("{ \"hooks\": { \"PreToolUse\": [ ] } }"),
        Some("null\n"),
        Some(""),
        None,
    ] {
        for (first, second) in [("claude", "guard"), ("guard", "claude")] {
            for undone_first in [first, second] {
                let home = Home::new();
                if let Some(before) = before {
                    home.write(SETTINGS, before);
                }
                home.done(&["setup", first, "--yes"]);
                home.done(&["setup", second, "--yes"]);
                let other = if undone_first == first { second } else { first };
                let undone = home.cco(&["setup", undone_first, "--undo", "--yes"]);
                assert_eq!(
                    (undone.status.code(), &*text(&undone.stderr)),
                    (Some(0), ""),
                    "{first} {undone_first}"
                );
                let left = text(&home.read(SETTINGS));
                let (ours, theirs) = match undone_first {
                    "guard" => ("cco-peek guard", "cco-peek statusline"),
                    _ => ("cco-peek statusline", "cco-peek guard"),
                };
                assert!(!left.contains(ours) && left.contains(theirs), "{first} {undone_first}: {left}");
                let undone = home.cco(&["setup", other, "--undo", "--yes"]);
                assert_eq!((undone.status.code(), &*text(&undone.stderr)), (Some(0), ""));
                let after = std::fs::read_to_string(home.path().join(SETTINGS)).ok();
                assert_eq!(after.as_deref(), before, "{first}, {second}, {undone_first} undone first");
                assert!(!home.path().join(".local/state/cco/setup").exists(), "no record is left");
            }
        }
    }
}

#[test]
fn setting_up_again_what_was_undone_leaves_no_record_that_undoes_both() {
    for before in ["{}", "{ \"hooks\": { } }", "null\n", THEIRS] {
        for (first, second) in [("guard", "claude"), ("claude", "guard")] {
            let home = Home::new();
            home.write(SETTINGS, before);
            home.done(&["setup", first, "--yes"]);
            home.done(&["setup", second, "--yes"]);
            home.done(&["setup", first, "--undo", "--yes"]);
            home.done(&["setup", first, "--yes"]);
            home.done(&["setup", second, "--undo", "--yes"]);
            let left = text(&home.read(SETTINGS));
            let ours = if first == "guard" { "cco-peek guard" } else { "cco-peek --ensure" };
            assert!(left.contains(ours), "{first} from {before}: {left}");
            home.done(&["setup", first, "--undo", "--yes"]);
            assert_eq!(text(&home.read(SETTINGS)), before, "{first}");
        }
    }
}

#[test]
fn an_undo_writes_no_record_of_another_integration() {
    let home = Home::new();
    home.write(SETTINGS, "{}");
    home.done(&["setup", "guard", "--yes"]);
    home.done(&["setup", "claude", "--yes"]);
    let record = || home.read(".local/state/cco/setup/claude.json");
    let before = record();
    home.done(&["setup", "guard", "--undo", "--yes"]);
    assert_eq!(text(&record()), text(&before));
}

#[test]
fn uninstall_takes_back_everything_in_a_file_that_two_integrations_changed() {
    let home = Home::counted();
    home.write(SETTINGS, THEIRS);
    home.done(&["setup", "claude", "--yes"]);
    home.done(&["setup", "guard", "--yes"]);
    home.done(&["uninstall", "--yes"]);
    assert_eq!(text(&home.read(SETTINGS)), THEIRS);
}

#[test]
fn what_somebody_added_in_between_stays() {
    let home = Home::new();
    home.done(&["setup", "claude", "--yes"]);
    home.done(&["setup", "guard", "--yes"]);
    let mut settings = settings(&home);
    settings["hooks"]["Stop"] = json!([]);
    settings["mine"] = json!(1);
    home.write(SETTINGS, settings.to_string());
    home.done(&["setup", "claude", "--undo", "--yes"]);
    home.done(&["setup", "guard", "--undo", "--yes"]);
    assert_eq!(crate::guard::settings(&home), json!({"hooks": {"Stop": []}, "mine": 1}));
}

#[test]
fn the_doctor_says_what_a_guard_lacks() {
    let home = Home::counted();
    let says = |home: &Home| {
        let found = crate::advised::ask(home, &[]).problems("setup", "spend guard");
        found.iter().map(|it| it["says"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    home.write(SETTINGS, "{}");
    assert_eq!(says(&home), <Vec<String>>::new());
    home.done(&["setup", "guard", "--yes"]);
    assert_eq!(says(&home), ["the spend guard has no limits, so it stops nothing"]);
    let config = text(&home.read(CONFIG));
    home.write(CONFIG, config + "[guard]\nday = { stop = 50 }\n");
    assert_eq!(says(&home), <Vec<String>>::new());
    home.write(SETTINGS, text(&home.read(SETTINGS)).replace("PreToolUse", "PostToolUse"));
    assert_eq!(says(&home), ["the spend guard's hook is missing at PreToolUse"]);
    let missing = crate::advised::ask(&home, &[]).problem("setup", "hook is missing");
    crate::advised::follow(&home, &missing);
    assert_eq!(says(&home), <Vec<String>>::new());
}
