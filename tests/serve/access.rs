//! Who may read what.

use std::fs::{self, Permissions};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt as _;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use crate::client::{ask, get};
use crate::events::listen;
use crate::host::Host;
use crate::place::{Place, text};
use crate::skipped::skipped;

/// User and group of nobody in particular.
const NOBODY: u32 = 65_534;
const TOKEN: &str = "0123456789abcdef0123456789abcdef";
const NAMES: [&str; 7] = ["-ada", "/ada", "engine", "loom", "s-1", "Weaver", "Opus"];
const CONFIG: &str = "\
[budgets.projects.\"*engine\"]
monthly = 20
[aliases.projects]
-home-ada-loom = \"Weaver\"
[aliases.models]
claude-opus-5 = \"Opus\"
";

pub(crate) fn token_file(place: &Place) -> String {
    let path = place.path("token");
    fs::write(&path, TOKEN).unwrap();
    fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
    text(&path).to_owned()
}

/// What another user of this machine gets; `None`, and said so, if there can be no other.
fn ask_as_nobody(port: u16, target: &str, headers: &[&str]) -> Option<Output> {
    let mut command = Command::new("curl");
    command.args(["-s", "-i", "--max-time", "20"]);
    for header in headers {
        command.args(["-H", header]);
    }
    command.arg(format!("http://127.0.0.1:{port}{target}")).uid(NOBODY).gid(NOBODY).current_dir("/");
    match command.stdin(Stdio::null()).output() {
        Ok(output) => Some(output),
        Err(error) => {
            skipped(format_args!("another user cannot run curl: {error}"));
            None
        }
    }
}

#[test]
fn another_user_of_the_machine_sees_figures_and_no_names() {
    let place = Place::new();
    fs::write(place.path("config.toml"), CONFIG).unwrap();
    let (token, config) = (token_file(&place), place.path("config.toml"));
    let host = Host::publish(&place, &["--token-file", &token, "--config", text(&config)]);
    let targets = [
        "/api/stats",
        "/api/daily?by_project",
        "/api/weekly",
        "/api/yearly",
        "/api/sessions",
        "/api/projects",
        "/api/models",
        "/api/blocks",
        "/api/budgets",
        "/metrics?projects=20",
        "/api/history?since=2026-03-01T00:00:00Z",
        "/api/history?since=2026-03-01T00:00:00Z&by=project",
        "/api/projects?model=nothing",
        "/api/nothing",
        "/readyz",
    ];
    for target in targets {
        let Some(output) = ask_as_nobody(host.port, target, &[]) else { return };
        let seen = String::from_utf8(output.stdout).unwrap();
        assert!(seen.starts_with("HTTP/1.1 "), "{target}: {seen}");
        for name in NAMES {
            assert!(!seen.contains(name), "{target} shows {name}: {seen}");
        }
        assert!(!seen.contains(text(&place.path(""))), "{target} shows a path: {seen}");
    }
    // Whether a name is there would be an answer, too.
    for target in [
        "/api/daily?project=engine",
        "/api/daily?project=nothing",
        "/api/sessions?id=s-1",
        "/api/history?since=2d&project=engine",
    ] {
        let seen = String::from_utf8(ask_as_nobody(host.port, target, &[]).unwrap().stdout).unwrap();
        assert!(seen.starts_with("HTTP/1.1 403"), "{target}: {seen}");
    }
    let stats = String::from_utf8(ask_as_nobody(host.port, "/api/stats", &[]).unwrap().stdout).unwrap();
    let stats: Value = serde_json::from_str(stats.split_once("\r\n\r\n").unwrap().1).unwrap();
    assert_eq!((&stats["total_cost"], stats["projects"].as_array().unwrap().len()), (&10.into(), 2));
    // With the token it is no longer another user.
    let header = format!("Authorization: Bearer {TOKEN}");
    let seen = ask_as_nobody(host.port, "/api/stats", &[&header]).unwrap();
    assert!(String::from_utf8(seen.stdout).unwrap().contains("-home-ada-engine"));
    // And this user sees its own names.
    assert!(get(host.port, "/api/stats").json()["cost_by_project"]["-home-ada-engine"].is_number());
}

/// Leaves an alert about a project's budget, sent at this time.
fn alert_of_engine(place: &Place, at_ms: i64) {
    let alert = serde_json::json!([{
        "name": "budget", "about": "daily, *engine", "message": "the budget daily, *engine is spent: 5 of 1 USD",
        "at_ms": at_ms, "end_ms": 4_000_000_000_000_i64,
    }]);
    fs::write(place.path("state/alerts.json"), alert.to_string()).unwrap();
}

#[test]
fn what_is_redacted_is_hidden_from_everyone() {
    let place = Place::counted();
    alert_of_engine(&place, 1);
    let host = Host::serve(&place, &["--redact"]);
    let stats = get(host.port, "/api/stats");
    let seen = String::from_utf8(stats.body.clone()).unwrap();
    assert!(NAMES.iter().all(|name| !seen.contains(name)), "{seen}");
    let alert = &stats.json()["alerts"][0];
    let about = alert["about"].as_str().unwrap();
    assert!(about.starts_with("daily, project-"), "{alert}");
    assert_eq!(alert["message"], format!("the budget {about} is spent: 5 of 1 USD"));
    let metrics = String::from_utf8(get(host.port, "/metrics").body).unwrap();
    assert!(metrics.contains(&format!("{{alert=\"budget\",about=\"{about}\"}}")), "{metrics}");
    assert!(!metrics.contains("engine"), "{metrics}");
    let mut client = listen(host.port, None);
    assert_eq!(client.event()["event"], "publish");
    alert_of_engine(&place, 2);
    let event = client.event();
    assert_eq!(event["event"], "alert");
    assert!(event["data"].contains(about) && !event["data"].contains("engine"), "{event:?}");
    assert_eq!(stats.json()["total_cost"], 10);
    let alias = stats.json()["projects"][0]["project"].clone();
    assert_eq!(get(host.port, "/api/stats").json()["projects"][0]["project"], alias, "aliases are stable");
}

#[test]
fn a_wrong_token_is_refused_wherever_it_is_shown() {
    let place = Place::counted();
    let host = Host::serve(&place, &["--token-file", &token_file(&place)]);
    let shown = |value: &str| ask(host.port, "GET", "/api/stats", &[("Authorization", value)]);
    assert_eq!(shown(&format!("Bearer {TOKEN}")).status, 200);
    assert_eq!(shown(&format!("bearer  {TOKEN} ")).status, 200);
    let nearly = format!("Bearer {}", &TOKEN[..31]);
    for wrong in ["", "Bearer", "Bearer ", "Basic YTpi", TOKEN, &nearly, &format!("Bearer {TOKEN}0")] {
        let answer = shown(wrong);
        answer.is_problem(401, "Authorization: Bearer");
        assert!(answer.header("www-authenticate").starts_with("Bearer"));
    }
    // In a query it would be in logs and histories.
    get(host.port, &format!("/api/stats?token={TOKEN}")).is_problem(400, "parameter");
}

#[test]
fn other_machines_are_served_only_with_a_token_and_consent() {
    let place = Place::counted();
    let token = token_file(&place);
    place.cco(&["serve", "0.0.0.0:0"]).fails(2, &["--token-file", "/dev/urandom"]);
    place.cco(&["serve", "0.0.0.0:0", "--allow-plain-http"]).fails(2, &["--token-file"]);
    place
        .cco(&["serve", "0.0.0.0:0", "--token-file", &token])
        .fails(2, &["--allow-plain-http", "ssh -L", "hosts of [http]"]);
    fs::set_permissions(place.path("token"), Permissions::from_mode(0o644)).unwrap();
    place.cco(&["serve", "--token-file", &token]).fails(2, &["chmod 600"]);
}

#[test]
fn from_elsewhere_nothing_but_the_page_and_its_health_needs_no_token() {
    let place = Place::counted();
    let token = token_file(&place);
    // The last address counts.
    let mut command = place.command(&["serve", "0.0.0.0:0", "--token-file", &token, "--allow-plain-http"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut said = [0; 64];
    let length = child.stdout.as_mut().unwrap().read(&mut said).unwrap();
    let said = std::str::from_utf8(&said[..length]).unwrap();
    let port = said.trim().trim_end_matches('/').rsplit(':').next().unwrap().parse().unwrap();
    get(port, "/api/stats").is_problem(401, "Authorization");
    get(port, "/api/daily").is_problem(401, "Authorization");
    get(port, "/api/events").is_problem(401, "Authorization");
    assert_eq!([get(port, "/").status, get(port, "/healthz").status], [200, 200]);
    let header = format!("Bearer {TOKEN}");
    assert_eq!(ask(port, "GET", "/api/stats", &[("Authorization", &header)]).status, 200);
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn what_may_have_come_through_a_proxy_needs_the_token() {
    let place = Place::counted();
    let token = token_file(&place);
    let shown = ("Authorization", &*format!("Bearer {TOKEN}"));
    let forwarded = [
        ("X-Forwarded-For", "203.0.113.7"),
        ("Forwarded", "for=203.0.113.7"),
        ("X-Real-IP", "203.0.113.7"),
        ("Via", "1.1 desk"),
        ("X-Forwarded-Host", "desk.example.org"),
        ("CF-Connecting-IP", "203.0.113.7"),
        ("True-Client-IP", "203.0.113.7"),
        ("X-Cluster-Client-IP", "203.0.113.7"),
    ];
    // The proxy runs as this user, so its connections look like this user's.
    let host = Host::serve(&place, &["--token-file", &token]);
    assert_eq!(get(host.port, "/api/stats").status, 200);
    for header in forwarded {
        for target in ["/api/stats", "/metrics", "/api/events"] {
            ask(host.port, "GET", target, &[header]).is_problem(401, "Authorization");
        }
        assert_eq!(ask(host.port, "GET", "/api/stats", &[header, shown]).status, 200, "{header:?}");
        assert_eq!(ask(host.port, "GET", "/", &[header]).status, 200, "the page asks for the token");
    }
    let without = Host::serve(&place, &[]);
    for header in forwarded {
        ask(without.port, "GET", "/api/stats", &[header]).is_problem(403, "--token-file");
        ask(without.port, "GET", "/api/stats", &[header, shown]).is_problem(403, "--token-file");
    }
    // A proxy that adds no header calls the server by a name.
    fs::write(place.path("config.toml"), "[http]\nhosts = ['desk.example.org']\n").unwrap();
    let config = place.path("config.toml");
    let socket = format!("unix:{}", text(&place.path("cco.sock")));
    for address in ["127.0.0.1:0", &socket] {
        place.cco(&["serve", address, "--config", text(&config)]).fails(2, &["hosts", "--token-file"]);
    }
    assert!(!place.path("cco.sock").exists());
    let named = Host::serve(&place, &["--config", text(&config), "--token-file", &token]);
    for name in ["desk.example.org", "localhost", "127.0.0.1"] {
        ask(named.port, "GET", "/api/stats", &[("Host", name)]).is_problem(401, "Authorization");
        assert_eq!(ask(named.port, "GET", "/api/stats", &[("Host", name), shown]).status, 200, "{name}");
    }
}

#[test]
fn a_socket_is_this_users_alone_and_gone_at_the_end() {
    let place = Place::counted();
    let path = place.path("cco.sock");
    // What a server left that was killed is no obstacle.
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    let address = format!("unix:{}", path.display());
    let mut child =
        place.command(&["serve", &address]).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut said = [0; 16];
    child.stdout.as_mut().unwrap().read_exact(&mut said).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let mut stream = UnixStream::connect(&path).unwrap();
    stream.write_all(b"GET /api/stats HTTP/1.1\r\nHost: cco\r\nConnection: close\r\n\r\n").unwrap();
    let mut seen = String::new();
    stream.read_to_string(&mut seen).unwrap();
    assert!(seen.starts_with("HTTP/1.1 200") && seen.contains("-home-ada-engine"), "{seen}");
    assert!(seen.contains("\"port\":null"), "{seen}");
    // One that is in use is not taken away.
    place.cco(&["serve", &address]).fails(1, &["another program listens there"]);
    // Even if its permissions let another user through, the server does not.
    fs::set_permissions(&path, Permissions::from_mode(0o666)).unwrap();
    fs::set_permissions(place.path(""), Permissions::from_mode(0o755)).unwrap();
    let mut curl = Command::new("curl");
    curl.args(["-s", "--max-time", "20", "--unix-socket", text(&path), "http://cco/api/stats"]);
    match curl.uid(NOBODY).gid(NOBODY).current_dir("/").output() {
        Ok(output) => assert!(output.stdout.is_empty() && !output.status.success(), "{output:?}"),
        Err(error) => skipped(format_args!("another user cannot run curl: {error}")),
    }
    let sent = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
    assert!(sent.success() && child.wait().unwrap().success());
    assert!(!path.exists());
}
