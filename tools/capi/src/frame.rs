//! Frames: totals and tables of one commit, row by row.
//!
//! Invariant: a frame whose last read failed has no rows and no totals; the texts of its rows lie in its own memory.

#![allow(unsafe_code)] // pointers go to `pointers`

use std::ffi::c_int;

use cco::snapshot::{
    self, AgentRow, DayRow, HistoryRow, HourRow, LimitRow as Limited, ModelRow, ProjectRow, Row, SessionRow,
};

use crate::outcome::{self, Failure};
use crate::pointers::{Plain, end, into_handle, missing, room, shared, unique};
use crate::reader::Reader;
use crate::rows::{Agent, Day, History, Hour, LimitRow, Model, Project, Session, Text};
use crate::values::Totals;

/// Totals and tables of one commit.
#[derive(Debug)]
pub struct Frame {
    tables: snapshot::Frame,
    is_whole: bool,
}

impl Frame {
    fn whole(&self) -> Result<&snapshot::Frame, Failure> {
        self.is_whole
            .then_some(&self.tables)
            .ok_or_else(|| missing("the frame's last read failed: read it again"))
    }
}

/// Copies totals and tables of the newest commit.
///
/// # Safety
/// `reader` is NULL or an open reader that no other thread uses; `frame` is NULL or points at NULL or at a frame that no
/// other thread uses.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cco_frame_read(reader: *mut Reader, frame: *mut *mut Frame) -> c_int {
    outcome::of(|| {
        // SAFETY: what `cco.h` asks of the caller.
        let reader = unsafe { unique(reader, "reader") }?;
        // SAFETY: what `cco.h` asks of the caller.
        let handle = unsafe { unique(frame, "frame") }?; // NULL or a frame: the caller has initialised it
        if handle.is_null() {
            *handle = into_handle(Frame { tables: reader.open.frame()?, is_whole: true });
            return Ok(());
        }
        // SAFETY: what `cco.h` asks of the caller.
        let frame = unsafe { unique(*handle, "frame") }?;
        frame.is_whole = false;
        reader.open.frame_into(&mut frame.tables)?;
        frame.is_whole = true;
        Ok(())
    })
}

/// Frees a frame.
///
/// # Safety
/// `frame` is NULL or came from [`cco_frame_read`] and is not used again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cco_frame_free(frame: *mut Frame) {
    outcome::of(|| {
        // SAFETY: what `cco.h` asks of the caller.
        unsafe { end(frame) };
        Ok(())
    });
}

/// The frame's totals.
///
/// # Safety
/// `frame` is NULL or a frame; `totals` is NULL or points at `size` bytes that may be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cco_frame_totals(frame: *const Frame, totals: *mut Totals, size: usize) -> c_int {
    outcome::of(|| {
        // SAFETY: what `cco.h` asks of the caller.
        let frame = unsafe { shared(frame, "frame") }?;
        // SAFETY: what `cco.h` asks of the caller.
        let room = unsafe { room(totals, size, "totals") }?;
        let tables = frame.whole()?;
        room.write(|| tables.totals().into());
        Ok(())
    })
}

/// Rows of a table.
///
/// # Safety
/// `frame` is NULL or a frame.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cco_frame_rows(frame: *const Frame, table: c_int) -> usize {
    let mut rows = 0;
    outcome::of(|| {
        // SAFETY: what `cco.h` asks of the caller.
        let tables = unsafe { shared(frame, "frame") }?.whole()?;
        rows = match table {
            4 => tables.rows::<ModelRow>().len(),
            5 => tables.rows::<ProjectRow>().len(),
            6 => tables.rows::<SessionRow>().len(),
            7 => tables.rows::<DayRow>().len(),
            8 => tables.rows::<HourRow>().len(),
            9 => tables.rows::<HistoryRow>().len(),
            12 => tables.rows::<AgentRow>().len(),
            13 => tables.rows::<Limited>().len(),
            _ => return Err(Failure::usage(format!("{table} is not a table: pass one of enum cco_table"))),
        };
        Ok(())
    });
    rows
}

/// Gives row number `row`, with its texts.
///
/// # Safety
/// `frame` is NULL or a frame; `out` is NULL or points at `size` bytes that may be written.
unsafe fn give_row<R: Row, T: Plain>(
    frame: *const Frame,
    row: usize,
    out: *mut T,
    size: usize,
    made: impl FnOnce(&snapshot::Frame, &R) -> T,
) -> c_int {
    outcome::of(|| {
        // SAFETY: what the caller promises.
        let frame = unsafe { shared(frame, "frame") }?;
        // SAFETY: what the caller promises.
        let room = unsafe { room(out, size, "row") }?;
        let tables = frame.whole()?;
        let row = tables.row::<R>(row).ok_or_else(|| missing("the table has no more rows"))?;
        room.write(|| made(tables, &row));
        Ok(())
    })
}

/// One model.
///
/// # Safety
/// `frame` is NULL or a frame; `model` is NULL or points at `size` bytes that may be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cco_frame_model(
    frame: *const Frame,
    row: usize,
    model: *mut Model,
    size: usize,
) -> c_int {
    let made = |frame: &_, row: &ModelRow| Model::of(row, Text::of(frame, row.name));
    // SAFETY: the same promises.
    unsafe { give_row(frame, row, model, size, made) }
}

/// One project.
///
/// # Safety
/// As for [`cco_frame_model`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cco_frame_project(
    frame: *const Frame,
    row: usize,
    project: *mut Project,
    size: usize,
) -> c_int {
    let made = |frame: &_, row: &ProjectRow| {
        Project::of(row, Text::of(frame, row.project), Text::of(frame, row.path))
    };
    // SAFETY: the same promises.
    unsafe { give_row(frame, row, project, size, made) }
}

/// One session.
///
/// # Safety
/// As for [`cco_frame_model`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cco_frame_session(
    frame: *const Frame,
    row: usize,
    session: *mut Session,
    size: usize,
) -> c_int {
    let made = |frame: &_, row: &SessionRow| {
        Session::of(row, Text::of(frame, row.session), Text::of(frame, row.project))
    };
    // SAFETY: the same promises.
    unsafe { give_row(frame, row, session, size, made) }
}

/// One day.
///
/// # Safety
/// As for [`cco_frame_model`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cco_frame_day(frame: *const Frame, row: usize, day: *mut Day, size: usize) -> c_int {
    // SAFETY: the same promises.
    unsafe { give_row(frame, row, day, size, |_, row: &DayRow| Day::of(row)) }
}

/// One hour.
///
/// # Safety
/// As for [`cco_frame_model`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cco_frame_hour(
    frame: *const Frame,
    row: usize,
    hour: *mut Hour,
    size: usize,
) -> c_int {
    // SAFETY: the same promises.
    unsafe { give_row(frame, row, hour, size, |_, row: &HourRow| Hour::of(row)) }
}

/// One entry of the history, oldest first.
///
/// # Safety
/// As for [`cco_frame_model`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cco_frame_history(
    frame: *const Frame,
    row: usize,
    history: *mut History,
    size: usize,
) -> c_int {
    outcome::of(|| {
        // SAFETY: what `cco.h` asks of the caller.
        let frame = unsafe { shared(frame, "frame") }?;
        // SAFETY: what `cco.h` asks of the caller.
        let room = unsafe { room(history, size, "row") }?;
        let tables = frame.whole()?;
        let row = tables.history_row(row).ok_or_else(|| missing("the table has no more rows"))?;
        room.write(|| History::of(&row));
        Ok(())
    })
}

/// One agent.
///
/// # Safety
/// As for [`cco_frame_model`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cco_frame_agent(
    frame: *const Frame,
    row: usize,
    agent: *mut Agent,
    size: usize,
) -> c_int {
    let made = |frame: &_, row: &AgentRow| Agent::of(row, Text::of(frame, row.name));
    // SAFETY: the same promises.
    unsafe { give_row(frame, row, agent, size, made) }
}

/// One limit.
///
/// # Safety
/// As for [`cco_frame_model`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cco_frame_limit(
    frame: *const Frame,
    row: usize,
    limit: *mut LimitRow,
    size: usize,
) -> c_int {
    let made = |frame: &_, row: &Limited| LimitRow::of(row, Text::of(frame, row.scope));
    // SAFETY: the same promises.
    unsafe { give_row(frame, row, limit, size, made) }
}
