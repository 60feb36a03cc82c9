//! Nothing happens that was not shown and agreed to.

use serde_json::Value;

use crate::home::{Home, text};
use crate::terminal::Terminal;

const SETTINGS: &str = ".claude/settings.json";
const THEIRS: &str =
    r#"{"statusLine": {"type": "command", "command": "echo mine # $5", "refreshInterval": 5}}"#;

fn settings(home: &Home) -> Value {
    serde_json::from_slice(&home.read(SETTINGS)).unwrap()
}

#[test]
fn without_anybody_to_ask_the_change_is_shown_and_not_made() {
    let home = Home::new();
    let settings = home.write(SETTINGS, "{}");
    let asking = home.cco(&["setup", "claude"]);
    assert_eq!(asking.status.code(), Some(2));
    assert!(
        text(&asking.stderr).contains("nothing was changed: no terminal to ask for confirmation; use --yes"),
        "{}",
        text(&asking.stderr)
    );
    let shown = text(&asking.stdout);
    for line in [&*format!("+++ {}", settings.display()), "-{}", r#"+    "command": "cco-peek statusline","#]
    {
        assert!(shown.lines().any(|shown| shown == line), "{line} is missing in\n{shown}");
    }
    assert_eq!(home.done(&["setup", "claude", "--dry-run"]), shown);
    assert_eq!(home.read(SETTINGS), b"{}");

    home.done(&["setup", "claude", "--yes"]);
    assert_eq!(home.cco(&["setup", "claude", "--undo"]).status.code(), Some(2));
    assert!(home.done(&["setup", "claude", "--undo", "--dry-run"]).contains("+{}"));
    assert_ne!(home.read(SETTINGS), b"{}");
}

#[test]
fn claude_codes_settings_get_a_status_line_and_a_silent_hook() {
    let home = Home::new();
    home.write(SETTINGS, "{\"model\": \"opus\"}");
    home.done(&["setup", "claude", "--keep-transcripts", "3650", "--yes"]);
    let expected = serde_json::json!({
        "model": "opus",
        "statusLine": {
            "type": "command", "command": "cco-peek statusline", "padding": 0, "refreshInterval": 10
        },
        "hooks": {"SessionStart": [{"hooks": [
            {"type": "command", "command": "cco-peek --ensure >/dev/null 2>&1", "async": true}
        ]}]},
        "cleanupPeriodDays": 3650,
    });
    assert_eq!(settings(&home), expected);
}

#[test]
fn a_status_line_that_is_there_is_wrapped_or_replaced_only_when_told() {
    let home = Home::new();
    home.write(SETTINGS, THEIRS);
    let refused = home.cco(&["setup", "claude", "--yes"]);
    assert_eq!(refused.status.code(), Some(2));
    let message = text(&refused.stderr);
    assert!(message.contains("echo mine") && message.contains("--wrap") && message.contains("--replace"));
    assert_eq!(text(&home.read(SETTINGS)), THEIRS);

    home.done(&["setup", "claude", "--wrap", "--yes"]);
    let line = settings(&home)["statusLine"].clone();
    assert_eq!(line["refreshInterval"], 5, "what else it says stays");
    let shell = ["-c", line["command"].as_str().unwrap()];
    let shown = home.command("sh").args(shell).stdin(std::process::Stdio::null()).output().unwrap();
    assert!(text(&shown.stdout).starts_with("mine\n"), "{}", text(&shown.stdout));
    home.done(&["setup", "claude", "--undo", "--yes"]);
    assert_eq!(text(&home.read(SETTINGS)), THEIRS);

    home.done(&["setup", "claude", "--replace", "--yes"]);
    assert_eq!(settings(&home)["statusLine"]["command"], "cco-peek statusline");
    home.done(&["setup", "claude", "--undo", "--yes"]);
    assert_eq!(text(&home.read(SETTINGS)), THEIRS);
}

#[test]
fn short_retention_is_warned_of() {
    let home = Home::new();
    let warned = |home: &Home| text(&home.cco(&["setup", "claude", "--dry-run"]).stderr);
    assert!(warned(&home).contains("after 30 days") && warned(&home).contains("--keep-transcripts"));
    home.write(SETTINGS, "{\"cleanupPeriodDays\": 365}");
    assert_eq!(warned(&home), "");
}

#[test]
fn what_the_user_made_of_our_part_stays_and_is_named() {
    let home = Home::new();
    home.write(SETTINGS, "{\n  \"a\": 1\n}");
    home.done(&["setup", "claude", "--yes"]);
    let edited = text(&home.read(SETTINGS)).replace("\"padding\": 0", "\"padding\": 4");
    home.write(SETTINGS, edited);
    let output = home.cco(&["setup", "claude", "--undo", "--yes"]);
    assert!(text(&output.stderr).contains("statusLine in"), "{}", text(&output.stderr));
    assert_eq!(settings(&home)["statusLine"]["padding"], 4);
    assert!(settings(&home)["hooks"].is_null());
}

#[test]
fn all_integrations_are_listed_with_how_they_stand() {
    let home = Home::new();
    home.done(&["setup", "tmux", "--yes"]);
    let listed = home.done(&["setup"]);
    assert!(listed.contains("tmux      set up\n"), "{listed}");
    assert!(listed.contains("starship  not set up: cco setup starship\n"), "{listed}");
    let json: Value = serde_json::from_str(&home.done(&["setup", "--json"])).unwrap();
    assert_eq!(json.as_array().unwrap().len(), 12);
    assert_eq!(json[1]["name"], "tmux");
    assert_eq!((&json[1]["is_set_up"], &json[1]["is_recorded"]), (&true.into(), &true.into()));
    assert_eq!(json[3]["is_set_up"], false);
}

#[test]
fn waybar_without_a_configuration_of_its_own_gets_none() {
    let home = Home::new();
    let output = home.cco(&["setup", "waybar", "--yes"]);
    assert_eq!(output.status.code(), Some(4));
    assert!(text(&output.stderr).contains("/etc/xdg/waybar"), "{}", text(&output.stderr));
    assert_eq!(home.files(), []);
}

#[test]
fn whoever_declines_to_show_both_status_lines_is_told_so_once() {
    let home = Home::new();
    home.write(SETTINGS, THEIRS);
    let terminal = Terminal::new();
    terminal.types(b"n\n");
    let mut setup = home.command(env!("CARGO_BIN_EXE_cco"));
    let output = setup.args(["setup", "claude"]).stdin(terminal.stdin()).output().unwrap();
    let said = text(&output.stderr);
    assert_eq!(said.matches("already has").count(), 1, "{said}");
    assert_eq!((output.status.code(), &*text(&output.stdout)), (Some(0), "nothing was changed\n"));
    assert_eq!(home.read(SETTINGS), THEIRS.as_bytes());
}

#[test]
fn to_show_both_is_offered_only_where_that_is_possible() {
    const WRAPPED: &str = r#"{"statusLine": {"type": "command", "command": "cco=$(cat); printf %s \"$cco\" | eval 'echo mine'; printf %s \"$cco\" | cco-peek statusline"}}"#;
    const ROWS: &str = r#"{"statusLine": {"type": "command", "command": "mine"},
        "subagentStatusLine": {"type": "command", "command": "mine"}}"#;
    const NO_COMMAND: &str = r#"{"statusLine": {"type": "text"}}"#;
    for (settings, options, flags) in [
        (THEIRS, &["--like", "ccusage"][..], "use --replace to replace it, or leave out --like;"),
        (WRAPPED, &["--like", "ccusage"], "use --replace to replace it, or leave out --like;"),
        (ROWS, &["--subagents"], "use --replace to replace it, or leave out --subagents;"),
        (NO_COMMAND, &[], "use --replace to replace it;"),
    ] {
        let home = Home::new();
        home.write(SETTINGS, settings);
        let terminal = Terminal::new();
        terminal.types(b"y\ny\ny\n");
        let mut setup = home.command(env!("CARGO_BIN_EXE_cco"));
        let setup = setup.args(["setup", "claude"]).args(options).stdin(terminal.stdin());
        let output = setup.output().unwrap();
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{settings}: {said}");
        assert!(said.contains(flags) && !said.contains("Show both"), "{settings}: {said}");
        assert!(!said.contains("--wrap"), "{settings}: {said}");
        assert_eq!(home.read(SETTINGS), settings.as_bytes());
    }
}
