//! Torture for the snapshot: one publisher in a process of its own that commits at full speed, grows its file, is stopped
//! at random moments and inside slots and banks, killed and started again; and readers of every kind that check every value they get.
//!
//! Invariant: it ends with 0 only if no value was torn, none went back, and every kind of reader got values.

mod hold;
mod inside;
mod invariant;
mod publisher;
mod readers;
mod traced;
mod turmoil;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use clap::{Parser, Subcommand};

use readers::{KINDS, Met, Task, snapshot_in};
use turmoil::{Dangers, Ptrace};

#[derive(Debug, Parser)]
#[command(name = "cco-torture", about = "Try to get a wrong value out of a snapshot")]
struct Arguments {
    /// How long to try
    #[arg(long, value_name = "N", default_value_t = 10)]
    seconds: u64,
    /// Readers of each kind
    #[arg(long, value_name = "N", default_value_t = 1)]
    readers: usize,
    /// Also shorten and delete the file
    #[arg(long)]
    shorten: bool,
    /// Stop the publisher inside slots and banks, by ptrace
    #[arg(long, value_enum, value_name = "WHEN", default_value_t = Ptrace::Auto)]
    ptrace: Ptrace,
    /// What is done at which moment; another number, another run
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    #[command(subcommand)]
    role: Option<Role>,
}

#[derive(Debug, Subcommand)]
enum Role {
    /// The publisher, which the others are about
    #[command(hide = true)]
    Publish { path: PathBuf },
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let outcome = match &arguments.role {
        Some(Role::Publish { path }) => publisher::publish(path),
        None => torture(&arguments),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(what) => {
            eprintln!("cco-torture: {what}");
            ExitCode::FAILURE
        }
    }
}

fn torture(arguments: &Arguments) -> Result<(), String> {
    cco::snapshot::survive_shortened_files().map_err(|error| error.to_string())?;
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let path = snapshot_in(folder.path());
    let met: [Met; KINDS.len()] = Default::default();
    let over = AtomicBool::new(false);
    let began = Instant::now();
    let until = began + Duration::from_secs(arguments.seconds);
    let mut random = fastrand::Rng::with_seed(arguments.seed);
    let dangers = Dangers { shortens: arguments.shorten, ptrace: arguments.ptrace };
    let (deeds, failures) = std::thread::scope(|scope| {
        let rage = scope.spawn(|| {
            let deeds = turmoil::rage(&path, until, &over, dangers, &mut random);
            over.store(true, Ordering::Relaxed);
            deeds
        });
        while !path.exists() && !over.load(Ordering::Relaxed) {
            std::thread::sleep(Duration::from_millis(1));
        }
        let mut threads = Vec::new();
        for (kind, met) in KINDS.into_iter().zip(&met) {
            for _ in 0..arguments.readers {
                let task = Task { path: &path, kind, is_harmed: arguments.shorten, over: &over, met };
                threads.push(scope.spawn(move || {
                    // One wrong value is enough.
                    task.run().inspect_err(|_| task.over.store(true, Ordering::Relaxed))
                }));
            }
        }
        let failures: Vec<String> = threads
            .into_iter()
            .filter_map(|thread| thread.join().unwrap_or_else(|_| Err("a reader died".into())).err())
            .collect();
        (rage.join().unwrap_or_else(|_| Err("the turmoil died".into())), failures)
    });
    let commits = cco::snapshot::peek(&path).map_or(0, |look| look.totals.generation());
    let deeds = deeds.map_err(|what| with_failures(&failures, what))?;
    println!("{:.1} s, seed {}, newest commit {commits}", began.elapsed().as_secs_f64(), arguments.seed);
    println!(
        "publisher: {} stops at random ({} inside a slot, {} inside a bank), {} kills ({} inside a slot, {} inside a \
         bank), {} times shortened, {} times deleted",
        deeds.stops,
        deeds.inside_slots,
        deeds.inside_banks,
        deeds.kills,
        deeds.killed_in_slots,
        deeds.killed_in_banks,
        deeds.shortened,
        deeds.deleted
    );
    let held = &deeds.held;
    println!(
        "ptrace: held {} times inside a slot, {} times inside a bank, {} single steps there, {} times not reached; \
         looks there: {} whole, {} busy, {} harmed",
        held.slots, held.banks, held.steps, held.missed, held.whole, held.busy, held.harmed
    );
    let figure = |figure: &std::sync::atomic::AtomicU64| figure.load(Ordering::Relaxed);
    let mut idle = Vec::new();
    for (kind, met) in KINDS.into_iter().zip(&met) {
        println!(
            "{:14} {:>11} whole {:>8} busy {:>6} new files {:>7} harmed",
            format!("{kind:?}"),
            figure(&met.whole),
            figure(&met.busy),
            figure(&met.reopened),
            figure(&met.harmed)
        );
        if figure(&met.whole) == 0 {
            idle.push(format!("{kind:?} got no value"));
        }
    }
    let wrong = [failures, idle].concat();
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n")) }
}

/// What ended the turmoil, after what readers got wrong, which says more.
fn with_failures(failures: &[String], what: String) -> String {
    failures.iter().cloned().chain([what]).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_readers_got_wrong_is_told_although_the_turmoil_failed_too() {
        let failures = ["totals went back".to_owned()];
        assert_eq!(with_failures(&failures, "it died".into()), "totals went back\nit died");
    }

    #[test]
    fn turmoil_ends_when_a_reader_got_a_wrong_value() {
        let folder = tempfile::tempdir().unwrap();
        let dangers = Dangers { shortens: false, ptrace: Ptrace::Never };
        let until = Instant::now() + Duration::from_secs(60);
        let (over, mut random) = (AtomicBool::new(true), fastrand::Rng::with_seed(1));
        // This test program publishes nothing, so there is nothing to wait for but the end.
        turmoil::rage(&snapshot_in(folder.path()), until, &over, dangers, &mut random).unwrap();
        assert!(Instant::now() < until);
    }
}
