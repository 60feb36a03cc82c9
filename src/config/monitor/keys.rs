//! `[monitor.keys]`: which key does what.
//!
//! Invariant: a key means at most one thing, and every action has a key. Digits choose a view and Ctrl-C quits, whatever
//! the file says.

use std::fmt;

use crate::config::error::FileError;
use crate::config::section::{Section, Value};

/// What a key can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// End the monitor.
    Quit,
    /// Go up: close what is open, else return to the overview.
    Back,
    /// Select the row above.
    Up,
    /// Select the row below.
    Down,
    /// Go up a page.
    PageUp,
    /// Go down a page.
    PageDown,
    /// Select the first row.
    First,
    /// Select the last row.
    Last,
    /// Show the next view.
    NextView,
    /// Show the view before.
    PreviousView,
    /// Select the next list of the overview.
    NextList,
    /// Sort by the next column.
    Sort,
    /// Sort the other way round.
    Reverse,
    /// Show only rows that contain a text.
    Filter,
    /// Show everything about the selected row.
    Details,
    /// Hold the figures, or let them go on.
    Freeze,
    /// List the keys.
    Help,
    /// Return to the shell, which can resume the monitor.
    Suspend,
}

/// A key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    /// Which one.
    pub code: KeyCode,
    /// Whether Ctrl is held.
    pub has_ctrl: bool,
}

/// A key without what is held with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyCode {
    /// A character.
    Char(char),
    /// Enter.
    Enter,
    /// Escape.
    Esc,
    /// Tab.
    Tab,
    /// Tab with Shift.
    BackTab,
    /// Backspace.
    Backspace,
    /// The arrow up.
    Up,
    /// The arrow down.
    Down,
    /// The arrow to the left.
    Left,
    /// The arrow to the right.
    Right,
    /// Page up.
    PageUp,
    /// Page down.
    PageDown,
    /// Home.
    Home,
    /// End.
    End,
}

/// Each action: its name in the config file, what help says of it, and its keys unless the file names others.
const ACTIONS: [(Action, &str, &str, &[Key]); 18] = [
    (Action::Quit, "quit", "quit", &[char('q')]),
    (Action::Back, "back", "close, clear the filter, or go to the overview", &[plain(KeyCode::Esc)]),
    (Action::NextView, "next_view", "next view", &[plain(KeyCode::Right), char('l')]),
    (Action::PreviousView, "previous_view", "previous view", &[plain(KeyCode::Left), char('h')]),
    (Action::NextList, "next_list", "next list of the overview", &[plain(KeyCode::Tab)]),
    (Action::Up, "up", "row above", &[plain(KeyCode::Up), char('k')]),
    (Action::Down, "down", "row below", &[plain(KeyCode::Down), char('j')]),
    (Action::PageUp, "page_up", "page up", &[plain(KeyCode::PageUp), ctrl('b')]),
    (Action::PageDown, "page_down", "page down", &[plain(KeyCode::PageDown), ctrl('f')]),
    (Action::First, "first", "first row", &[plain(KeyCode::Home), char('g')]),
    (Action::Last, "last", "last row", &[plain(KeyCode::End), char('G')]),
    (Action::Sort, "sort", "sort by the next column", &[char('s')]),
    (Action::Reverse, "reverse", "reverse the order", &[char('r')]),
    (Action::Filter, "filter", "filter by name", &[char('/')]),
    (Action::Details, "details", "all figures of the selected row", &[plain(KeyCode::Enter)]),
    (Action::Freeze, "freeze", "freeze the figures, or let them go on", &[char('f')]),
    (Action::Help, "help", "this help", &[char('?')]),
    (Action::Suspend, "suspend", "return to the shell; fg resumes", &[ctrl('z')]),
];

/// The names of all actions.
pub(in crate::config) fn names() -> [&'static str; 18] {
    ACTIONS.map(|(_, name, ..)| name)
}

/// The keys that have names.
const NAMED: [(&str, KeyCode); 14] = [
    ("enter", KeyCode::Enter),
    ("esc", KeyCode::Esc),
    ("tab", KeyCode::Tab),
    ("backtab", KeyCode::BackTab),
    ("backspace", KeyCode::Backspace),
    ("up", KeyCode::Up),
    ("down", KeyCode::Down),
    ("left", KeyCode::Left),
    ("right", KeyCode::Right),
    ("pageup", KeyCode::PageUp),
    ("pagedown", KeyCode::PageDown),
    ("home", KeyCode::Home),
    ("end", KeyCode::End),
    ("space", KeyCode::Char(' ')),
];

/// Keys that terminals cannot tell from another, and that other.
const SENT_AS: [(&str, &str); 2] = [("ctrl-i", "tab"), ("ctrl-m", "enter")];

const fn plain(code: KeyCode) -> Key {
    Key { code, has_ctrl: false }
}

const fn char(letter: char) -> Key {
    plain(KeyCode::Char(letter))
}

const fn ctrl(letter: char) -> Key {
    Key { code: KeyCode::Char(letter), has_ctrl: true }
}

/// The keys of each action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keys {
    of: Vec<(Action, Vec<Key>)>,
}

impl Default for Keys {
    fn default() -> Self {
        Self { of: ACTIONS.iter().map(|(action, _, _, keys)| (*action, keys.to_vec())).collect() }
    }
}

impl Keys {
    /// What a key does.
    pub fn action(&self, key: Key) -> Option<Action> {
        self.of.iter().find(|(_, keys)| keys.contains(&key)).map(|(action, _)| *action)
    }

    /// The keys of an action, the first one first.
    pub fn of(&self, action: Action) -> &[Key] {
        self.of.iter().find(|(it, _)| *it == action).map_or(&[], |(_, keys)| keys)
    }

    /// The names of actions whose keys are not the default.
    pub fn changed(&self) -> impl Iterator<Item = &'static str> {
        ACTIONS.iter().filter(|(action, _, _, keys)| self.of(*action) != *keys).map(|(_, name, ..)| *name)
    }
}

impl Action {
    /// All actions, in the order of help.
    pub fn all() -> impl Iterator<Item = Self> {
        ACTIONS.iter().map(|(action, ..)| *action)
    }

    /// What it does, in words.
    pub fn words(self) -> &'static str {
        ACTIONS.iter().find(|(action, ..)| *action == self).map_or("", |(_, _, words, _)| words)
    }
}

impl Key {
    /// From its name: a character, `ctrl-x` or the name of a key.
    fn named(name: &str) -> Option<Self> {
        if let Some(letter) = name.strip_prefix("ctrl-") {
            let mut letters = letter.chars();
            let letter = letters.next().filter(char::is_ascii_lowercase)?;
            return letters.next().is_none().then_some(ctrl(letter));
        }
        let mut letters = name.chars();
        match (letters.next(), letters.next()) {
            (Some(letter), None) => (!letter.is_control()).then_some(char(letter)),
            _ => NAMED.iter().find(|(it, _)| *it == name).map(|(_, code)| plain(*code)),
        }
    }
}

/// As the config file spells it.
impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.has_ctrl {
            f.write_str("ctrl-")?;
        }
        match (NAMED.iter().find(|(_, code)| *code == self.code), self.code) {
            (Some((name, _)), _) => f.write_str(name),
            (None, KeyCode::Char(letter)) => write!(f, "{letter}"),
            (None, _) => Ok(()),
        }
    }
}

pub(super) fn read(section: Section<'_>) -> Result<Keys, FileError> {
    let names = names();
    let mut keys = Keys::default();
    let mut given = Vec::new();
    for value in section.values() {
        let Some(at) = names.iter().position(|name| *name == value.key) else {
            return Err(value.unknown(&names));
        };
        keys.of[at].1 = listed(&value)?;
        given.push(at);
    }
    // A key that the file gives to one action is taken from the action that has it by default.
    let taken: Vec<Key> = given.iter().flat_map(|at| keys.of[*at].1.clone()).collect();
    for (at, (_, of)) in keys.of.iter_mut().enumerate() {
        if !given.contains(&at) {
            of.retain(|key| !taken.contains(key));
        }
    }
    for value in section.values() {
        let at = names.iter().position(|name| *name == value.key).unwrap_or(0);
        let other = keys
            .of
            .iter()
            .enumerate()
            .find(|(other, (_, of))| *other != at && of.iter().any(|key| keys.of[at].1.contains(key)));
        if let Some((other, _)) = other {
            return Err(value.refuse(format!("{} has one of these keys too", names[other])));
        }
    }
    match keys.of.iter().position(|(_, of)| of.is_empty()) {
        Some(at) => {
            let none = format!("{} has no key left: give it one", names[at]);
            Err(section
                .values()
                .next()
                .map_or_else(|| section.origin.refuse(0..0, none.clone()), |value| value.refuse(&none)))
        }
        None => Ok(keys),
    }
}

/// A key or a list of keys.
fn listed(value: &Value<'_>) -> Result<Vec<Key>, FileError> {
    let names = match value.texts() {
        Some(names) => names?,
        None => vec![value.text()?.to_owned()],
    };
    if names.is_empty() {
        return Err(value.refuse("expected a key or a list of keys"));
    }
    let key = |name: &String| {
        if let Some((_, is_sent_as)) = SENT_AS.iter().find(|(same, _)| *same == name) {
            return Err(value.refuse(format!(
                "cannot use the key {name:?}: terminals send it as {is_sent_as}, so write {is_sent_as:?}"
            )));
        }
        let known = NAMED.map(|(name, _)| name);
        let key = Key::named(name).filter(|key| !is_fixed(*key));
        key.ok_or_else(|| {
            value.refuse(format!(
                "cannot use the key {name:?}: use a character that is not a digit, ctrl-a to ctrl-z except ctrl-c, or {}",
                known.join(", ")
            ))
        })
    };
    names.iter().map(key).collect()
}

/// Whether a key always means the same.
fn is_fixed(key: Key) -> bool {
    key == ctrl('c') || matches!(key.code, KeyCode::Char(letter) if letter.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::file;

    fn keys(text: &str) -> Result<Keys, String> {
        let text = format!("[monitor.keys]\n{text}");
        let file = file::parse(&text, Path::new("/c.toml"), None).map_err(|error| error.to_string())?;
        Ok(file.monitor.unwrap().keys)
    }

    #[test]
    fn every_action_has_keys_of_its_own() {
        let keys = Keys::default();
        for action in Action::all() {
            assert!(!keys.of(action).is_empty() && !action.words().is_empty(), "{action:?}");
            for key in keys.of(action) {
                assert_eq!(keys.action(*key), Some(action), "{key}");
                assert_eq!(Key::named(&key.to_string()), Some(*key));
            }
        }
        assert_eq!(keys.changed().count(), 0);
    }

    #[test]
    fn keys_are_replaced_by_those_of_the_file() {
        let keys = keys("quit = ['x', 'ctrl-q']\nsort = 'space'\nfilter = 's'").unwrap();
        assert_eq!(keys.action(char('q')), None);
        assert_eq!(keys.action(ctrl('q')), Some(Action::Quit));
        assert_eq!(keys.action(char(' ')), Some(Action::Sort));
        assert_eq!(keys.action(char('s')), Some(Action::Filter), "the file decides what s means");
        assert_eq!(keys.changed().collect::<Vec<_>>(), ["quit", "sort", "filter"]);
    }

    #[test]
    fn a_key_that_cannot_be_used_is_refused() {
        for (text, words) in [
            ("quit = 'strg-q'", "quit: cannot use the key \"strg-q\""),
            ("quit = 'ctrl-c'", "except ctrl-c"),
            ("quit = 'ctrl-i'", "\"ctrl-i\": terminals send it as tab, so write \"tab\""),
            ("quit = ['q', 'ctrl-m']", "\"ctrl-m\": terminals send it as enter, so write \"enter\""),
            ("quit = '1'", "not a digit"),
            ("quit = []", "expected a key or a list of keys"),
            ("quit = 'x'\nsort = 'x'", "has one of these keys too"),
            ("filter = 's'", "sort has no key left"),
            ("quit = 3", "expected a string"),
        ] {
            let error = keys(text).unwrap_err();
            assert!(error.contains(words), "{text}: {error}");
        }
    }
}
