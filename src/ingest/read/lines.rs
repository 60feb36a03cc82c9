//! The bytes of a transcript, in pieces of any size, to its lines and the objects on them.
//!
//! Invariant: what comes out does not depend on where the pieces are cut. A line that is no candidate of its
//! [`Format`]'s is not parsed: only its first and last byte are looked at, to report damage. One that is is read object by object where it stands; only what a piece cuts is copied. Only
//! whole objects are consumed, so that a last line without a newline counts as far as it is complete and can be
//! read on from there. Damage on a line that has ended is passed over to where [`super::damage`] says that a record may
//! begin. Memory is bounded: of a line beyond [`OBJECT_BYTES`] no more is held than an object may be long; what stands
//! behind damage of that length is read a second time.

use memchr::memchr_iter;

use super::damage::{self, Beyond, Passed};
use crate::ingest::format::Format;
use crate::ingest::json::Fault;

/// Longest object that counts, in bytes.
pub(super) const OBJECT_BYTES: usize = 32 << 20;

/// Buffers larger than this are given back after the line that needed them.
const KEPT_BYTES: usize = 1 << 20;

/// What some editors put at a file's start.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Who takes what the lines hold.
pub(super) trait Sink<F: Format> {
    /// A whole object; `bytes` are its own.
    fn object(&mut self, object: &F::Object<'_>, bytes: &[u8], offset: u64);

    /// A line that has ended was damaged, first here. Said once a line, whatever was found after the damage.
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
pub(super) struct Lines<F> {
    format: F,
    /// The line, or the part of it that is not consumed, as far as it was copied.
    line: Vec<u8>,
    mode: Mode,
    /// Offset of the first byte of `line`, or of the next byte if it is empty.
    offset: u64,
    lines: u64,
    /// Failed decodes on the current line.
    failures: u32,
    /// Where the current line is damaged first. Reported once it has ended.
    damage: Option<u64>,
}

/// What is done with the current line.
#[derive(Debug)]
enum Mode {
    /// It is judged when it ends.
    Whole,
    /// It is longer than an object may be and is walked as it comes.
    Long,
    /// What it holds from some offset on is not whole as far as it can be held, so it is not held.
    Beyond(Beyond),
}

/// Where a walk along a line stopped.
enum Stop {
    /// Nothing but blanks is left behind this index.
    Blank(usize),
    /// The object that starts at this index ends beyond the line.
    Ends(usize),
    /// What starts at this index is no object.
    Broken(usize),
}

impl<F: Format> Lines<F> {
    pub(super) fn new() -> Self {
        Self {
            format: F::default(),
            line: Vec::new(),
            mode: Mode::Whole,
            offset: 0,
            lines: 0,
            failures: 0,
            damage: None,
        }
    }

    /// Starts over, at this offset of some transcript.
    pub(super) fn start(&mut self, offset: u64) {
        self.line.clear();
        self.line.shrink_to(KEPT_BYTES);
        self.mode = Mode::Whole;
        self.offset = offset;
        self.lines = 0;
        self.failures = 0;
        self.damage = None;
    }

    /// Takes the next bytes. If it gives an offset, what follows has to be the bytes from there: behind damage that was
    /// too long to be held, a record may begin.
    #[must_use]
    pub(super) fn feed(&mut self, bytes: &[u8], sink: &mut impl Sink<F>) -> Option<u64> {
        self.format.begin_piece();
        let mut start = 0;
        for end in memchr_iter(b'\n', bytes) {
            if self.line.is_empty() && matches!(self.mode, Mode::Whole) && end - start <= OBJECT_BYTES {
                let is_candidate = self.format.is_candidate(bytes, start..end);
                self.judge(&bytes[start..end], is_candidate, sink);
                self.next_line(end - start, sink);
            } else if let Some(back) = self.end_line(&bytes[start..end], sink) {
                return Some(back);
            }
            start = end + 1;
        }
        self.go_on(&bytes[start..], sink);
        None
    }

    /// Says that no bytes follow for now. A last line without its newline is walked whatever it holds:
    /// reading may go on after an object only if that is one.
    pub(super) fn finish(&mut self, sink: &mut impl Sink<F>) -> End {
        let line = std::mem::take(&mut self.line);
        let is_whole = matches!(self.mode, Mode::Whole);
        let (consumed, incomplete) = match &self.mode {
            // Not after it: what is appended must not pass for the start of a line.
            Mode::Beyond(beyond) => (beyond.start(), true),
            Mode::Whole | Mode::Long => match self.walk(&line, sink) {
                // Zeroes may be what is still to be written.
                Stop::Blank(after) if line[after..].contains(&0) => (self.offset + after as u64, true),
                Stop::Blank(_) => (self.offset + line.len() as u64, false),
                Stop::Ends(at) | Stop::Broken(at) => (self.offset + at as u64, true),
            },
        };
        // What is wrong with it is not settled, and is read again.
        let (consumed, incomplete) = match self.damage {
            Some(damage) => (consumed.min(damage), true),
            None => (consumed, incomplete),
        };
        let unterminated = !is_whole || !line.is_empty();
        let end = End { lines: self.lines + u64::from(unterminated), consumed, incomplete };
        self.line = line;
        self.start(consumed);
        end
    }

    /// Takes bytes that no newline ends yet.
    fn go_on(&mut self, bytes: &[u8], sink: &mut impl Sink<F>) {
        match &mut self.mode {
            Mode::Whole | Mode::Long => self.line.extend_from_slice(bytes),
            Mode::Beyond(beyond) => match beyond.pass::<F>(bytes) {
                Passed::All => self.offset += bytes.len() as u64,
                Passed::ObjectTo(end) => self.pass_long_object(bytes, end),
            },
        }
        while self.line.len() > OBJECT_BYTES {
            self.shorten(sink);
        }
    }

    /// Goes on behind an object that was too long to be held and that ends here.
    fn pass_long_object(&mut self, bytes: &[u8], end: usize) {
        if let Mode::Beyond(beyond) = std::mem::replace(&mut self.mode, Mode::Long) {
            self.damage(beyond.start());
        }
        self.offset += end as u64;
        self.line.extend_from_slice(&bytes[end..]);
    }

    /// A line that began in earlier bytes, or is longer than an object may be, ends with these. What it gives is as for
    /// [`feed`](Self::feed).
    fn end_line(&mut self, bytes: &[u8], sink: &mut impl Sink<F>) -> Option<u64> {
        self.go_on(bytes, sink);
        let length = if let Mode::Beyond(beyond) = &self.mode {
            let (start, next) = (beyond.start(), beyond.next_record());
            if let Some(next) = next.filter(|_| self.failures < damage::TRIES) {
                self.damage(start);
                self.failures += 1;
                self.offset = next;
                self.mode = Mode::Long;
                return Some(next);
            }
            self.damage(start);
            0
        } else {
            let line = std::mem::take(&mut self.line);
            let is_candidate =
                matches!(self.mode, Mode::Long) || line.len() > OBJECT_BYTES || self.is_candidate(&line);
            self.judge(&line, is_candidate, sink);
            self.line = line;
            self.line.len()
        };
        self.line.clear();
        self.line.shrink_to(KEPT_BYTES);
        self.mode = Mode::Whole;
        self.next_line(length, sink);
        None
    }

    /// Whether a line that was copied may hold something that counts.
    fn is_candidate(&mut self, line: &[u8]) -> bool {
        self.format.begin_piece();
        let is_candidate = self.format.is_candidate(line, 0..line.len());
        self.format.begin_piece();
        is_candidate
    }

    /// Reads a whole line, or what of it is not consumed.
    fn judge(&mut self, line: &[u8], is_candidate: bool, sink: &mut impl Sink<F>) {
        if !is_candidate {
            return self.glance(line);
        }
        let mut from = 0;
        while let Stop::Ends(at) | Stop::Broken(at) = self.walk_from(line, from, sink) {
            self.damage(self.offset + at as u64);
            self.failures += 1;
            match F::next_record(line, at + 1).filter(|_| self.failures <= damage::TRIES) {
                Some(next) => from = next,
                None => return,
            }
        }
    }

    /// Notes that the line is damaged from here on.
    fn damage(&mut self, offset: u64) {
        self.damage.get_or_insert(offset);
    }

    /// Goes on after a line's newline.
    fn next_line(&mut self, length: usize, sink: &mut impl Sink<F>) {
        if let Some(offset) = self.damage.take() {
            sink.malformed(offset);
        }
        self.lines += 1;
        self.failures = 0;
        self.offset += length as u64 + 1;
    }

    /// Consumes the whole objects of a line that is already longer than one may be; lets go of what it starts with
    /// if that is longer, or no object.
    fn shorten(&mut self, sink: &mut impl Sink<F>) {
        self.mode = Mode::Long;
        let mut line = std::mem::take(&mut self.line);
        let (consumed, beyond) = match self.walk(&line, sink) {
            Stop::Blank(_) => (line.len(), None),
            Stop::Ends(at) if line.len() - at > OBJECT_BYTES => (at, Some(true)),
            Stop::Ends(at) => (at, None),
            Stop::Broken(at) => (at, Some(false)),
        };
        self.offset += consumed as u64;
        if let Some(is_object) = beyond {
            let mut beyond = Beyond::at(self.offset, is_object);
            // It was read as far as it goes, so it has no end here.
            beyond.pass::<F>(&line[consumed..]);
            self.offset += (line.len() - consumed) as u64;
            self.mode = Mode::Beyond(beyond);
            line.clear();
        } else {
            line.drain(..consumed);
        }
        self.line = line;
    }

    /// Reads objects, one after another, from a line's start.
    fn walk(&mut self, line: &[u8], sink: &mut impl Sink<F>) -> Stop {
        self.walk_from(line, 0, sink)
    }

    fn walk_from(&mut self, line: &[u8], from: usize, sink: &mut impl Sink<F>) -> Stop {
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
                        self.damage(offset);
                    }
                    at = end;
                }
                Err(Fault::Broken) => return Stop::Broken(at),
                Err(Fault::Ends) => return Stop::Ends(at),
            }
        }
    }

    /// Looks for damage in a line that cannot count.
    fn glance(&mut self, line: &[u8]) {
        let start = line.iter().position(|&byte| !is_blank(byte)).unwrap_or(line.len());
        let end = line.iter().rposition(|&byte| !is_blank(byte)).map_or(start, |last| last + 1);
        let mut text = &line[start..end];
        if self.offset == 0 && start == 0 {
            text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
        }
        if let (Some(first), Some(last)) = (text.first(), text.last())
            && (*first, *last) != (b'{', b'}')
        {
            self.damage(self.offset + start as u64);
        }
    }
}

/// What may stand between objects: white space, and the zeroes that a crash leaves.
fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | 0)
}

#[cfg(test)]
mod tests;
