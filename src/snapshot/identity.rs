//! The static part of page 0: what a file is, who wrote it, and where its regions are.
//!
//! Invariant: it is written before the file gets its name and never again, so readers read it once, without
//! a sequence; its checksum covers all of it.

use std::path::Path;

use super::crc::crc_of_words;
use super::error::OpenError;
use super::geometry::Geometry;
use super::layout::{ENDIAN_MARK, MAGIC, MAJOR, MINOR, WORD_BYTES, identity as at, layout_json, schema_hash};
use super::os;

/// The schema hash of this version, made when this is compiled.
const SCHEMA: u64 = schema_hash();

/// What a snapshot file states about itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Layout version, major and minor.
    pub layout: (u32, u32),
    /// Random number of the lineage: sequences of one epoch never go back. Never zero.
    pub epoch: u64,
    /// Length of the file in bytes.
    pub file_bytes: u64,
    /// Process id of the writer, as seen in its own pid namespace.
    pub writer_pid: u64,
    /// When the writer started, ms UTC.
    pub writer_started_at: i64,
    /// Id of the boot in which the file was created; zeros if the system has none.
    pub boot_id: [u64; 2],
    /// When the file was created, ms UTC.
    pub created_at: i64,
    /// First day of the week: 0 Monday to 6 Sunday.
    pub week_start: u8,
    /// Version of the writing program.
    pub program: String,
    /// Time zone of days, weeks and months, as an IANA name, offset, POSIX rule or `local time`.
    pub zone: String,
}

impl Identity {
    /// Whether the file was written since this machine started, as far as can be known. If so, its pages are what
    /// the publisher stored, not what a power cut left of them.
    pub(crate) fn is_of_this_boot(&self) -> bool {
        let now = os::boot_id();
        self.boot_id == now || self.boot_id == [0; 2] || now == [0; 2]
    }

    /// Writes the static part, checksum included. The texts have been checked to fit.
    pub(crate) fn encode(&self, geometry: &Geometry, page: &mut [u64]) {
        page[at::MAGIC] = MAGIC;
        page[at::ENDIAN] = ENDIAN_MARK;
        page[at::VERSION] = u64::from(MAJOR) << 32 | u64::from(MINOR);
        page[at::SCHEMA] = SCHEMA;
        page[at::EPOCH] = self.epoch;
        page[at::FILE_BYTES] = geometry.file_bytes();
        page[at::WRITER_PID] = self.writer_pid;
        page[at::WRITER_START] = self.writer_started_at.cast_unsigned();
        page[at::BOOT_ID..at::BOOT_ID + 2].copy_from_slice(&self.boot_id);
        page[at::CREATED_AT] = self.created_at.cast_unsigned();
        page[at::WEEK_START] = u64::from(self.week_start);
        put_text(&self.program, &mut page[at::PROGRAM..at::PROGRAM + at::PROGRAM_WORDS]);
        put_text(&self.zone, &mut page[at::ZONE..at::ZONE + at::ZONE_WORDS]);
        page[at::LAYOUT_CRC] = u64::from(crc32fast::hash(layout_json().as_bytes()));
        geometry.encode(page);
        page[at::CHECKSUM] = u64::from(checksum(page));
    }

    /// Reads and checks the static part of the file at `path`, whose length is `file_bytes`.
    pub(crate) fn decode(page: &[u64], file_bytes: u64, path: &Path) -> Result<(Self, Geometry), OpenError> {
        let damaged = |what| OpenError::Damaged { path: path.into(), what };
        if page[at::MAGIC] == MAGIC.swap_bytes() || page[at::ENDIAN] == ENDIAN_MARK.swap_bytes() {
            return Err(OpenError::Endianness { path: path.into() });
        }
        if page[at::MAGIC] != MAGIC {
            return Err(OpenError::NotASnapshot { path: path.into(), why: "it lacks the magic number" });
        }
        if page[at::ENDIAN] != ENDIAN_MARK {
            return Err(damaged("the mark of byte order is wrong"));
        }
        let (major, minor) = halves(page[at::VERSION]);
        if major != MAJOR {
            return Err(OpenError::Version { path: path.into(), found: major, supported: MAJOR });
        }
        if page[at::CHECKSUM] != u64::from(checksum(page)) {
            return Err(damaged("the checksum of the static part is wrong"));
        }
        if page[at::FILE_BYTES] != file_bytes {
            return Err(damaged("the file does not have the length it was created with"));
        }
        if page[at::SCHEMA] != SCHEMA && minor == MINOR {
            return Err(damaged("the schema hash is not that of its version"));
        }
        if page[at::EPOCH] == 0 {
            return Err(damaged("the epoch is zero"));
        }
        let geometry = Geometry::decode(page, file_bytes).map_err(damaged)?;
        let text = |words| get_text(words).ok_or_else(|| damaged("a text of the static part is not UTF-8"));
        let identity = Self {
            layout: (major, minor),
            epoch: page[at::EPOCH],
            file_bytes,
            writer_pid: page[at::WRITER_PID],
            writer_started_at: page[at::WRITER_START].cast_signed(),
            boot_id: [page[at::BOOT_ID], page[at::BOOT_ID + 1]],
            created_at: page[at::CREATED_AT].cast_signed(),
            week_start: week_start(page[at::WEEK_START]),
            program: text(&page[at::PROGRAM..at::PROGRAM + at::PROGRAM_WORDS])?,
            zone: text(&page[at::ZONE..at::ZONE + at::ZONE_WORDS])?,
        };
        Ok((identity, geometry))
    }
}

fn checksum(page: &[u64]) -> u32 {
    crc_of_words(&page[..at::CHECKSUM])
}

#[allow(clippy::cast_possible_truncation)] // the two halves of the word
fn halves(word: u64) -> (u32, u32) {
    ((word >> 32) as u32, word as u32)
}

fn put_text(text: &str, words: &mut [u64]) {
    words.fill(0);
    for (byte, value) in text.bytes().enumerate() {
        words[byte / WORD_BYTES] |= u64::from(value) << (8 * (byte % WORD_BYTES));
    }
}

fn get_text(words: &[u64]) -> Option<String> {
    let mut bytes = Vec::with_capacity(words.len() * WORD_BYTES);
    bytes.extend(words.iter().flat_map(|word| word.to_le_bytes()).take_while(|byte| *byte != 0));
    String::from_utf8(bytes).ok()
}

/// A day that is not listed is Monday, as the layout says.
fn week_start(word: u64) -> u8 {
    u8::try_from(word).ok().filter(|day| *day < 7).unwrap_or(0)
}
