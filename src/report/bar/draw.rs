//! Draws a template with the values of its fields as a line that fits. Pure.
//!
//! Invariant: a section is hidden, with the separator before it, if one of its direct fields has no value. A field
//! without a value outside any section is a dash, never zero.

use super::catalogue::Name;
use super::paint::{Line, Style, Value};
use super::template::{Part, Section, Template};
use crate::plain_text;

/// Draws a template in at most `columns`: hides sections by rank, then cuts the rest.
pub(super) fn draw(
    template: &Template,
    separator: &str,
    columns: Option<usize>,
    value: impl Fn(&Name) -> Option<Value>,
) -> Line {
    let mut drawing = Drawing { value, separator, hidden: Vec::new(), shown: Vec::new() };
    loop {
        drawing.shown.clear();
        let line = drawing.parts(&template.parts, Style::default(), false).unwrap_or_default();
        let Some(columns) = columns.filter(|columns| line.width() > *columns) else { return line };
        // The last section with the highest rank.
        let least = drawing.shown.iter().copied().max_by_key(|(rank, id)| (*rank, *id));
        // Keep one section in any case: better cut than gone.
        match least.filter(|_| drawing.shown.len() > 1) {
            Some((_, id)) => drawing.hidden.push(id),
            None => return line.truncated(columns),
        }
    }
}

struct Drawing<'a, V> {
    value: V,
    separator: &'a str,
    /// Hidden sections, by address.
    hidden: Vec<usize>,
    /// Rank and address of shown sections.
    shown: Vec<(usize, usize)>,
}

impl<V: Fn(&Name) -> Option<Value>> Drawing<'_, V> {
    /// The parts joined; `None` if one of a section's direct fields has no value.
    fn parts(&mut self, parts: &[Part], outer: Style, in_section: bool) -> Option<Line> {
        let mut line = Line::default();
        let mut style = outer;
        // Whether a section was shown, followed only by sections.
        let mut beside_section = false;
        for part in parts {
            match part {
                Part::Text(text) => line.push(text, style),
                Part::Style(change) => style = change.apply(style),
                Part::Field(name) => match (self.value)(name) {
                    Some(value) => {
                        let own = value.style != Style::default();
                        // Line breaks in a value must not break the line.
                        line.push(&plain_text::name(&value.text), if own { value.style } else { style });
                    }
                    None if in_section => return None,
                    None => line.push("–", Style { dim: true, ..style }),
                },
                Part::Section(section) => {
                    let shown = self.section(section, style);
                    if let Some(shown) = &shown {
                        if beside_section && !in_section {
                            line.push(self.separator, Style { dim: true, ..Style::default() });
                        }
                        line.append(shown);
                    }
                    beside_section |= shown.is_some();
                    continue;
                }
            }
            beside_section &= matches!(part, Part::Style(_));
        }
        Some(line)
    }

    fn section(&mut self, section: &Section, style: Style) -> Option<Line> {
        let id = std::ptr::from_ref(section).addr();
        if self.hidden.contains(&id) {
            return None;
        }
        let before = self.shown.len();
        self.shown.push((section.rank, id));
        let line = self.parts(&section.parts, style, true).filter(|line| !line.is_empty());
        if line.is_none() {
            self.shown.truncate(before);
        }
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Draws with the value `model`, and with `session.cost` if `cost`.
    fn drawn(template: &str, columns: Option<usize>, cost: bool) -> String {
        let value = |name: &Name| match name.as_str() {
            "model" => Some(Value { text: "Opus".into(), style: Style::default() }),
            "session.cost" if cost => Some(Value { text: "$1.00".into(), style: Style::default() }),
            _ => None,
        };
        draw(&template.parse().unwrap(), " · ", columns, value).text()
    }

    #[test]
    fn a_section_without_a_value_is_hidden_with_its_separator() {
        let template = "[{model}][{session.cost} session][{today.cost}][end]";
        assert_eq!(drawn(template, None, true), "Opus · $1.00 session · end");
        assert_eq!(drawn(template, None, false), "Opus · end");
        assert_eq!(drawn("[{session.cost}][{model}]", None, false), "Opus");
        assert_eq!(drawn("[{model}] [{model}]", None, false), "Opus Opus", "no separator next to text");
    }

    #[test]
    fn an_inner_section_is_hidden_alone_and_an_outer_one_with_its_inner_ones() {
        assert_eq!(drawn("[{model}[ for {session.cost}]!]", None, false), "Opus!");
        assert_eq!(drawn("[{today.cost}[ {model}]][x]", None, false), "x");
        assert_eq!(drawn("[a[b][c]][d]", None, false), "abc · d", "no separator between inner sections");
    }

    #[test]
    fn a_field_without_a_value_outside_a_section_is_a_dash() {
        assert_eq!(drawn("{session.cost}/{model}", None, false), "–/Opus");
    }

    #[test]
    fn the_highest_rank_is_hidden_first_if_there_is_no_room() {
        let template = "[1|{model}][9|{session.cost} so far][2|last]";
        assert_eq!(drawn(template, Some(80), true), "Opus · $1.00 so far · last");
        assert_eq!(drawn(template, Some(20), true), "Opus · last");
        assert_eq!(drawn(template, Some(8), true), "Opus");
        assert_eq!(drawn(template, Some(3), true), "Op…");
        assert_eq!(drawn("[first][second][third]", Some(14), true), "first · second");
    }
}
