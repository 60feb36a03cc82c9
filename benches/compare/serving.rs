//! Totals over HTTP, beside what is known of the daemon that served them before: it read all transcripts for each request.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::measure::load::{Client, Load, run};
use crate::measure::server::Server;
use crate::measure::table::Table;
use crate::measure::times::shown;
use crate::measure::transcripts::Corpus;

/// What the earlier daemon took for an answer, and what it was to reach, in its authors' own words.
const IT_TOOK: &str = "took 5 to 15 s";
const AIMED_AT_A_SECOND: &str = "aimed at 500";
const AIMED_AT_P99: &str = "aimed at 100 ms";
const AIMED_AT_MEMORY: &str = "aimed at 50 to 70 MB";

/// Connections of its acceptance run.
const CONNECTIONS: usize = 10;
const FOR: Duration = Duration::from_secs(5);

/// Serves what a publisher of `corpus` with its state below `home` publishes, to one client and to a few.
pub(crate) fn compare(home: &Path, corpus: &Corpus) {
    let server = Server::start(home, &corpus.root);
    let began = Instant::now();
    let body = Client::connect(server.port).get("/api/stats", "").expect("an answer").body;
    let first = began.elapsed();
    let load = Load { connections: CONNECTIONS, ..Load::of("/api/stats") };
    let done = run(server.port, &load, |_, taken| taken < FOR);

    let head = format!("/api/stats of `cco serve`, {body} bytes, beside {}", corpus.size());
    let mut table = Table::new([&head, "figure", "the daemon before it"]);
    table.row(["the first request after its start", &shown(first), IT_TOOK]);
    let a_second = format!("{:.0}", done.a_second());
    table.row([&format!("requests a second, {CONNECTIONS} connections"), &a_second, AIMED_AT_A_SECOND]);
    table.row(["the same: median", &shown(done.times.median()), IT_TOOK]);
    table.row(["the same: p99", &shown(done.times.at(990)), AIMED_AT_P99]);
    table.row(["resident after these", &format!("{:.1} MB", server.resident_mb()), AIMED_AT_MEMORY]);
    println!("{table}");
}
