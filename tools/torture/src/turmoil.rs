//! What befalls the publisher: it is stopped at random moments, killed and started again, and its file is shortened or
//! deleted if that is asked for.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

use cco::snapshot::layout::{Region, WORD_BYTES, directory_entry, identity, slot};
use cco::snapshot::{WriterState, peek};
use fastrand::Rng;
use rustix::process::{Pid, Signal, kill_process};

use crate::publisher::Publisher;

/// What was done.
#[derive(Debug, Default)]
pub(crate) struct Deeds {
    /// SIGSTOP, and SIGCONT later.
    pub(crate) stops: u64,
    /// Of those, how many left a slot half written.
    pub(crate) inside_slots: u64,
    /// How many left a bank half written.
    pub(crate) inside_banks: u64,
    /// SIGKILL, and another publisher.
    pub(crate) kills: u64,
    /// The file made shorter.
    pub(crate) shortened: u64,
    /// The file deleted.
    pub(crate) deleted: u64,
}

/// Does such things until `until`.
pub(crate) fn rage(path: &Path, until: Instant, shortens: bool, random: &mut Rng) -> Result<Deeds, String> {
    let said = |error: io::Error| error.to_string();
    let mut deeds = Deeds::default();
    let mut publisher = Publisher::start(path).map_err(said)?;
    await_publish(path, until)?;
    while Instant::now() < until {
        std::thread::sleep(Duration::from_micros(random.u64(50..20_000)));
        if let Some(status) = publisher.0.try_wait().map_err(said)? {
            return Err(format!("the publisher ended by itself: {status}"));
        }
        match random.u32(0..100) {
            0..70 => {
                signal(&publisher, Signal::STOP)?;
                deeds.stops += 1;
                let inside = half_written(path).unwrap_or_default();
                deeds.inside_slots += u64::from(inside.0);
                deeds.inside_banks += u64::from(inside.1);
                std::thread::sleep(Duration::from_micros(random.u64(0..15_000)));
                signal(&publisher, Signal::CONT)?;
            }
            70..80 => {
                publisher.kill().map_err(said)?;
                deeds.kills += 1;
                if let Ok(look) = peek(path)
                    && look.freshness.writer == WriterState::Live
                {
                    return Err("a killed publisher counts as live".into());
                }
                publisher = Publisher::start(path).map_err(said)?;
            }
            80..90 if shortens => {
                let bytes = random.u64(0..200_000);
                // It may be gone, or replaced this moment.
                if let Ok(file) = OpenOptions::new().write(true).open(path)
                    && file.metadata().map_err(said)?.len() > bytes
                {
                    file.set_len(bytes).map_err(said)?;
                    deeds.shortened += 1;
                }
            }
            90.. if shortens => deeds.deleted += u64::from(std::fs::remove_file(path).is_ok()),
            _ => {}
        }
    }
    publisher.kill().map_err(said)?;
    Ok(deeds)
}

/// Waits until there is something to read.
fn await_publish(path: &Path, until: Instant) -> Result<(), String> {
    while peek(path).is_err() {
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

/// Whether a slot and a bank of the file have an odd sequence, which the publisher leaves when it is stopped inside.
fn half_written(path: &Path) -> io::Result<(bool, bool)> {
    let file = File::open(path)?;
    let word = |at: usize| {
        let mut bytes = [0; WORD_BYTES];
        file.read_exact_at(&mut bytes, (at * WORD_BYTES) as u64).map(|()| u64::from_le_bytes(bytes))
    };
    let mut slot_is = false;
    for number in 0..slot::COUNT {
        slot_is |= word(slot::FIRST + number * slot::WORDS + slot::SEQUENCE)? % 2 == 1;
    }
    let mut bank_is = false;
    for entry in 0..identity::DIRECTORY_ENTRIES {
        let at = identity::DIRECTORY + entry * identity::ENTRY_WORDS;
        let (low, high) = (word(at + directory_entry::REGION)? & 0xffff_ffff, word(at)? >> 32);
        if low == Region::Banks as u64 {
            let first = usize::try_from(word(at + directory_entry::OFFSET)?).unwrap_or(0) / WORD_BYTES;
            let row = usize::try_from(high).unwrap_or(0) / WORD_BYTES;
            bank_is = word(first)? % 2 == 1 || word(first + row)? % 2 == 1;
        }
    }
    Ok((slot_is, bank_is))
}
