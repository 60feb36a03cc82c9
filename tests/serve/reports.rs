//! Reports: the JSON of the commands of the same names.

use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::alerts::report_limit;
use crate::client::get;
use crate::host::Host;
use crate::place::Place;

#[test]
fn reports_are_those_of_the_commands() {
    let place = Place::new();
    let state = r#"{"type":"cost-state","sessionId":"s-2","totalCostUSD":9,"startTime":1774000000000}"#;
    place.add("-home-ada-loom", "s-2", state);
    let host = Host::publish(&place, &[]);
    for (target, arguments) in [
        ("/api/daily", vec!["daily"]),
        ("/api/daily?since=2026-03-21&order=desc", vec!["daily", "--since", "2026-03-21", "--order", "desc"]),
        ("/api/daily?by_project=1&no_cost", vec!["daily", "--instances", "--no-cost"]),
        ("/api/weekly", vec!["weekly"]),
        ("/api/monthly?timezone=Asia/Tokyo", vec!["monthly", "--timezone", "Asia/Tokyo"]),
        ("/api/yearly?last=3", vec!["yearly", "--last", "3"]),
        ("/api/sessions?last=1", vec!["session", "--last", "1"]),
        ("/api/sessions?id=s-1", vec!["session", "--id", "s-1"]),
        ("/api/sessions?id=s-2&until=2026-01-01", vec!["session", "--id", "s-2", "--until", "2026-01-01"]),
        ("/api/sessions?id=s-2&no_cost", vec!["session", "--id", "s-2", "--no-cost"]),
        ("/api/projects?order=asc", vec!["project", "--order", "asc"]),
        ("/api/projects?group=worktree", vec!["project", "--group", "worktree"]),
        ("/api/daily?by_project=1&group=worktree", vec!["daily", "--instances", "--group", "worktree"]),
        (
            "/api/sessions?by=agent_id&group=project",
            vec!["session", "--by", "agent-id", "--group", "project"],
        ),
        (
            "/api/models?project=engine&mode=calculate",
            vec!["model", "--project", "engine", "--mode", "calculate"],
        ),
        ("/api/blocks", vec!["blocks"]),
        ("/api/blocks?all", vec!["blocks", "--all"]),
        ("/api/blocks?token_limit=max&session_length=2.5", vec!["blocks", "-t", "max", "-n", "2.5"]),
    ] {
        let mut expected = place.cco(&[&arguments[..], &["--json", "--no-update"]].concat()).json();
        let mut answered = get(host.port, target).json();
        if target.contains("id=") {
            // A session's days are a report by day to the command.
            (expected["report"], answered["report"]) = (Value::Null, Value::Null);
        }
        assert_eq!(answered, expected, "{target}");
    }
}

#[test]
fn a_running_block_is_projected_to_one_moment_in_reports_stats_and_commands() {
    let place = Place::new();
    let now = Timestamp::now();
    for (id, minutes) in [(11, 40), (12, 10)] {
        let at = (now - SignedDuration::from_mins(minutes)).to_string();
        place.add("-home-ada-loom", "s-3", &crate::place::request(id, "s-3", &at));
    }
    let host = Host::publish(&place, &[]);
    // A whole second, as Claude Code reports it.
    let resets_at = Timestamp::from_second((now + SignedDuration::from_mins(25)).as_second()).unwrap();
    report_limit(&place, 40, resets_at);
    let end_of = |block: &Value| block["projection"]["end"].as_str().map(str::to_owned);
    let active = |report: &Value| {
        let rows = report["rows"].as_array().unwrap();
        end_of(rows.iter().find(|row| row["is_active"] == true).unwrap())
    };
    let ends = || {
        [
            active(&get(host.port, "/api/blocks").json()),
            end_of(&get(host.port, "/api/stats").json()["block"]),
            active(&place.cco(&["blocks", "--json", "--no-update"]).json()),
        ]
    };
    let expected = Some(resets_at.to_string());
    let until = Instant::now() + Duration::from_secs(60);
    while ends()[1] != expected {
        assert!(Instant::now() < until, "the limit is not published: {:?}", ends());
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(ends(), [expected.clone(), expected.clone(), expected]);
}

#[test]
fn names_have_the_aliases_of_the_config_file_beside_them() {
    let place = Place::new();
    let config = place.path("config.toml");
    std::fs::write(
        &config,
        "[aliases.projects]\n-home-ada-loom = 'Weaver'\n[aliases.models]\nclaude-opus-5 = 'Opus'\n",
    )
    .unwrap();
    let config = config.to_str().unwrap();
    let host = Host::publish(&place, &["--config", config]);
    for (target, arguments) in [
        ("/api/projects", &["project"][..]),
        ("/api/sessions", &["session"]),
        ("/api/blocks", &["blocks"]),
        ("/api/daily?project=weaver", &["daily", "--project", "weaver"]),
        ("/api/models?model=Opus", &["model", "--model", "Opus"]),
    ] {
        let expected =
            place.cco(&[arguments, &["--json", "--no-update", "--config", config]].concat()).json();
        assert_eq!(get(host.port, target).json(), expected, "{target}");
        assert!(expected.to_string().contains("_alias"), "{target}: {expected}");
    }
    let stats = get(host.port, "/api/stats").json();
    assert_eq!(stats["models"][0]["model_alias"], "Opus");
    let aliases = stats["projects"].as_array().unwrap().iter().map(|row| &row["project_alias"]);
    assert_eq!(aliases.filter(|alias| **alias == "Weaver").count(), 1, "{stats}");
}

#[test]
fn budgets_are_those_of_the_command() {
    let place = Place::new();
    std::fs::write(place.path("config.toml"), "[budgets]\nmonthly = 20\n").unwrap();
    let config = place.path("config.toml");
    let config = config.to_str().unwrap();
    let host = Host::publish(&place, &["--config", config]);
    let mut answered = get(host.port, "/api/budgets").json();
    let mut expected = place.cco(&["budget", "--json", "--no-update", "--config", config]).json();
    for document in [&mut answered, &mut expected] {
        // What is projected depends on the moment.
        document["budgets"][0]["projected_usd"].take();
    }
    assert_eq!(answered, expected);
    assert_eq!(answered["budgets"][0]["limit_usd"], 20);
}

#[test]
fn an_answer_is_kept_for_its_generation_and_no_longer() {
    let place = Place::new();
    let host = Host::publish(&place, &[]);
    let (first, again) = (get(host.port, "/api/daily"), get(host.port, "/api/daily"));
    assert_eq!((first.header("etag"), &first.body), (again.header("etag"), &again.body));
    assert_ne!(get(host.port, "/api/monthly").header("etag"), first.header("etag"));
    place.add("-home-ada-engine", "s-1", &crate::place::request(7, "s-1", "2026-03-23T10:00:00Z"));
    while get(host.port, "/api/stats").json()["total_requests"] != 3 {}
    let changed = get(host.port, "/api/daily");
    assert_eq!(changed.json()["totals"]["requests"], 3);
    assert_ne!(changed.header("etag"), first.header("etag"));
}

#[test]
fn history_has_the_last_hour_from_the_snapshot_and_the_rest_from_the_ledger() {
    let place = Place::new();
    let host = Host::publish(&place, &[]);
    let old =
        get(host.port, "/api/history?since=2026-03-20T00:00:00Z&until=2026-03-23T00:00:00Z&step=1d").json();
    assert_eq!(old["source"], "ledger");
    let points = old["points"].as_array().unwrap();
    assert_eq!(points.len(), 2, "{old}");
    assert_eq!((&points[0]["start"], &points[0]["requests"]), (&"2026-03-20T00:00:00Z".into(), &1.into()));
    // The history of a snapshot has a row for each second with a change.
    std::thread::sleep(std::time::Duration::from_millis(1_100));
    place.add("-home-ada-engine", "s-1", &crate::place::request(8, "s-1", "2026-03-23T10:00:00Z"));
    while get(host.port, "/api/stats").json()["total_requests"] != 3 {}
    let new = get(host.port, "/api/history?since=5m&step=1s").json();
    assert_eq!(new["source"], "snapshot");
    let sum: u64 =
        new["points"].as_array().unwrap().iter().map(|point| point["requests"].as_u64().unwrap()).sum();
    assert_eq!(sum, 1, "{new}");
    get(host.port, "/api/history?since=2d&step=1s").is_problem(400, "step=15m");
}

#[test]
fn history_is_split_by_model_or_project_and_its_parts_add_up() {
    let place = Place::new();
    let host = Host::publish(&place, &[]);
    let range = "since=2026-03-20T00:00:00Z&until=2026-03-23T00:00:00Z&step=1d";
    let points = |more: &str| get(host.port, &format!("/api/history?{range}{more}")).json()["points"].clone();
    let whole = points("");
    for (by, members) in [("model", "models"), ("project", "projects")] {
        let split = points(&format!("&by={by}"));
        assert_eq!(split.as_array().unwrap().len(), whole.as_array().unwrap().len(), "{split}");
        for (split, whole) in split.as_array().unwrap().iter().zip(whole.as_array().unwrap()) {
            for figure in ["requests", "total_tokens", "cost_usd"] {
                let parts = split[members].as_array().unwrap().iter();
                let sum: f64 = parts.map(|part| part[figure].as_f64().unwrap()).sum();
                assert!((sum - whole[figure].as_f64().unwrap()).abs() < 1e-9, "{figure} of {split}");
            }
        }
    }
    assert_eq!(points("&by=project")[0]["projects"][0]["project"], "-home-ada-engine");
    let engine = points("&project=engine");
    assert_eq!(engine.as_array().unwrap().len(), 1, "{engine}");
    // The snapshot's history is one sum.
    get(host.port, "/api/history?since=30m&step=1m&by=model").is_problem(400, "without by");
    assert_eq!(get(host.port, "/api/history?since=30m&by=model").json()["source"], "ledger");
    get(host.port, "/api/history?since=2d&by=hour").is_problem(400, "model, project");
}
