//! What befalls the publisher: it is stopped at random moments and inside slots and banks, killed and started again, and
//! its file is shortened or deleted if that is asked for.

use std::fs::OpenOptions;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use cco::snapshot::{WriterState, peek};
use clap::ValueEnum;
use fastrand::Rng;
use rustix::process::{Pid, Signal, kill_process};

use crate::hold::{Held, Stage};
use crate::inside::{Inside, Part};
use crate::publisher::Publisher;
use crate::traced::{TraceError, Traced};

/// What was done.
#[derive(Debug, Default)]
pub(crate) struct Deeds {
    /// SIGSTOP, and SIGCONT later.
    pub(crate) stops: u64,
    /// Of those, how many left a slot half written.
    pub(crate) inside_slots: u64,
    /// How many left a bank half written.
    pub(crate) inside_banks: u64,
    /// Stops by ptrace at chosen places.
    pub(crate) held: Held,
    /// SIGKILL, and another publisher.
    pub(crate) kills: u64,
    /// Of those, how many hit a publisher that was held inside a slot.
    pub(crate) killed_in_slots: u64,
    /// How many hit one that was held inside a bank.
    pub(crate) killed_in_banks: u64,
    /// The file made shorter.
    pub(crate) shortened: u64,
    /// The file deleted.
    pub(crate) deleted: u64,
}

/// What may befall a publisher.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Dangers {
    /// Its file is shortened and deleted.
    pub(crate) shortens: bool,
    pub(crate) ptrace: Ptrace,
}

/// Whether the publisher is stopped by ptrace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Ptrace {
    /// If the system permits it
    Auto,
    /// Yes; it is an error if the system does not permit it
    Always,
    /// No
    Never,
}

impl Ptrace {
    /// Tries it with a publisher. If it is not permitted, that is reported.
    fn is_possible(self, publisher: &Publisher) -> Result<bool, String> {
        if self == Self::Never {
            return Ok(false);
        }
        let tried = Traced::seize(publisher).and_then(|mut traced| {
            traced.stop()?;
            traced.release()
        });
        match tried {
            Ok(()) => Ok(true),
            Err(error @ TraceError::Refused(_)) if self == Self::Auto => {
                eprintln!("NOT TRIED: no stops inside slots and banks: {}", String::from(error));
                Ok(false)
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// How often a kill inside a part is tried.
const KILL_ATTEMPTS: u32 = 20;

/// A publisher in danger.
struct Victim<'a> {
    path: &'a Path,
    dangers: Dangers,
    publisher: Publisher,
    deeds: Deeds,
}

/// Something that is done to a publisher.
#[derive(Clone, Copy)]
enum Deed {
    /// Stop it inside a part, and lead it on from there.
    Hold(Part),
    /// Stop it inside a part, and kill it there.
    KillInside(Part),
    Stop,
    Kill,
    Shorten,
    Delete,
}

impl Deed {
    /// Each that there is, once.
    fn all(traces: bool, shortens: bool) -> Vec<Self> {
        let held = [
            Self::Hold(Part::Slot),
            Self::Hold(Part::Bank),
            Self::KillInside(Part::Slot),
            Self::KillInside(Part::Bank),
        ];
        let harm = [Self::Shorten, Self::Delete];
        let held = held.into_iter().filter(|_| traces);
        held.chain([Self::Stop, Self::Kill]).chain(harm.into_iter().filter(|_| shortens)).collect()
    }

    /// One of them: stops are more frequent than what costs a publisher or a file.
    fn at_random(traces: bool, shortens: bool, random: &mut Rng) -> Option<Self> {
        match random.u32(0..100) {
            0..15 if traces => Some(Self::Hold(Part::Slot)),
            15..20 if traces => Some(Self::KillInside(Part::Slot)),
            20..35 if traces => Some(Self::Hold(Part::Bank)),
            35..40 if traces => Some(Self::KillInside(Part::Bank)),
            0..70 => Some(Self::Stop),
            70..80 => Some(Self::Kill),
            80..90 if shortens => Some(Self::Shorten),
            90.. if shortens => Some(Self::Delete),
            _ => None,
        }
    }
}

/// Does each such thing once, and others until `until`, or until somebody else ends the run.
pub(crate) fn rage(
    path: &Path,
    until: Instant,
    over: &AtomicBool,
    dangers: Dangers,
    random: &mut Rng,
) -> Result<Deeds, String> {
    let publisher = Publisher::start(path).map_err(|error| error.to_string())?;
    let mut victim = Victim { path, dangers, publisher, deeds: Deeds::default() };
    let is_over = || over.load(Ordering::Relaxed);
    await_publish(path, until, &is_over)?;
    let traces = dangers.ptrace.is_possible(&victim.publisher)?;
    let mut first = Deed::all(traces, dangers.shortens).into_iter();
    while !is_over() {
        let deed = match first.next() {
            Some(deed) => Some(deed),
            None if Instant::now() >= until => break,
            None => Deed::at_random(traces, dangers.shortens, random),
        };
        std::thread::sleep(Duration::from_micros(random.u64(50..20_000)));
        victim.check_lives()?;
        if let Some(deed) = deed {
            victim.suffer(deed, random)?;
        }
    }
    let Victim { mut publisher, deeds, .. } = victim;
    publisher.kill().map_err(|error| error.to_string())?;
    Ok(deeds)
}

impl Victim<'_> {
    fn suffer(&mut self, deed: Deed, random: &mut Rng) -> Result<(), String> {
        match deed {
            Deed::Hold(part) => self.hold(part, random),
            Deed::KillInside(part) => self.kill_inside(part, random),
            Deed::Stop => self.stop(random),
            Deed::Kill => self.kill(),
            Deed::Shorten => self.shorten(random),
            Deed::Delete => {
                // It may be gone already.
                self.deeds.deleted += u64::from(std::fs::remove_file(self.path).is_ok());
                Ok(())
            }
        }
    }

    fn check_lives(&mut self) -> Result<(), String> {
        match self.publisher.0.try_wait() {
            Ok(None) => Ok(()),
            Ok(Some(status)) => Err(format!("the publisher ended by itself: {status}")),
            Err(error) => Err(error.to_string()),
        }
    }

    /// Stops it wherever it is, for a while.
    fn stop(&mut self, random: &mut Rng) -> Result<(), String> {
        signal(&self.publisher, Signal::STOP)?;
        self.deeds.stops += 1;
        // The file may be gone or cut.
        let inside = Inside::of(self.path).unwrap_or_default();
        self.deeds.inside_slots += u64::from(inside.slot);
        self.deeds.inside_banks += u64::from(inside.bank);
        std::thread::sleep(Duration::from_micros(random.u64(0..15_000)));
        signal(&self.publisher, Signal::CONT)
    }

    /// Stops it inside a slot or a bank, and leads it on from there.
    fn hold(&mut self, part: Part, random: &mut Rng) -> Result<(), String> {
        let stage = Stage { path: self.path, is_harmed: self.dangers.shortens };
        let mut traced = Traced::seize(&self.publisher)?;
        stage.hold(&mut traced, part, random, &mut self.deeds.held)?;
        Ok(traced.release()?)
    }

    /// Kills it inside a slot or a bank. It may not get there in time, so this tries more than once.
    fn kill_inside(&mut self, part: Part, random: &mut Rng) -> Result<(), String> {
        let stage = Stage { path: self.path, is_harmed: self.dangers.shortens };
        for _ in 0..KILL_ATTEMPTS {
            let mut traced = Traced::seize(&self.publisher)?;
            if !stage.hold(&mut traced, part, random, &mut self.deeds.held)? {
                traced.release()?;
                continue;
            }
            match part {
                Part::Slot => self.deeds.killed_in_slots += 1,
                Part::Bank => self.deeds.killed_in_banks += 1,
            }
            return self.kill();
        }
        Ok(())
    }

    /// Kills it, and starts another.
    fn kill(&mut self) -> Result<(), String> {
        let failed = |error: io::Error| error.to_string();
        self.publisher.kill().map_err(failed)?;
        self.deeds.kills += 1;
        if let Ok(look) = peek(self.path)
            && look.freshness.writer == WriterState::Live
        {
            return Err("a killed publisher counts as live".into());
        }
        self.publisher = Publisher::start(self.path).map_err(failed)?;
        Ok(())
    }

    /// Cuts its file at a random length.
    fn shorten(&mut self, random: &mut Rng) -> Result<(), String> {
        let failed = |error: io::Error| error.to_string();
        let bytes = random.u64(0..200_000);
        // It may be gone, or replaced this moment.
        if let Ok(file) = OpenOptions::new().write(true).open(self.path)
            && file.metadata().map_err(failed)?.len() > bytes
        {
            file.set_len(bytes).map_err(failed)?;
            self.deeds.shortened += 1;
        }
        Ok(())
    }
}

/// Waits until there is something to read, or the run is over.
fn await_publish(path: &Path, until: Instant, is_over: &dyn Fn() -> bool) -> Result<(), String> {
    while !is_over() && peek(path).is_err() {
        if Instant::now() >= until {
            return Err("nothing was published in the whole time".into());
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    Ok(())
}

fn signal(publisher: &Publisher, signal: Signal) -> Result<(), String> {
    let pid = i32::try_from(publisher.0.id()).ok().and_then(Pid::from_raw).ok_or("no process id")?;
    kill_process(pid, signal).map_err(|error| error.to_string())
}
