//! Where the regions of one file stand: planned by a writer, checked by every reader before it follows them.
//!
//! Invariant: a [`Geometry`] lies inside its file: regions are aligned, do not overlap page 0 or each other,
//! and rows are at least as long as this version knows them. A reader that has one need not check offsets.

use super::layout::{BANKS, HEALTH_SLOTS, PAGE_BYTES, Region, WORD_BYTES, identity};

/// Regions start on cache lines.
const ALIGN_BYTES: u64 = 64;
/// More than any real table, less than what could overflow a sum of sizes.
const MAX_CAPACITY: u64 = 1 << 32;
/// Longer rows than a far later minor version could want.
const MAX_ROW_BYTES: u64 = 1 << 16;

/// Larger files than any real one; a file may be sparse, so that its length alone proves nothing, and a frame
/// takes memory for what it holds.
pub(crate) const MAX_FILE_BYTES: u64 = 1 << 32;

/// One region.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Span {
    /// Bytes from the start of the file.
    pub(crate) offset: u64,
    /// Bytes of a row.
    pub(crate) row_bytes: u64,
    /// Rows of a copy.
    pub(crate) capacity: u64,
    copies: u64,
}

#[allow(clippy::cast_possible_truncation)] // a checked geometry lies inside a file that fits in memory
impl Span {
    /// Bytes from the start of one bank's copy to that of the next.
    fn stride(self) -> u64 {
        (self.row_bytes * self.capacity).next_multiple_of(ALIGN_BYTES)
    }

    fn end(self) -> u64 {
        self.offset + self.stride() * self.copies
    }

    /// Words of a row.
    pub(crate) fn row_words(self) -> usize {
        self.row_bytes as usize / WORD_BYTES
    }

    /// First byte of a copy.
    pub(crate) fn start_bytes(self, copy: usize) -> usize {
        (self.offset + self.stride() * copy as u64) as usize
    }

    /// First word of a copy.
    pub(crate) fn start(self, copy: usize) -> usize {
        self.start_bytes(copy) / WORD_BYTES
    }

    /// Words of the first `rows` rows of a copy; the caller has checked `rows` against the capacity.
    pub(crate) fn words(self, copy: usize, rows: usize) -> std::ops::Range<usize> {
        let start = self.start(copy);
        start..start + rows * self.row_words()
    }
}

/// All regions of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Geometry {
    spans: [Span; Region::ALL.len()],
    file_bytes: u64,
}

impl Geometry {
    /// Lays regions out one behind the other, each with room for what `capacity` says.
    pub(crate) fn plan(capacity: impl Fn(Region) -> u64) -> Self {
        let mut spans = [Span::default(); Region::ALL.len()];
        let mut offset = PAGE_BYTES as u64;
        for region in Region::ALL {
            let span = Span {
                offset,
                row_bytes: region.row_bytes() as u64,
                capacity: match region {
                    Region::Banks => BANKS as u64,
                    Region::Health => HEALTH_SLOTS as u64,
                    _ => capacity(region),
                },
                copies: region.copies() as u64,
            };
            spans[index(region)] = span;
            offset = span.end();
        }
        Self { spans, file_bytes: offset.next_multiple_of(PAGE_BYTES as u64) }
    }

    /// Bytes of the whole file.
    pub(crate) fn file_bytes(&self) -> u64 {
        self.file_bytes
    }

    /// One region.
    pub(crate) fn of(&self, region: Region) -> Span {
        self.spans[index(region)]
    }

    /// Writes the directory into the static part.
    pub(crate) fn encode(&self, page: &mut [u64]) {
        for region in Region::ALL {
            let span = self.of(region);
            let entry = identity::DIRECTORY + index(region) * identity::ENTRY_WORDS;
            page[entry] = span.row_bytes << 32 | region as u64;
            page[entry + 1] = span.offset;
            page[entry + 2] = span.capacity;
        }
    }

    /// Reads the directory of a file of `file_bytes` and checks all that readers rely on.
    pub(crate) fn decode(page: &[u64], file_bytes: u64) -> Result<Self, &'static str> {
        if file_bytes > MAX_FILE_BYTES {
            return Err("the file is larger than a snapshot can be");
        }
        let mut spans = [None; Region::ALL.len()];
        for entry in 0..identity::DIRECTORY_ENTRIES {
            let at = identity::DIRECTORY + entry * identity::ENTRY_WORDS;
            let id = page[at] & u64::from(u32::MAX);
            let Some(region) = Region::ALL.into_iter().find(|region| *region as u64 == id) else {
                continue; // unused, or of a later minor version
            };
            if spans[index(region)].is_some() {
                return Err("a region is listed twice");
            }
            let span = Span {
                offset: page[at + 1],
                row_bytes: page[at] >> 32,
                capacity: page[at + 2],
                copies: region.copies() as u64,
            };
            check(region, span, file_bytes)?;
            spans[index(region)] = Some(span);
        }
        let mut known = [Span::default(); Region::ALL.len()];
        for (known, span) in known.iter_mut().zip(spans) {
            *known = span.ok_or("a region is missing from the directory")?;
        }
        let mut sorted = known;
        sorted.sort_unstable_by_key(|span| span.offset);
        if sorted.windows(2).any(|pair| pair[0].end() > pair[1].offset) {
            return Err("two regions overlap");
        }
        Ok(Self { spans: known, file_bytes })
    }
}

fn index(region: Region) -> usize {
    region as usize - 1
}

fn check(region: Region, span: Span, file_bytes: u64) -> Result<(), &'static str> {
    if span.offset < PAGE_BYTES as u64 || !span.offset.is_multiple_of(ALIGN_BYTES) {
        return Err("a region starts at an impossible offset");
    }
    let unit = if region.is_bytes() { 1 } else { WORD_BYTES as u64 };
    let known = region.row_bytes() as u64;
    if span.row_bytes < known || span.row_bytes > MAX_ROW_BYTES || !span.row_bytes.is_multiple_of(unit) {
        return Err("a region has an impossible row size");
    }
    if region.is_bytes() && span.row_bytes != 1 {
        return Err("a region has an impossible row size");
    }
    let fixed = match region {
        Region::Banks => Some(BANKS as u64),
        Region::Health => Some(HEALTH_SLOTS as u64),
        _ => None,
    };
    if span.capacity == 0 || span.capacity > MAX_CAPACITY || fixed.is_some_and(|fixed| span.capacity != fixed)
    {
        return Err("a region has an impossible capacity");
    }
    let hashed = matches!(region, Region::SessionIndex | Region::ProjectIndex);
    if hashed && !span.capacity.is_power_of_two() {
        return Err("an index has a capacity that is no power of two");
    }
    // The limits above keep these products and sums far below 2⁶⁴, but for a hostile offset.
    let bytes = span.stride() * span.copies;
    match span.offset.checked_add(bytes) {
        Some(end) if end <= file_bytes => Ok(()),
        _ => Err("a region ends behind the end of the file"),
    }
}
