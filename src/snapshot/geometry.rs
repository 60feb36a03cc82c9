//! Where the regions of one file are. The writer plans them; every reader checks them before it uses them.
//!
//! Invariant: a [`Geometry`] lies inside its file: regions are aligned, do not overlap page 0 or each other,
//! and rows are at least as long as this version knows them. A reader that has one need not check offsets.

use super::layout::{
    ALIGN_BYTES, BANKS, HEALTH_SLOTS, Kind, MAX_CAPACITY, MAX_FILE_BYTES, MAX_ROW_BYTES, PAGE_BYTES, Region,
    WORD_BYTES, directory_entry, identity,
};

/// One region.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Area {
    /// Bytes from the start of the file.
    pub(crate) offset: u64,
    /// Bytes of a row.
    pub(crate) row_bytes: u64,
    /// Rows of a copy.
    pub(crate) capacity: u64,
    copies: u64,
}

#[allow(clippy::cast_possible_truncation)] // a checked geometry lies inside a file that fits in memory
impl Area {
    /// Bytes from the start of one bank's copy to that of the next.
    fn stride(self) -> u64 {
        (self.row_bytes * self.capacity).next_multiple_of(ALIGN_BYTES as u64)
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

    /// Words of all rows of a copy.
    pub(crate) fn copy(self, copy: usize) -> std::ops::Range<usize> {
        self.words(copy, self.capacity as usize)
    }

    /// Words of one row; the caller has checked `row` against the capacity.
    pub(crate) fn row(self, copy: usize, row: usize) -> std::ops::Range<usize> {
        let start = self.start(copy) + row * self.row_words();
        start..start + self.row_words()
    }
}

/// All regions of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Geometry {
    areas: [Area; Region::ALL.len()],
    file_bytes: u64,
}

impl Geometry {
    /// Lays regions out one after the other, each with the given capacity.
    pub(crate) fn plan(capacity: impl Fn(Region) -> u64) -> Self {
        let mut areas = [Area::default(); Region::ALL.len()];
        let mut offset = PAGE_BYTES as u64;
        for region in Region::ALL {
            let area = Area {
                offset,
                row_bytes: region.row_bytes() as u64,
                capacity: match region {
                    Region::Banks => BANKS as u64,
                    Region::Health => HEALTH_SLOTS as u64,
                    _ => capacity(region),
                },
                copies: region.copies() as u64,
            };
            areas[index(region)] = area;
            offset = area.end();
        }
        // With a page at its end that holds nothing: whether that is there shows whether all is there.
        Self { areas, file_bytes: offset.next_multiple_of(PAGE_BYTES as u64) + PAGE_BYTES as u64 }
    }

    /// Bytes of the whole file.
    pub(crate) fn file_bytes(&self) -> u64 {
        self.file_bytes
    }

    /// One region.
    pub(crate) fn of(&self, region: Region) -> Area {
        self.areas[index(region)]
    }

    /// Writes the directory into the static part.
    pub(crate) fn encode(&self, page: &mut [u64]) {
        for region in Region::ALL {
            let area = self.of(region);
            let entry = identity::DIRECTORY + index(region) * identity::ENTRY_WORDS;
            page[entry + directory_entry::REGION] = area.row_bytes << 32 | region as u64;
            page[entry + directory_entry::OFFSET] = area.offset;
            page[entry + directory_entry::CAPACITY] = area.capacity;
        }
    }

    /// Reads the directory of a file of `file_bytes` and checks all that readers rely on.
    pub(crate) fn decode(page: &[u64], file_bytes: u64) -> Result<Self, &'static str> {
        if file_bytes > MAX_FILE_BYTES {
            return Err("the file is larger than a snapshot can be");
        }
        let mut areas = [None; Region::ALL.len()];
        for entry in 0..identity::DIRECTORY_ENTRIES {
            let at = identity::DIRECTORY + entry * identity::ENTRY_WORDS;
            let id = page[at + directory_entry::REGION] & u64::from(u32::MAX);
            let Some(region) = Region::ALL.into_iter().find(|region| *region as u64 == id) else {
                continue; // unused, or of a later minor version
            };
            if areas[index(region)].is_some() {
                return Err("a region is listed twice");
            }
            let area = Area {
                offset: page[at + directory_entry::OFFSET],
                row_bytes: page[at + directory_entry::REGION] >> 32,
                capacity: page[at + directory_entry::CAPACITY],
                copies: region.copies() as u64,
            };
            check(region, area, file_bytes)?;
            areas[index(region)] = Some(area);
        }
        let mut known = [Area::default(); Region::ALL.len()];
        for (known, area) in known.iter_mut().zip(areas) {
            *known = area.ok_or("a region is missing from the directory")?;
        }
        let mut sorted = known;
        sorted.sort_unstable_by_key(|area| area.offset);
        if sorted.windows(2).any(|pair| pair[0].end() > pair[1].offset) {
            return Err("two regions overlap");
        }
        Ok(Self { areas: known, file_bytes })
    }
}

fn index(region: Region) -> usize {
    region as usize - 1
}

fn check(region: Region, area: Area, file_bytes: u64) -> Result<(), &'static str> {
    if area.offset < PAGE_BYTES as u64 || !area.offset.is_multiple_of(ALIGN_BYTES as u64) {
        return Err("a region starts at an impossible offset");
    }
    let is_bytes = region.kind() == Kind::Bytes;
    let known = region.row_bytes() as u64;
    let is_known = area.row_bytes >= known && area.row_bytes <= MAX_ROW_BYTES;
    let is_whole =
        if is_bytes { area.row_bytes == 1 } else { area.row_bytes.is_multiple_of(WORD_BYTES as u64) };
    if !(is_known && is_whole) {
        return Err("a region has an impossible row size");
    }
    let fixed = match region {
        Region::Banks => Some(BANKS as u64),
        Region::Health => Some(HEALTH_SLOTS as u64),
        _ => None,
    };
    if area.capacity == 0 || area.capacity > MAX_CAPACITY || fixed.is_some_and(|fixed| area.capacity != fixed)
    {
        return Err("a region has an impossible capacity");
    }
    if region.kind() == Kind::Index && !area.capacity.is_power_of_two() {
        return Err("an index has a capacity that is not a power of two");
    }
    // The limits above keep these products and sums far below 2⁶⁴, except with a hostile offset.
    let bytes = area.stride() * area.copies;
    match area.offset.checked_add(bytes) {
        Some(end) if end <= file_bytes => Ok(()),
        _ => Err("a region ends after the end of the file"),
    }
}
