//! Stops inside slots and banks: the publisher is stopped when its file shows an odd sequence, held there, and then led on
//! instruction by instruction.
//!
//! Invariant: at each stop, every kind of reader gets the newest complete commit, whole, or `Busy`.

use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use cco::snapshot::{PeekError, ReadError, Reader, peek};
use fastrand::Rng;

use crate::inside::{Inside, Part, sequences};
use crate::invariant::{check_frame, check_health, check_totals};
use crate::readers::{is_harm, is_harmed_file};
use crate::traced::{TraceError, Traced};

/// How long to try to reach a part.
const REACH_MAX: Duration = Duration::from_secs(2);
/// How long a publisher may take to the next store that is watched. It may also be writing another file by then.
const WATCH_MAX: Duration = Duration::from_millis(50);
/// Instructions that a held publisher runs on before the next look: it is not always held at the first store.
const BLIND_STEPS_MAX: u32 = 500;
/// Instructions that it is then led on, with a look after each.
const STEPS_MAX: u32 = 200;
/// How long that may take: on a busy machine each instruction waits for its turn.
const STEPPING_MAX: Duration = Duration::from_millis(300);

/// What stops at chosen places showed.
#[derive(Debug, Default)]
pub(crate) struct Held {
    /// Stops at which a slot was half written.
    pub(crate) slots: u64,
    /// Stops at which a bank was.
    pub(crate) banks: u64,
    /// Tries in which the publisher did not get to the wanted part in time.
    pub(crate) missed: u64,
    /// Single instructions that it was led on, with a look after each.
    pub(crate) steps: u64,
    /// Looks that got the newest complete commit.
    pub(crate) whole: u64,
    /// Looks that got `Busy`.
    pub(crate) busy: u64,
    /// Looks at a file that someone had shortened or deleted.
    pub(crate) harmed: u64,
}

/// A snapshot whose publisher is stopped at chosen places.
pub(crate) struct Stage<'a> {
    pub(crate) path: &'a Path,
    /// Whether files are shortened and deleted.
    pub(crate) is_harmed: bool,
}

impl Stage<'_> {
    /// Stops the publisher inside the part and holds it there while all readers read. Whether it is inside when this
    /// returns; it is stopped in any case.
    pub(crate) fn hold(
        &self,
        traced: &mut Traced,
        part: Part,
        random: &mut Rng,
        held: &mut Held,
    ) -> Result<bool, String> {
        if !self.reach(traced, part, random)? {
            held.missed += 1;
            return Ok(false);
        }
        *match part {
            Part::Slot => &mut held.slots,
            Part::Bank => &mut held.banks,
        } += 1;
        self.look(held)?;
        std::thread::sleep(Duration::from_micros(random.u64(500..4_000)));
        self.look(held)?;
        let blind = random.u32(0..BLIND_STEPS_MAX);
        let steps = blind + random.u32(0..STEPS_MAX);
        let until = Instant::now() + STEPPING_MAX;
        for step in (0..steps).take_while(|_| Instant::now() < until) {
            traced.step()?;
            let is_inside = self.inside().is_in(part);
            if step >= blind || !is_inside {
                held.steps += 1;
                self.look(held)?;
            }
            if !is_inside {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Has the publisher stop inside the part.
    fn reach(&self, traced: &mut Traced, part: Part, random: &mut Rng) -> Result<bool, TraceError> {
        let until = Instant::now() + REACH_MAX;
        traced.stop()?;
        while !self.inside().is_in(part) {
            if Instant::now() > until {
                traced.watch(&[])?;
                return Ok(false);
            }
            // The file may be gone, or another one this moment.
            let watched = self.sequences(traced, part).unwrap_or_default();
            let is_watched = traced.watch(&watched)?;
            traced.go_on()?;
            // Without such registers, it takes interruptions at random.
            let patience = if is_watched { WATCH_MAX } else { Duration::from_micros(random.u64(0..200)) };
            if !traced.stops_within(patience)? {
                traced.stop()?;
            }
        }
        traced.watch(&[])?;
        Ok(true)
    }

    /// Where the publisher has mapped the sequences of a part.
    fn sequences(&self, traced: &Traced, part: Part) -> io::Result<Vec<u64>> {
        let Some(start) = traced.mapping_of(self.path)? else { return Ok(Vec::new()) };
        Ok(sequences(self.path, part)?.into_iter().map(|at| start + at).collect())
    }

    /// What is half written. A file that is gone or cut this moment is not.
    fn inside(&self) -> Inside {
        Inside::of(self.path).unwrap_or_default()
    }

    /// Reads in every way what the stopped publisher left.
    fn look(&self, held: &mut Held) -> Result<(), String> {
        let newest = self.inside().newest;
        for copies in [false, true] {
            let opened = if copies { Reader::open_copying(self.path) } else { Reader::open(self.path) };
            let mut reader = match opened {
                Ok(reader) => reader,
                Err(error) if self.is_harmed && is_harmed_file(&error) => {
                    held.harmed += 1;
                    continue;
                }
                Err(error) => return Err(format!("beside a stopped publisher: {error:?}")),
            };
            let totals = reader.totals().map(|totals| check_totals(&totals).map(|()| totals.generation()));
            self.judge(totals, newest, held)?;
            let frame = reader.frame();
            let frame = frame.map(|frame| check_frame(&frame).map(|()| frame.totals().generation()));
            self.judge(frame, newest, held)?;
            if let Ok(Some(health)) = reader.health() {
                check_health(&health)?;
            }
        }
        match peek(self.path) {
            Ok(seen) => {
                self.judge(Ok(check_totals(&seen.totals).map(|()| seen.totals.generation())), newest, held)
            }
            Err(PeekError::Read(error)) => self.judge(Err(error), newest, held),
            Err(PeekError::Open(error)) if self.is_harmed && is_harmed_file(&error) => {
                held.harmed += 1;
                Ok(())
            }
            Err(error) => Err(format!("beside a stopped publisher: {error:?}")),
        }
    }

    fn judge(
        &self,
        read: Result<Result<u64, String>, ReadError>,
        newest: u64,
        held: &mut Held,
    ) -> Result<(), String> {
        match read {
            Ok(Ok(commit)) if commit == newest => held.whole += 1,
            Ok(Ok(commit)) => {
                return Err(format!("commit {commit} beside a stopped publisher, whose newest is {newest}"));
            }
            Ok(Err(what)) => return Err(format!("beside a stopped publisher: {what}")),
            Err(ReadError::Busy) => held.busy += 1,
            Err(error) if self.is_harmed && is_harm(&error) => held.harmed += 1,
            Err(error) => return Err(format!("beside a stopped publisher: {error:?}")),
        }
        Ok(())
    }
}
