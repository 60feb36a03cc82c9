//! What a start costs when nothing has changed: from the start of a publisher's process to complete totals and all
//! watches, with a ledger that knows everything.
//!
//! ```text
//! cargo bench --bench start                       with 10 MB of transcripts, and with 2 GB
//! CCO_BENCH_CORPUS, CCO_BENCH_BYTES               with others
//! ```
//!
//! Beside it stands a whole `cco publish --once` that finds nothing new.

mod measure;

use measure::publisher::Publisher;
use measure::table::Table;
use measure::times::{Times, shown};
use measure::transcripts::few_and_many;
use measure::{appends, machine, program};

/// Starts of which the median is taken.
const STARTS: usize = 15;

fn main() {
    println!("{}", machine::described());
    few_and_many(|folder, corpus| {
        let root = appends::root_in(folder);
        let publisher = Publisher::start(folder, &corpus.root, &root);
        publisher.await_quiet();
        let (publisher, times) = publisher.started_anew(STARTS);
        publisher.stop();
        let state = folder.join("state");
        let once =
            || program::wall(&mut program::cco(&["publish", "--once"], folder, &corpus.root, &state)).0;
        let whole: Times = (0..STARTS).map(|_| once()).collect();

        let head = format!("nothing changed in {}", corpus.size());
        let mut table = Table::new([&head, "median", "longest"]);
        table.row([
            "a publisher's start, to complete totals",
            &shown(times.median()),
            &shown(times.at(1000)),
        ]);
        let (median, longest) = (shown(whole.median()), shown(whole.at(1000)));
        table.row(["cco publish --once, the whole process", &median, &longest]);
        println!("\n{table}");
    });
}
