//! Everything that reads all transcripts: the first count, a later one, the peer's reports, and the machine's limit.

use std::path::Path;
use std::time::Duration;

use crate::measure::limit::{self, Work};
use crate::measure::machine::{core_counts, cores};
use crate::measure::peer::Peer;
use crate::measure::program::{self, Cold};
use crate::measure::table::Table;
use crate::measure::times::{Times, ratio, shown};
use crate::measure::transcripts::Corpus;

/// The peer's reports; the first is the one that others are told beside.
const REPORTS: [&str; 3] = ["daily", "session", "blocks"];

/// One turn of everything.
struct Turn {
    /// By the number of cores, all of them last.
    limits: Vec<Duration>,
    colds: Vec<Cold>,
    mapped: Duration,
    read: Duration,
    warm: Duration,
    /// Time and most memory of each of the peer's reports.
    peer: Vec<(Duration, u64)>,
}

/// Takes turns and prints their medians.
pub(crate) fn compare(corpus: &Corpus, kind: &str, peer: Option<&Peer>, turns: usize) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    // The first only warms the page cache.
    let mut taken: Vec<Turn> = (0..=turns).map(|_| Turn::take(folder.path(), corpus, peer)).collect();
    taken.remove(0);
    Turns(taken).print(&format!("{}, {kind}; {turns} turns", corpus.size()), corpus.bytes);
}

impl Turn {
    fn take(home: &Path, corpus: &Corpus, peer: Option<&Peer>) -> Self {
        let state = home.join("state");
        let new_state = || {
            if state.exists() {
                std::fs::remove_dir_all(&state).expect("the last turn's state");
            }
        };
        let mut turn = Self {
            limits: Vec::new(),
            colds: Vec::new(),
            mapped: limit::time(&corpus.files, cores(), Work::NewlinesMapped),
            read: limit::time(&corpus.files, cores(), Work::Read),
            warm: Duration::ZERO,
            peer: Vec::new(),
        };
        for count in core_counts() {
            turn.limits.push(limit::time(&corpus.files, count, Work::Newlines));
            new_state();
            turn.colds.push(program::cold(home, &corpus.root, &state, count));
        }
        let mut again = program::cco(&["publish", "--once"], home, &corpus.root, &state);
        turn.warm = program::wall(&mut again).0;
        if let Some(peer) = peer {
            let report = |name: &&str| program::wall(&mut peer.report(name, home, &corpus.root));
            turn.peer = REPORTS.iter().map(report).collect();
        }
        turn
    }

    fn limit(&self) -> Duration {
        self.limits[self.limits.len() - 1]
    }

    fn cold(&self) -> &Cold {
        &self.colds[self.colds.len() - 1]
    }
}

struct Turns(Vec<Turn>);

impl Turns {
    fn median(&self, time: impl Fn(&Turn) -> Duration) -> Duration {
        self.0.iter().map(time).collect::<Times>().median()
    }

    fn print(&self, head: &str, bytes: u64) {
        let limit = self.median(Turn::limit);
        let theirs = (!self.0[0].peer.is_empty()).then(|| self.median(|turn| turn.peer[0].0));
        let mut table = Table::new([head, "median", "beside counting newlines", "beside ccusage daily"]);
        let row = |table: &mut Table, what: &str, time: Duration, limit: Duration| {
            let beside = match theirs {
                Some(theirs) => format!("{:.1} times faster", ratio(theirs, time)),
                None => "not installed".into(),
            };
            table.row([what, &shown(time), &format!("{:.1}", ratio(time, limit)), &beside]);
        };
        row(
            &mut table,
            "cold, to the first complete snapshot",
            self.median(|turn| turn.cold().complete),
            limit,
        );
        row(
            &mut table,
            "cold, to the end with the ledger committed",
            self.median(|turn| turn.cold().end),
            limit,
        );
        let fewer = &core_counts()[..core_counts().len() - 1];
        for (at, count) in fewer.iter().enumerate() {
            let limit = self.median(|turn| turn.limits[at]);
            let on = on_cores(*count);
            let (complete, end) =
                (self.median(|turn| turn.colds[at].complete), self.median(|turn| turn.colds[at].end));
            row(&mut table, &format!("the same on {on}, to the first complete snapshot"), complete, limit);
            row(&mut table, &format!("the same on {on}, to the end"), end, limit);
        }
        row(
            &mut table,
            "again with nothing changed, the whole process",
            self.median(|turn| turn.warm),
            limit,
        );

        let mut bare = |what: &str, time: Duration| {
            #[allow(clippy::cast_precision_loss)] // for reading only
            let rate = bytes as f64 / time.as_secs_f64() / 1e9;
            let share = format!("{:.1} ({rate:.1} GB/s)", ratio(time, limit));
            table.row([what, &shown(time), &share, ""]);
        };
        for (at, count) in core_counts().into_iter().enumerate() {
            let what = format!("reading and counting newlines, {count} thread{}", plural(count));
            bare(&what, self.median(|turn| turn.limits[at]));
        }
        bare("counting newlines in mappings, as many threads", self.median(|turn| turn.mapped));
        bare("reading alone, as many threads", self.median(|turn| turn.read));

        if theirs.is_some() {
            for (at, name) in REPORTS.iter().enumerate() {
                let what = format!("ccusage claude {name} --offline --json");
                row(&mut table, &what, self.median(|turn| turn.peer[at].0), limit);
            }
        }
        let most = |kb: Option<u64>| {
            kb.map_or_else(|| "not installed".into(), |kb| format!("{} MB", kb * 1024 / 1_000_000))
        };
        let ours = most(self.0.iter().map(|turn| turn.cold().peak_kb).max());
        let daily = most(self.0.iter().filter_map(|turn| Some(turn.peer.first()?.1)).max());
        table.row(["most memory of the cold run", &ours, "", &daily]);
        println!("{table}");
        if let Some(last) = fewer.first() {
            let gain = |time: &dyn Fn(&Turn, usize) -> Duration| {
                let all = core_counts().len() - 1;
                ratio(self.median(|turn| time(turn, 0)), self.median(|turn| time(turn, all)))
            };
            println!(
                "From {} to {}: {:.2} times faster to the first complete snapshot, {:.2} to the end; counting newlines {:.2}.\n",
                on_cores(*last),
                on_cores(cores()),
                gain(&|turn, at| turn.colds[at].complete),
                gain(&|turn, at| turn.colds[at].end),
                gain(&|turn, at| turn.limits[at]),
            );
        }
    }
}

fn on_cores(count: usize) -> String {
    format!("{count} core{}", plural(count))
}

fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}
