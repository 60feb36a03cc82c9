//! Walks the structure of JSON in the bytes of one line, without building a value tree.
//!
//! Invariant: the grammar of objects, arrays, numbers and literals is checked exactly. A string is only
//! scanned for its end, so damage in prose does not affect counters. Nothing recurses: nesting is a stack of
//! bits that the caller keeps from line to line. Used by the agents' readers.

use super::string;

/// Why a value could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::ingest) enum Fault {
    /// The bytes end before the value does. More bytes could complete it.
    Incomplete,
    /// No further bytes can make this valid JSON.
    Malformed,
}

/// A string as written, without its quotes.
#[derive(Clone, Copy, Debug)]
pub(in crate::ingest) struct Text<'a> {
    /// The bytes between the quotes.
    pub(in crate::ingest) raw: &'a [u8],
    /// Whether they contain a backslash.
    pub(in crate::ingest) escaped: bool,
}

/// A member's value, in the detail that the members which are kept need.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::ingest) enum Scalar<'a> {
    /// The object has no such member.
    #[default]
    Absent,
    /// `null`.
    Null,
    /// `true`.
    True,
    /// A number, as written.
    Number(&'a [u8]),
    /// A string.
    Text(Text<'a>),
    /// `false`, an array or an object.
    Other,
}

/// The brackets that are open, one bit each (`{` is 1, `[` is 0). A line of nothing but brackets takes an
/// eighth of its length in memory.
#[derive(Debug, Default)]
pub(in crate::ingest) struct Nest {
    words: Vec<u64>,
    depth: usize,
}

impl Nest {
    /// Opens the bracket of an object or of an array.
    pub(in crate::ingest) fn push(&mut self, object: bool) {
        let (word, bit) = (self.depth / 64, self.depth % 64);
        if word == self.words.len() {
            self.words.push(0);
        }
        self.words[word] = self.words[word] & !(1 << bit) | u64::from(object) << bit;
        self.depth += 1;
    }

    /// Closes the innermost bracket and returns whether it was the last open one. `None` if the innermost
    /// bracket is of the other kind, or if no bracket is open.
    pub(in crate::ingest) fn pop(&mut self, object: bool) -> Option<bool> {
        if self.depth == 0 || self.innermost_is_object() != object {
            return None;
        }
        self.depth -= 1;
        Some(self.depth == 0)
    }

    fn innermost_is_object(&self) -> bool {
        let at = self.depth - 1;
        self.words[at / 64] >> (at % 64) & 1 == 1
    }
}

/// A position in the bytes of a line.
#[derive(Debug)]
pub(in crate::ingest) struct Cursor<'a, 'n> {
    bytes: &'a [u8],
    at: usize,
    nest: &'n mut Nest,
}

impl<'a, 'n> Cursor<'a, 'n> {
    pub(in crate::ingest) fn new(bytes: &'a [u8], nest: &'n mut Nest) -> Self {
        nest.depth = 0;
        Self { bytes, at: 0, nest }
    }

    /// The number of bytes read.
    pub(in crate::ingest) fn consumed(&self) -> usize {
        self.at
    }

    /// Moves back to where [`consumed`](Self::consumed) had this value.
    pub(in crate::ingest) fn go_back_to(&mut self, consumed: usize) {
        debug_assert!(consumed <= self.at);
        self.at = consumed;
    }

    /// Consumes these bytes if they come next.
    #[inline]
    pub(in crate::ingest) fn consume_if_next(&mut self, expected: &[u8]) -> bool {
        let Some(next) = self.bytes[self.at..].get(..expected.len()) else { return false };
        let is_next = are_equal(next, expected);
        if is_next {
            self.at += expected.len();
        }
        is_next
    }

    /// The next byte that is not whitespace, without consuming it.
    pub(in crate::ingest) fn peek(&mut self) -> Result<u8, Fault> {
        loop {
            match self.byte()? {
                b' ' | b'\t' | b'\n' | b'\r' => self.at += 1,
                byte => return Ok(byte),
            }
        }
    }

    /// Reads an object. Passes each member's key, as written, to `visit`, which must read the value.
    ///
    /// The next byte must be the opening brace.
    pub(in crate::ingest) fn object(
        &mut self,
        mut visit: impl FnMut(&mut Self, &'a [u8]) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        debug_assert_eq!(self.byte(), Ok(b'{'));
        self.at += 1;
        if self.peek()? == b'}' {
            self.at += 1;
            return Ok(());
        }
        loop {
            let key = self.key()?;
            visit(self, key)?;
            match self.peek()? {
                b',' => self.at += 1,
                b'}' => {
                    self.at += 1;
                    return Ok(());
                }
                _ => return Err(Fault::Malformed),
            }
        }
    }

    /// Reads an array. Calls `visit` to read each element. The next byte must be the opening bracket.
    pub(in crate::ingest) fn array(
        &mut self,
        mut visit: impl FnMut(&mut Self) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        debug_assert_eq!(self.byte(), Ok(b'['));
        self.at += 1;
        if self.peek()? == b']' {
            self.at += 1;
            return Ok(());
        }
        loop {
            visit(self)?;
            match self.peek()? {
                b',' => self.at += 1,
                b']' => {
                    self.at += 1;
                    return Ok(());
                }
                _ => return Err(Fault::Malformed),
            }
        }
    }

    /// Reads any value and returns it if it is a scalar.
    pub(in crate::ingest) fn scalar(&mut self) -> Result<Scalar<'a>, Fault> {
        Ok(match self.peek()? {
            b'"' => Scalar::Text(self.text()?),
            b'-' | b'0'..=b'9' => Scalar::Number(self.number()?),
            b'n' => {
                self.literal(b"null")?;
                Scalar::Null
            }
            b't' => {
                self.literal(b"true")?;
                Scalar::True
            }
            _ => {
                self.skip()?;
                Scalar::Other
            }
        })
    }

    /// Reads any value. Returns it if it is a plain whole number, otherwise `None`.
    ///
    /// A number with 17 or more digits is not plain: it is larger than any counter may be.
    pub(in crate::ingest) fn whole(&mut self) -> Result<Option<u64>, Fault> {
        if self.peek()?.is_ascii_digit() {
            let mut value = 0;
            let mut at = self.at;
            while let Some(digit) =
                self.bytes.get(at).map(|byte| byte.wrapping_sub(b'0')).filter(|&digit| digit < 10)
                && at - self.at < 17
            {
                value = value * 10 + u64::from(digit);
                at += 1;
            }
            let is_plain = (self.bytes[self.at] != b'0' || at - self.at == 1) && at - self.at < 17;
            if is_plain && self.bytes.get(at).is_some_and(|byte| !matches!(byte, b'.' | b'e' | b'E')) {
                self.at = at;
                return Ok(Some(value));
            }
        }
        self.scalar().map(|_| None)
    }

    /// Reads any value without keeping it.
    pub(in crate::ingest) fn skip(&mut self) -> Result<(), Fault> {
        debug_assert_eq!(
            self.nest.depth, 0,
            "after a value that was not skipped to its end, stop reading the line"
        );
        if self.peek()? == b'"' {
            return self.text().map(|_| ());
        }
        loop {
            match self.peek()? {
                b'"' => {
                    self.text()?;
                }
                b'-' | b'0'..=b'9' => {
                    self.number()?;
                }
                b'{' => {
                    self.at += 1;
                    if self.peek()? != b'}' {
                        self.nest.push(true);
                        self.key()?;
                        continue;
                    }
                    self.at += 1;
                }
                b'[' => {
                    self.at += 1;
                    if self.peek()? != b']' {
                        self.nest.push(false);
                        continue;
                    }
                    self.at += 1;
                }
                b't' => self.literal(b"true")?,
                b'f' => self.literal(b"false")?,
                b'n' => self.literal(b"null")?,
                _ => return Err(Fault::Malformed),
            }
            // A value has ended. Close the brackets that end with it.
            loop {
                if self.nest.depth == 0 {
                    return Ok(());
                }
                let object = self.nest.innermost_is_object();
                match self.peek()? {
                    b',' => {
                        self.at += 1;
                        if object {
                            self.key()?;
                        }
                        break;
                    }
                    b'}' if object => {}
                    b']' if !object => {}
                    _ => return Err(Fault::Malformed),
                }
                self.at += 1;
                self.nest.depth -= 1;
            }
        }
    }

    /// Reads a key and its colon.
    fn key(&mut self) -> Result<&'a [u8], Fault> {
        if self.peek()? != b'"' {
            return Err(Fault::Malformed);
        }
        let key = self.text()?;
        if self.peek()? != b':' {
            return Err(Fault::Malformed);
        }
        self.at += 1;
        Ok(key.raw)
    }

    /// Reads a string. The next byte must be its opening quote.
    fn text(&mut self) -> Result<Text<'a>, Fault> {
        let start = self.at + 1;
        let rest = self.bytes.get(start..).ok_or(Fault::Incomplete)?;
        let (length, escaped) = string::end(rest).ok_or(Fault::Incomplete)?;
        self.at = start + length + 1;
        Ok(Text { raw: &rest[..length], escaped })
    }

    /// Reads a number by JSON's grammar: no leading zero, digits on both sides of the decimal point.
    fn number(&mut self) -> Result<&'a [u8], Fault> {
        let start = self.at;
        if self.byte()? == b'-' {
            self.at += 1;
        }
        if self.byte()? == b'0' {
            self.at += 1;
        } else {
            self.digits()?;
        }
        if self.byte()? == b'.' {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.byte()?, b'e' | b'E') {
            self.at += 1;
            if matches!(self.byte()?, b'+' | b'-') {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(&self.bytes[start..self.at])
    }

    fn digits(&mut self) -> Result<(), Fault> {
        if !self.byte()?.is_ascii_digit() {
            return Err(Fault::Malformed);
        }
        while self.byte()?.is_ascii_digit() {
            self.at += 1;
        }
        Ok(())
    }

    fn literal(&mut self, word: &[u8]) -> Result<(), Fault> {
        for &expected in word {
            if self.byte()? != expected {
                return Err(Fault::Malformed);
            }
            self.at += 1;
        }
        Ok(())
    }

    fn byte(&self) -> Result<u8, Fault> {
        self.bytes.get(self.at).copied().ok_or(Fault::Incomplete)
    }
}

/// Whether two slices of the same length are equal. They are a few words long, so calling the general
/// comparison function would take longer.
#[inline]
fn are_equal(a: &[u8], b: &[u8]) -> bool {
    match (a.last_chunk::<8>(), b.last_chunk::<8>()) {
        (Some(last), Some(other)) if last == other => {
            a.as_chunks::<8>().0.iter().zip(b.as_chunks::<8>().0).all(|(word, other)| word == other)
        }
        (Some(_), Some(_)) => false,
        _ => a.iter().zip(b).all(|(byte, other)| byte == other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn skip(text: &str) -> Result<usize, Fault> {
        let mut nest = Nest::default();
        let mut cursor = Cursor::new(text.as_bytes(), &mut nest);
        cursor.skip().map(|()| cursor.consumed())
    }

    #[test]
    fn whole_values_are_read_to_their_end() {
        for text in [
            "{}",
            "[]",
            "[[],{}]",
            "{ \"a\" : [ 1 , -0.5e+7 , true , false , null , \"x\\\"y\\\\\" ] , \"b\":{\"c\":\"\"} }",
            "\"bad \\q escape \u{1} and \\ud800\"",
        ] {
            assert_eq!(skip(text), Ok(text.len()), "{text}");
        }
    }

    #[test]
    fn a_value_that_more_bytes_could_complete_is_incomplete() {
        for text in
            ["", "{", "{\"a", "{\"a\"", "{\"a\":", "{\"a\":1", "[1,", "\"x\\", "tr", "-", "1.", "1e", "[{"]
        {
            assert_eq!(skip(text), Err(Fault::Incomplete), "{text}");
        }
    }

    #[test]
    fn a_value_that_no_bytes_could_complete_is_malformed() {
        for text in [
            "{,}",
            "{\"a\" 1}",
            "{\"a\":1,}",
            "{a:1}",
            "[1,]",
            "[1 2]",
            "[01]",
            "[.5]",
            "[1.]",
            "[+1]",
            "[1e]",
            "[-]",
            "[tru]",
            "[nulL]",
            "{]",
            "[}",
            "{\"a\":[1}",
            "}",
            "\0",
        ] {
            assert_eq!(skip(text), Err(Fault::Malformed), "{text}");
        }
    }

    #[test]
    fn nesting_has_no_limit_and_does_not_recurse() {
        let depth = 1_000_000;
        let text = "[{\"a\":".repeat(depth) + "1" + &"}]".repeat(depth);
        assert_eq!(skip(&text), Ok(text.len()));
        assert_eq!(skip(&text[..text.len() - 1]), Err(Fault::Incomplete));
        assert_eq!(skip(&text.replace("1}]", "1]")), Err(Fault::Malformed));
    }
}
