//! One row as it stands in a page of an SQLite file: its length, the kinds of its columns, their values.
//!
//! Invariant: the same bytes as SQLite writes for the same values. Used by [`super::first_import`] and those that know
//! the rows.

/// A longer row has its end on pages of its own, which is left to SQLite.
pub(super) const LONGEST: usize = (super::tree::PAGE_BYTES - 12) * 64 / 255 - 23;

/// A row that fits a page, behind its length.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry<'a>(pub(super) &'a [u8]);

/// Makes rows, one after another, column by column.
#[derive(Debug, Default)]
pub(super) struct Composer {
    /// The kind of each column, and with it the length of its value.
    kinds: Vec<u8>,
    values: Vec<u8>,
    entry: Vec<u8>,
}

impl Composer {
    pub(super) fn null(&mut self) -> &mut Self {
        self.kinds.push(0);
        self
    }

    pub(super) fn integer(&mut self, value: i64) -> &mut Self {
        let bytes = value.to_be_bytes();
        // As many bytes as the value needs; none for the two most common values.
        let (kind, length) = match value {
            0 => (8, 0),
            1 => (9, 0),
            _ => match 64 - (value ^ (value >> 63)).leading_zeros() {
                0..8 => (1, 1),
                8..16 => (2, 2),
                16..24 => (3, 3),
                24..32 => (4, 4),
                32..48 => (5, 6),
                _ => (6, 8),
            },
        };
        self.kinds.push(kind);
        self.values.extend_from_slice(&bytes[bytes.len() - length..]);
        self
    }

    pub(super) fn optional_integer(&mut self, value: Option<i64>) -> &mut Self {
        match value {
            Some(value) => self.integer(value),
            None => self.null(),
        }
    }

    pub(super) fn optional_text(&mut self, text: Option<&str>) -> &mut Self {
        match text {
            Some(text) => self.bytes(13, text.as_bytes()),
            None => self.null(),
        }
    }

    pub(super) fn blob(&mut self, bytes: &[u8]) -> &mut Self {
        self.bytes(12, bytes)
    }

    fn bytes(&mut self, kind: u64, bytes: &[u8]) -> &mut Self {
        append_varint(&mut self.kinds, kind + 2 * bytes.len() as u64);
        self.values.extend_from_slice(bytes);
        self
    }

    /// The row of the columns since the last one; `None` if it is [too long](LONGEST).
    pub(super) fn finish(&mut self) -> Option<Entry<'_>> {
        let Self { kinds, values, entry } = self;
        // The length of the kinds counts itself, in one byte as far as it goes.
        let head = kinds.len() + 1;
        debug_assert!(head < 0x80, "no table here has as many columns");
        entry.clear();
        append_varint(entry, (head + values.len()) as u64);
        append_varint(entry, head as u64);
        entry.append(kinds);
        let fits = head + values.len() <= LONGEST;
        entry.append(values);
        fits.then_some(Entry(entry))
    }
}

/// Seven bits a byte, the highest first, all but the last with the eighth bit set.
fn append_varint(to: &mut Vec<u8>, value: u64) {
    let bits = u64::BITS - (value | 1).leading_zeros();
    for group in (1..bits.div_ceil(7)).rev() {
        to.push(0x80 | seven_bits(value >> (7 * group)));
    }
    to.push(seven_bits(value));
}

fn seven_bits(value: u64) -> u8 {
    value.to_le_bytes()[0] & 0x7f
}
