//! What grows with one moment: years of work without a pause, much that arrives at once, and much that is deleted at once.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use cco::snapshot::{Agent, Reader, ScanState};
use corpus::Spec;
use jiff::{Timestamp, ToSpan as _};

use crate::measure::publisher::Publisher;
use crate::measure::table::Table;
use crate::measure::times::{Times, shown};

/// Lines that are appended, one after another.
const LINES: u64 = 400;
/// Between two of them.
const PAUSE: Duration = Duration::from_millis(4);
/// Session folders that are deleted.
const FOLDERS: usize = 12_500;
const QUARTERS_A_DAY: i64 = 96;
/// The session whose lines are timed.
const SESSION: &str = "timed";

/// A home with a root, and a root beside it to which lines are appended.
struct Home {
    folder: tempfile::TempDir,
    lines: u64,
}

impl Home {
    fn new() -> Self {
        let home = Self { folder: tempfile::tempdir().expect("a temporary folder"), lines: 0 };
        for root in ["root", "beside"] {
            std::fs::create_dir_all(home.projects(root).join("p")).expect("a project");
        }
        home
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn projects(&self, root: &str) -> PathBuf {
        self.path().join(root).join("projects")
    }

    fn publisher(&self) -> Publisher {
        let publisher = Publisher::start(self.path(), &self.path().join("root"), &self.path().join("beside"));
        publisher.await_quiet();
        publisher
    }

    /// Appends a request of this moment.
    fn append(&mut self) {
        self.lines += 1;
        let line = line(&format!("t{}", self.lines), Timestamp::now(), SESSION);
        let path = self.projects("beside").join("p/timed.jsonl");
        let mut file = OpenOptions::new().append(true).create(true).open(path).expect("a transcript");
        file.write_all(line.as_bytes()).expect("an append");
    }

    /// Appends a request and waits until a reader sees it.
    fn visible(&mut self, reader: &mut Reader) -> Duration {
        let began = Instant::now();
        self.append();
        while seen(reader) < self.lines {
            reader.wait(Duration::from_millis(100)).expect("a publisher");
        }
        began.elapsed()
    }
}

/// How many of the timed requests a reader sees.
fn seen(reader: &mut Reader) -> u64 {
    reader.session(Agent::CLAUDE_CODE, SESSION).expect("a table").map_or(0, |row| row.counters.requests)
}

fn line(id: &str, at: Timestamp, session: &str) -> String {
    format!(
        r#"{{"type":"assistant","timestamp":"{at}","sessionId":"{session}","message":{{"id":"msg_{id}","model":"claude-opus-5","stop_reason":"end_turn","usage":{{"input_tokens":3,"output_tokens":5}}}}}}"#
    ) + "\n"
}

/// Everything of this kind, printed.
pub(crate) fn measure(bytes: u64) {
    without_a_pause();
    at_once(bytes);
    deleted();
}

/// Work in every quarter hour up to now, for a day and for 5,000 days.
fn without_a_pause() {
    let mut table = Table::new(["no pause of five hours for", "append to visible, median", "p99"]);
    for days in [1, 5_000] {
        eprintln!("{days} days without a pause …");
        let mut home = Home::new();
        let now = Timestamp::now();
        for day in 0..days {
            let lines = (0..QUARTERS_A_DAY).map(|quarter| {
                let back = (days - day) * QUARTERS_A_DAY - quarter;
                line(&format!("{day}_{quarter}"), now - (15 * back).minutes(), "s")
            });
            let path = home.projects("root").join(format!("p/{day}.jsonl"));
            std::fs::write(path, lines.collect::<String>()).expect("a transcript");
        }
        let publisher = home.publisher();
        let mut reader = publisher.reader();
        let mut times = Times::default();
        for _ in 0..LINES {
            times.push(home.visible(&mut reader));
            std::thread::sleep(PAUSE);
        }
        publisher.stop();
        table.row([&format!("{days} days"), &shown(times.median()), &shown(times.at(990))]);
    }
    println!("{table}");
}

/// So many bytes arrive at once beside appends.
fn at_once(bytes: u64) {
    eprintln!("much at once …");
    let mut home = Home::new();
    std::fs::write(home.projects("root").join("p/s.jsonl"), line("first", Timestamp::now(), "s"))
        .expect("a transcript");
    let made = home.path().join("made");
    let spec = Spec { bytes, files: 250, ..Spec::default() };
    let truth = corpus::generate(&spec, &made).expect("a corpus").truth;
    let publisher = home.publisher();
    let mut reader = publisher.reader();
    let before = home.visible(&mut reader);
    std::fs::rename(made.join("projects"), home.projects("root").join("arrived")).expect("an arrival");
    let began = Instant::now();
    let (mut times, mut first, mut oldest) = (Times::default(), None, Duration::ZERO);
    let mut is_catching_up = false;
    loop {
        let totals = reader.totals().expect("totals");
        let is_complete = totals.scan_state() == ScanState::Complete;
        if is_complete && (is_catching_up || totals.all_time().messages > truth.messages) {
            break;
        }
        is_catching_up |= !is_complete;
        if totals.all_time().messages > home.lines + 1 {
            first.get_or_insert(began.elapsed());
        }
        oldest = oldest.max(reader.freshness().expect("a publisher").heartbeat_age);
        times.push(home.visible(&mut reader));
    }
    let took = began.elapsed();
    let peak = publisher.peak_mb();
    publisher.stop();
    let mut table = Table::new(["at once beside appends", "figure"]);
    table.row(["arrived", &format!("{}, {} requests", corpus::Size(bytes), truth.messages)]);
    table.row(["first of it visible", &first.map_or_else(|| "at the end".into(), shown)]);
    table.row(["all of it visible, complete", &shown(took)]);
    table.row(["append to visible before", &shown(before)]);
    table.row(["append to visible meanwhile, median", &shown(times.median())]);
    table.row(["append to visible meanwhile, longest", &shown(times.at(1000))]);
    table.row(["heartbeat at most so old", &shown(oldest)]);
    table.row(["memory, at most", &format!("{peak:.0} MB")]);
    println!("{table}");
}

/// Very many session folders are deleted at once.
fn deleted() {
    eprintln!("{FOLDERS} session folders deleted …");
    let mut home = Home::new();
    let old = home.projects("root").join("old");
    for number in 0..FOLDERS {
        let folder = old.join(format!("{number}/subagents"));
        std::fs::create_dir_all(&folder).expect("a session");
        let line = line(&format!("d{number}"), Timestamp::now(), "s");
        std::fs::write(folder.join("agent-1.jsonl"), line).expect("a transcript");
    }
    let publisher = home.publisher();
    let mut reader = publisher.reader();
    home.visible(&mut reader);
    std::fs::rename(old, home.path().join("gone")).expect("a move");
    let began = Instant::now();
    let mut oldest = Duration::ZERO;
    while reader.health().expect("health").unwrap_or_default().files > 1 {
        oldest = oldest.max(reader.freshness().expect("a publisher").heartbeat_age);
        std::thread::sleep(Duration::from_millis(1));
    }
    let took = began.elapsed();
    let append = home.visible(&mut reader);
    publisher.stop();
    let mut table = Table::new(["session folders deleted at once", "figure"]);
    table.row(["folders", &FOLDERS.to_string()]);
    table.row(["until none of them is known", &shown(took)]);
    table.row(["heartbeat at most so old", &shown(oldest)]);
    table.row(["the next append to visible", &shown(append)]);
    println!("{table}");
}
