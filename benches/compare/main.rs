//! What users wait for, beside what the machine allows and beside what they run today: one run, one table.
//!
//! ```text
//! cargo bench --bench compare
//! CCO_BENCH_PEER=/path/to/ccusage     the peer [default: ccusage in PATH; without one its columns stay empty]
//! CCO_BENCH_PEEK=/path/to/cco-peek    another build of cco-peek to time as well, such as the static one
//! CCO_BENCH_BYTES, CCO_BENCH_FILES    the corpus [default: 1.2 GB in 2,500 transcripts]
//! CCO_BENCH_CORPUS=DIR                one that is there already
//! CCO_BENCH_ROUNDS                    turns of the long runs [default: 7]
//! ```
//!
//! Both sides take turns, so that what else the machine does meets both; medians are printed, never judged.

mod limit;
mod run;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use run::{Cold, cold, median, quick, wall};

/// Turns of the short runs.
const QUICK_ROUNDS: usize = 300;

fn main() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let root = corpus_in(folder.path());
    let peer = peer();
    let rounds = number("CCO_BENCH_ROUNDS").unwrap_or(7);
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let files = limit::files_below(&root);
    let bytes: u64 = files.iter().map(|(_, bytes)| bytes).sum();
    println!("{} files, {} MB, {threads} threads, {rounds} turns; medians\n", files.len(), bytes / 1_000_000);

    let mut turns = Turns::default();
    for turn in 0..=rounds {
        let seen = Turn::take(folder.path(), &root, peer.as_deref(), &files, threads);
        // The first only warms the page cache.
        if turn > 0 {
            turns.0.push(seen);
        }
    }
    turns.print(bytes);
    processes(folder.path(), &root, peer.as_deref());
}

/// One turn of everything that reads the whole corpus.
#[derive(Debug)]
struct Turn {
    limit: Duration,
    cold: Cold,
    warm: Duration,
    peer: Option<(Duration, u64)>,
}

#[derive(Default)]
struct Turns(Vec<Turn>);

impl Turn {
    fn take(home: &Path, root: &Path, peer: Option<&Path>, files: &[(PathBuf, u64)], threads: usize) -> Self {
        let limit = limit::newlines(files, threads);
        let state = home.join("state");
        if state.exists() {
            std::fs::remove_dir_all(&state).expect("the last turn's state");
        }
        let cold = cold(home, root, &state);
        let warm = wall(&mut run::once(home, root, &state)).0;
        let peer = peer.map(|peer| wall(&mut run::daily(home, root, peer)));
        Self { limit, cold, warm, peer }
    }
}

impl Turns {
    fn print(&self, bytes: u64) {
        let of = |time: fn(&Turn) -> Duration| median(self.0.iter().map(time).collect());
        let peer = self.0.iter().all(|turn| turn.peer.is_some()).then(|| {
            let times = self.0.iter().filter_map(|turn| turn.peer.map(|(time, _)| time));
            let peak = self.0.iter().filter_map(|turn| turn.peer.map(|(_, peak)| peak)).max();
            (median(times.collect()), peak.unwrap_or(0))
        });
        let limit = of(|turn| turn.limit);
        let beside_peer = |time: Duration| match peer {
            Some((theirs, _)) => format!("{:.1} times faster", theirs.as_secs_f64() / time.as_secs_f64()),
            None => "not installed".into(),
        };
        println!("| the whole corpus | median | beside counting newlines | beside ccusage daily |");
        println!("|---|---:|---:|---:|");
        let row = |what: &str, time: Duration| {
            let share = time.as_secs_f64() / limit.as_secs_f64();
            println!("| {what} | {} ms | {share:.1} | {} |", time.as_millis(), beside_peer(time));
        };
        row("cold, to the first complete snapshot", of(|turn| turn.cold.complete));
        row("cold, to the end with the ledger committed", of(|turn| turn.cold.end));
        row("again with nothing changed, whole process", of(|turn| turn.warm));
        #[allow(clippy::cast_precision_loss)] // for reading only
        let rate = bytes as f64 / limit.as_secs_f64() / (1u64 << 30) as f64;
        println!(
            "| reading and counting newlines, as many threads | {} ms | 1 ({rate:.1} GiB/s) | |",
            limit.as_millis()
        );
        if let Some((theirs, _)) = peer {
            println!(
                "| ccusage claude daily --offline --json | {} ms | {:.1} | 1 |",
                theirs.as_millis(),
                theirs.as_secs_f64() / limit.as_secs_f64()
            );
        }
        let ours = self.0.iter().map(|turn| turn.cold.peak_kb).max().unwrap_or(0);
        let theirs = peer.map_or_else(|| "not installed".into(), |(_, kb)| format!("{} MB", kb / 1000));
        println!("| peak memory of the cold run | {} MB | | {theirs} |\n", ours / 1000);
    }
}

/// Processes that a status line or a script starts again and again.
fn processes(home: &Path, root: &Path, peer: Option<&Path>) {
    let snapshot = home.join("state/usage.snapshot");
    let peek = |program: &Path| {
        let mut command = Command::new(program);
        command.args(["--field", "totals.cost_usd", "--snapshot"]).arg(&snapshot);
        command
    };
    let mut commands = vec![
        ("/bin/true".to_owned(), Command::new("/bin/true"), None),
        ("cco-peek --field".into(), peek(Path::new(env!("CARGO_BIN_EXE_cco-peek"))), None),
    ];
    if let Some(other) = std::env::var_os("CCO_BENCH_PEEK").map(PathBuf::from) {
        commands.push((format!("{} --field", other.display()), peek(&other), None));
    }
    let input = run::status_input(root);
    let mut line = Command::new(env!("CARGO_BIN_EXE_cco-peek"));
    line.args(["statusline", "--snapshot"]).arg(&snapshot);
    commands.push(("cco-peek statusline".into(), line, Some(input.clone())));
    if let Some(peer) = peer {
        let mut line = Command::new(peer);
        line.args(["statusline", "--offline"]);
        commands.push(("ccusage statusline, cached".into(), line, Some(input)));
    }
    for (_, command, _) in &mut commands {
        command.env_clear().env("HOME", home).env("CLAUDE_CONFIG_DIR", root).env("TMPDIR", home);
    }
    let mut times = vec![Vec::new(); commands.len()];
    for _ in 0..QUICK_ROUNDS {
        for ((_, command, input), times) in commands.iter_mut().zip(&mut times) {
            times.push(quick(command, input.as_deref()));
        }
    }
    let medians: Vec<Duration> = times.into_iter().map(median).collect();
    println!("| a process, {QUICK_ROUNDS} turns | median | beside /bin/true |\n|---|---:|---:|");
    for ((name, ..), time) in commands.iter().zip(&medians) {
        let share = time.as_secs_f64() / medians[0].as_secs_f64();
        println!("| {name} | {:.2} ms | {share:.2} |", time.as_secs_f64() * 1e3);
    }
}

fn corpus_in(folder: &Path) -> PathBuf {
    if let Some(made) = std::env::var_os("CCO_BENCH_CORPUS") {
        return made.into();
    }
    let root = folder.join("root");
    let spec = corpus::Spec {
        bytes: number("CCO_BENCH_BYTES").unwrap_or(1_200_000_000),
        files: number("CCO_BENCH_FILES").unwrap_or(2500),
        ..corpus::Spec::default()
    };
    corpus::generate(&spec, &root).expect("a corpus");
    root
}

fn peer() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("CCO_BENCH_PEER") {
        return Some(named.into());
    }
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join("ccusage")).find(|program| program.is_file())
}

fn number<T: std::str::FromStr>(variable: &str) -> Option<T> {
    std::env::var(variable).ok()?.parse().ok()
}
