//! Finds the end of an object that is too long to keep in memory, as its bytes pass by.
//!
//! Invariant: only the open brackets are kept. An object this long is not counted, so only its brackets and
//! strings are checked, not the rest of JSON's grammar. Used where transcripts are split into lines.

use super::cursor::Nest;

/// The open brackets of an object, and whether the next byte is inside a string.
#[derive(Debug, Default)]
pub(in crate::ingest) struct Outline {
    nest: Nest,
    in_string: bool,
    is_escaped: bool,
    is_malformed: bool,
}

impl Outline {
    /// An outline without an end: some part of it is not JSON.
    pub(in crate::ingest) fn malformed() -> Self {
        Self { is_malformed: true, ..Self::default() }
    }

    /// Takes the next bytes; the very first byte must open the object. If the object ends in them, returns
    /// how many of them belong to it.
    pub(in crate::ingest) fn find_end(&mut self, bytes: &[u8]) -> Option<usize> {
        if self.is_malformed {
            return None;
        }
        for (at, &byte) in bytes.iter().enumerate() {
            if self.in_string {
                match byte {
                    _ if self.is_escaped => self.is_escaped = false,
                    b'\\' => self.is_escaped = true,
                    b'"' => self.in_string = false,
                    _ => {}
                }
                continue;
            }
            match byte {
                b'"' => self.in_string = true,
                b'{' | b'[' => self.nest.push(byte == b'{'),
                b'}' | b']' => match self.nest.pop(byte == b'}') {
                    Some(true) => return Some(at + 1),
                    Some(false) => {}
                    None => {
                        self.is_malformed = true;
                        return None;
                    }
                },
                _ => {}
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_ends_at_its_last_bracket_wherever_its_bytes_are_cut() {
        let object = br#"{"a":["}",{"b\\\"":"]"}],"c":{}}"#;
        let text = [&object[..], b"{}"].concat();
        for cut in 0..text.len() {
            let mut outline = Outline::default();
            let first = outline.find_end(&text[..cut]);
            let end = first.or_else(|| outline.find_end(&text[cut..]).map(|end| cut + end));
            assert_eq!(end, Some(object.len()), "cut at {cut}");
        }
    }

    #[test]
    fn brackets_that_do_not_match_have_no_end() {
        for broken in ["{]}", "{[}]}", "{\"a\":[1}}}"] {
            let mut outline = Outline::default();
            assert_eq!(outline.find_end(broken.as_bytes()), None, "{broken}");
            assert_eq!(outline.find_end(b"}]}"), None, "{broken}");
        }
    }
}
