//! What is printed of a snapshot: once, or a line for each change.

use std::io::{self, Write as _};
use std::path::Path;
use std::time::Duration;

use super::arguments::Arguments;
use super::failure::{Failure, note_staleness};
use super::field;
use crate::report::View;
use crate::report::document::Document;
use crate::report::summary::{summary, watch_line};
use crate::snapshot::{
    Code, PeekError, ReadError, Reader, Wait, survive_shortened_files, wall_clock_ms_once,
};

/// Prints what the snapshot at `path` holds now; the exit code.
pub(super) fn once(arguments: &Arguments, path: &Path) -> Result<Code, Failure> {
    if let Some(field) = &arguments.field {
        return field::show(field, path);
    }
    let view = View::once(path, arguments.want(), wall_clock_ms_once())?;
    print(&arguments.text(&view)?)?;
    Ok(note_staleness(&view))
}

/// Prints a line for each change until nobody reads it. Not inlined, so that who does not watch has no stack for it.
#[inline(never)]
pub(super) fn watch(arguments: &Arguments, path: &Path) -> Result<Code, Failure> {
    // Where the system refuses that, a shortened snapshot ends this by a signal instead of an error.
    let _ = survive_shortened_files();
    let mut reader = Reader::open(path).map_err(PeekError::Open)?;
    let mut shown = None;
    let mut was_current = true;
    loop {
        match View::of(&mut reader, arguments.want(), wall_clock_ms_once()) {
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
    /// What is printed once.
    fn text(&self, view: &View) -> Result<String, Failure> {
        if !self.json {
            return Ok(summary(view));
        }
        Ok(serde_json::to_string_pretty(&self.document(view)).map_err(io::Error::from)? + "\n")
    }

    /// What is printed for a change: one line.
    fn line(&self, view: &View) -> Result<String, Failure> {
        match &self.field {
            Some(field) => field::line(field, view),
            None if self.json => {
                Ok(serde_json::to_string(&self.document(view)).map_err(io::Error::from)? + "\n")
            }
            None => Ok(watch_line(view) + "\n"),
        }
    }

    fn document(&self, view: &View) -> Document {
        Document::of(view, self.tables())
    }
}

/// Prints to stdout, without styles where that is no terminal.
pub(super) fn print(text: &str) -> Result<(), Failure> {
    let mut out = anstream::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()?;
    Ok(())
}
