//! A `cco serve` of the benchmark's own.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};

use super::program::{cco, memory_kb};

/// A server at work; killed if the benchmark gives up.
pub(crate) struct Server {
    child: Child,
    pub(crate) port: u16,
}

impl Server {
    /// Starts one beside the publisher whose state is below `folder`; returns once clients can connect.
    pub(crate) fn start(folder: &Path, root: &Path) -> Self {
        let mut command = cco(&["serve", "127.0.0.1:0"], folder, root, &folder.join("state"));
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("a server");
        let mut said = String::new();
        BufReader::new(child.stdout.take().expect("its output")).read_line(&mut said).expect("an address");
        let port = said.trim().trim_end_matches('/').rsplit(':').next().and_then(|port| port.parse().ok());
        Self { child, port: port.expect("a port") }
    }

    /// Memory it holds, in MB.
    #[allow(clippy::cast_precision_loss)] // for reading only
    pub(crate) fn resident_mb(&self) -> f64 {
        memory_kb(self.child.id(), "VmRSS:").expect("a process") as f64 * 1024.0 / 1e6
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
