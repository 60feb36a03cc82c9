//! Where the program's log goes: a publisher's to stderr or its file, other commands' to stderr if asked for.
//!
//! Invariant: the log never mixes with what was asked for on stdout; an event is one line, without hostile
//! characters. The filter is `CCO_LOG`, else the config file's `log`, else `info`.

use std::io;
use std::path::Path;
use std::sync::Mutex;

use tracing_subscriber::EnvFilter;

use super::{Exit, Failure};
use crate::daemon::RotatingFile;
use crate::plain_text;

/// Begins the log of a command that ends by itself: only where `CCO_LOG` asks for it.
pub(super) fn begin() -> Result<(), Failure> {
    wanted().map_or(Ok(()), |directives| to_stderr(&directives))
}

/// Begins the log of a command that goes on: warnings, if `CCO_LOG` asks for nothing else.
pub(super) fn begin_with_warnings() -> Result<(), Failure> {
    to_stderr(wanted().as_deref().unwrap_or("warn"))
}

fn wanted() -> Option<String> {
    std::env::var("CCO_LOG").ok().filter(|directives| !directives.is_empty())
}

/// Checks a log filter.
pub(super) fn check(directives: &str) -> Result<(), Failure> {
    filter(directives).map(drop)
}

/// Logs to stderr from now on.
pub(super) fn to_stderr(directives: &str) -> Result<(), Failure> {
    use std::io::IsTerminal as _;
    let filter = filter(directives)?;
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none())
        .with_writer(|| SafeLines(io::stderr()))
        .try_init()
        .map_err(|error| Failure::new(Exit::Failed, error.to_string()))
}

/// Logs to the file at `path` from now on, which is put aside when it is full. Panics are logged too.
pub(super) fn to_file(path: &Path, directives: &str) -> Result<(), Failure> {
    let filter = filter(directives)?;
    let file = RotatingFile::open(path).map_err(Failure::io("cannot open the log"))?;
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(false)
        .with_writer(Mutex::new(SafeLines(file)))
        .try_init()
        .map_err(|error| Failure::new(Exit::Failed, error.to_string()))?;
    let print = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        tracing::error!("{panic}");
        print(panic);
    }));
    Ok(())
}

/// Writes each event as one safe line: names and errors in it come from strangers.
struct SafeLines<W>(W);

impl<W: io::Write> io::Write for SafeLines<W> {
    /// Takes a whole event, as the subscriber writes it.
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        self.0.write_all(plain_text::log_line(&String::from_utf8_lossy(event)).as_bytes())?;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

fn filter(directives: &str) -> Result<EnvFilter, Failure> {
    EnvFilter::try_new(directives).map_err(|_| {
        Failure::new(
            Exit::Usage,
            format!(
                "invalid log filter {directives:?}: set CCO_LOG, or log in the config file, to error, warn, info, \
                 debug, trace or directives such as info,cco::ingest=debug"
            ),
        )
    })
}
