//! Tables that fit: the one layout of everything that is shown in rows and columns.
//!
//! Invariants: no line is wider than asked; a figure is shown whole, in full or in its short form, or its column is
//! left out; the column that tells rows apart is never left out. Columns of the highest rank go first. Pure: the caller
//! says how wide the output is. Used by both programs.

mod cell;
mod fit;
mod wrap;

use anstyle::Style;
use unicode_width::UnicodeWidthStr as _;

pub use self::cell::{Cell, Column};
use self::cell::{Content, Row};
pub use self::wrap::wrapped;
use crate::report::provisional::MARK;

/// A table.
#[derive(Clone, Debug)]
pub struct Grid {
    columns: Vec<Column>,
    rows: Vec<Row>,
    is_list: bool,
}

impl Grid {
    /// A table without rows.
    pub fn new(columns: impl IntoIterator<Item = Column>) -> Self {
        Self { columns: columns.into_iter().collect(), rows: Vec::new(), is_list: false }
    }

    /// A table as wide as there is room, each row on one line, for lists that scroll.
    pub fn list(columns: impl IntoIterator<Item = Column>) -> Self {
        Self { is_list: true, ..Self::new(columns) }
    }

    /// Adds a row: a cell for each column.
    pub fn row(&mut self, cells: impl IntoIterator<Item = Cell>) {
        let cells: Vec<_> = cells.into_iter().collect();
        debug_assert_eq!(cells.len(), self.columns.len(), "a cell for each column");
        self.rows.push(Row::Cells(cells));
    }

    /// Leaves out columns of a higher rank than this, whatever the width.
    pub fn keep_up_to(&mut self, rank: u8) {
        let kept: Vec<bool> = self.columns.iter().map(|column| column.rank <= rank).collect();
        let mut keep = kept.iter();
        self.columns.retain(|_| keep.next() == Some(&true));
        for row in &mut self.rows {
            if let Row::Cells(cells) = row {
                let mut keep = kept.iter();
                cells.retain(|_| keep.next() == Some(&true));
            }
        }
    }

    /// Adds a line across all columns.
    pub fn across(&mut self, cell: Cell) {
        self.rows.push(Row::Across(cell));
    }

    /// Whether a figure is marked as a lower bound ([`Cell::marked`]).
    pub fn has_marks(&self) -> bool {
        let is_marked = |cell: &Cell| match &cell.content {
            Content::Figure { full, .. } => full.starts_with(MARK),
            Content::Name { .. } | Content::Words(_) => false,
        };
        self.rows.iter().any(|row| match row {
            Row::Cells(cells) => cells.iter().any(is_marked),
            Row::Across(_) => false,
        })
    }

    /// The table as text with styles, at most this many columns wide; `None` if nothing limits it.
    pub fn render(&self, width: Option<usize>) -> String {
        let mut fit = fit::fit(&self.columns, &self.rows, width);
        if self.is_list {
            fit.fill(&self.columns, width.unwrap_or(0));
        }
        let mut text = String::new();
        if self.columns.iter().any(|column| !column.title.is_empty()) {
            let titles: Vec<_> = fit
                .columns
                .iter()
                .map(|(index, columns)| {
                    (wrapped(self.columns[*index].title, *columns), Style::new().bold(), *columns)
                })
                .collect();
            let height = titles.iter().map(|(lines, ..)| lines.len()).max().unwrap_or(0);
            for line in 0..height {
                // Titles stand on the rule below them.
                let part =
                    |lines: &[String]| (line + lines.len()).checked_sub(height).map(|at| lines[at].clone());
                let cells = titles
                    .iter()
                    .map(|(lines, style, columns)| (part(lines).unwrap_or_default(), *style, *columns));
                self.line(&mut text, &fit, cells);
            }
            text += &"─".repeat(fit.width());
            text.push('\n');
        }
        for row in &self.rows {
            match row {
                Row::Across(cell) => {
                    let words = cell.text(fit.is_short, usize::MAX);
                    for line in wrapped(&words, width.unwrap_or(usize::MAX)) {
                        put(&mut text, &line, cell.style);
                        text.push('\n');
                    }
                }
                Row::Cells(cells) => self.cells(&mut text, &fit, cells),
            }
        }
        text
    }

    fn cells(&self, text: &mut String, fit: &fit::Fit, cells: &[Cell]) {
        let lines: Vec<_> = fit
            .columns
            .iter()
            .map(|(index, columns)| {
                let cell = &cells[*index];
                let shown = cell.text(fit.is_short, *columns);
                let is_taken =
                    || !self.is_list && self.columns[*index].rank == 0 && fit.is_ambiguous(*index, &shown);
                let lines = match &cell.content {
                    Content::Words(_) => wrapped(&shown, *columns),
                    // Another row would read the same: show all of it.
                    Content::Name { full, .. } if shown != *full && is_taken() => wrapped(full, *columns),
                    _ => vec![shown.into_owned()],
                };
                (lines, cell.style, *columns)
            })
            .collect();
        let height = lines.iter().map(|(lines, ..)| lines.len()).max().unwrap_or(0);
        for line in 0..height {
            let cells = lines.iter().map(|(lines, style, columns)| {
                (lines.get(line).cloned().unwrap_or_default(), *style, *columns)
            });
            self.line(text, fit, cells);
        }
    }

    fn line(&self, text: &mut String, fit: &fit::Fit, cells: impl Iterator<Item = (String, Style, usize)>) {
        let mut pending = 0;
        for ((shown, style, columns), (index, _)) in cells.zip(&fit.columns) {
            let pad = columns.saturating_sub(shown.width());
            let (before, after) = if self.columns[*index].is_right { (pad, 0) } else { (0, pad) };
            if !shown.is_empty() {
                // No line ends in spaces.
                *text += &" ".repeat(pending + before);
                put(text, &shown, style);
                pending = after + fit.gap;
            } else {
                pending += columns + fit.gap;
            }
        }
        text.push('\n');
    }
}

fn put(text: &mut String, shown: &str, style: Style) {
    if style.is_plain() {
        *text += shown;
    } else {
        *text += &format!("{style}{shown}{style:#}");
    }
}

#[cfg(test)]
mod tests;
