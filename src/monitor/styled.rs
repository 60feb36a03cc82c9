//! Reports' text as lines of the screen: its styles become the screen's.
//!
//! Invariant: of escapes only styles are understood, as reports write them; any other character that is not shown is
//! dropped. Pure.

use anstyle::{AnsiColor, Color as Colour, Effects, Style as Report};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};

use crate::plain_text::is_hostile;

/// A style of reports as one of the screen.
pub(crate) fn style(report: Report) -> Style {
    let mut style = Style::new();
    if let Some(Colour::Ansi(colour)) = report.get_fg_color() {
        style = style.fg(color(colour));
    }
    if report.get_effects().contains(Effects::BOLD) {
        style = style.add_modifier(Modifier::BOLD);
    }
    if report.get_effects().contains(Effects::DIMMED) {
        style = style.add_modifier(Modifier::DIM);
    }
    style
}

fn color(colour: AnsiColor) -> Color {
    match colour {
        AnsiColor::Black => Color::Black,
        AnsiColor::Red => Color::Red,
        AnsiColor::Green => Color::Green,
        AnsiColor::Yellow => Color::Yellow,
        AnsiColor::Blue => Color::Blue,
        AnsiColor::Magenta => Color::Magenta,
        AnsiColor::Cyan => Color::Cyan,
        AnsiColor::White => Color::Gray,
        AnsiColor::BrightBlack => Color::DarkGray,
        AnsiColor::BrightRed => Color::LightRed,
        AnsiColor::BrightGreen => Color::LightGreen,
        AnsiColor::BrightYellow => Color::LightYellow,
        AnsiColor::BrightBlue => Color::LightBlue,
        AnsiColor::BrightMagenta => Color::LightMagenta,
        AnsiColor::BrightCyan => Color::LightCyan,
        AnsiColor::BrightWhite => Color::White,
    }
}

/// The lines of a text with styles.
pub(crate) fn lines(text: &str) -> Vec<Line<'static>> {
    let mut style = Style::new();
    text.lines().map(|line| Line::from(spans(line, &mut style))).collect()
}

fn spans(line: &str, style: &mut Style) -> Vec<Span<'static>> {
    let mut spans = Vec::new();
    let mut parts = line.split("\x1b[");
    let mut put = |text: &str, style: Style| {
        let shown: String = text.chars().filter(|c| !is_hostile(*c)).collect();
        if !shown.is_empty() {
            spans.push(Span::styled(shown, style));
        }
    };
    put(parts.next().unwrap_or_default(), *style);
    for part in parts {
        match part.split_once('m') {
            Some((codes, text)) if codes.chars().all(|c| c.is_ascii_digit() || c == ';') => {
                codes.split(';').for_each(|code| *style = changed(*style, code));
                put(text, *style);
            }
            _ => put(part, *style),
        }
    }
    spans
}

/// A style after one more code.
fn changed(style: Style, code: &str) -> Style {
    const COLOURS: [AnsiColor; 8] = [
        AnsiColor::Black,
        AnsiColor::Red,
        AnsiColor::Green,
        AnsiColor::Yellow,
        AnsiColor::Blue,
        AnsiColor::Magenta,
        AnsiColor::Cyan,
        AnsiColor::White,
    ];
    match code.parse::<usize>() {
        Ok(1) => style.add_modifier(Modifier::BOLD),
        Ok(2) => style.add_modifier(Modifier::DIM),
        Ok(code @ 30..=37) => style.fg(color(COLOURS[code - 30])),
        Ok(code @ 90..=97) => style.fg(color(COLOURS[code - 90].bright(true))),
        Ok(0) | Err(_) => Style::new(),
        Ok(_) => style,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::styles::{BAD, DIM, STRONG, WARN};

    #[test]
    fn every_style_of_reports_becomes_the_same_of_the_screen() {
        for report in [BAD, DIM, STRONG, WARN] {
            let line = &lines(&format!("a {report}b{report:#} c"))[0];
            let styles: Vec<_> = line.spans.iter().map(|span| span.style).collect();
            assert_eq!(styles, [Style::new(), style(report), Style::new()]);
            assert_eq!(line.to_string(), "a b c");
        }
    }

    #[test]
    fn nothing_but_styles_gets_to_the_screen() {
        let text: Vec<_> =
            lines("\x1b[2Ja\u{202e}\x07b\n\x1b]0;t\x07c").iter().map(ToString::to_string).collect();
        assert_eq!(text, ["2Jab", "]0;tc"]);
    }
}
