//! The views, and where their titles stand in the line of views.
//!
//! Invariant: drawing and clicks go by the same titles.

use unicode_width::UnicodeWidthStr as _;

use super::list::List;

/// A view: what fills the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tab {
    Overview,
    Block,
    Models,
    Projects,
    Sessions,
    Days,
    Publisher,
}

impl Tab {
    pub(crate) const ALL: [Self; 7] = [
        Self::Overview,
        Self::Block,
        Self::Models,
        Self::Projects,
        Self::Sessions,
        Self::Days,
        Self::Publisher,
    ];

    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Overview => "Overview",
            Self::Block => "Block",
            Self::Models => "Models",
            Self::Projects => "Projects",
            Self::Sessions => "Sessions",
            Self::Days => "Days",
            Self::Publisher => "Publisher",
        }
    }

    /// Its place among all views.
    pub(crate) fn place(self) -> usize {
        Self::ALL.iter().position(|tab| *tab == self).unwrap_or(0)
    }

    /// The list that it shows.
    pub(super) fn list(self) -> Option<List> {
        match self {
            Self::Models => Some(List::Models),
            Self::Projects => Some(List::Projects),
            Self::Sessions => Some(List::Sessions),
            Self::Days => Some(List::Days),
            Self::Overview | Self::Block | Self::Publisher => None,
        }
    }

    /// All views as they are shown while this one is chosen; short if not all titles fit.
    pub(crate) fn labels(self, columns: usize) -> [(Self, String); 7] {
        let label = |tab: Self, is_short: bool| {
            let number = tab.place() + 1;
            match tab == self {
                true => format!("[{number} {}]", tab.title()),
                false if is_short => format!(" {number} "),
                false => format!(" {number} {} ", tab.title()),
            }
        };
        let all = |is_short| Self::ALL.map(|tab| (tab, label(tab, is_short)));
        let full = all(false);
        let width: usize = full.iter().map(|(_, label)| label.width()).sum();
        if width <= columns { full } else { all(true) }
    }

    /// The view whose title is at a column while this one is chosen.
    pub(crate) fn at(self, column: usize, columns: usize) -> Option<Self> {
        let mut end = 0;
        self.labels(columns).into_iter().find_map(|(tab, label)| {
            end += label.width();
            (column < end).then_some(tab)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_fit_and_are_found_where_they_are() {
        for columns in [40, 80, 200] {
            for chosen in Tab::ALL {
                let line: String = chosen.labels(columns).into_iter().map(|(_, label)| label).collect();
                assert!(line.width() <= columns, "{line}");
                assert_eq!(chosen.at(line.find('[').unwrap() + 1, columns), Some(chosen));
            }
        }
        assert_eq!(Tab::Days.at(199, 200), None);
    }
}
