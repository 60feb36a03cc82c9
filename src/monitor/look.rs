//! Theme and symbols: what becomes of a finished picture before it is shown.
//!
//! Invariant: panes draw in the colours of reports and in Unicode; what a terminal or user does without is taken away
//! here, in one place. Nothing moves. Pure.

use ratatui::buffer::Buffer;
use ratatui::style::Color;

use crate::config::monitor::{Symbols, Theme};

/// How the picture looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Look {
    pub(crate) theme: Theme,
    pub(crate) symbols: Symbols,
}

/// What stands for each of our symbols on terminals without Unicode.
const ASCII: [(&str, &str); 19] = [
    ("█", "#"),
    ("▇", "%"),
    ("▆", "*"),
    ("▅", "+"),
    ("▄", "="),
    ("▃", "-"),
    ("▂", "."),
    ("▁", "_"),
    ("░", "."),
    ("─", "-"),
    ("…", "~"),
    ("▸", ">"),
    ("▾", "v"),
    ("▴", "^"),
    ("●", "*"),
    ("▲", "!"),
    ("·", "."),
    ("–", "-"),
    ("▏", "_"),
];

impl Look {
    /// Gives a picture this look.
    pub(crate) fn apply(self, picture: &mut Buffer) {
        for cell in &mut picture.content {
            match self.theme {
                Theme::Default => {}
                Theme::Bright => cell.fg = bright(cell.fg),
                Theme::Mono => (cell.fg, cell.bg) = (Color::Reset, Color::Reset),
            }
            if self.symbols == Symbols::Ascii && !cell.symbol().is_ascii() {
                let shown = ASCII.iter().find(|(symbol, _)| *symbol == cell.symbol());
                cell.set_symbol(shown.map_or("?", |(_, ascii)| ascii));
            }
        }
    }
}

fn bright(colour: Color) -> Color {
    match colour {
        Color::Red => Color::LightRed,
        Color::Green => Color::LightGreen,
        Color::Yellow => Color::LightYellow,
        Color::Blue => Color::LightBlue,
        Color::Magenta => Color::LightMagenta,
        Color::Cyan => Color::LightCyan,
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use ratatui::style::Style;

    use super::*;

    #[test]
    fn what_a_terminal_does_without_is_taken_away() {
        let picture = || {
            let mut picture = Buffer::with_lines(["█░ é日▸"]);
            picture.set_style(picture.area, Style::new().fg(Color::Green));
            picture
        };
        let mut plain = picture();
        Look { theme: Theme::Mono, symbols: Symbols::Ascii }.apply(&mut plain);
        let shown: String = plain.content.iter().map(|cell| cell.symbol()).collect();
        assert_eq!(shown, "#. ?? >");
        assert!(plain.content.iter().all(|cell| cell.fg == Color::Reset));
        let mut bright = picture();
        Look { theme: Theme::Bright, symbols: Symbols::Unicode }.apply(&mut bright);
        assert!(bright.content.iter().all(|cell| cell.fg == Color::LightGreen));
        assert_eq!(bright.content[0].symbol(), "█");
    }
}
