//! Which of Claude Code's lines may count, and how its records begin.
//!
//! Invariant: a line that counts is a candidate. Most lines are not: four fifths of a transcript's bytes are gone over
//! by one search for a key.

use std::ops::Range;

use memchr::memmem::{self, Finder};

use super::object::Object;
use super::shapes::Shapes;
use crate::ingest::format;
use crate::ingest::json::{Fault, Nest};

/// The key of what counts. Within a string its quotes would be escaped, so the bare bytes are a key.
const USAGE: &[u8] = b"\"usage\"";

/// The type of lines with Claude Code's own figure, which hold no usage.
const COST_STATE: &[u8] = b"\"cost-state\"";

/// Within so many bytes such a line says that it is one. Claude Code writes the type first; a search through all
/// of every line costs a tenth of a cold scan.
const HEAD_BYTES: usize = 256;

/// How records begin.
const STARTS: [&[u8]; 3] = [b"{\"parentUuid\":", b"{\"type\":", b"{\"isSidechain\":"];

/// What all of them begin with.
const START: &[u8] = b"{\"";

/// Claude Code's transcripts.
#[derive(Debug)]
pub(in crate::ingest) struct Format {
    usage: Finder<'static>,
    cost_state: Finder<'static>,
    ahead: Ahead,
    nest: Nest,
    shapes: Shapes,
}

impl Default for Format {
    fn default() -> Self {
        Self {
            usage: Finder::new(USAGE),
            cost_state: Finder::new(COST_STATE),
            ahead: Ahead::default(),
            nest: Nest::default(),
            shapes: Shapes::default(),
        }
    }
}

impl format::Format for Format {
    type Object<'a> = Object<'a>;

    const LONGEST_START: usize = STARTS[2].len();

    fn begin_piece(&mut self) {
        self.ahead = Ahead::default();
    }

    fn is_candidate(&mut self, piece: &[u8], line: Range<usize>) -> bool {
        let head = &piece[line.start..line.end.min(line.start + HEAD_BYTES)];
        self.ahead.is_within(line, &self.usage, piece) || self.cost_state.find(head).is_some()
    }

    fn object<'a>(&mut self, bytes: &'a [u8]) -> Result<(Object<'a>, usize), Fault> {
        self.shapes.object(bytes, &mut self.nest)
    }

    fn next_record(line: &[u8], from: usize) -> Option<usize> {
        let rest = line.get(from..)?;
        memmem::find_iter(rest, START)
            .find(|&at| STARTS.iter().any(|start| rest[at..].starts_with(start)))
            .map(|at| from + at)
    }
}

/// Where a key next stands in a piece: one search covers the whole piece instead of one per line.
#[derive(Debug, Default)]
struct Ahead(Option<usize>);

impl Ahead {
    /// Whether the key stands within a line, whose `range` in the piece is behind those asked for before.
    fn is_within(&mut self, range: Range<usize>, key: &Finder<'_>, piece: &[u8]) -> bool {
        let next = match self.0 {
            Some(known) if known >= range.start => known,
            _ => key.find(&piece[range.start..]).map_or(piece.len(), |at| range.start + at),
        };
        self.0 = Some(next);
        // A key holds no newline: what starts within a line ends there.
        next < range.end
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_may_begin_behind_the_byte_where_the_failed_decode_began() {
        let next_record = <Format as format::Format>::next_record;
        let line = br#"{"type":"x {"types":1,{"isSidechain":0,"{"parentUuid":"#;
        assert_eq!(next_record(line, 0), Some(0));
        assert_eq!(next_record(line, 1), Some(22));
        assert_eq!(next_record(line, 23), Some(40));
        assert_eq!(next_record(line, 41), None);
        assert_eq!(next_record(line, 1000), None);
    }
}
