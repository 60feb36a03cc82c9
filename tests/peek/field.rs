//! `--field` has a way of its own, past the command line's parser: it answers as the long one does.

use std::path::Path;

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
    let published = publish();
    let json = peek(&published.path(), &["--json", "--sessions", "--days", "--hours", "--history"]);
    let mut fields = Vec::new();
    paths(&serde_json::from_slice(&json.stdout).unwrap(), "", &mut fields);
    // What grows by the millisecond is not the same in two looks.
    fields.retain(|field| !field.contains("age") && field != "snapshot");
    assert!(fields.len() > 100, "{fields:?}");
    for field in &fields {
        assert_both_ways_agree(&published.path(), field, 0);
    }
    for unknown in ["totals.costs", "block.nothing", "models.9", "", "."] {
        assert_both_ways_agree(&published.path(), unknown, 2);
    }
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
    agree(&path, 5);
    std::fs::write(&path, "no snapshot").unwrap();
    agree(&path, 5);
    std::fs::remove_file(&path).unwrap();
    agree(&path, 4);
    agree(folder.path(), 5);
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
