//! Text in lines of a given width.
//!
//! Invariant: no line is wider than asked, and lines break between words if a word fits on a line.

use anstream::adapter::strip_str;
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// The text in lines of at most this many columns. Line breaks in it stay.
pub fn wrapped(text: &str, columns: usize) -> Vec<String> {
    text.split('\n').flat_map(|line| wrapped_line(line, columns.max(1))).collect()
}

fn wrapped_line(text: &str, columns: usize) -> Vec<String> {
    let indent: String = text.chars().take_while(|c| *c == ' ').collect();
    let indent = if indent.len() * 2 < columns { indent } else { String::new() };
    let (mut lines, mut line, mut has_word) = (Vec::new(), indent.clone(), false);
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let space = usize::from(has_word);
        if width(&line) + space + width(word) > columns && has_word {
            lines.push(std::mem::replace(&mut line, indent.clone()));
            has_word = false;
        }
        if has_word {
            line.push(' ');
        }
        has_word = true;
        if width(&line) + width(word) <= columns {
            line += word;
            continue;
        }
        // Too long for any line.
        for c in word.chars() {
            if line.width() + c.width().unwrap_or(0) > columns && line.len() > indent.len() {
                lines.push(std::mem::replace(&mut line, indent.clone()));
            }
            if indent.width() + c.width().unwrap_or(0) <= columns {
                line.push(c);
            }
        }
    }
    lines.push(line);
    lines
}

/// The columns that a text takes; styles take none.
fn width(text: &str) -> usize {
    if text.contains('\x1b') { strip_str(text).to_string().width() } else { text.width() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_at_words_and_only_long_words_break() {
        assert_eq!(wrapped("costs are from list prices", 12), ["costs are", "from list", "prices"]);
        assert_eq!(wrapped("\x1b[1mone\x1b[0m two", 7), ["\x1b[1mone\x1b[0m two"], "styles have no width");
        assert_eq!(wrapped("one two", 7), ["one two"]);
        assert_eq!(wrapped("one two", 6), ["one", "two"]);
        assert_eq!(wrapped("abcdef gh", 4), ["abcd", "ef", "gh"]);
        assert_eq!(wrapped("  → cco daemon", 8), ["  → cco", "  daemon"]);
        assert_eq!(wrapped("a\n\nb", 9), ["a", "", "b"]);
        assert_eq!(wrapped("日本語", 1), [""], "what no line can show");
        assert_eq!(wrapped("", 5), [""]);
    }
}
