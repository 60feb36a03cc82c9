//! What is answered: figures, tags, encodings, statuses.

use std::io::Read as _;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::client::{Client, PATIENCE, ask, get};
use crate::host::Host;
use crate::place::{Place, request};

fn peek(place: &Place) -> Value {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cco-peek"));
    command.env_clear().env("HOME", place.path("")).arg("--snapshot").arg(place.path("state/usage.snapshot"));
    serde_json::from_slice(&command.arg("--json").output().unwrap().stdout).unwrap()
}

#[test]
fn stats_are_the_document_of_cco_peek_and_what_older_clients_read() {
    let place = Place::new();
    let host = Host::publish(&place, &[]);
    let stats = get(host.port, "/api/stats");
    assert_eq!((stats.status, stats.header("content-type")), (200, "application/json"));
    let stats = stats.json();
    assert_eq!(stats["project"]["name"], "CCO Daemon");
    assert_eq!(stats["port"], host.port);
    assert_eq!(stats["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!((&stats["total_requests"], &stats["total_messages"]), (&2.into(), &2.into()));
    assert_eq!((&stats["total_tokens"], &stats["total_cost"]), (&2_000_000.into(), &10.into()));
    assert_eq!(stats["cost_by_project"]["-home-ada-engine"], 5);
    assert!(stats["uptime"].is_u64());
    let mut peek = peek(&place);
    let mut shown = stats;
    // Clocks differ by what passed in between.
    for document in [&mut peek, &mut shown] {
        assert!(document["snapshot"]["age_ms"].take().as_u64().unwrap() < 15_000);
        document["health"].take();
    }
    for (member, value) in peek.as_object().unwrap() {
        assert_eq!(&shown[member], value, "{member}");
    }
}

#[test]
fn an_append_is_answered_at_once_under_another_tag() {
    let place = Place::new();
    let host = Host::publish(&place, &[]);
    let mut client = Client::connect(host.port);
    let first = client.ask("GET", "/api/stats", &[]);
    let tag = first.header("etag").to_owned();
    let known = client.ask("GET", "/api/stats", &[("If-None-Match", &tag)]);
    assert_eq!((known.status, known.header("etag")), (304, tag.as_str()));
    place.add("-home-ada-engine", "s-1", &request(3, "s-1", "2026-03-23T10:00:00Z"));
    let began = Instant::now();
    let changed = loop {
        let answer = client.ask("GET", "/api/stats", &[("If-None-Match", &tag)]);
        if answer.status == 200 {
            break answer;
        }
        assert!(began.elapsed() < PATIENCE, "nothing new is answered");
    };
    assert_eq!(changed.json()["total_requests"], 3);
    assert_ne!(changed.header("etag"), tag);
}

#[test]
fn a_publisher_that_died_is_never_answered_as_live() {
    let place = Place::counted();
    let publisher = place.start();
    let host = Host::serve(&place, &[]);
    let mut client = Client::connect(host.port);
    let live = client.ask("GET", "/api/stats", &[]);
    assert_eq!(live.json()["snapshot"]["writer"], "live");
    let tag = live.header("etag").to_owned();
    drop(publisher);
    // The same client, the same connection, the very next moment.
    let dead = client.ask("GET", "/api/stats", &[("If-None-Match", &tag)]);
    assert_eq!(dead.status, 200, "a tag of a living publisher is not one of a dead one");
    let dead = dead.json();
    assert_eq!((&dead["snapshot"]["writer"], &dead["uptime"]), (&"dead".into(), &Value::Null));
    assert_eq!(dead["total_requests"], 2, "what it counted stays");
    assert_eq!(get(host.port, "/readyz").json()["publisher"], "dead");
}

#[test]
fn before_the_first_publish_there_is_a_problem_and_no_zero() {
    let place = Place::new();
    let host = Host::serve(&place, &[]);
    for target in ["/api/stats", "/api/daily", "/api/events", "/api/history", "/api/budgets"] {
        let answer = get(host.port, target);
        answer.is_problem(503, "cco daemon start");
        assert_eq!(answer.header("retry-after"), "1", "{target}");
        assert_eq!(answer.json()["progress"]["publisher_running"], false);
    }
    assert_eq!(get(host.port, "/healthz").status, 200);
    let unready = get(host.port, "/readyz");
    unready.is_problem(503, "no figures yet");
    assert_eq!(unready.json()["progress"], Value::Null, "anybody may ask");
    // Once there is a publisher, its first publish is answered without a restart.
    let _publisher = place.start();
    assert_eq!(get(host.port, "/api/stats").json()["total_requests"], 2);
}

#[test]
fn all_encodings_and_head_have_the_same_content() {
    let place = Place::new();
    let host = Host::publish(&place, &[]);
    let mut client = Client::connect(host.port);
    let plain = client.ask("GET", "/api/stats", &[]);
    let packed = |client: &mut Client, encoding: &str| {
        let answer = client.ask("GET", "/api/stats", &[("Accept-Encoding", encoding)]);
        assert_eq!((answer.status, answer.header("content-encoding")), (200, encoding));
        assert!(answer.header("vary").contains("Accept-Encoding"));
        assert!(answer.body.len() < plain.body.len());
        answer.body
    };
    let total = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).unwrap()["totals"].clone();
    let mut unpacked = Vec::new();
    let gzip = packed(&mut client, "gzip");
    flate2::read::GzDecoder::new(&gzip[..]).read_to_end(&mut unpacked).unwrap();
    assert_eq!(total(&unpacked), total(&plain.body));
    let zstd = packed(&mut client, "zstd");
    assert_eq!(total(&zstd::bulk::decompress(&zstd, 1 << 20).unwrap()), total(&plain.body));
    let head = client.ask("HEAD", "/api/stats", &[]);
    assert_eq!((head.status, head.body.len()), (200, 0));
    assert!(head.header("content-length").parse::<usize>().unwrap() > 1000);
    assert_eq!(head.header("etag"), plain.header("etag"));
    // The connection is still in step.
    assert_eq!(client.ask("GET", "/healthz", &[]).json()["status"], "ok");
}

#[test]
fn what_is_not_there_is_said_with_what_to_do() {
    let place = Place::new();
    let host = Host::publish(&place, &[]);
    get(host.port, "/api/nothing").is_problem(404, "/openapi.json");
    for method in ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CCO"] {
        let answer = ask(host.port, method, "/api/stats", &[]);
        answer.is_problem(405, "GET");
        assert_eq!(answer.header("allow"), "GET, HEAD", "{method}");
    }
    ask(host.port, "GET", "/api/stats", &[("Accept", "text/html")]).is_problem(406, "application/json");
    get(host.port, "/api/stats?x=1").is_problem(400, "no parameters");
    get(host.port, "/api/daily?sinse=2026-03-01").is_problem(400, "did you mean since?");
    get(host.port, "/api/daily?since=March").is_problem(400, "2026-11-24");
    get(host.port, "/api/daily?model=gpt").is_problem(404, "no model matches");
}

#[test]
fn every_answer_tells_browsers_to_be_strict() {
    let place = Place::new();
    let host = Host::publish(&place, &[]);
    for target in ["/", "/api/stats", "/api/nothing", "/healthz", "/openapi.json"] {
        let answer = get(host.port, target);
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{target}");
        assert_eq!(answer.header("cross-origin-resource-policy"), "same-origin", "{target}");
        let policy = answer.header("content-security-policy");
        assert!(
            policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"),
            "{target}"
        );
        assert!(!policy.contains("-inline") && !policy.contains("-eval"), "{target}");
        assert!(!answer.headers.keys().any(|name| name.starts_with("access-control")), "{target}");
    }
}

#[test]
fn the_description_names_what_there_is_and_nothing_else() {
    let place = Place::new();
    let host = Host::publish(&place, &[]);
    let description = get(host.port, "/openapi.json").json();
    let paths = description["paths"].as_object().unwrap();
    let expected = [
        "/",
        "/api/blocks",
        "/api/budgets",
        "/api/daily",
        "/api/events",
        "/api/history",
        "/api/models",
        "/api/monthly",
        "/api/projects",
        "/api/sessions",
        "/api/stats",
        "/api/weekly",
        "/api/yearly",
        "/healthz",
        "/openapi.json",
        "/readyz",
    ];
    for path in expected {
        assert!(paths.contains_key(path), "{path} is not described");
    }
    for (path, described) in paths {
        let get = &described["get"];
        let answer = Client::connect(host.port).ask("HEAD", path, &[]);
        assert_eq!(answer.status, 200, "{path}");
        let kinds = get["responses"]["200"]["content"].as_object().unwrap();
        let kind = answer.header("content-type").split(';').next().unwrap();
        assert!(kinds.contains_key(kind), "{path} answers {kind}");
        for parameter in get["parameters"].as_array().unwrap() {
            let (name, example) =
                (parameter["name"].as_str().unwrap(), parameter["example"].as_str().unwrap());
            let target = format!("{path}?{name}={example}");
            let status = Client::connect(host.port).ask("HEAD", &target, &[]).status;
            // A name in an example need not be there.
            assert!([200, 404].contains(&status), "{target}: {status}");
        }
    }
}

#[test]
fn a_stop_does_not_wait_for_open_clients() {
    let place = Place::new();
    for begin in [Host::publish as fn(&Place, &[&str]) -> Host, Host::serve] {
        let host = begin(&place, &[]);
        let mut idle = Client::connect(host.port);
        assert_eq!(idle.ask("GET", "/healthz", &[]).status, 200);
        let mut events = Client::connect(host.port);
        events.send(b"GET /api/events HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
        assert_eq!(events.head().unwrap().status, 200);
        let mut half = Client::connect(host.port);
        half.send(b"GET /api/sta").unwrap();
        let began = Instant::now();
        let status = host.stop();
        let taken = began.elapsed();
        assert_eq!(status.code(), Some(0));
        // It would wait for a client for ten seconds.
        assert!(taken < Duration::from_secs(8), "it took {taken:?}");
        assert!(idle.is_closed() && events.is_closed() && half.is_closed());
    }
}

#[test]
fn an_address_in_use_is_said_with_what_to_do() {
    let place = Place::counted();
    let host = Host::serve(&place, &[]);
    let address = format!("127.0.0.1:{}", host.port);
    for arguments in [vec!["serve", &address], vec!["publish", "--http", &address]] {
        place.cco(&arguments).fails(1, &["another program listens there"]);
    }
    place.cco(&["serve", "example.org:80"]).fails(2, &["use an IP address and a port"]);
    place.cco(&["publish", "--once", "--http"]).fails(2, &["cco serve"]);
}
