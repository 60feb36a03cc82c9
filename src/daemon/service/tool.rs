//! Runs a service manager's command and keeps its message on failure.

use std::ffi::{OsStr, OsString};
use std::io;
use std::process::{Command, Output, Stdio};

use super::error::ServiceError;

/// A manager's command, such as `systemctl`.
#[derive(Clone, Debug)]
pub struct Tool {
    program: OsString,
}

impl Tool {
    /// A command, by name or path.
    pub fn new(program: impl Into<OsString>) -> Self {
        Self { program: program.into() }
    }

    /// Fails if there is no such command.
    pub(super) fn require(&self) -> Result<(), ServiceError> {
        let path = std::path::Path::new(&self.program);
        let is_there = if path.components().count() > 1 {
            path.is_file()
        } else {
            let folders = std::env::var_os("PATH").unwrap_or_default();
            std::env::split_paths(&folders).any(|folder| folder.join(path).is_file())
        };
        if is_there { Ok(()) } else { Err(self.missing()) }
    }

    /// Runs it; it must succeed.
    pub(super) fn run(&self, arguments: &[OsString]) -> Result<(), ServiceError> {
        let output = self.output(arguments)?;
        if output.status.success() {
            return Ok(());
        }
        let said = if output.stderr.is_empty() { &output.stdout } else { &output.stderr };
        let said = String::from_utf8_lossy(said).trim().to_owned();
        let words = if said.is_empty() { output.status.to_string() } else { said };
        Err(ServiceError::Refused { command: self.words(arguments), words })
    }

    /// Runs it for its exit code.
    pub(super) fn succeeds(&self, arguments: &[OsString]) -> Result<bool, ServiceError> {
        self.output(arguments).map(|output| output.status.success())
    }

    /// The command as a user would type it.
    pub(super) fn words(&self, arguments: &[OsString]) -> String {
        let name = std::path::Path::new(&self.program).file_name().unwrap_or(&self.program);
        let words = std::iter::once(name).chain(arguments.iter().map(OsString::as_os_str));
        words.map(OsStr::to_string_lossy).collect::<Vec<_>>().join(" ")
    }

    fn output(&self, arguments: &[OsString]) -> Result<Output, ServiceError> {
        let run = Command::new(&self.program).args(arguments).stdin(Stdio::null()).output();
        run.map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => self.missing(),
            _ => ServiceError::io(&self.program, "run")(error),
        })
    }

    fn missing(&self) -> ServiceError {
        ServiceError::NoTool { name: self.program.to_string_lossy().into_owned() }
    }
}
