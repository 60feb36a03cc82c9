//! `--field PATH`, alone or with `--snapshot FILE`: the fast path, because scripts and status lines run it constantly.
//!
//! A process this short spends its time on starting, and on the pages of program, stack and heap that it touches. So
//! this uses neither clap nor anstream, and rare cases stay out of its functions. Invariant: the answer is the same as
//! without the fast path, because both end in [`show`]. Any other command line is left to clap.

use std::io;
use std::path::{Path, PathBuf};

use rustix::io::retry_on_intr;
use rustix::stdio::stdout;

use super::failure::{Failure, note_staleness};
use crate::report::View;
use crate::report::field::Field;
use crate::snapshot::{Code, default_path, wall_clock_ms_once};

/// A field, and the snapshot if the command line names one.
pub(super) struct FieldQuery {
    field: Field,
    snapshot: Option<PathBuf>,
}

impl FieldQuery {
    /// The query on the command line; `None` if the command line has anything else.
    pub(super) fn from_command_line() -> Option<Self> {
        let (field, snapshot) = only_option("--field")?;
        let Ok(field) = field.parse();
        Some(Self { field, snapshot })
    }

    /// Prints the value. Returns the exit code.
    pub(super) fn answer(self) -> Result<Code, Failure> {
        show(&self.field, &self.snapshot.or_else(default_path).ok_or(Failure::NoHome)?)
    }
}

/// The value of an option, and the snapshot if the command line names one; `None` if the command line has anything else.
pub(super) fn only_option(name: &str) -> Option<(String, Option<PathBuf>)> {
    let (mut option, mut snapshot) = (None, None);
    let mut words = std::env::args_os().skip(1);
    while let Some(word) = words.next() {
        let value = words.next().filter(|value| !value.as_encoded_bytes().starts_with(b"-"))?;
        let first_time = match word.to_str()? {
            word if word == name => option.replace(value.into_string().ok()?).is_none(),
            "--snapshot" if !value.is_empty() => snapshot.replace(PathBuf::from(value)).is_none(),
            _ => false,
        };
        first_time.then_some(())?;
    }
    // clap reports an empty variable.
    if snapshot.is_none() && std::env::var_os("CCO_SNAPSHOT").is_some_and(|path| path.is_empty()) {
        return None;
    }
    Some((option?, snapshot))
}

/// Prints the field's value in the snapshot at `path`. Returns the exit code.
pub(super) fn show(field: &Field, path: &Path) -> Result<Code, Failure> {
    let view = View::once(path, field.want(), wall_clock_ms_once())?;
    let line = line(field, &view)?;
    print(line.as_bytes())?;
    Ok(note_staleness(&view))
}

/// Prints to stdout. Values have no styles to strip, and one line needs no buffer.
fn print(mut line: &[u8]) -> io::Result<()> {
    while !line.is_empty() {
        match retry_on_intr(|| rustix::io::write(stdout(), line))? {
            0 => return Err(io::ErrorKind::WriteZero.into()),
            written => line = &line[written..],
        }
    }
    Ok(())
}

/// The field's value with a line break.
pub(super) fn line(field: &Field, view: &View) -> Result<String, Failure> {
    let mut line = field.of(view).map_err(|unknown| Failure::Usage(unknown.to_string()))?;
    line.push('\n');
    Ok(line)
}
