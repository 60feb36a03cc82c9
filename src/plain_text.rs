//! Makes text from strangers safe to show: names, paths and models from transcripts, and whatever errors quote.
//!
//! Such text can hold anything: terminal escapes, line breaks that forge a line, characters that reverse the direction
//! of what follows, 300 kB of it. Invariant: what leaves here has no control character (C0, DEL, C1), no bidirectional
//! control, no line separator and no invisible character, only visible escapes such as `\u{202e}`; and a name is at
//! most [`NAME_COLUMNS`] wide.
//! Every face of the programs shows text through this module: tables, bars, status lines, CSV, errors and logs.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::path::Path;

use clap::error::{ContextKind, ContextValue};
use unicode_width::UnicodeWidthStr as _;

/// The most columns that a name takes. Long enough for an ARN or a deep folder.
pub const NAME_COLUMNS: usize = 120;
/// The most columns of an error or of a line of the log.
pub const MESSAGE_COLUMNS: usize = 4096;
/// Characters that replace the middle of a text that is too wide.
const ELLIPSIS: &str = "…";

/// Whether a character does something to its surroundings, or nothing that anybody sees, instead of showing itself.
pub fn is_hostile(c: char) -> bool {
    let is_bidirectional_control = matches!(c,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    // Terminals disagree on how wide these are, and nobody sees that they are there.
    let is_invisible = matches!(c,
        '\u{ad}' | '\u{180e}' | '\u{200b}' | '\u{2060}'..='\u{2064}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}');
    c.is_control() || is_invisible || is_bidirectional_control || matches!(c, '\u{2028}' | '\u{2029}')
}

/// The text on one line, with escapes instead of hostile characters.
pub fn plain(text: &str) -> Cow<'_, str> {
    escaped(text, is_hostile)
}

/// A name: [`plain`], and no wider than [`NAME_COLUMNS`].
pub fn name(text: &str) -> Cow<'_, str> {
    fitted(text, NAME_COLUMNS)
}

/// A path as a name.
pub fn path(path: &Path) -> String {
    name(&path.to_string_lossy()).into_owned()
}

/// The text on one line, escaped and no wider than `columns`: of a text that is too wide, the middle is cut out,
/// because names differ at their ends.
pub fn fitted(text: &str, columns: usize) -> Cow<'_, str> {
    // Characters without width could be stacked without end.
    let is_short = |text: &str| text.width() <= columns && text.chars().count() <= columns.saturating_mul(2);
    // No more of a long text is looked at than could be shown.
    if text.len() <= columns.saturating_mul(8) {
        let plain = plain(text);
        if is_short(&plain) {
            return plain;
        }
    }
    let room = columns.saturating_sub(ELLIPSIS.width());
    let tail_room = room / 2;
    let head = end(text.chars(), room - tail_room);
    let tail: Vec<_> = end(text.chars().rev(), tail_room);
    Cow::Owned(head.into_iter().chain([ELLIPSIS.to_owned()]).chain(tail.into_iter().rev()).collect())
}

/// As many characters as fit, each escaped.
fn end(letters: impl Iterator<Item = char>, columns: usize) -> Vec<String> {
    let mut used = 0;
    let shown = letters.map(|c| if is_hostile(c) { escape(c) } else { c.to_string() });
    let fits = |text: &String| {
        // As above: what has no width counts half a column.
        used += (text.width() * 2).max(1);
        used <= columns * 2
    };
    shown.take_while(fits).collect()
}

/// Whole output, which may have line breaks, tabs and our own styles. This is the last barrier behind the escapes of each
/// name: everything else that is hostile is escaped, wherever it came from.
pub fn screened(text: &str) -> Cow<'_, str> {
    screened_but_for(text, style_length)
}

/// The same with links, for output that leads to web addresses.
pub fn screened_with_links(text: &str) -> Cow<'_, str> {
    screened_but_for(text, |rest| style_length(rest).or_else(|| link_length(rest)))
}

/// Escapes what is hostile but for what has a length by `markup`.
fn screened_but_for(text: &str, markup: impl Fn(&str) -> Option<usize>) -> Cow<'_, str> {
    let is_shown = |c: char| matches!(c, '\n' | '\t') || !is_hostile(c);
    if text.bytes().all(|byte| byte.is_ascii() && is_shown(byte.into())) || text.chars().all(is_shown) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let length = markup(rest).unwrap_or(c.len_utf8());
        match c {
            '\n' | '\t' => safe.push(c),
            _ if length > c.len_utf8() => safe.push_str(&rest[..length]),
            _ if is_hostile(c) => safe.push_str(&escape(c)),
            _ => safe.push(c),
        }
        rest = &rest[length..];
    }
    Cow::Owned(safe)
}

/// The length of a style at the start of the text: `ESC [`, digits and semicolons, `m`. Styles only change looks.
fn style_length(text: &str) -> Option<usize> {
    let codes = text.strip_prefix("\x1b[")?;
    let end = codes.find(|c: char| !(c.is_ascii_digit() || c == ';'))?;
    codes[end..].starts_with('m').then_some(text.len() - codes.len() + end + 1)
}

/// The length of a link's mark at the start of the text: `ESC ] 8 ; ;`, a web address or nothing, `ESC \\`.
fn link_length(text: &str) -> Option<usize> {
    let address = text.strip_prefix("\x1b]8;;")?;
    let end = address.find(|c: char| !c.is_ascii_graphic())?;
    let is_web = end == 0 || address.starts_with("https://") || address.starts_with("http://");
    (is_web && address[end..].starts_with("\x1b\\")).then_some(text.len() - address.len() + end + 2)
}

/// A line of the log with its styles: a line break within it is escaped too, and it is not endless.
pub fn log_line(line: &str) -> String {
    let one_line = line.trim_end_matches('\n').replace('\n', "\\n").replace('\t', "\\t");
    let screened = screened(&one_line);
    match screened.char_indices().nth(MESSAGE_COLUMNS) {
        Some((cut, _)) => format!("{}{ELLIPSIS}\n", &screened[..cut]),
        None => format!("{screened}\n"),
    }
}

/// JSON text in which serde leaves some hostile characters: as `\uXXXX` they mean the same and do nothing. They can
/// only occur in strings.
pub fn json(text: String) -> String {
    let is_raw = |c: char| c >= '\u{7f}' && is_hostile(c);
    // Most documents are ASCII, and asking bytes is fast.
    if text.bytes().all(|byte| byte < 0x7f) || !text.contains(is_raw) {
        return text;
    }
    let mut safe = String::with_capacity(text.len() + 64);
    for c in text.chars() {
        if is_raw(c) {
            write!(safe, "\\u{:04x}", u32::from(c)).expect("writing to a String cannot fail");
        } else {
            safe.push(c);
        }
    }
    safe
}

/// What is wrong with a command line, in clap's words and styles. What it quotes may come from strangers too.
pub fn usage_error(mut error: clap::Error) -> String {
    let quoted = |(kind, value): (ContextKind, &ContextValue)| match value {
        ContextValue::String(text) => Some((kind, name(text).into_owned())),
        _ => None,
    };
    let quoted: Vec<_> = error.context().filter_map(quoted).collect();
    for (kind, text) in quoted {
        error.insert(kind, ContextValue::String(text));
    }
    screened(&error.render().ansi().to_string()).into_owned()
}

fn escaped(text: &str, is_escaped: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.contains(&is_escaped) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().map(|c| if is_escaped(c) { escape(c) } else { c.to_string() }).collect())
}

/// `\n`, `\t`, `\r`, else `\u{…}`.
fn escape(c: char) -> String {
    match c {
        '\n' | '\t' | '\r' => c.escape_default().to_string(),
        _ => c.escape_unicode().to_string(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A kind of each hostile character.
    const HOSTILE: &str = "\0\u{7}\t\n\r\u{1b}\u{7f}\u{80}\u{9b}\u{9f}\u{61c}\u{200e}\u{202e}\u{2028}\u{2029}\u{2066}\u{ad}\u{200b}\u{2060}\u{feff}";

    #[test]
    fn every_kind_of_hostile_character_becomes_visible() {
        assert_eq!(plain("é日 a-b"), "é日 a-b");
        assert_eq!(plain("\u{1b}[2J\n\t\u{9b}\u{202e}\u{2028}"), r"\u{1b}[2J\n\t\u{9b}\u{202e}\u{2028}");
        assert!(HOSTILE.chars().all(is_hostile));
        assert_eq!(json(format!("\"{}\"", "\u{7f}\u{9b}é\u{202e}")), r#""\u007f\u009bé\u202e""#);
    }

    #[test]
    fn a_long_name_keeps_both_of_its_ends() {
        assert_eq!(fitted("claude-opus-4-6", 15), "claude-opus-4-6");
        assert_eq!(fitted("/home/ada/code/engine", 11), "/home…ngine");
        assert_eq!(fitted("日本語日本語", 5), "日…語");
        assert_eq!(fitted(&"\u{1b}".repeat(300_000), 20), r"\u{1b}…\u{1b}");
        assert_eq!(fitted("abc", 0), "…");
        assert!(fitted(&"a\u{301}".repeat(100_000), 40).chars().count() <= 81);
    }

    #[test]
    fn styles_and_line_breaks_pass_and_nothing_else_does() {
        let styled = "\x1b[1mbold\x1b[0m\n\t\x1b[38;5;1mred\x1b[m\n";
        assert_eq!(screened(styled), styled);
        assert_eq!(screened("\x1b[2J\x1b]0;t\x07\r\u{9b}31m"), r"\u{1b}[2J\u{1b}]0;t\u{7}\r\u{9b}31m");
        let link = "\x1b]8;;https://a.b/c?d\x1b\\#1\x1b]8;;\x1b\\";
        assert_eq!(screened_with_links(link), link);
        assert!(!screened(link).contains('\x1b'));
        for hostile in [
            "\x1b]8;;file:///x\x1b\\",
            "\x1b]8;;https://a\x07",
            "\x1b]8;id=1;https://a\x1b\\",
            "\x1b]0;t\x1b\\",
        ] {
            assert!(!screened_with_links(hostile).contains('\x1b'), "{hostile:?}");
        }
        assert_eq!(log_line("INFO a\nb\tc\n"), "INFO a\\nb\\tc\n");
        assert!(log_line(&"x".repeat(300_000)).len() < 5_000);
    }

    proptest! {
        #[test]
        fn no_text_gets_through_raw_or_wide(
            parts in prop::collection::vec(prop_oneof!["\\PC{0,40}", "[\u{0}-\u{9f}\u{200e}\u{202a}-\u{202e}\u{2066}-\u{2069}\u{2028}]{0,9}"], 0..9),
            columns in 1_usize..90,
        ) {
            let text = parts.concat();
            let fitted = fitted(&text, columns);
            prop_assert!(!fitted.contains(is_hostile) && fitted.width() <= columns, "{fitted:?}");
            prop_assert!(!plain(&text).contains(is_hostile));
            let quoted = serde_json::to_string(&text).unwrap();
            let safe = json(quoted);
            prop_assert!(!safe.contains(is_hostile));
            prop_assert_eq!(serde_json::from_str::<String>(&safe).unwrap(), text);
        }
    }
}
