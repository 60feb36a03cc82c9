//! Which columns fit, and how wide each is.
//!
//! Invariants: the columns of rank 0 stay; widths and gaps together fit the given width, unless even one
//! column for each of them is too much.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use unicode_width::UnicodeWidthStr as _;

use super::cell::{Cell, Column, Content, Row};

/// Spaces between columns.
const GAP: usize = 2;

/// Names are first cut to this many columns, and only then are columns left out.
const NAME_COMFORTABLE: usize = 24;
/// Then names are cut to this many, and at last to fewer.
const NAME_SHORT: usize = 12;
/// Words of up to this many columns are not broken while there is a layout that fits.
const WORD_WHOLE: usize = 12;
/// Words are wrapped to no fewer columns, as long as other columns can be left out.
const WORDS_COMFORTABLE: usize = 24;

/// How a table is laid out.
#[derive(Clone, Debug)]
pub(super) struct Fit {
    /// The columns that are shown: their indices and widths.
    pub(super) columns: Vec<(usize, usize)>,
    /// Whether figures are in their short forms.
    pub(super) is_short: bool,
    /// Spaces between columns.
    pub(super) gap: usize,
    /// What several different cells of a column are shown as: the column's index and the text.
    ambiguous: HashSet<(usize, String)>,
}

impl Fit {
    fn new(cells: &[&[Cell]], columns: Vec<(usize, usize)>, is_short: bool, gap: usize) -> Self {
        let mut shown_for: HashMap<(usize, Cow<'_, str>), &str> = HashMap::new();
        let mut ambiguous = HashSet::new();
        for (index, width) in &columns {
            for cells in cells {
                let Content::Name { full, .. } = &cells[*index].content else { continue };
                let shown = cells[*index].text(is_short, *width);
                let first = shown_for.entry((*index, shown.clone())).or_insert(full);
                if *first != full {
                    ambiguous.insert((*index, shown.into_owned()));
                }
            }
        }
        Self { columns, is_short, gap, ambiguous }
    }

    /// Whether different cells of a column are shown as this.
    pub(super) fn is_ambiguous(&self, index: usize, shown: &str) -> bool {
        self.ambiguous.contains(&(index, shown.to_owned()))
    }

    /// Gives what is left of a width to the column that tells rows apart: the first of rank 0 with a title.
    pub(super) fn fill(&mut self, columns: &[Column], width: usize) {
        let left = width.saturating_sub(self.width());
        let is_key = |index: usize| columns[index].rank == 0 && !columns[index].title.is_empty();
        if let Some((_, columns)) = self.columns.iter_mut().find(|(index, _)| is_key(*index)) {
            *columns += left;
        }
    }

    /// The width of a full line.
    pub(super) fn width(&self) -> usize {
        let columns: usize = self.columns.iter().map(|(_, columns)| columns).sum();
        columns + self.gap * self.columns.len().saturating_sub(1)
    }
}

/// A way to lay out the table.
struct Attempt {
    kept: Vec<usize>,
    is_short: bool,
    name: usize,
    words: usize,
    gap: usize,
}

/// The fullest layout that fits.
pub(super) fn fit(columns: &[Column], rows: &[Row], width: Option<usize>) -> Fit {
    let cells: Vec<&[Cell]> = rows
        .iter()
        .filter_map(|row| match row {
            Row::Cells(cells) => Some(&**cells),
            Row::Across(_) => None,
        })
        .collect();
    let width = width.unwrap_or(usize::MAX);
    let mut last = None;
    for attempt in attempts(columns) {
        let least: Vec<usize> =
            attempt.kept.iter().map(|index| least(columns, &cells, *index, &attempt)).collect();
        let gaps = attempt.gap * attempt.kept.len().saturating_sub(1);
        let used = least.iter().sum::<usize>() + gaps;
        if used <= width {
            return spread(columns, &cells, &attempt, least, width - used);
        }
        last = Some((attempt, gaps));
    }
    // Too narrow for any layout: the key columns share the width.
    let Some((attempt, gaps)) = last else { return Fit::new(&cells, Vec::new(), false, GAP) };
    let share = width.saturating_sub(gaps) / attempt.kept.len().max(1);
    let columns = attempt.kept.iter().map(|index| (*index, share.max(1))).collect();
    Fit::new(&cells, columns, true, attempt.gap)
}

/// The ways to lay it out, the fullest first.
fn attempts(columns: &[Column]) -> Vec<Attempt> {
    let mut kept: Vec<usize> = (0..columns.len()).collect();
    let attempt = |kept: &[usize], is_short, name, words, gap| Attempt {
        kept: kept.to_vec(),
        is_short,
        name,
        words,
        gap,
    };
    let mut attempts = vec![
        attempt(&kept, false, NAME_COMFORTABLE, WORDS_COMFORTABLE, GAP),
        attempt(&kept, true, NAME_COMFORTABLE, WORDS_COMFORTABLE, GAP),
    ];
    // Of one rank the rightmost goes first.
    while let Some(next) = kept.iter().rposition(|index| {
        let worst = kept.iter().map(|index| columns[*index].rank).max();
        columns[*index].rank > 1 && Some(columns[*index].rank) == worst
    }) {
        kept.remove(next);
        attempts.push(attempt(&kept, true, NAME_COMFORTABLE.min(20), WORDS_COMFORTABLE, GAP));
    }
    attempts.push(attempt(&kept, true, NAME_SHORT, NAME_SHORT, GAP));
    attempts.push(attempt(&kept, true, NAME_SHORT / 2, NAME_SHORT / 2, 1));
    while let Some(next) = kept.iter().rposition(|index| columns[*index].rank > 0) {
        kept.remove(next);
        attempts.push(attempt(&kept, true, NAME_SHORT / 2, NAME_SHORT / 2, 1));
    }
    attempts
}

/// The fewest columns that this one takes.
fn least(columns: &[Column], cells: &[&[Cell]], index: usize, attempt: &Attempt) -> usize {
    let title = columns[index].title.split(' ').map(|word| word.width()).max().unwrap_or(0);
    let cells = cells.iter().map(|cells| match &cells[index].content {
        Content::Name { full, short } => short.as_ref().unwrap_or(full).width().min(attempt.name),
        Content::Words(words) => words.width().min(attempt.words).max(longest_word(words)),
        Content::Figure { .. } => cells[index].text(attempt.is_short, 0).width(),
    });
    cells.max().unwrap_or(0).max(title)
}

/// The width of the longest word that is short enough to stay whole, such as an amount of money or a date.
fn longest_word(words: &str) -> usize {
    words.split_whitespace().map(|word| word.width()).filter(|width| *width <= WORD_WHOLE).max().unwrap_or(0)
}

/// Gives what is left to titles, names and words.
fn spread(
    columns: &[Column],
    cells: &[&[Cell]],
    attempt: &Attempt,
    mut widths: Vec<usize>,
    mut left: usize,
) -> Fit {
    let mut order: Vec<usize> = (0..attempt.kept.len()).collect();
    order.sort_by_key(|at| columns[attempt.kept[*at]].rank);
    for at in order {
        let index = attempt.kept[at];
        let full = cells.iter().map(|cells| match &cells[index].content {
            Content::Name { full: text, .. } | Content::Words(text) => {
                text.split('\n').map(|line| line.width()).max().unwrap_or(0)
            }
            Content::Figure { .. } => 0,
        });
        let full = full.max().unwrap_or(0).max(columns[index].title.width());
        let more = full.saturating_sub(widths[at]).min(left);
        widths[at] += more;
        left -= more;
    }
    let columns = attempt.kept.iter().copied().zip(widths).collect();
    Fit::new(cells, columns, attempt.is_short, attempt.gap)
}
