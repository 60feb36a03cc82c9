//! Turns the errors of other modules into a message and the exit code that scripts rely on.

use std::error::Error;
use std::fmt;
use std::io;

use crate::causes::causes;
use crate::daemon::service::ServiceError;
use crate::daemon::{DaemonError, RunError};
use crate::ledger::LedgerError;
use crate::publish::{PublishError, TurnError, file_limit_note};
use crate::report::usage::ChoiceError;
use crate::serve::ServeError;
use crate::setup::SetupError;
/// Exit codes are those of the one list.
pub(crate) use crate::snapshot::Code as Exit;

/// A failed command.
#[derive(Debug)]
pub(crate) struct Failure {
    exit: Exit,
    error: Box<dyn Error>,
}

impl Failure {
    pub(crate) fn new(exit: Exit, error: impl Into<Box<dyn Error>>) -> Self {
        Self { exit, error: error.into() }
    }

    /// The exit code it ends with.
    pub(crate) fn exit(&self) -> Exit {
        self.exit
    }

    /// Whether the cause is a file system that cannot be written to.
    pub(crate) fn is_read_only(&self) -> bool {
        let mut next: Option<&(dyn Error + 'static)> = Some(&*self.error);
        while let Some(error) = next {
            let of_system = error.downcast_ref::<io::Error>();
            if of_system.is_some_and(|error| error.kind() == io::ErrorKind::ReadOnlyFilesystem) {
                return true;
            }
            next = error.source();
        }
        false
    }

    /// An error of the system, with what could not be done.
    pub(crate) fn io(what: &'static str) -> impl Fn(io::Error) -> Self + Copy {
        move |source| Self::new(Exit::Failed, SystemError { what, source })
    }

    pub(crate) fn output(error: io::Error) -> Self {
        Self::io("cannot write the output")(error)
    }
}

impl From<DaemonError> for Failure {
    /// With a publisher's own code if it ended at its start.
    fn from(error: DaemonError) -> Self {
        let exit = match &error {
            DaemonError::Foreign { .. } | DaemonError::Ended { code: Some(6), .. } => Exit::Locked,
            DaemonError::Ended { code: Some(2), .. } => Exit::Usage,
            DaemonError::Ended { code: Some(4), .. } => Exit::Missing,
            _ => Exit::Failed,
        };
        Self::new(exit, error)
    }
}

impl From<LedgerError> for Failure {
    fn from(error: LedgerError) -> Self {
        let exit = if matches!(error, LedgerError::Missing(_)) { Exit::Missing } else { Exit::Failed };
        Self::new(exit, error)
    }
}

impl From<ChoiceError> for Failure {
    fn from(error: ChoiceError) -> Self {
        match error {
            ChoiceError::Ambiguous(words) => Self::new(Exit::Usage, words),
            ChoiceError::Ledger(error) => error.into(),
            ChoiceError::Unknown(words) => Self::new(Exit::Missing, words),
        }
    }
}

impl From<ServeError> for Failure {
    fn from(error: ServeError) -> Self {
        let exit = if matches!(error, ServeError::Listen { .. } | ServeError::Begin(_)) {
            Exit::Failed
        } else {
            Exit::Usage
        };
        Self::new(exit, error)
    }
}

impl From<PublishError> for Failure {
    fn from(error: PublishError) -> Self {
        let exit = if error.is_locked() { Exit::Locked } else { Exit::Failed };
        match file_limit_note().filter(|_| error.is_of_files()) {
            Some(note) => Self::new(exit, format!("{}; {note}", causes(&error))),
            None => Self::new(exit, error),
        }
    }
}

impl From<RunError> for Failure {
    fn from(error: RunError) -> Self {
        match error {
            RunError::Publish(error) => error.into(),
            RunError::Serve(error) => error.into(),
            error => Self::new(Exit::Failed, error),
        }
    }
}

impl From<ServiceError> for Failure {
    fn from(error: ServiceError) -> Self {
        Self::new(Exit::Failed, error)
    }
}

impl From<TurnError> for Failure {
    fn from(error: TurnError) -> Self {
        match error {
            TurnError::Publish(error) => error.into(),
            error => Self::new(if error.is_locked() { Exit::Locked } else { Exit::Failed }, error),
        }
    }
}

impl From<SetupError> for Failure {
    fn from(error: SetupError) -> Self {
        let exit = match error {
            SetupError::NoHome | SetupError::Taken { .. } | SetupError::Extension { .. } => Exit::Usage,
            SetupError::NoFile { .. } | SetupError::NoExtension => Exit::Missing,
            _ => Exit::Failed,
        };
        Self::new(exit, error)
    }
}

/// The error with its causes.
impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", causes(&*self.error))
    }
}

/// An error of the system with what was being done.
#[derive(Debug)]
struct SystemError {
    what: &'static str,
    source: io::Error,
}

impl fmt::Display for SystemError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.what)
    }
}

impl Error for SystemError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.source)
    }
}
