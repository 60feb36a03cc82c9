//! Titles of sessions: text of conversations, which is kept only if its user asks for it.

use std::fs;

use rusqlite::Connection;
use serde_json::{Value, json};

use crate::place::{Place, request};

/// A place whose first session has titles of all kinds, and the path of a config file that keeps them.
fn place() -> (Place, String) {
    let place = Place::new();
    for line in [
        json!({"type": "summary", "summary": "the summary", "leafUuid": "u"}),
        json!({"type": "custom-title", "customTitle": "an older title", "sessionId": "s-1"}),
        json!({"type": "custom-title", "customTitle": "the user's title", "sessionId": "s-1"}),
        json!({"type": "ai-title", "aiTitle": "Claude Code's title", "sessionId": "s-1"}),
        json!({"type": "summary", "summary": "a newer summary", "leafUuid": "u"}),
    ] {
        place.add("-home-ada-engine", "s-1", &line.to_string());
    }
    let config = place.path("config.toml");
    fs::write(&config, "[keep]\ntitles = true\n").unwrap();
    let config = config.to_str().unwrap().to_owned();
    (place, config)
}

fn titles(place: &Place, more: &[&str]) -> Vec<Value> {
    let report = place.cco(&[&["session", "--json"], more].concat()).json();
    report["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row.get("title").cloned().unwrap_or(Value::Null))
        .collect()
}

/// Whether a text is anywhere in the files of the state folder.
fn is_stored(place: &Place, text: &str) -> bool {
    let files = fs::read_dir(place.path("state")).unwrap().map(|entry| entry.unwrap().path());
    let mut files = files.filter(|path| path.is_file());
    files.any(|path| memchr::memmem::find(&fs::read(path).unwrap(), text.as_bytes()).is_some())
}

#[test]
fn no_title_is_stored_unless_it_is_asked_for() {
    let (place, _) = place();
    assert_eq!(titles(&place, &[]), [Value::Null, Value::Null]);
    for text in ["summary", "the user's title", "Claude Code's title"] {
        assert!(!is_stored(&place, &format!("{text}\u{0}")) && !is_stored(&place, "the user's"), "{text}");
    }
    let kept: i64 = Connection::open(place.ledger())
        .unwrap()
        .query_row("SELECT COUNT(*) FROM titles", (), |row| row.get(0))
        .unwrap();
    assert_eq!(kept, 0);
}

#[test]
fn the_users_newest_title_stands_and_what_was_counted_before_gets_its_title() {
    let (place, config) = place();
    place.publish();
    let keep = ["--config", &config];
    assert_eq!(titles(&place, &keep), [json!("the user's title"), Value::Null]);
    assert_eq!(place.publish()["totals"]["requests"], 2, "what is read again counts once");

    let line = json!({"type": "ai-title", "aiTitle": "one of Claude Code's", "sessionId": "s-2"});
    place.add("-home-ada-loom", "s-2", &line.to_string());
    assert_eq!(titles(&place, &keep), [json!("the user's title"), json!("one of Claude Code's")]);
    let line = json!({"type": "custom-title", "customTitle": "another", "sessionId": "s-1"});
    place.add("-home-ada-engine", "s-1", &line.to_string());
    assert_eq!(titles(&place, &keep)[0], "another");

    let one = place.cco(&[&["session", "--id", "s-1", "--json"][..], &keep].concat()).json();
    assert_eq!(one["title"], "another");
    let text = place.cco(&[&["session", "--id", "s-1"][..], &keep].concat()).printed().to_owned();
    assert!(text.starts_with("another\ns-1 in "), "{text}");
    let table = place.cco(&[&["session"][..], &keep].concat()).printed().to_owned();
    assert!(table.contains("Title") && table.contains("another"), "{table}");
}

#[test]
fn titles_are_removed_by_the_first_command_that_counts_without_the_setting() {
    let (place, config) = place();
    assert_eq!(titles(&place, &["--config", &config])[0], "the user's title");
    assert!(is_stored(&place, "the user's title"));
    assert_eq!(titles(&place, &[]), [Value::Null, Value::Null]);
    assert!(!is_stored(&place, "the user's title"), "they are overwritten");
    assert_eq!(titles(&place, &["--config", &config])[0], "the user's title", "and are read again");
}

#[test]
fn a_forgotten_session_gets_no_title_again() {
    let (place, config) = place();
    let keep = ["--config", &config];
    assert_eq!(titles(&place, &keep)[0], "the user's title");
    let forget = ["ledger", "forget", "--project", "-home-ada-engine", "--yes"];
    assert_eq!(place.cco(&[&forget[..], &keep].concat()).code(), 0);
    assert_eq!(place.cco(&[&["ledger", "rebuild"][..], &keep].concat()).code(), 0);
    assert_eq!(titles(&place, &keep), [Value::Null]);
    let kept: i64 = Connection::open(place.ledger())
        .unwrap()
        .query_row("SELECT COUNT(*) FROM titles", (), |row| row.get(0))
        .unwrap();
    assert_eq!(kept, 0);
    // A session that is new is not held back by it.
    place.add("-home-ada-loom", "s-5", &request(5, "s-5", "2026-03-25T10:00:00Z"));
    let line = json!({"type": "custom-title", "customTitle": "new", "sessionId": "s-5"});
    place.add("-home-ada-loom", "s-5", &line.to_string());
    assert_eq!(titles(&place, &keep), [Value::Null, json!("new")]);
}
