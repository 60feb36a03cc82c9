//! Real transcripts, where they are found beside the repository: every report against totals that were computed
//! independently.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::expected::{assert_row, assert_rows, read_json};
use crate::shared_data::shared_data;

/// A report over a root, in a home of its own.
pub(crate) fn report(home: &Path, root: &Path, arguments: &[&str]) -> Value {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cco"));
    command.env_clear().env("HOME", home).args(arguments);
    command.args(["--timezone", "UTC", "--json", "--root"]).arg(root);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn real_transcripts_give_the_expected_reports() {
    let Some(data) = shared_data("real_transcripts_give_the_expected_reports") else { return };
    let home = tempfile::tempdir().unwrap();
    let report = |arguments: &[&str]| report(home.path(), &data.join("claude"), arguments);
    let expected = |name: &str| read_json(&data.join("expected").join(name));
    for (name, key, file) in [
        ("daily", "date", "day.json"),
        ("session", "session", "session.json"),
        ("project", "project", "project.json"),
        ("model", "model", "model.json"),
        ("branch", "branch", "branch.json"),
        ("subagent", "subagent", "subagent.json"),
        ("skill", "skill", "skill.json"),
        ("effort", "effort", "effort.json"),
        ("entrypoint", "entrypoint", "entrypoint.json"),
    ] {
        let report = report(&[name]);
        assert_rows(&report["rows"], key, &expected(file));
        assert_row("all", &report["totals"], &expected("all.json")["rows"]["all"]);
    }
    let days = expected("day.json");
    let monthly = report(&["monthly"]);
    assert_rows(&monthly["rows"], "month", &summed(&days, |day| day[..7].to_owned()));
    let weekly = report(&["weekly", "--start-of-week", "sunday"]);
    assert_rows(&weekly["rows"], "week", &summed(&days, sunday_before));
    let blocks = report(&["blocks"]);
    let requests = blocks["rows"].as_array().unwrap().iter().map(|row| row["requests"].as_u64().unwrap());
    assert_eq!(requests.sum::<u64>(), days["messages"].as_u64().unwrap());
}

#[test]
fn rules_give_the_expected_costs_in_the_mode_calculate() {
    let Some(data) = shared_data("rules_give_the_expected_costs_in_the_mode_calculate") else { return };
    let home = tempfile::tempdir().unwrap();
    let report = report(home.path(), &data.join("rules"), &["project", "--mode", "calculate"]);
    assert_rows(&report["rows"], "project", &read_json(&data.join("expected/rules-calculate.json")));
}

fn sunday_before(day: &str) -> String {
    let day: jiff::civil::Date = day.parse().unwrap();
    let back = day.weekday().since(jiff::civil::Weekday::Sunday);
    day.checked_sub(jiff::Span::new().days(back)).unwrap().to_string()
}

/// Expected days summed by the periods they are in.
fn summed(days: &Value, period: impl Fn(&str) -> String) -> Value {
    let mut sums: BTreeMap<String, BTreeMap<String, f64>> = BTreeMap::new();
    for (day, row) in days["rows"].as_object().unwrap() {
        let sum = sums.entry(period(day)).or_default();
        for (key, figure) in row.as_object().unwrap() {
            *sum.entry(key.clone()).or_default() += figure.as_f64().unwrap();
        }
    }
    let number = |(key, figure): (String, f64)| {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // counts of tokens
        let value = if key == "cost_usd" { figure.into() } else { (figure as u64).into() };
        (key, value)
    };
    let rows =
        sums.into_iter().map(|(period, sum)| (period, Value::Object(sum.into_iter().map(number).collect())));
    Value::Object([("rows".to_owned(), Value::Object(rows.collect()))].into_iter().collect())
}
