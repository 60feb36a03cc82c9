//! Claude Code's own statistics, imported for days with nothing counted.

use std::fs;

use serde_json::{Value, json};

use crate::place::{Place, request};

/// Three days: one that is counted (2026-03-20), and two without transcripts.
fn write(place: &Place) -> String {
    let file = json!({
        "version": 3, "lastComputedDate": "2026-03-21",
        "dailyActivity": [{"date": "2026-01-05", "messageCount": 9, "sessionCount": 1, "toolCallCount": 2}],
        "dailyModelTokens": [
            {"date": "2026-01-05", "tokensByModel": {"claude-opus-4-1": 1000, "claude-sonnet-4-5": 234}},
            {"date": "2026-02-07", "tokensByModel": {"claude-sonnet-4-5": 77}},
            {"date": "2026-03-20", "tokensByModel": {"claude-sonnet-4-5": 555_555}},
            {"date": "2026-03-22", "tokensByModel": {"claude-sonnet-4-5": 1}},
        ],
        "modelUsage": {"claude-sonnet-4-5": {"inputTokens": 900_000, "outputTokens": 9, "costUSD": 0}},
        "totalSessions": 4, "totalMessages": 9, "hourCounts": {},
    });
    let path = place.path("root/stats-cache.json");
    fs::write(&path, file.to_string()).unwrap();
    path.to_str().unwrap().to_owned()
}

const IMPORT: [&str; 3] = ["ledger", "import", "stats-cache"];

fn import(place: &Place, more: &[&str]) -> Value {
    place.cco(&[&IMPORT, more, &["--json"]].concat()).json()
}

fn daily(place: &Place, more: &[&str]) -> Value {
    place.cco(&[&["daily", "--json"], more].concat()).json()
}

fn periods(report: &Value) -> Vec<(String, u64)> {
    let rows = report.get("claude_statistics").and_then(Value::as_array).cloned().unwrap_or_default();
    let row = |row: &Value| (row["period"].as_str().unwrap().to_owned(), row["tokens"].as_u64().unwrap());
    rows.iter().map(row).collect()
}

#[test]
fn days_of_which_nothing_is_counted_are_shown_apart_and_no_total_has_them() {
    let place = Place::counted();
    write(&place);
    let before = daily(&place, &[]);
    let preview = import(&place, &["--dry-run"]);
    assert_eq!(preview["imported"], false);
    assert_eq!(
        preview["days"],
        json!([
            {"date": "2026-01-05", "tokens": 1234}, {"date": "2026-02-07", "tokens": 77},
        ])
    );
    assert_eq!((&preview["days_counted"], &preview["days_unfinished"]), (&json!(1), &json!(1)));
    assert_eq!(daily(&place, &[]), before, "a preview changes nothing");

    let mut imported = import(&place, &[]);
    assert_eq!(imported["imported"], true);
    imported["imported"] = json!(false);
    assert_eq!(imported, preview);
    let mut after = daily(&place, &[]);
    assert_eq!(periods(&after), [("2026-01-05".into(), 1234), ("2026-02-07".into(), 77)]);
    assert_eq!(after["claude_statistics"][0]["counts"], "input_output");
    assert_eq!(
        after["claude_statistics"][0]["models"][0],
        json!({"model": "claude-opus-4-1", "tokens": 1000})
    );
    after.as_object_mut().unwrap().remove("claude_statistics");
    assert_eq!(after, before, "what is counted is as before");
    assert_eq!(place.publish()["totals"]["requests"], 2);

    let again = import(&place, &[]);
    assert_eq!((&again["days"], &again["days_known"]), (&json!([]), &json!(2)));
    let text = place.cco(&["daily"]).printed().to_owned();
    assert!(text.contains("from Claude Code's own statistics: tokens without a cost"), "{text}");
    assert!(text.contains("unknown") && text.contains("1,234"), "{text}");
    let month = place.cco(&["monthly", "--json", "--since", "2026-02-01"]).json();
    assert_eq!(periods(&month), [("2026-02".into(), 77)]);
    for apart in
        [&["daily", "--csv"][..], &["daily", "--compat", "ccusage"], &["daily", "--project", "engine"]]
    {
        let printed = place.cco(apart).printed().to_owned();
        assert!(!printed.contains("2026-01-05"), "{printed}");
    }
    let desc = daily(&place, &["--order", "desc"]);
    assert_eq!(periods(&desc)[0].0, "2026-02-07");
}

#[test]
fn a_transcript_that_shows_up_later_hides_its_days_statistics() {
    let place = Place::counted();
    write(&place);
    import(&place, &[]);
    place.add("-home-ada-loom", "s-9", &request(9, "s-9", "2026-01-05T10:00:00Z"));
    assert_eq!(periods(&daily(&place, &[])), [("2026-02-07".into(), 77)]);
    // Their days are in UTC: what was used late on a day in the west was used on the next one there.
    place.add("-home-ada-loom", "s-9", &request(10, "s-9", "2026-02-08T01:00:00Z"));
    assert_eq!(periods(&daily(&place, &[])).len(), 1);
    assert_eq!(periods(&daily(&place, &["--timezone", "America/New_York"])), []);
    assert_eq!(import(&place, &[])["days_counted"], 2);
}

#[test]
fn what_was_imported_is_removed_by_one_command_and_kept_by_backups() {
    let place = Place::counted();
    write(&place);
    import(&place, &[]);
    let backup = place.path("backup.db");
    let backup = backup.to_str().unwrap();
    assert_eq!(place.cco(&["ledger", "backup", backup]).code(), 0);
    let exported = place.cco(&["ledger", "export"]).printed().to_owned();
    assert_eq!(exported.matches("\"statistics\":\"claude-code\"").count(), 3, "{exported}");
    assert_eq!(place.cco(&["ledger", "rebuild"]).code(), 0);
    assert_eq!(place.cco(&["ledger", "compact"]).code(), 0);
    assert_eq!(periods(&daily(&place, &[])).len(), 2);

    assert_eq!(import(&place, &["--undo"])["days_removed"], 2);
    assert_eq!(periods(&daily(&place, &[])), []);
    assert_eq!(import(&place, &["--undo"])["days_removed"], 0);
    assert_eq!(place.cco(&["ledger", "restore", backup, "--yes"]).code(), 0);
    assert_eq!(periods(&daily(&place, &[])).len(), 2);
}

#[test]
fn forgotten_days_have_no_statistics_and_get_none() {
    let place = Place::counted();
    write(&place);
    import(&place, &[]);
    let forgotten = place.cco(&["ledger", "forget", "--before", "2026-02-01", "--yes"]);
    assert_eq!(forgotten.code(), 0, "{}", forgotten.told());
    assert_eq!(periods(&daily(&place, &[])), [("2026-02-07".into(), 77)]);
    assert_eq!(import(&place, &[])["days_forgotten"], 1);
    assert_eq!(periods(&daily(&place, &[])), [("2026-02-07".into(), 77)]);
}

#[test]
fn a_forgotten_project_does_not_come_back_by_the_statistics_of_its_days() {
    let place = Place::counted();
    let file = write(&place);
    import(&place, &[]);
    // One of its transcripts shows up only after the statistics of its day were imported.
    place.add("-home-ada-engine", "s-9", &request(9, "s-9", "2026-01-05T10:00:00Z"));
    assert_eq!(periods(&daily(&place, &[])), [("2026-02-07".into(), 77)]);
    let forget = ["ledger", "forget", "--project", "-home-ada-engine", "--json"];
    let preview = place.cco(&[&forget[..], &["--dry-run"]].concat()).json();
    let forgotten = place.cco(&[&forget[..], &["--yes"]].concat()).json();
    assert_eq!((&preview["statistics_days"], &forgotten["statistics_days"]), (&json!(1), &json!(1)));
    let others = [("2026-02-07".to_owned(), 77)];
    assert_eq!(periods(&daily(&place, &[])), others);
    // Its other day, 2026-03-20, is in the file too.
    let again = import(&place, &[&file]);
    assert_eq!((&again["days"], &again["days_forgotten"]), (&json!([]), &json!(2)));
    assert_eq!(periods(&daily(&place, &[])), others);

    // What takes the statistics out does not let those days in.
    assert_eq!(import(&place, &["--undo"])["days_removed"], 1);
    let again = import(&place, &[&file]);
    assert_eq!((again["days"].as_array().unwrap().len(), &again["days_forgotten"]), (1, &json!(2)));
    let exported = place.cco(&["ledger", "export"]).printed().to_owned();
    assert_eq!(exported.matches("\"statistics\":").count(), 1, "{exported}");
}

#[test]
fn transcripts_of_a_forgotten_project_that_show_up_later_take_their_days_statistics_with_them() {
    let place = Place::counted();
    write(&place);
    let forget = ["ledger", "forget", "--project", "-home-ada-engine", "--yes"];
    assert_eq!(place.cco(&forget).code(), 0);
    import(&place, &[]);
    assert_eq!(periods(&daily(&place, &[])).len(), 2);
    place.add("-home-ada-engine", "s-9", &request(9, "s-9", "2026-01-05T10:00:00Z"));
    assert_eq!(periods(&daily(&place, &[])), [("2026-02-07".into(), 77)]);
    assert_eq!(import(&place, &[])["days_forgotten"], 2);
}

#[test]
fn a_file_that_is_not_theirs_is_refused_with_the_reason_and_the_next_step() {
    let place = Place::counted();
    place.cco(&IMPORT).fails(4, &["no statistics of Claude Code at", "cco ledger import stats-cache FILE"]);
    let file = write(&place);
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, text.replace("\"version\":3", "\"version\":9")).unwrap();
    place.cco(&IMPORT).fails(1, &["was not imported", "version is 9"]);
    fs::write(&file, &text[..text.len() / 2]).unwrap();
    place.cco(&IMPORT).fails(1, &["was not imported"]);
    fs::remove_file(&file).unwrap();
    rustix::fs::mknodat(rustix::fs::CWD, &*file, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
    place.cco(&[&IMPORT[..], &[&file]].concat()).fails(1, &["not a regular file"]);
    assert_eq!(periods(&daily(&place, &[])), []);
}
