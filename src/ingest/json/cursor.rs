//! The structure of JSON over the bytes of one line: what stands where, without building anything.
//!
//! Invariant: the grammar of objects, arrays, numbers and literals is checked exactly; what stands inside a
//! string is not looked at beyond finding its end, so that damage in prose harms no counter. Nothing
//! recurses: nesting is a stack of bits that the caller keeps from line to line. Used by `claude`.

use super::string;

/// Why no value could be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::ingest) enum Fault {
    /// The bytes end before the value does: more bytes could complete it.
    Ends,
    /// No bytes that follow could make this JSON.
    Broken,
}

/// A string between its quotes, as written.
#[derive(Clone, Copy, Debug)]
pub(in crate::ingest) struct Text<'a> {
    /// The bytes between the quotes.
    pub(in crate::ingest) raw: &'a [u8],
    /// Whether a backslash is among them.
    pub(in crate::ingest) escaped: bool,
}

/// A member's value as far as members that count can need it.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::ingest) enum Scalar<'a> {
    /// The member is not there.
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

/// Which of `{` and `[` are open: one bit each, so that a line of brackets costs an eighth of its length.
#[derive(Debug, Default)]
pub(in crate::ingest) struct Nest {
    words: Vec<u64>,
    depth: usize,
}

impl Nest {
    /// Opens a bracket: of an object or of an array.
    pub(in crate::ingest) fn push(&mut self, object: bool) {
        let (word, bit) = (self.depth / 64, self.depth % 64);
        if word == self.words.len() {
            self.words.push(0);
        }
        self.words[word] = self.words[word] & !(1 << bit) | u64::from(object) << bit;
        self.depth += 1;
    }

    /// Closes the innermost bracket. Says whether that leaves none open, or nothing if it is of the other kind.
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

/// A place in the bytes of a line.
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

    /// How many bytes have been read.
    pub(in crate::ingest) fn consumed(&self) -> usize {
        self.at
    }

    /// Goes back to where it was when so many bytes had been read.
    pub(in crate::ingest) fn go_back_to(&mut self, consumed: usize) {
        debug_assert!(consumed <= self.at);
        self.at = consumed;
    }

    /// Consumes these bytes if they are the next.
    #[inline]
    pub(in crate::ingest) fn takes(&mut self, expected: &[u8]) -> bool {
        let Some(next) = self.bytes[self.at..].get(..expected.len()) else { return false };
        let is_next = are_equal(next, expected);
        if is_next {
            self.at += expected.len();
        }
        is_next
    }

    /// The next byte that is not whitespace; it is not consumed.
    pub(in crate::ingest) fn peek(&mut self) -> Result<u8, Fault> {
        loop {
            match self.byte()? {
                b' ' | b'\t' | b'\n' | b'\r' => self.at += 1,
                byte => return Ok(byte),
            }
        }
    }

    /// Reads an object, giving each member's key, as written, to `visit`, which reads the value.
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
                _ => return Err(Fault::Broken),
            }
        }
    }

    /// Reads an array, letting `visit` read each element. The next byte must be the opening bracket.
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
                _ => return Err(Fault::Broken),
            }
        }
    }

    /// Reads any value and keeps it if it is a scalar.
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

    /// Reads any value; a plain whole number comes out, anything else is `None`.
    ///
    /// Digits that no counter may have, 17 and more, are no plain number.
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
        debug_assert_eq!(self.nest.depth, 0, "a value is skipped to its end or the line is given up");
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
                _ => return Err(Fault::Broken),
            }
            // A value has ended; close whatever ends with it.
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
                    _ => return Err(Fault::Broken),
                }
                self.at += 1;
                self.nest.depth -= 1;
            }
        }
    }

    /// Reads a key and its colon.
    fn key(&mut self) -> Result<&'a [u8], Fault> {
        if self.peek()? != b'"' {
            return Err(Fault::Broken);
        }
        let key = self.text()?;
        if self.peek()? != b':' {
            return Err(Fault::Broken);
        }
        self.at += 1;
        Ok(key.raw)
    }

    /// Reads a string; the next byte must be its opening quote.
    fn text(&mut self) -> Result<Text<'a>, Fault> {
        let start = self.at + 1;
        let rest = self.bytes.get(start..).ok_or(Fault::Ends)?;
        let (length, escaped) = string::end(rest).ok_or(Fault::Ends)?;
        self.at = start + length + 1;
        Ok(Text { raw: &rest[..length], escaped })
    }

    /// Reads a number by JSON's grammar: no leading zero, digits on both sides of a point.
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
            return Err(Fault::Broken);
        }
        while self.byte()?.is_ascii_digit() {
            self.at += 1;
        }
        Ok(())
    }

    fn literal(&mut self, word: &[u8]) -> Result<(), Fault> {
        for &expected in word {
            if self.byte()? != expected {
                return Err(Fault::Broken);
            }
            self.at += 1;
        }
        Ok(())
    }

    fn byte(&self) -> Result<u8, Fault> {
        self.bytes.get(self.at).copied().ok_or(Fault::Ends)
    }
}

/// Whether two slices of one length are equal. They are a few words long: calling a function that compares any number
/// of bytes would take longer.
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
    fn what_more_bytes_could_complete_ends() {
        for text in
            ["", "{", "{\"a", "{\"a\"", "{\"a\":", "{\"a\":1", "[1,", "\"x\\", "tr", "-", "1.", "1e", "[{"]
        {
            assert_eq!(skip(text), Err(Fault::Ends), "{text}");
        }
    }

    #[test]
    fn what_no_bytes_could_complete_is_broken() {
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
            assert_eq!(skip(text), Err(Fault::Broken), "{text}");
        }
    }

    #[test]
    fn nesting_has_no_limit_and_does_not_recurse() {
        let depth = 1_000_000;
        let text = "[{\"a\":".repeat(depth) + "1" + &"}]".repeat(depth);
        assert_eq!(skip(&text), Ok(text.len()));
        assert_eq!(skip(&text[..text.len() - 1]), Err(Fault::Ends));
        assert_eq!(skip(&text.replace("1}]", "1]")), Err(Fault::Broken));
    }
}
