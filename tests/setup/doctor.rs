//! The doctor, in homes that are well and that are not.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use serde_json::Value;

use crate::advised::is_mended;
use crate::home::{Home, text};

/// The exit code, the worst verdict, and verdict and next step of a check.
fn ask(home: &Home, check: &str) -> (i32, String, String, String) {
    let output = home.cco(&["doctor", "--json"]);
    let document: Value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", text(&output.stderr)));
    assert_eq!(document["schema"], 1);
    let findings = document["findings"].as_array().unwrap();
    let found = findings.iter().find(|finding| finding["check"] == check).unwrap();
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    (output.status.code().unwrap(), word(&document["verdict"]), word(&found["verdict"]), word(&found["next"]))
}

#[test]
fn a_home_without_anything_is_warned_of_and_not_ill() {
    let home = Home::new();
    let (code, verdict, roots, next) = ask(&home, "roots");
    assert_eq!((code, &*verdict, &*roots), (0, "warn", "warn"));
    assert!(next.contains("--root"), "{next}");
    assert_eq!(home.files(), [], "to look changes nothing");
    let shown = home.done(&["doctor"]);
    assert!(shown.contains("→ cco daemon start"), "{shown}");
}

#[test]
fn what_is_well_is_said_to_be() {
    let home = Home::counted();
    home.done(&["setup", "claude", "--keep-transcripts", "3650", "--yes"]);
    for check in ["roots", "permissions", "ledger", "clock", "prices", "setup", "retention", "programs"] {
        let (code, _, verdict, next) = ask(&home, check);
        assert_eq!((code, &*verdict, &*next), (0, "ok", ""), "{check}");
    }
    assert_eq!(ask(&home, "publisher").2, "warn", "none runs");
}

#[test]
fn what_is_ill_has_an_exit_code_and_a_remedy_that_helps() {
    let home = Home::counted();
    let ledger = home.path().join(".local/state/cco/ledger.db");
    fs::set_permissions(&ledger, fs::Permissions::from_mode(0o644)).unwrap();
    let (code, verdict, _, next) = ask(&home, "permissions");
    assert_eq!((code, &*verdict), (1, "fail"));
    assert!(home.command("sh").args(["-c", &next]).status().unwrap().success(), "{next}");
    assert_eq!(ask(&home, "permissions").2, "ok");

    fs::write(&ledger, "no ledger").unwrap();
    assert_eq!(ask(&home, "ledger").2, "fail");
    fs::write(home.path().join(".local/state/cco/usage.snapshot"), "no snapshot").unwrap();
    assert_eq!(ask(&home, "snapshot").2, "fail");
    home.write(".claude/settings.json", "{");
    assert_eq!(ask(&home, "setup").2, "fail");
}

#[test]
fn a_call_of_a_program_that_was_moved_away_is_found_and_the_remedy_helps() {
    let home = Home::counted();
    let gone = home.path().join("old bin");
    fs::create_dir(&gone).unwrap();
    for (name, program) in [("cco", env!("CARGO_BIN_EXE_cco")), ("cco-peek", env!("CARGO_BIN_EXE_cco-peek"))]
    {
        fs::copy(program, gone.join(name)).unwrap();
    }
    // Nothing of ours is in this `PATH`: files get the path.
    let mut setup = home.command(gone.join("cco").to_str().unwrap());
    let done = setup.env("PATH", "/usr/bin:/bin").args(["setup", "claude", "--yes"]).output().unwrap();
    assert!(done.status.success(), "{}", text(&done.stderr));
    assert!(text(&home.read(".claude/settings.json")).contains("/old bin/cco-peek"));
    assert_eq!(ask(&home, "setup").2, "ok");

    fs::remove_dir_all(&gone).unwrap();
    let (code, _, verdict, next) = ask(&home, "setup");
    assert_eq!((code, &*verdict), (1, "fail"));
    assert_eq!(next, "cco setup claude --undo && cco setup claude");
    is_mended(&home, &[], "setup", "does not exist");
}

#[test]
fn an_entry_of_the_claude_folders_without_transcripts_is_named() {
    let home = Home::counted();
    let doctor = |folders: &str| {
        let mut command = home.command(env!("CARGO_BIN_EXE_cco"));
        let output = command.env("CLAUDE_CONFIG_DIR", folders).args(["doctor", "--json"]).output().unwrap();
        let document: Value = serde_json::from_slice(&output.stdout).unwrap();
        document["findings"].as_array().unwrap().iter().find(|it| it["check"] == "roots").unwrap().clone()
    };
    for folders in ["~/.claude", "~/.claude/projects"] {
        assert_eq!(doctor(folders)["verdict"], "ok", "{folders}");
    }
    let found = doctor("~/.claude,~/.cluade");
    assert_eq!(found["verdict"], "warn");
    assert!(found["says"].as_str().unwrap().contains("/.cluade"), "{found}");
}

#[test]
fn the_settings_that_are_checked_and_set_up_are_in_the_folder_that_is_counted() {
    let home = Home::counted();
    home.write("other/settings.json", "{}");
    std::fs::create_dir(home.path().join("other/projects")).unwrap();
    for folders in ["~/other", "~/other/projects", " ,~/other/,~/.claude"] {
        let cco = |arguments: &[&str]| {
            let mut command = home.command(env!("CARGO_BIN_EXE_cco"));
            text(&command.env("CLAUDE_CONFIG_DIR", folders).args(arguments).output().unwrap().stdout)
        };
        let shown = cco(&["setup", "claude", "--dry-run"]);
        assert!(
            shown.contains(&format!("{}/other/settings.json", home.path().display())),
            "{folders}: {shown}"
        );
        assert!(cco(&["doctor"]).contains("Claude Code has no status line"), "{folders}");
    }
}

#[test]
fn folders_without_transcripts_are_named_also_if_nothing_is_counted() {
    let home = Home::counted();
    let mut command = home.command(env!("CARGO_BIN_EXE_cco"));
    let shown = command.env("CLAUDE_CONFIG_DIR", "~/.cluade").arg("doctor").output().unwrap();
    let shown = text(&shown.stdout);
    assert!(shown.contains("/.cluade, which has no projects folder; nothing is counted"), "{shown}");
}
