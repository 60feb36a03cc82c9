//! Whether a load slows the publisher: append to visible for a reader of the snapshot, without it and with it, in turns.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use super::{CONNECTIONS, LINES};
use crate::measure::appends;
use crate::measure::load::{Done, Load, run};
use crate::measure::publisher::Publisher;
use crate::measure::server::Server;
use crate::measure::table::Table;
use crate::measure::times::{Times, shown};

/// Turns of each, so that what else the machine does meets both.
const TURNS: u64 = 3;

/// Both, side by side.
pub(crate) fn compare(publisher: &Publisher, server: &Server, root: &Path) -> Table {
    let (mut alone, mut loaded, mut load) = (Times::default(), Times::default(), Vec::new());
    for _ in 0..TURNS {
        alone.extend(appends::visible(publisher, root, LINES / TURNS));
        let (times, done) = beside_a_load(server.port, || appends::visible(publisher, root, LINES / TURNS));
        loaded.extend(times);
        load.push(done);
    }
    #[allow(clippy::cast_precision_loss)] // for reading only
    let a_second = load.iter().map(Done::a_second).sum::<f64>() / load.len() as f64;
    let head = format!("beside {a_second:.0} requests a second of full bodies");
    let mut table = Table::new(["append to visible for a reader of the snapshot", "no load", &head]);
    for (name, thousandths) in [("median", 500), ("p99", 990), ("longest", 1000)] {
        table.row([name, &shown(alone.at(thousandths)), &shown(loaded.at(thousandths))]);
    }
    let mut requests = Times::default();
    load.into_iter().for_each(|done| requests.extend(done.times));
    for (name, thousandths) in [("median", 500), ("p99", 990), ("longest", 1000)] {
        table.row([&format!("those requests, {name}"), "", &shown(requests.at(thousandths))]);
    }
    table
}

fn beside_a_load<T>(port: u16, work: impl FnOnce() -> T) -> (T, Done) {
    let is_over = AtomicBool::new(false);
    let load = Load { connections: CONNECTIONS, ..Load::of("/api/stats") };
    std::thread::scope(|scope| {
        let loaded = scope.spawn(|| run(port, &load, |_, _| !is_over.load(Ordering::Relaxed)));
        let done = work();
        is_over.store(true, Ordering::Relaxed);
        (done, loaded.join().expect("a load"))
    })
}
