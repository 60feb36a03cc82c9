//! What serving totals over HTTP costs: `cco serve` beside a publisher, measured from outside, on one machine with the
//! load that is made for it.
//!
//! ```text
//! cargo bench --bench serve                          all of it, beside 100 MB of transcripts
//! cargo bench --bench serve -- stats|reports|events|clients|soak|publisher
//! CCO_BENCH_CORPUS, CCO_BENCH_BYTES                  beside other transcripts
//! ```

mod events;
mod load;
#[path = "../measure/mod.rs"]
mod measure;

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use load::{Client, Load, run};
use measure::program::{cco, memory_kb};
use measure::publisher::Publisher;
use measure::table::Table;
use measure::times::{Times, shown};
use measure::transcripts::{Corpus, files_for, number};
use measure::{appends, machine};

/// Transcripts, unless a variable says otherwise.
const BYTES: u64 = 100_000_000;
/// How long each kind of request is sent.
const EACH: Duration = Duration::from_secs(5);
/// Connections of the load, as the acceptance run of earlier daemons has it.
const CONNECTIONS: usize = 10;
/// Requests of that run, each on a connection of its own.
const SHORT: u64 = 1_000;
/// Requests after which memory must be what it was.
const SOAK: u64 = 1_000_000;
/// Lines appended to measure latency, a little more than a third of which are timed.
const LINES: u64 = 3_000;

/// A `cco serve`.
struct Server {
    child: Child,
    port: u16,
}

impl Server {
    fn start(folder: &Path, root: &Path) -> Self {
        let mut command = cco(&["serve", "127.0.0.1:0"], folder, root, &folder.join("state"));
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("a server");
        let mut said = String::new();
        BufReader::new(child.stdout.take().expect("its output")).read_line(&mut said).expect("an address");
        let port = said.trim().trim_end_matches('/').rsplit(':').next().and_then(|port| port.parse().ok());
        Self { child, port: port.expect("a port") }
    }

    fn resident(&self) -> String {
        let kb = memory_kb(self.child.id(), "VmRSS:").expect("a process");
        format!("{:.1} MB", f64::from(u32::try_from(kb).unwrap_or(u32::MAX)) * 1024.0 / 1e6)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn main() {
    println!("{}", machine::described());
    let wanted: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let is_wanted = |name: &str| wanted.is_empty() || wanted.iter().any(|wanted| wanted == name);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let folder = folder.path();
    let corpus = match std::env::var_os("CCO_BENCH_CORPUS") {
        Some(root) => Corpus::at(root.into()),
        None => {
            let bytes = number("CCO_BENCH_BYTES").unwrap_or(BYTES);
            let spec = corpus::Spec { bytes, files: files_for(bytes), ..corpus::Spec::default() };
            Corpus::made(&folder.join("root"), spec)
        }
    };
    let root = appends::root_in(folder);
    let publisher = Publisher::start(folder, &corpus.root, &root);
    publisher.await_quiet();
    let server = Server::start(folder, &corpus.root);
    let mut table = Table::new([&format!("beside {}", corpus.size()), "figure"]);
    let body = Client::connect(server.port).get("/api/stats", "").expect("an answer").body;
    table.row(["a body of /api/stats", &format!("{body} bytes")]);
    table.row(["resident at the start", &server.resident()]);
    if is_wanted("stats") {
        stats(&server, &mut table);
    }
    if is_wanted("reports") {
        reports(&server, &mut table);
    }
    if is_wanted("events") {
        percentiles(
            "append to visible at an event client",
            &events::visible(server.port, &root, LINES),
            &mut table,
        );
    }
    if is_wanted("clients") {
        let (came, refused) = events::come_and_go(server.port);
        table.row([&format!("resident after {came} event clients, {refused} refused"), &server.resident()]);
    }
    if is_wanted("soak") {
        let load = Load { target: "/api/stats", headers: "", connections: CONNECTIONS };
        let before = server.resident();
        let done = run(server.port, &load, |sent, _| sent < SOAK);
        table.row([&format!("resident before {} requests", done.requests), &before]);
        table.row([&format!("resident after {} requests", done.requests), &server.resident()]);
    }
    if is_wanted("publisher") {
        slowed(&publisher, &server, &root, &mut table);
    }
    println!("\n{table}");
    publisher.stop();
}

fn percentiles(what: &str, times: &Times, table: &mut Table) {
    for (name, thousandths) in [("median", 500), ("p99", 990), ("longest", 1000)] {
        table.row([&format!("{what}, {name}"), &shown(times.at(thousandths))]);
    }
}

/// Requests a second and how long they take, of full bodies and of those that a client has.
fn stats(server: &Server, table: &mut Table) {
    let known = Client::connect(server.port).get("/api/stats", "").expect("an answer").etag;
    let known = format!("If-None-Match: {known}\r\n");
    for (what, headers) in [
        ("full bodies", ""),
        ("gzip", "Accept-Encoding: gzip\r\n"),
        ("zstd", "Accept-Encoding: zstd\r\n"),
        ("If-None-Match", &known),
    ] {
        let load = Load { target: "/api/stats", headers, connections: CONNECTIONS };
        let done = run(server.port, &load, |_, taken| taken < EACH);
        table.row([&format!("/api/stats, {what}"), &format!("{:.0} a second", done.a_second())]);
        percentiles(&format!("/api/stats, {what}"), &done.times, table);
    }
    let load = Load { target: "/api/stats", headers: "Connection: close\r\n", connections: CONNECTIONS };
    let done = run(server.port, &load, |sent, _| sent < SHORT);
    let what = format!("{SHORT} requests, {CONNECTIONS} at a time, each on a new connection");
    table.row([&what, &format!("{:.0} a second", done.a_second())]);
    percentiles(&what, &done.times, table);
}

/// The first answer of a generation, and the next.
fn reports(server: &Server, table: &mut Table) {
    let mut client = Client::connect(server.port);
    for target in
        ["/api/daily", "/api/weekly", "/api/blocks", "/api/sessions?last=50", "/api/history?since=30d"]
    {
        let times: Vec<Duration> = (0..21)
            .map(|_| {
                let began = Instant::now();
                client.get(target, "").expect("an answer");
                began.elapsed()
            })
            .collect();
        let again: Times = times[1..].iter().copied().collect();
        table.row([&format!("{target}, first of a generation"), &shown(times[0])]);
        table.row([&format!("{target}, again, median"), &shown(again.median())]);
    }
}

/// Append to visible for a reader of the snapshot, without a load and with one.
fn slowed(publisher: &Publisher, server: &Server, root: &Path, table: &mut Table) {
    percentiles("append to visible, no load", &appends::visible(publisher, root, LINES), table);
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let load = Load { target: "/api/stats", headers: "", connections: CONNECTIONS };
        let (is_over, port) = (&is_over, server.port);
        let loaded = scope.spawn(move || run(port, &load, |_, _| !is_over.load(Ordering::Relaxed)));
        let times = appends::visible(publisher, root, LINES);
        is_over.store(true, Ordering::Relaxed);
        let done = loaded.join().expect("a load");
        percentiles(
            &format!("append to visible, at {:.0} requests a second", done.a_second()),
            &times,
            table,
        );
        percentiles("those requests", &done.times, table);
    });
}
