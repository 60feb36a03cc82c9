//! Clients that mean harm: pages of other sites, requests that never end, requests that are nonsense.

use std::time::Duration;

use crate::access::token_file;
use crate::client::{Client, ask, get};
use crate::host::Host;
use crate::place::Place;
use crate::skipped::skipped;

/// Enough to show that more cost nothing.
const IDLE: usize = 1_000;
/// Pieces of 64 kB: far more than the buffers of two sockets hold.
const MOST_PIECES: usize = 1_000;
/// The most memory of a server, in kB.
const MEMORY_KB: u64 = 64 << 10;

#[test]
fn a_name_that_is_not_this_machines_is_refused() {
    let place = Place::counted();
    let host = Host::serve(&place, &[]);
    let with_host = |name: &str| ask(host.port, "GET", "/api/stats", &[("Host", name)]);
    for own in ["localhost", "127.0.0.1", "127.0.0.1:3000", "[::1]:80", "LocalHost:1"] {
        assert_eq!(with_host(own).status, 200, "{own}");
    }
    for foreign in
        ["evil.example", "evil.example:3000", "127.0.0.1.evil.example", "10.1.2.3", "localhost.evil.example"]
    {
        with_host(foreign).is_problem(421, "localhost");
    }
    let mut client = Client::connect(host.port);
    client.send(b"GET /api/stats HTTP/1.1\r\n\r\n").unwrap();
    client.answer(true).unwrap().is_problem(400, "Host");
    let mut client = Client::connect(host.port);
    client.send(b"GET /api/stats HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n").unwrap();
    client.answer(true).unwrap().is_problem(400, "Host");
    let absolute = ask(host.port, "GET", "http://evil.example/api/stats", &[]);
    absolute.is_problem(421, "localhost");
    std::fs::write(place.path("config.toml"), "[http]\nhosts = ['desk.example.org']\n").unwrap();
    let (config, token) = (place.path("config.toml"), token_file(&place));
    let named = Host::serve(&place, &["--config", config.to_str().unwrap(), "--token-file", &token]);
    assert_eq!(ask(named.port, "GET", "/healthz", &[("Host", "desk.example.org")]).status, 200);
}

#[test]
fn pages_of_other_sites_are_refused() {
    let place = Place::counted();
    let host = Host::serve(&place, &[]);
    let own = format!("http://127.0.0.1:{}", host.port);
    let host_name = own.trim_start_matches("http://");
    let own_page = [("Host", host_name), ("Origin", own.as_str())];
    assert_eq!(ask(host.port, "GET", "/api/stats", &own_page).status, 200);
    for origin in ["http://evil.example", "null", "https://evil.example", "http://127.0.0.1:1"] {
        let answer = ask(host.port, "GET", "/api/stats", &[("Host", host_name), ("Origin", origin)]);
        answer.is_problem(403, "other sites");
    }
    let image =
        [("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "no-cors"), ("Sec-Fetch-Dest", "image")];
    ask(host.port, "GET", "/api/stats", &image).is_problem(403, "other sites");
}

#[test]
fn what_is_too_large_is_refused() {
    let place = Place::counted();
    let host = Host::serve(&place, &[]);
    let long = "x".repeat(64 << 10);
    for request in [
        format!("GET /api/stats HTTP/1.1\r\nHost: localhost\r\nX: {long}\r\n\r\n"),
        format!("GET /{long} HTTP/1.1\r\nHost: localhost\r\n\r\n"),
        format!("GET / HTTP/1.1\r\nHost: localhost\r\n{}\r\n", "X: y\r\n".repeat(500)),
    ] {
        let mut client = Client::connect(host.port);
        // It may close before it was sent all.
        let _ = client.send(request.as_bytes());
        let status = client.answer(true).map_or(0, |answer| answer.status);
        assert!([0, 400, 414, 431].contains(&status), "{status}");
    }
    let body = ask(host.port, "GET", "/api/stats", &[("Content-Length", "99999999999")]);
    body.is_problem(413, "no body");
    let many = "since=1&".repeat(200);
    get(host.port, &format!("/api/daily?{many}")).is_problem(400, "at most");
    assert_eq!(get(host.port, "/api/stats").status, 200);
}

#[test]
fn a_body_that_never_ends_is_not_read() {
    let place = Place::counted();
    let host = Host::serve(&place, &[]);
    for (method, status) in [("GET", 413), ("HEAD", 413), ("POST", 405)] {
        for length in ["Content-Length: 99999999999", "Transfer-Encoding: chunked"] {
            let mut client = Client::connect(host.port);
            let request = format!("{method} /api/stats HTTP/1.1\r\nHost: localhost\r\n{length}\r\n\r\n");
            client.send(request.as_bytes()).unwrap();
            assert_eq!(client.head().unwrap().status, status, "{method} with {length}");
            let piece = [&b"10000\r\n"[..], &[b'x'; 0x10000], b"\r\n"].concat();
            let sent = (0..MOST_PIECES).take_while(|_| client.send(&piece).is_ok()).count();
            assert!(sent < MOST_PIECES, "{method} with {length}: it still listens after {sent} pieces");
        }
    }
    assert_eq!(get(host.port, "/api/stats").status, 200);
}

#[test]
fn paths_lead_nowhere_but_to_routes() {
    let place = Place::counted();
    let host = Host::serve(&place, &[]);
    for target in [
        "/../../../../etc/passwd",
        "/api/../../etc/passwd",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/assets/../../Cargo.toml",
        "//etc/passwd",
        "/api/stats/",
        "/api//stats",
        "/api/stats%00",
        "/api/stats/..",
        "/%ff%fe",
        "/..%5c..%5cetc",
    ] {
        let answer = get(host.port, target);
        assert!([400, 404].contains(&answer.status), "{target}: {}", answer.status);
        assert!(!String::from_utf8_lossy(&answer.body).contains("root:"), "{target}");
    }
    get(host.port, "/api/daily?timezone=../../../../etc/passwd").is_problem(400, "Europe/Berlin");
}

#[test]
fn a_thousand_idle_connections_keep_nobody_out() {
    let place = Place::counted();
    let host = Host::serve(&place, &[]);
    let idle: Vec<_> =
        (0..IDLE).map_while(|_| std::net::TcpStream::connect(("127.0.0.1", host.port)).ok()).collect();
    assert!(idle.len() >= 500, "this machine allows only {} connections", idle.len());
    assert_eq!(get(host.port, "/api/stats").status, 200);
    match resident_kb(host.pid()) {
        Some(kb) => assert!((1..MEMORY_KB).contains(&kb), "{kb} kB"),
        None => skipped("memory of a thousand idle connections: the system has no /proc to tell it"),
    }
}

/// Memory that a process takes; `None` if the system does not tell.
fn resident_kb(pid: u32) -> Option<u64> {
    if !cfg!(target_os = "linux") {
        return None;
    }
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    Some(line.trim().trim_end_matches(" kB").parse().unwrap())
}

/// SplitMix64.
fn roll(state: &mut u64) -> usize {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    usize::try_from((mixed ^ (mixed >> 27)) >> 33).unwrap()
}

#[test]
fn nonsense_crashes_nothing() {
    /// Each run has others; `CCO_FUZZ` has more of them.
    const REQUESTS: u32 = 4_000;
    let count = std::env::var("CCO_FUZZ").map_or(REQUESTS, |count| count.parse().unwrap());
    let seed = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    println!("seed {seed}");
    let mut dice = seed;
    let place = Place::counted();
    let host = Host::serve(&place, &[]);
    let parts: [&[u8]; 30] = [
        b"GET ",
        b"HEAD ",
        b"POST ",
        b"/api/stats",
        b"/api/daily",
        b"/api/blocks?",
        b"/api/history?since=",
        b"?",
        b"&",
        b"since=2026-01-01",
        b"until=",
        b"project=%ff",
        b"step=1s",
        b"id=",
        b"last=99999999999",
        b" HTTP/1.1\r\n",
        b" HTTP/1.0\r\n",
        b"Host: localhost\r\n",
        b"Host: \xff\r\n",
        b"Accept: ;;q=,\r\n",
        b"If-None-Match: W/\"\r\n",
        b"Range: bytes=0-\r\n",
        b"Transfer-Encoding: chunked\r\n",
        b"Content-Length: 5\r\n",
        b"\r\n",
        b"\0\xff\xfe",
        b"Authorization: Bearer \r\n",
        b"Last-Event-ID: 1-\xc3\xa9\r\n",
        b"Accept-Encoding: gzip;q=x, *\r\n",
        b"Connection: upgrade\r\n",
    ];
    for _ in 0..count {
        let mut request = Vec::new();
        if roll(&mut dice).is_multiple_of(2) {
            request.extend_from_slice(b"GET /api/daily?");
        }
        for _ in 0..roll(&mut dice) % 12 {
            request.extend_from_slice(parts[roll(&mut dice) % parts.len()]);
            if roll(&mut dice).is_multiple_of(8) {
                request.push(u8::try_from(roll(&mut dice) % 256).unwrap());
            }
        }
        request.extend_from_slice(b"\r\n\r\n");
        let mut client = Client::connect(host.port);
        let _ = client.send(&request);
        // Some get an answer, and none is waited for.
        client.stream.get_ref().set_read_timeout(Some(Duration::from_millis(1))).unwrap();
        let _ = std::io::Read::read(client.stream.get_mut(), &mut [0; 512]);
    }
    let mut client = Client::connect(host.port);
    assert_eq!(client.ask("GET", "/api/stats", &[]).json()["total_requests"], 2);
    assert_eq!(host.stop().code(), Some(0));
}
