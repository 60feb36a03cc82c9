//! The dashboard's expressions and the sums, asked of a Prometheus that scrapes a publisher.

use std::collections::BTreeMap;
use std::fs;
use std::process::Stdio;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::client::get;
use crate::host::Host;
use crate::place::{Place, request, text};
use crate::prometheus::Prometheus;
use crate::{has, tool};

/// All expressions of the dashboard, with their panels' titles.
fn expressions() -> Vec<(String, String)> {
    let dashboard: Value =
        serde_json::from_str(&fs::read_to_string(tool("dashboard.json")).unwrap()).unwrap();
    let mut all = Vec::new();
    for panel in dashboard["panels"].as_array().unwrap() {
        let title = panel["title"].as_str().unwrap();
        for target in panel["targets"].as_array().unwrap() {
            let expression = target["expr"].as_str().unwrap();
            let expression = expression.replace("$job", ".*").replace("$__rate_interval", "10s");
            assert!(!expression.contains('$'), "a variable that nobody sets: {expression}");
            all.push((title.to_owned(), expression));
        }
    }
    assert!(all.len() > 20);
    all
}

/// A place with use of today, a budget and a limit.
fn place() -> Place {
    let place = Place::new();
    fs::write(place.path("config.toml"), "[budgets]\nmonthly = 1000\n").unwrap();
    place.add("-home-ada-mill", "s-3", &at_present(3));
    place
}

fn at_present(id: u32) -> String {
    request(id, "s-3", &Timestamp::now().to_string()).replace("claude-opus-5", "claude-sonnet-4-5")
}

/// Leaves the report of a limit, as a status line does.
fn report_limit(place: &Place) {
    use std::io::Write as _;
    let resets_at = (Timestamp::now() + SignedDuration::from_hours(2)).as_second();
    let input = format!(
        r#"{{"session_id":"s-3","rate_limits":{{"five_hour":{{"used_percentage":40,"resets_at":{resets_at}}}}}}}"#
    );
    let mut peek = std::process::Command::new(env!("CARGO_BIN_EXE_cco-peek"));
    peek.env_clear().env("HOME", place.path("")).arg("statusline");
    peek.env("CCO_SNAPSHOT", place.path("state/usage.snapshot"));
    let mut child = peek.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    assert!(child.wait().unwrap().success());
}

#[test]
fn a_real_prometheus_has_our_totals_and_each_expression_of_the_dashboard_has_an_answer() {
    if !has("prometheus") {
        return;
    }
    let place = place();
    let host = Host::publish(&place, &["--config", text(&place.path("config.toml"))]);
    report_limit(&place);
    let prometheus = Prometheus::scraping(host.port);
    prometheus.await_samples("cco_publisher_up == 1", |_| true);
    // Use goes on while it looks.
    for id in 10..14 {
        place.add("-home-ada-mill", "s-3", &at_present(id));
        get(host.port, "/api/stats");
        let wanted = f64::from(id - 6);
        prometheus.await_samples("sum(cco_requests_total)", |samples| number(&samples[0]) >= wanted);
    }
    let stats = get(host.port, "/api/stats").json();
    let by_model = |member: &str| -> BTreeMap<String, f64> {
        let models = stats["models"].as_array().unwrap().iter();
        models
            .map(|model| (model["model"].as_str().unwrap().to_owned(), model[member].as_f64().unwrap()))
            .collect()
    };
    for (expression, expected) in [
        ("sum by (model) (cco_tokens_total)", by_model("total_tokens")),
        ("sum by (model) (cco_cost_usd_total)", by_model("cost_usd")),
        ("sum by (model) (cco_requests_total)", by_model("requests")),
    ] {
        let samples = prometheus.await_samples(expression, |samples| samples.len() == 2);
        let scraped: BTreeMap<String, f64> = samples
            .iter()
            .map(|sample| (sample["metric"]["model"].as_str().unwrap().to_owned(), number(sample)))
            .collect();
        assert_eq!(scraped, expected, "{expression}");
    }
    for (title, expression) in expressions() {
        let samples = prometheus.await_samples(&expression, |_| true);
        assert!(samples.iter().all(|sample| sample["value"][1].is_string()), "{title}: {samples:?}");
    }
    // All rules were evaluated, and the one alert about what is really so comes when the publisher dies.
    let rules = prometheus.get("/api/v1/rules").unwrap();
    for rule in
        rules["data"]["groups"].as_array().unwrap().iter().flat_map(|g| g["rules"].as_array().unwrap())
    {
        assert_eq!(rule["health"], "ok", "{rule}");
    }
    let server = Host::serve(&place, &[]);
    let watched = Prometheus::scraping(server.port);
    watched.await_samples("cco_publisher_up == 1", |_| true);
    host.signal("-KILL");
    drop(host);
    let began = Instant::now();
    watched.await_samples("cco_publisher_up == 0", |_| true);
    assert!(began.elapsed() < Duration::from_secs(10), "the alert for a dead publisher is late");
    watched.await_samples(r#"ALERTS{alertname="CcoPublisherDown"}"#, |_| true);
    let last = watched.await_samples("sum(cco_requests_total)", |_| true);
    assert_eq!(number(&last[0]), 7.0, "a dead publisher's figures stay");
}

fn number(sample: &Value) -> f64 {
    sample["value"][1].as_str().unwrap().parse().unwrap()
}
