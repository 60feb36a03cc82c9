//! Splits the bytes of a transcript, given in pieces of any size, into lines and the objects on them.
//!
//! Invariant: the result does not depend on where the pieces are cut. A line that is not a candidate of its
//! [`Format`] is not parsed: only its first and last bytes are checked, to report damage. A candidate is read
//! object by object in place; only a line that a piece boundary cuts is copied. Only whole objects are
//! consumed, so a last line without a newline counts as far as it is complete, and reading can resume there.
//! On a line that has ended, damage is skipped to the next position where [`super::damage`] finds that a
//! record may begin. Memory is bounded: at most [`OBJECT_BYTES`] of a longer line are kept, and what follows
//! damage of that length is read a second time.

use memchr::memchr_iter;

use super::damage::{self, LongDamage};
use crate::ingest::format::Format;
use crate::ingest::json::Fault;

/// The longest object that counts, in bytes.
pub(super) const OBJECT_BYTES: usize = 32 << 20;

/// A buffer that grew beyond this is shrunk after the line that needed it.
const KEPT_BYTES: usize = 1 << 20;

/// Some editors put this at the start of a file.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Receives the contents of the lines.
pub(super) trait Sink<F: Format> {
    /// A whole object and its bytes.
    fn object(&mut self, object: &F::Object<'_>, bytes: &[u8], offset: u64);

    /// A line that has ended is damaged, first at this offset. Called once per line.
    fn malformed(&mut self, offset: u64);
}

/// The result of splitting, besides the objects.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Summary {
    /// The number of lines, including a last line without a newline.
    pub(super) lines: u64,
    /// Where reading can resume: after the last newline or, on a last line without one, after its last whole
    /// object.
    pub(super) consumed: u64,
    /// Whether something incomplete follows: the start of an object, or bytes that are not JSON. A line
    /// counts as malformed only once its newline is there. Reading resumes at the damage, so it would
    /// otherwise be reported each time the transcript grows; and a line that is being written may read as
    /// zeroes for a while.
    pub(super) incomplete: bool,
}

/// Splits a transcript that is fed to it in pieces.
pub(super) struct Lines<F> {
    format: F,
    /// The part of the current line that was copied and is not consumed.
    line: Vec<u8>,
    mode: Mode,
    /// The offset of the first byte of `line`, or of the next byte if it is empty.
    offset: u64,
    lines: u64,
    /// Failed decodes on the current line.
    failures: u32,
    /// Where the current line is first damaged. Reported once the line has ended.
    damage: Option<u64>,
}

/// How the current line is read.
#[derive(Debug)]
enum Mode {
    /// At its end, as a whole.
    Whole,
    /// Object by object as it arrives, because it is longer than an object may be.
    Long,
    /// By skipping, because it has damage too long to be kept in memory.
    Damaged(LongDamage),
}

/// Where reading the objects of a line stopped.
enum Stop {
    /// Only blanks follow this index.
    Blank(usize),
    /// The object that starts at this index does not end on the line.
    Incomplete(usize),
    /// The bytes at this index are not an object.
    Malformed(usize),
}

impl<F: Format> Lines<F> {
    pub(super) fn new(format: F) -> Self {
        Self { format, line: Vec::new(), mode: Mode::Whole, offset: 0, lines: 0, failures: 0, damage: None }
    }

    /// Starts over at this offset of a transcript.
    pub(super) fn start(&mut self, offset: u64) {
        self.line.clear();
        self.line.shrink_to(KEPT_BYTES);
        self.mode = Mode::Whole;
        self.offset = offset;
        self.lines = 0;
        self.failures = 0;
        self.damage = None;
    }

    /// Takes the next bytes. If it returns an offset, continue with the bytes from there: a record may begin
    /// after damage that was too long to be kept.
    #[must_use]
    pub(super) fn feed(&mut self, bytes: &[u8], sink: &mut impl Sink<F>) -> Option<u64> {
        self.format.begin_piece();
        let mut start = 0;
        for end in memchr_iter(b'\n', bytes) {
            if self.line.is_empty() && matches!(self.mode, Mode::Whole) && end - start <= OBJECT_BYTES {
                let is_candidate = self.format.is_candidate(bytes, start..end);
                self.read_line(&bytes[start..end], is_candidate, sink);
                self.next_line(end - start, sink);
            } else if let Some(back) = self.end_line(&bytes[start..end], sink) {
                return Some(back);
            }
            start = end + 1;
        }
        self.append(&bytes[start..], sink);
        None
    }

    /// Call this if no bytes follow for now. A last line without a newline is always parsed, because reading
    /// may resume only after a whole object.
    pub(super) fn finish(&mut self, sink: &mut impl Sink<F>) -> Summary {
        let line = std::mem::take(&mut self.line);
        let is_whole = matches!(self.mode, Mode::Whole);
        let (consumed, incomplete) = match &self.mode {
            // Not after the damage: appended bytes must not be taken for the start of a line.
            Mode::Damaged(damage) => (damage.start(), true),
            Mode::Whole | Mode::Long => match self.read_objects(&line, 0, sink) {
                // Zeroes may be bytes that are still being written.
                Stop::Blank(after) if line[after..].contains(&0) => (self.offset + after as u64, true),
                Stop::Blank(_) => (self.offset + line.len() as u64, false),
                Stop::Incomplete(at) | Stop::Malformed(at) => (self.offset + at as u64, true),
            },
        };
        // Damage on a line that has not ended is not settled: resume there.
        let (consumed, incomplete) = match self.damage {
            Some(damage) => (consumed.min(damage), true),
            None => (consumed, incomplete),
        };
        let has_rest = !is_whole || !line.is_empty();
        let summary = Summary { lines: self.lines + u64::from(has_rest), consumed, incomplete };
        self.line = line;
        self.start(consumed);
        summary
    }

    /// Takes bytes of a line that has not ended.
    fn append(&mut self, bytes: &[u8], sink: &mut impl Sink<F>) {
        match &mut self.mode {
            Mode::Whole | Mode::Long => self.line.extend_from_slice(bytes),
            Mode::Damaged(damage) => match damage.skip::<F>(bytes) {
                Some(end) => self.end_long_object(bytes, end),
                None => self.offset += bytes.len() as u64,
            },
        }
        while self.line.len() > OBJECT_BYTES {
            self.consume_objects(sink);
        }
    }

    /// Continues after an object that was too long to be kept and that ends at this index.
    fn end_long_object(&mut self, bytes: &[u8], end: usize) {
        if let Mode::Damaged(damage) = std::mem::replace(&mut self.mode, Mode::Long) {
            self.note_damage(damage.start());
        }
        self.offset += end as u64;
        self.line.extend_from_slice(&bytes[end..]);
    }

    /// Takes the last bytes of a line that began in earlier bytes or is longer than an object may be. Returns
    /// an offset as [`feed`](Self::feed) does.
    fn end_line(&mut self, bytes: &[u8], sink: &mut impl Sink<F>) -> Option<u64> {
        self.append(bytes, sink);
        let length = if let Mode::Damaged(damage) = &self.mode {
            let (start, next) = (damage.start(), damage.next_record());
            self.note_damage(start);
            if let Some(next) = next.filter(|_| self.failures < damage::MAX_FAILURES) {
                self.failures += 1;
                self.offset = next;
                self.mode = Mode::Long;
                return Some(next);
            }
            0
        } else {
            let line = std::mem::take(&mut self.line);
            let is_candidate =
                matches!(self.mode, Mode::Long) || line.len() > OBJECT_BYTES || self.is_candidate(&line);
            self.read_line(&line, is_candidate, sink);
            self.line = line;
            self.line.len()
        };
        self.line.clear();
        self.line.shrink_to(KEPT_BYTES);
        self.mode = Mode::Whole;
        self.next_line(length, sink);
        None
    }

    /// Whether a line that was copied may count.
    fn is_candidate(&mut self, line: &[u8]) -> bool {
        self.format.begin_piece();
        let is_candidate = self.format.is_candidate(line, 0..line.len());
        self.format.begin_piece();
        is_candidate
    }

    /// Reads the unconsumed part of a line that has ended.
    fn read_line(&mut self, line: &[u8], is_candidate: bool, sink: &mut impl Sink<F>) {
        if !is_candidate {
            return self.check_ends(line);
        }
        let mut from = 0;
        while let Stop::Incomplete(at) | Stop::Malformed(at) = self.read_objects(line, from, sink) {
            self.note_damage(self.offset + at as u64);
            self.failures += 1;
            match F::next_record(line, at + 1).filter(|_| self.failures <= damage::MAX_FAILURES) {
                Some(next) => from = next,
                None => return,
            }
        }
    }

    /// Notes that the line is damaged from this offset on.
    fn note_damage(&mut self, offset: u64) {
        self.damage.get_or_insert(offset);
    }

    /// Continues after the newline of a line of which this many bytes were left.
    fn next_line(&mut self, length: usize, sink: &mut impl Sink<F>) {
        if let Some(offset) = self.damage.take() {
            sink.malformed(offset);
        }
        self.lines += 1;
        self.failures = 0;
        self.offset += length as u64 + 1;
    }

    /// Consumes the whole objects of a line that is longer than an object may be. If the rest is damaged or
    /// too long, it is skipped.
    fn consume_objects(&mut self, sink: &mut impl Sink<F>) {
        self.mode = Mode::Long;
        let mut line = std::mem::take(&mut self.line);
        let (consumed, damage) = match self.read_objects(&line, 0, sink) {
            Stop::Blank(_) => (line.len(), None),
            Stop::Incomplete(at) if line.len() - at > OBJECT_BYTES => (at, Some(true)),
            Stop::Incomplete(at) => (at, None),
            Stop::Malformed(at) => (at, Some(false)),
        };
        self.offset += consumed as u64;
        if let Some(is_object) = damage {
            let mut damage = LongDamage::at(self.offset, is_object);
            // These bytes were parsed to their end, so no object ends in them.
            damage.skip::<F>(&line[consumed..]);
            self.offset += (line.len() - consumed) as u64;
            self.mode = Mode::Damaged(damage);
            line.clear();
        } else {
            line.drain(..consumed);
        }
        self.line = line;
    }

    /// Reads the objects of a line, one after another, from this index.
    fn read_objects(&mut self, line: &[u8], from: usize, sink: &mut impl Sink<F>) -> Stop {
        let mut at = from;
        if self.offset == 0 && at == 0 && line.starts_with(BYTE_ORDER_MARK) {
            at = BYTE_ORDER_MARK.len();
        }
        loop {
            let after = at;
            at += line[at..].iter().take_while(|&&byte| is_blank(byte)).count();
            if at == line.len() {
                return Stop::Blank(after);
            }
            match self.format.object(&line[at..]) {
                Ok((object, length)) => {
                    let (offset, end) = (self.offset + at as u64, at + length);
                    if length <= OBJECT_BYTES {
                        sink.object(&object, &line[at..end], offset);
                    } else {
                        self.note_damage(offset);
                    }
                    at = end;
                }
                Err(Fault::Malformed) => return Stop::Malformed(at),
                Err(Fault::Incomplete) => return Stop::Incomplete(at),
            }
        }
    }

    /// Checks the first and last bytes of a line that cannot count, to report damage.
    fn check_ends(&mut self, line: &[u8]) {
        let start = line.iter().position(|&byte| !is_blank(byte)).unwrap_or(line.len());
        let end = line.iter().rposition(|&byte| !is_blank(byte)).map_or(start, |last| last + 1);
        let mut text = &line[start..end];
        if self.offset == 0 && start == 0 {
            text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
        }
        if let (Some(first), Some(last)) = (text.first(), text.last())
            && (*first, *last) != (b'{', b'}')
        {
            self.note_damage(self.offset + start as u64);
        }
    }
}

/// Whether a byte may separate objects: white space, or a zero that a crash left.
fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | 0)
}

#[cfg(test)]
mod tests;
