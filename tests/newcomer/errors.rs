//! The errors that a newcomer meets, each with a next step.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use crate::home::{Newcomer, text};
use crate::next_step::next_step;

/// What is the matter with a home before a command is run in it.
type Trouble = fn(&Newcomer);

const NOTHING: Trouble = |_| {};

fn config(newcomer: &Newcomer, written: &str) {
    newcomer.write(".config/cco/config.toml", written);
}

/// Errors in an empty home. A new command that can fail there belongs here.
const WITHOUT_TRANSCRIPTS: &[&[&str]] = &[
    &["daily"],
    &["weekly"],
    &["monthly"],
    &["session"],
    &["project"],
    &["model"],
    &["blocks"],
    &["live"],
    &["total"],
    &["limits"],
    &["publish", "--once"],
    &["budget"],
    &["prices", "check"],
    &["daemon", "stop"],
    &["daemon", "status"],
    &["service", "install"],
    &["service", "status"],
    &["setup", "waybar", "--yes"],
    &["ledger", "verify"],
    &["ledger", "export"],
    &["ledger", "restore", "nowhere"],
    &["ledger", "import", "stats-cache"],
    &["ledger", "import", "stats-cache", "--undo"],
    &["cco-peek"],
    &["cco-peek", "--field", "today.cost_usd"],
    &["cco-peek", "--if", "today.cost_usd > 20"],
    &["cco-peek", "--watch"],
    &["guard"],
    &["guard", "status"],
];

/// Errors in what is typed, and errors of files that somebody wrote.
const WITH_TRANSCRIPTS: &[(Trouble, &[&str])] = &[
    (NOTHING, &["dayly"]),
    (NOTHING, &["nonsense"]),
    (NOTHING, &["daily", "--sinse", "2026-01-01"]),
    (NOTHING, &["daily", "--since", "yesteryear"]),
    (NOTHING, &["daily", "--project", "nowhere"]),
    (NOTHING, &["daily", "--model", "nobody"]),
    (NOTHING, &["session", "--id", "nobody"]),
    (NOTHING, &["prices", "nobody"]),
    (NOTHING, &["statusline"]),
    (NOTHING, &["budget"]),
    (NOTHING, &["setup", "nano"]),
    (NOTHING, &["setup", "emacs"]),
    (NOTHING, &["setup", "vscode", "--yes"]),
    (
        |newcomer| newcomer.write(".vim/pack/cco/start/cco/plugin/cco.vim", "\" mine\n"),
        &["setup", "vim", "--yes"],
    ),
    (NOTHING, &["setup", "claude"]),
    (NOTHING, &["setup", "guard"]),
    (
        |newcomer| newcomer.write(".config/ccstatusline/settings.json", "["),
        &["setup", "claude", "--like", "ccstatusline", "--yes"],
    ),
    (
        |newcomer| newcomer.write(".claude/settings.json", "{\"subagentStatusLine\": 1}"),
        &["setup", "claude", "--subagents", "--yes"],
    ),
    (|newcomer| config(newcomer, "[statusline]\ntemplate = '{cmd:clock}'"), &["config", "show"]),
    (|newcomer| config(newcomer, "[statusline.commands.a]\nrun = ''"), &["config", "show"]),
    (NOTHING, &["uninstall"]),
    (NOTHING, &["ledger", "forget", "--project", "nowhere"]),
    (NOTHING, &["ledger", "import", "stats-cache"]),
    (NOTHING, &["ledger", "import", "stats-cache", "nowhere"]),
    (
        |newcomer| newcomer.write(".claude/stats-cache.json", r#"{"version": 99, "dailyModelTokens": []}"#),
        &["ledger", "import", "stats-cache"],
    ),
    (NOTHING, &["daily", "--group", "folder"]),
    (|newcomer| config(newcomer, "[report]\ngroup = 'folder'"), &["daily"]),
    (NOTHING, &["cco-peek", "--field", "nothing"]),
    (NOTHING, &["cco-peek", "--if", "today.cost_usd >"]),
    (NOTHING, &["cco-peek", "--if", "nothing > 20"]),
    (NOTHING, &["cco-peek", "--format", "nothing"]),
    (NOTHING, &["cco-peek", "--nothing"]),
    (NOTHING, &["guard", "nothing"]),
    (NOTHING, &["guard", "--session-stop", "nothing"]),
    (|newcomer| config(newcomer, "[budgets"), &["daily"]),
    (|newcomer| config(newcomer, "[budgets"), &[]),
    (|newcomer| config(newcomer, "colour = 1"), &["daily"]),
    (|newcomer| config(newcomer, "timezone = 1"), &["daily"]),
    (|newcomer| config(newcomer, "timezone = \"Mars/North\""), &["daily"]),
    (|newcomer| config(newcomer, ""), &["config", "init"]),
    (
        |newcomer| {
            newcomer
                .write(".claude/settings.json", r#"{"statusLine": {"type": "command", "command": "mine"}}"#);
        },
        &["setup", "claude", "--yes"],
    ),
    (|newcomer| newcomer.write(".claude/settings.json", "{\"statusLine\": "), &["setup", "claude", "--yes"]),
    (
        |newcomer| fs::set_permissions(newcomer.state(), fs::Permissions::from_mode(0o777)).unwrap(),
        &["daily"],
    ),
    (|newcomer| fs::write(newcomer.state().join("ledger.db"), "not a ledger").unwrap(), &["daily"]),
    (|newcomer| fs::write(newcomer.state().join("usage.snapshot"), "not a snapshot").unwrap(), &["cco-peek"]),
];

/// Runs a command that must fail, and checks what it names.
fn check(newcomer: &Newcomer, words: &[&str]) -> Result<(), String> {
    let output = newcomer.run(words);
    let message = text(if output.stderr.is_empty() { &output.stdout } else { &output.stderr });
    if output.status.success() {
        return Err(format!("{words:?} does not fail: {message}"));
    }
    next_step(newcomer, words, &message)
}

#[test]
fn every_error_of_an_empty_home_names_a_next_step_that_exists() {
    let newcomer = Newcomer::new();
    let checked = WITHOUT_TRANSCRIPTS.iter().map(|words| {
        newcomer.move_house();
        check(&newcomer, words)
    });
    let wrong: Vec<_> = checked.filter_map(Result::err).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_error_of_a_typo_or_a_broken_file_names_a_next_step_that_exists() {
    let newcomer = Newcomer::new();
    let checked = WITH_TRANSCRIPTS.iter().map(|(trouble, words)| {
        newcomer.move_house();
        newcomer.use_claude();
        newcomer.done(&["publish", "--once"]);
        trouble(&newcomer);
        check(&newcomer, words)
    });
    let wrong: Vec<_> = checked.filter_map(Result::err).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_example_that_a_broken_config_leads_to_can_be_had_while_it_is_broken() {
    let newcomer = Newcomer::with_transcripts();
    for written in ["[budgets", "colour = 1"] {
        config(&newcomer, written);
        let message = text(&newcomer.run(&["daily"]).stderr);
        assert!(message.contains("cco config init --config FILE"), "{message}");
        let example = newcomer.home().join("example.toml");
        newcomer.done(&["config", "init", "--config", example.to_str().unwrap()]);
        assert!(fs::read_to_string(&example).unwrap().contains("timezone"));
        fs::remove_file(example).unwrap();
    }
}
