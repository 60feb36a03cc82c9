//! The doctor over whatever is broken: it prints every check, says which it could not make, and ends by its code.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use rustix::fs::{CWD, FileType, Mode};
use serde_json::Value;

use crate::home::{Home, text};
use crate::skipped::skipped;

/// User and group of nobody in particular.
const NOBODY: u32 = 65_534;
const CHECKS: [&str; 12] = [
    "settings",
    "roots",
    "permissions",
    "publisher",
    "snapshot",
    "ledger",
    "clock",
    "prices",
    "limits",
    "setup",
    "retention",
    "programs",
];

fn run(command: &mut Command) -> Output {
    command.stdin(Stdio::null()).output().unwrap()
}

/// Asks a doctor that is prepared like this, as text and as JSON. What it says of a check, all in one.
fn asked(prepare: impl Fn(&mut Command) -> &mut Command, home: &Home) -> (i32, Vec<Value>) {
    let doctor = |arguments: &[&str]| {
        let mut command = home.command(env!("CARGO_BIN_EXE_cco"));
        command.arg("doctor").args(arguments);
        prepare(&mut command);
        run(&mut command)
    };
    let (shown, json) = (doctor(&[]), doctor(&["--json"]));
    for output in [&shown, &json] {
        assert_eq!(text(&output.stderr), "", "nothing but the checks");
        assert!([Some(0), Some(1)].contains(&output.status.code()), "{output:?}");
    }
    assert_eq!(shown.status.code(), json.status.code());
    let document: Value = serde_json::from_slice(&json.stdout).unwrap();
    let findings = document["findings"].as_array().unwrap().clone();
    for check in CHECKS {
        assert!(findings.iter().any(|found| found["check"] == check), "no {check}: {findings:#?}");
        assert!(text(&shown.stdout).contains(check), "no {check}");
    }
    for found in &findings {
        let is_advised = !found["advice"].as_array().unwrap().is_empty();
        assert!(found["verdict"] == "ok" || is_advised, "what to do? {found:#}");
    }
    let failed = findings.iter().any(|found| found["verdict"] == "fail");
    assert_eq!(shown.status.code(), Some(i32::from(failed)), "{findings:#?}");
    (shown.status.code().unwrap(), findings)
}

/// Some finding of the check fails and says this.
fn fails(findings: &[Value], check: &str, says: &str) {
    let is_it = |found: &&Value| {
        found["check"] == check
            && found["verdict"] == "fail"
            && found["says"].as_str().unwrap().contains(says)
    };
    assert!(findings.iter().any(|found| is_it(&found)), "{check} does not say {says:?}: {findings:#?}");
}

/// The check could not be made.
fn is_unchecked(findings: &[Value], check: &str) {
    let found = findings.iter().find(|found| found["check"] == check).unwrap();
    assert_eq!((&found["is_checked"], &found["verdict"]), (&false.into(), &"warn".into()), "{found:#}");
    assert!(found["says"].as_str().unwrap().starts_with("not checked: "), "{found:#}");
}

/// The check was made, whatever it found: the bundled prices grow old.
fn is_checked(findings: &[Value], check: &str) {
    let found = findings.iter().find(|found| found["check"] == check).unwrap();
    assert_eq!(found["is_checked"], true, "{found:#}");
}

/// The check was made and is as it should be.
fn passes(findings: &[Value], check: &str) {
    let found = findings.iter().find(|found| found["check"] == check).unwrap();
    assert_eq!(found["verdict"], "ok", "{found:#}");
}

#[test]
fn a_broken_config_file_hides_no_other_check() {
    let home = Home::counted();
    for (config, says) in [
        ("log = ", "config.toml:1"),
        ("tiemzone = \"UTC\"", "did you mean timezone?"),
        ("timezone = \"Mars/Olympus\"", "Mars/Olympus"),
        ("[prices]\nfile = \"/never/there.json\"", "/never/there.json"),
        ("[statusline]\ntheme = \"icon\"", "did you mean icons?"),
        ("log = \"cco=loud\"", "invalid log filter"),
    ] {
        home.write(".config/cco/config.toml", config);
        // The variable would hide a zone in the file.
        let (_, findings) = asked(|command| command.env_remove("CCO_TIMEZONE"), &home);
        fails(&findings, "settings", says);
        passes(&findings, "ledger");
        passes(&findings, "permissions");
    }
    fs::remove_file(home.path().join(".config/cco/config.toml")).unwrap();
    fs::create_dir(home.path().join(".config/cco/config.toml")).unwrap();
    let (_, findings) = asked(|command| command, &home);
    fails(&findings, "settings", "cannot read the config file");
    passes(&findings, "ledger");
}

#[test]
fn a_broken_variable_hides_no_other_check() {
    let home = Home::counted();
    for (name, value) in [
        ("CCO_TIMEZONE", "Mars/Olympus"),
        ("CCO_WEEK_START", "someday"),
        ("CCO_EXCLUDE", "a/b"),
        ("CCO_LOG", "cco=loud"),
        ("CCO_CONFIG", "/never/there.toml"),
    ] {
        let (_, findings) = asked(|command| command.env(name, value), &home);
        fails(&findings, "settings", value);
        passes(&findings, "ledger");
    }
    let (_, findings) = asked(|command| command.args(["--root", "/never/there"]), &home);
    fails(&findings, "settings", "/never/there");
}

#[test]
fn without_a_home_it_checks_what_it_can() {
    let home = Home::counted();
    for value in [None, Some("")] {
        let (_, findings) = asked(
            |command| match value {
                Some(value) => command.env("HOME", value),
                None => command.env_remove("HOME"),
            },
            &home,
        );
        fails(&findings, "settings", "HOME");
        for check in ["permissions", "publisher", "snapshot", "ledger", "limits", "setup", "retention"] {
            is_unchecked(&findings, check);
        }
        is_checked(&findings, "prices");
        passes(&findings, "programs");
    }
    let state = home.path().join(".local/state");
    let (_, findings) = asked(|command| command.env_remove("HOME").env("XDG_STATE_HOME", &state), &home);
    passes(&findings, "ledger");
    is_unchecked(&findings, "setup");
}

#[test]
fn a_state_folder_that_is_none_is_named_once_and_what_is_in_it_is_not_checked() {
    let home = Home::new();
    home.write(".local/state/cco", "mine");
    let (code, findings) = asked(|command| command, &home);
    assert_eq!(code, 1);
    fails(&findings, "permissions", "is not a folder");
    for check in ["publisher", "snapshot", "ledger"] {
        is_unchecked(&findings, check);
    }
    is_checked(&findings, "prices");
}

#[test]
fn a_state_folder_that_its_user_may_not_read_is_named_with_what_to_do() {
    let home = Home::counted();
    let state = home.path().join(".local/state/cco");
    let mut chown_all = Command::new("chown");
    chown_all.args(["-R", &format!("{NOBODY}:{NOBODY}")]).arg(home.path());
    fs::set_permissions(&state, fs::Permissions::from_mode(0o000)).unwrap();
    let is_bound = fs::read_dir(&state).is_err();
    if !is_bound && !chown_all.status().unwrap().success() {
        return skipped("nobody here is bound by permissions");
    }
    fn as_another(command: &mut Command) -> &mut Command {
        command.uid(NOBODY).gid(NOBODY)
    }
    fn as_it_is(command: &mut Command) -> &mut Command {
        command
    }
    let prepare: fn(&mut Command) -> &mut Command = if is_bound { as_it_is } else { as_another };
    let mut can = home.command(env!("CARGO_BIN_EXE_cco"));
    prepare(can.arg("--version"));
    if !can.output().is_ok_and(|output| output.status.success()) {
        return skipped("another user cannot run this program");
    }
    let (_, findings) = asked(prepare, &home);
    fails(&findings, "permissions", "Permission denied");
    for check in ["publisher", "snapshot", "ledger"] {
        is_unchecked(&findings, check);
    }
    let found = findings.iter().find(|found| found["check"] == "permissions").unwrap();
    let words = found["advice"][0]["commands"][0]["words"].as_array().unwrap();
    assert_eq!(words[0], "chmod");
    let mut remedy = home.command("chmod");
    remedy.args(words[1..].iter().map(|word| word.as_str().unwrap()));
    prepare(&mut remedy);
    assert!(run(&mut remedy).status.success());
    passes(&asked(prepare, &home).1, "ledger");
    // The test's own user removes it.
    chown(home.path(), Some(rustix::process::geteuid().as_raw()), None).unwrap();
}

#[test]
fn whatever_is_in_the_place_of_the_snapshot_hides_no_other_check() {
    let home = Home::counted();
    let snapshot = home.path().join(".local/state/cco/usage.snapshot");
    let good = fs::read(&snapshot).unwrap();
    let mut torn = good.clone();
    torn[64..].fill(0xff);
    for bytes in [&b""[..], b"no snapshot", &good[..good.len() / 2], &torn] {
        fs::write(&snapshot, bytes).unwrap();
        let (_, findings) = asked(|command| command, &home);
        fails(&findings, "snapshot", "");
        passes(&findings, "ledger");
    }
    in_place_of(&snapshot, |_| {
        let (_, findings) = asked(|command| command, &home);
        fails(&findings, "snapshot", "");
        passes(&findings, "ledger");
    });
}

#[test]
fn whatever_is_in_the_place_of_the_ledger_hides_no_other_check() {
    let home = Home::counted();
    let ledger = home.path().join(".local/state/cco/ledger.db");
    let good = fs::read(&ledger).unwrap();
    let mut torn = good.clone();
    torn[4096..].fill(0xff);
    for bytes in [b"no ledger", &good[..good.len() / 2], &torn] {
        fs::write(&ledger, bytes).unwrap();
        fs::set_permissions(&ledger, fs::Permissions::from_mode(0o600)).unwrap();
        let (_, findings) = asked(|command| command, &home);
        fails(&findings, "ledger", "");
        passes(&findings, "permissions");
    }
    in_place_of(&ledger, |kind| {
        let (_, findings) = asked(|command| command, &home);
        fails(&findings, "permissions", kind);
        is_unchecked(&findings, "ledger");
    });
}

/// Puts a folder and a pipe in place of a file.
fn in_place_of(path: &Path, look: impl Fn(&str)) {
    fs::remove_file(path).unwrap();
    fs::create_dir(path).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o700)).unwrap();
    look("a folder");
    fs::remove_dir(path).unwrap();
    rustix::fs::mknodat(CWD, path, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
    look("a named pipe");
}

#[test]
fn a_working_directory_that_is_gone_hides_no_check() {
    let home = Home::counted();
    let gone = home.path().join("gone");
    fs::create_dir(&gone).unwrap();
    let mut shell = home.command("sh");
    shell.args(["-c", "rmdir \"$PWD\"; exec cco doctor --json --config relative.toml"]).current_dir(&gone);
    let output = run(&mut shell);
    let document: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"));
    passes(document["findings"].as_array().unwrap(), "ledger");
}
