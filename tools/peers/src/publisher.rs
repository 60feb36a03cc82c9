//! A publisher in a process of its own, and what it says of its writes.

use std::fmt;
use std::io::{BufRead, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use clap::ValueEnum;

use crate::system::{Outcome, System};

/// How often it publishes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Pace {
    /// Once, at the beginning.
    Idle,
    /// A thousand times a second.
    Often,
    /// Without a pause.
    Full,
}

impl Pace {
    /// All of them, in the order of the table.
    pub(crate) const ALL: [Self; 3] = [Self::Idle, Self::Often, Self::Full];
}

impl fmt::Display for Pace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Idle => "idle writer",
            Self::Often => "writer at 1 kHz",
            Self::Full => "writer at full speed",
        })
    }
}

/// Writes since the last report.
static WRITES: AtomicU64 = AtomicU64::new(0);
/// The longest of them, in nanoseconds.
static LONGEST: AtomicU64 = AtomicU64::new(0);
/// When the one that is being made began, in nanoseconds since the process did; 0 if none is.
static BEGAN: AtomicU64 = AtomicU64::new(0);

/// The process: publishes until its input ends, and answers each line of it with a report.
pub(crate) fn run<S: System>(folder: &Path, pace: Pace) -> Outcome<()> {
    let mut writer = S::writer(folder)?;
    S::write(&mut writer, 1)?;
    println!("ready");
    let start = Instant::now();
    let since_start = move || u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX);
    let asks = std::thread::spawn(move || {
        for line in std::io::stdin().lines() {
            if line.is_err() {
                break;
            }
            // A write that has not ended counts as well.
            let began = BEGAN.load(Ordering::Relaxed);
            let running = if began == 0 { 0 } else { since_start().saturating_sub(began) };
            let longest = LONGEST.swap(0, Ordering::Relaxed).max(running);
            println!("{} {longest}", WRITES.swap(0, Ordering::Relaxed));
        }
    });
    let mut number = 1;
    while !asks.is_finished() {
        match pace {
            Pace::Idle => std::thread::sleep(Duration::from_millis(5)),
            Pace::Often => std::thread::sleep(Duration::from_millis(1)),
            Pace::Full => {}
        }
        if pace != Pace::Idle {
            number += 1;
            let began = since_start();
            BEGAN.store(began.max(1), Ordering::Relaxed);
            S::write(&mut writer, number)?;
            BEGAN.store(0, Ordering::Relaxed);
            LONGEST.fetch_max(since_start() - began, Ordering::Relaxed);
            WRITES.fetch_add(1, Ordering::Relaxed);
        }
    }
    Ok(())
}

/// A handle on that process, which ends with it.
pub(crate) struct Publisher {
    child: Child,
    asks: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Publisher {
    /// Starts one, which has published when this returns.
    pub(crate) fn start<S: System>(folder: &Path, pace: Pace) -> Outcome<Self> {
        let program = std::env::current_exe().map_err(|error| error.to_string())?;
        let pace = pace.to_possible_value().expect("no pace is hidden");
        let mut command = Command::new(program);
        command.args(["publish", S::NAME]).arg(folder).arg(pace.get_name());
        let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut child = child.map_err(|error| format!("cannot start a publisher: {error}"))?;
        let asks = child.stdin.take();
        let answers = BufReader::new(child.stdout.take().expect("it is a pipe"));
        let mut publisher = Self { child, asks, answers };
        match publisher.line()?.as_str() {
            "ready" => Ok(publisher),
            other => Err(format!("the publisher of {} said {other:?}", S::NAME)),
        }
    }

    fn line(&mut self) -> Outcome<String> {
        let mut line = String::new();
        self.answers.read_line(&mut line).map_err(|error| error.to_string())?;
        Ok(line.trim_end().to_owned())
    }

    /// Writes since the last report, and the longest of them.
    pub(crate) fn report(&mut self) -> Outcome<(u64, Duration)> {
        let asks = self.asks.as_mut().expect("it is open until this is dropped");
        writeln!(asks).map_err(|error| error.to_string())?;
        let line = self.line()?;
        let numbers = line.split_once(' ').and_then(|(writes, longest)| {
            Some((writes.parse().ok()?, Duration::from_nanos(longest.parse().ok()?)))
        });
        numbers.ok_or_else(|| format!("the publisher said {line:?}"))
    }
}

impl Drop for Publisher {
    fn drop(&mut self) {
        drop(self.asks.take());
        let _ = self.child.wait();
    }
}
