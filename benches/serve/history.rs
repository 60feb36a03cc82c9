//! Answers from the ledger: the first of a generation, and the next ones.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::measure::load::Client;
use crate::measure::publisher::Publisher;
use crate::measure::server::Server;
use crate::measure::table::Table;
use crate::measure::times::{Times, shown};
use crate::requests::{AS_REAL, REQUESTS, import};

/// How often a report is asked for in a generation, after the first time.
const AGAIN: usize = 20;
/// Generations.
const GENERATIONS: usize = 21;

fn ask(client: &mut Client, target: &str) -> Duration {
    let began = Instant::now();
    client.get(target, "").expect("an answer");
    began.elapsed()
}

/// Each report once, over the transcripts that there are.
pub(crate) fn reports(server: &Server, table: &mut Table) {
    let mut client = Client::connect(server.port);
    for target in
        ["/api/daily", "/api/weekly", "/api/blocks", "/api/sessions?last=50", "/api/history?since=30d"]
    {
        table.row([&format!("{target}, first of a generation"), &shown(ask(&mut client, target))]);
        let again: Times = (0..AGAIN).map(|_| ask(&mut client, target)).collect();
        table.row([&format!("{target}, again, median"), &shown(again.median())]);
    }
}

/// `/api/daily` over a long history, in one generation after another.
pub(crate) fn long() -> Table {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (state, root) = (folder.path().join("state"), folder.path().join("root"));
    let transcripts = root.join("projects/-home-ada-engine");
    fs::create_dir_all(&state).expect("a folder");
    fs::create_dir_all(&transcripts).expect("a folder");
    drop(import(&state.join("ledger.db"), AS_REAL));
    let more = folder.path().join("more");
    fs::create_dir_all(more.join("projects")).expect("a folder");
    let publisher = Publisher::start(folder.path(), &root, &more);
    publisher.await_quiet();
    let counted = publisher.reader().totals().expect("totals").all_time().requests;
    assert_eq!(counted, REQUESTS, "what was imported is published");
    let server = Server::start(folder.path(), &root);
    let mut client = Client::connect(server.port);
    let (mut first, mut again) = (Times::default(), Times::default());
    for number in 0..GENERATIONS {
        append(&transcripts.join("s-1.jsonl"), number);
        let mut reader = publisher.reader();
        while reader.totals().expect("totals").all_time().requests <= REQUESTS + number as u64 {
            reader.wait(Duration::from_secs(30)).expect("a publisher");
        }
        // A commit that says that this one is stored may follow it.
        publisher.await_quiet();
        first.push(ask(&mut client, "/api/daily"));
        again.extend((0..AGAIN).map(|_| ask(&mut client, "/api/daily")).collect());
    }
    let head = format!("/api/daily over {REQUESTS} requests, {GENERATIONS} generations");
    let mut table = Table::new([&head, "first of a generation", "again"]);
    for (name, thousandths) in [("median", 500), ("longest", 1000)] {
        table.row([name, &shown(first.at(thousandths)), &shown(again.at(thousandths))]);
    }
    publisher.stop();
    table
}

/// Appends a request.
fn append(path: &Path, number: usize) {
    let at = jiff::Timestamp::now();
    let line = format!(
        r#"{{"type":"assistant","timestamp":"{at}","sessionId":"s-1","requestId":"r-{number}","message":{{"id":"m-{number}","model":"claude-opus-5","role":"assistant","type":"message","stop_reason":"end_turn","usage":{{"input_tokens":1,"output_tokens":2}}}}}}"#
    );
    let mut file = fs::OpenOptions::new().create(true).append(true).open(path).expect("a transcript");
    writeln!(file, "{line}").expect("a line");
}
