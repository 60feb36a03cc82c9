//! Where the sections of a snapshot are: its slots, its banks' headers, its health.
//!
//! Invariant: only this module maps a section's place to words, and each section is exactly one of the layout. The
//! checksum of a section covers all of its words except the checksum itself.

use super::crc::Crc;
use super::geometry::Geometry;
use super::layout::{Region, slot};
use super::seqlock::{Ring, Section};
use super::sync::AtomicU64;

/// The words of the L1 slots in page 0.
pub(crate) const SLOTS: std::ops::Range<usize> = slot::FIRST..slot::FIRST + slot::COUNT * slot::WORDS;

/// The L1 slots.
#[inline]
pub(crate) fn slots(words: &[AtomicU64]) -> Ring<'_> {
    Ring::of(&words[SLOTS], slot::WORDS)
}

/// The header of a bank of tables: a section whose rows are elsewhere.
pub(crate) fn bank_header<'a>(words: &'a [AtomicU64], geometry: &Geometry, bank: usize) -> Section<'a> {
    let headers = geometry.of(Region::Banks);
    Ring::of(&words[headers.copy(0)], headers.row_words()).section(bank)
}

/// The publisher's health.
pub(crate) fn health<'a>(words: &'a [AtomicU64], geometry: &Geometry) -> Ring<'a> {
    let reports = geometry.of(Region::Health);
    Ring::of(&words[reports.copy(0)], reports.row_words())
}

/// The CRC-32 of a section: over all its words except the one at `crc_at`.
pub(crate) fn section_crc(section: &[u64], crc_at: usize) -> u32 {
    let mut crc = Crc::new();
    crc.update(&section[..crc_at]);
    crc.update(&section[crc_at + 1..]);
    crc.finish()
}
