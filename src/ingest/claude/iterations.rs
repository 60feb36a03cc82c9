//! The entries of `usage.iterations`, as written.
//!
//! Invariant: an entry is left out only if it plainly repeats the top level. [`super::decode`] decides which
//! of the others are billed.

use super::counts::{self, Counts, if_object};
use crate::ingest::json::{Cursor, Fault, Scalar};

/// One object in `iterations`.
#[derive(Debug, Default)]
pub(in crate::ingest) struct RawIteration<'a> {
    pub(in crate::ingest) kind: Scalar<'a>,
    pub(in crate::ingest) model: Scalar<'a>,
    pub(in crate::ingest) counts: Counts,
}

/// Reads the value of `iterations`. Empty if it is not an array, or if all its entries plainly repeat the top
/// level.
pub(super) fn read<'a>(cursor: &mut Cursor<'a, '_>) -> Result<Vec<RawIteration<'a>>, Fault> {
    if cursor.peek()? != b'[' {
        cursor.skip()?;
        return Ok(Vec::new());
    }
    // Nearly every iteration is a `message` that repeats the top level. It can be a separate request only if
    // there are entries of other kinds, so an array of messages costs no allocation and any other array is
    // read twice.
    let start = cursor.consumed();
    let others = read_where(cursor, |kind| kind != b"message")?;
    if others.is_empty() {
        return Ok(others);
    }
    cursor.go_back_to(start);
    read_where(cursor, |_| true)
}

fn read_where<'a>(
    cursor: &mut Cursor<'a, '_>,
    is_wanted: impl Fn(&[u8]) -> bool,
) -> Result<Vec<RawIteration<'a>>, Fault> {
    let mut iterations = Vec::new();
    cursor.array(|cursor| {
        let mut iteration = RawIteration::default();
        if_object(cursor, |cursor, key| {
            match key {
                b"type" => iteration.kind = cursor.scalar()?,
                b"model" => iteration.model = cursor.scalar()?,
                _ => counts::member(&mut iteration.counts, cursor, key)?,
            }
            Ok(())
        })?;
        if matches!(iteration.kind, Scalar::Text(kind) if is_wanted(kind.raw)) {
            iterations.push(iteration);
        }
        Ok(())
    })?;
    Ok(iterations)
}
