//! Decodes strings to text strictly: valid UTF-8, no bare control bytes, complete escapes, no lone
//! surrogates.
//!
//! Used for texts that affect counting or name something. To skip a string, use [`super::cursor`].

use std::borrow::Cow;

use super::cursor::{Scalar, Text};

/// A string is not a valid JSON string in UTF-8.
#[derive(Debug)]
pub(in crate::ingest) struct Undecodable;

/// Decodes strings, reusing its memory.
#[derive(Default)]
pub(in crate::ingest) struct TextDecoder {
    /// A copy of an escaped text, which simd-json overwrites.
    scratch: Vec<u8>,
    buffers: simd_json::Buffers,
}

impl TextDecoder {
    /// A member's text, if the member is a string that is not empty.
    pub(in crate::ingest) fn present<'a>(
        &mut self,
        member: Scalar<'a>,
    ) -> Result<Option<Cow<'a, str>>, Undecodable> {
        let Scalar::Text(text) = member else { return Ok(None) };
        Ok(Some(self.decode(text)?).filter(|text| !text.is_empty()))
    }

    /// Whether a member is exactly this text.
    pub(in crate::ingest) fn is(&mut self, member: Scalar<'_>, expected: &str) -> Result<bool, Undecodable> {
        match member {
            Scalar::Text(text) if !text.escaped && *text.raw == *expected.as_bytes() => Ok(true),
            member => Ok(self.present(member)?.as_deref() == Some(expected)),
        }
    }

    /// Decodes a member's name, given as written between its quotes.
    pub(in crate::ingest) fn key<'a>(&mut self, raw: &'a [u8]) -> Result<Cow<'a, str>, Undecodable> {
        self.decode(Text { raw, escaped: raw.contains(&b'\\') })
    }

    pub(in crate::ingest) fn decode<'a>(&mut self, text: Text<'a>) -> Result<Cow<'a, str>, Undecodable> {
        // Not `any`: without an early exit the loop is vectorized.
        if text.raw.iter().fold(false, |found, &byte| found | (byte < b' ')) {
            return Err(Undecodable);
        }
        if !text.escaped {
            return std::str::from_utf8(text.raw).map(Cow::Borrowed).map_err(|_| Undecodable);
        }
        self.scratch.clear();
        self.scratch.push(b'"');
        self.scratch.extend_from_slice(text.raw);
        self.scratch.push(b'"');
        simd_json::serde::from_slice_with_buffers::<String>(&mut self.scratch, &mut self.buffers)
            .map(Cow::Owned)
            .map_err(|_| Undecodable)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn decode(raw: &[u8]) -> Option<String> {
        let text = Text { raw, escaped: raw.contains(&b'\\') };
        TextDecoder::default().decode(text).ok().map(Cow::into_owned)
    }

    /// The strict result of another decoder. `raw` must not end the string early.
    fn naive(raw: &[u8]) -> Option<String> {
        serde_json::from_slice(&[b"\"", raw, b"\""].concat()).ok()
    }

    #[test]
    fn surrogates_must_come_in_pairs() {
        assert_eq!(decode(br"a\ud83d\ude00b").as_deref(), Some("a\u{1f600}b"));
        for bad in [
            &br"\ud83d"[..],
            br"\ude00",
            br"\ud83d\ud83d",
            br"\ud83dx",
            br"\u12",
            br"\q",
            b"\\n\x01",
            b"\\n\xff",
        ] {
            assert_eq!(decode(bad), None, "{bad:?}");
            assert_eq!(naive(bad), None, "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn texts_decode_as_json_says(pieces in proptest::collection::vec(prop_oneof![
            "[ -~&&[^\"\\\\]]{0,40}".prop_map(String::into_bytes),
            "\\\\[\"\\\\/bfnrt]".prop_map(String::into_bytes),
            "\\\\u[0-9a-fA-F]{4}".prop_map(String::into_bytes),
            "\\\\u[dD][89a-fA-F][0-9a-f]{2}".prop_map(String::into_bytes),
            "\\\\ud83d\\\\ude0[0-9]".prop_map(String::into_bytes),
            "\\\\[a-z]".prop_map(String::into_bytes),
            "[é日\u{1f600}]".prop_map(String::into_bytes),
            any::<u8>().prop_filter("ends the string", |byte| !b"\"\\".contains(byte)).prop_map(|byte| vec![byte]),
        ], 0..12)) {
            let raw = pieces.concat();
            prop_assert_eq!(decode(&raw), naive(&raw));
        }
    }
}
