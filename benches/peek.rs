//! What a look costs that is a process of its own: `cco-peek --field` as scripts run it, and `cco-peek statusline` as
//! sixteen terminals do, each once a second.
//!
//! ```text
//! cargo bench --bench peek
//! CCO_BENCH_PEEK=FILE     the cco-peek of the package (tools/package/build), to stand beside this one
//! CCO_BENCH_PEER=FILE     ccusage [default: the one in PATH], for its status line
//! ```
//!
//! First the time that each takes, in turns; then processor time, all of it: starting the program, reading a full
//! input, looking at a heavy user's snapshot, printing. `/bin/true` is what starting any program costs here.

mod fixture;
mod measure;

use measure::peer::Peer;
use measure::processes::{self, Looked};

/// Turns of which the median is taken.
const TURNS: usize = 500;
/// Runs of each of which the processor time is taken.
const RUNS: u32 = 1000;
/// What Claude Code gives, to be filled in with a session of the snapshot's.
const INPUT: &str = include_str!("../tests/peek/claude/v2.json");

fn main() {
    println!("{}\n", measure::machine::described());
    let folder = tempfile::tempdir().expect("a temporary folder");
    let home = folder.path();
    let snapshot = home.join("usage.snapshot");
    let mut writer = fixture::heavy_user(&snapshot);
    writer.commit(&fixture::publication(1)).expect("a commit");
    let root = measure::appends::root_in(home);
    let input = INPUT.replace("sess-1", "00000100-0000-4000-8000-000000000100");
    let looked = Looked { home, root: &root, snapshot: &snapshot, input: &input };
    let peer = Peer::find(home);
    let mut processes = processes::all(&looked, peer.as_ref());
    println!("{}", processes::table(&mut processes, TURNS));
    println!("{}", processes::processor_table(&mut processes, RUNS));
}
