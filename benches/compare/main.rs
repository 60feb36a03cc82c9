//! What users wait for, beside what the machine allows and beside what they run today: one run, one report.
//!
//! ```text
//! cargo bench --bench compare
//! CCO_BENCH_PEER=/path/to/ccusage     the peer [default: ccusage in PATH; without one its columns stay empty]
//! CCO_BENCH_PEEK=/path/to/cco-peek    the cco-peek of the package (tools/package/build), to time as well
//! CCO_BENCH_BYTES, CCO_BENCH_FILES    the corpus [default: 1.2 GB in 2,500 transcripts]
//! CCO_BENCH_CORPUS=DIR                one that is there already, which is only read
//! CCO_BENCH_ROUNDS                    turns of the long runs [default: 7]
//! ```
//!
//! All sides take turns, so that what else the machine does meets all of them; medians are printed, never judged. Each
//! table is an axis that has a benchmark of its own as well: `ingest`, `follow`, `start`, `peek`, `read`. How figures
//! grow is `growth`'s.

mod following;
mod reading;
mod serving;
#[path = "../../tests/shared_data/mod.rs"]
mod shared_data;
#[path = "../../tests/skipped/mod.rs"]
mod skipped;
mod whole;

#[path = "../fixture/mod.rs"]
mod fixture;
#[path = "../measure/mod.rs"]
mod measure;

use measure::peer::{Peer, status_input};
use measure::processes::{self, Looked};
use measure::transcripts::{Corpus, number};
use measure::{appends, machine};

/// Turns of the short runs.
const QUICK_TURNS: usize = 300;

fn main() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let home = folder.path();
    let peer = Peer::find(home);
    let turns = number("CCO_BENCH_ROUNDS").unwrap_or(7).max(1);
    println!("{}", machine::described());
    println!("beside {}\n", peer.as_ref().map_or("no peer: ccusage is not installed", |peer| &peer.name));

    let corpus = Corpus::wanted(home);
    whole::compare("", &corpus, peer.as_ref(), turns);
    if let Some(data) = shared_data::shared_data("compare") {
        whole::compare("real transcripts: ", &Corpus::at(data.join("claude")), peer.as_ref(), turns);
    }

    let appended = appends::root_in(home);
    let publisher = following::compare(home, &corpus, &appended, peer.as_ref());

    let transcript = &corpus.files[0].0;
    let session = transcript.file_stem().unwrap_or_default().to_string_lossy();
    let input = status_input(&session, transcript);
    let looked = Looked { home, root: &corpus.root, snapshot: publisher.snapshot(), input: &input };
    println!("{}", processes::table(&mut processes::all(&looked, peer.as_ref()), QUICK_TURNS));
    serving::compare(home, &corpus);
    publisher.stop();

    reading::compare(home);
}
