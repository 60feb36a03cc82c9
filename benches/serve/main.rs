//! What serving totals over HTTP costs: `cco serve` beside a publisher, measured from outside, on one machine with the
//! load that is made for it.
//!
//! ```text
//! cargo bench --bench serve                          all of it, beside 100 MB of transcripts
//! cargo bench --bench serve -- stats|reports|daily|events|clients|soak|publisher|tools
//! CCO_BENCH_CORPUS, CCO_BENCH_BYTES                  beside other transcripts
//! ```

mod events;
mod history;
mod ingest;
#[path = "../measure/mod.rs"]
mod measure;
#[path = "../fixture/requests.rs"]
mod requests;
mod slowed;
mod stats;
mod tools;

use std::time::Duration;

use measure::load::{Client, Load, run};
use measure::publisher::Publisher;
use measure::server::Server;
use measure::table::Table;
use measure::times::{Times, shown};
use measure::transcripts::{Corpus, files_for, number};
use measure::{appends, machine};

/// Transcripts, unless a variable says otherwise.
const BYTES: u64 = 100_000_000;
/// Connections of the load, as the acceptance run of earlier daemons has it.
const CONNECTIONS: usize = 10;
/// How long each kind of request is sent.
const EACH: Duration = Duration::from_secs(5);
/// Requests after which memory must be what it was, and how often it is looked at meanwhile.
const SOAK: u64 = 1_000_000;
const LOOKS: u64 = 10;
/// Lines appended to measure latency, a little more than a third of which are timed.
const LINES: u64 = 3_000;

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
    table.row(["resident at the start", &megabytes(server.resident_mb())]);
    if is_wanted("stats") {
        stats::of(&server, &root, &mut table);
    }
    if is_wanted("tools") {
        tools::measure(server.port, &mut table);
    }
    if is_wanted("reports") {
        history::reports(&server, &mut table);
    }
    if is_wanted("events") {
        let times = events::visible(server.port, &root, LINES);
        percentiles("append to visible at an event client", &times, &mut table);
    }
    if is_wanted("clients") {
        let (came, unheard) = events::come_and_go(server.port);
        let what = format!(
            "resident after {came} event clients, {} at once, {unheard} of which heard nothing",
            events::AT_ONCE
        );
        table.row([&what, &megabytes(server.resident_mb())]);
    }
    if is_wanted("soak") {
        soak(&server, &mut table);
    }
    println!("\n{table}");
    if is_wanted("publisher") {
        println!("{}", slowed::compare(&publisher, &server, &root));
    }
    drop(server);
    publisher.stop();
    if is_wanted("daily") {
        println!("{}", history::long());
    }
}

fn megabytes(megabytes: f64) -> String {
    format!("{megabytes:.1} MB")
}

fn percentiles(what: &str, times: &Times, table: &mut Table) {
    for (name, thousandths) in [("median", 500), ("p99", 990), ("longest", 1000)] {
        table.row([&format!("{what}, {name}"), &shown(times.at(thousandths))]);
    }
}

/// Memory over many requests.
fn soak(server: &Server, table: &mut Table) {
    let load = Load { connections: CONNECTIONS, ..Load::of("/api/stats") };
    let mut resident = vec![server.resident_mb()];
    for _ in 0..LOOKS {
        run(server.port, &load, |sent, _| sent < SOAK / LOOKS);
        resident.push(server.resident_mb());
    }
    let resident: Vec<String> = resident.into_iter().map(|mb| format!("{mb:.1}")).collect();
    table.row([
        &format!("resident before {SOAK} requests, and after each {}", SOAK / LOOKS),
        &format!("{} MB", resident.join(", ")),
    ]);
}
