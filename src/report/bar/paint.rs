//! Styled text, independent of any terminal's or bar's syntax. Used by all of `bar`.
//!
//! Invariant: whatever text a [`Line`] was made from, it contains no hostile characters except line breaks, and its
//! links lead only to addresses that are safe to write to any terminal.

use std::borrow::Cow;

use unicode_width::UnicodeWidthStr;

use crate::plain_text::plain;

/// Colours: those that every terminal and bar has, and any other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// Something is wrong, or nearly used up.
    Red,
    /// All is well.
    Green,
    /// A warning.
    Yellow,
    /// Blue.
    Blue,
    /// Magenta.
    Magenta,
    /// Cyan.
    Cyan,
    /// Red, green and blue, for terminals and bars that have all colours.
    Rgb([u8; 3]),
}

/// The colours that have names.
pub(super) const NAMED: [(&str, Colour); 6] = [
    ("red", Colour::Red),
    ("green", Colour::Green),
    ("yellow", Colour::Yellow),
    ("blue", Colour::Blue),
    ("magenta", Colour::Magenta),
    ("cyan", Colour::Cyan),
];

impl Colour {
    /// A name, or `#rrggbb`.
    pub(super) fn of(text: &str) -> Option<Self> {
        if let Some((_, colour)) = NAMED.iter().find(|(name, _)| *name == text) {
            return Some(*colour);
        }
        let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6 && digits.is_ascii())?;
        let part = |at: usize| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok();
        // A sign is no digit, although it would be read as one.
        let is_hex = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        is_hex.then(|| Some(Self::Rgb([part(0)?, part(2)?, part(4)?])))?
    }

    /// Its name in tmux.
    pub(super) fn tmux(self) -> Cow<'static, str> {
        match NAMED.iter().find(|(_, colour)| *colour == self) {
            Some((name, _)) => (*name).into(),
            None => self.hex(),
        }
    }

    /// Red, green and blue in hexadecimal, for bars without colour names.
    pub(super) fn hex(self) -> Cow<'static, str> {
        match self {
            Self::Red => "#ff5555".into(),
            Self::Green => "#50fa7b".into(),
            Self::Yellow => "#f1fa8c".into(),
            Self::Blue => "#6fa8dc".into(),
            Self::Magenta => "#ff79c6".into(),
            Self::Cyan => "#8be9fd".into(),
            Self::Rgb([red, green, blue]) => format!("#{red:02x}{green:02x}{blue:02x}").into(),
        }
    }
}

/// How a text looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Style {
    /// Its colour, if not the surrounding one.
    pub colour: Option<Colour>,
    /// The colour behind it.
    pub back: Option<Colour>,
    /// Bold.
    pub bold: bool,
    /// Less bright.
    pub dim: bool,
}

impl Style {
    /// A style with only a colour.
    pub(super) fn of(colour: Colour) -> Self {
        Self { colour: Some(colour), ..Self::default() }
    }
}

/// The value of a field: how it is written, and the style it calls for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Value {
    /// The text.
    pub(super) text: String,
    /// The style; the default one leaves it to the template.
    pub(super) style: Style,
    /// The share that it is of a whole, in millionths, for a bar.
    pub(super) share: Option<u64>,
    /// Where it leads.
    pub(super) link: Option<String>,
}

/// The longest address that a text leads to.
const LINK_BYTES_MAX: usize = 2048;

/// Whether an address can stand in a terminal's markup: a web address without anything that could end it.
pub(super) fn is_linkable(address: &str) -> bool {
    let is_web = address.starts_with("https://") || address.starts_with("http://");
    is_web && address.len() <= LINK_BYTES_MAX && address.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Text in one style.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// The text.
    pub text: String,
    /// Its style.
    pub style: Style,
    /// The address that it leads to.
    pub link: Option<String>,
    /// Whether it is as wide as there is room.
    is_fill: bool,
}

/// Text to show: usually one line, but templates can contain line breaks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    spans: Vec<Span>,
}

impl Line {
    /// Text in the default style.
    pub fn of(text: &str) -> Self {
        let mut line = Self::default();
        line.push(text, Style::default());
        line
    }

    /// The texts and their styles.
    pub fn spans(&self) -> &[Span] {
        &self.spans
    }

    /// The text without styles.
    pub fn text(&self) -> String {
        self.spans.iter().map(|span| span.text.as_str()).collect()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// Adds text. Hostile characters become escapes; line breaks stay.
    pub(super) fn push(&mut self, text: &str, style: Style) {
        self.push_linked(text, style, None);
    }

    /// The same, leading to an address, if that is one that can be written.
    pub(super) fn push_linked(&mut self, text: &str, style: Style, link: Option<&str>) {
        let link = link.filter(|address| is_linkable(address));
        for (index, part) in text.split('\n').enumerate() {
            let safe = plain(part);
            let part = if index == 0 { safe } else { format!("\n{safe}").into() };
            match self.spans.last_mut() {
                _ if part.is_empty() => {}
                Some(last) if last.style == style && last.link.as_deref() == link && !last.is_fill => {
                    last.text += &part;
                }
                _ => self.spans.push(Span {
                    text: part.into_owned(),
                    style,
                    link: link.map(str::to_owned),
                    is_fill: false,
                }),
            }
        }
    }

    /// Adds room that pushes what follows to the right.
    pub(super) fn push_fill(&mut self, style: Style) {
        let style = Style { back: style.back, ..Style::default() };
        self.spans.push(Span { text: " ".into(), style, link: None, is_fill: true });
    }

    pub(super) fn append(&mut self, line: &Self) {
        for span in &line.spans {
            if span.is_fill {
                self.spans.push(span.clone());
            } else {
                self.push_linked(&span.text, span.style, span.link.as_deref());
            }
        }
    }

    /// The colours behind its first and its last text.
    pub(super) fn backs(&self) -> (Option<Colour>, Option<Colour>) {
        let back = |span: Option<&Span>| span.and_then(|span| span.style.back);
        (back(self.spans.first()), back(self.spans.last()))
    }

    /// The line with its fills as wide as makes it `columns` wide; without a width, each is two spaces.
    pub(super) fn filled(mut self, columns: Option<usize>) -> Self {
        let fills = self.spans.iter().filter(|span| span.is_fill).count();
        if fills == 0 {
            return self;
        }
        let room = columns.map_or(fills, |columns| columns.saturating_sub(self.width()));
        let fills_before = |number: usize| room * number / fills;
        let of_line = self.spans.iter_mut().filter(|span| span.is_fill);
        for (number, span) in of_line.enumerate() {
            span.text = " ".repeat(1 + fills_before(number + 1) - fills_before(number));
            span.is_fill = false;
        }
        self
    }

    /// Width of its widest line in columns.
    pub(super) fn width(&self) -> usize {
        self.text().split('\n').map(UnicodeWidthStr::width).max().unwrap_or(0)
    }

    /// Cuts each line to `columns`, with an ellipsis in place of what is cut.
    pub(super) fn truncated(&self, columns: usize) -> Self {
        if self.width() <= columns {
            return self.clone();
        }
        let mut short = Self::default();
        let lines: Vec<String> = self.text().split('\n').map(str::to_owned).collect();
        let mut number = 0;
        let mut used = 0;
        for span in &self.spans {
            let mut kept = String::new();
            for letter in span.text.chars() {
                if letter == '\n' {
                    (number, used) = (number + 1, 0);
                    kept.push(letter);
                    continue;
                }
                let width = unicode_width::UnicodeWidthChar::width(letter).unwrap_or(0);
                let room = if lines[number].width() <= columns { columns } else { columns.saturating_sub(1) };
                if used + width <= room {
                    used += width;
                    kept.push(letter);
                } else if used < columns {
                    used = columns;
                    kept.push('…');
                }
            }
            short.push_linked(&kept, span.style, span.link.as_deref());
        }
        short
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_cut_with_an_ellipsis_by_columns_not_characters() {
        let mut line = Line::of("日本語 text");
        line.push(" in red", Style::of(Colour::Red));
        assert_eq!(line.truncated(80), line);
        assert_eq!(line.truncated(6).text(), "日本…");
        assert_eq!(line.truncated(13).text(), "日本語 text …");
        assert_eq!(Line::of("12345\n123").truncated(3).text(), "12…\n123");
        assert_eq!(Line::of("12345").truncated(0).text(), "");
    }

    #[test]
    fn a_colour_is_a_name_or_six_digits() {
        assert_eq!(Colour::of("#0a0Bff"), Some(Colour::Rgb([10, 11, 255])));
        assert_eq!(Colour::of("cyan"), Some(Colour::Cyan));
        for slip in ["#0a0bf", "#0a0bfff", "0a0bff", "#+a0bff", "#日本", "grey", ""] {
            assert_eq!(Colour::of(slip), None, "{slip}");
        }
    }

    #[test]
    fn a_fill_takes_the_room_that_is_left_and_two_share_it() {
        let mut line = Line::of("a");
        line.push_fill(Style::default());
        line.push("b", Style::default());
        line.push_fill(Style::default());
        line.push("語", Style::default());
        assert_eq!(line.clone().filled(Some(11)).text(), "a   b    語");
        assert_eq!(line.clone().filled(Some(3)).text(), "a b 語");
        assert_eq!(line.filled(None).text(), "a  b  語");
    }

    #[test]
    fn a_text_leads_only_to_web_addresses_that_nothing_can_end() {
        let leads = |address: &str| {
            let mut line = Line::default();
            line.push_linked("x", Style::default(), Some(address));
            line.spans()[0].link.is_some()
        };
        assert!(leads("https://example.org/pull/1?a=b#c") && leads("http://x"));
        for address in
            ["file:///etc/passwd", "javascript:x", "https://a b", "https://a\u{1b}\\", "https://é", ""]
        {
            assert!(!leads(address), "{address:?}");
        }
        assert!(!leads(&format!("https://{}", "x".repeat(4000))));
    }

    #[test]
    fn no_text_can_move_the_cursor() {
        assert_eq!(Line::of("a\u{1b}[2J\r").text(), "a\\u{1b}[2J\\r");
    }
}
