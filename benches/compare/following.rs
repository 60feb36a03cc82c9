//! The publisher as users leave it running: append to visible, start, idle, memory; beside the peer, which reads all
//! transcripts for each of its lines.

use std::path::Path;
use std::time::Duration;

use crate::measure::appends;
use crate::measure::peer::{Peer, status_input};
use crate::measure::program::quick;
use crate::measure::publisher::Publisher;
use crate::measure::table::Table;
use crate::measure::times::{Times, ratio, shown};
use crate::measure::transcripts::Corpus;

/// Lines that are appended.
const LINES: u64 = 6000;
/// Starts of which the median is taken.
const STARTS: usize = 9;
/// How long an idle publisher is watched: it looks at everything once in that time.
const IDLE: Duration = Duration::from_secs(60);
/// Turns of the peer's status line.
const PEER_TURNS: usize = 3;

/// Follows `corpus`, which is only read, and `appended`; gives the publisher back.
pub(crate) fn compare(home: &Path, corpus: &Corpus, appended: &Path, peer: Option<&Peer>) -> Publisher {
    let publisher = Publisher::start(home, &corpus.root, appended);
    publisher.await_quiet();
    let resident_cold = publisher.resident_mb();
    let times = appends::visible(&publisher, appended, LINES);
    let resident = publisher.resident_mb();
    let idle = publisher.idle_percent(IDLE);
    let most = publisher.peak_mb();
    let (publisher, starts) = publisher.started_anew(STARTS);

    let transcript = &corpus.files[0].0;
    let session = transcript.file_stem().unwrap_or_default().to_string_lossy();
    let input = status_input(&session, transcript);
    let line = |peer: &Peer| quick(&mut peer.status_line(home, &corpus.root), Some(&input));
    let theirs = peer.map(|peer| (0..PEER_TURNS).map(|_| line(peer)).collect::<Times>().median());

    let head = format!("a publisher that follows {}", corpus.size());
    let mut table = Table::new([&head, "figure", "beside ccusage's status line"]);
    let mut timed = |what: &str, time: Duration| {
        let beside = theirs.map(|theirs| format!("{:.0} times faster", ratio(theirs, time)));
        table.row([what, &shown(time), &beside.unwrap_or_else(|| "not installed".into())]);
    };
    timed("a line appended, until a reader that waits has it: median", times.median());
    timed("the same, p99", times.at(990));
    timed("start with nothing changed, to complete totals: median", starts.median());
    if let Some(theirs) = theirs {
        table.row(["ccusage claude statusline after a change", &shown(theirs), ""]);
    }
    table.row([
        &format!("processor while idle, {} s", IDLE.as_secs()),
        &format!("{idle:.2} % of a core"),
        "",
    ]);
    table.row(["resident after the first count", &format!("{resident_cold:.1} MB"), ""]);
    table.row([&format!("resident after {LINES} appended lines"), &format!("{resident:.1} MB"), ""]);
    table.row(["the most it was until then", &format!("{most:.1} MB"), ""]);
    println!("{table}");
    publisher
}
