//! What keys and the mouse do to the state.
//!
//! Invariant: Ctrl-C quits and digits choose a view, whatever else is configured or open; Esc only ever goes up.

use super::list::List;
use super::{Layer, State, Tab};
use crate::config::monitor::{Action, Key, KeyCode};
use crate::plain_text::is_hostile;

/// What comes in from the terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Input {
    /// A key.
    Press(Key),
    /// The wheel: so many rows down, or up if negative.
    Wheel(isize),
    /// A click at a column and line.
    Click(u16, u16),
    /// The terminal has another size, or must be drawn again.
    Redraw,
}

/// What the loop must do then, besides drawing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    Nothing,
    Quit,
    Suspend,
}

/// The longest filter, in characters.
const FILTER_MAX: usize = 60;

impl State {
    /// Takes an input.
    pub(crate) fn press(&mut self, input: Input) -> Effect {
        match input {
            Input::Redraw => {}
            Input::Click(column, 0) => {
                if let Some(tab) = self.tab.at(column.into(), self.size.0.into()) {
                    self.choose(tab);
                }
            }
            Input::Click(..) => {}
            Input::Wheel(rows) => self.move_by(rows),
            Input::Press(Key { code: KeyCode::Char('c'), has_ctrl: true }) => return Effect::Quit,
            Input::Press(key) if self.layer == Layer::Typing => self.type_filter(key),
            Input::Press(key) => return self.act(key),
        }
        Effect::Nothing
    }

    fn act(&mut self, key: Key) -> Effect {
        if let (KeyCode::Char(digit), false) = (key.code, key.has_ctrl)
            && let Some(tab) =
                digit.to_digit(10).and_then(|digit| Tab::ALL.get((digit as usize).checked_sub(1)?))
        {
            self.choose(*tab);
            return Effect::Nothing;
        }
        let Some(action) = self.options.keys.action(key) else { return Effect::Nothing };
        match action {
            Action::Quit => return Effect::Quit,
            Action::Suspend => return Effect::Suspend,
            Action::Back => self.go_up(),
            Action::Help => {
                self.scroll = 0;
                self.layer = if self.layer == Layer::Help { Layer::Closed } else { Layer::Help };
            }
            Action::Freeze => self.freeze(),
            Action::NextView => self.choose_beside(1),
            Action::PreviousView => self.choose_beside(Tab::ALL.len() - 1),
            Action::NextList if self.tab == Tab::Overview => {
                self.focus = match self.focus {
                    List::Models => List::Projects,
                    List::Projects => List::Sessions,
                    List::Sessions | List::Days => List::Models,
                };
            }
            Action::NextList => {}
            Action::Up => self.move_by(-1),
            Action::Down => self.move_by(1),
            Action::PageUp => self.move_by(-self.page()),
            Action::PageDown => self.move_by(self.page()),
            Action::First => self.move_by(isize::MIN),
            Action::Last => self.move_by(isize::MAX),
            Action::Sort | Action::Reverse | Action::Filter | Action::Details => self.work_on_list(action),
        }
        Effect::Nothing
    }

    /// What is done to a list; nothing in a view without one, or while something is open above it.
    fn work_on_list(&mut self, action: Action) {
        let Some(list) = self.list().filter(|_| self.layer == Layer::Closed) else { return };
        let state = &mut self.lists[list as usize];
        match action {
            Action::Sort => state.sort_by_next(list),
            Action::Reverse => state.is_reversed = !state.is_reversed,
            Action::Filter => self.layer = Layer::Typing,
            Action::Details => {
                let (rows, _) = self.rows(list);
                if rows.is_empty() {
                    return;
                }
                // From here on the row stays selected, wherever it moves.
                let cursor = self.list_state(list).cursor(&rows);
                let mut state = self.list_state(list).clone();
                state.select(&rows, cursor);
                self.lists[list as usize] = state;
                (self.layer, self.scroll) = (Layer::Details, 0);
            }
            _ => {}
        }
    }

    /// Closes what is open, else clears the filter, else returns to the first view.
    fn go_up(&mut self) {
        if self.layer != Layer::Closed {
            (self.layer, self.scroll) = (Layer::Closed, 0);
            return;
        }
        if let Some(list) = self.list()
            && !self.list_state(list).filter.is_empty()
        {
            self.lists[list as usize].filter.clear();
            return;
        }
        self.choose(self.options.home);
    }

    fn choose(&mut self, tab: Tab) {
        (self.tab, self.layer, self.scroll) = (tab, Layer::Closed, 0);
    }

    fn choose_beside(&mut self, steps: usize) {
        self.choose(Tab::ALL[(self.tab.place() + steps) % Tab::ALL.len()]);
    }

    /// Holds the figures, or lets them go on.
    fn freeze(&mut self) {
        self.frozen = match self.frozen.take() {
            Some(_) => None,
            None => Some((self.live.clone(), self.now_ms, 0)),
        };
    }

    /// How many rows a page has, about.
    fn page(&self) -> isize {
        isize::from(self.size.1.cast_signed()).saturating_sub(6).max(1)
    }

    /// Moves the selection, or scrolls the help, by so many lines.
    fn move_by(&mut self, lines: isize) {
        match self.layer {
            Layer::Help | Layer::Details => self.scroll_by(lines),
            Layer::Closed | Layer::Typing => {
                let Some(list) = self.list() else { return self.scroll_by(lines) };
                let (rows, _) = self.rows(list);
                let cursor = self.list_state(list).cursor(&rows).saturating_add_signed(lines);
                let mut state = self.list_state(list).clone();
                if cursor == 0 {
                    state.select_first();
                } else {
                    state.select(&rows, cursor);
                }
                self.lists[list as usize] = state;
            }
        }
    }

    fn scroll_by(&mut self, lines: isize) {
        self.scroll = self.scroll.saturating_add_signed(lines);
    }

    fn type_filter(&mut self, key: Key) {
        let Some(list) = self.list() else {
            self.layer = Layer::Closed;
            return;
        };
        let filter = &mut self.lists[list as usize].filter;
        match (key.code, key.has_ctrl) {
            (KeyCode::Char(c), false) if !is_hostile(c) && filter.chars().count() < FILTER_MAX => {
                filter.push(c);
            }
            (KeyCode::Backspace, _) => {
                filter.pop();
            }
            (KeyCode::Char('u'), true) => filter.clear(),
            (KeyCode::Enter, _) => self.layer = Layer::Closed,
            (KeyCode::Esc, _) => {
                filter.clear();
                self.layer = Layer::Closed;
            }
            (KeyCode::Up, _) => self.move_by(-1),
            (KeyCode::Down, _) => self.move_by(1),
            _ => {}
        }
    }
}
