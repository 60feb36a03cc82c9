//! `cco-peek`: the totals of a snapshot, at once and without a publisher's help.
//!
//! A table of contents: parse, look, print, exit code. Invariant: it only reads
//! (`--ensure` has `cco` do the rest), and what it prints belongs to
//! one commit. Exit codes: 0 live, 1 failure, 2 usage, 3 values that may not be current, 4 no snapshot, 5 not a
//! snapshot (or one of an unsupported version).

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::Duration;

use cco::report::document::{Document, Tables};
use cco::report::field::Field;
use cco::report::summary::{summary, watch_line};
use cco::report::{View, Want};
use cco::snapshot::{OpenError, PeekError, ReadError, Reader, Wait, default_path};
use clap::{CommandFactory as _, Parser, error::ErrorKind};

/// Shows what Claude Code used, from the snapshot that a publisher keeps current.
#[derive(Debug, Parser)]
#[command(
    version,
    about,
    after_help = "\
Exit codes: 0 values are current; 3 values may not be current (why is on stderr); 4 no snapshot;
5 not a snapshot or an unsupported version; 2 wrong usage; 1 anything else."
)]
struct Arguments {
    /// Snapshot to read [default: usage.snapshot in the state folder]
    #[arg(long, value_name = "FILE", env = "CCO_SNAPSHOT")]
    snapshot: Option<PathBuf>,
    /// Print everything as JSON
    #[arg(long)]
    json: bool,
    /// Print one value of the JSON, such as totals.cost_usd
    #[arg(long, value_name = "PATH", conflicts_with = "json")]
    field: Option<Field>,
    /// Start the publisher first, where none runs, and wait for its first publish
    #[arg(long)]
    ensure: bool,
    /// How long --ensure waits at most
    #[arg(long, value_name = "SECONDS", default_value_t = 10, requires = "ensure")]
    ensure_timeout: u64,
    /// Go on, with a line for each change
    #[arg(long)]
    watch: bool,
    /// Add the newest sessions to the JSON
    #[arg(long, requires = "json")]
    sessions: bool,
    /// Add all days to the JSON
    #[arg(long, requires = "json")]
    days: bool,
    /// Add the last 31 days' hours to the JSON
    #[arg(long, requires = "json")]
    hours: bool,
    /// Add the history of the totals to the JSON
    #[arg(long, requires = "json")]
    history: bool,
}

const FAILURE: u8 = 1;
const USAGE: u8 = 2;
const NOT_CURRENT: u8 = 3;
const NO_SNAPSHOT: u8 = 4;
const NOT_A_SNAPSHOT: u8 = 5;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(&arguments) {
        Ok(code) => ExitCode::from(code),
        Err(Failure::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(failure) => {
            report(&failure);
            ExitCode::from(failure.code())
        }
    }
}

fn run(arguments: &Arguments) -> Result<u8, Failure> {
    let path = arguments.snapshot.clone().or_else(default_path).ok_or(Failure::NoHome)?;
    if arguments.ensure {
        ensure(arguments, &path);
    }
    if arguments.watch {
        return watch(arguments, &path);
    }
    let view = View::once(&path, arguments.want(), now())?;
    let text = arguments.text(&view)?;
    print(&text)?;
    Ok(note_staleness(&view))
}

/// Has `cco` start a publisher unless one is live. Where that fails the reason goes to stderr, and what the
/// snapshot holds is shown as without it.
fn ensure(arguments: &Arguments, path: &Path) {
    if cco::snapshot::peek(path).is_ok_and(|peek| peek.freshness.is_live()) {
        return;
    }
    let patience = arguments.ensure_timeout.to_string();
    let program = publisher();
    let mut command = Command::new(&program);
    command.args(["daemon", "start", "--wait", &patience]).stdin(Stdio::null()).stdout(Stdio::null());
    if let Some(snapshot) = &arguments.snapshot {
        command.arg("--snapshot").arg(snapshot);
    }
    // What it says on stderr says why: it is shown as it comes.
    if let Err(error) = command.status() {
        let _ = writeln!(
            anstream::stderr(),
            "cco-peek: cannot start a publisher with {}: {error}: install cco beside cco-peek or in PATH",
            program.display()
        );
    }
}

/// The `cco` that stands beside this program, else the one in `PATH`.
fn publisher() -> PathBuf {
    let own = std::env::current_exe().ok();
    let beside = own.map(|own| own.with_file_name("cco")).filter(|program| program.is_file());
    beside.unwrap_or_else(|| "cco".into())
}

/// Prints a line for each change until nobody reads it.
fn watch(arguments: &Arguments, path: &Path) -> Result<u8, Failure> {
    let mut reader = Reader::open(path).map_err(PeekError::Open)?;
    let mut shown = None;
    let mut was_current = true;
    loop {
        match View::of(&mut reader, arguments.want(), now()) {
            Ok(view) => {
                let line = arguments.line(&view)?;
                // The age of the last sign always changes: a commit does, and of a field its value.
                let commit = (view.identity.epoch, view.totals.generation(), view.freshness.writer);
                let is_field = arguments.field.is_some();
                if shown.as_ref().is_none_or(|(last, text)| *last != commit && !(is_field && *text == line)) {
                    print(&line)?;
                }
                shown = Some((commit, line));
                let is_current = view.staleness().is_none();
                if was_current && !is_current {
                    note_staleness(&view);
                }
                was_current = is_current;
            }
            Err(ReadError::Busy) => {}
            Err(error) => return Err(PeekError::Read(error).into()),
        }
        while reader.wait(Duration::from_secs(3600)).map_err(PeekError::Read)? == Wait::TimedOut {}
    }
}

impl Arguments {
    fn want(&self) -> Want {
        match &self.field {
            Some(field) => field.want(),
            None if self.watch && !self.json => Want::Totals,
            None => Want::Tables,
        }
    }

    /// What is printed once.
    fn text(&self, view: &View) -> Result<String, Failure> {
        match &self.field {
            None if !self.json => Ok(summary(view)),
            None => Ok(serde_json::to_string_pretty(&self.document(view)).map_err(io::Error::from)? + "\n"),
            Some(_) => self.line(view),
        }
    }

    /// What is printed for a change: one line.
    fn line(&self, view: &View) -> Result<String, Failure> {
        let line = match &self.field {
            Some(field) => field.of(view).map_err(|unknown| Failure::Usage(unknown.to_string()))?,
            None if self.json => serde_json::to_string(&self.document(view)).map_err(io::Error::from)?,
            None => watch_line(view),
        };
        Ok(line + "\n")
    }

    fn document(&self, view: &View) -> Document {
        let tables =
            Tables { sessions: self.sessions, days: self.days, hours: self.hours, history: self.history };
        Document::of(view, tables)
    }
}

fn now() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}

fn print(text: &str) -> Result<(), Failure> {
    let mut out = anstream::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()?;
    Ok(())
}

/// Says on stderr why values may not be current; the exit code that goes with it.
fn note_staleness(view: &View) -> u8 {
    match view.staleness() {
        Some(why) => {
            // Whether stderr can be written does not change what the values are worth.
            let _ = writeln!(anstream::stderr(), "cco-peek: these figures may not be current: {why}");
            NOT_CURRENT
        }
        None => 0,
    }
}

/// Why nothing was printed.
#[derive(Debug)]
enum Failure {
    NoHome,
    Usage(String),
    View(PeekError),
    Output(io::Error),
}

impl From<PeekError> for Failure {
    fn from(error: PeekError) -> Self {
        Self::View(error)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

impl Failure {
    fn code(&self) -> u8 {
        match self {
            Self::NoHome | Self::Usage(_) => USAGE,
            Self::View(PeekError::Open(OpenError::NotFound { .. })) => NO_SNAPSHOT,
            Self::View(PeekError::Open(
                OpenError::NotAFile { .. }
                | OpenError::NotASnapshot { .. }
                | OpenError::Endianness { .. }
                | OpenError::Version { .. }
                | OpenError::Damaged { .. },
            ))
            | Self::View(PeekError::Read(
                ReadError::NothingPublished | ReadError::Shrunk | ReadError::Damaged { .. },
            )) => NOT_A_SNAPSHOT,
            _ => FAILURE,
        }
    }
}

/// Tells what went wrong, with its causes.
fn report(failure: &Failure) {
    let error: &dyn std::error::Error = match failure {
        Failure::Usage(message) => {
            // As clap says it: with the usage line and the hint at --help.
            let _ = Arguments::command().error(ErrorKind::InvalidValue, message).print();
            return;
        }
        Failure::NoHome => {
            let _ = writeln!(
                anstream::stderr(),
                "cco-peek: neither HOME nor XDG_STATE_HOME is set: say where the snapshot is with --snapshot"
            );
            return;
        }
        Failure::View(error) => error,
        Failure::Output(error) => error,
    };
    let mut text = format!("cco-peek: {error}");
    let mut cause = error.source();
    while let Some(error) = cause {
        text += &format!(": {error}");
        cause = error.source();
    }
    let _ = writeln!(anstream::stderr(), "{text}");
}
