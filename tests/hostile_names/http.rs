//! What is served over HTTP is as safe to show as what is printed.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use crate::client::{ask, get};
use crate::names::is_raw;

#[test]
fn no_answer_has_a_name_raw() {
    let place = crate::place_with(30_000);
    assert!(crate::cco(&place, &["publish", "--once"]).status.success());
    let mut command = place.command(crate::SERVE);
    command.env("CCO_CONFIG", place.path("config.toml"));
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut said = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut said).unwrap();
    let port = said.trim().trim_end_matches('/').rsplit(':').next().unwrap().parse().unwrap();
    let nothing_like_it = "%1b%5b31m%E2%80%AEx";
    for target in [
        "/api/stats",
        "/api/daily?by_project",
        "/api/weekly",
        "/api/monthly",
        "/api/sessions",
        "/api/projects",
        "/api/models",
        "/api/blocks",
        "/api/budgets",
        "/api/history?since=2026-03-01T00:00:00Z",
        "/openapi.json",
        "/metrics?projects=100",
        "/metrics?names=claude-code",
        "/",
        &format!("/api/daily?project={nothing_like_it}"),
        &format!("/api/sessions?id={nothing_like_it}"),
        &format!("/api/daily?{nothing_like_it}={nothing_like_it}"),
        &format!("/api/history?since={nothing_like_it}"),
    ] {
        let answer = get(port, target);
        let text = String::from_utf8(answer.body).unwrap();
        let text =
            if target == "/" || target.starts_with("/metrics") { text.replace('\n', "") } else { text };
        let raw = text.chars().find(|c| is_raw(*c) || *c == '\n');
        assert_eq!(raw, None, "{target}");
        assert!(!answer.headers.values().any(|value| value.contains(is_raw)), "{target}");
    }
    let forged = ask(port, "GET", "/api/stats", &[("Host", "evil\u{202e}.example")]);
    assert!(!String::from_utf8(forged.body).unwrap().contains(is_raw));
    child.kill().unwrap();
    child.wait().unwrap();
}
