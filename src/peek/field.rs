//! `--field PATH`, alone or with `--snapshot FILE`: what scripts and status lines run, again and again.
//!
//! What so short a process takes is starting it, and the pages of program, stack and heap that it touches. So this
//! neither parses by clap nor prints by anstream, and what is rare stays out of its functions. Invariant: it
//! answers as the long way does, because both end in [`show`]; what it does not know is left to clap.

use std::io;
use std::path::{Path, PathBuf};

use rustix::io::retry_on_intr;
use rustix::stdio::stdout;

use super::failure::{Failure, note_staleness};
use crate::report::View;
use crate::report::field::Field;
use crate::snapshot::{Code, default_path, wall_clock_ms_once};

/// A field, and the snapshot where it is named.
pub(super) struct Asked {
    field: Field,
    snapshot: Option<PathBuf>,
}

impl Asked {
    /// By the command line; `None` where there is more on it than this.
    pub(super) fn by_the_process() -> Option<Self> {
        let (mut field, mut snapshot) = (None, None);
        let mut words = std::env::args_os().skip(1);
        while let Some(word) = words.next() {
            let value = words.next().filter(|value| !value.as_encoded_bytes().starts_with(b"-"))?;
            let first_time = match word.to_str()? {
                "--field" => field.replace(value.to_str()?.parse().ok()?).is_none(),
                "--snapshot" if !value.is_empty() => snapshot.replace(PathBuf::from(value)).is_none(),
                _ => false,
            };
            first_time.then_some(())?;
        }
        // What an empty variable means is clap's to say.
        if snapshot.is_none() && std::env::var_os("CCO_SNAPSHOT").is_some_and(|path| path.is_empty()) {
            return None;
        }
        Some(Self { field: field?, snapshot })
    }

    /// Answers; the exit code.
    pub(super) fn answer(self) -> Result<Code, Failure> {
        show(&self.field, &self.snapshot.or_else(default_path).ok_or(Failure::NoHome)?)
    }
}

/// Prints what the field holds in the snapshot at `path` now; the exit code.
pub(super) fn show(field: &Field, path: &Path) -> Result<Code, Failure> {
    let view = View::once(path, field.want(), wall_clock_ms_once())?;
    let line = line(field, &view)?;
    print(line.as_bytes())?;
    Ok(note_staleness(&view))
}

/// Prints to stdout: values hold no styles, on a terminal or off, and a line needs no buffer of its own.
fn print(mut line: &[u8]) -> io::Result<()> {
    while !line.is_empty() {
        match retry_on_intr(|| rustix::io::write(stdout(), line))? {
            0 => return Err(io::ErrorKind::WriteZero.into()),
            written => line = &line[written..],
        }
    }
    Ok(())
}

/// What is printed of the field, with its end of line.
pub(super) fn line(field: &Field, view: &View) -> Result<String, Failure> {
    let mut line = field.of(view).map_err(|unknown| Failure::Usage(unknown.to_string()))?;
    line.push('\n');
    Ok(line)
}
