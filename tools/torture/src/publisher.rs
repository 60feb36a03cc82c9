//! The publisher: this program in a process of its own, which commits as fast as it can until it is killed.

use std::io;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use cco::snapshot::{WriteError, Writer, WriterOptions, survive_shortened_files};

use crate::invariant::{edit, health, publication};

/// The argument that makes this program a publisher.
pub(crate) const ROLE: &str = "publish";

/// A process that does not outlive this one's interest in it.
#[derive(Debug)]
pub(crate) struct Publisher(pub(crate) Child);

impl Publisher {
    /// Starts one for the snapshot at `path`.
    pub(crate) fn start(path: &Path) -> io::Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.arg(ROLE).arg(path).stdin(Stdio::null());
        command.spawn().map(Self)
    }

    /// Ends it by SIGKILL, and returns when it is gone.
    pub(crate) fn kill(&mut self) -> io::Result<()> {
        self.0.kill()?;
        self.0.wait().map(drop)
    }
}

impl Drop for Publisher {
    fn drop(&mut self) {
        // It may be gone already, which is as good.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Publishes until it is killed.
pub(crate) fn publish(path: &Path) -> Result<(), String> {
    let said = |error: &dyn std::error::Error| error.to_string();
    survive_shortened_files().map_err(|error| said(&error))?;
    let options = WriterOptions { zone: "UTC".into(), week_start: 0, program: "torture".into() };
    let mut writer = Writer::open(path, options).map_err(|error| said(&error))?;
    loop {
        let commit = writer.sequence() / 2 + 1;
        edit(writer.draft(), commit);
        writer.report(health(commit));
        match writer.commit(&publication(commit)) {
            Ok(generation) if generation == commit => {}
            Ok(generation) => return Err(format!("commit {commit} became {generation}")),
            // Someone else's file is at the path for a moment: the next commit tries again.
            Err(WriteError::Io { .. }) => {}
            Err(error) => return Err(said(&error)),
        }
    }
}
