//! A template and the values of its fields to a line that fits. Pure.
//!
//! Invariant: a section without a value for one of its own fields is not shown, nor is the separator before it; what
//! has no value outside a section is shown as a dash, never as zero.

use super::catalogue::Name;
use super::paint::{Line, Style};
use super::template::{Part, Section, Template};
use crate::report::figures::plain;

/// The value of a field: how it is written, and the style it calls for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Value {
    /// The text.
    pub(super) text: String,
    /// The style; the default one leaves it to the template.
    pub(super) style: Style,
}

/// Draws a template in at most `columns`: sections give way by rank, then what is left is cut.
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
        // The last of those with the highest rank.
        let least = drawing.shown.iter().copied().max_by_key(|(rank, id)| (*rank, *id));
        // One section is left in any case: better cut than gone.
        match least.filter(|_| drawing.shown.len() > 1) {
            Some((_, id)) => drawing.hidden.push(id),
            None => return line.truncated(columns),
        }
    }
}

struct Drawing<'a, V> {
    value: V,
    separator: &'a str,
    /// Sections that gave way, by the address of their parts.
    hidden: Vec<usize>,
    /// Rank and address of those that are shown.
    shown: Vec<(usize, usize)>,
}

impl<V: Fn(&Name) -> Option<Value>> Drawing<'_, V> {
    /// The parts in a row; `None` where one of a section's own fields has no value.
    fn parts(&mut self, parts: &[Part], outer: Style, in_section: bool) -> Option<Line> {
        let mut line = Line::default();
        let mut style = outer;
        // Whether a section was shown, with nothing but sections behind it.
        let mut beside_section = false;
        for part in parts {
            match part {
                Part::Text(text) => line.push(text, style),
                Part::Style(change) => style = change.apply(style),
                Part::Field(name) => match (self.value)(name) {
                    Some(value) => {
                        let own = value.style != Style::default();
                        // A value is part of a line, whatever it holds.
                        line.push(&plain(&value.text), if own { value.style } else { style });
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

    /// Draws with the one value `model`, and `session.cost` where `cost` says so.
    fn drawn(template: &str, columns: Option<usize>, cost: bool) -> String {
        let value = |name: &Name| match name.as_str() {
            "model" => Some(Value { text: "Opus".into(), style: Style::default() }),
            "session.cost" if cost => Some(Value { text: "$1.00".into(), style: Style::default() }),
            _ => None,
        };
        draw(&template.parse().unwrap(), " · ", columns, value).text()
    }

    #[test]
    fn a_section_without_a_value_goes_with_its_separator() {
        let template = "[{model}][{session.cost} session][{today.cost}][end]";
        assert_eq!(drawn(template, None, true), "Opus · $1.00 session · end");
        assert_eq!(drawn(template, None, false), "Opus · end");
        assert_eq!(drawn("[{session.cost}][{model}]", None, false), "Opus");
        assert_eq!(
            drawn("[{model}] [{model}]", None, false),
            "Opus Opus",
            "no separator where a text stands"
        );
    }

    #[test]
    fn an_inner_section_goes_alone_and_an_outer_one_takes_it_along() {
        assert_eq!(drawn("[{model}[ for {session.cost}]!]", None, false), "Opus!");
        assert_eq!(drawn("[{today.cost}[ {model}]][x]", None, false), "x");
        assert_eq!(drawn("[a[b][c]][d]", None, false), "abc · d", "inner ones have no separator");
    }

    #[test]
    fn what_has_no_value_outside_a_section_is_a_dash() {
        assert_eq!(drawn("{session.cost}/{model}", None, false), "–/Opus");
    }

    #[test]
    fn where_there_is_no_room_the_highest_rank_goes_first() {
        let template = "[1|{model}][9|{session.cost} so far][2|last]";
        assert_eq!(drawn(template, Some(80), true), "Opus · $1.00 so far · last");
        assert_eq!(drawn(template, Some(20), true), "Opus · last");
        assert_eq!(drawn(template, Some(8), true), "Opus");
        assert_eq!(drawn(template, Some(3), true), "Op…");
        assert_eq!(drawn("[first][second][third]", Some(14), true), "first · second");
    }
}
