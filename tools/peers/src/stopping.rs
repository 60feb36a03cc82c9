//! A reader that is stopped inside a read, as by a debugger or by a machine without memory: what the writer does meanwhile, and
//! what the reader gets when it goes on.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, getpid, kill_process};

use crate::publisher::{Pace, Publisher};
use crate::system::{Outcome, System};

/// Times that a reader is stopped at a random moment, in which it does nothing but read, and for how long.
const STOPS: u32 = 20;
const STOP: Duration = Duration::from_millis(150);
/// Times that it is stopped at a chosen place inside, and for how long.
const STOPS_INSIDE: u32 = 3;
const STOP_INSIDE: Duration = Duration::from_secs(3);
/// How long a process may take to stop.
const PATIENCE: Duration = Duration::from_secs(20);

/// What stops showed.
pub(crate) struct Stopped {
    /// What a writer at full speed did while the reader was stopped.
    pub(crate) writes_a_second: f64,
    /// Its longest write then.
    pub(crate) longest: Duration,
    /// What the reader got, in words.
    pub(crate) got: String,
}

/// The reader's process. It reads until its input ends, or stops itself inside each read if the system lets it.
pub(crate) fn read<S: System>(folder: &Path) -> Outcome<()> {
    let mut reader = S::reader(folder)?;
    let input = std::thread::spawn(|| std::io::stdin().lines().count());
    let (mut whole, mut torn) = (0u64, 0u64);
    println!("ready");
    while !input.is_finished() {
        let mut said = None;
        let stop = || {
            println!("inside");
            said = kill_process(getpid(), Signal::STOP).err();
        };
        let read = S::all_with_a_stop(&mut reader, stop).unwrap_or_else(|| S::all(&mut reader));
        let read = read.map_err(|error| error.to_string())?;
        if let Some(error) = said {
            return Err(format!("cannot stop: {error}"));
        }
        *(if S::holds(&read) { &mut whole } else { &mut torn }) += 1;
    }
    println!("{whole} {torn}");
    Ok(())
}

/// Stops a reader beside a writer at full speed.
pub(crate) fn measure<S: System>(folder: &Path) -> Outcome<Stopped> {
    let folder = tempfile::tempdir_in(folder).map_err(|error| error.to_string())?;
    let mut publisher = Publisher::start::<S>(folder.path(), Pace::Full)?;
    let mut reader = Killed(start::<S>(folder.path())?);
    let child = &mut reader.0;
    let pid = Pid::from_raw(child.id().cast_signed()).expect("it runs");
    let mut lines = BufReader::new(child.stdout.take().expect("it is a pipe")).lines();
    let mut line = || lines.next().ok_or("the reader ended")?.map_err(|error| error.to_string());
    line()?;
    let stops_itself = {
        let mut reader = S::reader(folder.path())?;
        S::all_with_a_stop(&mut reader, || {}).is_some()
    };
    let (stops, stop) = if stops_itself { (STOPS_INSIDE, STOP_INSIDE) } else { (STOPS, STOP) };
    let signal =
        |signal| kill_process(pid, signal).map_err(|error| format!("cannot signal the reader: {error}"));
    let (mut writes, mut longest, mut time) = (0, Duration::ZERO, Duration::ZERO);
    for number in 0..stops {
        if stops_itself {
            line()?;
        } else {
            // A moment that depends on nothing: between reads there is nothing to be stopped in.
            std::thread::sleep(Duration::from_micros(1_000 + u64::from(number) * 137));
            signal(Signal::STOP)?;
        }
        wait_until_stopped(child.id())?;
        publisher.report()?;
        let began = Instant::now();
        std::thread::sleep(stop);
        let (made, longest_now) = publisher.report()?;
        time += began.elapsed();
        writes += made;
        longest = longest.max(longest_now);
        signal(Signal::CONT)?;
    }
    drop(child.stdin.take());
    let last = finish(child, line, signal, stops_itself)?;
    drop(publisher);
    S::clean(folder.path());
    let (whole, torn) = last.split_once(' ').ok_or_else(|| format!("the reader said {last:?}"))?;
    let got = match torn {
        "0" => "the value, whole".to_owned(),
        _ if whole == "0" => "a torn value".to_owned(),
        _ => format!("{torn} torn values, {whole} whole"),
    };
    #[allow(clippy::cast_precision_loss)] // for reading only
    let writes_a_second = writes as f64 / time.as_secs_f64();
    Ok(Stopped { writes_a_second, longest, got })
}

/// A stopped process does not see the end of its input, so it is killed whatever happens here.
struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        // It may have ended by itself, which its last line told.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn start<S: System>(folder: &Path) -> Outcome<Child> {
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let mut command = Command::new(program);
    command.args(["read", S::NAME]).arg(folder).stdin(Stdio::piped()).stdout(Stdio::piped());
    command.spawn().map_err(|error| format!("cannot start a reader: {error}"))
}

/// The last line of a reader whose input has ended. It may stop itself once more before it notices.
fn finish(
    child: &mut Child,
    mut line: impl FnMut() -> Outcome<String>,
    signal: impl Fn(Signal) -> Outcome<()>,
    stops_itself: bool,
) -> Outcome<String> {
    loop {
        let last = line()?;
        if last != "inside" {
            child.wait().map_err(|error| error.to_string())?;
            return Ok(last);
        }
        if stops_itself {
            wait_until_stopped(child.id())?;
            signal(Signal::CONT)?;
        }
    }
}

/// Waits until the system says that the process is stopped.
fn wait_until_stopped(pid: u32) -> Outcome<()> {
    let until = Instant::now() + PATIENCE;
    while Instant::now() < until {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).map_err(|error| error.to_string())?;
        if stat.rsplit(") ").next().is_some_and(|rest| rest.starts_with('T')) {
            return Ok(());
        }
        std::thread::sleep(Duration::from_micros(200));
    }
    Err("the reader did not stop".into())
}
