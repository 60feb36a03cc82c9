//! Programs in process groups: each can be ended with everything that it started.
//!
//! Invariants: a group is signalled only while its first process has not been waited for, so no other group can have its
//! number. No group outlives this process if one of [`SIGNALS`] ends it; a signal that is ignored stays ignored.

use std::io;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, ExitStatus};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Mutex, MutexGuard, Once, PoisonError};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use signal_hook::low_level::emulate_default_handler;

/// The signals by which bars, terminals and Claude Code end this process.
const SIGNALS: [i32; 3] = [SIGHUP, SIGINT, SIGTERM];

/// The groups whose first process has not been waited for.
static RUNNING: Mutex<Vec<Pid>> = Mutex::new(Vec::new());

fn running() -> MutexGuard<'static, Vec<Pid>> {
    // A list of numbers is whole whatever panicked.
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A program that runs, with everything that it started and that did not leave its group.
pub(super) struct Group {
    pub(super) first: Child,
    id: Option<Pid>,
    exited: Receiver<()>,
}

impl Group {
    /// Starts a program in a group of its own.
    pub(super) fn start(command: &mut Command) -> io::Result<Self> {
        static TAKE_SIGNALS: Once = Once::new();
        TAKE_SIGNALS.call_once(|| {
            // If it fails, a program that runs when this process is ended goes on until it is done.
            let _ = take_signals();
        });
        // Before there is a program, so that none is left over if there is no room for a thread.
        let (tell, exited) = watch()?;
        // Locked until it is listed, so that a signal cannot come in between.
        let mut running = running();
        let first = command.process_group(0).spawn()?;
        let id = i32::try_from(first.id()).ok().and_then(Pid::from_raw);
        running.extend(id);
        // The thread waits for it.
        let _ = tell.send(id);
        Ok(Self { exited, first, id })
    }

    /// Waits until the first process has ended, but not longer than this. Whether it has.
    pub(super) fn ends_by(&self, deadline: Instant) -> bool {
        let left = deadline.saturating_duration_since(Instant::now());
        self.exited.recv_timeout(left) != Err(RecvTimeoutError::Timeout)
    }

    /// Kills what is left of the group. How the first process ended; `None` if even killing does not end it within this time.
    pub(super) fn end(mut self, within: Duration) -> Option<io::Result<ExitStatus>> {
        if let Some(id) = self.id {
            // An error says that nobody is left to kill.
            let _ = kill_process_group(id, Signal::KILL);
        }
        let has_ended = self.ends_by(Instant::now() + within);
        running().retain(|id| Some(*id) != self.id);
        if has_ended {
            return Some(self.first.wait());
        }
        // Somebody must wait for it, or it would stay as a zombie while this process runs.
        std::thread::spawn(move || self.first.wait());
        None
    }
}

/// Says when the process that it is given has ended, and leaves it to be waited for.
fn watch() -> io::Result<(Sender<Option<Pid>>, Receiver<()>)> {
    let (tell, told) = channel();
    let (sender, exited) = channel();
    std::thread::Builder::new().spawn(move || {
        // Nothing comes if the program cannot be started.
        if let Ok(Some(process)) = told.recv() {
            let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
            while waitid(WaitId::Pid(process), options).is_err_and(|error| error == rustix::io::Errno::INTR) {
            }
        }
        // Nobody listens any more if it took too long.
        let _ = sender.send(());
    })?;
    Ok((tell, exited))
}

/// Kills all groups before a signal ends this process.
fn take_signals() -> io::Result<()> {
    let (tell, told) = channel();
    // The thread comes first: without it a signal would be taken and mean nothing.
    std::thread::Builder::new().name("signals".into()).spawn(move || {
        let signals = Signals::new(SIGNALS.into_iter().filter(|signal| !is_ignored(*signal)));
        let (taken, mut signals) = match signals {
            Ok(signals) => (Ok(()), Some(signals)),
            Err(error) => (Err(error), None),
        };
        // It is waited for.
        let _ = tell.send(taken);
        for signal in signals.iter_mut().flat_map(|signals| signals.forever()) {
            let running = running();
            for id in running.iter() {
                // An error says that nobody is left to kill.
                let _ = kill_process_group(*id, Signal::KILL);
            }
            // Still locked, so that nothing starts now. If it fails, whoever sent the signal has to kill.
            let _ = emulate_default_handler(signal);
        }
    })?;
    told.recv().map_err(io::Error::other)?
}

/// Whether a signal is ignored, as `nohup` has it. Only Linux says so without unsafe code; elsewhere none counts as ignored.
fn is_ignored(signal: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask =
        status.lines().find_map(|line| u64::from_str_radix(line.strip_prefix("SigIgn:")?.trim(), 16).ok());
    mask.is_some_and(|mask| mask >> (signal - 1) & 1 == 1)
}
