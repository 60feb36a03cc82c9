//! Tables, JSON and CSV of reports.

use serde_json::Value;

use crate::midday;
use crate::place::{Place, Ran, request};

fn with_columns(place: &Place, columns: &str, arguments: &[&str]) -> String {
    let mut command = place.command(arguments);
    let ran = Ran(command.env("COLUMNS", columns).output().unwrap());
    assert_eq!(ran.code(), 0, "{}", ran.told());
    ran.printed().to_owned()
}

/// A place where two models were used, one of them without a price.
fn busy() -> Place {
    let place = Place::counted();
    let unpriced = request(3, "s-2", "2026-03-22T10:01:00Z").replace("claude-opus-5", "mystery-9");
    place.add("-home-ada-loom", "s-2", &unpriced);
    place
}

#[test]
fn a_table_has_titles_rows_and_a_row_of_totals() {
    let place = busy();
    let text = place.cco(&["daily"]).printed().to_owned();
    let lines: Vec<Vec<&str>> = text.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(lines[2], ["2026-03-20", "opus-5", "1", "1,000,000", "0", "0", "0", "1,000,000", "$5.00"]);
    assert_eq!(lines[3][..2], ["2026-03-22", "opus-5,"]);
    assert_eq!(lines[4], ["Total", "3", "3,000,000", "0", "0", "0", "3,000,000", "$10.00+"]);
    assert!(text.contains("no price for mystery-9: the cost excludes its 1,000,000 tokens\n"), "{text}");
    assert!(text.ends_with("costs are API-equivalent, from list prices; days in UTC\n"), "{text}");
}

#[test]
fn a_table_is_no_wider_than_the_terminal() {
    let place = busy();
    for report in ["daily", "weekly", "monthly", "yearly", "session", "project", "model", "blocks"] {
        let whole = place.cco(&[report]).printed().to_owned();
        for columns in [160, 120, 100, 80, 60, 40] {
            let text = with_columns(&place, &columns.to_string(), &[report]);
            let table = text.lines().take_while(|line| !line.starts_with("no price"));
            for line in table {
                let width = unicode_width::UnicodeWidthStr::width(line);
                assert!(width <= columns, "{report} is {width} wide in {columns}: {line}");
            }
            assert!(text.contains("$10.00"), "the cost is always there: {text}");
        }
        let compact = place.cco(&[report, "--compact"]).printed().to_owned();
        assert!(compact.lines().next().unwrap().len() < whole.lines().next().unwrap().len());
    }
}

#[test]
fn a_breakdown_shows_each_model_by_itself() {
    let place = busy();
    let text = place.cco(&["monthly", "--breakdown"]).printed().to_owned();
    let names: Vec<_> = text.lines().map(|line| line.split_whitespace().next().unwrap_or_default()).collect();
    assert_eq!(names[2..6], ["2026-03", "claude-opus-5", "mystery-9", "Total"]);
}

#[test]
fn a_year_is_a_calendar_year_of_the_zone() {
    let place = Place::counted();
    // In Kathmandu it is 2027 already.
    place.add("-home-ada-loom", "s-3", &request(3, "s-3", "2026-12-31T20:00:00Z"));
    let years = |zone: &str| {
        let report = place.cco(&["yearly", "--json", "--timezone", zone]).json();
        let year = |row: &Value| (row["year"].clone(), row["start"].clone(), row["requests"].clone());
        report["rows"].as_array().unwrap().iter().map(year).collect::<Vec<_>>()
    };
    let year = |year: &str, start: &str, requests: u64| (year.into(), start.into(), requests.into());
    assert_eq!(years("UTC"), [year("2026", "2026-01-01T00:00:00Z", 3)]);
    assert_eq!(
        years("Asia/Kathmandu"),
        [year("2026", "2025-12-31T18:15:00Z", 2), year("2027", "2026-12-31T18:15:00Z", 1)]
    );
    let text = place.cco(&["yearly", "--breakdown"]).printed().to_owned();
    assert!(text.starts_with("Year"), "{text}");
    assert!(place.cco(&["yearly", "--csv"]).printed().starts_with("year,first,last,"));
    place.cco(&["yearly", "--json", "--compat", "ccusage"]).fails(2, &["ccusage does not have this report"]);
}

#[test]
fn instances_show_each_project_by_itself() {
    let place = busy();
    let report = place.cco(&["monthly", "--instances", "--json"]).json();
    let rows = report["rows"].as_array().unwrap();
    let seen: Vec<_> = rows.iter().map(|row| (&row["month"], &row["project"], &row["requests"])).collect();
    let month = Value::from("2026-03");
    assert_eq!(
        seen,
        [(&month, &"-home-ada-engine".into(), &1.into()), (&month, &"-home-ada-loom".into(), &2.into())]
    );
    assert!(place.cco(&["monthly", "-i"]).printed().contains("/home/ada/engine"));
}

#[test]
fn costs_can_be_left_out_of_every_form() {
    let place = busy();
    for form in [&["--no-cost"][..], &["--no-cost", "--csv"], &["--no-cost", "--json"]] {
        for report in ["daily", "session", "blocks"] {
            let ran = place.cco(&[&[report], form].concat());
            let text = ran.printed().to_lowercase();
            assert!(ran.code() == 0 && !text.contains("cost") && !text.contains('$'), "{text}");
        }
    }
}

#[test]
fn json_holds_exact_amounts_names_and_models() {
    let place = busy();
    let text = place.cco(&["session", "--json"]).printed().to_owned();
    let report: Value = serde_json::from_str(&text).unwrap();
    for (key, value) in [("schema", 1.into()), ("report", Value::from("session")), ("timezone", "UTC".into())]
    {
        assert_eq!(report[key], value);
    }
    let row = &report["rows"][1];
    assert_eq!(row["session"], "s-2");
    assert_eq!(
        (&row["first"], &row["last"]),
        (&"2026-03-22T10:00:00Z".into(), &"2026-03-22T10:01:00Z".into())
    );
    assert_eq!((&row["cost_usd"], &row["unpriced_tokens"]), (&5.into(), &1_000_000.into()));
    assert_eq!(row["models"][1]["model"], "mystery-9");
    assert_eq!(report["models"][0]["requests"], 2);
}

#[test]
fn the_members_of_json_are_those_that_were_promised() {
    let place = busy();
    let keys = |report: &Value| -> Vec<String> { report.as_object().unwrap().keys().cloned().collect() };
    const SUMS: [&str; 15] = [
        "requests",
        "messages",
        "input_tokens",
        "output_tokens",
        "cache_write_5m_tokens",
        "cache_write_1h_tokens",
        "cache_read_tokens",
        "total_tokens",
        "web_search_requests",
        "web_fetch_requests",
        "thinking_tokens",
        "provisional_messages",
        "provisional_output_tokens",
        "cost_usd",
        "unpriced_tokens",
    ];
    let sorted = |own: &[&str]| {
        let mut keys: Vec<String> = own.iter().chain(&SUMS).map(ToString::to_string).collect();
        keys.sort();
        keys
    };
    for (report, own) in [
        ("daily", &["date", "start", "end", "first", "last", "models"][..]),
        ("weekly", &["week", "start", "end", "first", "last", "models"]),
        ("monthly", &["month", "start", "end", "first", "last", "models"]),
        ("yearly", &["year", "start", "end", "first", "last", "models"]),
        ("session", &["session", "project", "path", "first", "last", "models"]),
        ("project", &["project", "path", "first", "last", "models"]),
        ("model", &["model", "first", "last"]),
        (
            "blocks",
            &[
                "start",
                "end",
                "first",
                "last",
                "is_active",
                "models",
                "burn_rate",
                "projection",
                "remaining_tokens",
            ],
        ),
    ] {
        let json = place.cco(&[report, "--json"]).json();
        assert_eq!(keys(&json["rows"][0]), sorted(own), "{report}");
        let head: &[&str] = match report {
            "blocks" => &[
                "length_minutes",
                "mode",
                "report",
                "rows",
                "schema",
                "since",
                "timezone",
                "token_limit",
                "until",
            ],
            _ => &["mode", "models", "report", "rows", "schema", "since", "timezone", "totals", "until"],
        };
        assert_eq!(keys(&json), head, "{report}");
    }
}

#[test]
fn csv_has_a_line_a_row_or_a_model() {
    let place = busy();
    let lines = |arguments: &[&str]| -> Vec<Vec<String>> {
        let ran = place.cco(arguments);
        ran.printed().lines().map(|line| line.split(',').map(Into::into).collect()).collect()
    };
    let days = lines(&["daily", "--csv"]);
    assert_eq!(days.len(), 3);
    assert_eq!((&*days[0][0], &*days[1][0], &*days[2][0]), ("date", "2026-03-20", "2026-03-22"));
    let cost = days[0].iter().position(|title| title == "cost_usd").unwrap();
    assert_eq!(days[2][cost], "5");
    let models = lines(&["daily", "--csv", "--breakdown"]);
    assert_eq!(models[0][1], "model");
    let names: Vec<_> = models[1..].iter().map(|line| &*line[1]).collect();
    assert_eq!(names, ["claude-opus-5", "claude-opus-5", "mystery-9"]);
    assert!(models.iter().all(|line| line.len() == models[0].len()));
}

#[test]
fn csv_has_every_figure_of_a_row_in_json_under_the_same_name() {
    let place = busy();
    place.add("-home-ada-loom", "s-4", MANY_FIGURES);
    for report in ["daily", "session", "project", "blocks"] {
        let rows = place.cco(&[report, "--json"]).json()["rows"].clone();
        let text = place.cco(&[report, "--csv"]);
        let mut lines = text.printed().lines().map(|line| line.split(',').collect::<Vec<_>>());
        let titles = lines.next().unwrap();
        let mut seen = Vec::new();
        for (row, line) in rows.as_array().unwrap().iter().zip(lines) {
            for (name, value) in row.as_object().unwrap().iter().filter(|(_, value)| value.is_number()) {
                let column = titles.iter().position(|title| title == name);
                let cell = column.map(|column| line[column]);
                assert_eq!(cell, Some(&*value.to_string()), "{report}: {name} of {row}");
                seen.extend((*value != 0).then(|| name.clone()));
            }
        }
        for name in ["thinking_tokens", "web_fetch_requests", "provisional_messages"] {
            assert!(seen.iter().any(|seen| seen == name), "{report}: no row has {name}");
        }
    }
}

/// A message with thinking and a web fetch that is not complete.
const MANY_FIGURES: &str = r#"{"type":"assistant","cwd":"/home/ada/loom","sessionId":"s-4","timestamp":"2026-03-24T10:00:00Z","message":{"id":"msg_9","model":"claude-opus-5","stop_reason":null,"usage":{"input_tokens":5,"output_tokens":70,"output_tokens_details":{"thinking_tokens":30},"server_tool_use":{"web_search_requests":1,"web_fetch_requests":2}}}}"#;

#[test]
fn csv_keeps_names_that_have_commas_and_quotes() {
    let place = Place::new();
    let odd = request(3, "s,3", "2026-03-23T11:00:00Z").replace("/home/ada/engine", r#"/home/a \"b\", c"#);
    place.add("-home-a--b---c", "s,3", &odd);
    let ran = place.cco(&["session", "--csv"]);
    assert!(ran.printed().contains(r#""s,3",'-home-a--b---c,"/home/a ""b"", c","#), "{}", ran.printed());
    let ran = place.cco(&["session", "--csv-raw"]);
    assert!(ran.printed().contains(r#""s,3",-home-a--b---c,"/home/a ""b"", c","#), "{}", ran.printed());
}

#[test]
fn a_budget_that_is_reached_is_marked_below_the_table_and_one_that_is_kept_is_not() {
    let place = Place::in_zone(midday::zone());
    place.add("-home-ada-loom", "s-3", &request(9, "s-3", &jiff::Timestamp::now().to_string()));
    let config = place.path("config.toml");
    let with = |limit: &str| {
        std::fs::write(&config, format!("[budgets]\nmonthly = \"{limit}\"\n")).unwrap();
        let ran = Ran(place.command(&["daily"]).env("CCO_CONFIG", &config).output().unwrap());
        assert_eq!(ran.code(), 0, "{}", ran.told());
        ran.printed().to_owned()
    };
    let text = with("5");
    assert!(text.contains("budget, monthly: 100.0% spent, $5.00 of $5.00\n"), "{text}");
    assert!(!with("100").contains("budget"));
}
