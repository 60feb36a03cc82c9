//! A status line that looks like another program's: translated, said what is left, and undone byte by byte.

use std::io::Write as _;
use std::process::Stdio;

use serde_json::Value;

use crate::home::{Home, text};

const SETTINGS: &str = ".claude/settings.json";
const LINES: &str = ".config/ccstatusline/settings.json";

fn settings(home: &Home) -> Value {
    serde_json::from_slice(&home.read(SETTINGS)).unwrap()
}

/// Settings with this command as the status line.
fn with(command: &str) -> String {
    let command = Value::from(command);
    format!("{{\n\t\"statusLine\" : {{ \"type\": \"command\", \"command\": {command}, \"padding\": 2 }}\n}}")
}

/// What a command of a status line prints, as Claude Code runs it.
fn drawn(home: &Home, command: &str, input: &str) -> String {
    let mut shell = home.command("/bin/sh");
    let mut child = shell
        .args(["-c", command])
        .env("NO_COLOR", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    text(&child.wait_with_output().unwrap().stdout)
}

#[test]
fn a_line_of_ccusage_becomes_ours_and_back() {
    let home = Home::new();
    let before = with("bun x ccusage statusline --visual-burn-rate emoji --context-low-threshold 40");
    home.write(SETTINGS, &before);
    let output = home.cco(&["setup", "claude", "--like", "ccusage", "--yes"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let said = text(&output.stderr);
    for part in ["not translated: the mark beside the rate", "context = [40, 80]"] {
        assert!(said.contains(part), "{part} is missing in {said}");
    }
    let line = settings(&home)["statusLine"].clone();
    assert_eq!(line["command"], "cco-peek statusline --theme ccusage");
    assert_eq!(line["refreshInterval"], 10);
    let again = home.cco(&["setup", "claude", "--like", "ccusage", "--yes"]);
    assert_eq!(text(&again.stdout), "already set up\n");
    assert!(!text(&again.stderr).contains("the option"), "ours is not theirs: {}", text(&again.stderr));
    home.done(&["setup", "claude", "--undo", "--yes"]);
    assert_eq!(text(&home.read(SETTINGS)), before);
}

#[test]
fn the_lines_of_ccstatusline_become_a_template_that_draws() {
    let home = Home::new();
    home.write(SETTINGS, "{}");
    home.write(
        LINES,
        r#"{"version": 3, "lines": [
            [{"type": "custom-text", "customText": "it's"}, {"type": "separator"}, {"type": "model", "color": "cyan"},
             {"type": "flex-separator"}, {"type": "free-memory"}, {"type": "context-percentage"}],
            [{"type": "custom-command", "commandPath": "date +%H:%M"}]]}"#,
    );
    let output = home.cco(&["setup", "claude", "--like", "ccstatusline", "--yes"]);
    let said = text(&output.stderr);
    for part in ["not translated: the widget free-memory", "date +%H:%M", "[statusline.commands.own1]"] {
        assert!(said.contains(part), "{part} is missing in {said}");
    }
    let command = settings(&home)["statusLine"]["command"].as_str().unwrap().to_owned();
    let input = r#"{"model": {"display_name": "Opus"}, "context_window": {"used_percentage": 41}}"#;
    let shown = drawn(&home, &command, input);
    assert_eq!(shown, "it's | Model: Opus  Ctx: 41%\n");
    home.done(&["setup", "claude", "--undo", "--yes"]);
    assert_eq!(home.read(SETTINGS), b"{}");
    home.write(LINES, "[");
    let refused = home.cco(&["setup", "claude", "--like", "ccstatusline", "--yes"]);
    assert!(!refused.status.success());
    assert!(text(&refused.stderr).contains("cannot translate"), "{}", text(&refused.stderr));
    assert_eq!(home.read(SETTINGS), b"{}");
}

#[test]
fn the_lines_of_ccstatusline_are_where_it_reads_them_and_another_file_is_named_as_unread() {
    let home = Home::new();
    home.write(SETTINGS, with("npx ccstatusline --config '/elsewhere/lines.json'"));
    home.write(LINES, r#"{"lines": [[{"type": "version", "rawValue": true}]]}"#);
    home.write("config/ccstatusline/settings.json", r#"{"lines": [[{"type": "model"}]]}"#);
    let mut setup = home.command(env!("CARGO_BIN_EXE_cco"));
    let setup = setup.args(["setup", "claude", "--like", "ccstatusline", "--yes"]);
    let output =
        setup.env("XDG_CONFIG_HOME", home.path().join("config")).stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    let command = settings(&home)["statusLine"]["command"].as_str().unwrap().to_owned();
    assert!(command.contains("[{version}]"), "{command}");
    let said = text(&output.stderr);
    assert!(said.contains("not translated: the file that its --config names was not read"), "{said}");
}

#[test]
fn without_lines_of_its_own_ccstatusline_is_its_default_line() {
    let home = Home::new();
    home.write(SETTINGS, with("npx -y ccstatusline@latest"));
    home.done(&["setup", "claude", "--like", "ccstatusline", "--yes"]);
    assert_eq!(settings(&home)["statusLine"]["command"], "cco-peek statusline --theme ccstatusline");
    home.write(SETTINGS, with("npx ccusage statusline"));
    home.done(&["setup", "claude", "--like", "ccusage", "--keep-transcripts", "3650", "--yes"]);
    assert_eq!(settings(&home)["statusLine"]["command"], "cco-peek statusline --theme ccusage");
    assert_eq!(settings(&home)["cleanupPeriodDays"], 3650);
    home.done(&["setup", "claude", "--like", "ccstatusline", "--yes"]);
    // Ours may change its look, somebody else's line may not be taken.
    home.done(&["setup", "claude", "--like", "ccusage", "--yes"]);
    assert_eq!(settings(&home)["statusLine"]["command"], "cco-peek statusline --theme ccusage");
    home.write(SETTINGS, with("my-own-line"));
    let refused = home.cco(&["setup", "claude", "--like", "ccusage", "--yes"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(text(&refused.stderr).contains("--replace"), "{}", text(&refused.stderr));
}

#[test]
fn the_rows_of_subagents_are_ours_only_when_asked_for() {
    let home = Home::new();
    home.write(SETTINGS, "{}");
    home.done(&["setup", "claude", "--yes"]);
    assert!(settings(&home)["subagentStatusLine"].is_null());
    home.done(&["setup", "claude", "--subagents", "--yes"]);
    let line = settings(&home)["subagentStatusLine"].clone();
    assert_eq!(line, serde_json::json!({"type": "command", "command": "cco-peek statusline --subagents"}));
    let shown = drawn(
        &home,
        line["command"].as_str().unwrap(),
        r#"{"tasks": [{"id": "a", "name": "Explore", "tokenCount": 1200}]}"#,
    );
    assert_eq!(shown, "{\"id\":\"a\",\"content\":\"Explore · 1k tokens\"}\n");
    assert_eq!(drawn(&home, line["command"].as_str().unwrap(), "nonsense"), "");
    home.done(&["setup", "claude", "--undo", "--yes"]);
    assert_eq!(home.read(SETTINGS), b"{}");
    home.write(SETTINGS, "{\"subagentStatusLine\": {\"type\": \"command\", \"command\": \"mine\"}}");
    let refused = home.cco(&["setup", "claude", "--subagents", "--yes"]);
    assert!(text(&refused.stderr).contains("leave out --subagents"), "{}", text(&refused.stderr));
}
