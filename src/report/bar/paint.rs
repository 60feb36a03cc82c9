//! Styled text, independent of any terminal's or bar's syntax.
//!
//! Invariant: a [`Line`] contains no hostile characters except line breaks, whatever text it was made from.

use unicode_width::UnicodeWidthStr;

use crate::plain_text::plain;

/// Colours that every terminal and bar has.
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
}

impl Colour {
    /// Its terminal colour number, from 0, and its name in tmux.
    pub(super) fn ansi(self) -> (u8, &'static str) {
        match self {
            Self::Red => (1, "red"),
            Self::Green => (2, "green"),
            Self::Yellow => (3, "yellow"),
            Self::Blue => (4, "blue"),
            Self::Magenta => (5, "magenta"),
            Self::Cyan => (6, "cyan"),
        }
    }

    /// Red, green and blue in hexadecimal, for bars without colour names.
    pub(super) fn hex(self) -> &'static str {
        match self {
            Self::Red => "#ff5555",
            Self::Green => "#50fa7b",
            Self::Yellow => "#f1fa8c",
            Self::Blue => "#6fa8dc",
            Self::Magenta => "#ff79c6",
            Self::Cyan => "#8be9fd",
        }
    }
}

/// How a text looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Style {
    /// Its colour, if not the surrounding one.
    pub colour: Option<Colour>,
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Value {
    /// The text.
    pub(super) text: String,
    /// The style; the default one leaves it to the template.
    pub(super) style: Style,
}

/// Text in one style.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// The text.
    pub text: String,
    /// Its style.
    pub style: Style,
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
        for (index, part) in text.split('\n').enumerate() {
            let safe = plain(part);
            let part = if index == 0 { safe } else { format!("\n{safe}").into() };
            match self.spans.last_mut() {
                _ if part.is_empty() => {}
                Some(last) if last.style == style => last.text += &part,
                _ => self.spans.push(Span { text: part.into_owned(), style }),
            }
        }
    }

    pub(super) fn append(&mut self, line: &Self) {
        for span in &line.spans {
            self.push(&span.text, span.style);
        }
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
            short.push(&kept, span.style);
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
    fn no_text_can_move_the_cursor() {
        assert_eq!(Line::of("a\u{1b}[2J\r").text(), "a\\u{1b}[2J\\r");
    }
}
