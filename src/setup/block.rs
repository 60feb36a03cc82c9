//! A block of ours at the end of a file whose comments begin with `#`.
//!
//! Invariant: all bytes before and behind the block stay as they are, whatever they are; to remove the block gives
//! the file as it would be had it never been there.

const BEGIN: &str = "# >>> cco setup >>>";
const END: &str = "# <<< cco setup <<<";

/// The file with the block behind it, and exactly what was added.
pub(super) fn append(bytes: &[u8], lines: &str) -> (Vec<u8>, String) {
    let newline = if contains(bytes, b"\r\n") { "\r\n" } else { "\n" };
    let mut added = String::new();
    if !bytes.is_empty() {
        added += newline;
        if !bytes.ends_with(b"\n") {
            added += newline;
        }
    }
    for line in [BEGIN].into_iter().chain(lines.lines()).chain([END]) {
        added += line;
        added += newline;
    }
    ([bytes, added.as_bytes()].concat(), added)
}

/// Whether a block of ours is in the file.
pub(super) fn is_in(bytes: &[u8]) -> bool {
    contains(bytes, BEGIN.as_bytes())
}

/// The lines of the block, with line feeds.
pub(super) fn lines_in(bytes: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(bytes);
    let mut lines = text.lines().skip_while(|line| *line != BEGIN).skip(1).peekable();
    lines.peek()?;
    Some(lines.take_while(|line| *line != END).map(|line| format!("{line}\n")).collect())
}

/// The file without what [`append`] added; without the marked lines if that was edited; `None` if none are there.
pub(super) fn remove(bytes: &[u8], added: &str) -> Option<Vec<u8>> {
    if let Some(at) = find(bytes, added.as_bytes()) {
        let behind = &bytes[at + added.len()..];
        // A line that had no end had got one: others stand behind it now, and it keeps it.
        let ended = at > 0 && bytes[at - 1] != b'\n' && !behind.is_empty();
        let kept = if ended { 1 + added.find('\n').unwrap_or(0) } else { 0 };
        return Some([&bytes[..at + kept], behind].concat());
    }
    let start = find(bytes, BEGIN.as_bytes())?;
    let end = start + find(&bytes[start..], END.as_bytes())? + END.len();
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
        fn what_is_appended_comes_out_again(
            bytes in prop::collection::vec(any::<u8>(), 0..60),
            behind in prop::collection::vec(any::<u8>(), 0..20),
            end in prop::sample::select(vec!["", "\n", "\r\n"]),
        ) {
            let bytes = [&bytes[..], end.as_bytes()].concat();
            let (with, added) = append(&bytes, "a b\nc\n");
            prop_assert_eq!(lines_in(&with), Some("a b\nc\n".to_owned()));
            prop_assert_eq!(remove(&with, &added), Some(bytes.clone()));
            // Others added lines meanwhile: those stay, on lines of their own.
            let without = remove(&[&with[..], &behind].concat(), &added).unwrap();
            let newline = if contains(&bytes, b"\r\n") { "\r\n" } else { "\n" };
            let is_open = !bytes.is_empty() && !bytes.ends_with(b"\n") && !behind.is_empty();
            let expected = [&bytes[..], if is_open { newline.as_bytes() } else { b"" }, &behind].concat();
            prop_assert_eq!(without, expected);
        }
    }

    #[test]
    fn a_block_that_was_edited_goes_with_its_marks() {
        let (with, added) = append(b"a\n", "ours\n");
        let edited = String::from_utf8(with).unwrap().replace("ours", "mine");
        assert_eq!(remove(edited.as_bytes(), &added).unwrap(), b"a\n\n");
        assert_eq!(remove(b"a\n", &added), None);
    }
}
