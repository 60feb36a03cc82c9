//! Keys, mouse and sizes from the terminal, read on a thread of their own.
//!
//! Invariant: what means nothing here is dropped, so the drawing thread wakes for no reason but a change.

use ratatui::crossterm::event::{
    self, Event as Raw, KeyCode as Code, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEventKind,
};

use super::events::{Event, Events};
use super::state::Input;
use crate::config::monitor::{Key, KeyCode};

/// Rows that the wheel moves by.
const WHEEL_ROWS: isize = 3;

/// Passes on what is typed until nobody takes it, or there is nothing to type on.
pub(super) fn read(events: &Events) {
    // An error means that there is no terminal to type on, or none any more; signals still end the monitor.
    while let Ok(raw) = event::read() {
        for input in understood(&raw) {
            if events.send(Event::Input(input)).is_err() {
                return;
            }
        }
    }
}

/// The inputs that an event is. Escape and a key that reach us together look like that key with Alt, which means nothing
/// here: over a slow line they are two keys that were pressed one after the other.
fn understood(raw: &Raw) -> Vec<Input> {
    const ESCAPE: Input = Input::Press(Key { code: KeyCode::Esc, has_ctrl: false });
    match raw {
        Raw::Resize(..) => vec![Input::Redraw],
        Raw::Key(key) if key.kind != KeyEventKind::Release => {
            let press = key_of(key).map(Input::Press);
            let escape = press.filter(|_| key.modifiers.contains(KeyModifiers::ALT)).map(|_| ESCAPE);
            escape.into_iter().chain(press).collect()
        }
        Raw::Mouse(mouse) => match mouse.kind {
            MouseEventKind::ScrollDown => vec![Input::Wheel(WHEEL_ROWS)],
            MouseEventKind::ScrollUp => vec![Input::Wheel(-WHEEL_ROWS)],
            MouseEventKind::Down(MouseButton::Left) => vec![Input::Click(mouse.column, mouse.row)],
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}

fn key_of(key: &KeyEvent) -> Option<Key> {
    let code = match key.code {
        Code::Char(letter) => KeyCode::Char(letter),
        Code::Enter => KeyCode::Enter,
        Code::Esc => KeyCode::Esc,
        Code::Tab => KeyCode::Tab,
        Code::BackTab => KeyCode::BackTab,
        Code::Backspace => KeyCode::Backspace,
        Code::Up => KeyCode::Up,
        Code::Down => KeyCode::Down,
        Code::Left => KeyCode::Left,
        Code::Right => KeyCode::Right,
        Code::PageUp => KeyCode::PageUp,
        Code::PageDown => KeyCode::PageDown,
        Code::Home => KeyCode::Home,
        Code::End => KeyCode::End,
        _ => return None,
    };
    Some(Key { code, has_ctrl: key.modifiers.contains(KeyModifiers::CONTROL) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_understood_and_what_means_nothing_is_dropped() {
        let key = |code, modifiers| understood(&Raw::Key(KeyEvent::new(code, modifiers)));
        let press = |code, has_ctrl| Input::Press(Key { code, has_ctrl });
        assert_eq!(key(Code::Char('G'), KeyModifiers::SHIFT), [press(KeyCode::Char('G'), false)]);
        assert_eq!(key(Code::Char('c'), KeyModifiers::CONTROL), [press(KeyCode::Char('c'), true)]);
        let together = [press(KeyCode::Esc, false), press(KeyCode::Char('q'), false)];
        assert_eq!(key(Code::Char('q'), KeyModifiers::ALT), together, "Escape, then q");
        assert_eq!(key(Code::F(5), KeyModifiers::NONE), []);
        assert_eq!(understood(&Raw::FocusGained), []);
        assert_eq!(understood(&Raw::Resize(1, 1)), [Input::Redraw]);
    }
}
