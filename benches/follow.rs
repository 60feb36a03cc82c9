//! What following costs, of a publisher as users run it, measured from outside: append to visible, what it takes while
//! nothing happens, and its memory over a long run.
//!
//! ```text
//! cargo bench --bench follow                      all of it, beside 10 MB of transcripts and beside 2 GB
//! cargo bench --bench follow -- latency|idle|soak
//! CCO_BENCH_CORPUS, CCO_BENCH_BYTES               beside other transcripts
//! ```

mod measure;

use std::path::Path;
use std::time::{Duration, Instant};

use measure::publisher::Publisher;
use measure::table::Table;
use measure::times::shown;
use measure::transcripts::few_and_many;
use measure::{appends, machine};

/// Lines of one latency run, a little more than a third of which are timed.
const LINES: u64 = 6000;
/// How long an idle publisher is watched: it looks at everything once in that time.
const IDLE: Duration = Duration::from_secs(60);
/// Lines that are appended and read without a pause, and after how many that are seen it is said how it stands.
const SOAK_LINES: u64 = 150_000;
const SOAK_STEP: u64 = 10_000;

fn main() {
    println!("{}", machine::described());
    let wanted: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let is_wanted = |name: &str| wanted.is_empty() || wanted.iter().any(|wanted| wanted == name);
    few_and_many(|folder, corpus| {
        let root = appends::root_in(folder);
        let publisher = Publisher::start(folder, &corpus.root, &root);
        publisher.await_quiet();
        let mut table = Table::new([&format!("beside {}", corpus.size()), "figure"]);
        table.row(["resident after the first count", &format!("{:.1} MB", publisher.resident_mb())]);
        if is_wanted("latency") {
            latency(&publisher, &root, &mut table);
        }
        if is_wanted("idle") {
            let share = format!("{:.2} % of a core", publisher.idle_percent(IDLE));
            table.row([&format!("idle for {} s", IDLE.as_secs()), &share]);
        }
        if is_wanted("soak") {
            soak(&publisher, &root, &mut table);
        }
        table.row(["resident at the end", &format!("{:.1} MB", publisher.resident_mb())]);
        table.row(["the most it ever was", &format!("{:.1} MB", publisher.peak_mb())]);
        println!("\n{table}");
        publisher.stop();
    });
}

/// From the write of a line to its tokens in a reader that waits.
fn latency(publisher: &Publisher, root: &Path, table: &mut Table) {
    let times = appends::visible(publisher, root, LINES);
    for (what, thousandths) in [("median", 500), ("p99", 990), ("longest", 1000)] {
        table.row([&format!("append to visible, {what}"), &shown(times.at(thousandths))]);
    }
}

/// Memory while lines are appended and tables are read as fast as both go.
fn soak(publisher: &Publisher, root: &Path, table: &mut Table) {
    let mut frame = publisher.reader().frame().expect("a frame");
    let began = Instant::now();
    let mut seen = 0;
    appends::each(publisher, root, SOAK_LINES, Duration::ZERO, |reader, _| {
        reader.frame_into(&mut frame).expect("a frame");
        seen += 1;
        if seen == 1 || seen % SOAK_STEP == 0 {
            let what = format!("resident after {seen} appends and reads, {} s", began.elapsed().as_secs());
            table.row([&what, &format!("{:.1} MB", publisher.resident_mb())]);
        }
    });
}
