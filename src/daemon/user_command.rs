//! Runs a command of the user's, for a budget or an alert.
//!
//! Invariant: neither the command nor its process group outlives its timeout. It gets no input, and its stdout is
//! discarded. Values reach it in the environment only, never in a shell's words, because names can hold anything.

use std::fmt;
use std::io;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

use crate::config::Command;

/// How often to check whether it has ended.
pub(super) const CHECK_EVERY: Duration = Duration::from_millis(20);
/// Time it still has when the publisher ends.
const GRACE: Duration = Duration::from_secs(2);

/// Variables for a command, and their values.
pub(super) type Variables = Vec<(&'static str, String)>;

/// Why a command failed.
#[derive(Debug)]
pub(super) enum CommandError {
    /// It could not be started.
    Io(io::Error),
    /// It ended with another status than 0.
    Ended(ExitStatus),
    /// It exceeded its timeout and was ended.
    Late(Duration),
}

impl fmt::Display for CommandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => write!(f, "cannot run the command: {error}"),
            Self::Ended(status) => status.fmt(f),
            Self::Late(time) => {
                write!(f, "killed after {}s; to allow more: command_timeout_seconds", time.as_secs())
            }
        }
    }
}

/// Runs the command to its end. `pause` sleeps for a time; it returns false if the publisher ends.
pub(super) fn run(
    command: &Command,
    variables: Variables,
    timeout: Duration,
    pause: impl Fn(Duration) -> bool,
) -> Result<(), CommandError> {
    let mut child = begin(command, variables).map_err(CommandError::Io)?;
    let began = Instant::now();
    let mut time = timeout;
    loop {
        if let Some(status) = child.try_wait().map_err(CommandError::Io)? {
            return if status.success() { Ok(()) } else { Err(CommandError::Ended(status)) };
        }
        if began.elapsed() >= time {
            end(&mut child).map_err(CommandError::Io)?;
            return Err(CommandError::Late(time));
        }
        if !pause(CHECK_EVERY) {
            time = time.min(began.elapsed() + GRACE);
            std::thread::sleep(CHECK_EVERY);
        }
    }
}

fn begin(command: &Command, variables: Variables) -> io::Result<Child> {
    let mut process = match command {
        Command::Shell(line) => {
            let mut process = std::process::Command::new("/bin/sh");
            process.args(["-c", line]);
            process
        }
        Command::Program(words) => {
            let mut process = std::process::Command::new(words.first().map_or("", |word| word));
            process.args(words.iter().skip(1));
            process
        }
    };
    process
        .envs(variables.into_iter().map(|(name, text)| (name, value(&text))))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .process_group(0)
        .spawn()
}

/// A name as the value of a variable, which ends at a zero byte.
fn value(name: &str) -> String {
    name.replace('\0', "\u{fffd}")
}

/// Ends the command and everything it started.
fn end(child: &mut Child) -> io::Result<()> {
    if let Some(group) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
        kill_process_group(group, Signal::KILL)?;
    }
    child.wait().map(|_| ())
}
