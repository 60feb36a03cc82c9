//! The template language of the status line and of `--format`.
//!
//! ```text
//! {name}      a field, in the colour that fits its value
//! {name:bar}  a share as a bar, {name:bar:8} in 8 columns; {pr:link} is a link
//! {dim}       a style for the text after it, until {reset} or the end of the section; also {#rrggbb} and {bg:NAME}
//! {fill}      room that pushes what follows to the right
//! [...]       a section: hidden if a field in it has no value; adjacent sections get a separator, nested ones do not
//! [3|...]     a section with a rank: if there is no room, the highest rank is hidden first
//! \[ \{ \| \\ these characters themselves; \n is a line break, and each line fits into the width on its own
//! ```
//!
//! Invariant: a parsed template uses only fields and styles that exist, so drawing it cannot fail. Used by `theme`, `draw`,
//! and the options `--template` and `--format`.

use std::fmt;

use super::catalogue::{self, Name};
use super::form::Unfit;
use super::paint::{Colour, NAMED, Style};
use crate::config::suggest::nearest;

/// How deeply sections may be nested.
const DEPTH_MAX: usize = 8;

/// A parsed template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    pub(super) parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Text(String),
    Field(Name),
    Style(Change),
    Section(Section),
    /// Room that pushes what follows to the right.
    Fill,
    /// The end of a line, outside of sections.
    Break,
}

/// The effect of a style's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    Reset,
    Bold,
    Dim,
    Colour(Colour),
    Back(Colour),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Section {
    /// The section with the highest rank is hidden first.
    pub(super) rank: usize,
    pub(super) parts: Vec<Part>,
}

/// The names of styles that are no colours, and their effects.
const STYLES: [(&str, Change); 3] = [("reset", Change::Reset), ("bold", Change::Bold), ("dim", Change::Dim)];
/// The token for room.
const FILL: &str = "fill";

/// All words in braces that are no fields.
fn words() -> impl Iterator<Item = &'static str> {
    STYLES.iter().map(|(style, _)| *style).chain(NAMED.iter().map(|(colour, _)| *colour)).chain([FILL])
}

impl Change {
    /// The style called so.
    fn of(name: &str) -> Option<Self> {
        let named = STYLES.iter().find(|(style, _)| *style == name).map(|(_, change)| *change);
        let back = || name.strip_prefix("bg:").and_then(Colour::of).map(Self::Back);
        named.or_else(|| Colour::of(name).map(Self::Colour)).or_else(back)
    }

    pub(super) fn apply(self, style: Style) -> Style {
        match self {
            Self::Reset => Style::default(),
            Self::Bold => Style { bold: true, ..style },
            Self::Dim => Style { dim: true, ..style },
            Self::Colour(colour) => Style { colour: Some(colour), ..style },
            Self::Back(colour) => Style { back: Some(colour), ..style },
        }
    }
}

/// Why a text is not a template.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TemplateError {
    /// It uses an unknown field.
    Unknown {
        /// The name as written.
        name: String,
        /// The most similar name.
        meant: Option<&'static str>,
    },
    /// A field cannot be shown so.
    Form {
        /// The name and form as written.
        name: String,
        /// What can be done instead.
        instead: String,
    },
    /// A bracket that is not closed.
    Open {
        /// Which bracket.
        bracket: char,
        /// At which character, from 1.
        at: usize,
    },
    /// A bracket that closes nothing.
    Closing {
        /// Which bracket.
        bracket: char,
        /// At which character, from 1.
        at: usize,
    },
    /// Sections are nested too deeply.
    Deep,
}

impl fmt::Display for TemplateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown { name, meant: Some(meant) } => {
                write!(f, "unknown field {{{name}}}: did you mean {{{meant}}}?")
            }
            Self::Unknown { name, meant: None } => {
                write!(f, "unknown field {{{name}}}; to list all: cco-peek statusline --help")
            }
            Self::Form { name, instead } => write!(f, "{{{name}}}: {instead}"),
            Self::Open { bracket, at } => write!(
                f,
                "the {bracket} at character {at} is not closed: close it, or write \\{bracket} for the character"
            ),
            Self::Closing { bracket, at } => write!(
                f,
                "the {bracket} at character {at} closes nothing: write \\{bracket} for the character"
            ),
            Self::Deep => write!(f, "sections are nested more than {DEPTH_MAX} deep: use fewer levels"),
        }
    }
}

impl std::error::Error for TemplateError {}

impl std::str::FromStr for Template {
    type Err = TemplateError;

    fn from_str(text: &str) -> Result<Self, TemplateError> {
        let mut parser = Parser { letters: text.chars().collect(), at: 0, sections: 0 };
        let parts = parser.parts(0)?;
        match parser.letters.get(parser.at) {
            Some(bracket) => Err(TemplateError::Closing { bracket: *bracket, at: parser.at + 1 }),
            None => Ok(Self { parts }),
        }
    }
}

impl Template {
    /// All fields it uses.
    pub fn names(&self) -> Vec<&Name> {
        fn gather<'a>(parts: &'a [Part], names: &mut Vec<&'a Name>) {
            for part in parts {
                match part {
                    Part::Field(name) => names.push(name),
                    Part::Section(section) => gather(&section.parts, names),
                    Part::Text(_) | Part::Style(_) | Part::Fill | Part::Break => {}
                }
            }
        }
        let mut names = Vec::new();
        gather(&self.parts, &mut names);
        names
    }
}

struct Parser {
    letters: Vec<char>,
    at: usize,
    /// How many sections began so far. This is the rank of a section without one, so later sections are hidden first.
    sections: usize,
}

impl Parser {
    /// The parts up to the enclosing section's closing bracket, or the end.
    fn parts(&mut self, depth: usize) -> Result<Vec<Part>, TemplateError> {
        if depth > DEPTH_MAX {
            return Err(TemplateError::Deep);
        }
        let mut parts = Vec::new();
        let mut text = String::new();
        while let Some(letter) = self.letters.get(self.at).copied() {
            let is_escape = letter == '\\';
            let letter = if is_escape { self.escaped() } else { letter };
            // A line break in a section belongs to the section.
            let is_break = letter == '\n' && depth == 0;
            if (is_break || !is_escape && matches!(letter, '[' | '{')) && !text.is_empty() {
                parts.push(Part::Text(std::mem::take(&mut text)));
            }
            match letter {
                _ if is_break => {
                    parts.push(Part::Break);
                    self.at += usize::from(!is_escape);
                }
                _ if is_escape => text.push(letter),
                '{' => parts.push(self.field()?),
                '[' => parts.push(Part::Section(self.section(depth)?)),
                ']' => break,
                '}' => return Err(TemplateError::Closing { bracket: '}', at: self.at + 1 }),
                _ => {
                    text.push(letter);
                    self.at += 1;
                }
            }
        }
        if !text.is_empty() {
            parts.push(Part::Text(text));
        }
        Ok(parts)
    }

    fn escaped(&mut self) -> char {
        let letter = self.letters.get(self.at + 1).copied();
        self.at += if letter.is_some() { 2 } else { 1 };
        match letter {
            Some('n') => '\n',
            Some(letter) => letter,
            None => '\\',
        }
    }

    fn field(&mut self) -> Result<Part, TemplateError> {
        let start = self.at;
        let length = self.letters[start..].iter().position(|letter| *letter == '}');
        let length = length.ok_or(TemplateError::Open { bracket: '{', at: start + 1 })?;
        let name: String = self.letters[start + 1..start + length].iter().collect();
        self.at = start + length + 1;
        let name = name.trim();
        if name == FILL {
            return Ok(Part::Fill);
        }
        if let Some(change) = Change::of(name) {
            return Ok(Part::Style(change));
        }
        Name::of(name).map(Part::Field).map_err(|unfit| match unfit {
            Unfit::Form(instead) => TemplateError::Form { name: name.to_owned(), instead },
            Unfit::Unknown => {
                let known: Vec<_> = catalogue::names().chain(words()).collect();
                TemplateError::Unknown { name: name.to_owned(), meant: nearest(name, &known) }
            }
        })
    }

    fn section(&mut self, depth: usize) -> Result<Section, TemplateError> {
        let start = self.at;
        self.at += 1;
        self.sections += 1;
        let rank = self.rank().unwrap_or(self.sections);
        let parts = self.parts(depth + 1)?;
        if self.letters.get(self.at) != Some(&']') {
            return Err(TemplateError::Open { bracket: '[', at: start + 1 });
        }
        self.at += 1;
        Ok(Section { rank, parts })
    }

    /// Reads the rank at this point, if there is one.
    fn rank(&mut self) -> Option<usize> {
        let rest = &self.letters[self.at..];
        let digits = rest.iter().take_while(|letter| letter.is_ascii_digit()).count();
        if rest.get(digits) != Some(&'|') {
            return None;
        }
        let rank = rest[..digits].iter().collect::<String>().parse().ok()?;
        self.at += digits + 1;
        Some(rank)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        text.parse::<Template>().unwrap_err().to_string()
    }

    #[test]
    fn a_mistyped_field_is_reported_with_a_suggestion() {
        assert!(error("{modle}").ends_with("did you mean {model}?"), "{}", error("{modle}"));
        assert!(error("{today.cots}").contains("{today.cost}"));
        assert!(error("{boldd}").contains("{bold}"));
        assert!(error("{nonsense}").contains("--help"));
        for unknown in ["limits.nope", "limits.five_hour.nope", "health.nope"] {
            assert!(error(&format!("{{{unknown}}}")).contains("unknown field"), "{unknown}");
        }
        for known in ["limits.five_hour", "limits.seven_day.used_percentage", "health.lag_us"] {
            assert!(format!("{{{known}}}").parse::<Template>().is_ok(), "{known}");
        }
    }

    #[test]
    fn colours_fills_and_forms_are_read_and_slips_in_them_reported() {
        let parts = |text: &str| text.parse::<Template>().map(|template| template.parts);
        let rgb = Colour::Rgb([255, 136, 0]);
        assert_eq!(
            parts("{#ff8800}{bg:#ff8800}{bg:red}{fill}").unwrap(),
            [
                Part::Style(Change::Colour(rgb)),
                Part::Style(Change::Back(rgb)),
                Part::Style(Change::Back(Colour::Red)),
                Part::Fill
            ]
        );
        assert!(
            parts("{context:bar:8}{limits.five_hour:bar}{pr:link}{input.pr.url:link}{cmd:my-own_1}").is_ok()
        );
        assert!(error("{today.cost:bar}").contains("limits.five_hour"), "{}", error("{today.cost:bar}"));
        assert!(error("{context:bar:900}").contains("columns wide"));
        assert!(error("{model:link}").contains("pr.url"));
        for slip in ["{#ff880}", "{bg:}", "{bg:#12}", "{cmd:}", "{cmd:a b}", "{modle:bar}"] {
            assert!(error(slip).contains("unknown field"), "{slip}: {}", error(slip));
        }
    }

    #[test]
    fn unmatched_brackets_are_reported_with_their_position() {
        for (text, expected) in [
            ("ab{model", "{ at character 3"),
            ("a[b", "[ at character 2"),
            ("a]", "] at character 2"),
            ("[a}]", "} at character 3"),
        ] {
            assert!(error(text).contains(expected), "{}", error(text));
        }
        assert!(error(&"[".repeat(100)).contains("deep"));
    }

    #[test]
    fn escapes_are_literal_characters_and_ranks_are_read() {
        let template: Template = r"\[a\]\{\}\\[7|x][y]".parse().unwrap();
        let section =
            |rank, text: &str| Part::Section(Section { rank, parts: vec![Part::Text(text.into())] });
        assert_eq!(template.parts, [Part::Text(r"[a]{}\".into()), section(7, "x"), section(2, "y")]);
        let lines: Template = "[a\\nb]\\nc\nd".parse().unwrap();
        let texts = |text: &str| Part::Text(text.into());
        assert_eq!(lines.parts, [section(1, "a\nb"), Part::Break, texts("c"), Part::Break, texts("d")]);
        let bar: Template = r"[\1|x]".parse().unwrap();
        assert_eq!(bar.parts, [section(1, "1|x")]);
    }
}
