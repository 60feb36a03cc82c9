//! The publisher as users run it, measured from outside: append to visible, start with nothing changed, idle,
//! memory over a long run.
//!
//! ```text
//! cargo bench --bench live                      all of it, at 10 MB and at 2 GB (CCO_BENCH_BYTES overrides)
//! cargo bench --bench live -- latency|start|idle|soak
//! ```
//!
//! Prints figures rather than judging them: how fast a machine is, is no test.

mod publisher;

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use cco::snapshot::{Reader, Wait};
use publisher::Publisher;

/// Appends of one latency run.
const APPENDS: u64 = 2000;
/// Starts of which the median is taken.
const STARTS: usize = 15;
/// How long an idle publisher is watched.
const IDLE: Duration = Duration::from_secs(60);
/// How long the soak run appends and reads without a pause, and how often it says how it stands.
const SOAK: Duration = Duration::from_secs(120);
const SOAK_STEP: Duration = Duration::from_secs(10);

fn main() {
    let wanted: Vec<String> =
        std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let is_wanted = |name: &str| wanted.is_empty() || wanted.iter().any(|wanted| wanted == name);
    for (bytes, files) in sizes() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let root = folder.path().join("root");
        let spec = corpus::Spec { bytes, files, ..corpus::Spec::default() };
        let made = corpus::generate(&spec, &root).expect("a corpus");
        println!("\n{} MB in {} transcripts", made.bytes / 1_000_000, made.files);

        let started = Instant::now();
        let mut publisher = Publisher::start(folder.path(), &root);
        println!("first start, to complete totals   {:>10.1} ms", ms(started.elapsed()));
        if is_wanted("latency") {
            latency(&publisher, &root);
        }
        if is_wanted("start") {
            publisher = starts(publisher, folder.path(), &root);
        }
        if is_wanted("idle") {
            idle(&publisher);
        }
        if is_wanted("soak") {
            soak(&publisher, &root);
        }
        println!(
            "resident, and at most            {:>6.1} MB {:>6.1} MB",
            publisher.resident_mb(),
            publisher.peak_mb()
        );
        publisher.stop();
    }
}

/// Bytes and files of the corpora.
fn sizes() -> Vec<(u64, usize)> {
    match std::env::var("CCO_BENCH_BYTES").ok().and_then(|text| text.parse().ok()) {
        Some(bytes) => vec![(bytes, files_for(bytes))],
        None => vec![(10_000_000, files_for(10_000_000)), (2_000_000_000, files_for(2_000_000_000))],
    }
}

/// As many files as transcripts of the usual size make.
fn files_for(bytes: u64) -> usize {
    usize::try_from(bytes / 488_000).unwrap_or(usize::MAX).max(4)
}

/// From the write of a line to its totals in a reader that waits.
fn latency(publisher: &Publisher, root: &Path) {
    let mut reader = publisher.reader();
    let mut transcript = Transcript::create(root, "latency");
    let mut times: Vec<Duration> = (0..APPENDS)
        .map(|_| {
            let before = reader.totals().expect("totals").all_time().requests;
            let appended = Instant::now();
            transcript.append();
            await_requests(&mut reader, before + 1);
            let time = appended.elapsed();
            // Not in step with the publisher's pace of commits.
            std::thread::sleep(Duration::from_micros(2500 + transcript.written * 7 % 1000));
            time
        })
        .collect();
    times.sort_unstable();
    let at = |share: usize| ms(times[(times.len() - 1) * share / 1000]);
    println!(
        "append to visible: median, p99, max {:>8.3} ms {:>8.3} ms {:>8.3} ms",
        at(500),
        at(990),
        at(1000)
    );
}

/// From the start of a process to its first publish, with nothing changed.
fn starts(mut publisher: Publisher, state: &Path, root: &Path) -> Publisher {
    let mut times = Vec::new();
    for _ in 0..STARTS {
        publisher.stop();
        let started = Instant::now();
        publisher = Publisher::start(state, root);
        times.push(started.elapsed());
    }
    times.sort_unstable();
    println!("start with nothing changed, median {:>9.1} ms", ms(times[times.len() / 2]));
    publisher
}

/// Processor time of a publisher to which nothing happens.
fn idle(publisher: &Publisher) {
    let before = publisher.processor_time();
    std::thread::sleep(IDLE);
    let used = publisher.processor_time() - before;
    println!(
        "idle for {} s                      {:>9.3} % of a core",
        IDLE.as_secs(),
        100.0 * used.as_secs_f64() / IDLE.as_secs_f64()
    );
}

/// Memory while lines are appended and tables are read as fast as both go.
fn soak(publisher: &Publisher, root: &Path) {
    let mut reader = publisher.reader();
    let mut frame = reader.frame().expect("a frame");
    let mut transcript = Transcript::create(root, "soak");
    let begun = Instant::now();
    let mut next = Duration::ZERO;
    println!("soak: seconds, appended, resident MB");
    while begun.elapsed() < SOAK {
        let before = reader.totals().expect("totals").all_time().requests;
        transcript.append();
        await_requests(&mut reader, before + 1);
        reader.frame_into(&mut frame).expect("a frame");
        if begun.elapsed() >= next {
            println!(
                "{:>6} {:>9} {:>8.1}",
                begun.elapsed().as_secs(),
                transcript.written,
                publisher.resident_mb()
            );
            next += SOAK_STEP;
        }
    }
}

fn await_requests(reader: &mut Reader, requests: u64) {
    while reader.totals().expect("totals").all_time().requests < requests {
        let waited = reader.wait(Duration::from_secs(30)).expect("a publisher");
        assert_ne!(waited, Wait::TimedOut, "the line was not published");
    }
}

/// A session's transcript that grows.
struct Transcript {
    file: std::fs::File,
    session: &'static str,
    written: u64,
}

impl Transcript {
    fn create(root: &Path, session: &'static str) -> Self {
        let folder: PathBuf = root.join("projects/-bench");
        std::fs::create_dir_all(&folder).expect("a project");
        let path = folder.join(format!("{session}.jsonl"));
        let file = OpenOptions::new().create(true).append(true).open(path).expect("a transcript");
        Self { file, session, written: 0 }
    }

    /// Appends a request in one write.
    fn append(&mut self) {
        self.written += 1;
        let (session, n) = (self.session, self.written);
        let line = format!(
            "{{\"type\":\"assistant\",\"sessionId\":\"{session}\",\"timestamp\":\"2026-08-30T12:00:00Z\",\"message\":\
             {{\"id\":\"msg_{session}_{n}\",\"model\":\"claude-opus-5\",\"usage\":{{\"input_tokens\":3,\"output_tokens\":9}}}}}}\n"
        );
        self.file.write_all(line.as_bytes()).expect("an append");
    }
}

#[allow(clippy::cast_precision_loss)]
fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
