//! Finds the end of a JSON string, many bytes at a time.
//!
//! Invariant: the end is the first quote preceded by an even number of backslashes, whatever else the string
//! contains. Every byte is read once, in an order that does not depend on the content. Used by
//! [`super::cursor`].

use wide::u8x16;

/// Bytes in one vector.
const LANE: usize = 16;

/// Bytes checked at a time in a long string: one bit of a word each.
const BLOCK: usize = 64;

/// The start of a string that is checked one vector at a time. Most strings are names and short values.
const SHORT: usize = 3 * LANE;

/// The length of the string whose opening quote is just before these bytes, and whether it contains a
/// backslash.
#[inline]
pub(super) fn end(bytes: &[u8]) -> Option<(usize, bool)> {
    let mut at = 0;
    while at < SHORT {
        let Some(lane) = bytes[at..].first_chunk() else { break };
        let (quotes, backslashes) = lane_masks(lane);
        let specials = quotes | backslashes;
        if specials != 0 {
            let first = specials.trailing_zeros();
            if quotes >> first & 1 == 1 {
                return Some((at + first as usize, false));
            }
            break;
        }
        at += LANE;
    }
    long_end(bytes, at)
}

/// The same, starting at `at`. No escape may begin before `at`.
fn long_end(bytes: &[u8], mut at: usize) -> Option<(usize, bool)> {
    let mut carry = 0;
    let mut escaped = false;
    while at < bytes.len() {
        let (mut quotes, backslashes) = match bytes[at..].first_chunk() {
            Some(block) => masks(block),
            None => last_masks(bytes, at),
        };
        if (backslashes | carry) != 0 {
            // A backslash after the closing quote does not belong to the string.
            let ends = quotes & !escapes(backslashes, &mut carry);
            let before = if ends == 0 { u64::MAX } else { (1 << ends.trailing_zeros()) - 1 };
            escaped |= backslashes & before != 0;
            quotes = ends;
        }
        if quotes != 0 {
            return Some((at + quotes.trailing_zeros() as usize, escaped));
        }
        at += BLOCK;
    }
    None
}

/// The mask of escaped bytes. `carry` is 1 if the block before escapes the first byte of this one; it is
/// updated for the next block.
///
/// In a run of backslashes every second one is escaped, and so is the byte after a run of odd length. Adding
/// a run's first bit to the run carries a bit to just after it. If the run began on an odd bit, this inverts
/// what the even bits say about the bytes that follow its backslashes.
#[inline]
fn escapes(backslashes: u64, carry: &mut u64) -> u64 {
    const EVEN: u64 = 0x5555_5555_5555_5555;
    let backslashes = backslashes & !*carry;
    let follows = backslashes << 1 | *carry;
    let odd_starts = backslashes & !EVEN & !follows;
    let (even_runs, overflow) = odd_starts.overflowing_add(backslashes);
    *carry = u64::from(overflow);
    (EVEN ^ (even_runs << 1)) & follows
}

/// The masks of the remaining bytes from `at`, which are less than a block.
#[inline]
fn last_masks(bytes: &[u8], at: usize) -> (u64, u64) {
    if let Some(block) = bytes.last_chunk() {
        // Shift out the bytes before `at`: they have been checked.
        let checked = BLOCK - (bytes.len() - at);
        let (quotes, backslashes) = masks(block);
        (quotes >> checked, backslashes >> checked)
    } else {
        let rest = &bytes[at..];
        let mut block = [0; BLOCK];
        block[..rest.len()].copy_from_slice(rest);
        masks(&block)
    }
}

/// The quotes and the backslashes in a block, one bit each.
#[inline]
fn masks(block: &[u8; BLOCK]) -> (u64, u64) {
    let (mut quotes, mut backslashes) = (0, 0);
    for (index, lane) in block.as_chunks().0.iter().enumerate() {
        let (in_lane, escapes_in_lane) = lane_masks(lane);
        quotes |= u64::from(in_lane) << (LANE * index);
        backslashes |= u64::from(escapes_in_lane) << (LANE * index);
    }
    (quotes, backslashes)
}

/// The same for one vector.
#[inline]
fn lane_masks(lane: &[u8; LANE]) -> (u32, u32) {
    let lane = u8x16::new(*lane);
    (lane.simd_eq(u8x16::splat(b'"')).to_bitmask(), lane.simd_eq(u8x16::splat(b'\\')).to_bitmask())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The same as [`end`], one byte at a time.
    fn naive(bytes: &[u8]) -> Option<(usize, bool)> {
        let (mut at, mut escaped) = (0, false);
        loop {
            match bytes.get(at)? {
                b'"' => return Some((at, escaped)),
                b'\\' => {
                    escaped = true;
                    at += 2;
                }
                _ => at += 1,
            }
        }
    }

    #[test]
    fn a_string_of_any_length_ends_at_its_quote() {
        for length in 0..200 {
            for filling in [b' ', b'!', b'#', b'[', b']', 0, 0xa2, 0xdc, 0xff] {
                let mut bytes = vec![filling; length];
                assert_eq!(end(&bytes), None);
                bytes.extend(b"\"\\\"");
                assert_eq!(end(&bytes), Some((length, false)));
                bytes[length] = b'\\';
                assert_eq!(end(&bytes), naive(&bytes), "{length}");
            }
        }
    }

    #[test]
    fn runs_of_backslashes_of_any_length_anywhere_escape_as_json_says() {
        for before in 0..140 {
            for run in 0..140 {
                let bytes = [&vec![b'x'; before][..], &vec![b'\\'; run], b"\"x\""].concat();
                assert_eq!(end(&bytes), naive(&bytes), "{run} after {before}");
            }
        }
    }

    proptest! {
        #[test]
        fn any_string_ends_where_a_byte_by_byte_search_says(
            bytes in proptest::collection::vec(prop_oneof![6 => Just(b'x'), 3 => Just(b'\\'), 1 => Just(b'"')], 0..300),
        ) {
            prop_assert_eq!(end(&bytes), naive(&bytes));
        }
    }
}
