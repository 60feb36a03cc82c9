//! Texts that mostly repeat from one record to the next, and shared values made of them.
//!
//! Invariant: a text that repeats is compared, not decoded again, and its shared value is not looked up
//! again. Used by [`super::decode`].

use std::sync::Arc;

use crate::ingest::json::{Scalar, TextDecoder, Undecodable};

/// A text that is usually the same as in the record before.
#[derive(Default)]
pub(super) struct RepeatedText {
    /// Empty if the record has no such text.
    text: String,
    /// The text was written without escapes, so equal bytes are the same text.
    is_plain: bool,
}

impl RepeatedText {
    /// The text of the last record.
    pub(super) fn get(&self) -> &str {
        &self.text
    }

    /// Takes the member of the next record; anything but a string is empty. Returns whether the text has
    /// changed.
    pub(super) fn update(
        &mut self,
        member: Scalar<'_>,
        texts: &mut TextDecoder,
    ) -> Result<bool, Undecodable> {
        let Scalar::Text(text) = member else {
            let is_new = !self.text.is_empty();
            self.text.clear();
            return Ok(is_new);
        };
        // Check lengths first: even comparing no bytes is a call.
        let is_same = self.is_plain
            && !text.escaped
            && text.raw.len() == self.text.len()
            && (text.raw.is_empty() || *text.raw == *self.text.as_bytes());
        if !is_same {
            let decoded = texts.decode(text)?;
            self.text.clear();
            self.text.push_str(&decoded);
            self.is_plain = !text.escaped;
        }
        Ok(!is_same)
    }
}

/// A shared value made of texts that are usually the same as in the record before.
pub(super) struct RepeatedValue<T, const N: usize> {
    texts: [RepeatedText; N],
    /// The value made of the texts, until one of them changes.
    value: Option<Arc<T>>,
}

impl<T, const N: usize> Default for RepeatedValue<T, N> {
    fn default() -> Self {
        Self { texts: std::array::from_fn(|_| RepeatedText::default()), value: None }
    }
}

impl<T, const N: usize> RepeatedValue<T, N> {
    /// Takes the text at `index` from the next record.
    pub(super) fn update(
        &mut self,
        index: usize,
        member: Scalar<'_>,
        texts: &mut TextDecoder,
    ) -> Result<(), Undecodable> {
        if self.texts[index].update(member, texts)? {
            self.value = None;
        }
        Ok(())
    }

    /// Empties the text at `index`.
    pub(super) fn clear(&mut self, index: usize) {
        self.texts[index].text.clear();
        self.value = None;
    }

    /// The value made of the texts. `make` is called only if one of them has changed.
    pub(super) fn value(&mut self, make: impl FnOnce([&str; N]) -> Arc<T>) -> Arc<T> {
        let texts = &self.texts;
        let value = self.value.get_or_insert_with(|| make(std::array::from_fn(|index| texts[index].get())));
        Arc::clone(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::json::{Cursor, Nest};

    #[test]
    fn a_value_is_made_again_only_if_a_text_changes() {
        let (mut pair, mut texts) = (RepeatedValue::<String, 2>::default(), TextDecoder::default());
        let mut made = 0;
        for (record, expected, times) in [
            ([r#""a""#, r#""""#], "a,", 1),
            ([r#""a""#, "null"], "a,", 1),
            ([r#""a""#, r#""b""#], "a,b", 2),
            // An escaped text is decoded each time, because its bytes differ from its text.
            ([r#""\u0061""#, r#""b""#], "a,b", 3),
            ([r#""a""#, r#""b""#], "a,b", 4),
            (["[]", r#""b""#], ",b", 5),
            (["[]", r#""b""#], ",b", 5),
        ] {
            for (index, json) in record.into_iter().enumerate() {
                let mut nest = Nest::default();
                let member = Cursor::new(json.as_bytes(), &mut nest).scalar();
                pair.update(index, member.unwrap(), &mut texts).unwrap();
            }
            let value = pair.value(|texts| {
                made += 1;
                Arc::new(texts.join(","))
            });
            assert_eq!((value.as_str(), made), (expected, times), "{record:?}");
        }
    }
}
