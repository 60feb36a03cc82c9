//! The daemon's server: started, moved and stopped with it.

use std::net::TcpListener;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::client::{Client, PATIENCE, get};
use crate::place::{Place, Ran, text};

/// What a stop, and a restart, may take with clients that do not leave.
const A_SECOND: Duration = Duration::from_secs(1);
/// Turns of which the quickest counts: what else the machine does only adds to it.
const TURNS: usize = 3;

/// A port that was free a moment ago.
fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Stops a daemon, however a test ends.
struct Daemon<'a>(&'a Place);

impl Daemon<'_> {
    fn run(&self, arguments: &[&str]) -> Ran {
        // Its output is not this process's to wait for.
        self.0.cco(&[&["daemon"], arguments].concat())
    }
}

impl Drop for Daemon<'_> {
    fn drop(&mut self) {
        self.run(&["stop"]);
    }
}

#[test]
fn a_daemon_says_where_it_serves_and_a_restart_with_open_clients_is_clean() {
    let place = Place::new();
    let daemon = Daemon(&place);
    let port = free_port();
    let address = format!("--http=127.0.0.1:{port}");
    let started = daemon.run(&["start", &address]);
    assert!(started.printed().contains(&format!("serving HTTP at http://127.0.0.1:{port}/")), "{started:?}");
    let restart = |_| {
        let mut clients = open_clients(port);
        let first = clients[0].ask("GET", "/api/stats", &[]).json();
        let began = Instant::now();
        let restarted = daemon.run(&["restart", &address]);
        let taken = began.elapsed();
        assert!(restarted.printed().contains("serving HTTP at"), "{restarted:?}");
        assert!(clients.iter_mut().all(Client::is_closed));
        let second = get(port, "/api/stats").json();
        assert_eq!(second["snapshot"]["epoch"], first["snapshot"]["epoch"]);
        assert_ne!(second["snapshot"]["pid"], first["snapshot"]["pid"]);
        taken
    };
    let taken = (0..TURNS).map(restart).min().unwrap();
    assert!(taken < A_SECOND, "the quickest restart took {taken:?}");
    let stop = |_| {
        let mut clients = open_clients(port);
        let began = Instant::now();
        assert_eq!(daemon.run(&["stop"]).code(), 0);
        let taken = began.elapsed();
        assert!(clients.iter_mut().all(Client::is_closed));
        assert_eq!(daemon.run(&["start", &address]).code(), 0);
        taken
    };
    let taken = (0..TURNS).map(stop).min().unwrap();
    assert!(taken < A_SECOND, "the quickest stop took {taken:?}");
}

/// Clients of every kind: one that can ask more, one that listens, one in the middle of a request, one that takes nothing.
fn open_clients(port: u16) -> Vec<Client> {
    let mut clients: Vec<Client> = (0..4).map(|_| Client::connect(port)).collect();
    assert_eq!(clients[0].ask("GET", "/healthz", &[]).status, 200);
    clients[1].send(b"GET /api/events HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    assert_eq!(clients[1].head().unwrap().status, 200);
    clients[2].send(b"GET /api/stats HTTP/1.1\r\nHost: loc").unwrap();
    clients[3].send(b"GET /api/stats HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    clients
}

#[test]
fn a_daemon_that_ran_without_http_is_not_said_to_serve() {
    let place = Place::new();
    let daemon = Daemon(&place);
    assert_eq!(daemon.run(&["start"]).code(), 0);
    let again = daemon.run(&["start", &format!("--http=127.0.0.1:{}", free_port())]);
    assert_eq!(again.code(), 0);
    assert!(again.told().contains("cco daemon restart --http"), "{again:?}");
}

#[test]
fn an_address_that_is_taken_ends_only_a_daemon_that_was_told_to_serve_there() {
    let place = Place::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let daemon = Daemon(&place);
    let refused = daemon.run(&["start", &format!("--http={address}")]);
    assert_ne!(refused.code(), 0);
    assert!(refused.told().contains("another program listens there"), "{refused:?}");
    // Configured once and for all, it may be taken for a while: figures matter more.
    std::fs::write(place.path("config.toml"), format!("[http]\naddress = \"{address}\"\n")).unwrap();
    let config = place.path("config.toml");
    let started = daemon.run(&["start", "--config", text(&config)]);
    assert_eq!(started.code(), 0, "{started:?}");
    assert!(started.told().contains("does not serve HTTP"), "{started:?}");
    assert_eq!(place.shown(), 2);
}

#[test]
fn settings_that_are_read_again_move_the_server() {
    let place = Place::new();
    let (config, port) = (place.path("config.toml"), free_port());
    let _publisher = place.start();
    std::fs::write(&config, format!("[http]\naddress = \"127.0.0.1:{port}\"\n")).unwrap();
    let mut server = place.command(&["serve", "--config", text(&config)]);
    let mut child = server.stdout(std::process::Stdio::null()).spawn().unwrap();
    let answers = |port: u16| std::net::TcpStream::connect(("127.0.0.1", port)).is_ok();
    let until = |is_so: &dyn Fn() -> bool| {
        let began = Instant::now();
        while !is_so() {
            assert!(began.elapsed() < PATIENCE);
            std::thread::sleep(Duration::from_millis(10));
        }
    };
    until(&|| answers(port));
    let other = free_port();
    std::fs::write(&config, format!("[http]\naddress = \"127.0.0.1:{other}\"\n")).unwrap();
    assert!(Command::new("kill").args(["-HUP", &child.id().to_string()]).status().unwrap().success());
    until(&|| answers(other) && !answers(port));
    assert_eq!(get(other, "/api/stats").json()["total_requests"], 2);
    child.kill().unwrap();
    child.wait().unwrap();
}
