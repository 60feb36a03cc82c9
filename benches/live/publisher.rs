//! A `cco publish` of the benchmark's own: started, read, measured and ended.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use cco::snapshot::{Reader, ScanState};

/// A publisher at work; killed if the benchmark gives up.
pub(crate) struct Publisher {
    child: Child,
    snapshot: PathBuf,
}

impl Publisher {
    /// Starts one and returns once its totals are complete.
    pub(crate) fn start(folder: &Path, root: &Path) -> Self {
        let state = folder.join("state");
        let child = Command::new(env!("CARGO_BIN_EXE_cco"))
            .env_clear()
            .env("HOME", folder)
            .args(["publish", "--timezone", "UTC", "--root"])
            .arg(root)
            .arg("--state")
            .arg(&state)
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("a publisher");
        let publisher = Self { child, snapshot: state.join("usage.snapshot") };
        let deadline = Instant::now() + Duration::from_secs(300);
        while !publisher.is_complete() {
            assert!(Instant::now() < deadline, "nothing was published");
            std::thread::sleep(Duration::from_micros(200));
        }
        publisher
    }

    /// Whether the snapshot is this process's, and complete.
    fn is_complete(&self) -> bool {
        Reader::open(&self.snapshot).is_ok_and(|mut reader| {
            reader.identity().writer_pid == self.child.id()
                && reader.totals().is_ok_and(|totals| totals.scan_state() == ScanState::Complete)
        })
    }

    pub(crate) fn reader(&self) -> Reader {
        Reader::open(&self.snapshot).expect("a snapshot")
    }

    pub(crate) fn resident_mb(&self) -> f64 {
        self.status_mb("VmRSS:")
    }

    pub(crate) fn peak_mb(&self) -> f64 {
        self.status_mb("VmHWM:")
    }

    fn status_mb(&self, field: &str) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("a process");
        let kilobytes =
            status.lines().find_map(|line| line.strip_prefix(field)?.split_whitespace().next()?.parse().ok());
        kilobytes.map_or(f64::NAN, |kilobytes: f64| kilobytes * 1024.0 / 1e6)
    }

    /// Processor time used so far, in user and system.
    pub(crate) fn processor_time(&self) -> Duration {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).expect("a process");
        // The fields behind the name, which may hold spaces: utime and stime are the 14th and 15th of all.
        let fields = stat.rsplit_once(')').map_or("", |(_, fields)| fields);
        let ticks: u64 =
            fields.split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
        Duration::from_millis(ticks * 10)
    }

    /// Ends it cleanly.
    pub(crate) fn stop(mut self) {
        let asked = Command::new("kill").arg(self.child.id().to_string()).status().expect("kill");
        assert!(asked.success(), "the publisher is gone");
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
