//! Text in lines of a given width.
//!
//! Invariant: no line is wider than asked, lines break between words if a word fits on a line, and a command that users
//! copy is on one line if it fits on one.

use anstream::adapter::strip_str;
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// Programs that messages tell users to run.
const PROGRAMS: [&str; 16] = [
    "cco",
    "cco-peek",
    "chmod",
    "chown",
    "cp",
    "exec",
    "kill",
    "launchctl",
    "ln",
    "mkdir",
    "mv",
    "rm",
    "sudo",
    "sysctl",
    "systemctl",
    "tmux",
];

/// The text in lines of at most this many columns. Line breaks in it stay.
pub fn wrapped(text: &str, columns: usize) -> Vec<String> {
    text.split('\n').flat_map(|line| wrapped_line(line, columns.max(1))).collect()
}

/// The lines that are made of one.
struct Lines {
    columns: usize,
    indent: String,
    done: Vec<String>,
    line: String,
    has_word: bool,
}

fn wrapped_line(text: &str, columns: usize) -> Vec<String> {
    let indent: String = text.chars().take_while(|c| *c == ' ').collect();
    let indent = if indent.len() * 2 < columns { indent } else { String::new() };
    let mut lines = Lines { columns, line: indent.clone(), indent, done: Vec::new(), has_word: false };
    for piece in pieces(text) {
        if width(piece) <= columns {
            lines.put(piece);
            continue;
        }
        // A shell goes on after such an end of a line.
        for part in piece.split_inclusive(" && ").map(|part| part.trim_end_matches(' ')) {
            if width(part) <= columns {
                lines.put(part);
            } else {
                words(part).for_each(|word| lines.put(word));
            }
        }
    }
    lines.done.push(lines.line);
    lines.done
}

impl Lines {
    /// Adds a word or a command.
    fn put(&mut self, piece: &str) {
        let (columns, needed) = (self.columns, width(piece));
        if self.has_word && width(&self.line) + 1 + needed > columns {
            self.next();
        }
        if self.has_word {
            self.line.push(' ');
        } else if needed <= columns {
            // It may need the room of the indent.
            self.line.truncate(columns - needed);
        }
        self.has_word = true;
        if width(&self.line) + needed <= columns {
            self.line += piece;
            return;
        }
        // Too long for any line.
        for c in piece.chars() {
            if self.line.width() + c.width().unwrap_or(0) > columns && self.line.len() > self.indent.len() {
                self.next();
                self.has_word = true;
            }
            if self.indent.width() + c.width().unwrap_or(0) <= columns {
                self.line.push(c);
            }
        }
    }

    fn next(&mut self) {
        self.done.push(std::mem::replace(&mut self.line, self.indent.clone()));
        self.has_word = false;
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(' ').filter(|word| !word.is_empty())
}

/// Words and whole commands: what is between backticks, and what begins with a program after a colon, an arrow or "or".
fn pieces(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let (mut rest, mut is_introduced) = (text.trim_start_matches(' '), false);
    while !rest.is_empty() {
        let first = words(rest).next().unwrap_or_default();
        let bare = strip_str(first).to_string();
        let length = quoted(rest, first)
            .or_else(|| (is_introduced && PROGRAMS.contains(&&*bare)).then(|| command(rest)))
            .unwrap_or(first.len());
        let (piece, after) = rest.split_at(length);
        is_introduced = bare.ends_with(':') || bare == "→" || bare == "or";
        pieces.push(piece);
        rest = after.trim_start_matches(' ');
    }
    pieces
}

/// The length of what is quoted with the word that ends it, if the first word begins it.
fn quoted(text: &str, first: &str) -> Option<usize> {
    let begin = first.find('`')? + 1;
    let end = begin + text[begin..].find('`')?;
    Some(text[end..].find(' ').map_or(text.len(), |length| end + length))
}

/// The length of the command at the start of a text: up to the end of its clause.
fn command(text: &str) -> usize {
    let mut end = 0;
    for word in words(text) {
        // Each is a part of the text.
        end += text[end..].find(word).unwrap_or(0) + word.len();
        let is_in_quotes = text[..end].matches('\'').count() % 2 == 1;
        if word.len() > 1 && word.ends_with([';', ',', '.', ')']) && !is_in_quotes {
            break;
        }
    }
    end
}

/// The columns that a text takes; styles take none.
fn width(text: &str) -> usize {
    if text.contains('\x1b') { strip_str(text).to_string().width() } else { text.width() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lines_break_at_words_and_only_long_words_break() {
        assert_eq!(wrapped("costs are from list prices", 12), ["costs are", "from list", "prices"]);
        assert_eq!(wrapped("\x1b[1mone\x1b[0m two", 7), ["\x1b[1mone\x1b[0m two"], "styles have no width");
        assert_eq!(wrapped("one two", 7), ["one two"]);
        assert_eq!(wrapped("one two", 6), ["one", "two"]);
        assert_eq!(wrapped("abcdef gh", 4), ["abcd", "ef", "gh"]);
        assert_eq!(wrapped("  → some words", 9), ["  → some", "  words"]);
        assert_eq!(wrapped("a\n\nb", 9), ["a", "", "b"]);
        assert_eq!(wrapped("日本語", 1), [""], "what no line can show");
        assert_eq!(wrapped("", 5), [""]);
    }

    #[test]
    fn a_command_moves_to_a_line_of_its_own_if_it_fits_on_one() {
        let text = "no price: \x1b[1mto add one:\x1b[0m cco prices --unpriced";
        assert_eq!(wrapped(text, 30)[1], "cco prices --unpriced");
        assert_eq!(wrapped(text, 18)[1..], ["one:\x1b[0m cco prices", "--unpriced"], "no line is as long");
        let text = "to start one: cco daemon start; at each login: cco service install";
        assert_eq!(
            wrapped(text, 24),
            ["to start one:", "cco daemon start; at", "each login:", "cco service install"]
        );
        assert_eq!(
            wrapped("run `cco publish --once`, please", 21),
            ["run", "`cco publish --once`,", "please"]
        );
        assert_eq!(wrapped("    → cco daemon start", 18), ["    →", "  cco daemon start"]);
        let text = "→ cco setup tmux --undo && cco setup tmux";
        assert_eq!(wrapped(text, 25), ["→", "cco setup tmux --undo &&", "cco setup tmux"]);
        let text = "to move it: mv -n -- '/a  b, c' /d";
        assert_eq!(wrapped(text, 24)[1], "mv -n -- '/a  b, c' /d", "as it must be typed");
        assert_eq!(wrapped("it is `cco", 7), ["it is", "`cco"], "nothing ends the quote");
    }

    const PARTS: [&str; 9] = [
        "to start it: cco daemon start;",
        "some more words of prose,",
        "`cco-peek --field a.b`",
        "(see `cco config init`)",
        "or cco ledger rebuild.",
        "\x1b[33mto fix:\x1b[0m chmod go-w -- '/home/a b;/c',",
        "日本語の名前",
        "→ cco setup tmux --undo && cco setup tmux.",
        "a_word_that_is_longer_than_most_lines_are",
    ];
    const COMMANDS: [&str; 6] = [
        "cco daemon start",
        "`cco-peek --field a.b`",
        "`cco config init`",
        "cco ledger rebuild",
        "chmod go-w -- '/home/a b;/c'",
        "cco setup tmux --undo && cco setup tmux",
    ];

    proptest! {
        #[test]
        fn no_line_is_too_wide_and_none_splits_a_command_that_fits(
            picked in prop::collection::vec(0..PARTS.len(), 1..7),
            indent in 0_usize..9,
            columns in 2_usize..60,
        ) {
            let text = picked.iter().map(|part| PARTS[*part]).collect::<Vec<_>>().join(" ");
            let lines = wrapped(&format!("{}{text}", " ".repeat(indent)), columns);
            for line in &lines {
                prop_assert!(width(line) <= columns, "{line:?}");
            }
            for command in COMMANDS {
                // With what is around it: brackets and a comma or a semicolon.
                let room = command.len() + 2;
                let found = lines.iter().map(|line| line.matches(command).count()).sum::<usize>();
                let expected = text.matches(command).count();
                prop_assert!(room > columns || found == expected, "{command}: {lines:#?}");
            }
        }
    }
}
