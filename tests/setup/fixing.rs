//! `cco fix`: does what the doctor advises, after a question, and says what is left.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use serde_json::Value;

use crate::advised::ask;
use crate::home::{Home, text};
use crate::terminal::Terminal;

/// A home whose ledger others can read, whose hook is missing, and that has no publisher.
fn ill() -> Home {
    let home = Home::counted();
    let ledger = home.path().join(".local/state/cco/ledger.db");
    fs::set_permissions(ledger, fs::Permissions::from_mode(0o644)).unwrap();
    home.write(".claude/settings.json", SETTINGS);
    home
}

const SETTINGS: &str = r#"{"statusLine": {"type": "command", "command": "cco-peek statusline"}}"#;

#[test]
fn without_anybody_to_ask_it_shows_what_it_would_run_and_runs_nothing() {
    let home = ill();
    let before = home.files();
    let output = home.cco(&["fix"]);
    assert_eq!(output.status.code(), Some(2));
    let (shown, said) = (text(&output.stdout), text(&output.stderr));
    assert!(said.contains("nothing was changed") && said.contains("--yes"), "{said}");
    for part in ["→ chmod go= -- ", "→ cco daemon start\n", "→ cco setup claude\n", "+++ ", "--ensure"]
    {
        assert!(shown.contains(part), "{part} is missing in\n{shown}");
    }
    let planned = home.cco(&["fix", "--dry-run"]);
    // Some seconds may have passed.
    let without_ages = |shown: &str| shown.lines().filter(|line| !line.contains("s ago")).collect::<String>();
    let planned_text = without_ages(&text(&planned.stdout));
    assert_eq!((planned.status.code(), planned_text), (Some(1), without_ages(&shown)), "a check fails");
    assert_eq!(home.files(), before);
    assert_eq!(ask(&home, &[]).problems("permissions", "").len(), 1);
}

#[test]
fn with_yes_everything_that_has_a_command_is_fixed_and_undo_brings_files_back() {
    let home = ill();
    let shown = home.done(&["fix", "--yes"]);
    assert!(shown.contains("started (process ") && shown.ends_with("all checks pass now\n"), "{shown}");
    assert!(ask(&home, &[]).is_green());
    assert_eq!(home.done(&["fix"]), "nothing to fix\n", "nobody need be asked");
    // The publisher came first, and with it nothing was left to say about the hook.
    assert_eq!(home.read(".claude/settings.json"), SETTINGS.as_bytes());
}

#[test]
fn what_setup_changes_is_shown_and_can_be_undone() {
    let home = Home::counted();
    home.write(".claude/settings.json", r#"{"cleanupPeriodDays": 0}"#);
    let shown = home.done(&["fix", "--yes"]);
    assert!(shown.contains("+++ ") && shown.contains("cleanupPeriodDays"), "{shown}");
    home.done(&["setup", "claude", "--undo", "--yes"]);
    assert_eq!(home.read(".claude/settings.json"), br#"{"cleanupPeriodDays": 0}"#);
}

#[test]
fn what_only_the_user_can_do_is_left_with_the_doctors_words_and_code() {
    let home = Home::counted();
    home.write(".config/cco/config.toml", "tiemzone = \"UTC\"\n");
    let output = home.cco(&["fix", "--yes"]);
    assert_eq!(output.status.code(), Some(1));
    let shown = text(&output.stdout);
    assert!(shown.contains("left for you:") && shown.contains("did you mean timezone?"), "{shown}");
    assert!(!shown.contains("started"), "cco refuses to start until that is corrected");
}

#[test]
fn what_fails_until_something_else_is_fixed_is_tried_again() {
    let home = Home::counted();
    // No publisher starts before both are moved away.
    for name in ["ledger.db", "usage.snapshot"] {
        fs::write(home.path().join(".local/state/cco").join(name), "damaged").unwrap();
    }
    let output = home.cco(&["fix", "--yes"]);
    assert!(text(&output.stdout).ends_with("all checks pass now\n"), "{}", text(&output.stdout));
    assert!(ask(&home, &[]).is_green());
}

#[test]
fn json_has_each_step_with_its_outcome_and_what_is_left() {
    let home = ill();
    let read = |arguments: &[&str]| -> Value {
        let output = home.cco(arguments);
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"))
    };
    let planned = read(&["fix", "--dry-run", "--json"]);
    assert_eq!(planned["steps"][0]["outcome"], "planned");
    assert_eq!(planned["verdict"], "fail");
    let done = read(&["fix", "--yes", "--json"]);
    assert_eq!((&done["schema"], &done["verdict"]), (&1.into(), &"ok".into()));
    let steps = done["steps"].as_array().unwrap();
    let outcomes: Vec<_> = steps.iter().map(|step| (&step["check"], &step["outcome"])).collect();
    assert_eq!(outcomes, [(&"permissions".into(), &"done".into()), (&"publisher".into(), &"done".into())]);
    assert_eq!(steps[1]["commands"][0], "cco daemon start");
}

#[test]
fn each_command_is_run_only_if_it_is_agreed_to() {
    let home = ill();
    let terminal = Terminal::new();
    // To the chmod, to the start of the publisher, which two findings advise, and to whatever setup asks.
    terminal.types(b"y\nn\n");
    let output = home.command(env!("CARGO_BIN_EXE_cco")).arg("fix").stdin(terminal.stdin()).output().unwrap();
    let (shown, said) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(0), "{shown}{said}");
    assert_eq!(said.matches("Run this? [y/N]").count(), 2, "{said}");
    assert!(
        said.contains("Make this change? [y/N]") || shown.contains("nothing was changed"),
        "{shown}{said}"
    );
    assert!(shown.contains("left for you:") && shown.contains("not running"), "{shown}");
    let after = ask(&home, &[]);
    assert_eq!((after.problems("permissions", "").len(), after.problems("publisher", "").len()), (0, 1));
    assert_eq!(home.read(".claude/settings.json"), SETTINGS.as_bytes());
}

#[test]
fn a_change_that_setup_asked_about_in_vain_is_declined() {
    let home = Home::counted();
    home.write(".claude/settings.json", SETTINGS);
    let terminal = Terminal::new();
    // Neither is the publisher started nor the hook set up.
    terminal.types(b"n\nn\nn\n");
    let mut fix = home.command(env!("CARGO_BIN_EXE_cco"));
    let output = fix.args(["fix", "--json"]).stdin(terminal.stdin()).output().unwrap();
    let done: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"));
    let steps = done["steps"].as_array().unwrap();
    let asked = |step: &&Value| step["commands"][0].as_str().unwrap().starts_with("cco setup claude");
    let outcomes: Vec<_> = steps.iter().filter(asked).map(|step| &step["outcome"]).collect();
    assert!(!outcomes.is_empty() && outcomes.iter().all(|outcome| **outcome == "declined"), "{done}");
}
