//! `/api/stats` under load: beside a publisher that rests, and beside one that counts.

use std::path::Path;

use super::{CONNECTIONS, EACH, ingest, percentiles};
use crate::measure::load::{Done, Load, run};
use crate::measure::server::Server;
use crate::measure::table::Table;

/// Requests of the acceptance run of earlier daemons, each on a connection of its own.
const SHORT: u64 = 1_000;

/// Requests a second and how long they take, of full bodies and of those that a client has.
pub(crate) fn of(server: &Server, root: &Path, table: &mut Table) {
    let full = Load { connections: CONNECTIONS, ..Load::of("/api/stats") };
    for (what, load) in [
        ("full bodies", Load { ..full }),
        ("gzip", Load { headers: "Accept-Encoding: gzip\r\n", ..full }),
        ("zstd", Load { headers: "Accept-Encoding: zstd\r\n", ..full }),
        ("If-None-Match", Load { remembers: true, ..full }),
    ] {
        rows(what, &run(server.port, &load, |_, taken| taken < EACH), table);
        let (done, lines) = ingest::beside(root, || run(server.port, &load, |_, taken| taken < EACH));
        rows(&format!("{what}, {lines} lines counted meanwhile"), &done, table);
    }
    let load = Load { headers: "Connection: close\r\n", ..full };
    let done = run(server.port, &load, |sent, _| sent < SHORT);
    rows(&format!("{SHORT} requests, {CONNECTIONS} at a time, each on a new connection"), &done, table);
}

fn rows(what: &str, done: &Done, table: &mut Table) {
    let what = format!("/api/stats, {what}");
    let unchanged = match done.unchanged {
        0 => String::new(),
        unchanged => format!(", {unchanged} of {} answered with 304", done.requests),
    };
    table.row([&what, &format!("{:.0} a second{unchanged}", done.a_second())]);
    percentiles(&what, &done.times, table);
}
