//! Reads a snapshot through `pread`: for one-shot readers, and for hosts that cannot map files or must not fault.
//!
//! The kernel's copy is not ordered against the writer's stores, so sequences alone would let torn copies through.
//! Every slot is validated by its CRC and every bank by its check instead. Invariant: as for [`super::mapped`]; a
//! file that was shortened is an error, never a fault.

use std::fs::File;
use std::io;
use std::time::Duration;

use super::error::ReadError;
use super::frame::{Extent, Frame, Rows};
use super::geometry::Geometry;
use super::health::Health;
use super::image::row_crc;
use super::layout::{HEALTH_SLOTS, PAGE_WORDS, Region, WORD_BYTES, bank, health, slot};
use super::os;
use super::sections::{SLOTS, section_crc};
use super::totals::{Control, Totals};

/// Attempts before a read is [`ReadError::Busy`].
const ATTEMPTS: u32 = 64;

/// Page 0 by its words.
pub(crate) type Page = [u64; PAGE_WORDS];

/// Reads page 0, in place.
pub(crate) fn read_page(file: &File, page: &mut Page) -> Result<(), ReadError> {
    os::read_words(file, page, 0).map_err(unread)
}

/// The newest totals, not older than sequence `floor`.
pub(crate) fn totals(file: &File, floor: u64) -> Result<Totals, ReadError> {
    let mut page = [0; PAGE_WORDS];
    read_page(file, &mut page)?;
    totals_of(&mut page, file, floor)
}

/// The same, from a page that was already read, if it has them.
pub(crate) fn totals_of(page: &mut Page, file: &File, floor: u64) -> Result<Totals, ReadError> {
    match newest_of(page) {
        Newest::Whole(totals) if totals.sequence() >= floor => Ok(totals),
        _ => totals_of_later(page, file, floor),
    }
}

/// The same, if the page that was read has no totals to return.
#[cold]
#[inline(never)]
fn totals_of_later(page: &mut Page, file: &File, floor: u64) -> Result<Totals, ReadError> {
    let mut published = floor > 0;
    let mut before = [0; PAGE_WORDS];
    for attempt in 0..ATTEMPTS {
        match newest_of(page) {
            Newest::Whole(totals) if totals.sequence() >= floor => return Ok(totals),
            // A publish that overlapped this copy has moved on by the next copy.
            Newest::Torn if page[SLOTS] == before[SLOTS] => {
                return Err(ReadError::Damaged { what: "the newest publish does not match its checksum" });
            }
            Newest::Nothing => {}
            Newest::Torn | Newest::Whole(_) => published = true,
        }
        before = *page;
        pause(attempt);
        read_page(file, page)?;
    }
    Err(if published { ReadError::Busy } else { ReadError::NothingPublished })
}

/// Contents of a copied page.
#[allow(clippy::large_enum_variant)] // lives on the stack for a moment; reading allocates nothing
enum Newest {
    /// No slot looks complete.
    Nothing,
    /// The newest slot that looks complete does not match its CRC.
    Torn,
    /// The newest totals.
    Whole(Totals),
}

fn newest_of(page: &Page) -> Newest {
    let Some(newest) = newest_section(&page[SLOTS], slot::WORDS) else { return Newest::Nothing };
    if !is_whole(newest, slot::CRC) {
        return Newest::Torn;
    }
    let mut words = [0; slot::USED];
    words.copy_from_slice(&newest[..slot::USED]);
    Newest::Whole(Totals::new(words, Control::decode(|word| page[word])))
}

/// The section with the highest complete sequence in the copy of a ring.
fn newest_section(ring: &[u64], section_words: usize) -> Option<&[u64]> {
    let sections = ring.chunks_exact(section_words);
    let complete = sections.filter(|section| section[0] > 0 && section[0].is_multiple_of(2));
    complete.max_by_key(|section| section[0])
}

/// Whether the copy of a section belongs to one commit.
fn is_whole(section: &[u64], crc_at: usize) -> bool {
    section[crc_at] == u64::from(section_crc(section, crc_at))
}

/// Totals and tables of the newest commit, not older than sequence `floor`, into `frame`.
pub(crate) fn frame(
    file: &File,
    geometry: &Geometry,
    floor: u64,
    frame: &mut Frame,
) -> Result<(), ReadError> {
    let mut before = None;
    for attempt in 0..ATTEMPTS {
        let newest = totals(file, floor)?;
        let extent = Extent::of(&newest, geometry)?;
        let (totals, tables, names) = frame.parts_mut();
        for (index, table) in Region::TABLES.into_iter().enumerate() {
            let area = geometry.of(table);
            tables[index].row_words = area.row_words();
            let start = area.start_bytes(extent.bank);
            read_words(file, start, extent.rows[index] * area.row_words(), &mut tables[index].words)?;
        }
        // Read after the rows: a bank that is being reused has another sequence by now, and rows mixed from two
        // commits do not add up to the check.
        let place = geometry.of(Region::Banks).row(0, extent.bank);
        let mut header = Vec::new();
        read_words(file, place.start * WORD_BYTES, place.len(), &mut header)?;
        let (sequence, check) = (header[bank::SEQUENCE], check_of(tables));
        if sequence == newest.sequence() && header[bank::CHECK] == check {
            // Names never change below the length that a slot gives, so they may be copied last. But a power cut may
            // have lost the newest of them.
            names.resize(extent.names_bytes, 0);
            let start = geometry.of(Region::Names).start_bytes(0) as u64;
            os::read_exact_at(file, names, start).map_err(unread)?;
            if u64::from(crc32fast::hash(names)) != newest.lengths().names_crc {
                return Err(ReadError::Damaged { what: "the names do not match their checksum" });
            }
            *totals = newest;
            return frame.check_names();
        }
        // A bank older than the slot that names it, or rows that mismatch twice in the same way, are not an overlap.
        let now = Some((newest.sequence(), sequence, header[bank::CHECK], check));
        if sequence <= newest.sequence() && now == before {
            return Err(ReadError::Damaged { what: "the tables do not match their checksum" });
        }
        before = now;
        pause(attempt);
    }
    Err(ReadError::Busy)
}

fn check_of(tables: &[Rows; Region::TABLES.len()]) -> u64 {
    let mut check = 0u64;
    for (rows, table) in tables.iter().zip(Region::TABLES) {
        for (row, words) in rows.words.chunks_exact(rows.row_words).enumerate() {
            check = check.wrapping_add(u64::from(row_crc(table, row, words)));
        }
    }
    check
}

/// The publisher's newest health; `None` if it never reported any.
pub(crate) fn health(file: &File, geometry: &Geometry) -> Result<Option<Health>, ReadError> {
    let area = geometry.of(Region::Health);
    let mut words = Vec::new();
    let mut before = Vec::new();
    for attempt in 0..ATTEMPTS {
        read_words(file, area.start_bytes(0), area.row_words() * HEALTH_SLOTS, &mut words)?;
        let Some(newest) = newest_section(&words, area.row_words()) else { return Ok(None) };
        if is_whole(newest, health::CRC) {
            return Ok(Some(Health::decode(newest)));
        }
        if words == before {
            return Err(ReadError::Damaged { what: "the health does not match its checksum" });
        }
        before.clone_from(&words);
        pause(attempt);
    }
    Err(ReadError::Busy)
}

fn read_words(file: &File, start: usize, count: usize, words: &mut Vec<u64>) -> Result<(), ReadError> {
    words.clear();
    words.resize(count, 0);
    os::read_words(file, words, start as u64).map_err(unread)
}

fn unread(source: io::Error) -> ReadError {
    match source.kind() {
        io::ErrorKind::UnexpectedEof => ReadError::Shrunk,
        _ => ReadError::Io { action: "read", source },
    }
}

/// Gives a writer at full speed time to finish; the first attempts do not wait.
fn pause(attempt: u32) {
    if attempt > 4 {
        std::thread::sleep(Duration::from_micros(50));
    } else {
        std::thread::yield_now();
    }
}
