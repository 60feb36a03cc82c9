//! `cco-peek` as users run it: what it prints, and the exit codes that scripts rely on.

mod around;
mod around_left;
mod bars;
mod condition;
mod field;
mod guard;
mod guard_lets_through;
mod guard_place;
mod payload;
mod published;
#[path = "../skipped/mod.rs"]
mod skipped;
mod statusline;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use cco::snapshot::{Counters, LimitKind, LimitRow, ModelRow, Period, Picodollars, Publication};
use published::{counters, now, publication, publish};
use serde_json::Value;
use serde_json::value::RawValue;

fn command(snapshot: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cco-peek"));
    command.env_clear().arg("--snapshot").arg(snapshot).args(arguments);
    command
}

fn peek(snapshot: &Path, arguments: &[&str]) -> Output {
    command(snapshot, arguments).output().unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

#[test]
fn a_live_snapshot_is_summed_up_with_exit_code_0() {
    let published = publish();
    let output = peek(&published.path(), &[]);
    let printed = text(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    for expected in
        ["today", "this month", "all time", "claude-dear", "live", "Asia/Kathmandu", "$4.94", "600"]
    {
        assert!(printed.contains(expected), "{expected} is missing in:\n{printed}");
    }
    assert!(!printed.contains('\x1b'), "no colours where there is no terminal");
}

#[test]
fn the_json_has_every_member_and_every_digit() {
    let published = publish();
    let output = peek(&published.path(), &["--json", "--sessions", "--days", "--hours", "--history"]);
    assert_eq!(output.status.code(), Some(0));
    let printed = text(&output.stdout);
    assert!(printed.contains("\"cost_usd\": 4.938271560492"), "{printed}");
    let json: Value = serde_json::from_str(printed).unwrap();
    let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>().join(" ");
    assert_eq!(
        keys(&json),
        "account_limits agents block days health history hours limits models projects schema sessions sessions_left_out \
         snapshot this_month this_week today totals unpriced"
    );
    assert_eq!(
        keys(&json["snapshot"]),
        "age_ms epoch generation path pid published_at state timezone version writer"
    );
    let sums = "cache_read_tokens cache_write_1h_tokens cache_write_5m_tokens cost_usd input_tokens messages \
                output_tokens provisional_messages provisional_output_tokens requests thinking_tokens total_tokens \
                unpriced_tokens web_fetch_requests web_search_requests";
    assert_eq!(keys(&json["totals"]), sums);
    assert_eq!(json["totals"]["total_tokens"], 600);
    assert_eq!(json["schema"], 1);
    assert_eq!(json["snapshot"]["writer"], "live");
    assert_eq!(json["snapshot"]["state"], "complete");
    assert_eq!(json["snapshot"]["version"], "9.8.7");
    assert_eq!(json["block"], Value::Null);
    assert!(json["today"]["start"].is_string() && json["today"]["end"].is_string());
    assert_eq!(json["models"][0]["model"], "claude-dear");
    assert_eq!(json["projects"][0]["path"], "/p");
    assert_eq!(json["unpriced"], serde_json::json!([{"model": "claude-cheap", "tokens": 77}]));
    assert_eq!(json["sessions"][0]["session"], "sess-1");
    assert_eq!(json["sessions"][0]["last"], "1970-01-01T00:00:01Z");
    assert_eq!(json["days"][0]["date"], "2026-11-24");
    assert_eq!(json["hours"][0]["start"], "1970-01-01T01:00:00Z");
    assert_eq!(json["history"][0]["requests"], 4);
}

#[test]
fn a_limit_that_its_pace_uses_up_before_its_reset_says_when() {
    const HOUR_MS: i64 = 3_600_000;
    let mut published = publish();
    // Two of the five hours are gone.
    let (seen_at, resets_at) = (now(), now() + 3 * HOUR_MS);
    let limit =
        |kind, used_millionths| LimitRow { kind, used_millionths, resets_at, seen_at, ..LimitRow::default() };
    let scope = published.writer.draft().intern("Opus");
    for row in [
        limit(LimitKind::FiveHour, 500_000),
        limit(LimitKind::FiveHour, 300_000),
        limit(LimitKind::Spend, 500_000),
        LimitRow { scope, ..limit(LimitKind::SevenDayModel, 910_000) },
    ] {
        published.writer.draft().push(&row);
    }
    published.writer.commit(&publication(5)).unwrap();
    let json: Value = serde_json::from_slice(&peek(&published.path(), &["--json"]).stdout).unwrap();
    let limits = &json["account_limits"];
    let at: jiff::Timestamp = limits[0]["used_up_at"].as_str().unwrap().parse().unwrap();
    assert!((at.as_millisecond() - seen_at - 2 * HOUR_MS).abs() < 1000, "{limits}");
    assert_eq!(limits[1]["used_up_at"], Value::Null, "it is reset before");
    assert_eq!(limits[2]["used_up_at"], Value::Null, "nobody knows its window");
    assert_eq!(limits[2]["is_stale"], false);
    let field = |path: &str| text(&peek(&published.path(), &["--field", path]).stdout).trim().to_owned();
    assert_eq!(field("account_limits.spend.used_percentage"), "50.0");
    assert_eq!(field("account_limits.opus.used_percentage"), "91.0", "by its scope, in any case");
    assert_eq!(
        peek(&published.path(), &["--field", "account_limits.fable.used_percentage"]).status.code(),
        Some(2)
    );
}

#[test]
fn the_longer_tables_are_only_there_when_asked_for() {
    let published = publish();
    let json: Value = serde_json::from_slice(&peek(&published.path(), &["--json"]).stdout).unwrap();
    for table in ["sessions", "days", "hours", "history"] {
        assert!(json.get(table).is_none(), "{table}");
    }
}

#[test]
fn a_field_is_one_line() {
    let published = publish();
    for (field, expected) in [
        ("totals.cost_usd", "4.938271560492\n"),
        ("totals.requests", "4\n"),
        ("snapshot.timezone", "Asia/Kathmandu\n"),
        ("models.0.model", "claude-dear\n"),
        ("sessions.0.session", "sess-1\n"),
        ("unpriced.0.tokens", "77\n"),
        ("block", "\n"),
        ("block.cost_usd", "\n"),
        ("block.end", "\n"),
        ("block.first", "\n"),
        ("block.burn_rate.cost_per_hour_usd", "\n"),
        ("block.projection.cost_usd", "\n"),
        ("health", "\n"),
    ] {
        let output = peek(&published.path(), &["--field", field]);
        assert_eq!((text(&output.stdout), output.status.code()), (expected, Some(0)), "{field}");
    }
}

#[test]
fn a_field_has_the_digits_of_the_json_however_it_is_asked_for() {
    let mut published = publish();
    let block = Period { start: now() - 3_600_000, end: now() + 3_600_000, counters: counters(4) };
    let block_span = (block.start, block.start + 1_800_000);
    published.writer.commit(&Publication { block: Some(block), block_span, ..publication(5) }).unwrap();
    let json = peek(&published.path(), &["--json"]);
    let document: BTreeMap<String, Box<RawValue>> = serde_json::from_slice(&json.stdout).unwrap();
    for part in ["totals", "today", "this_week", "this_month", "block"] {
        let members: BTreeMap<String, Box<RawValue>> = serde_json::from_str(document[part].get()).unwrap();
        assert!(members.len() >= 11, "{part}");
        // What has members of its own is spaced in the document.
        for (member, value) in members.into_iter().filter(|(_, value)| !value.get().starts_with('{')) {
            let expected = format!("{}\n", value.get().trim_matches('"'));
            let field = format!("{part}.{member}");
            for arguments in [vec!["--field", &field], vec![&format!("--field={field}")[..]]] {
                let output = peek(&published.path(), &arguments);
                assert_eq!(
                    (text(&output.stdout), output.status.code()),
                    (&expected[..], Some(0)),
                    "{arguments:?}"
                );
            }
        }
    }
}

#[test]
fn the_rate_of_a_block_is_from_its_first_to_its_last_request() {
    let mut published = publish();
    let start = now() - 2 * 3_600_000;
    let cost = Picodollars(1_500_000_000_000);
    let block = Period { start, end: start + 5 * 3_600_000, counters: Counters { cost, ..counters(4) } };
    let block_span = (start + 60_000, start + 1_860_000);
    let with_block = Publication { block: Some(block), block_span, ..publication(5) };
    published.writer.commit(&with_block).unwrap();
    let field = |path: &str| text(&peek(&published.path(), &["--field", path]).stdout).trim().to_owned();
    assert_eq!(field("block.burn_rate.cost_per_hour_usd"), "3");
    assert_eq!(field("block.burn_rate.tokens_per_minute"), "20.0");
    let projected: f64 = field("block.projection.cost_usd").parse().unwrap();
    assert!((10.49..=10.5).contains(&projected), "{projected}");
    assert!(text(&peek(&published.path(), &[]).stdout).contains("$3.00/h"));
    let drawn = peek(&published.path(), &["--format", "{block.burn} {block.burn_tokens} {block.projection}"]);
    assert_eq!(text(&drawn.stdout).trim(), "$3.00/h 20/min $10.50");
}

#[test]
fn an_unknown_field_is_a_usage_error_that_names_the_known_ones() {
    let published = publish();
    for field in [
        "totals.costs",
        "total",
        "models.7",
        "block.nothing",
        "block.burn_rate.nothing",
        "totals.burn_rate",
        "totals.requests.more",
        "",
    ] {
        let output = peek(&published.path(), &["--field", field]);
        assert_eq!((output.status.code(), text(&output.stdout)), (Some(2), ""), "{field}");
        assert!(text(&output.stderr).contains("unknown field"), "{}", text(&output.stderr));
    }
    let output = peek(&published.path(), &["--field", "totals.costs"]);
    assert!(text(&output.stderr).contains("cost_usd"), "{}", text(&output.stderr));
}

#[test]
fn a_stopped_publisher_is_exit_code_3_with_the_values() {
    let published = publish();
    let path = published.path();
    published.writer.stop();
    let output = peek(&path, &["--field", "totals.requests"]);
    assert_eq!((text(&output.stdout), output.status.code()), ("4\n", Some(3)));
    assert!(text(&output.stderr).contains("stopped"), "{}", text(&output.stderr));
    let json: Value = serde_json::from_slice(&peek(&path, &["--json"]).stdout).unwrap();
    assert_eq!(json["snapshot"]["writer"], "stopped");
}

#[test]
fn a_dead_publisher_is_exit_code_3_with_the_values() {
    let folder = publish().abandon();
    let output = peek(&folder.path().join("usage.snapshot"), &["--field", "snapshot.writer"]);
    assert_eq!((text(&output.stdout), output.status.code()), ("dead\n", Some(3)));
    assert!(text(&output.stderr).contains("died"), "{}", text(&output.stderr));
}

#[test]
fn a_period_that_is_over_is_said_and_not_zeroed() {
    let mut published = publish();
    let mut publication = publication(4);
    publication.today.end = now() - 1;
    published.writer.commit(&publication).unwrap();
    let output = peek(&published.path(), &["--field", "today.requests"]);
    assert_eq!((text(&output.stdout), output.status.code()), ("1\n", Some(3)));
    assert!(text(&output.stderr).contains("new day"), "{}", text(&output.stderr));
}

#[test]
fn no_snapshot_is_exit_code_4_and_says_how_to_make_one() {
    let folder = tempfile::tempdir().unwrap();
    let output = peek(&folder.path().join("none"), &[]);
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(4), ""));
    assert!(text(&output.stderr).contains("cco publish --once"), "{}", text(&output.stderr));
}

#[test]
fn what_is_no_snapshot_is_exit_code_5() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("text");
    for content in ["", "hello", &"x".repeat(5000)] {
        std::fs::write(&path, content).unwrap();
        let output = peek(&path, &["--json"]);
        assert_eq!((output.status.code(), text(&output.stdout)), (Some(5), ""), "{}", text(&output.stderr));
    }
    assert_eq!(peek(folder.path(), &[]).status.code(), Some(9), "a folder");
}

#[test]
fn wrong_usage_is_exit_code_2() {
    let published = publish();
    for arguments in [
        &["--field"][..],
        &["--field", "--json"],
        &["--field", "totals.requests", "--snapshot"],
        &["--field", "totals.requests", "--field", "totals.requests"],
        &["--field", "totals.requests", "totals.messages"],
        &["--field", "totals.requests", "--colour", "red"],
    ] {
        let output = peek(&published.path(), arguments);
        assert_eq!((output.status.code(), text(&output.stdout)), (Some(2), ""), "{arguments:?}");
        assert!(text(&output.stderr).contains("--help"), "{}", text(&output.stderr));
    }
    let published = publish();
    for arguments in [&["--nonsense"][..], &["--sessions"], &["--json", "--field", "totals"]] {
        assert_eq!(peek(&published.path(), arguments).status.code(), Some(2), "{arguments:?}");
    }
    let mut homeless = Command::new(env!("CARGO_BIN_EXE_cco-peek"));
    assert_eq!(homeless.env_clear().output().unwrap().status.code(), Some(2));
}

#[test]
fn the_default_path_is_that_of_the_state_folder() {
    let published = publish();
    let state = published.folder.path().join("state");
    std::fs::create_dir_all(state.join("cco")).unwrap();
    std::fs::rename(published.path(), state.join("cco/usage.snapshot")).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_cco-peek"));
    let output =
        command.env_clear().env("XDG_STATE_HOME", &state).args(["--field", "totals.requests"]).output();
    assert_eq!(text(&output.unwrap().stdout), "4\n");
}

#[test]
fn watching_prints_a_line_for_each_change() {
    let mut published = publish();
    let mut child = command(&published.path(), &["--watch", "--field", "totals.requests"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    assert_eq!(lines.next().unwrap(), "4");
    for n in [5, 6, 7] {
        published.writer.commit(&publication(n)).unwrap();
        assert_eq!(lines.next().unwrap(), n.to_string());
    }
    // The file is replaced: watching goes on with the new one.
    let draft = published.writer.draft();
    let row = ModelRow { name: draft.intern("m"), counters: counters(1), ..ModelRow::default() };
    for _ in 0..100 {
        draft.push(&row);
    }
    published.writer.commit(&publication(8)).unwrap();
    assert_eq!(lines.next().unwrap(), "8");
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn the_config_file_is_read_only_for_names() {
    let published = publish();
    let config = published.folder.path().join("config.toml");
    std::fs::write(&config, "aliases = 1\n").unwrap();
    let config = config.to_str().unwrap();
    for (arguments, is_read) in [
        (&["--watch", "--field", "totals.requests"][..], false),
        (&["--watch"], false),
        (&["--watch", "--json"], true),
        (&["--field", "totals.requests"], false),
        (&["--json"], true),
    ] {
        let mut child = command(&published.path(), &[&["--config", config], arguments].concat())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let first = BufReader::new(child.stdout.take().unwrap()).lines().next();
        assert!(first.is_some_and(|line| line.is_ok()), "{arguments:?}");
        child.kill().unwrap();
        let told = child.wait_with_output().unwrap().stderr;
        assert_eq!(text(&told).contains("config broken"), is_read, "{arguments:?}: {}", text(&told));
    }
}

#[test]
fn a_snapshot_that_is_shortened_ends_the_watch_with_a_message_and_a_code() {
    for arguments in [&["--watch"][..], &["--watch", "--json"]] {
        let published = publish();
        let mut child = command(&published.path(), arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        lines.next().unwrap().unwrap();
        std::fs::File::options().write(true).open(published.path()).unwrap().set_len(0).unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(14), "{arguments:?}: {}", text(&output.stderr));
        assert!(text(&output.stderr).contains("shortened"), "{}", text(&output.stderr));
    }
}

#[test]
fn a_bar_that_follows_a_shortened_snapshot_says_so_and_goes_on_with_the_next_one() {
    let published = publish();
    let mut child = command(&published.path(), &["--format", "starship", "--follow"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    assert!(lines.next().unwrap().contains("$1.23"));
    std::fs::File::options().write(true).open(published.path()).unwrap().set_len(0).unwrap();
    assert_eq!(lines.next().unwrap(), "cco: snapshot unreadable");
    let next = publish();
    std::fs::rename(next.path(), published.path()).unwrap();
    assert!(lines.next().unwrap().contains("$1.23"));
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn a_reader_of_the_watch_that_goes_away_ends_it_quietly() {
    let mut published = publish();
    let mut child = command(&published.path(), &["--watch", "--json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    lines.next().unwrap().unwrap();
    drop(lines);
    for n in 5.. {
        published.writer.commit(&publication(n)).unwrap();
        if child.try_wait().unwrap().is_some() {
            break;
        }
        std::thread::yield_now();
    }
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), ""));
}
