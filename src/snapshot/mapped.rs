//! Reading a snapshot through a mapping: loads, fences and re-checks, nothing else.
//!
//! Works on any words laid out as a snapshot, so that tests and Miri run it on heap memory. Invariant: what it
//! returns is one commit's, whole; every loop is bounded.

use super::error::ReadError;
use super::frame::{Extent, Frame};
use super::geometry::Geometry;
use super::health::Health;
use super::index;
use super::layout::{HEALTH_WORDS, Region, WORD_BYTES, slot};
use super::rows::{Agent, Name, ProjectRow, Row, SessionRow};
use super::seqlock::{Sound, copy_words, newest, read};
use super::sync::{AtomicU64, get};
use super::totals::{Control, Totals};

/// Attempts before a read is [`ReadError::Busy`]. A retry needs a writer that laps four slots during one copy.
const ATTEMPTS: usize = 64;

/// Sequence of the newest complete slot; 0 where there is none.
#[inline]
pub(crate) fn sequence(words: &[AtomicU64]) -> u64 {
    newest(&words[slot::FIRST..slot::FIRST + slot::COUNT * slot::WORDS], slot::WORDS).map_or(0, |(_, s)| s)
}

/// The newest totals, not older than sequence `floor`.
#[inline]
pub(crate) fn totals(words: &[AtomicU64], floor: u64) -> Result<Totals, ReadError> {
    let mut totals = Totals::EMPTY;
    totals_into(words, floor, &mut totals).map(|()| totals)
}

/// The same in place: moving a slot's words about costs as much as loading them. After an error `totals` is
/// not to be used.
#[inline]
pub(crate) fn totals_into(words: &[AtomicU64], floor: u64, totals: &mut Totals) -> Result<(), ReadError> {
    let slots: &[AtomicU64; slot::COUNT * slot::WORDS] =
        words[slot::FIRST..].first_chunk().expect("page 0 has all slots");
    for _ in 0..ATTEMPTS {
        // The scan is unordered: while the slot it returned last is written anew it may miss newer ones.
        let newest = newest(slots, slot::WORDS).filter(|(_, sequence)| *sequence >= floor);
        if let Some((index, sequence)) = newest {
            let section = &slots[index * slot::WORDS..][..slot::USED];
            let copy = || copy_words(section, totals.words_mut());
            if read::<Sound, _>(&section[slot::SEQUENCE], sequence, copy).is_some() {
                totals.set_control(Control::decode(|word| get(&words[word])));
                return Ok(());
            }
        }
        std::hint::spin_loop();
    }
    Err(if floor > 0 || newest(slots, slot::WORDS).is_some() {
        ReadError::Busy
    } else {
        ReadError::NothingPublished
    })
}

/// One period of the newest slot, not older than sequence `floor`, and the slot's sequence: the words from `first` on,
/// start and end before the counters.
#[inline]
pub(crate) fn period(
    words: &[AtomicU64],
    floor: u64,
    first: usize,
) -> Result<(u64, [u64; slot::PERIOD_WORDS]), ReadError> {
    let slots: &[AtomicU64; slot::COUNT * slot::WORDS] =
        words[slot::FIRST..].first_chunk().expect("page 0 has all slots");
    for _ in 0..ATTEMPTS {
        if let Some((index, sequence)) = newest(slots, slot::WORDS).filter(|(_, found)| *found >= floor) {
            let section = &slots[index * slot::WORDS..][..slot::USED];
            let from = &section[first..first + slot::PERIOD_WORDS];
            let mut copy = [0; slot::PERIOD_WORDS];
            if read::<Sound, _>(&section[slot::SEQUENCE], sequence, || copy_words(from, &mut copy)).is_some()
            {
                return Ok((sequence, copy));
            }
        }
        std::hint::spin_loop();
    }
    Err(if floor > 0 || newest(slots, slot::WORDS).is_some() {
        ReadError::Busy
    } else {
        ReadError::NothingPublished
    })
}

/// Totals and tables of the newest commit, not older than sequence `floor`, into `frame`.
pub(crate) fn frame(
    words: &[AtomicU64],
    geometry: &Geometry,
    floor: u64,
    frame: &mut Frame,
) -> Result<(), ReadError> {
    for _ in 0..ATTEMPTS {
        let newest = totals(words, floor)?;
        let extent = Extent::of(&newest, geometry)?;
        let (totals, tables, names) = frame.parts_mut();
        let copied = with_bank(words, geometry, &newest, extent, || {
            for (index, table) in Region::TABLES.into_iter().enumerate() {
                let span = geometry.of(table);
                let source = &words[span.words(extent.bank, extent.rows[index])];
                let rows = &mut tables[index];
                rows.row_words = span.row_words();
                rows.words.clear();
                rows.words.extend(source.iter().map(get));
            }
        })?;
        if copied.is_some() {
            *totals = newest;
            copy_bytes(words, geometry.of(Region::Names).start(0), 0, extent.names_bytes, names);
            return Ok(());
        }
    }
    Err(ReadError::Busy)
}

/// The row of a session, found by its id, and the sequence of the commit it is of.
pub(crate) fn session(
    words: &[AtomicU64],
    geometry: &Geometry,
    floor: u64,
    agent: Agent,
    id: &str,
) -> Result<(u64, Option<SessionRow>), ReadError> {
    lookup(words, geometry, floor, Region::SessionIndex, (agent, id), |row: &SessionRow| {
        (row.agent, row.session)
    })
}

/// The row of a project, found by its key, and the sequence of the commit it is of.
pub(crate) fn project(
    words: &[AtomicU64],
    geometry: &Geometry,
    floor: u64,
    agent: Agent,
    key: &str,
) -> Result<(u64, Option<ProjectRow>), ReadError> {
    lookup(words, geometry, floor, Region::ProjectIndex, (agent, key), |row: &ProjectRow| {
        (row.agent, row.project)
    })
}

fn lookup<R: Row>(
    words: &[AtomicU64],
    geometry: &Geometry,
    floor: u64,
    index_region: Region,
    (agent, key): (Agent, &str),
    key_of: impl Fn(&R) -> (Agent, Name),
) -> Result<(u64, Option<R>), ReadError> {
    let entries = geometry.of(index_region);
    let span = geometry.of(R::TABLE);
    let mut text = Vec::new();
    let hash = index::hash(agent, key.as_bytes());
    for _ in 0..ATTEMPTS {
        let newest = totals(words, floor)?;
        let extent = Extent::of(&newest, geometry)?;
        let rows = extent.rows[super::draft::place(R::TABLE)];
        let found = with_bank(words, geometry, &newest, extent, || {
            let load = |row: usize| {
                let mut copy = [0; 64];
                let row =
                    &words[span.start(extent.bank) + row * span.row_words()..][..span.row_words().min(64)];
                copy_words(row, &mut copy);
                R::decode(&copy)
            };
            let start = entries.start(extent.bank);
            let capacity = usize::try_from(entries.capacity).unwrap_or(usize::MAX);
            let row = index::find(
                hash,
                capacity,
                |at| get(&words[start + at * entries.row_words()]),
                |row| {
                    row < rows && {
                        let (row_agent, name) = key_of(&load(row));
                        let end = name.offset as usize + name.bytes as usize;
                        row_agent == agent
                            && name.bytes as usize == key.len()
                            && end <= extent.names_bytes
                            && {
                                let names = geometry.of(Region::Names).start(0);
                                copy_bytes(words, names, name.offset as usize, end, &mut text);
                                text == key.as_bytes()
                            }
                    }
                },
            );
            row.map(load)
        })?;
        if let Some(found) = found {
            return Ok((newest.sequence(), found));
        }
    }
    Err(ReadError::Busy)
}

/// Runs `copy` over the bank that belongs to `totals`; `None` where the bank was reused meanwhile. A bank that
/// is older than the slot which names it was never completed, since banks are before slots.
fn with_bank<T>(
    words: &[AtomicU64],
    geometry: &Geometry,
    totals: &Totals,
    extent: Extent,
    copy: impl FnOnce() -> T,
) -> Result<Option<T>, ReadError> {
    let banks = geometry.of(Region::Banks);
    let header = &words[banks.start(0) + extent.bank * banks.row_words()];
    if get(header) < totals.sequence() {
        return Err(ReadError::Damaged { what: "a slot names a bank that was never completed" });
    }
    Ok(read::<Sound, _>(header, totals.sequence(), copy))
}

/// Copies bytes `from..to` of the byte region that starts at word `start`.
fn copy_bytes(words: &[AtomicU64], start: usize, from: usize, to: usize, bytes: &mut Vec<u8>) {
    bytes.clear();
    let first = from / WORD_BYTES;
    for word in &words[start + first..start + to.div_ceil(WORD_BYTES)] {
        bytes.extend_from_slice(&get(word).to_le_bytes());
    }
    bytes.truncate(to - first * WORD_BYTES);
    bytes.drain(..from - first * WORD_BYTES);
}

/// The publisher's newest health; `None` where it never reported any.
pub(crate) fn health(words: &[AtomicU64], geometry: &Geometry) -> Result<Option<Health>, ReadError> {
    let span = geometry.of(Region::Health);
    let ring = &words[span.start(0)..][..span.row_words() * super::layout::HEALTH_SLOTS];
    for _ in 0..ATTEMPTS {
        let Some((index, sequence)) = newest(ring, span.row_words()) else { return Ok(None) };
        let section = &ring[index * span.row_words()..][..HEALTH_WORDS];
        let copied = read::<Sound, _>(&section[0], sequence, || {
            let mut copy = [0; HEALTH_WORDS];
            copy_words(section, &mut copy);
            copy
        });
        if let Some(copy) = copied {
            return Ok(Some(Health::decode(&copy)));
        }
    }
    Err(ReadError::Busy)
}
