//! Alerts: what the user is told of by itself, once a period, and what a command gets to know.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::client::{Client, PATIENCE, ask, get};
use crate::events::listen;
use crate::host::Host;
use crate::place::{Place, text};

/// A config file whose command writes a line for each alert; its path.
fn config(place: &Place, more: &str) -> String {
    let told = place.path("told");
    let script = r#"printf '%s|%s|%s|%s|%s\n' "$CCO_ALERT" "$CCO_ALERT_ABOUT" "$CCO_ALERT_VALUE" "$CCO_ALERT_THRESHOLD" "$CCO_ALERT_ADVICE" >> "$0""#;
    let toml = format!("[alerts]\n{more}command = ['/bin/sh', '-c', '''{script}''', '{}']\n", told.display());
    fs::write(place.path("config.toml"), toml).unwrap();
    text(&place.path("config.toml")).to_owned()
}

/// Leaves the report of a limit, as a status line does.
pub(crate) fn report_limit(place: &Place, percent: u32, resets_at: Timestamp) {
    let input = format!(
        r#"{{"session_id":"s","rate_limits":{{"five_hour":{{"used_percentage":{percent},"resets_at":{}}}}}}}"#,
        resets_at.as_second()
    );
    let mut peek = Command::new(env!("CARGO_BIN_EXE_cco-peek"));
    peek.env_clear().env("HOME", place.path("")).env("CCO_SNAPSHOT", place.path("state/usage.snapshot"));
    let mut child = peek.arg("statusline").stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    assert!(child.wait().unwrap().success());
}

/// Waits until a condition holds.
#[track_caller]
fn wait(what: &str, mut holds: impl FnMut() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < PATIENCE, "{what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// The lines that the command wrote.
fn told(place: &Place) -> Vec<String> {
    let written = fs::read_to_string(place.path("told")).unwrap_or_default();
    written.lines().map(str::to_owned).collect()
}

fn metrics(host: &Host) -> String {
    String::from_utf8(get(host.port, "/metrics").body).unwrap()
}

fn malform(place: &Place) {
    place.add("-home-ada-loom", "s-2", &[r#"{"type":"assistant","usage":{x"#; 10].join("\n"));
}

#[test]
fn a_limit_is_told_once_a_window_and_what_follows_is_told_too() {
    let place = Place::new();
    let config = config(&place, "limit_pace = false\n");
    let resets_at = Timestamp::now() + SignedDuration::from_hours(2);
    let host = Host::publish(&place, &["--config", &config]);
    report_limit(&place, 85, resets_at);
    wait("the limit is told", || !told(&place).is_empty());
    let advice = "use a cheaper model or wait; to see what uses it: cco blocks --active";
    assert_eq!(told(&place), [format!("limit|five_hour|85|80|{advice}")]);
    wait("the metric is there", || {
        metrics(&host).contains("cco_alert_timestamp_seconds{alert=\"limit\",about=\"five_hour\"}")
    });
    // Another publisher, and more of the same limit; then something else, which is looked for after limits.
    drop(host);
    let host = Host::publish(&place, &["--config", &config]);
    report_limit(&place, 95, resets_at);
    let used = "cco_limit_used_ratio{kind=\"five_hour\",scope=\"\"} 0.950000";
    wait("the newer report is published", || metrics(&host).contains(used));
    // What is there at its first look is no rise, so they go on.
    wait("malformed lines are told", || {
        malform(&place);
        told(&place).len() > 1
    });
    let told = told(&place);
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(
        told[1].starts_with("malformed_lines|transcripts|") && told[1].contains("cco doctor"),
        "{told:?}"
    );
}

/// The next alert that a client hears.
fn alert(client: &mut Client) -> Value {
    loop {
        let event = client.event();
        if event["event"] == "alert" {
            assert!(!event.contains_key("id"), "the last totals stay the last: {event:?}");
            return serde_json::from_str(&event["data"]).unwrap();
        }
    }
}

fn alerts(host: &Host) -> Value {
    get(host.port, "/api/stats").json()["alerts"].clone()
}

#[test]
fn an_alert_is_an_event_of_every_server_and_those_that_come_later_find_it_in_the_stats() {
    let place = Place::new();
    let config = config(&place, "limit_pace = false\n");
    let publisher = Host::publish(&place, &["--config", &config]);
    // Another process, which was not asked for alerts.
    let server = Host::serve(&place, &[]);
    assert_eq!([alerts(&publisher), alerts(&server)], [json!([]), json!([])]);
    let mut clients = [listen(publisher.port, None), listen(server.port, None)];
    let before = Timestamp::now() - SignedDuration::from_secs(1);
    let resets_at = Timestamp::now() + SignedDuration::from_hours(2);
    report_limit(&place, 85, resets_at);
    let mut heard = Value::Null;
    for client in &mut clients {
        heard = alert(client);
        assert_eq!([&heard["kind"], &heard["about"]], ["limit", "five_hour"]);
        assert!(heard["message"].as_str().unwrap().starts_with("85% of the limit five_hour"), "{heard}");
        assert!(heard["advice"].as_str().unwrap().contains("cco blocks"), "{heard}");
        let at: Timestamp = heard["at"].as_str().unwrap().parse().unwrap();
        assert!(at > before && at <= Timestamp::now(), "{heard}");
        let until: Timestamp = heard["until"].as_str().unwrap().parse().unwrap();
        assert_eq!(until.as_second(), resets_at.as_second());
    }
    for host in [&publisher, &server] {
        wait("it is in the stats", || alerts(host) == json!([heard]));
    }
    // One that comes later is told of what is new, and once.
    let mut late = [listen(publisher.port, None), listen(server.port, None)];
    wait("malformed lines are told", || {
        malform(&place);
        told(&place).len() > 1
    });
    for client in late.iter_mut().chain(&mut clients) {
        assert_eq!(alert(client)["kind"], "malformed_lines");
    }
    for host in [&publisher, &server] {
        wait("both are in the stats", || alerts(host).as_array().unwrap().len() == 2);
        assert_eq!(alerts(host)[0], heard, "oldest first");
    }
}

#[test]
fn a_body_is_out_of_date_when_an_alert_was_sent_and_when_it_is_over() {
    let place = Place::counted();
    let host = Host::serve(&place, &[]);
    let newer = |etag: &str| {
        let mut newer = None;
        wait("there is a newer body", || {
            let answer = ask(host.port, "GET", "/api/stats", &[("If-None-Match", etag)]);
            newer = (answer.status == 200).then_some(answer);
            newer.is_some()
        });
        newer.unwrap()
    };
    let without = get(host.port, "/api/stats");
    let end = Timestamp::now() + SignedDuration::from_secs(3);
    let sent = json!([{ "name": "limit", "about": "five_hour", "message": "m", "advice": "a", "at_ms": 1, "end_ms": end.as_millisecond() }]);
    fs::write(place.path("state/alerts.json"), sent.to_string()).unwrap();
    let with = newer(without.header("etag"));
    assert_eq!(with.json()["alerts"][0]["message"], "m");
    let over = newer(with.header("etag"));
    assert!(Timestamp::now() >= end);
    assert_eq!(over.json()["alerts"], json!([]));
    let etag = over.header("etag");
    assert_eq!(ask(host.port, "GET", "/api/stats", &[("If-None-Match", etag)]).status, 304);
}

#[test]
fn a_budget_and_a_pace_are_told() {
    let place = Place::new();
    let config = config(&place, "");
    let more = fs::read_to_string(&config).unwrap()
        + "[budgets.projects.'$(touch owned)*engine']\ndaily = 1\n[budgets]\ndaily = 1\n";
    fs::write(&config, more).unwrap();
    let at = Timestamp::now().to_string();
    place.add("-home-ada-engine", "s-1", &crate::place::request(9, "s-1", &at));
    let host = Host::publish(&place, &["--config", &config]);
    // Half of it in the first of five hours.
    report_limit(&place, 50, Timestamp::now() + SignedDuration::from_hours(4));
    wait("both are told", || told(&place).len() > 1);
    let mut told = told(&place);
    told.sort();
    assert!(told[0].starts_with("budget|daily|5|1|") && told[0].contains("cco budget"), "{told:?}");
    assert!(told[1].starts_with("limit_pace|five_hour|"), "{told:?}");
    assert!(!Path::new("owned").exists() && !place.path("owned").exists());
    drop(host);
}

#[test]
fn a_publisher_that_died_is_told_by_a_server_and_one_that_was_stopped_is_not() {
    let place = Place::new();
    let config = config(&place, "");
    let publisher = Host::publish(&place, &[]);
    let server = Host::serve(&place, &["--config", &config]);
    assert!(metrics(&server).contains("cco_publisher_up 1\n"));
    publisher.signal("-KILL");
    drop(publisher);
    wait("it is told", || !told(&place).is_empty());
    assert!(told(&place)[0].starts_with("stale|publisher|"), "{:?}", told(&place));
    assert!(told(&place)[0].contains("cco daemon start"));
    assert!(metrics(&server).contains("cco_alert_timestamp_seconds{alert=\"stale\",about=\"publisher\"}"));
    // It is over once there is a publisher again.
    let publisher = Host::publish(&place, &[]);
    wait("it is let go", || !metrics(&server).contains("cco_alert_timestamp_seconds"));
    assert!(publisher.stop().success());
    assert_eq!(told(&place).len(), 1);
}

#[test]
fn that_a_publisher_died_is_told_although_an_earlier_one_did_too_and_nobody_saw_it_replaced() {
    let place = Place::new();
    let config = config(&place, "");
    let sent = json!([{ "name": "stale", "about": "publisher", "message": "m", "at_ms": 1, "end_ms": 4_000_000_000_000_i64 }]);
    let publisher = Host::publish(&place, &[]);
    fs::write(place.path("state/alerts-of-readers.json"), sent.to_string()).unwrap();
    publisher.signal("-KILL");
    drop(publisher);
    let server = Host::serve(&place, &["--config", &config]);
    wait("it is told", || !told(&place).is_empty());
    let shown = alerts(&server);
    assert!(shown[0]["message"].as_str().unwrap().contains("its last heartbeat was at 20"), "{shown}");
    assert_eq!(shown.as_array().unwrap().len(), 1, "{shown}");
}

#[test]
fn what_was_recorded_of_a_publisher_that_died_is_not_shown_beside_one_that_lives() {
    let place = Place::new();
    let publisher = Host::publish(&place, &[]);
    // The server that recorded it ended, and this one was not asked for alerts.
    let at = Timestamp::now().as_millisecond();
    let sent = json!([{ "name": "stale", "about": "publisher", "message": "m", "at_ms": at, "end_ms": 4_000_000_000_000_i64 }]);
    fs::write(place.path("state/alerts-of-readers.json"), sent.to_string()).unwrap();
    let server = Host::serve(&place, &[]);
    for host in [&publisher, &server] {
        assert_eq!(alerts(host), json!([]));
        assert!(!metrics(host).contains("cco_alert_timestamp_seconds"));
    }
    publisher.signal("-KILL");
    wait("it is shown", || alerts(&server)[0]["kind"] == "stale");
    assert!(metrics(&server).contains("cco_alert_timestamp_seconds{alert=\"stale\""));
}

#[test]
fn nobody_who_did_not_ask_is_told_anything() {
    let place = Place::new();
    let host = Host::publish(&place, &[]);
    report_limit(&place, 99, Timestamp::now() + SignedDuration::from_hours(2));
    wait("the limit is published", || metrics(&host).contains("cco_limit_used_ratio{"));
    assert!(host.stop().success());
    assert!(!place.path("state/alerts.json").exists());
}

#[test]
fn a_notification_shows_words_and_not_markup() {
    let place = Place::new();
    // A program of that name that writes down what it is given.
    let bin = place.path("bin");
    fs::create_dir_all(&bin).unwrap();
    let script = format!("#!/bin/sh\nprintf '%s\\n' \"$@\" > '{}'\n", place.path("shown").display());
    fs::write(bin.join("notify-send"), script).unwrap();
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(bin.join("notify-send"), fs::Permissions::from_mode(0o755)).unwrap();
    let toml = "[budgets.projects.'*<b>*']\ndaily = 1\n[budgets.projects.'*engine']\ndaily = 1\n[alerts]\ndesktop = true\n";
    fs::write(place.path("config.toml"), toml).unwrap();
    let at = Timestamp::now().to_string();
    place.add("-home-ada-<b>engine", "s-1", &crate::place::request(9, "s-1", &at));
    let mut command = place.command(&["publish", "--config", text(&place.path("config.toml"))]);
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    let mut child = command.env("PATH", path).stderr(Stdio::null()).spawn().unwrap();
    let shown = || fs::read_to_string(place.path("shown")).unwrap_or_default();
    wait("it is shown", || shown().contains('\n'));
    child.kill().unwrap();
    child.wait().unwrap();
    let shown = shown();
    assert!(shown.starts_with("--app-name=cco\n--\ncco\nthe budget daily, "), "{shown}");
    assert!(!shown.contains('<') && shown.contains("cco budget"), "{shown}");
}
