//! Draws a template as a line that fits, from the values of its fields. Pure; used by [`Template::draw`].
//!
//! Invariant: a section is hidden, with the separator before it, if one of its direct fields has no value. Outside
//! sections, a field without a value is a dash, never zero. Each field is looked up once, however often the line is
//! laid out.

use super::catalogue::Name;
use super::paint::{Colour, Line, Style, Value};
use super::template::{Part, Section, Template};
use crate::plain_text::{self, NAME_COLUMNS};

/// The fewest columns of a name.
const NAME_COLUMNS_MIN: usize = 12;

/// Draws a template in at most `columns`: of each line it shortens names, then hides sections by rank, then cuts the
/// rest. A line of sections of which none has anything to show is left out.
pub(super) fn draw(
    template: &Template,
    separator: &str,
    columns: Option<usize>,
    value: impl Fn(&Name) -> Option<Value>,
) -> Line {
    // Once, although a line that is too long is laid out many times.
    let mut values: Vec<(&Name, Option<Value>)> = Vec::new();
    for name in template.names() {
        if values.iter().all(|(known, _)| *known != name) {
            values.push((name, value(name)));
        }
    }
    let mut all = Line::default();
    let mut style = Style::default();
    let mut is_first = true;
    for row in template.parts.split(|part| *part == Part::Break) {
        let drawing = Drawing {
            values: &values,
            separator,
            outer: style,
            hidden: Vec::new(),
            shown: Vec::new(),
            name_columns: NAME_COLUMNS,
        };
        let line = drawing.fitted(row, columns).filled(columns);
        style = row.iter().fold(style, |style, part| match part {
            Part::Style(change) => change.apply(style),
            _ => style,
        });
        let has_sections = row.iter().any(|part| matches!(part, Part::Section(_)));
        if has_sections && line.text().trim().is_empty() {
            continue;
        }
        if !is_first {
            all.push("\n", Style::default());
        }
        is_first = false;
        all.append(&line);
    }
    all
}

struct Drawing<'a> {
    /// The fields of the template, each with its value.
    values: &'a [(&'a Name, Option<Value>)],
    separator: &'a str,
    /// The style at the start of the line.
    outer: Style,
    /// Hidden sections, by address.
    hidden: Vec<usize>,
    /// Rank and address of shown sections.
    shown: Vec<(usize, usize)>,
    /// The most columns of a name.
    name_columns: usize,
}

impl<'a> Drawing<'a> {
    fn value(&self, name: &Name) -> Option<&'a Value> {
        let mut values = self.values.iter();
        values.find(|(known, _)| *known == name).and_then(|(_, value)| value.as_ref())
    }

    fn fitted(mut self, row: &[Part], columns: Option<usize>) -> Line {
        loop {
            let line = self.line(row);
            let Some(columns) = columns.filter(|columns| line.width() > *columns) else { return line };
            if let Some(line) = self.with_shorter_names(row, columns) {
                return line;
            }
            // The last section with the highest rank.
            let least = self.shown.iter().copied().max_by_key(|(rank, id)| (*rank, *id));
            // Keep one section in any case: better cut than gone.
            match least.filter(|_| self.shown.len() > 1) {
                Some((_, id)) => self.hidden.push(id),
                None => return line.truncated(columns),
            }
        }
    }

    fn line(&mut self, row: &[Part]) -> Line {
        self.shown.clear();
        self.parts(row, self.outer, false).unwrap_or_default()
    }

    /// The line with names as long as there is room for; `None` if names alone cannot make it fit.
    fn with_shorter_names(&mut self, row: &[Part], columns: usize) -> Option<Line> {
        let (mut fits, mut too_long) = (NAME_COLUMNS_MIN, NAME_COLUMNS);
        let mut found = None;
        // At first the shortest, then halfway between what fits and what does not.
        let mut tried = fits;
        while tried < too_long {
            self.name_columns = tried;
            let line = self.line(row);
            if line.width() <= columns {
                (fits, found) = (tried, Some(line));
            } else {
                too_long = tried;
            }
            tried = usize::midpoint(fits, too_long).max(fits + 1);
        }
        self.name_columns = NAME_COLUMNS;
        // Sections are hidden by what is shown with full names.
        self.line(row);
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
                Part::Field(name) => match self.value(name) {
                    Some(value) => {
                        let is_own = value.style != Style::default();
                        let own = Style { back: style.back, ..value.style };
                        let shown = if is_own { own } else { style };
                        line.push_linked(&self.text(name, value), shown, value.link.as_deref());
                    }
                    None if in_section => return None,
                    None => line.push("–", Style { dim: true, ..style }),
                },
                // What is before it may end in a colour.
                Part::Fill | Part::Break => {}
                Part::Section(section) => {
                    let shown = self.section(section, style);
                    if let Some(shown) = &shown {
                        if beside_section && !in_section {
                            line.push(self.separator, self.seam(line.backs().1, shown.backs().0));
                        }
                        line.append(shown);
                    }
                    beside_section |= shown.is_some();
                    continue;
                }
            }
            if *part == Part::Fill {
                self.cap(&mut line, beside_section && !in_section);
                line.push_fill(style);
            }
            beside_section &= matches!(part, Part::Style(_));
        }
        self.cap(&mut line, beside_section && !in_section);
        Some(line)
    }

    /// The style of a separator between texts with these colours behind them.
    fn seam(&self, left: Option<Colour>, right: Option<Colour>) -> Style {
        match arrow(self.separator) {
            // In one colour an arrow would not be seen.
            Some(_) if left == right => Style { dim: true, back: left, ..Style::default() },
            Some(Arrow::Right) => Style { colour: left, back: right, ..Style::default() },
            Some(Arrow::Left) => Style { colour: right, back: left, ..Style::default() },
            None => Style { dim: true, back: left.filter(|_| left == right), ..Style::default() },
        }
    }

    /// Ends the last section with the arrow that others end with.
    fn cap(&self, line: &mut Line, is_after_section: bool) {
        let back = line.backs().1.filter(|_| is_after_section && arrow(self.separator) == Some(Arrow::Right));
        if back.is_some() {
            line.push(self.separator, self.seam(back, None));
        }
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

/// Which way a separator points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Arrow {
    Right,
    Left,
}

/// Powerline's solid separators, which take the colours of both sides.
fn arrow(separator: &str) -> Option<Arrow> {
    match separator {
        "\u{e0b0}" | "\u{e0b4}" | "\u{e0b8}" | "\u{e0bc}" => Some(Arrow::Right),
        "\u{e0b2}" | "\u{e0b6}" | "\u{e0ba}" | "\u{e0be}" => Some(Arrow::Left),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Draws with the value `model`, and with `session.cost` if `cost`.
    fn drawn(template: &str, columns: Option<usize>, cost: bool) -> String {
        let value = |name: &Name| match name.as_str() {
            "model" => Some(Value { text: "Opus".into(), ..Value::default() }),
            "folder" => Some(Value { text: "a-folder-with-a-very-long-name".into(), ..Value::default() }),
            "session.cost" if cost => Some(Value { text: "$1.00".into(), ..Value::default() }),
            _ => None,
        };
        draw(&template.parse().unwrap(), " · ", columns, value).text()
    }

    #[test]
    fn each_line_fits_on_its_own_and_one_without_anything_to_show_is_left_out() {
        let template = r"[1|{model}][9|{session.cost}]\n[{today.cost}]\n[1|short][2|{folder} and more]";
        assert_eq!(
            drawn(template, None, true),
            "Opus · $1.00\nshort · a-folder-with-a-very-long-name and more"
        );
        assert_eq!(drawn(template, Some(12), true), "Opus · $1.00\nshort");
        assert_eq!(drawn(template, Some(8), true), "Opus\nshort");
        assert_eq!(drawn(r"a\n\nb", Some(8), true), "a\n\nb", "a line that is meant to be empty stays");
        assert_eq!(drawn("[{today.cost}]", None, true), "");
    }

    #[test]
    fn a_fill_pushes_the_rest_to_the_right_of_each_line() {
        assert_eq!(
            drawn(r"[{model}]{fill}[{session.cost}]\nx{fill}y", Some(16), true),
            "Opus       $1.00\nx              y"
        );
        assert_eq!(drawn("[{model}]{fill}[{session.cost}]", None, true), "Opus  $1.00");
        assert_eq!(drawn("[{model}]{fill}[9|{session.cost}]", Some(8), true), "Opus    ");
    }

    #[test]
    fn an_arrow_between_sections_has_the_colours_of_both() {
        let value =
            |_: &Name| Some(Value { text: "x".into(), style: Style::of(Colour::Red), ..Value::default() });
        let template = "[{bg:blue} {model}][{bg:cyan} b ][{bg:cyan} c ]{fill}[d]";
        let line = draw(&template.parse().unwrap(), "\u{e0b0}", Some(20), value);
        let spans: Vec<_> =
            line.spans().iter().map(|span| (&*span.text, span.style.colour, span.style.back)).collect();
        let (blue, cyan) = (Some(Colour::Blue), Some(Colour::Cyan));
        assert_eq!(
            spans,
            [
                (" ", None, blue),
                ("x", Some(Colour::Red), blue),
                ("\u{e0b0}", blue, cyan),
                (" b ", None, cyan),
                ("\u{e0b0}", None, cyan),
                (" c ", None, cyan),
                ("\u{e0b0}", cyan, None),
                ("        d", None, None),
            ]
        );
    }

    #[test]
    fn a_field_is_looked_up_once_however_often_the_line_is_laid_out() {
        let asked = std::cell::RefCell::new(Vec::new());
        let value = |name: &Name| {
            asked.borrow_mut().push(name.as_str().to_owned());
            Some(Value { text: "a-name-with-many-letters".into(), ..Value::default() })
        };
        let template = r"[1|{folder}][2|{project}[ {model}]]\n[{git.branch}][{folder}]".parse().unwrap();
        assert_eq!(draw(&template, " · ", Some(14), value).text(), "a-name-…etters\na-name-…etters");
        assert_eq!(*asked.borrow(), ["folder", "project", "model", "git.branch"]);
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
