//! A `cco publish` of the benchmark's own: started, read, measured and ended.

use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use cco::snapshot::Reader;

use super::program::{cco, is_complete, memory_kb};
use super::times::Times;

/// A publisher at work; killed if the benchmark gives up.
pub(crate) struct Publisher {
    child: Child,
    folder: PathBuf,
    roots: [PathBuf; 2],
    snapshot: PathBuf,
}

impl Publisher {
    /// Starts one with its state below `folder`, on a root to read and a root to append to; returns once its totals
    /// are complete.
    pub(crate) fn start(folder: &Path, root: &Path, appended: &Path) -> Self {
        let state = folder.join("state");
        let child = cco(&["publish"], folder, root, &state)
            .arg("--root")
            .arg(appended)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("a publisher");
        let snapshot = state.join("usage.snapshot");
        let publisher =
            Self { child, folder: folder.into(), roots: [root.into(), appended.into()], snapshot };
        let began = Instant::now();
        while !is_complete(&publisher.snapshot, publisher.child.id()) {
            assert!(began.elapsed() < Duration::from_secs(600), "nothing was published");
            std::thread::sleep(Duration::from_micros(200));
        }
        publisher
    }

    /// Ends it and starts another, some times over: from the start of a process to complete totals, with nothing
    /// changed meanwhile.
    pub(crate) fn started_anew(self, times: usize) -> (Self, Times) {
        let (folder, roots) = (self.folder.clone(), self.roots.clone());
        let mut publisher = self;
        let mut taken = Times::default();
        for _ in 0..times {
            publisher.stop();
            let began = Instant::now();
            publisher = Self::start(&folder, &roots[0], &roots[1]);
            taken.push(began.elapsed());
        }
        (publisher, taken)
    }

    /// Returns once it has used no processor time for a second: what it had to do is done.
    pub(crate) fn await_quiet(&self) {
        let mut before = None;
        while before != Some(self.processor_time()) {
            before = Some(self.processor_time());
            std::thread::sleep(Duration::from_secs(1));
        }
    }

    /// Which part of a core it takes while nothing happens, in percent.
    pub(crate) fn idle_percent(&self, watched: Duration) -> f64 {
        self.await_quiet();
        let before = self.processor_time();
        std::thread::sleep(watched);
        let used = self.processor_time() - before;
        100.0 * used.as_secs_f64() / watched.as_secs_f64()
    }

    pub(crate) fn snapshot(&self) -> &Path {
        &self.snapshot
    }

    pub(crate) fn reader(&self) -> Reader {
        Reader::open(&self.snapshot).expect("a snapshot")
    }

    /// Memory it holds, in MB.
    pub(crate) fn resident_mb(&self) -> f64 {
        self.memory_mb("VmRSS:")
    }

    /// The most it ever held, in MB.
    pub(crate) fn peak_mb(&self) -> f64 {
        self.memory_mb("VmHWM:")
    }

    #[allow(clippy::cast_precision_loss)] // for reading only
    fn memory_mb(&self, field: &str) -> f64 {
        memory_kb(self.child.id(), field).expect("a process") as f64 * 1024.0 / 1e6
    }

    /// Processor time used so far, in user and system.
    fn processor_time(&self) -> Duration {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).expect("a process");
        // The fields behind the name, which may hold spaces: utime and stime are the 14th and 15th of all.
        let (_, fields) = stat.rsplit_once(')').expect("fields behind the name");
        let ticks: u64 = fields
            .split_whitespace()
            .skip(11)
            .take(2)
            .map(|field| field.parse::<u64>().expect("ticks"))
            .sum();
        Duration::from_millis(ticks * 10)
    }

    /// Ends it cleanly.
    pub(crate) fn stop(mut self) {
        let pid = i32::try_from(self.child.id()).ok().and_then(rustix::process::Pid::from_raw);
        let pid = pid.expect("a process id");
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).expect("the publisher is there");
        self.child.wait().expect("an end");
    }
}

impl Drop for Publisher {
    fn drop(&mut self) {
        // It has ended already where it was stopped.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
