//! The entries of `usage.iterations`, as they are written.
//!
//! Invariant: what is left out plainly repeats the top level. Which of the others are billed, [`super::decode`] judges.

use super::counts::{self, Counts, if_object};
use crate::ingest::json::{Cursor, Fault, Scalar};

/// An object in `iterations`.
#[derive(Debug, Default)]
pub(in crate::ingest) struct Iteration<'a> {
    pub(in crate::ingest) kind: Scalar<'a>,
    pub(in crate::ingest) model: Scalar<'a>,
    pub(in crate::ingest) counts: Counts,
}

/// Reads a value that may be a list of them; none if all of them plainly repeat the top level.
pub(super) fn read<'a>(cursor: &mut Cursor<'a, '_>) -> Result<Vec<Iteration<'a>>, Fault> {
    if cursor.peek()? != b'[' {
        cursor.skip()?;
        return Ok(Vec::new());
    }
    // Nearly every iteration is a `message` that repeats the top level. Only beside others can it be a request of its
    // own, so an array of nothing else costs no allocation, and any other one is read twice.
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
) -> Result<Vec<Iteration<'a>>, Fault> {
    let mut iterations = Vec::new();
    cursor.array(|cursor| {
        let mut iteration = Iteration::default();
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
