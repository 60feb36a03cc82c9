//! Output without a final count: which figures are marked as lower bounds, and where.

use std::process::Command;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::midday;
use crate::place::{Place, Ran};

const FOOTNOTE: &str = "~ a lower bound: transcripts lack the final count for more than a tenth";

/// A message with output; it is provisional without a stop reason.
fn message(id: &str, session: &str, at: Timestamp, output: u64, is_final: bool) -> String {
    json!({
        "type": "assistant", "cwd": "/home/ada/loom", "sessionId": session, "timestamp": at.to_string(),
        "message": {
            "id": format!("msg_{id}"), "model": "claude-opus-5", "stop_reason": is_final.then_some("end_turn"),
            "usage": { "input_tokens": 0, "output_tokens": output },
        },
    })
    .to_string()
}

/// A place with a session of now that has 1,000 output tokens, this part of them provisional.
fn recent(provisional: u64) -> Place {
    let place = Place::in_zone(midday::zone());
    let now = Timestamp::now();
    place.add("-home-ada-loom", "new", &message("a", "new", now, 1_000 - provisional, true));
    place.add("-home-ada-loom", "new", &message("b", "new", now, provisional, false));
    place
}

/// The same with an old session whose output is all provisional.
fn place(provisional: u64) -> Place {
    let place = recent(provisional);
    place.add("-home-ada-loom", "old", &message("old", "old", days_ago(100), 40_000, false));
    place
}

fn days_ago(days: i64) -> Timestamp {
    Timestamp::now() - SignedDuration::from_hours(24 * days)
}

/// The lines of a report with a figure or a cost in them.
fn with<'a>(ran: &'a Ran, figure: &str) -> Vec<&'a str> {
    ran.printed().lines().filter(|line| line.split_whitespace().any(|word| word == figure)).collect()
}

#[test]
fn every_report_marks_recent_output_that_is_a_lower_bound() {
    let place = place(101);
    for report in ["daily", "weekly", "monthly", "session", "blocks"] {
        let ran = place.cco(&[report]);
        // The new output costs 2.5 cents, the old one a dollar.
        let (new, old) = (with(&ran, "~1,000"), with(&ran, "40,000"));
        assert!(new.len() == 1 && new[0].contains(" ~$0.03"), "{report}:\n{}", ran.printed());
        assert!(old.len() == 1 && old[0].contains(" $1.00"), "{report}:\n{}", ran.printed());
        let total = with(&ran, "~41,000");
        assert!(total.len() == 1 && total[0].starts_with("Total") && total[0].contains(" ~$11.03"));
        assert!(ran.printed().contains(FOOTNOTE), "{report}:\n{}", ran.printed());
        let until = days_ago(70).in_tz("UTC").unwrap().date().to_string();
        let old_alone = place.cco(&[report, "--until", &until]);
        assert_eq!(with(&old_alone, "40,000").len(), 2, "its row and the total:\n{}", old_alone.printed());
        assert!(!old_alone.printed().contains('~'), "{report}:\n{}", old_alone.printed());
    }
    for report in ["project", "model", "total"] {
        let ran = place.cco(&[report]);
        // All of it is in one row and in the total.
        assert_eq!(with(&ran, "~41,000").len(), 2, "{report}:\n{}", ran.printed());
        assert!(ran.printed().contains(FOOTNOTE), "{report}:\n{}", ran.printed());
    }
    let years = place.cco(&["yearly"]);
    let total = with(&years, "~41,000").pop().unwrap_or_default();
    assert!(total.starts_with("Total") && years.printed().contains(FOOTNOTE), "{}", years.printed());
    let models = place.cco(&["daily", "--breakdown"]);
    assert_eq!(with(&models, "~1,000").len(), 2, "a day and its model:\n{}", models.printed());
}

#[test]
fn the_overview_the_block_and_a_reader_mark_costs() {
    let place = place(500);
    let overview = place.cco(&[]);
    assert!(with(&overview, "~$0.03").len() >= 4, "today, block, week, model:\n{}", overview.printed());
    assert!(overview.printed().contains(FOOTNOTE));
    let block = place.cco(&["blocks", "--active"]);
    assert!(block.printed().contains("~$0.03") && block.printed().contains(FOOTNOTE), "{}", block.printed());
    let summary = summary(&place);
    assert!(
        with(&summary, "~$0.03").len() >= 3 && summary.printed().contains(FOOTNOTE),
        "{}",
        summary.printed()
    );
    assert!(!with(&summary, "~$11.03").is_empty(), "all time:\n{}", summary.printed());
}

/// What a reader prints.
fn summary(place: &Place) -> Ran {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cco-peek"));
    command.env_clear().env("HOME", place.path("")).arg("--snapshot").arg(place.path("state/usage.snapshot"));
    Ran(command.output().unwrap())
}

#[test]
fn a_reader_does_not_mark_a_model_as_recent_because_another_one_is() {
    let place = recent(500);
    let retired = message("old", "old", days_ago(100), 40_000, false).replace("opus-5", "sonnet-4-5");
    place.add("-home-ada-loom", "old", &retired);
    place.cco(&["daily"]);
    let summary = summary(&place);
    let cost_of = |label: &str| {
        let line = summary.printed().lines().find(|line| line.starts_with(label));
        line.unwrap_or_else(|| panic!("no {label}:\n{}", summary.printed())).to_owned()
    };
    assert!(cost_of("all time").contains("~$"), "{}", cost_of("all time"));
    assert!(!cost_of("claude-sonnet-4-5").contains('~'), "{}", cost_of("claude-sonnet-4-5"));
}

#[test]
fn what_a_block_projects_is_as_provisional_as_the_block() {
    let projected = |provisional: u64| {
        let place = recent(provisional);
        let before = Timestamp::now() - SignedDuration::from_mins(20);
        place.add("-home-ada-loom", "new", &message("c", "new", before, 1, true));
        let ran = place.cco(&["blocks", "--token-limit", "100000000"]);
        let line = ran.printed().lines().find(|line| line.contains("Projected"));
        line.unwrap_or_else(|| panic!("no projection:\n{}", ran.printed())).to_owned()
    };
    assert!(projected(500).contains("~$"), "{}", projected(500));
    assert!(projected(50).contains('$') && !projected(50).contains('~'), "{}", projected(50));
}

#[test]
fn a_tenth_is_not_marked_and_a_final_count_ends_the_mark() {
    let place = recent(100);
    for report in [&["daily"][..], &["session"], &["blocks"], &[]] {
        let ran = place.cco(report);
        assert!(ran.code() == 0 && !ran.printed().contains('~'), "{report:?}:\n{}", ran.printed());
    }
    let place = recent(900);
    assert!(place.cco(&["daily"]).printed().contains("~1,000"));
    place.add("-home-ada-loom", "new", &message("b", "new", Timestamp::now(), 900, true));
    assert!(!place.cco(&["daily"]).printed().contains('~'));
}

#[test]
fn json_says_how_much_is_provisional_and_ccusages_format_does_not_change() {
    let place = place(500);
    let report = place.cco(&["session", "--json"]).json();
    let provisional = |sums: &Value| {
        ["provisional_messages", "provisional_output_tokens"].map(|name| sums[name].as_u64().unwrap())
    };
    let rows = report["rows"].as_array().unwrap();
    let row = rows.iter().find(|row| row["session"] == "new").unwrap();
    assert_eq!((provisional(row), provisional(&row["models"][0])), ([1, 500], [1, 500]));
    // Two more requests are without output and without a stop reason.
    assert_eq!(provisional(&report["totals"]), [4, 40_500]);
    let overview = place.cco(&["--json"]).json();
    assert_eq!(provisional(&overview["today"]), [1, 500]);
    let compat = place.cco(&["daily", "--json", "--compat", "ccusage"]);
    assert!(!compat.printed().contains("rovisional") && !compat.printed().contains('~'));
}

#[test]
fn one_session_says_how_many_of_its_messages_are_provisional() {
    let place = place(500);
    let ran = place.cco(&["session", "--id", "new"]);
    let words = "2 messages, 1 of them provisional: their output is a lower bound\n";
    assert!(ran.printed().contains(words), "{}", ran.printed());
    assert!(ran.printed().contains("Claude Code recorded no figures of its own for this session\n"));
    let report = place.cco(&["session", "--id", "new", "--json"]).json();
    assert_eq!(
        (&report["claude_code"], &report["totals"]["provisional_messages"]),
        (&Value::Null, &1.into())
    );
}
