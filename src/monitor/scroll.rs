//! Stops scrolling at the last line.
//!
//! Invariant: applied after each key and before each redraw, so the next key always moves what is visible. Used by the
//! loop.

use super::draw::hidden_lines;
use super::state::{Effect, Input, State};

/// Gives an input to the state.
pub(super) fn press(state: &mut State, input: Input) -> Effect {
    let effect = state.press(input);
    hold(state);
    effect
}

/// Limits scrolling to the last line. A larger terminal leaves less to scroll.
pub(super) fn hold(state: &mut State) {
    if state.scroll > 0 {
        state.scroll = state.scroll.min(hidden_lines(state));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::monitor::{Key, KeyCode};
    use crate::monitor::sample;

    fn type_in(state: &mut State, text: &str) {
        for letter in text.chars() {
            press(state, Input::Press(Key { code: KeyCode::Char(letter), has_ctrl: false }));
        }
    }

    #[test]
    fn from_the_end_the_first_key_up_moves() {
        for opened in ["7", "4", "?"] {
            let mut state = sample::state((40, 12));
            type_in(&mut state, opened);
            if opened == "4" {
                press(&mut state, Input::Press(Key { code: KeyCode::Enter, has_ctrl: false }));
            }
            type_in(&mut state, "G");
            let end = state.scroll;
            assert!(end > 0, "{opened} does not fit");
            type_in(&mut state, "jjk");
            assert_eq!(state.scroll, end - 1, "{opened}");
            type_in(&mut state, "gk");
            assert_eq!(state.scroll, 0, "{opened}");
        }
    }

    #[test]
    fn a_larger_terminal_leaves_less_to_scroll() {
        let mut state = sample::state((40, 12));
        type_in(&mut state, "7G");
        let end = state.scroll;
        state.size = (40, 15);
        hold(&mut state);
        assert_eq!(state.scroll, end - 3);
        state.size = (200, 60);
        hold(&mut state);
        assert_eq!(state.scroll, 0);
    }

    #[test]
    fn lists_are_not_scrolled() {
        let mut state = sample::state((40, 12));
        type_in(&mut state, "4G");
        assert_eq!(state.scroll, 0);
    }
}
