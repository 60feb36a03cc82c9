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
pub(crate) fn compare(kind: &str, corpus: &Corpus, peer: Option<&Peer>, turns: usize) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    // The first only warms the page cache.
    let mut taken: Vec<Turn> = (0..=turns).map(|_| Turn::take(folder.path(), corpus, peer)).collect();
    taken.remove(0);
    Turns(taken).print(&format!("{kind}{}; {turns} turns", corpus.size()), corpus.bytes);
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
        let theirs = (!self.0[0].peer.is_empty()).then(|| self.median(|turn| turn.peer[0].0));
        let mut table = Table::new([head, "median", "beside counting newlines", "beside ccusage daily"]);
        self.ours(&mut table, theirs);
        let limit = self.median(Turn::limit);
        let mut bare = |what: &str, time: Duration, more: &str| {
            table.row([what, &shown(time), &format!("{:.1}{more}", ratio(time, limit)), ""]);
        };
        #[allow(clippy::cast_precision_loss)] // for reading only
        let rate = |time: Duration| format!(" ({:.1} GB/s)", bytes as f64 / time.as_secs_f64() / 1e9);
        for (at, count) in core_counts().into_iter().enumerate() {
            let what = format!("reading and counting newlines, {count} thread{}", plural(count));
            let time = self.median(|turn| turn.limits[at]);
            bare(&what, time, &rate(time));
        }
        let (mapped, read) = (self.median(|turn| turn.mapped), self.median(|turn| turn.read));
        bare("counting newlines in mappings, as many threads", mapped, &rate(mapped));
        bare("reading alone, as many threads", read, &rate(read));
        for (at, name) in REPORTS.iter().enumerate().filter(|_| theirs.is_some()) {
            let what = format!("ccusage claude {name} --offline --json");
            bare(&what, self.median(|turn| turn.peer[at].0), "");
        }
        let most = |kb: Option<u64>| kb.map(|kb| format!("{} MB", kb * 1024 / 1_000_000)).unwrap_or_default();
        let ours = most(self.0.iter().map(|turn| turn.cold().peak_kb).max());
        let daily = most(self.0.iter().filter_map(|turn| Some(turn.peer.first()?.1)).max());
        table.row(["most memory of the cold run, and of ccusage daily", &ours, "", &daily]);
        println!("{table}");
        self.scaling();
    }

    /// What this program takes, beside the limit on as many cores and beside the peer.
    fn ours(&self, table: &mut Table, theirs: Option<Duration>) {
        let mut row = |what: &str, time: Duration, limit: Duration| {
            let beside = theirs.map(|theirs| format!("{:.1} times faster", ratio(theirs, time)));
            let beside = beside.unwrap_or_else(|| "not installed".into());
            table.row([what, &shown(time), &format!("{:.1}", ratio(time, limit)), &beside]);
        };
        for (at, count) in core_counts().into_iter().enumerate().rev() {
            let limit = self.median(|turn| turn.limits[at]);
            let on = on_cores(count);
            let complete = self.median(|turn| turn.colds[at].complete);
            row(&format!("cold on {on}, to the first complete snapshot"), complete, limit);
            let end = self.median(|turn| turn.colds[at].end);
            row(&format!("cold on {on}, to the end with the ledger committed"), end, limit);
        }
        let warm = self.median(|turn| turn.warm);
        row("again with nothing changed, the whole process", warm, self.median(Turn::limit));
    }

    /// What more cores bring.
    fn scaling(&self) {
        let (one, all) = (0, core_counts().len() - 1);
        if one == all {
            return;
        }
        let gain = |time: &dyn Fn(&Turn, usize) -> Duration| {
            ratio(self.median(|turn| time(turn, one)), self.median(|turn| time(turn, all)))
        };
        println!(
            "From {} to {}: {:.2} times faster to the first complete snapshot, {:.2} to the end; counting newlines {:.2}.\n",
            on_cores(core_counts()[one]),
            on_cores(cores()),
            gain(&|turn, at| turn.colds[at].complete),
            gain(&|turn, at| turn.colds[at].end),
            gain(&|turn, at| turn.limits[at]),
        );
    }
}

fn on_cores(count: usize) -> String {
    format!("{count} core{}", plural(count))
}

fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}
