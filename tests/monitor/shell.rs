//! In tmux: the screen at each size, and the shell afterwards.

use jiff::Timestamp;
use rustix::process::{Pid, Signal, kill_process};

use crate::place::{Place, request};
use crate::tmux::{Tmux, monitor};

/// A place with two requests of this moment besides those of long ago.
fn place() -> Place {
    let place = Place::new();
    for id in [10, 11] {
        place.add("-home-ada-loom", "s-3", &request(id, "s-3", &Timestamp::now().to_string()));
    }
    place
}

#[test]
fn figures_are_live_at_every_size() {
    let place = place();
    let _publisher = place.start();
    let mut counted = 2;
    for size in [(80, 24), (40, 12), (200, 60)] {
        let Some(tmux) = Tmux::start(&place, size) else { return };
        tmux.type_line(&monitor(&place));
        let screen = tmux.until_shown("● live");
        let today = |count: u32| format!("${}.00", count * 5);
        assert!(screen.contains("[1 Overview]"), "{screen}");
        assert!(screen.contains("today") && screen.contains(&today(counted)), "{screen}");
        assert!(screen.contains('█') || screen.contains('░'), "a gauge\n{screen}");
        assert!(screen.contains("limits are not known"), "{screen}");
        assert_eq!(screen.contains("Models"), size.1 > 12, "{screen}");
        assert_eq!(screen.contains("Projects 2, by cost"), size.0 == 200, "{screen}");
        assert!(screen.lines().count() <= size.1.into(), "{screen}");

        counted += 1;
        place.add("-home-ada-loom", "s-3", &request(10 + counted, "s-3", &Timestamp::now().to_string()));
        tmux.until_shown(&today(counted));
        for (key, words) in [
            ("2", "Block"),
            ("3", "claude-opus-5"),
            ("4", "/home/ada/engine"),
            ("5", "s-3"),
            ("6", "2026-03-22"),
            ("7", "Transcripts"),
        ] {
            tmux.press(key);
            let title = format!("[{key} ");
            tmux.until(words, |screen| screen.contains(&title) && screen.contains(words));
        }
        tmux.press("?");
        tmux.until_shown("Esc closes this");
        tmux.press("Escape");
        tmux.press("q");
        tmux.until_shown("ready>");
        assert_eq!(tmux.says("#{alternate_on}#{cursor_flag}"), "01");
    }
}

#[test]
fn a_storm_of_sizes_leaves_a_whole_picture() {
    let place = place();
    let _publisher = place.start();
    let Some(tmux) = Tmux::start(&place, (80, 24)) else { return };
    tmux.type_line(&monitor(&place));
    tmux.until_shown("● live");
    for step in 0..60_u16 {
        tmux.resize((10 + step * 37 % 170, 3 + step * 13 % 50));
    }
    tmux.resize((100, 30));
    let is_whole = |screen: &str| {
        let lines: Vec<_> = screen.lines().collect();
        lines.len() == 30 && lines[0].starts_with("[1 Overview]") && lines[29].starts_with("● live")
    };
    let screen = tmux.until("a whole picture of the last size", is_whole);
    assert_eq!(screen.matches("[1 Overview]").count(), 1, "{screen}");
    assert_eq!(screen.matches("● live").count(), 1, "{screen}");
    tmux.press("q");
    tmux.until_shown("ready>");
}

#[test]
fn the_shell_gets_its_terminal_back_whatever_ends_the_monitor() {
    let place = place();
    let _publisher = place.start();
    let Some(tmux) = Tmux::start(&place, (80, 24)) else { return };
    let ends = [Some(Signal::TERM), Some(Signal::INT), Some(Signal::HUP), None];
    for (number, end) in ends.into_iter().enumerate() {
        tmux.type_line(&monitor(&place));
        tmux.until_shown("● live");
        assert_eq!(tmux.says("#{alternate_on}#{cursor_flag}"), "10");
        match end {
            Some(signal) => kill_process(Pid::from_raw(tmux.child()).unwrap(), signal).unwrap(),
            None => tmux.press("C-c"),
        }
        tmux.until("the shell", |screen| screen.trim_end().ends_with("ready>"));
        // Echo and whole lines are the shell's again, and what it showed before is still there.
        tmux.type_line(&format!("echo code {number} $?; stty -a"));
        let screen = tmux.until_shown(&format!("\ncode {number} 0"));
        assert!(screen.contains(" monitor --root"), "{screen}");
        let screen = tmux.until_shown("icanon");
        assert!(screen.contains(" icanon") && screen.contains(" echo "), "{screen}");
        assert_eq!(tmux.says("#{alternate_on}#{cursor_flag}"), "01");
        tmux.type_line("clear");
        tmux.until("a clear screen", |screen| screen.trim() == "ready>");
    }
}

#[test]
fn it_sleeps_and_wakes_with_the_shell() {
    let place = place();
    let _publisher = place.start();
    let Some(tmux) = Tmux::start(&place, (80, 24)) else { return };
    // Job control.
    tmux.type_line("set -m");
    for by_key in [true, false] {
        tmux.type_line(&monitor(&place));
        tmux.until_shown("● live");
        match by_key {
            true => tmux.press("C-z"),
            false => kill_process(Pid::from_raw(tmux.child()).unwrap(), Signal::TSTP).unwrap(),
        }
        tmux.until("the shell", |screen| screen.trim_end().ends_with("ready>"));
        assert_eq!(tmux.says("#{alternate_on}#{cursor_flag}"), "01");
        tmux.type_line("fg");
        tmux.until_shown("[1 Overview]");
        tmux.press("3");
        tmux.until_shown("[3 Models]");
        tmux.press("q");
        tmux.until("the shell", |screen| screen.trim_end().ends_with("ready>"));
        tmux.type_line("clear");
    }
}
