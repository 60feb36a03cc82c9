//! What keys do, as facts.

use super::*;
use crate::config::monitor::{Key, KeyCode};
use crate::monitor::sample;
use crate::snapshot::WriterState;

const SIZE: (u16, u16) = (80, 24);

fn key(code: KeyCode) -> Input {
    Input::Press(Key { code, has_ctrl: false })
}

/// Types each character, and gives the last effect.
fn type_in(state: &mut State, text: &str) -> Effect {
    text.chars().fold(Effect::Nothing, |_, letter| state.press(key(KeyCode::Char(letter))))
}

fn names(state: &State, list: List) -> Vec<String> {
    state.rows(list).0.iter().map(|row| row.name.clone().into_owned()).collect()
}

fn selected(state: &State) -> String {
    let list = state.list().unwrap();
    let (rows, _) = state.rows(list);
    rows[state.list_state(list).cursor(&rows)].name.clone().into_owned()
}

#[test]
fn digits_and_arrows_choose_views() {
    let mut state = sample::state(SIZE);
    for (digit, tab) in ["1", "2", "3", "4", "5", "6", "7"].into_iter().zip(Tab::ALL) {
        type_in(&mut state, digit);
        assert_eq!(state.tab, tab);
    }
    state.press(key(KeyCode::Right));
    assert_eq!(state.tab, Tab::Overview);
    state.press(key(KeyCode::Left));
    assert_eq!(state.tab, Tab::Publisher);
    type_in(&mut state, "890");
    assert_eq!(state.tab, Tab::Publisher);
}

#[test]
fn q_and_ctrl_c_quit_and_esc_only_goes_up() {
    let mut state = sample::state(SIZE);
    let ctrl = |letter| Input::Press(Key { code: KeyCode::Char(letter), has_ctrl: true });
    assert_eq!(type_in(&mut state, "q"), Effect::Quit);
    assert_eq!(state.press(ctrl('z')), Effect::Suspend);
    type_in(&mut state, "4/loo");
    assert_eq!(type_in(&mut state, "q"), Effect::Nothing, "it is typed");
    assert_eq!(state.press(ctrl('c')), Effect::Quit, "even while typing");
    state.press(key(KeyCode::Backspace));
    state.press(key(KeyCode::Enter));
    state.press(key(KeyCode::Enter));
    assert_eq!(state.layer, Layer::Details);
    state.press(key(KeyCode::Esc));
    assert_eq!((state.layer, state.tab), (Layer::Closed, Tab::Projects));
    assert_eq!(state.list_state(List::Projects).filter, "loo");
    state.press(key(KeyCode::Esc));
    assert_eq!((state.list_state(List::Projects).filter.as_str(), state.tab), ("", Tab::Projects));
    for _ in 0..3 {
        assert_eq!(state.press(key(KeyCode::Esc)), Effect::Nothing);
        assert_eq!(state.tab, Tab::Overview);
    }
}

#[test]
fn lists_are_sorted_by_each_column_in_turn_and_reversed() {
    let mut state = sample::state(SIZE);
    type_in(&mut state, "4");
    assert_eq!(names(&state, List::Projects)[0], "/home/ada/website", "the most expensive");
    type_in(&mut state, "r");
    assert_eq!(names(&state, List::Projects)[0], "/home/ada/engine");
    let mut seen = Vec::new();
    for _ in 0..6 {
        seen.push(state.list_state(List::Projects).sort_of(List::Projects).words());
        type_in(&mut state, "s");
    }
    assert_eq!(seen, ["cost", "today's cost", "last use", "tokens", "requests", "name"]);
    assert_eq!(state.list_state(List::Projects).sort_of(List::Projects), Sort::Cost);
    assert!(!state.list_state(List::Projects).is_reversed, "another column begins with its usual order");
    type_in(&mut state, "sss");
    type_in(&mut state, "ss");
    let by_name = ["engine", "loom", "notes", "website"].map(|name| format!("/home/ada/{name}"));
    assert_eq!(names(&state, List::Projects), by_name);
}

#[test]
fn a_filter_keeps_rows_with_its_text_in_any_case() {
    let mut state = sample::state(SIZE);
    type_in(&mut state, "5/LOOM");
    assert_eq!(state.layer, Layer::Typing);
    assert_eq!(names(&state, List::Sessions), ["loom-0e2d1c"]);
    assert_eq!(state.rows(List::Sessions).1, 4);
    state.press(key(KeyCode::Backspace));
    type_in(&mut state, "\u{202e}\u{7}");
    assert_eq!(state.list_state(List::Sessions).filter, "LOO", "what shows nothing is not typed");
    type_in(&mut state, "xyz");
    assert!(names(&state, List::Sessions).is_empty());
    state.press(key(KeyCode::Enter));
    state.press(key(KeyCode::Enter));
    assert_eq!(state.layer, Layer::Closed, "there is no row to show");
    type_in(&mut state, "/");
    type_in(&mut state, &"y".repeat(1000));
    assert!(state.list_state(List::Sessions).filter.len() < 100);
    state.press(key(KeyCode::Esc));
    assert_eq!(names(&state, List::Sessions).len(), 4);
}

#[test]
fn the_selected_row_stays_selected_wherever_it_moves() {
    let mut state = sample::state(SIZE);
    type_in(&mut state, "4");
    assert_eq!(selected(&state), "/home/ada/website");
    type_in(&mut state, "j");
    assert_eq!(selected(&state), "/home/ada/notes");
    type_in(&mut state, "r");
    assert_eq!(selected(&state), "/home/ada/notes");
    state.hear(News::View(Box::new(sample::view(&["engine".to_owned()]))));
    assert_eq!(selected(&state), "/home/ada/engine", "the nearest, if it is gone");
    type_in(&mut state, "jjjjkG");
    assert_eq!(selected(&state), "/home/ada/engine");
    let mut state = sample::state(SIZE);
    type_in(&mut state, "4G");
    assert_eq!(selected(&state), "/home/ada/engine");
    state.press(key(KeyCode::PageUp));
    state.press(Input::Wheel(2));
    assert_eq!(selected(&state), "/home/ada/loom");
}

#[test]
fn tab_selects_the_next_list_of_the_overview() {
    let mut state = sample::state(SIZE);
    let mut seen = Vec::new();
    for _ in 0..4 {
        seen.push(state.list().unwrap());
        state.press(key(KeyCode::Tab));
    }
    assert_eq!(seen, [List::Models, List::Projects, List::Sessions, List::Models]);
    type_in(&mut state, "7");
    state.press(key(KeyCode::Tab));
    type_in(&mut state, "s/");
    assert_eq!((state.list(), state.layer), (None, Layer::Closed), "a view without a list");
}

#[test]
fn frozen_figures_stay_while_newer_ones_are_counted() {
    let mut state = sample::state(SIZE);
    type_in(&mut state, "4f");
    state.hear(News::View(Box::new(sample::view(&["new".to_owned()]))));
    state.tick(sample::NOW + 5_000);
    assert_eq!(state.frozen_since(), Some((sample::NOW, 1)));
    assert_eq!(names(&state, List::Projects).len(), 4);
    assert_eq!(state.view().unwrap().now, sample::NOW, "clocks stand too");
    type_in(&mut state, "f");
    assert_eq!(names(&state, List::Projects), ["/home/ada/new"]);
    assert_eq!(state.view().unwrap().now, sample::NOW + 5_000);
}

#[test]
fn a_view_without_a_list_scrolls_and_begins_again_when_it_is_chosen() {
    let mut state = sample::state((40, 12));
    type_in(&mut state, "7jjk");
    assert_eq!(state.scroll, 1);
    type_in(&mut state, "17");
    assert_eq!(state.scroll, 0);
}

#[test]
fn clicks_on_titles_choose_views() {
    let mut state = sample::state(SIZE);
    state.press(Input::Click(14, 0));
    assert_eq!(state.tab, Tab::Block);
    state.press(Input::Click(1, 5));
    state.press(Input::Click(79, 0));
    assert_eq!(state.tab, Tab::Block);
}

#[test]
fn trouble_leaves_the_last_figures_and_goes_with_the_next_news() {
    let mut state = sample::empty(SIZE);
    state.hear(News::Trouble("gone".into()));
    assert!(state.view().is_none());
    state.hear(News::View(Box::new(sample::view(&[]))));
    assert_eq!(state.shown().trouble, None);
    state.hear(News::Trouble("shortened".into()));
    assert!(state.view().is_some() && state.shown().trouble.is_some());
    state.hear(News::Beat(sample::freshness(WriterState::Dead), None));
    assert_eq!(state.view().unwrap().freshness.writer, WriterState::Dead);
    assert_eq!(state.shown().trouble, None);
}

#[test]
fn the_ledger_is_asked_only_while_days_are_shown_and_once_for_each_change() {
    let mut state = sample::state(SIZE);
    assert_eq!(state.question(), None);
    type_in(&mut state, "6");
    assert_eq!(state.question(), Some(Question::Days));
    state.tick(sample::NOW + 10_000);
    assert_eq!(state.question(), None, "it has not answered");
    state.learn(Reply::Days(Err("locked".into())));
    assert!(matches!(state.days, Answer::Failed(_)));
    assert_eq!(state.question(), Some(Question::Days), "a failure is no answer");
    state.learn(Reply::Days(Err("locked".into())));
    assert_eq!(state.question(), None, "not again at once");
    state.tick(sample::NOW + 12_000);
    assert_eq!(names(&state, List::Days), ["2026-11-24", "2026-11-23", "2026-11-22"], "the snapshot's");
    state.hear(News::View(Box::new(sample::view(&[]))));
    assert_eq!(state.question(), Some(Question::Days));
    type_in(&mut state, "f");
    state.learn(Reply::Days(Err("locked".into())));
    state.hear(News::View(Box::new(sample::view(&[]))));
    state.tick(sample::NOW + 20_000);
    assert_eq!(state.question(), None, "frozen");
}
