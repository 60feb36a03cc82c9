//! Columns, cells and rows of a table, before it is laid out.
//!
//! Invariant: a cell is shown whole, or shortened in the way that its kind allows.

use std::borrow::Cow;

use anstyle::Style;
use unicode_width::UnicodeWidthStr as _;

use crate::plain_text;
use crate::report::cost::Cost;
use crate::report::figures::{grouped, short_tokens};
use crate::report::provisional::MARK;
use crate::report::styles::WARN;

/// A column.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    pub(super) title: &'static str,
    /// When it is left out: the highest rank goes first, 0 never.
    pub(super) rank: u8,
    pub(super) is_right: bool,
}

impl Column {
    /// What tells rows apart: names or dates, never left out.
    pub const fn key(title: &'static str) -> Self {
        Self { title, rank: 0, is_right: false }
    }

    /// Text that can be left out.
    pub const fn text(title: &'static str, rank: u8) -> Self {
        Self { title, rank, is_right: false }
    }

    /// Figures, which are aligned at their ends.
    pub const fn figures(title: &'static str, rank: u8) -> Self {
        Self { title, rank, is_right: true }
    }
}

/// What a cell shows.
#[derive(Clone, Debug)]
pub(super) enum Content {
    /// Text whose middle may be cut out, after it was shortened to what still names it.
    Name { full: String, short: Option<String> },
    /// Text that may take several lines.
    Words(String),
    /// Text that stays whole.
    Figure { full: String, short: Option<String> },
}

/// A cell. What it says must be safe to show ([`plain_text`]).
#[derive(Clone, Debug)]
pub struct Cell {
    pub(super) content: Content,
    pub(super) style: Style,
}

/// Nothing.
impl Default for Cell {
    fn default() -> Self {
        Self::figure("")
    }
}

impl Cell {
    fn of(content: Content) -> Self {
        Self { content, style: Style::new() }
    }

    /// A name or path: its middle is cut out if there is too little room.
    pub fn name(text: impl Into<String>) -> Self {
        Self::of(Content::Name { full: text.into(), short: None })
    }

    /// A name with a short form that tells it from the others just as well, such as a path's last folder.
    pub fn name_or(full: impl Into<String>, short: impl Into<String>) -> Self {
        Self::of(Content::Name { full: full.into(), short: Some(short.into()) })
    }

    /// Words, which are wrapped if there is too little room.
    pub fn words(text: impl Into<String>) -> Self {
        Self::of(Content::Words(text.into()))
    }

    /// A figure, which stays whole.
    pub fn figure(text: impl Into<String>) -> Self {
        Self::of(Content::Figure { full: text.into(), short: None })
    }

    /// A figure with a short form for when there is too little room.
    pub fn figure_or(full: impl Into<String>, short: impl Into<String>) -> Self {
        Self::of(Content::Figure { full: full.into(), short: Some(short.into()) })
    }

    /// A number of tokens: `133,812,456`, or `133.8M` if there is too little room.
    pub fn tokens(tokens: u64) -> Self {
        Self::of(Content::Figure { full: grouped(tokens), short: Some(short_tokens(tokens)) })
    }

    /// A cost, which stands out if it leaves out tokens without a price.
    pub fn cost(cost: impl Into<Cost>) -> Self {
        let cost = cost.into();
        let cell = Self::figure(cost.to_string());
        if cost.is_partial() { cell.styled(WARN) } else { cell }
    }

    /// The same figure, marked as a lower bound if it is one ([`crate::report::provisional`]).
    #[must_use]
    pub fn marked(self, is_marked: bool) -> Self {
        let mark = |text: String| format!("{MARK}{text}");
        match self.content {
            Content::Figure { full, short } if is_marked && !full.is_empty() => {
                Self { content: Content::Figure { full: mark(full), short: short.map(mark) }, ..self }
            }
            content => Self { content, ..self },
        }
    }

    /// The same cell in a style.
    #[must_use]
    pub fn styled(self, style: Style) -> Self {
        Self { style, ..self }
    }

    /// Its text, if it has this many columns.
    pub(super) fn text(&self, is_short: bool, columns: usize) -> Cow<'_, str> {
        match &self.content {
            Content::Name { full, short: Some(short) } if full.width() > columns => {
                plain_text::fitted(short, columns)
            }
            Content::Name { full, .. } => plain_text::fitted(full, columns),
            Content::Words(words) => Cow::Borrowed(words),
            Content::Figure { short: Some(short), .. } if is_short => Cow::Borrowed(short),
            Content::Figure { full, .. } => Cow::Borrowed(full),
        }
    }
}

#[derive(Clone, Debug)]
pub(super) enum Row {
    Cells(Vec<Cell>),
    /// A line of its own, across all columns.
    Across(Cell),
}
