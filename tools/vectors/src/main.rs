//! `cco-vectors OUT` makes the vectors, `--live PATH` writes the live snapshot, `--conformance` answers as a reader.
//!
//! Invariant: exactly one of the three is asked for.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use cco_vectors::conformance;
use cco_vectors::live::{self, State};
use cco_vectors::vectors::{Vectors, write};
use clap::{ArgGroup, Parser, ValueEnum};

/// Makes the vectors for readers of snapshots, or a live snapshot that tortures them.
#[derive(Parser)]
#[command(group = ArgGroup::new("what").required(true).args(["out", "live", "conformance"]))]
struct Arguments {
    /// Make all vectors in this folder again: tests/vectors.
    out: Option<PathBuf>,
    /// Write a live snapshot to this path, at full speed.
    #[arg(long, value_name = "PATH")]
    live: Option<PathBuf>,
    /// Answer questions about snapshots from standard input, one JSON line each.
    #[arg(long)]
    conformance: bool,
    /// Kill the writer (SIGKILL) and restart it, repeatedly.
    #[arg(long, requires = "live")]
    kill: bool,
    /// Do one thing instead of all in turn.
    #[arg(long, requires = "live", value_name = "STATE")]
    only: Option<Only>,
    /// Stop after N seconds.
    #[arg(long, requires = "live", value_name = "N")]
    seconds: Option<u64>,
    /// Commits per second; as many as possible by default.
    #[arg(long, requires = "live", value_name = "HZ", value_parser = clap::value_parser!(u32).range(1..))]
    pace: Option<u32>,
    /// End when the standard input does.
    #[arg(long, requires = "live", hide = true)]
    child: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Only {
    /// Commit into one file.
    Commits,
    /// Outgrow the file again and again.
    Growth,
    /// Stop, restart, and start new lineages.
    Replacement,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("cco-vectors: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<(), String> {
    if let Some(out) = &arguments.out {
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        let files = Vectors::make(folder.path())?.files()?;
        return write(out, &files).map_err(|error| format!("{}: {error}", out.display()));
    }
    let Some(path) = &arguments.live else {
        return conformance::run(std::io::stdin().lock(), std::io::stdout().lock());
    };
    let options = live::Options {
        path: path.clone(),
        only: arguments.only.map(|only| match only {
            Only::Commits => State::Commits,
            Only::Growth => State::Growth,
            Only::Replacement => State::Replacement,
        }),
        pace: arguments.pace,
        until: arguments.seconds.map(|seconds| Instant::now() + Duration::from_secs(seconds)),
        is_child: arguments.child,
    };
    if !arguments.kill {
        return live::run(&options);
    }
    // A child does what this does, but for the killing.
    let mut child = vec!["--child".to_owned()];
    child.extend(std::env::args().skip(1).filter(|argument| argument != "--kill" && argument != "--child"));
    let kills = live::kill(&options, &child)?;
    println!("{kills} writers killed");
    Ok(())
}
