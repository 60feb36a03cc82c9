//! The bytes of a transcript, in pieces of any size, to its lines and the objects on them.
//!
//! Invariant: what comes out does not depend on where the pieces are cut. A line that does not hold `"usage"`
//! and does not begin as a cost state is not parsed: only its first and last byte are looked at, to report
//! damage. A line that does is read object by object where it stands; only what a piece cuts is copied. Only
//! whole objects are consumed, so that a last line without a newline counts as far as it is complete and can be
//! read on from there. Memory is bounded: of a line beyond [`OBJECT_BYTES`] no more is held than an object may
//! be long, and what exceeds that is malformed.

use std::ops::Range;

use memchr::memchr_iter;
use memchr::memmem::Finder;

use super::cursor::{Fault, Nest};
use super::shapes::Shapes;
use super::walk::Object;

/// Longest object that counts, in bytes.
pub(super) const OBJECT_BYTES: usize = 32 << 20;

/// The key of what counts. Within a string its quotes would be escaped, so the bare bytes are a key.
const USAGE: &[u8] = b"\"usage\"";

/// The type of lines with Claude Code's own figure, which hold no usage.
const COST_STATE: &[u8] = b"\"cost-state\"";

/// Within so many bytes such a line says that it is one. Claude Code writes the type first; a search through all
/// of every line costs a tenth of a cold scan.
const HEAD_BYTES: usize = 256;

/// Buffers larger than this are given back after the line that needed them.
const KEPT_BYTES: usize = 1 << 20;

/// Who takes what the lines hold.
pub(super) trait Sink {
    /// A whole object; `bytes` are its own.
    fn object(&mut self, object: &Object<'_>, bytes: &[u8], offset: u64);

    /// From here the rest of a line is no whole object.
    fn malformed(&mut self, offset: u64);
}

/// What there was besides objects.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct End {
    /// Lines, the last one also without its newline.
    pub(super) lines: u64,
    /// Where reading may go on: after the last newline or, in a last line without one, its last whole object.
    pub(super) consumed: u64,
    /// Something that is not whole stands after that, be it the start of an object or no JSON at all. Only the
    /// newline settles that a line is malformed: whoever reads on starts there again, and would report the
    /// same damage each time the transcript has grown; and a line that is being written may for a while read
    /// as zeroes.
    pub(super) incomplete: bool,
}

/// Splits a transcript that is fed to it in pieces.
pub(super) struct Lines {
    usage: Finder<'static>,
    cost_state: Finder<'static>,
    nest: Nest,
    shapes: Shapes,
    /// The line, or the part of it that is not consumed, as far as it was copied.
    line: Vec<u8>,
    mode: Mode,
    /// Offset of the first byte of `line`, or of the next byte where there is none.
    offset: u64,
    lines: u64,
}

/// What is done with the current line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    /// It is judged when it ends.
    Whole,
    /// It is longer than an object may be and is walked as it comes.
    Long,
    /// From this offset on it is malformed, which is reported once its end has come.
    Skipped(u64),
}

/// Where a walk along a line stopped.
enum Stop {
    /// Nothing but whitespace is left.
    Blank,
    /// The object that starts at this index ends beyond the line.
    Ends(usize),
    /// What starts at this index is no object.
    Broken(usize),
}

impl Lines {
    pub(super) fn new() -> Self {
        Self {
            usage: Finder::new(USAGE),
            cost_state: Finder::new(COST_STATE),
            nest: Nest::default(),
            shapes: Shapes::default(),
            line: Vec::new(),
            mode: Mode::Whole,
            offset: 0,
            lines: 0,
        }
    }

    /// Starts over, at this offset of some transcript.
    pub(super) fn start(&mut self, offset: u64) {
        self.line.clear();
        self.line.shrink_to(KEPT_BYTES);
        self.mode = Mode::Whole;
        self.offset = offset;
        self.lines = 0;
    }

    /// Takes the next bytes.
    pub(super) fn feed(&mut self, bytes: &[u8], sink: &mut impl Sink) {
        let mut usage = Ahead::default();
        let mut start = 0;
        for end in memchr_iter(b'\n', bytes) {
            if self.line.is_empty() && self.mode == Mode::Whole && end - start <= OBJECT_BYTES {
                let is_candidate = usage.is_within(start..end, &self.usage, bytes)
                    || self.says_cost_state(&bytes[start..end]);
                self.judge(&bytes[start..end], is_candidate, sink);
                self.next_line(end - start);
            } else {
                self.end_line(&bytes[start..end], sink);
            }
            start = end + 1;
        }
        let rest = &bytes[start..];
        match self.mode {
            Mode::Skipped(_) => self.offset += rest.len() as u64,
            Mode::Whole | Mode::Long => {
                self.line.extend_from_slice(rest);
                if self.line.len() > OBJECT_BYTES {
                    self.shorten(sink);
                }
            }
        }
    }

    /// Says that no bytes follow for now. A last line without its newline is walked whatever it holds:
    /// reading may go on after an object only if that is one.
    pub(super) fn finish(&mut self, sink: &mut impl Sink) -> End {
        let line = std::mem::take(&mut self.line);
        let (consumed, incomplete) = match (self.mode, self.walk(&line, sink)) {
            // Not after it: what is appended must not pass for the start of a line.
            (Mode::Skipped(from), _) => (from, true),
            (_, Stop::Blank) => (self.offset + line.len() as u64, false),
            (_, Stop::Ends(at) | Stop::Broken(at)) => (self.offset + at as u64, true),
        };
        let unterminated = self.mode != Mode::Whole || !line.is_empty();
        let end = End { lines: self.lines + u64::from(unterminated), consumed, incomplete };
        self.line = line;
        self.start(consumed);
        end
    }

    /// A line that began in earlier bytes, or is longer than an object may be, ends with these.
    fn end_line(&mut self, bytes: &[u8], sink: &mut impl Sink) {
        let length = self.line.len() + bytes.len();
        if let Mode::Skipped(from) = self.mode {
            sink.malformed(from);
        } else {
            self.line.extend_from_slice(bytes);
            let line = std::mem::take(&mut self.line);
            let is_candidate = self.mode == Mode::Long
                || length > OBJECT_BYTES
                || self.usage.find(&line).is_some()
                || self.says_cost_state(&line);
            self.judge(&line, is_candidate, sink);
            self.line = line;
        }
        self.line.clear();
        self.line.shrink_to(KEPT_BYTES);
        self.mode = Mode::Whole;
        self.next_line(length);
    }

    fn says_cost_state(&self, line: &[u8]) -> bool {
        self.cost_state.find(&line[..line.len().min(HEAD_BYTES)]).is_some()
    }

    /// Reads a whole line, or what of it is not consumed.
    fn judge(&mut self, line: &[u8], is_candidate: bool, sink: &mut impl Sink) {
        if !is_candidate {
            glance(line, self.offset, sink);
        } else if let Stop::Ends(at) | Stop::Broken(at) = self.walk(line, sink) {
            sink.malformed(self.offset + at as u64);
        }
    }

    /// Goes on behind a line's newline.
    fn next_line(&mut self, length: usize) {
        self.lines += 1;
        self.offset += length as u64 + 1;
    }

    /// Consumes the whole objects of a line that is already longer than one may be; gives the line up if it
    /// starts with something longer.
    fn shorten(&mut self, sink: &mut impl Sink) {
        self.mode = Mode::Long;
        let mut line = std::mem::take(&mut self.line);
        let (consumed, give_up) = match self.walk(&line, sink) {
            Stop::Blank => (line.len(), false),
            Stop::Ends(at) => (at, line.len() - at > OBJECT_BYTES),
            Stop::Broken(at) => (at, true),
        };
        if give_up {
            self.mode = Mode::Skipped(self.offset + consumed as u64);
            self.offset += line.len() as u64;
            line.clear();
        } else {
            self.offset += consumed as u64;
            line.drain(..consumed);
        }
        self.line = line;
    }

    /// Reads objects, one after another.
    fn walk(&mut self, line: &[u8], sink: &mut impl Sink) -> Stop {
        let mut at = 0;
        loop {
            at += line[at..].iter().take_while(|byte| b" \t\r\n".contains(byte)).count();
            if at == line.len() {
                return Stop::Blank;
            }
            match self.shapes.object(&line[at..], &mut self.nest) {
                Ok((object, length)) if length <= OBJECT_BYTES => {
                    let end = at + length;
                    sink.object(&object, &line[at..end], self.offset + at as u64);
                    at = end;
                }
                Ok(_) | Err(Fault::Broken) => return Stop::Broken(at),
                Err(Fault::Ends) => return Stop::Ends(at),
            }
        }
    }
}

/// Where a key next stands in a piece: one search goes over all of its lines, in place of one a line.
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

/// Looks for damage in a line that cannot count.
fn glance(line: &[u8], offset: u64, sink: &mut impl Sink) {
    let trimmed = line.trim_ascii();
    if let (Some(first), Some(last)) = (trimmed.first(), trimmed.last())
        && (*first, *last) != (b'{', b'}')
    {
        sink.malformed(offset + (line.len() - line.trim_ascii_start().len()) as u64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where objects (`true`) and malformed rests (`false`) were seen.
    #[derive(Debug, Default, PartialEq)]
    struct Seen(Vec<(bool, u64)>);

    impl Sink for Seen {
        fn object(&mut self, _: &Object<'_>, _: &[u8], offset: u64) {
            self.0.push((true, offset));
        }

        fn malformed(&mut self, offset: u64) {
            self.0.push((false, offset));
        }
    }

    fn read(text: &[u8], piece: usize) -> (Vec<(bool, u64)>, End) {
        let (mut lines, mut seen) = (Lines::new(), Seen::default());
        lines.start(0);
        for piece in text.chunks(piece) {
            lines.feed(piece, &mut seen);
        }
        let end = lines.finish(&mut seen);
        (seen.0, end)
    }

    #[test]
    fn pieces_may_be_cut_anywhere() {
        let text = b"{\"usage\":1}\r\n\n  oops\n{\"a\":\"}\"} {\"usage\":2}{\"b\":[]}x\n{}\n[\"usage\"]\n \n{\"c\":1}{\"usage\"";
        let whole = read(text, text.len());
        let at = |needle: &[u8]| memchr::memmem::find(text, needle).unwrap() as u64;
        let expected = vec![
            (true, 0),
            (false, at(b"oops")),
            (true, at(b"{\"a")),
            (true, at(b"{\"usage\":2")),
            (true, at(b"{\"b")),
            (false, at(b"x\n")),
            (false, at(b"[\"usage")),
            (true, at(b"{\"c")),
        ];
        assert_eq!(whole.0, expected);
        let consumed = at(b"{\"c") + 7;
        assert_eq!(whole.1, End { lines: 8, consumed, incomplete: true });
        for piece in 1..text.len() {
            assert_eq!(read(text, piece), whole, "in pieces of {piece}");
        }
    }

    #[test]
    fn a_last_line_counts_as_far_as_it_is_whole() {
        let (seen, end) = read(b"{\"usage\":1}", 4);
        assert_eq!((seen, end), (vec![(true, 0)], End { lines: 1, consumed: 11, incomplete: false }));
        let (seen, end) = read(b"{\"usage\":{}", 4);
        assert_eq!((seen, end), (vec![], End { lines: 1, consumed: 0, incomplete: true }));
        let (_, end) = read(b"{}\nno object", 4);
        assert_eq!(end, End { lines: 2, consumed: 3, incomplete: true });
        assert_eq!(read(b"", 1).1, End::default());
    }

    /// An object of this many bytes that counts.
    fn object(length: usize) -> Vec<u8> {
        let frame = br#"{"usage":""}"#;
        let filling = vec![b'x'; length - frame.len()];
        [&frame[..10], &filling, &frame[10..]].concat()
    }

    #[test]
    fn objects_up_to_the_limit_count_on_lines_of_any_length() {
        let limit = OBJECT_BYTES as u64;
        let mut text = [object(OBJECT_BYTES), object(OBJECT_BYTES), object(100)].concat();
        text.push(b'\n');
        text.extend(object(OBJECT_BYTES + 1));
        text.extend(object(100));
        text.push(b'\n');
        text.extend(object(100));
        let second = 2 * limit + 101;
        let expected =
            vec![(true, 0), (true, limit), (true, 2 * limit), (false, second), (true, second + limit + 102)];
        for piece in [5 << 20, 16 << 20, usize::MAX >> 1] {
            assert_eq!(read(&text, piece).0, expected, "in pieces of {piece}");
        }
    }

    #[test]
    fn an_endless_line_is_not_held_in_memory() {
        let (mut lines, mut seen) = (Lines::new(), Seen::default());
        lines.start(0);
        lines.feed(b"{\"", &mut seen);
        for _ in 0..100 {
            lines.feed(&[b'x'; 1 << 20], &mut seen);
            assert!(lines.line.capacity() <= 2 * OBJECT_BYTES + (2 << 20));
        }
        lines.feed(b"\n{\"usage\":1}\n", &mut seen);
        assert_eq!(seen.0, [(false, 0), (true, (100 << 20) + 3)]);
    }

    #[test]
    fn a_line_that_grows_beyond_the_limit_is_reported_once_it_ends() {
        let (mut text, mut from) = (object(OBJECT_BYTES + 1), 0);
        for growth in [&b"xyz"[..], b"\n{}\n"] {
            let (seen, end) = read(&text[from..], 1 << 20);
            assert_eq!((seen, end), (vec![], End { lines: 1, consumed: 0, incomplete: true }));
            from += usize::try_from(end.consumed).unwrap();
            text.extend(growth);
        }
        let (seen, end) = read(&text[from..], 1 << 20);
        assert_eq!((seen, end.lines, end.incomplete), (vec![(false, 0)], 2, false));
    }
}
