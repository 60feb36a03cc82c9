//! The daemon's server: started, moved and stopped with it.

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
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
    until(|| answers(port));
    let other = free_port();
    std::fs::write(&config, format!("[http]\naddress = \"127.0.0.1:{other}\"\n")).unwrap();
    assert!(Command::new("kill").args(["-HUP", &child.id().to_string()]).status().unwrap().success());
    until(|| answers(other) && !answers(port));
    assert_eq!(get(other, "/api/stats").json()["total_requests"], 2);
    child.kill().unwrap();
    child.wait().unwrap();
}

/// A `cco serve` with a config file, ended with the test.
struct Reloaded<'a> {
    place: &'a Place,
    child: Child,
}

impl<'a> Reloaded<'a> {
    /// Waits until it serves.
    fn at(place: &'a Place, address: &str) -> Self {
        configure(place, address);
        let mut command = place.command(&["serve", "--config", text(&place.path("config.toml"))]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        assert!(line.starts_with("serving at "), "{line}");
        Self { place, child }
    }

    fn reload(&self, address: &str) {
        configure(self.place, address);
        let sent = Command::new("kill").args(["-HUP", &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }
}

impl Drop for Reloaded<'_> {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

fn configure(place: &Place, address: &str) {
    std::fs::write(place.path("config.toml"), format!("[http]\naddress = \"{address}\"\n")).unwrap();
}

#[test]
fn settings_whose_address_is_taken_leave_the_server_as_it_was() {
    let place = Place::counted();
    let (port, other) = (free_port(), free_port());
    let socket = place.path("cco.sock");
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken_port = taken.local_addr().unwrap().port();
    let mut serving = Reloaded::at(&place, &format!("127.0.0.1:{port}"));
    let mut lines = BufReader::new(serving.child.stderr.take().unwrap()).lines();
    // For the second, the server gives its own port up first; a machine that has no such address refuses it, too.
    let _also_taken = TcpListener::bind(("127.0.0.2", port));
    for address in [&format!("127.0.0.1:{taken_port}"), &format!("127.0.0.2:{port}"), "0.0.0.0:1"] {
        serving.reload(address);
        let says = lines.by_ref().map(Result::unwrap).find(|line| line.contains("keeping")).unwrap();
        assert!(says.contains("cco: keeping the previous settings: "), "{says}");
        assert_eq!(get(port, "/api/stats").json()["total_requests"], 2, "{address}");
    }
    // And it still takes settings: the same address, another one, a socket, and its first one again.
    let socket_address = format!("unix:{}", text(&socket));
    serving.reload(&format!("127.0.0.1:{port}"));
    serving.reload(&format!("127.0.0.1:{other}"));
    until(|| answers(other) && !answers(port));
    serving.reload(&socket_address);
    until(|| socket.exists() && !answers(other));
    serving.reload(&format!("127.0.0.1:{port}"));
    until(|| answers(port) && !socket.exists());
    assert_eq!(get(port, "/api/stats").json()["total_requests"], 2);
}

#[test]
fn the_same_settings_leave_a_server_of_port_0_at_the_port_that_it_has() {
    let place = Place::counted();
    let mut serving = Reloaded::at(&place, "127.0.0.1:0");
    let mut printed = BufReader::new(serving.child.stdout.take().unwrap()).lines();
    serving.reload("127.0.0.1:0");
    // Signals that come together are one: the next is sent when these settings were read.
    let mut noted = BufReader::new(serving.child.stderr.take().unwrap()).lines().map(Result::unwrap);
    for _start_and_reload in 0..2 {
        noted.by_ref().find(|line| line.contains("no publisher is running")).unwrap();
    }
    let other = free_port();
    serving.reload(&format!("127.0.0.1:{other}"));
    assert_eq!(printed.next().unwrap().unwrap(), format!("serving at http://127.0.0.1:{other}/"));
}

#[test]
fn a_server_that_can_be_neither_where_it_was_nor_where_it_should_be_says_both_reasons() {
    let place = Place::counted();
    let folder = place.path("sockets");
    std::fs::create_dir(&folder).unwrap();
    let mut serving = Reloaded::at(&place, &format!("unix:{}/cco.sock", text(&folder)));
    std::fs::rename(&folder, place.path("elsewhere")).unwrap();
    serving.reload(&format!("unix:{}/cco.sock", text(&folder)));
    assert!(!serving.child.wait().unwrap().success());
    let mut says = String::new();
    serving.child.stderr.take().unwrap().read_to_string(&mut says).unwrap();
    assert!(says.contains("cco: the new settings do not work: "), "{says}");
    assert_eq!(says.matches("cco.sock").count(), 2, "{says}");
}

fn answers(port: u16) -> bool {
    std::net::TcpStream::connect(("127.0.0.1", port)).is_ok()
}

fn until(is_so: impl Fn() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < PATIENCE);
        std::thread::sleep(Duration::from_millis(10));
    }
}
