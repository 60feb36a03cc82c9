//! Every view at three sizes as it looks, and what must hold for any picture.

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::style::Color;
use unicode_width::UnicodeWidthStr as _;

use super::*;
use crate::config::monitor::{Key, KeyCode, Symbols, Theme};
use crate::monitor::sample;
use crate::monitor::state::{Input, News};
use crate::plain_text::is_hostile;
use crate::snapshot::{Period, WriterState};

const SIZES: [(u16, u16); 3] = [(40, 12), (80, 24), (200, 60)];
const USUAL: Look = Look { theme: Theme::Default, symbols: Symbols::Unicode };

fn picture(state: &State, look: Look) -> Buffer {
    let (columns, lines) = state.size;
    let mut terminal = Terminal::new(TestBackend::new(columns, lines)).unwrap();
    terminal.draw(|frame| draw(state, look, frame.buffer_mut())).unwrap();
    terminal.backend().buffer().clone()
}

/// The lines of a picture, as a terminal shows them.
fn lines(picture: &Buffer) -> Vec<String> {
    let row = |cells: &[ratatui::buffer::Cell]| {
        let (mut line, mut skip) = (String::new(), 0_usize);
        for cell in cells {
            if skip == 0 {
                line += cell.symbol();
                skip = cell.symbol().width().max(1);
            }
            skip -= 1;
        }
        line.trim_end().to_owned()
    };
    picture.content.chunks(picture.area.width.into()).map(row).collect()
}

fn text(state: &State) -> String {
    lines(&picture(state, USUAL)).join("\n")
}

fn press(state: &mut State, keys: &str) {
    for letter in keys.chars() {
        let code = match letter {
            '\n' => KeyCode::Enter,
            '\t' => KeyCode::Tab,
            letter => KeyCode::Char(letter),
        };
        state.press(Input::Press(Key { code, has_ctrl: false }));
    }
}

#[test]
fn every_view_looks_like_this() {
    for size in SIZES {
        let mut state = sample::state(size);
        for tab in Tab::ALL {
            state.tab = tab;
            let name = format!("{}_{}x{}", tab.title().to_lowercase(), size.0, size.1);
            insta::assert_snapshot!(name, text(&state));
        }
        state.tab = Tab::Projects;
        press(&mut state, "j\n");
        insta::assert_snapshot!(format!("details_{}x{}", size.0, size.1), text(&state));
        press(&mut state, "?");
        insta::assert_snapshot!(format!("help_{}x{}", size.0, size.1), text(&state));
        insta::assert_snapshot!(format!("nothing_{}x{}", size.0, size.1), text(&sample::empty(size)));
    }
}

#[test]
fn hostile_names_look_like_this_and_nothing_of_them_is_raw() {
    for size in SIZES {
        let mut state = sample::state_with(&sample::hostile(), size);
        for tab in Tab::ALL {
            for keys in ["", "j", "G", "\n"] {
                state.tab = tab;
                state.layer = Layer::Closed;
                press(&mut state, keys);
                let shown = lines(&picture(&state, USUAL));
                for line in &shown {
                    assert!(!line.contains(is_hostile), "{tab:?} {size:?}: {line:?}");
                    assert!(line.width() <= size.0.into(), "{tab:?} {size:?}: {line}");
                }
                assert!(
                    !shown.iter().any(|line| line.trim_start().starts_with("lines")),
                    "a line of its own"
                );
            }
        }
        state.layer = Layer::Closed;
        for tab in [Tab::Projects, Tab::Sessions] {
            state.tab = tab;
            let name = format!("hostile_{}_{}x{}", tab.title().to_lowercase(), size.0, size.1);
            insta::assert_snapshot!(name, text(&state));
        }
    }
}

#[test]
fn any_size_has_a_picture() {
    let mut state = sample::state_with(&sample::hostile(), (1, 1));
    for columns in (1..130).step_by(7) {
        for lines in [1, 2, 3, 5, 9, 17, 29, 40] {
            state.size = (columns, lines);
            for (tab, scroll) in Tab::ALL.into_iter().flat_map(|tab| [(tab, 0), (tab, 30)]) {
                (state.tab, state.scroll) = (tab, scroll);
                picture(&state, USUAL);
            }
            for layer in [Layer::Help, Layer::Details, Layer::Typing] {
                state.tab = Tab::Projects;
                state.layer = layer;
                picture(&state, USUAL);
            }
            state.layer = Layer::Closed;
        }
    }
}

/// The view of the sample, changed.
fn changed(size: (u16, u16), change: impl FnOnce(&mut View)) -> State {
    let mut state = sample::empty(size);
    let mut view = sample::view(&sample::NAMES.map(str::to_owned));
    change(&mut view);
    state.hear(News::View(Box::new(view)));
    state
}

#[test]
fn figures_that_may_be_stale_say_so_in_every_view_and_size() {
    for size in SIZES {
        for (writer, words) in [
            (WriterState::Stopped, ["stopped 3s ago", "cco daemon start"]),
            (WriterState::Dead, ["died", "not updated"]),
        ] {
            let mut state = changed(size, |view| view.freshness = sample::freshness(writer));
            for tab in Tab::ALL {
                state.tab = tab;
                let shown = text(&state).replace('\n', " ");
                for word in words {
                    assert!(shown.contains(word), "{tab:?} {size:?}: {word}\n{}", text(&state));
                }
                assert!(!shown.contains("● live"));
            }
        }
        let mut state = sample::state(size);
        state.hear(News::Trouble("the snapshot was shortened".into()));
        assert!(text(&state).contains("▲ the snapshot was shortened"));
        assert!(text(&state).contains("$7.67"), "the last figures stay\n{}", text(&state));
        let mut state = sample::state(size);
        press(&mut state, "f");
        assert!(text(&state).contains("▲ frozen at 12:30:00"));
    }
}

#[test]
fn a_period_that_is_over_is_not_shown_as_empty() {
    let mut state = sample::state((80, 24));
    state.tick(sample::NOW + 13 * 3_600_000);
    let shown = text(&state);
    assert!(shown.contains("over: nothing counted since"), "{shown}");
    assert!(shown.contains("a new day, week or month has begun"), "{shown}");
    assert!(shown.contains("none active; the last one ended 2026-11-24 15:00"), "{shown}");
}

#[test]
fn without_a_snapshot_there_are_words_and_no_figures() {
    for size in SIZES {
        let mut state = sample::empty(size);
        state.hear(News::Trouble("no snapshot yet: no publisher has run here".into()));
        for tab in Tab::ALL {
            state.tab = tab;
            let shown = text(&state);
            assert!(shown.contains("no figures yet") && shown.contains("cco daemon start"), "{shown}");
            assert!(shown.contains("no snapshot yet") && !shown.contains('$'), "{shown}");
        }
        state.note = Some("counting what is new".into());
        assert!(text(&state).replace('\n', " ").contains("counting what is new"), "{}", text(&state));
        assert!(!text(&state).contains("cco daemon start"), "this process publishes");
    }
}

#[test]
fn a_cost_without_some_prices_keeps_its_mark() {
    let mut state = sample::state((80, 24));
    state.tab = Tab::Models;
    let shown = text(&state);
    let loom = shown.lines().find(|line| line.contains("claude-loom")).unwrap();
    assert!(loom.ends_with("no price"), "{shown}");
}

#[test]
fn the_last_hour_knows_what_it_does_not_know() {
    let view = sample::view(&[]);
    let hour = crate::monitor::hour::Hour::of(&view, 6).unwrap();
    let tokens = |requests| sample::counters(requests).total_tokens();
    assert_eq!(hour.parts[0], None, "before the first entry of the ring");
    assert_eq!(hour.parts[1..], [2, 9, 0, 1, 8].map(|requests| Some(tokens(requests))));
    assert_eq!(hour.tokens(), Some(tokens(20)));
    let mut later = view;
    later.now += 3 * 3_600_000;
    let hour = crate::monitor::hour::Hour::of(&later, 6).unwrap();
    assert_eq!((hour.tokens(), hour.has_gaps()), (Some(0), false), "nothing was used since");
}

#[test]
fn what_was_read_late_is_not_usage_of_the_last_hour() {
    // Each row of an hour holds 30 requests, and the last hour touches two of them.
    let parts = |more: u64| {
        let view = sample::view_with(&[], &[(70, 1_000), (40, 1_010), (20, 1_010 + more)]);
        crate::monitor::hour::Hour::of(&view, 2).unwrap().parts
    };
    let tokens = |requests| Some(sample::counters(requests).total_tokens());
    assert_eq!(parts(60), [tokens(10), tokens(60)]);
    assert_eq!(parts(61), [tokens(10), None]);
}

#[test]
fn without_colours_the_same_is_said_in_shapes_and_words() {
    let mut state = sample::state((80, 24));
    let coloured = picture(&state, USUAL);
    let plain = picture(&state, Look { theme: Theme::Mono, symbols: Symbols::Ascii });
    assert!(coloured.content.iter().any(|cell| cell.fg != Color::Reset));
    assert!(plain.content.iter().all(|cell| cell.fg == Color::Reset && cell.bg == Color::Reset));
    assert!(lines(&plain).iter().all(|line| line.is_ascii()));
    state.tab = Tab::Projects;
    let shown = lines(&picture(&state, Look { theme: Theme::Mono, symbols: Symbols::Ascii }));
    assert!(shown.iter().any(|line| line.starts_with(">  /home/ada/website")), "{shown:#?}");
}

#[test]
fn a_block_that_reaches_no_end_has_a_gauge_that_fits() {
    let state = changed((40, 12), |view| {
        assert!(view.totals.block().is_some_and(|block: Period| block.end > view.now));
    });
    let shown = text(&state);
    assert!(shown.contains(" 50%") && shown.contains("2h 30m left"), "{shown}");
}
