//! Text for messages and tool results: lines copy slices from a pool of escaped JSON string content.
//!
//! Invariant: the pool is cut only at spaces, and no escape sequence or character contains one, so every
//! slice is valid JSON string content. Copying slices is fast enough to generate gigabytes in seconds.

use fastrand::Rng;

/// Escaped text, a few megabytes.
pub(crate) struct Pool {
    text: String,
}

const POOL_BYTES: usize = 3 << 20;

/// An upper bound of a word's length, including its space.
const WORD_BYTES: usize = 48;

const WORDS: &str = "\
    the a of to and in is it for that this with from when so then file line test build error value \
    branch commit cache buffer parser module request response server client thread queue index table \
    column schema function returns checks fails passes reads writes opens closes renames moves sorts \
    merges first second last next empty missing stale broken green slow fast exact because instead \
    unless before after while without under above between let mut impl struct match return async \
    const import export => -> :: == { } (); && || // ## - * | 0 1 42 0x7f 127.0.0.1:8080 \
    src/lib.rs:118 tests/end_to_end.py ./gradlew README.md package.json utf-8 v1.4.2";

/// Words with JSON escapes or non-ASCII characters.
const MARKED_WORDS: &str = r#"
    done.\n\n line\n \tfield \"quoted\" C:\\temp\\a.txt naïve für 日本語 → ✓ \u001b[32mok\u001b[0m
    {\"id\":7,\"name\":\"x\"} it's 100% café\n \n```rust\n"#;

impl Pool {
    pub(crate) fn new() -> Self {
        let mut rng = Rng::with_seed(0x0070_6f6f_6c00);
        let (plain, marked) = (words(WORDS), words(MARKED_WORDS));
        let mut text = String::with_capacity(POOL_BYTES + WORD_BYTES);
        while text.len() < POOL_BYTES {
            let words = if rng.u8(..12) == 0 { &marked } else { &plain };
            text.push_str(words[rng.usize(..words.len())]);
            text.push(' ');
        }
        Self { text }
    }

    /// Adds `length` bytes of escaped text.
    pub(crate) fn push(&self, out: &mut String, length: usize, rng: &mut Rng) {
        let mut left = length;
        while left > 0 {
            let words = &self.text[self.start(rng)..];
            let end = if words.len() <= left {
                words.len()
            } else {
                words.as_bytes()[..left].iter().rposition(|byte| *byte == b' ').map_or(0, |space| space + 1)
            };
            out.push_str(&words[..end]);
            left -= end;
            if left < WORD_BYTES {
                // Too few bytes are left for a word: add a run of dots, as in logs.
                out.extend(std::iter::repeat_n('.', left));
                left = 0;
            }
        }
    }

    /// The start of a random word.
    fn start(&self, rng: &mut Rng) -> usize {
        let from = rng.usize(..self.text.len() - WORD_BYTES);
        let space = self.text.as_bytes()[from..].iter().position(|byte| *byte == b' ');
        space.map_or(0, |space| from + space + 1)
    }
}

fn words(text: &str) -> Vec<&str> {
    text.split_ascii_whitespace().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_slice_is_valid_json_text_of_the_requested_length() {
        let pool = Pool::new();
        let mut rng = Rng::with_seed(3);
        for length in (0..2_000).chain([POOL_BYTES + 5_000]) {
            let mut text = String::from("\"");
            pool.push(&mut text, length, &mut rng);
            text.push('"');
            assert_eq!(text.len(), length + 2);
            assert!(serde_json::from_str::<String>(&text).is_ok(), "{length}");
        }
    }

    #[test]
    fn no_word_is_longer_than_the_bound() {
        let longest = [WORDS, MARKED_WORDS].into_iter().flat_map(words).map(str::len).max();
        assert!(longest < Some(WORD_BYTES));
    }
}
