//! `/metrics`: names, labels and figures, in both formats, of a publisher that lives and of one that is gone.

use std::collections::HashMap;
use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::client::{Answer, PATIENCE, ask, get};
use crate::host::Host;
use crate::place::{Place, request, text};

/// All samples of a text, by name and labels as written.
fn samples(answer: &Answer) -> HashMap<String, String> {
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
    let text = std::str::from_utf8(&answer.body).unwrap();
    let mut samples = HashMap::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let (series, value) = line.rsplit_once(' ').unwrap();
        let earlier = samples.insert(series.to_owned(), value.to_owned());
        assert_eq!(earlier, None, "{series} is there twice");
    }
    samples
}

/// The sum of all samples whose series begin so.
fn sum(samples: &HashMap<String, String>, begin: &str) -> f64 {
    let all = samples.iter().filter(|(series, _)| series.starts_with(begin));
    all.map(|(_, value)| value.parse::<f64>().unwrap()).sum()
}

#[test]
fn usage_has_the_names_labels_and_sums_that_are_promised() {
    let place = Place::new();
    let host = Host::publish(&place, &[]);
    let answer = get(host.port, "/metrics");
    assert_eq!(answer.header("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    let samples = samples(&answer);
    let labels = r#"agent="claude-code",model="claude-opus-5""#;
    assert_eq!(samples[&format!("cco_tokens_total{{{labels},type=\"input\"}}")], "2000000");
    for kind in ["output", "cacheRead", "cacheCreation"] {
        assert_eq!(samples[&format!("cco_tokens_total{{{labels},type=\"{kind}\"}}")], "0");
    }
    assert_eq!(samples[&format!("cco_cost_usd_total{{{labels}}}")], "10");
    assert_eq!(samples[&format!("cco_requests_total{{{labels}}}")], "2");
    assert_eq!(samples["cco_publisher_up"], "1");
    assert!(samples["cco_snapshot_age_seconds"].parse::<f64>().unwrap() < 15.0);
    let epoch = get(host.port, "/api/stats").json()["snapshot"]["epoch"].as_str().unwrap().to_owned();
    let build = format!("cco_build_info{{version=\"{}\",epoch=\"{epoch}\"}}", env!("CARGO_PKG_VERSION"));
    assert_eq!(samples[&build], "1");
    for name in ["pass", "commit", "publish"] {
        let bucket = format!("cco_publisher_{name}_duration_seconds_bucket{{le=\"+Inf\"}}");
        assert_eq!(samples[&bucket], samples[&format!("cco_publisher_{name}_duration_seconds_count")]);
        let sum: f64 = samples[&format!("cco_publisher_{name}_duration_seconds_sum")].parse().unwrap();
        assert!(sum > 0.0, "{name}");
    }
    assert!(!samples.keys().any(|series| series.contains("project")), "nobody asked for projects");
}

#[test]
fn open_metrics_is_for_who_names_it_and_says_when_counters_began() {
    let place = Place::new();
    let host = Host::publish(&place, &[]);
    let accept = "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,\
                  text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
    let answer = ask(host.port, "GET", "/metrics", &[("Accept", accept)]);
    assert_eq!(answer.header("content-type"), "application/openmetrics-text; version=1.0.0; charset=utf-8");
    let text = std::str::from_utf8(&answer.body).unwrap();
    assert!(text.ends_with("\n# EOF\n") && text.contains("# TYPE cco_tokens counter\n"), "{text}");
    let samples = samples(&answer);
    let began: f64 = samples["cco_publisher_lines_created"].parse().unwrap();
    assert_eq!(samples["cco_publisher_start_time_seconds"].parse::<f64>().unwrap(), began);
    assert!(samples.contains_key("cco_http_requests_created{status=\"2xx\"}"));
    let usage = samples.keys().find(|series| series.starts_with("cco_tokens_created"));
    assert_eq!(usage, None, "nobody knows when usage began");
    ask(host.port, "GET", "/metrics", &[("Accept", "image/png")]).is_problem(406, "text/plain");
    get(host.port, "/metrics?projects=x").is_problem(400, "whole number");
    get(host.port, "/metrics?names=other").is_problem(400, "claude-code");
}

#[test]
fn an_append_is_in_the_next_scrape() {
    let place = Place::new();
    let host = Host::publish(&place, &[]);
    assert_eq!(sum(&samples(&get(host.port, "/metrics")), "cco_requests_total"), 2.0);
    place.add("-home-ada-engine", "s-1", &request(3, "s-1", "2026-03-23T10:00:00Z"));
    let began = Instant::now();
    while sum(&samples(&get(host.port, "/metrics")), "cco_requests_total") < 3.0 {
        assert!(began.elapsed() < PATIENCE, "the append does not appear");
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn a_publisher_that_died_is_down_and_its_figures_stay() {
    let place = Place::new();
    let publisher = Host::publish(&place, &[]);
    let host = Host::serve(&place, &[]);
    let before = samples(&get(host.port, "/metrics"));
    assert_eq!(before["cco_publisher_up"], "1");
    publisher.signal("-KILL");
    drop(publisher);
    let after = samples(&get(host.port, "/metrics"));
    assert_eq!(after["cco_publisher_up"], "0");
    for name in ["cco_tokens_total", "cco_cost_usd_total", "cco_requests_total"] {
        assert!(sum(&before, name) > 0.0);
        assert_eq!(sum(&after, name), sum(&before, name), "{name}");
    }
    // Nobody uses memory any more, and nothing says that it is none.
    assert!(!after.contains_key("cco_publisher_resident_memory_bytes"));
    // The next one makes another file, which no other request made the server notice.
    let _next = Host::publish(&place, &[]);
    let began = std::time::Instant::now();
    while samples(&get(host.port, "/metrics"))["cco_publisher_up"] != "1" {
        assert!(began.elapsed() < std::time::Duration::from_secs(60), "the new file is not noticed");
    }
}

#[test]
fn without_anything_published_there_is_no_figure() {
    let place = Place::new();
    let host = Host::serve(&place, &[]);
    let answer = get(host.port, "/metrics");
    answer.is_problem(503, "cco daemon start");
    assert_eq!(answer.header("retry-after"), "1");
}

#[test]
fn projects_have_labels_when_asked_for_and_the_rest_is_other() {
    let place = Place::new();
    place.add("-home-ada-loom", "s-2", &request(7, "s-2", "2026-03-22T11:00:00Z"));
    place.add("-home-ada-mill", "s-3", &request(8, "s-3", "2026-03-22T12:00:00Z"));
    let host = Host::publish(&place, &[]);
    let some = samples(&get(host.port, "/metrics?projects=1"));
    let cost =
        |project: &str| format!("cco_project_cost_usd_total{{agent=\"claude-code\",project=\"{project}\"}}");
    assert_eq!((&some[&cost("-home-ada-loom")], &some[&cost("other")]), (&"10".to_owned(), &"10".to_owned()));
    assert_eq!(some.keys().filter(|series| series.starts_with("cco_project_cost")).count(), 2);
    let all = samples(&get(host.port, "/metrics?projects=20"));
    assert_eq!(all[&cost("-home-ada-mill")], "5");
    assert!(!all.contains_key(&cost("other")));
    let redacted = Host::serve(&place, &["--redact"]);
    let hidden = samples(&get(redacted.port, "/metrics?projects=20"));
    assert_eq!(sum(&hidden, "cco_project_cost_usd_total"), 20.0);
    assert!(hidden.keys().all(|series| !series.contains("ada")), "{hidden:?}");
}

#[test]
fn claude_codes_own_names_are_given_for_the_asking() {
    let place = Place::new();
    let host = Host::publish(&place, &["--metrics-names", "claude-code"]);
    let own = samples(&get(host.port, "/metrics"));
    let tokens = r#"claude_code_token_usage_tokens_total{model="claude-opus-5",type="input"}"#;
    assert_eq!(own[tokens], "2000000");
    assert_eq!(own[r#"claude_code_cost_usage_USD_total{model="claude-opus-5"}"#], "10");
    assert_eq!(own["claude_code_session_count_total"], "2");
    assert!(!own.keys().any(|series| series.starts_with("cco_tokens")), "no figure has two names");
    let ours = samples(&get(host.port, "/metrics?names=cco"));
    assert_eq!(sum(&ours, "cco_tokens_total"), 2_000_000.0);
}

#[test]
fn budgets_and_the_servers_own_work_are_told() {
    let place = Place::new();
    // All requests are of a month that is over, so nothing is spent.
    let toml = "[budgets]\nmonthly = 20\n[budgets.projects.\"*engine\"]\nmonthly = 10\n";
    fs::write(place.path("config.toml"), toml).unwrap();
    let host = Host::publish(&place, &["--config", text(&place.path("config.toml"))]);
    for _ in 0..10 {
        get(host.port, "/api/stats");
    }
    get(host.port, "/nowhere");
    let samples = samples(&get(host.port, "/metrics"));
    assert_eq!(samples[r#"cco_budget_limit_usd{period="month",project=""}"#], "20");
    assert_eq!(samples[r#"cco_budget_spent_usd{period="month",project="*engine"}"#], "0");
    assert!(samples[r#"cco_http_requests_total{status="2xx"}"#].parse::<u64>().unwrap() >= 10);
    assert_eq!(samples[r#"cco_http_requests_total{status="4xx"}"#], "1");
    let hits: f64 = samples["cco_http_hit_ratio"].parse().unwrap();
    assert!((0.5..1.0).contains(&hits), "{hits}");
    assert!(samples["cco_http_request_duration_seconds_sum"].parse::<f64>().unwrap() > 0.0);
}

#[test]
fn the_textfile_has_the_same_figures_and_is_right_without_a_publisher_and_without_a_snapshot() {
    let place = Place::new();
    let peek = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cco-peek"));
        command.env_clear().env("HOME", place.path("")).args(["--format", "prometheus"]).args(arguments);
        command.arg("--snapshot").arg(place.path("state/usage.snapshot")).output().unwrap()
    };
    let none = peek(&[]);
    assert_eq!(none.status.code(), Some(4));
    assert!(String::from_utf8(none.stdout).unwrap().ends_with("\ncco_publisher_up 0\n"));
    place.publish();
    let stopped = peek(&["--metrics-projects", "1"]);
    assert_eq!(stopped.status.code(), Some(0), "stale figures say so themselves");
    let text = String::from_utf8(stopped.stdout).unwrap();
    for line in [
        "cco_publisher_up 0",
        r#"cco_requests_total{agent="claude-code",model="claude-opus-5"} 2"#,
        r#"cco_project_requests_total{agent="claude-code",project="other"} 1"#,
    ] {
        assert!(text.lines().any(|known| known == line), "{line} is missing in\n{text}");
    }
    let mut refused = Command::new(env!("CARGO_BIN_EXE_cco-peek"));
    refused.env_clear().env("HOME", place.path("")).args(["--format", "prometheus", "--follow"]);
    assert_eq!(refused.output().unwrap().status.code(), Some(2));
}
