//! On a bare terminal: news of the publisher, the first picture, what needs no terminal, and memory.

use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use rustix::process::Signal;

use crate::place::{Place, request};
use crate::terminal::Terminal;

const SIZE: (u16, u16) = (80, 24);

fn command(place: &Place) -> Command {
    place.command(&["monitor"])
}

fn add(place: &Place, id: u32) {
    place.add("-home-ada-loom", "s-3", &request(id, "s-3", &Timestamp::now().to_string()));
}

#[test]
fn it_waits_for_a_publisher_follows_it_and_says_when_it_is_gone() {
    let place = Place::new();
    let mut monitor = Terminal::start(command(&place), SIZE);
    monitor.until("There are no figures yet.");
    monitor.until("cco daemon start");
    assert!(!monitor.text().contains('$'), "{}", monitor.text());
    let publisher = place.start();
    monitor.until("● live");
    monitor.until("$10.00");
    drop(publisher);
    monitor.until("the publisher died");
    assert!(monitor.text().contains("$10.00"), "the last figures stay\n{}", monitor.text());
    add(&place, 10);
    let _publisher = place.start();
    monitor.until("● live");
    monitor.until("$15.00");
    monitor.press("q");
    assert_eq!(monitor.end(), Some(0));
}

#[test]
fn a_publisher_that_stops_is_told_from_one_that_dies() {
    let place = Place::counted();
    let mut monitor = Terminal::start(command(&place), SIZE);
    monitor.until("the publisher stopped");
    monitor.until("figures are not updated; to start it");
    monitor.signal(Signal::TERM);
    assert_eq!(monitor.end(), Some(0));
    assert!(!monitor.screen().alternate_screen() && !monitor.screen().hide_cursor());
}

#[test]
fn a_snapshot_that_is_shortened_is_shown_as_such_until_there_is_another() {
    let place = Place::new();
    let publisher = place.start();
    let mut monitor = Terminal::start(command(&place), SIZE);
    monitor.until("● live");
    drop(publisher);
    let snapshot = place.path("state/usage.snapshot");
    fs::OpenOptions::new().write(true).open(&snapshot).unwrap().set_len(0).unwrap();
    monitor.until("▲ the snapshot");
    assert!(monitor.text().contains("$10.00"), "the last figures stay\n{}", monitor.text());
    // A publisher replaces no file that is not a snapshot, which an empty one is not.
    fs::remove_file(&snapshot).unwrap();
    let _publisher = place.start();
    monitor.until("● live");
    monitor.press("q");
    assert_eq!(monitor.end(), Some(0));
}

#[test]
fn the_first_picture_needs_no_ledger_and_comes_at_once() {
    let place = Place::counted();
    for file in ["ledger.db", "ledger.db-wal", "ledger.db-shm"] {
        let removed = fs::remove_file(place.path("state").join(file));
        assert!(removed.is_ok() || file != "ledger.db", "{removed:?}");
    }
    let begun = Instant::now();
    let mut monitor = Terminal::start(command(&place), SIZE);
    monitor.until("$10.00");
    let took = begun.elapsed();
    // It takes a few milliseconds; the bound is for tests without optimisation on a busy machine.
    assert!(took < Duration::from_secs(5), "{took:?}");
    monitor.press("6");
    monitor.until("no ledger at");
    assert!(monitor.text().contains("2026-03-22"), "days of the snapshot\n{}", monitor.text());
    monitor.press("\u{3}");
    assert_eq!(monitor.end(), Some(0));
}

#[test]
fn without_a_terminal_it_says_what_to_use() {
    let place = Place::counted();
    place.cco(&["monitor"]).fails(2, &["needs a terminal", "cco-peek --json"]);
    let mut dumb = command(&place);
    dumb.env("TERM", "dumb");
    assert_eq!(dumb.output().unwrap().status.code(), Some(2));
}

#[test]
fn keys_and_looks_are_those_of_the_config_file() {
    let place = Place::counted();
    let config = place.path("config.toml");
    fs::write(
        &config,
        "[monitor]\nsymbols = 'ascii'\ntheme = 'mono'\n[monitor.keys]\nquit = 'x'\nfreeze = 'space'\n",
    )
    .unwrap();
    let mut with_config = command(&place);
    with_config.env("CCO_CONFIG", &config);
    let mut monitor = Terminal::start(with_config, SIZE);
    monitor.until("x quit");
    assert!(monitor.text().is_ascii(), "{}", monitor.text());
    monitor.press("q ");
    monitor.until("frozen at");
    monitor.until("space lets figures go on");
    monitor.press("x");
    assert_eq!(monitor.end(), Some(0));
    let takes_mouse = |raw: &[u8]| raw.windows(8).any(|bytes| bytes == b"\x1b[?1000h");
    assert!(!takes_mouse(monitor.raw()), "text can be selected as usual");

    fs::write(&config, "[monitor]\nmouse = true\n").unwrap();
    let mut with_mouse = command(&place);
    with_mouse.env("CCO_CONFIG", &config);
    let mut monitor = Terminal::start(with_mouse, SIZE);
    monitor.until("[1 Overview]");
    // A click on the title of the second view.
    monitor.press("\u{1b}[<0;15;1M\u{1b}[<0;15;1m");
    monitor.until("[2 Block]");
    assert!(takes_mouse(monitor.raw()));
    monitor.press("q");
    assert_eq!(monitor.end(), Some(0));
    assert!(monitor.raw().windows(8).any(|bytes| bytes == b"\x1b[?1000l"), "and gives it back");

    fs::write(&config, "[monitor]\nrate = 0\n").unwrap();
    let mut wrong = command(&place);
    wrong.env("CCO_CONFIG", &config);
    let output = wrong.output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("config.toml:2: rate: expected redraws"));
}

#[test]
fn no_key_is_lost_however_many_come_at_once() {
    let place = Place::counted();
    let mut monitor = Terminal::start(command(&place), SIZE);
    monitor.until("[1 Overview]");
    let typed = "abcdefghijklmnopqrstuvwxyz0123456789";
    for _ in 0..8 {
        monitor.press(&format!("4/{typed}"));
        monitor.until(typed);
        monitor.press("\u{1b}1");
        monitor.until("[1 Overview]");
    }
    monitor.press("q");
    assert_eq!(monitor.end(), Some(0));
}

#[test]
fn no_color_leaves_colours_out_and_nothing_else() {
    let place = Place::counted();
    for (variable, is_coloured) in [("NOTHING", true), ("NO_COLOR", false)] {
        let mut monitor = command(&place);
        monitor.env(variable, "1");
        let mut monitor = Terminal::start(monitor, SIZE);
        monitor.until("the publisher stopped");
        let cells = (0..SIZE.1).flat_map(|row| (0..SIZE.0).map(move |column| (row, column)));
        let screen = monitor.screen();
        let has_colour = cells
            .filter_map(|(row, column)| screen.cell(row, column))
            .any(|cell| cell.fgcolor() != vt100::Color::Default);
        assert_eq!(has_colour, is_coloured, "{variable}");
        monitor.press("q");
        assert_eq!(monitor.end(), Some(0));
    }
}

/// Memory of a process that is its own, in kB.
#[cfg(target_os = "linux")]
fn own_memory_kb(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("RssAnon:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[cfg(target_os = "linux")]
#[test]
fn memory_does_not_grow_with_changes() {
    let place = Place::new();
    let _publisher = place.start();
    let config = place.path("config.toml");
    fs::write(&config, "[monitor]\nrate = 20\n").unwrap();
    let mut with_config = command(&place);
    with_config.env("CCO_CONFIG", &config);
    let mut monitor = Terminal::start(with_config, SIZE);
    monitor.until("● live");
    let mut id = 100;
    let mut change = |monitor: &mut Terminal, count: u32| {
        for _ in 0..count {
            id += 1;
            add(&place, id);
            monitor.until(&format!("${}.00", (id - 100 + 2) * 5));
            monitor.press(if id.is_multiple_of(2) { "4" } else { "1" });
            monitor.press("1");
        }
    };
    change(&mut monitor, 40);
    let before = own_memory_kb(monitor.pid());
    change(&mut monitor, 120);
    let after = own_memory_kb(monitor.pid());
    assert!(after < before + 1024, "{before} kB, then {after} kB");
    monitor.press("q");
    assert_eq!(monitor.end(), Some(0));
}
