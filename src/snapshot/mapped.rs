//! Reading a snapshot through a mapping: loads, fences and re-checks, nothing else.
//!
//! Works on any words laid out as a snapshot, so tests, loom and Miri run it on heap memory. Invariant: it returns
//! whole commits only; every loop is bounded.

use super::Counters;
use super::error::ReadError;
use super::frame::{Extent, Frame};
use super::geometry::{Area, Geometry};
use super::health::Health;
use super::index;
use super::layout::{
    ROW_WORDS_MAX, Region, WORD_BYTES, control, counters, health, index_entry, period, slot,
};
use super::rows::{Key, Keyed};
use super::sections::{self, bank_header, slots};
use super::seqlock::{Section, Sound, noticed};
use super::sync::{AtomicU64, get};
use super::totals::{Control, Period, Span, Totals, place_of};

/// Attempts before a read is [`ReadError::Busy`]. A retry needs a writer that laps four slots during one copy.
/// Loom makes one at every moment.
const ATTEMPTS: usize = if cfg!(loom) { 1 } else { 64 };

/// Sequence of the newest complete slot; 0 if there is none.
#[inline]
pub(crate) fn sequence(words: &[AtomicU64]) -> u64 {
    slots(words).newest().map_or(0, |(_, sequence)| sequence)
}

/// What a reader that wants a newer commit than `floor` may sleep on: the notify word before the look. `None` if
/// there is a newer commit already.
pub(crate) fn look(words: &[AtomicU64], floor: u64) -> Option<u32> {
    // Loaded before the sequence: a commit between the two changes it and so ends the sleep at once.
    let seen = noticed::<Sound>(&words[control::NOTIFY]);
    (sequence(words) <= floor).then_some(seen)
}

/// The newest totals, not older than sequence `floor`.
#[inline]
pub(crate) fn totals(words: &[AtomicU64], floor: u64) -> Result<Totals, ReadError> {
    let mut totals = Totals::EMPTY;
    totals_into(words, floor, &mut totals).map(|()| totals)
}

/// The same in place: moving a slot's words costs as much as loading them. Do not use `totals` after an error.
#[inline]
pub(crate) fn totals_into(words: &[AtomicU64], floor: u64, totals: &mut Totals) -> Result<(), ReadError> {
    let slots = slots(words);
    for _ in 0..ATTEMPTS {
        if let Some((slot, sequence)) = at_least(floor, slots.newest())
            && slot.read::<Sound, _>(sequence, |slot| slot.copy(0, totals.words_mut())).is_some()
        {
            totals.set_control(Control::decode(|word| get(&words[word])));
            return Ok(());
        }
        std::hint::spin_loop();
    }
    Err(unread(words, floor))
}

/// One set of counters of the newest commit, not older than sequence `floor`, in place. Returns that commit's sequence. Do not
/// use `period` after an error.
#[inline]
pub(crate) fn counters_into(
    words: &[AtomicU64],
    floor: u64,
    span: Span,
    period: &mut Period,
) -> Result<u64, ReadError> {
    let slots = slots(words);
    for _ in 0..ATTEMPTS {
        if let Some((slot, sequence)) = at_least(floor, slots.newest()) {
            let load = |slot: Section<'_>| match span {
                Span::AllTime => {
                    let words = slot.part::<{ counters::WORDS }>(slot::TOTALS);
                    *period = Period::all_time(Counters::load(|at| get(&words[at])));
                }
                span => {
                    let words = slot.part::<{ period::WORDS }>(place_of(span));
                    *period = Period::load(|at| get(&words[at]));
                }
            };
            if slot.read::<Sound, _>(sequence, load).is_some() {
                return Ok(sequence);
            }
        }
        std::hint::spin_loop();
    }
    Err(unread(words, floor))
}

/// The newest slot unless it is older than `floor`: the scan is unordered, and while the slot it returned last is
/// written again it may miss newer ones.
#[inline]
fn at_least(floor: u64, newest: Option<(Section<'_>, u64)>) -> Option<(Section<'_>, u64)> {
    newest.filter(|(_, sequence)| *sequence >= floor)
}

/// Why all attempts failed.
#[cold]
fn unread(words: &[AtomicU64], floor: u64) -> ReadError {
    let was_published = floor > 0 || slots(words).newest().is_some();
    if was_published { ReadError::Busy } else { ReadError::NothingPublished }
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
                let area = geometry.of(table);
                let source = &words[area.words(extent.bank, extent.rows[index])];
                let rows = &mut tables[index];
                rows.row_words = area.row_words();
                rows.words.clear();
                rows.words.extend(source.iter().map(get));
            }
        })?;
        if copied.is_some() {
            *totals = newest;
            copy_bytes(words, geometry.of(Region::Names).start(0), 0, extent.names_bytes, names);
            return frame.check_names();
        }
    }
    Err(ReadError::Busy)
}

/// The row with a key, and the sequence of its commit.
pub(crate) fn row<R: Keyed>(
    words: &[AtomicU64],
    geometry: &Geometry,
    floor: u64,
    key: Key<&str>,
) -> Result<(u64, Option<R>), ReadError> {
    let area = geometry.of(R::TABLE);
    let names = geometry.of(Region::Names).start(0);
    let mut text = Vec::new();
    for _ in 0..ATTEMPTS {
        let newest = totals(words, floor)?;
        let extent = Extent::of(&newest, geometry)?;
        let rows = extent.rows[super::draft::place(R::TABLE)];
        let found = with_bank(words, geometry, &newest, extent, || {
            let load = |row: usize| -> R {
                let mut copy = [0; ROW_WORDS_MAX];
                for (to, from) in copy.iter_mut().zip(&words[area.row(extent.bank, row)]) {
                    *to = get(from);
                }
                R::decode(&copy)
            };
            let mut is_it = |row: usize| {
                let Key { agent, text: name } = load(row).key();
                let end = name.offset as usize + name.bytes as usize;
                let is_as_long = name.bytes as usize == key.text.len();
                agent == key.agent && is_as_long && end <= extent.names_bytes && {
                    copy_bytes(words, names, name.offset as usize, end, &mut text);
                    text == key.text.as_bytes()
                }
            };
            let row = match R::INDEX {
                Some(index) => {
                    indexed(words, geometry.of(index), extent.bank, key, |row| row < rows && is_it(row))
                }
                None => (0..rows).find(|row| is_it(*row)),
            };
            row.map(load)
        })?;
        if let Some(found) = found {
            return Ok((newest.sequence(), found));
        }
    }
    Err(ReadError::Busy)
}

/// The row that an index finds by a key.
fn indexed(
    words: &[AtomicU64],
    entries: Area,
    bank: usize,
    key: Key<&str>,
    is_it: impl FnMut(usize) -> bool,
) -> Option<usize> {
    let start = entries.start(bank);
    let capacity = usize::try_from(entries.capacity).unwrap_or(usize::MAX);
    let entry = |at| get(&words[start + at * entries.row_words() + index_entry::ENTRY]);
    index::find(Key { agent: key.agent, text: key.text.as_bytes() }, capacity, entry, is_it)
}

/// Runs `copy` over the bank that belongs to `totals`. `None` if the bank was reused in the meantime. Banks are
/// written before slots, so a bank older than the slot that names it is damage.
fn with_bank<T>(
    words: &[AtomicU64],
    geometry: &Geometry,
    totals: &Totals,
    extent: Extent,
    copy: impl FnOnce() -> T,
) -> Result<Option<T>, ReadError> {
    let header = bank_header(words, geometry, extent.bank);
    if header.sequence() < totals.sequence() {
        return Err(ReadError::Damaged { what: "a slot names a bank that was never completed" });
    }
    Ok(header.read::<Sound, _>(totals.sequence(), |_| copy()))
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

/// The publisher's newest health; `None` if it never reported any.
pub(crate) fn health(words: &[AtomicU64], geometry: &Geometry) -> Result<Option<Health>, ReadError> {
    let reports = sections::health(words, geometry);
    for _ in 0..ATTEMPTS {
        let Some((section, sequence)) = reports.newest() else { return Ok(None) };
        let copied = section.read::<Sound, _>(sequence, |section| {
            let mut copy = [0; health::WORDS];
            section.copy(0, &mut copy);
            copy
        });
        if let Some(copy) = copied {
            return Ok(Some(Health::decode(&copy)));
        }
    }
    Err(ReadError::Busy)
}
