//! Readers: opening, totals, freshness, waiting, and rows by their names.
//!
//! Invariant: `cco_totals` and `cco_counters` load, compare and copy, and neither allocate nor call the system on a mapped
//! file unless they fail.

#![allow(unsafe_code)] // pointers go to `pointers`

use std::ffi::{c_char, c_int};
use std::path::Path;
use std::time::Duration;

use cco::snapshot::{self, Agent, Code, Control, OpenError, Span, Totals as Read, Wait, default_path};

use crate::outcome::{self, Failure};
use crate::pointers::{check, end, give_text, into_handle, missing, name, path, place, room, shared, unique};
use crate::rows::{Model, Project, Session, Text};
use crate::values::{Freshness, Identity, Period, STOPPED, Totals};

/// An open snapshot.
#[derive(Debug)]
pub struct Reader {
    pub(crate) open: snapshot::Reader,
    /// Room to read into: moving totals costs as much as loading them. Nothing is read from it after an error.
    room: Option<Read>,
}

impl Reader {
    #[inline]
    fn totals(&mut self) -> Result<&Read, Failure> {
        match &mut self.room {
            Some(room) => {
                self.open.totals_into(room)?;
                Ok(room)
            }
            none => Ok(none.insert(self.open.totals()?)),
        }
    }
}

/// Where this user's snapshot is.
///
/// # Safety
/// `path` is NULL or points at `size` bytes that may be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cco_default_path(path: *mut c_char, size: usize) -> c_int {
    outcome::of(|| {
        check(path, "path")?;
        let found = own_path()?;
        // SAFETY: what `cco.h` asks of the caller.
        unsafe { give_text(found.as_os_str().as_encoded_bytes(), path, size, "path") }
    })
}

fn own_path() -> Result<std::path::PathBuf, Failure> {
    default_path().ok_or_else(|| missing("neither HOME nor XDG_STATE_HOME is set: pass the snapshot's path"))
}

/// Opens and maps a snapshot.
///
/// # Safety
/// `path` is NULL or ends with a zero; `reader` is NULL or points at a pointer that may be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cco_open(path: *const c_char, reader: *mut *mut Reader) -> c_int {
    // SAFETY: the same promises.
    unsafe { open_by(path, reader, |path| snapshot::Reader::open(path)) }
}

/// Opens a snapshot without mapping it.
///
/// # Safety
/// As for [`cco_open`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cco_open_copying(path: *const c_char, reader: *mut *mut Reader) -> c_int {
    // SAFETY: the same promises.
    unsafe { open_by(path, reader, |path| snapshot::Reader::open_copying(path)) }
}

/// # Safety
/// As for [`cco_open`].
unsafe fn open_by(
    at: *const c_char,
    reader: *mut *mut Reader,
    open: impl FnOnce(&Path) -> Result<snapshot::Reader, OpenError>,
) -> c_int {
    outcome::of(|| {
        // SAFETY: what `cco.h` asks of the caller.
        let reader = unsafe { place(reader, "reader") }?;
        reader.write(std::ptr::null_mut());
        // SAFETY: what `cco.h` asks of the caller.
        let opened = match unsafe { path(at) }? {
            Some(path) => open(path),
            None => open(&own_path()?),
        };
        reader.write(into_handle(Reader { open: opened?, room: None }));
        Ok(())
    })
}

/// Closes a reader.
///
/// # Safety
/// `reader` is NULL or came from an open call and is not used again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cco_close(reader: *mut Reader) {
    outcome::of(|| {
        // SAFETY: what `cco.h` asks of the caller.
        unsafe { end(reader) };
        Ok(())
    });
}

/// Makes shortened files an error instead of a signal.
#[unsafe(no_mangle)]
pub extern "C" fn cco_survive_shortened_files() -> c_int {
    outcome::of(|| {
        snapshot::survive_shortened_files().map_err(|error| {
            Failure::Said(Code::Io, format!("the system does not let SIGBUS be handled: {error}"))
        })
    })
}

/// What the open file states about itself.
///
/// # Safety
/// `reader` is NULL or an open reader; `identity` is NULL or points at `size` bytes that may be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cco_identity(reader: *const Reader, identity: *mut Identity, size: usize) -> c_int {
    outcome::of(|| {
        // SAFETY: what `cco.h` asks of the caller.
        let reader = unsafe { shared(reader, "reader") }?;
        // SAFETY: what `cco.h` asks of the caller.
        let room = unsafe { room(identity, size, "identity") }?;
        room.write(|| reader.open.identity().into());
        Ok(())
    })
}

/// The newest totals.
///
/// # Safety
/// `reader` is NULL or an open reader that no other thread uses; `totals` is NULL or points at `size` bytes that may be
/// written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cco_totals(reader: *mut Reader, totals: *mut Totals, size: usize) -> c_int {
    outcome::of(|| {
        // SAFETY: what `cco.h` asks of the caller.
        let reader = unsafe { unique(reader, "reader") }?;
        // SAFETY: what `cco.h` asks of the caller.
        let room = unsafe { room(totals, size, "totals") }?;
        let read = reader.totals()?;
        room.write(|| read.into());
        Ok(())
    })
}

/// One set of counters.
///
/// # Safety
/// As for [`cco_totals`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cco_counters(
    reader: *mut Reader,
    span: c_int,
    period: *mut Period,
    size: usize,
) -> c_int {
    outcome::of(|| {
        // SAFETY: what `cco.h` asks of the caller.
        let reader = unsafe { unique(reader, "reader") }?;
        // SAFETY: what `cco.h` asks of the caller.
        let room = unsafe { room(period, size, "period") }?;
        let span = match span {
            0 => Span::AllTime,
            1 => Span::Today,
            2 => Span::Week,
            3 => Span::Month,
            4 => Span::Block,
            _ => return Err(unknown_span(span)),
        };
        let read = reader.open.counters(span)?;
        room.write(|| read.into());
        Ok(())
    })
}

#[cold]
fn unknown_span(span: c_int) -> Failure {
    Failure::usage(format!("{span} is not a span: pass one of enum cco_span"))
}

/// Whether values are current.
///
/// # Safety
/// `reader` is NULL or an open reader; `freshness` is NULL or points at `size` bytes that may be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cco_freshness(
    reader: *const Reader,
    freshness: *mut Freshness,
    size: usize,
) -> c_int {
    outcome::of(|| {
        // SAFETY: what `cco.h` asks of the caller.
        let reader = unsafe { shared(reader, "reader") }?;
        // SAFETY: what `cco.h` asks of the caller.
        let room = unsafe { room(freshness, size, "freshness") }?;
        let state = reader.open.freshness()?;
        room.write(|| state.into());
        Ok(())
    })
}

/// The same judgement by a given clock and lock.
///
/// # Safety
/// `freshness` is NULL or points at `size` bytes that may be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cco_freshness_at(
    state: u64,
    heartbeat_at: i64,
    now: i64,
    is_locked: c_int,
    freshness: *mut Freshness,
    size: usize,
) -> c_int {
    outcome::of(|| {
        // SAFETY: what `cco.h` asks of the caller.
        let room = unsafe { room(freshness, size, "freshness") }?;
        let stopped = state == STOPPED;
        let control = Control { superseded: false, stopped, heartbeat_monotonic_ms: 0, heartbeat_at };
        let judged = snapshot::Freshness::by_wall_clock(control, now, is_locked != 0);
        room.write(|| judged.into());
        Ok(())
    })
}

/// Opens the file that is at the path now.
///
/// # Safety
/// `reader` is NULL or an open reader that no other thread uses; `was_replaced` is NULL or may be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cco_refresh(reader: *mut Reader, was_replaced: *mut c_int) -> c_int {
    outcome::of(|| {
        // SAFETY: what `cco.h` asks of the caller.
        let reader = unsafe { unique(reader, "reader") }?;
        let answer = if was_replaced.is_null() {
            None
        } else {
            // SAFETY: what `cco.h` asks of the caller.
            Some(unsafe { place(was_replaced, "answer") }?)
        };
        let replaced = reader.open.refresh()?;
        if let Some(answer) = answer {
            answer.write(replaced.into());
        }
        Ok(())
    })
}

/// Sleeps until there are newer totals.
///
/// # Safety
/// `reader` is NULL or an open reader that no other thread uses; `how` is NULL or may be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cco_wait(reader: *mut Reader, timeout_ms: i64, how: *mut c_int) -> c_int {
    outcome::of(|| {
        // SAFETY: what `cco.h` asks of the caller.
        let reader = unsafe { unique(reader, "reader") }?;
        // SAFETY: what `cco.h` asks of the caller.
        let how = unsafe { place(how, "answer") }?;
        let timeout = u64::try_from(timeout_ms).map_or(Duration::MAX, Duration::from_millis);
        how.write(match reader.open.wait(timeout)? {
            Wait::Changed => 0,
            Wait::TimedOut => 1,
            Wait::WriterGone => 2,
        });
        Ok(())
    })
}

/// One session by its id.
///
/// # Safety
/// `reader` is NULL or an open reader that no other thread uses; `id` is NULL or points at `bytes` bytes; `session` is
/// NULL or points at `size` bytes that may be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cco_session(
    reader: *mut Reader,
    agent: u32,
    id: *const c_char,
    bytes: usize,
    session: *mut Session,
    size: usize,
) -> c_int {
    outcome::of(|| {
        // SAFETY: what `cco.h` asks of the caller.
        let reader = unsafe { unique(reader, "reader") }?;
        // SAFETY: what `cco.h` asks of the caller.
        let room = unsafe { room(session, size, "session") }?;
        // SAFETY: what `cco.h` asks of the caller.
        let id = unsafe { name(id, bytes) }?;
        let found = reader.open.session(Agent(agent), id)?.ok_or_else(|| missing("no such session"))?;
        room.write(|| Session::of(&found, Text::NONE, Text::NONE));
        Ok(())
    })
}

/// One project by its key.
///
/// # Safety
/// As for [`cco_session`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cco_project(
    reader: *mut Reader,
    agent: u32,
    key: *const c_char,
    bytes: usize,
    project: *mut Project,
    size: usize,
) -> c_int {
    outcome::of(|| {
        // SAFETY: what `cco.h` asks of the caller.
        let reader = unsafe { unique(reader, "reader") }?;
        // SAFETY: what `cco.h` asks of the caller.
        let room = unsafe { room(project, size, "project") }?;
        // SAFETY: what `cco.h` asks of the caller.
        let key = unsafe { name(key, bytes) }?;
        let found = reader.open.project(Agent(agent), key)?.ok_or_else(|| missing("no such project"))?;
        room.write(|| Project::of(&found, Text::NONE, Text::NONE));
        Ok(())
    })
}

/// One model by its id.
///
/// # Safety
/// As for [`cco_session`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cco_model(
    reader: *mut Reader,
    agent: u32,
    id: *const c_char,
    bytes: usize,
    model: *mut Model,
    size: usize,
) -> c_int {
    outcome::of(|| {
        // SAFETY: what `cco.h` asks of the caller.
        let reader = unsafe { unique(reader, "reader") }?;
        // SAFETY: what `cco.h` asks of the caller.
        let room = unsafe { room(model, size, "model") }?;
        // SAFETY: what `cco.h` asks of the caller.
        let id = unsafe { name(id, bytes) }?;
        let found = reader.open.model(Agent(agent), id)?.ok_or_else(|| missing("no such model"))?;
        room.write(|| Model::of(&found, Text::NONE));
        Ok(())
    })
}

#[cfg(test)]
mod tests;
