//! Our block of lines at the end of a file, between two comments. Used by `blocks` and `change`.
//!
//! Invariant: all bytes before and after the block stay as they are. Removing the block leaves the file as if the
//! block had never been there.

const BEGIN: &str = ">>> cco setup >>>";
const END: &str = "<<< cco setup <<<";

/// What a comment begins with in the language of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comment {
    /// Of shells, TOML and tmux.
    Hash,
    /// Of Lisp.
    Semicolons,
}

impl Comment {
    const ALL: [Self; 2] = [Self::Hash, Self::Semicolons];

    /// The lines before and after the block.
    fn marks(self) -> [String; 2] {
        let begins = match self {
            Self::Hash => "#",
            Self::Semicolons => ";;",
        };
        [BEGIN, END].map(|mark| format!("{begins} {mark}"))
    }
}

/// Returns the file with the block appended, and exactly what was added.
pub(super) fn append(bytes: &[u8], lines: &str, comment: Comment) -> (Vec<u8>, String) {
    let [begin, end] = comment.marks();
    let newline = if contains(bytes, b"\r\n") { "\r\n" } else { "\n" };
    let mut added = String::new();
    if !bytes.is_empty() {
        added += newline;
        if !bytes.ends_with(b"\n") {
            added += newline;
        }
    }
    for line in [&*begin].into_iter().chain(lines.lines()).chain([&*end]) {
        added += line;
        added += newline;
    }
    ([bytes, added.as_bytes()].concat(), added)
}

/// Whether the file contains our block.
pub(super) fn is_in(bytes: &[u8]) -> bool {
    Comment::ALL.iter().any(|comment| contains(bytes, comment.marks()[0].as_bytes()))
}

/// The lines inside the block, each with a line feed.
pub(super) fn lines_in(bytes: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(bytes);
    Comment::ALL.iter().find_map(|comment| {
        let [begin, end] = comment.marks();
        let mut lines = text.lines().skip_while(|line| *line != begin).skip(1).peekable();
        lines.peek()?;
        Some(lines.take_while(|line| *line != end).map(|line| format!("{line}\n")).collect())
    })
}

/// The file without what [`append`] added. If that was edited, removes the marked lines. `None` if there is no block.
pub(super) fn remove(bytes: &[u8], added: &str) -> Option<Vec<u8>> {
    if let Some(at) = find(bytes, added.as_bytes()) {
        let after = &bytes[at + added.len()..];
        // `append` ended an unterminated last line. Lines follow it now, so it keeps that line end.
        let ended = at > 0 && bytes[at - 1] != b'\n' && !after.is_empty();
        let kept = if ended { 1 + added.find('\n').unwrap_or(0) } else { 0 };
        return Some([&bytes[..at + kept], after].concat());
    }
    let marks = Comment::ALL.map(Comment::marks).into_iter().find(|[begin, _]| added.contains(begin))?;
    let [begin, end] = marks.each_ref().map(|mark| mark.as_bytes());
    let start = find(bytes, begin)?;
    let end = start + find(&bytes[start..], end)? + end.len();
    let line =
        bytes[end..].iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |newline| end + newline + 1);
    Some([&bytes[..start], &bytes[line..]].concat())
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    find(bytes, part).is_some()
}

fn find(bytes: &[u8], part: &[u8]) -> Option<usize> {
    memchr::memmem::find(bytes, part)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn an_appended_block_can_be_removed_exactly(
            bytes in prop::collection::vec(any::<u8>(), 0..60),
            after in prop::collection::vec(any::<u8>(), 0..20),
            end in prop::sample::select(vec!["", "\n", "\r\n"]),
            comment in prop::sample::select(Comment::ALL.to_vec()),
        ) {
            let bytes = [&bytes[..], end.as_bytes()].concat();
            let (with, added) = append(&bytes, "a b\nc\n", comment);
            prop_assert_eq!(lines_in(&with), Some("a b\nc\n".to_owned()));
            prop_assert_eq!(remove(&with, &added), Some(bytes.clone()));
            // Lines that were added since stay, on lines of their own.
            let without = remove(&[&with[..], &after].concat(), &added).unwrap();
            let newline = if contains(&bytes, b"\r\n") { "\r\n" } else { "\n" };
            let is_open = !bytes.is_empty() && !bytes.ends_with(b"\n") && !after.is_empty();
            let expected = [&bytes[..], if is_open { newline.as_bytes() } else { b"" }, &after].concat();
            prop_assert_eq!(without, expected);
        }
    }

    #[test]
    fn an_edited_block_is_removed_with_its_markers() {
        for comment in Comment::ALL {
            let (with, added) = append(b"a\n", "ours\n", comment);
            let edited = String::from_utf8(with).unwrap().replace("ours", "mine");
            assert_eq!(remove(edited.as_bytes(), &added).unwrap(), b"a\n\n");
            assert_eq!(remove(b"a\n", &added), None);
        }
    }
}
