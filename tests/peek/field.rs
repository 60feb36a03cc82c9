//! `--field` has a way of its own, past the command line's parser: it answers as the long one does.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use cco::snapshot::Publication;
use serde_json::Value;

use super::published::{now, publication, publish};
use super::{peek, text};

/// Every path of a document, those in the middle included.
fn paths(value: &Value, path: &str, found: &mut Vec<String>) {
    let below = |step: &str| if path.is_empty() { step.to_owned() } else { format!("{path}.{step}") };
    if !path.is_empty() {
        found.push(path.to_owned());
    }
    match value {
        Value::Object(members) => members.iter().for_each(|(name, value)| paths(value, &below(name), found)),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(at, value)| paths(value, &below(&at.to_string()), found));
        }
        _ => {}
    }
}

/// What is printed and how it ends, without what only the clock changes.
fn outcome(snapshot: &Path, arguments: &[&str]) -> (String, String, Option<i32>) {
    let output = peek(snapshot, arguments);
    let said: String = text(&output.stderr).chars().filter(|c| !c.is_ascii_digit()).collect();
    (text(&output.stdout).to_owned(), said, output.status.code())
}

fn assert_both_ways_agree(snapshot: &Path, field: &str, code: i32) {
    let short = outcome(snapshot, &["--field", field]);
    assert_eq!(short.2, Some(code), "{field}: {short:?}");
    assert_eq!(short, outcome(snapshot, &[&format!("--field={field}")]), "{field}");
}

#[test]
fn every_field_is_the_same_the_short_way_and_the_long() {
    let mut published = publish();
    let json = peek(&published.path(), &["--json", "--sessions", "--days", "--hours", "--history"]);
    let mut fields = Vec::new();
    paths(&serde_json::from_slice(&json.stdout).unwrap(), "", &mut fields);
    // What grows by the millisecond is not the same in two looks.
    fields.retain(|field| !field.contains("age") && field != "snapshot");
    assert!(fields.len() > 100, "{fields:?}");
    for field in &fields {
        published.writer.heartbeat();
        assert_both_ways_agree(&published.path(), field, 0);
    }
    for unknown in ["totals.costs", "block.nothing", "models.9", "", "."] {
        assert_both_ways_agree(&published.path(), unknown, 2);
    }
}

#[test]
fn every_field_is_one_of_templates_too() {
    let mut published = publish();
    published.writer.commit(&Publication { sessions_left_out: 7, ..publication(4) }).unwrap();
    let json = peek(&published.path(), &["--json", "--sessions", "--days", "--hours", "--history"]);
    let json: Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(json["sessions_left_out"], 7);
    let mut fields = Vec::new();
    paths(&json, "", &mut fields);
    let is_value = |field: &str| {
        let value = json.pointer(&format!("/{}", field.replace('.', "/"))).unwrap();
        !(value.is_object() || value.is_array() || value.is_null() || field.contains("age"))
    };
    fields.retain(|field| is_value(field));
    // All in one template, because each program takes its time to start.
    let template: String = fields.iter().map(|field| format!("{field}={{{field}}} ")).collect();
    let shown = peek(&published.path(), &["--format", &template]);
    assert_eq!(shown.status.code(), Some(0), "{}", text(&shown.stderr));
    assert!(text(&shown.stdout).contains("sessions_left_out=7 "), "{}", text(&shown.stdout));
    let field = peek(&published.path(), &["--field", "sessions_left_out"]);
    assert_eq!(text(&field.stdout), "7\n");
}

#[test]
fn every_state_of_a_snapshot_is_the_same_the_short_way_and_the_long() {
    let fields = ["totals.cost_usd", "today.requests", "block.cost_usd", "snapshot.writer", "models.0.model"];
    let agree = |path: &Path, code| {
        for field in fields {
            assert_both_ways_agree(path, field, code);
        }
    };
    let mut published = publish();
    agree(&published.path(), 0);
    let mut over = publication(4);
    over.today.end = now() - 1;
    published.writer.commit(&over).unwrap();
    agree(&published.path(), 3);

    let stopped = publish();
    let path = stopped.path();
    stopped.writer.stop();
    agree(&path, 3);

    let folder = publish().abandon();
    let path = folder.path().join("usage.snapshot");
    agree(&path, 3);
    let whole = std::fs::read(&path).unwrap();
    std::fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    agree(&path, 13);
    std::fs::write(&path, "no snapshot").unwrap();
    agree(&path, 5);
    std::fs::remove_file(&path).unwrap();
    agree(&path, 4);
    agree(folder.path(), 9);
}

#[test]
fn a_value_that_nobody_reads_is_no_failure() {
    let published = publish();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut command = super::command(&published.path(), &["--field", "totals.requests"]);
    let output = command.stdout(writer).output().unwrap();
    assert_eq!((text(&output.stderr), output.status.code()), ("", Some(0)));
}

/// What comes of these words and variables, the field asked for the short way and the long.
fn assert_words_agree(variables: &[(&str, &OsStr)], words: &[&OsStr], field: &OsStr, code: i32) {
    let outcome = |field: &[OsString]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cco-peek"));
        command.env_clear().envs(variables.iter().copied()).args(words).args(field).stdin(Stdio::null());
        let output = command.output().unwrap();
        // What clap quotes of the words is as they were; an age can differ.
        let said = String::from_utf8_lossy(&output.stderr).replace(|c: char| c.is_ascii_digit(), "");
        (String::from_utf8_lossy(&output.stdout).into_owned(), said, output.status.code())
    };
    let short = outcome(&["--field".into(), field.into()]);
    let mut joined = OsString::from("--field=");
    joined.push(field);
    assert_eq!(short, outcome(&[joined]), "{variables:?} {words:?} {field:?}");
    assert_eq!(short.2, Some(code), "{variables:?} {words:?} {field:?}: {short:?}");
}

#[test]
fn a_snapshot_is_found_the_same_the_short_way_and_the_long() {
    let published = publish();
    let folder = published.folder.path();
    let path = published.path();
    // Under another name a snapshot has no lock beside it, which is a publisher that is gone.
    for state in ["state/cco", "home/.local/state/cco", "own"] {
        std::fs::create_dir_all(folder.join(state)).unwrap();
        std::fs::hard_link(&path, folder.join(state).join("usage.snapshot")).unwrap();
    }
    let odd = folder.join(OsStr::from_bytes(b"\xff name"));
    std::fs::hard_link(&path, &odd).unwrap();
    let (state, home, own) = (folder.join("state"), folder.join("home"), folder.join("own"));
    let (empty, none) = (OsStr::new(""), folder.join("none"));
    let field = OsStr::new("totals.requests");
    for (variables, code) in [
        (vec![("CCO_SNAPSHOT", path.as_os_str())], 0),
        (vec![("CCO_SNAPSHOT", odd.as_os_str())], 3),
        (vec![("CCO_SNAPSHOT", none.as_os_str()), ("HOME", home.as_os_str())], 4),
        (vec![("CCO_SNAPSHOT", empty), ("HOME", home.as_os_str())], 2),
        (vec![("CCO_STATE", own.as_os_str()), ("HOME", none.as_os_str())], 3),
        (vec![("CCO_STATE", empty), ("HOME", home.as_os_str())], 3),
        (vec![("XDG_STATE_HOME", state.as_os_str()), ("HOME", none.as_os_str())], 3),
        (vec![("XDG_STATE_HOME", OsStr::new("relative")), ("HOME", home.as_os_str())], 3),
        (vec![("HOME", home.as_os_str())], 3),
        (vec![("HOME", empty)], 2),
        (vec![], 2),
    ] {
        assert_words_agree(&variables, &[], field, code);
        let named = |path: &OsStr| vec![OsString::from("--snapshot"), path.into()];
        for (words, code) in
            [(named(path.as_os_str()), 0), (named(odd.as_os_str()), 3), (named(none.as_os_str()), 4)]
        {
            let words: Vec<&OsStr> = words.iter().map(OsString::as_os_str).collect();
            assert_words_agree(&variables, &words, field, code);
        }
    }
}

#[test]
fn words_that_are_not_a_field_and_a_snapshot_are_taken_as_the_long_way_takes_them() {
    let published = publish();
    let path = published.path();
    let snapshot = [("CCO_SNAPSHOT", path.as_os_str())];
    for (given, code) in [
        (&["--snapshot", ""][..], 2),
        (&["--snapshot"][..], 2),
        (&["--snapshot", "a", "--snapshot", "b"][..], 2),
        (&["-"][..], 2),
        (&[""][..], 2),
        (&["--json"][..], 2),
        (&["--ensure", "--ensure-timeout", "x"][..], 2),
        (&["--ensure"][..], 0),
        (&["--config", "none"][..], 0),
        (&["--sessions"][..], 2),
        (&["--days", "--hours"][..], 2),
        (&["--history"][..], 2),
        (&["statusline"][..], 0),
        (&["--help"][..], 0),
        (&["--version"][..], 0),
    ] {
        let given: Vec<&OsStr> = given.iter().map(OsStr::new).collect();
        assert_words_agree(&snapshot, &given, OsStr::new("totals.requests"), code);
    }
    for (field, code) in
        [(&b"totals.requests"[..], 0), (b"", 2), (b"\xff", 2), (b"statusline", 2), (b" totals", 2)]
    {
        assert_words_agree(&snapshot, &[], OsStr::from_bytes(field), code);
        for variable in ["NO_COLOR", "CLICOLOR_FORCE"] {
            let variables = [snapshot[0], (variable, OsStr::new("1"))];
            assert_words_agree(&variables, &[], OsStr::from_bytes(field), code);
        }
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_value_that_cannot_be_written_is_a_failure_the_short_way_and_the_long() {
    let published = publish();
    let failed = |field: &[&str]| {
        let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
        let output = super::command(&published.path(), field).stdout(full).output().unwrap();
        (text(&output.stderr).to_owned(), output.status.code())
    };
    let short = failed(&["--field", "totals.requests"]);
    assert!(short.0.contains("space") && short.1 == Some(1), "{short:?}");
    assert_eq!(short, failed(&["--field=totals.requests"]));
}
