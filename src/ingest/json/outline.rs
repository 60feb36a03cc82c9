//! The end of an object that is too long to be held, found as its bytes go by.
//!
//! Invariant: nothing is kept but which brackets are open. An object this long counts nothing, so only its brackets and
//! strings are looked at, not the rest of JSON's grammar. Used by `read`.

use super::cursor::Nest;

/// An object of which only the outline is followed.
#[derive(Debug, Default)]
pub(in crate::ingest) struct Outline {
    nest: Nest,
    in_string: bool,
    is_escaped: bool,
    is_broken: bool,
}

impl Outline {
    /// One that has no end: something in it is no JSON.
    pub(in crate::ingest) fn broken() -> Self {
        Self { is_broken: true, ..Self::default() }
    }

    /// Takes the next bytes, the first of which opens the object. Says how many of them belong to it if it ends.
    pub(in crate::ingest) fn end(&mut self, bytes: &[u8]) -> Option<usize> {
        if self.is_broken {
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
                        self.is_broken = true;
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
    fn an_object_ends_with_its_last_bracket_wherever_its_bytes_are_cut() {
        let object = br#"{"a":["}",{"b\\\"":"]"}],"c":{}}"#;
        let text = [&object[..], b"{}"].concat();
        for cut in 0..text.len() {
            let mut outline = Outline::default();
            let first = outline.end(&text[..cut]);
            let end = first.or_else(|| outline.end(&text[cut..]).map(|end| cut + end));
            assert_eq!(end, Some(object.len()), "cut at {cut}");
        }
    }

    #[test]
    fn brackets_that_do_not_match_have_no_end() {
        for broken in ["{]}", "{[}]}", "{\"a\":[1}}}"] {
            let mut outline = Outline::default();
            assert_eq!(outline.end(broken.as_bytes()), None, "{broken}");
            assert_eq!(outline.end(b"}]}"), None, "{broken}");
        }
    }
}
