//! Edits JSON with comments as text. Used by `change`.
//!
//! Invariant: a file is never regenerated. The parser only locates values; every edit is a splice, and every other
//! byte (comments, order, indentation, line endings, trailing commas) stays as its author left it.
//! [`remove`] removes exactly what [`insert`] added, even if more was added after it.

use std::ops::Range;

use jsonc_parser::ast;
use jsonc_parser::common::Ranged as _;
use jsonc_parser::tokens::{Token, TokenAndRange};
use jsonc_parser::{CollectOptions, CommentCollectionStrategy, ParseOptions, ParseResult};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Why a text is not valid JSON, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Broken {
    /// From 1.
    pub(super) line: usize,
    /// In characters, from 1.
    pub(super) column: usize,
    pub(super) what: String,
}

/// One step from a container to a value inside it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum Step {
    Key(String),
    Index(usize),
}

impl From<&str> for Step {
    fn from(key: &str) -> Self {
        Self::Key(key.to_owned())
    }
}

/// The value of a text; `Null` if it has none.
pub(super) fn value(text: &str) -> Result<Value, Broken> {
    tree(text)?;
    jsonc_parser::parse_to_serde_value(text, &options()).map_err(|error| broken(&error))
}

/// The value at a path, exactly as written.
pub(super) fn at<'a>(text: &'a str, path: &[Step]) -> Result<Option<&'a str>, Broken> {
    let tree = tree(text)?;
    Ok(find(&tree, path).map(|value| value.text(text)))
}

/// Replaces the value at `path`; `None` if there is none.
pub(super) fn replace(text: &str, path: &[Step], value: &str) -> Result<Option<String>, Broken> {
    let tree = tree(text)?;
    let Some(old) = find(&tree, path) else { return Ok(None) };
    let value = written(value, Some(&Lines::around(text, old.start())))?;
    Ok(Some(splice(text, &mut [(old.start()..old.end(), value)])))
}

/// Like [`replace`], but inserts the value exactly as given.
pub(super) fn replace_raw(text: &str, path: &[Step], value: &str) -> Result<Option<String>, Broken> {
    let tree = tree(text)?;
    let Some(old) = find(&tree, path) else { return Ok(None) };
    Ok(Some(splice(text, &mut [(old.start()..old.end(), value.to_owned())])))
}

/// Adds a value at the end of the container at `path`: under `key` in an object, without a key in an array.
/// `None` if there is no such container.
pub(super) fn insert(
    text: &str,
    path: &[Step],
    key: Option<&str>,
    value: &str,
) -> Result<Option<String>, Broken> {
    let tree = tree(text)?;
    let Some(inner) = find(&tree, path).and_then(Inner::of).filter(|inner| inner.is_object == key.is_some())
    else {
        return Ok(None);
    };
    let named = |value: String| match key {
        Some(key) => format!("{}: {value}", Value::from(key)),
        None => value,
    };
    let close = inner.range.end - 1;
    let Some(last) = inner.children.last() else {
        let own = Lines::around(text, inner.range.start);
        let lines = own.deeper();
        let from = tokens_in(&tree, &inner).last().map_or(inner.range.start + 1, |comment| comment.range.end);
        let item =
            format!("{}{}{}", lines.line_break(), named(written(value, Some(&lines))?), own.line_break());
        return Ok(Some(splice(text, &mut [(from..close, item)])));
    };
    // On a separate line if the first child is. A line comment on the last child's line stays with that child.
    let first = inner.children[0].start;
    let mut lines = text[inner.range.start..first].contains('\n').then(|| Lines::around(text, first));
    let comma = comma_after(&tree, last.end).filter(|comma| comma.start < close);
    let mut at = comma.as_ref().map_or(last.end, |comma| comma.end);
    let after = at;
    for comment in tokens_in(&tree, &inner).filter(|token| token.range.start >= after) {
        if !is_comment(comment) || text[at..comment.range.start].contains('\n') {
            break;
        }
        at = comment.range.end;
        if matches!(comment.token, Token::CommentLine(_)) && lines.is_none() {
            lines = Some(Lines::around(text, inner.range.start).deeper());
        }
    }
    let before = lines.as_ref().map_or_else(|| " ".to_owned(), Lines::line_break);
    let item = format!("{before}{}", named(written(value, lines.as_ref())?));
    let mut splices = match comma {
        Some(_) => vec![(at..at, item + ",")],
        None => vec![(last.end..last.end, ",".to_owned()), (at..at, item)],
    };
    Ok(Some(splice(text, &mut splices)))
}

/// Removes the value at `path`, with its comma and the space before it. The text is unchanged if there is none.
pub(super) fn remove(text: &str, path: &[Step]) -> Result<String, Broken> {
    let tree = tree(text)?;
    let container = path.split_last().and_then(|(step, above)| Some((step, find(&tree, above)?)));
    let Some((step, inner)) = container.and_then(|(step, value)| Some((step, Inner::of(value)?))) else {
        return Ok(text.to_owned());
    };
    let Some(child) = inner.position(step).map(|at| inner.children[at].clone()) else {
        return Ok(text.to_owned());
    };
    let tokens = tree.tokens.as_deref().unwrap_or_default();
    let before = tokens.iter().rev().find(|token| token.range.end <= child.start);
    let mut splices = vec![(before.map_or(child.start, |token| token.range.end)..child.end, String::new())];
    let previous = tokens.iter().rev().filter(|token| !is_comment(token));
    let previous = previous.into_iter().find(|token| token.range.end <= child.start);
    if let Some(comma) = comma_after(&tree, child.end) {
        splices.push((comma, String::new()));
    } else if let Some(comma) = previous.filter(|token| token.token == Token::Comma) {
        splices.push((comma.range.start..comma.range.end, String::new()));
    }
    Ok(splice(text, &mut splices))
}

/// The text without blanks outside strings, to compare two texts regardless of layout.
pub(super) fn without_blanks(text: &str) -> Result<String, Broken> {
    let tree = tree(text)?;
    let tokens = tree.tokens.unwrap_or_default();
    Ok(tokens.iter().map(|token| &text[token.range.start..token.range.end]).collect())
}

/// Line breaks and indentation at some place in a text.
#[derive(Clone, Debug)]
struct Lines {
    newline: &'static str,
    indent: String,
    unit: String,
}

impl Lines {
    /// Those of the line that contains `at`.
    fn around(text: &str, at: usize) -> Self {
        let blank = |line: &str| line[..line.len() - line.trim_start_matches([' ', '\t']).len()].to_owned();
        let start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
        let unit = text.lines().skip(1).map(blank).find(|indent| !indent.is_empty());
        Self {
            newline: if text.contains("\r\n") { "\r\n" } else { "\n" },
            indent: blank(&text[start..]),
            unit: unit.unwrap_or_else(|| "  ".to_owned()),
        }
    }

    fn deeper(&self) -> Self {
        Self { indent: format!("{}{}", self.indent, self.unit), ..self.clone() }
    }

    fn line_break(&self) -> String {
        format!("{}{}", self.newline, self.indent)
    }
}

/// A container: its range, and the ranges of its members (keys included) or elements.
struct Inner<'a> {
    is_object: bool,
    range: Range<usize>,
    children: Vec<Range<usize>>,
    keys: Vec<&'a str>,
}

impl<'a> Inner<'a> {
    fn of(value: &'a ast::Value<'_>) -> Option<Self> {
        let (children, keys) = match value {
            ast::Value::Object(object) => object
                .properties
                .iter()
                .map(|property| (property.range.start..property.range.end, property.name.as_str()))
                .unzip(),
            ast::Value::Array(array) => {
                (array.elements.iter().map(|element| element.start()..element.end()).collect(), Vec::new())
            }
            _ => return None,
        };
        let is_object = matches!(value, ast::Value::Object(_));
        Some(Self { is_object, range: value.start()..value.end(), children, keys })
    }

    /// If a key occurs twice, the last one counts, as for the programs that read the file.
    fn position(&self, step: &Step) -> Option<usize> {
        match step {
            Step::Key(key) => self.keys.iter().rposition(|other| other == key),
            Step::Index(index) => (!self.is_object && *index < self.children.len()).then_some(*index),
        }
    }
}

fn options() -> ParseOptions {
    ParseOptions {
        allow_comments: true,
        allow_trailing_commas: true,
        allow_loose_object_property_names: false,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        allow_bare_decimal_point_numbers: false,
        allow_non_finite_numbers: false,
        allow_extended_string_escapes: false,
    }
}

fn tree(text: &str) -> Result<ParseResult<'_>, Broken> {
    let collect = CollectOptions { comments: CommentCollectionStrategy::AsTokens, tokens: true };
    jsonc_parser::parse_to_ast(text, &collect, &options()).map_err(|error| broken(&error))
}

fn broken(error: &jsonc_parser::errors::ParseError) -> Broken {
    Broken {
        line: error.line_display(),
        column: error.column_display(),
        what: error.kind().to_string().to_lowercase(),
    }
}

fn find<'a>(tree: &'a ParseResult<'_>, path: &[Step]) -> Option<&'a ast::Value<'a>> {
    let mut value = tree.value.as_ref()?;
    for step in path {
        let at = Inner::of(value)?.position(step)?;
        value = match value {
            ast::Value::Object(object) => &object.properties[at].value,
            ast::Value::Array(array) => &array.elements[at],
            _ => return None,
        };
    }
    Some(value)
}

fn is_comment(token: &TokenAndRange<'_>) -> bool {
    matches!(token.token, Token::CommentLine(_) | Token::CommentBlock(_))
}

/// The tokens between a container's brackets.
fn tokens_in<'a>(
    tree: &'a ParseResult<'_>,
    inner: &Inner<'_>,
) -> impl DoubleEndedIterator<Item = &'a TokenAndRange<'a>> {
    let (open, close) = (inner.range.start + 1, inner.range.end - 1);
    let tokens = tree.tokens.as_deref().unwrap_or_default();
    tokens.iter().filter(move |token| token.range.start >= open && token.range.end <= close)
}

/// The comma after a value, with at most comments in between.
fn comma_after(tree: &ParseResult<'_>, end: usize) -> Option<Range<usize>> {
    let tokens = tree.tokens.as_deref().unwrap_or_default();
    let next = tokens.iter().find(|token| token.range.start >= end && !is_comment(token))?;
    (next.token == Token::Comma).then_some(next.range.start..next.range.end)
}

/// Lays out a value: over several lines like `lines`, or on one line.
fn written(value: &str, lines: Option<&Lines>) -> Result<String, Broken> {
    let tree = tree(value)?;
    let mut out = String::new();
    if let Some(tree) = &tree.value {
        write(tree, value, lines, &mut out);
    }
    Ok(out)
}

fn write(value: &ast::Value<'_>, text: &str, lines: Option<&Lines>, out: &mut String) {
    let deeper = lines.map(Lines::deeper);
    let (open, close) = match value {
        ast::Value::Object(object) if !object.properties.is_empty() => ('{', '}'),
        ast::Value::Array(array) if !array.elements.is_empty() => ('[', ']'),
        leaf => return out.push_str(leaf.text(text)),
    };
    let line_break = |lines: Option<&Lines>| lines.map_or_else(|| " ".to_owned(), Lines::line_break);
    let between = format!(",{}", line_break(deeper.as_ref()));
    out.push(open);
    out.push_str(&line_break(deeper.as_ref()));
    match value {
        ast::Value::Object(object) => {
            for (index, property) in object.properties.iter().enumerate() {
                out.push_str(if index > 0 { &between } else { "" });
                out.push_str(&format!("{}: ", Value::from(property.name.as_str())));
                write(&property.value, text, deeper.as_ref(), out);
            }
        }
        ast::Value::Array(array) => {
            for (index, element) in array.elements.iter().enumerate() {
                out.push_str(if index > 0 { &between } else { "" });
                write(element, text, deeper.as_ref(), out);
            }
        }
        _ => {}
    }
    out.push_str(&line_break(lines));
    out.push(close);
}

/// Replaces these parts of the text. They must not overlap.
fn splice(text: &str, parts: &mut [(Range<usize>, String)]) -> String {
    parts.sort_by_key(|(range, _)| range.start);
    let mut out = String::with_capacity(text.len() + 256);
    let mut done = 0;
    for (range, new) in parts {
        out.push_str(&text[done..range.start]);
        out.push_str(new);
        done = range.end;
    }
    out.push_str(&text[done..]);
    out
}

#[cfg(test)]
mod tests;
