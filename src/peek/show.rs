//! Prints a snapshot: once, or a line at each change.
//!
//! Invariant: each output belongs to one commit.

use std::io::{self, Write as _};
use std::path::Path;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::arguments::Arguments;
use super::failure::{Failure, note_broken, note_staleness};
use super::{field, look};
use crate::config::Aliases;
use crate::plain_text::{self, screened};
use crate::report::document::Document;
use crate::report::summary::{summary, watch_line};
use crate::report::{View, open_to_follow};
use crate::snapshot::{Code, PeekError, ReadError, Wait, wall_clock_ms_once};

/// Prints the snapshot at `path`. Returns the exit code.
pub(super) fn once(arguments: &Arguments, path: &Path) -> Result<Code, Failure> {
    if let Some(field) = &arguments.field {
        return field::show(field, path);
    }
    let view = View::once(path, arguments.want(), wall_clock_ms_once())?;
    print(&arguments.text(&view, &aliases(arguments))?)?;
    Ok(note_staleness(&view))
}

/// How often a process that waits looks whether somebody still reads its output.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// Prints a line at each change until the output is closed. Not inlined, so that other calls need no stack for it.
#[inline(never)]
pub(super) fn watch(arguments: &Arguments, path: &Path) -> Result<Code, Failure> {
    let mut reader = open_to_follow(path).map_err(PeekError::Open)?;
    // Lines of text and values have no names in them.
    let aliases = if arguments.json { aliases(arguments) } else { Aliases::default() };
    let mut shown = None;
    let mut was_current = true;
    loop {
        match View::of(&mut reader, arguments.want(), wall_clock_ms_once()) {
            Ok(view) => {
                let line = arguments.line(&view, &aliases)?;
                // The heartbeat's age always changes, so compare the commit, and the value of a field.
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
        loop {
            // Printing would tell, but there may be nothing to print for long.
            if is_output_closed() {
                return Ok(Code::Done);
            }
            if reader.wait(LOOK_EVERY).map_err(PeekError::Read)? != Wait::TimedOut {
                break;
            }
        }
    }
}

/// What to call projects and models. A broken config file does not keep the figures back.
fn aliases(arguments: &Arguments) -> Aliases {
    let (aliases, broken) = look::aliases(arguments.config.as_deref());
    if let Some(broken) = broken {
        note_broken(&broken);
    }
    aliases
}

impl Arguments {
    /// The output without `--watch`.
    fn text(&self, view: &View, aliases: &Aliases) -> Result<String, Failure> {
        if !self.json {
            return Ok(summary(view, aliases));
        }
        let text = serde_json::to_string_pretty(&self.document(view, aliases)).map_err(io::Error::from)?;
        Ok(plain_text::json(text) + "\n")
    }

    /// The line for a change.
    fn line(&self, view: &View, aliases: &Aliases) -> Result<String, Failure> {
        match &self.field {
            Some(field) => field::line(field, view),
            None if self.json => {
                let text = serde_json::to_string(&self.document(view, aliases)).map_err(io::Error::from)?;
                Ok(plain_text::json(text) + "\n")
            }
            None => Ok(watch_line(view) + "\n"),
        }
    }

    fn document(&self, view: &View, aliases: &Aliases) -> Document {
        Document::of(view, self.tables()).with_aliases(aliases)
    }
}

/// Prints to stdout, without styles if it is not a terminal, and screened.
pub(super) fn print(text: &str) -> Result<(), Failure> {
    let mut out = anstream::stdout().lock();
    out.write_all(screened(text).as_bytes())?;
    out.flush()?;
    Ok(())
}

/// Whether nobody can read stdout any more.
pub(super) fn is_output_closed() -> bool {
    let stdout = rustix::stdio::stdout();
    let mut output = [PollFd::new(&stdout, PollFlags::empty())];
    let at_once = Timespec { tv_sec: 0, tv_nsec: 0 };
    // If it cannot be asked, printing will tell.
    let answers = poll(&mut output, Some(&at_once)).unwrap_or(0);
    answers > 0 && output[0].revents().intersects(PollFlags::ERR | PollFlags::HUP)
}
