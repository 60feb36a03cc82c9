//! ptrace of Linux, by `PTRACE_SEIZE`: the publisher notices nothing of it.
//!
//! On x86-64 the processor's debug registers stop it right after a store to a word of its file.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::ptrace;
use nix::sys::signal::Signal;
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;

use super::TraceError;
use crate::publisher::Publisher;

/// A publisher that this thread traces.
#[derive(Debug)]
pub(crate) struct Traced {
    pid: Pid,
    /// A signal that it was stopped for and has not received yet.
    signal: Option<Signal>,
}

fn failed(errno: Errno) -> TraceError {
    TraceError::Failed(format!("ptrace: {errno}"))
}

impl Traced {
    /// Begins to trace a publisher, which goes on meanwhile. It ends with this process.
    pub(crate) fn seize(publisher: &Publisher) -> Result<Self, TraceError> {
        let pid = i32::try_from(publisher.0.id()).map_err(|_| TraceError::Failed("no process id".into()))?;
        let pid = Pid::from_raw(pid);
        ptrace::seize(pid, ptrace::Options::PTRACE_O_EXITKILL).map_err(|errno| match errno {
            Errno::EPERM | Errno::EACCES | Errno::ENOSYS | Errno::EIO => {
                TraceError::Refused(errno.to_string())
            }
            other => failed(other),
        })?;
        Ok(Self { pid, signal: None })
    }

    /// Stops it, wherever it is.
    pub(crate) fn stop(&mut self) -> Result<(), TraceError> {
        ptrace::interrupt(self.pid).map_err(failed)?;
        self.await_stop()
    }

    /// Lets it run on.
    pub(crate) fn go_on(&mut self) -> Result<(), TraceError> {
        ptrace::cont(self.pid, self.signal.take()).map_err(failed)
    }

    /// Where it has mapped the file at `path`, to write to it; `None` if it has not.
    pub(crate) fn mapping_of(&self, path: &Path) -> io::Result<Option<u64>> {
        let inode = fs::metadata(path)?.ino().to_string();
        let maps = fs::read_to_string(format!("/proc/{}/maps", self.pid))?;
        let mapped = maps.lines().find_map(|line| {
            let mut fields = line.split_whitespace();
            let (range, how, offset) = (fields.next()?, fields.next()?, fields.next()?);
            let is_it = how == "rw-s" && offset.trim_start_matches('0').is_empty() && fields.nth(1)? == inode;
            let start = range.split('-').next().filter(|_| is_it)?;
            u64::from_str_radix(start, 16).ok()
        });
        Ok(mapped)
    }

    /// Has it stop after each store to one of these words, of 8 bytes each; at most four. Whether the processor does so.
    #[cfg(target_arch = "x86_64")]
    pub(crate) fn watch(&mut self, addresses: &[u64]) -> Result<bool, TraceError> {
        const CONTROL: usize = 7;
        let set = |register: usize, value: u64| {
            let offset = std::mem::offset_of!(nix::libc::user, u_debugreg) + register * size_of::<u64>();
            ptrace::write_user(self.pid, std::ptr::without_provenance_mut(offset), value.cast_signed())
        };
        // An address may only change while nothing watches it.
        let mut control = 0;
        let mut done = set(CONTROL, control);
        for (number, address) in addresses.iter().enumerate() {
            let (write, eight_bytes) = (0b01, 0b10 << 2);
            control |= 1 << (2 * number) | (write | eight_bytes) << (16 + 4 * number);
            done = done.and_then(|()| set(number, *address));
        }
        match done.and_then(|()| set(CONTROL, control)) {
            Ok(()) => Ok(!addresses.is_empty()),
            Err(Errno::ESRCH) => Err(failed(Errno::ESRCH)),
            // Some virtual machines have no such registers.
            Err(_) => Ok(false),
        }
    }

    /// Other processors are asked in other ways.
    #[cfg(not(target_arch = "x86_64"))]
    pub(crate) fn watch(&mut self, _: &[u64]) -> Result<bool, TraceError> {
        Ok(false)
    }

    /// Lets it run one instruction.
    pub(crate) fn step(&mut self) -> Result<(), TraceError> {
        ptrace::step(self.pid, self.signal.take()).map_err(failed)?;
        self.await_stop()
    }

    /// Leaves it alone; it runs on.
    pub(crate) fn release(mut self) -> Result<(), TraceError> {
        ptrace::detach(self.pid, self.signal.take()).map_err(failed)
    }

    /// Waits for it to stop by itself, at most for so long. Whether it did.
    pub(crate) fn stops_within(&mut self, patience: Duration) -> Result<bool, TraceError> {
        let until = Instant::now() + patience;
        loop {
            let flags = WaitPidFlag::__WALL | WaitPidFlag::WNOHANG;
            match waitpid(self.pid, Some(flags)).map_err(failed)? {
                WaitStatus::StillAlive if Instant::now() >= until => return Ok(false),
                WaitStatus::StillAlive => std::thread::sleep(Duration::from_micros(100)),
                stopped => return self.note(stopped).map(|()| true),
            }
        }
    }

    fn await_stop(&mut self) -> Result<(), TraceError> {
        let stopped = waitpid(self.pid, Some(WaitPidFlag::__WALL)).map_err(failed)?;
        self.note(stopped)
    }

    fn note(&mut self, stopped: WaitStatus) -> Result<(), TraceError> {
        match stopped {
            // A step, a watched store or an interruption.
            WaitStatus::Stopped(_, Signal::SIGTRAP) | WaitStatus::PtraceEvent(..) => Ok(()),
            WaitStatus::Stopped(_, signal) => {
                self.signal = Some(signal);
                Ok(())
            }
            ended => Err(TraceError::Failed(format!("the publisher ended by itself: {ended:?}"))),
        }
    }
}
