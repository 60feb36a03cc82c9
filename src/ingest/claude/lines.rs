//! Which of Claude Code's lines may count, and how its records begin.
//!
//! Invariant: every line that counts is a candidate. Most lines are not: one search for a key covers four
//! fifths of a transcript's bytes.

use std::ops::Range;

use memchr::memmem::{self, Finder};

use super::object::Object;
use super::shapes::Shapes;
use super::title::TitleKind;
use crate::ingest::format;
use crate::ingest::json::{Fault, Nest};

/// The key that every line with usage contains. Inside a string its quotes would be escaped, so the bare
/// bytes are always a key.
const USAGE: &[u8] = b"\"usage\"";

/// The type of the lines with the cost that Claude Code reports. They have no usage.
const COST_STATE: &[u8] = b"\"cost-state\"";

/// A line up to this length is searched for that type as a whole, which costs little, because most bytes stand in longer
/// lines. Claude Code's are a tenth as long.
const SHORT_BYTES: usize = 8 << 10;

/// Of a longer line only so many bytes are searched: searching all would cost a tenth of a cold scan, and Claude Code
/// writes the type first.
const HEAD_BYTES: usize = 256;

/// The ways in which records begin.
const STARTS: [&[u8]; 3] = [b"{\"parentUuid\":", b"{\"type\":", b"{\"isSidechain\":"];

/// What all of [`STARTS`] begin with.
const START: &[u8] = b"{\"";

/// The format of Claude Code's transcripts.
#[derive(Debug)]
pub(in crate::ingest) struct Format {
    usage: Finder<'static>,
    cost_state: Finder<'static>,
    next_usage: NextMatch,
    nest: Nest,
    shapes: Shapes,
    /// What lines with titles contain; none if titles are not wanted.
    titles: Vec<Finder<'static>>,
}

impl Format {
    /// The format, with lines that have titles of sessions or without.
    pub(in crate::ingest) fn with_titles(are_wanted: bool) -> Self {
        let types = TitleKind::TYPES.into_iter().filter(|_| are_wanted);
        Self { titles: types.map(|(quoted, _)| Finder::new(quoted)).collect(), ..Self::default() }
    }
}

impl Default for Format {
    fn default() -> Self {
        Self {
            usage: Finder::new(USAGE),
            cost_state: Finder::new(COST_STATE),
            next_usage: NextMatch::default(),
            nest: Nest::default(),
            shapes: Shapes::default(),
            titles: Vec::new(),
        }
    }
}

impl format::Format for Format {
    type Object<'a> = Object<'a>;

    const LONGEST_START: usize = STARTS[2].len();

    fn begin_piece(&mut self) {
        self.next_usage = NextMatch::default();
    }

    fn is_candidate(&mut self, piece: &[u8], line: Range<usize>) -> bool {
        let searched = if line.len() <= SHORT_BYTES { line.len() } else { HEAD_BYTES };
        let head = &piece[line.start..line.start + searched];
        let has_title = || {
            let is_short = line.len() <= SHORT_BYTES;
            is_short && self.titles.iter().any(|of| of.find(&head[..searched.min(HEAD_BYTES)]).is_some())
        };
        let has_title = !self.titles.is_empty() && has_title();
        has_title
            || self.next_usage.is_within(line, &self.usage, piece)
            || self.cost_state.find(head).is_some()
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

/// The next position of a key in a piece: one search covers the whole piece instead of one per line.
#[derive(Debug, Default)]
struct NextMatch(Option<usize>);

impl NextMatch {
    /// Whether the key is within the line at this `range` of the piece. Ask for the lines of a piece in
    /// order.
    fn is_within(&mut self, range: Range<usize>, key: &Finder<'_>, piece: &[u8]) -> bool {
        let next = match self.0 {
            Some(known) if known >= range.start => known,
            _ => key.find(&piece[range.start..]).map_or(piece.len(), |at| range.start + at),
        };
        self.0 = Some(next);
        // A key contains no newline, so a key that starts within a line also ends there.
        next < range.end
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_with_titles_are_parsed_only_if_titles_are_wanted() {
        let lines = [
            r#"{"type":"custom-title","customTitle":"One","sessionId":"s"}"#,
            r#"{"type":"ai-title","aiTitle":"Two","sessionId":"s"}"#,
            r#"{"type":"summary","summary":"Three","leafUuid":"u"}"#,
        ];
        let other = r#"{"type":"user","message":{"content":"no more than that"}}"#;
        let is_candidate = |are_wanted: bool, line: &str| {
            let mut format = Format::with_titles(are_wanted);
            format::Format::begin_piece(&mut format);
            format::Format::is_candidate(&mut format, line.as_bytes(), 0..line.len())
        };
        for line in lines {
            assert_eq!((is_candidate(false, line), is_candidate(true, line)), (false, true), "{line}");
        }
        assert!(!is_candidate(true, other));
    }

    #[test]
    fn a_record_may_begin_after_the_byte_where_the_failed_decode_began() {
        let next_record = <Format as format::Format>::next_record;
        let line = br#"{"type":"x {"types":1,{"isSidechain":0,"{"parentUuid":"#;
        assert_eq!(next_record(line, 0), Some(0));
        assert_eq!(next_record(line, 1), Some(22));
        assert_eq!(next_record(line, 23), Some(40));
        assert_eq!(next_record(line, 41), None);
        assert_eq!(next_record(line, 1000), None);
    }
}
