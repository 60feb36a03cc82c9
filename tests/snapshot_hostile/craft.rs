//! Snapshots made by hand: a good one from the writer, then words changed with every checksum made right.

use std::path::Path;
use std::sync::OnceLock;

use cco::snapshot::layout::{
    BANKS, HEALTH_SLOTS, Kind, MAJOR, MINOR, PAGE_BYTES, Region, WORD_BYTES, bank as bank_row, health,
    identity, slot,
};
use cco::snapshot::{
    Counters, DayRow, Health, ModelRow, ProjectRow, Publication, SessionRow, Writer, WriterOptions,
};

/// Commits of [`good`].
pub(crate) const COMMITS: u64 = 3;
/// Sessions of every commit.
pub(crate) const SESSIONS: usize = 5;

/// The figures of commit `number`.
pub(crate) fn counters(number: u64) -> Counters {
    Counters { requests: number, input_tokens: number * 1000, ..Counters::default() }
}

/// The bytes of a snapshot with three commits.
pub(crate) fn good() -> Vec<u8> {
    static MADE: OnceLock<Vec<u8>> = OnceLock::new();
    MADE.get_or_init(make).clone()
}

fn make() -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("usage.snapshot");
    let options = WriterOptions { zone: "UTC".into(), week_start: 0, program: "test".into() };
    let mut writer = Writer::open(&path, options).unwrap();
    let draft = writer.draft();
    let project = draft.intern("-home-me-project");
    let path_name = draft.intern("/home/me/project");
    let model = draft.intern("claude-a");
    draft.push(&ModelRow { name: model, counters: counters(1), ..ModelRow::default() });
    draft.push(&ProjectRow { project, path: path_name, counters: counters(1), ..ProjectRow::default() });
    draft.push(&DayRow { date: 20_260_102, counters: counters(1) });
    for session in 0..SESSIONS {
        let session = draft.intern(&format!("session-{session}"));
        draft.push(&SessionRow { session, project, counters: counters(1), ..SessionRow::default() });
    }
    writer.report(Health { files: 7, ..Health::default() });
    for number in 1..=COMMITS {
        let at = i64::try_from(number).unwrap() * 10_000;
        let totals = counters(number);
        writer.commit(&Publication { published_at: at, totals, ..Publication::default() }).unwrap();
    }
    writer.stop();
    std::fs::read(path).unwrap()
}

/// One word of a file.
pub(crate) fn word(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(bytes[at * WORD_BYTES..][..WORD_BYTES].try_into().unwrap())
}

/// Changes one word.
pub(crate) fn put(bytes: &mut [u8], at: usize, value: u64) {
    bytes[at * WORD_BYTES..][..WORD_BYTES].copy_from_slice(&value.to_le_bytes());
}

/// Makes the checksum of the static part right.
pub(crate) fn seal(bytes: &mut [u8]) {
    let crc = crc32fast::hash(&bytes[..identity::CHECKSUM * WORD_BYTES]);
    put(bytes, identity::CHECKSUM, u64::from(crc));
}

/// Makes the CRC of a slot right.
pub(crate) fn seal_slot(bytes: &mut [u8], number: usize) {
    seal_section(bytes, slot::FIRST + number * slot::WORDS, slot::WORDS, slot::CRC);
}

/// Makes the CRC of a section right.
fn seal_section(bytes: &mut [u8], start: usize, words: usize, crc_at: usize) {
    let section = &bytes[start * WORD_BYTES..][..words * WORD_BYTES];
    let mut crc = crc32fast::Hasher::new();
    crc.update(&section[..crc_at * WORD_BYTES]);
    crc.update(&section[(crc_at + 1) * WORD_BYTES..]);
    let crc = crc.finalize();
    put(bytes, start + crc_at, u64::from(crc));
}

/// First word of the newest slot of [`good`].
pub(crate) fn newest_slot() -> (usize, usize) {
    let number = usize::try_from(COMMITS).unwrap() % slot::COUNT;
    (number, slot::FIRST + number * slot::WORDS)
}

/// First word of a region's entry in the directory.
pub(crate) fn entry(region: Region) -> usize {
    let place = Region::ALL.iter().position(|other| *other == region).unwrap();
    identity::DIRECTORY + place * identity::ENTRY_WORDS
}

/// First word of a copy of a region.
pub(crate) fn region_start(bytes: &[u8], region: Region, copy: usize) -> usize {
    let entry = entry(region);
    let (row_bytes, capacity) = (word(bytes, entry) >> 32, word(bytes, entry + 2));
    let stride = (row_bytes * capacity).next_multiple_of(64) * copy as u64;
    usize::try_from(word(bytes, entry + 1) + stride).unwrap() / WORD_BYTES
}

/// The good snapshot as a later minor version might write it: rows longer by two words, regions in another
/// order and behind one that nobody knows, words where this version has zeros.
pub(crate) fn later_minor(good: &[u8]) -> Vec<u8> {
    const MORE_WORDS: usize = 2;
    let mut later = good[..PAGE_BYTES].to_vec();
    put(&mut later, identity::VERSION, u64::from(MAJOR) << 32 | u64::from(MINOR + 1));
    put(&mut later, identity::SCHEMA, 0x5eed);
    let unknown = identity::DIRECTORY + Region::ALL.len() * identity::ENTRY_WORDS;
    put(&mut later, unknown, 64 << 32 | 99);
    put(&mut later, unknown + 1, PAGE_BYTES as u64);
    put(&mut later, unknown + 2, 1);
    later.resize(PAGE_BYTES + 64, 0xaa);

    let (slot_number, newest) = newest_slot();
    let bank = usize::try_from(COMMITS).unwrap() % BANKS;
    let mut check = 0u64;
    for region in Region::ALL.into_iter().rev() {
        let entry = entry(region);
        let is_bytes = region.kind() == Kind::Bytes;
        let more = if is_bytes { 0 } else { MORE_WORDS };
        let old_words = region.row_bytes() / WORD_BYTES;
        let capacity = usize::try_from(word(good, entry + 2)).unwrap();
        put(&mut later, entry, ((region.row_bytes() + more * WORD_BYTES) as u64) << 32 | region as u64);
        let offset = later.len() as u64;
        put(&mut later, entry + 1, offset);
        for copy in 0..region.copies() {
            let start = region_start(good, region, copy);
            if is_bytes {
                later.extend_from_slice(&good[start * WORD_BYTES..][..capacity]);
            } else {
                for row in 0..capacity {
                    let row = start + row * old_words;
                    later.extend_from_slice(&good[row * WORD_BYTES..(row + old_words) * WORD_BYTES]);
                    later.extend_from_slice(&[0xbb; MORE_WORDS * WORD_BYTES]);
                }
            }
            later.resize(later.len().next_multiple_of(64), 0);
        }
        if let Some(table) = Region::TABLES.iter().position(|table| *table == region) {
            let row_bytes = region.row_bytes() + more * WORD_BYTES;
            let start = region_start(&later, region, bank) * WORD_BYTES;
            for row in 0..word(good, newest + slot::LENGTHS + table) {
                let mut crc = crc32fast::Hasher::new();
                crc.update(&(region as u64).to_le_bytes());
                crc.update(&row.to_le_bytes());
                let at = start + usize::try_from(row).unwrap() * row_bytes;
                crc.update(&later[at..at + row_bytes]);
                check = check.wrapping_add(u64::from(crc.finalize()));
            }
        }
    }
    let banks = region_start(&later, Region::Banks, 0);
    let header = Region::Banks.row_bytes() / WORD_BYTES + MORE_WORDS;
    put(&mut later, banks + bank * header + bank_row::CHECK, check);
    let reports = region_start(&later, Region::Health, 0);
    let report = health::WORDS + MORE_WORDS;
    for number in 0..HEALTH_SLOTS {
        seal_section(&mut later, reports + number * report, report, health::CRC);
    }
    put(&mut later, newest + slot::USED, 0xcccc);
    put(&mut later, newest + slot::LENGTH, slot::USED as u64 + 1);
    seal_slot(&mut later, slot_number);
    later.resize(later.len().next_multiple_of(PAGE_BYTES), 0);
    let length = later.len() as u64;
    put(&mut later, identity::FILE_BYTES, length);
    seal(&mut later);
    later
}

/// Writes `bytes` as the file at `path`.
pub(crate) fn save(path: &Path, bytes: &[u8]) {
    std::fs::write(path, bytes).unwrap();
}
