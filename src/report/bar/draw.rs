//! Draws a template with the values of its fields as a line that fits. Pure.
//!
//! Invariant: a section is hidden, with the separator before it, if one of its direct fields has no value. A field
//! without a value outside any section is a dash, never zero.

use super::catalogue::Name;
use super::paint::{Line, Style, Value};
use super::template::{Part, Section, Template};
use crate::plain_text::{self, NAME_COLUMNS};

/// The fewest columns of a name.
const NAME_COLUMNS_MIN: usize = 12;

/// Draws a template in at most `columns`: shortens names, then hides sections by rank, then cuts the rest.
pub(super) fn draw(
    template: &Template,
    separator: &str,
    columns: Option<usize>,
    value: impl Fn(&Name) -> Option<Value>,
) -> Line {
    let mut drawing =
        Drawing { value, separator, hidden: Vec::new(), shown: Vec::new(), name_columns: NAME_COLUMNS };
    loop {
        let line = drawing.line(template);
        let Some(columns) = columns.filter(|columns| line.width() > *columns) else { return line };
        if let Some(line) = drawing.with_shorter_names(template, columns) {
            return line;
        }
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
    /// The most columns of a name.
    name_columns: usize,
}

impl<V: Fn(&Name) -> Option<Value>> Drawing<'_, V> {
    fn line(&mut self, template: &Template) -> Line {
        self.shown.clear();
        self.parts(&template.parts, Style::default(), false).unwrap_or_default()
    }

    /// The line with names as long as there is room for; `None` if names alone cannot make it fit.
    fn with_shorter_names(&mut self, template: &Template, columns: usize) -> Option<Line> {
        let (mut fits, mut too_long) = (NAME_COLUMNS_MIN, NAME_COLUMNS);
        let mut found = None;
        // At first the shortest, then halfway between what fits and what does not.
        let mut tried = fits;
        while tried < too_long {
            self.name_columns = tried;
            let line = self.line(template);
            if line.width() <= columns {
                (fits, found) = (tried, Some(line));
            } else {
                too_long = tried;
            }
            tried = usize::midpoint(fits, too_long).max(fits + 1);
        }
        self.name_columns = NAME_COLUMNS;
        // Sections are hidden by what is shown with full names.
        self.line(template);
        found
    }

    /// A value's text. Line breaks in it must not break the line.
    fn text(&self, name: &Name, value: &Value) -> String {
        let columns = match name.shortest() {
            Some(shortest) => self.name_columns.max(shortest),
            None => NAME_COLUMNS,
        };
        plain_text::fitted(&value.text, columns).into_owned()
    }

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
                        line.push(&self.text(name, &value), if own { value.style } else { style });
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
            "folder" => {
                Some(Value { text: "a-folder-with-a-very-long-name".into(), style: Style::default() })
            }
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

    #[test]
    fn a_long_name_is_shortened_before_a_figure_is_hidden() {
        let template = "[1|{folder}][2|{session.cost}][3|later]";
        assert_eq!(drawn(template, None, true), "a-folder-with-a-very-long-name · $1.00 · later");
        assert_eq!(drawn(template, Some(45), true), "a-folder-with-…very-long-name · $1.00 · later");
        assert_eq!(drawn(template, Some(30), true), "a-folde…g-name · $1.00 · later");
        assert_eq!(drawn(template, Some(20), true), "a-fold…-name · $1.00");
        assert_eq!(drawn(template, Some(19), true), "a-folder-…long-name");
    }
}
