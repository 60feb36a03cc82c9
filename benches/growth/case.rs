//! One amount of work, and all figures at it.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use corpus::Spec;
use jiff::ToSpan as _;

use crate::measure::appends;
use crate::measure::machine::cores;
use crate::measure::program::{self, cco};
use crate::measure::publisher::Publisher;
use crate::measure::times::{Times, mean, shown};
use crate::measure::transcripts::Corpus;

/// Turns of what takes long, and of what is short.
const TURNS: usize = 3;
const SHORT_TURNS: usize = 60;
/// Appended lines.
const LINES: u64 = 1500;
/// How long an idle publisher is watched: it looks at everything once in that time.
const IDLE: Duration = Duration::from_secs(60);
/// Reads of which one turn takes the mean.
const READS: u32 = 20_000;
/// Days that a corpus covers, and more: those of history lie before.
const DAYS: i64 = 92;

/// An amount of work.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) spec: Spec,
    /// Corpora that were counted before, and are gone.
    pub(crate) history: u64,
}

/// A figure and how it is shown.
#[derive(Clone, Debug)]
pub(crate) struct Figure {
    pub(crate) what: &'static str,
    value: f64,
    text: String,
}

/// All figures of a case, always the same ones in the same order.
#[derive(Clone, Debug)]
pub(crate) struct Figures(pub(crate) Vec<Figure>);

impl Figure {
    fn time(what: &'static str, time: Duration) -> Self {
        Self { what, value: time.as_secs_f64(), text: shown(time) }
    }

    /// The figure and how many times another it is, of the least amount of work; where that means something.
    pub(crate) fn beside(&self, least: &Self) -> String {
        if least.value > 0.0 {
            format!("{} ×{:.1}", self.text, self.value / least.value)
        } else {
            self.text.clone()
        }
    }
}

impl Case {
    /// Makes the transcripts and measures.
    pub(crate) fn measure(&self) -> Figures {
        eprintln!("{} …", self.name);
        let folder = tempfile::tempdir().expect("a temporary folder");
        let home = folder.path();
        let root = home.join("root");
        let past = self.past(home, &root);
        let corpus = Corpus::made(&root, self.spec);
        let state = home.join("state");
        let (mut complete, mut end) = (Times::default(), Times::default());
        // The first only warms the page cache.
        for turn in 0..=TURNS {
            copy_state(&past, &state);
            let cold = program::cold(home, &root, &state, cores());
            if turn > 0 {
                complete.push(cold.complete);
                end.push(cold.end);
            }
        }

        let appended = appends::root_in(home);
        let publisher = Publisher::start(home, &root, &appended);
        let (publisher, starts) = publisher.started_anew(2 * TURNS + 1);
        let mut reader = publisher.reader();
        let requests = reader.totals().expect("totals").all_time().requests;
        let visible = appends::visible(&publisher, &appended, LINES);
        let idle = publisher.idle_percent(IDLE);
        let resident = publisher.resident_mb();
        let reads: Times = (0..SHORT_TURNS).map(|_| mean(READS, || reader.totals())).collect();
        let mut peek = Command::new(env!("CARGO_BIN_EXE_cco-peek"));
        peek.env_clear().env("HOME", home).args(["--field", "totals.cost_usd", "--snapshot"]);
        peek.arg(publisher.snapshot()).stdin(Stdio::null());
        let peeks: Times = (0..SHORT_TURNS).map(|_| program::quick(&mut peek, None)).collect();
        let mut daily = cco(&["daily", "--json"], home, &root, &state);
        daily.arg("--root").arg(&appended);
        let reports: Times = (0..SHORT_TURNS / 4).map(|_| program::quick(&mut daily, None)).collect();
        let snapshot = std::fs::metadata(publisher.snapshot()).expect("a snapshot").len();
        publisher.stop();

        #[allow(clippy::cast_precision_loss)] // for reading only
        let bytes =
            |what, bytes: u64| Figure { what, value: bytes as f64, text: corpus::Size(bytes).to_string() };
        #[allow(clippy::cast_precision_loss)]
        let number = |what, number: u64| Figure { what, value: number as f64, text: number.to_string() };
        Figures(vec![
            number("transcripts", corpus.files.len() as u64),
            bytes("their bytes", corpus.bytes),
            number("requests in the totals", requests),
            Figure::time("cold, to complete totals", complete.median()),
            Figure::time("cold, to the end", end.median()),
            Figure::time("start with nothing changed", starts.median()),
            Figure::time("append to visible, median", visible.median()),
            Figure::time("append to visible, p99", visible.at(990)),
            Figure { what: "idle, of a core", value: 0.0, text: format!("{idle:.2} %") },
            Figure { what: "resident", value: resident, text: format!("{resident:.1} MB") },
            bytes("snapshot", snapshot),
            Figure::time("totals()", reads.median()),
            Figure::time("cco-peek --field, process", peeks.median()),
            Figure::time("cco daily --json, process", reports.median()),
        ])
    }

    /// A state that knows the history, whose transcripts are gone.
    fn past(&self, home: &Path, root: &Path) -> PathBuf {
        let past = home.join("past");
        std::fs::create_dir(&past).expect("a folder");
        for number in 1..=self.history {
            let back = (DAYS * i64::try_from(number).expect("a few")).days();
            let spec = Spec {
                seed: self.spec.seed + number,
                from: self.spec.from - back,
                to: self.spec.to - back,
                ..self.spec
            };
            corpus::generate(&spec, root).expect("a corpus");
            program::wall(&mut cco(&["publish", "--once"], home, root, &past));
            std::fs::remove_dir_all(root).expect("what was counted");
        }
        past
    }
}

/// Makes `state` what `past` is.
fn copy_state(past: &Path, state: &Path) {
    if state.exists() {
        std::fs::remove_dir_all(state).expect("the last turn's state");
    }
    std::fs::create_dir(state).expect("a folder");
    for entry in std::fs::read_dir(past).expect("the past") {
        let entry = entry.expect("an entry");
        if entry.file_type().expect("its kind").is_file() {
            std::fs::copy(entry.path(), state.join(entry.file_name())).expect("a copy");
        }
    }
}
