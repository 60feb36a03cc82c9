//! A short run of each kind; docs/reliability.md says how to run a long one.

#[path = "../../../tests/skipped/mod.rs"]
mod skipped;

use std::process::Command;

use skipped::skipped;

/// What a run prints. Reports what the system did not permit.
fn run(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_cco-torture")).args(arguments).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}{errors}");
    if let Some(why) = errors.lines().find(|line| line.starts_with("NOT TRIED")) {
        skipped(why);
    } else if !arguments.contains(&"never") {
        assert!(!text.contains("held 0 times inside a slot"), "nothing was tried: {text}");
        assert!(!text.contains(" 0 times inside a bank"), "nothing was tried: {text}");
        assert!(!text.contains("looks there: 0 whole"), "nothing was seen: {text}");
    }
    println!("{text}");
    text
}

#[test]
fn no_reader_gets_a_wrong_value_from_a_publisher_that_is_stopped_and_killed_inside_slots_and_banks() {
    let text = run(&["--seconds", "8"]);
    assert!(!text.contains(" 0 kills"), "nothing was tried: {text}");
}

#[test]
fn no_reader_gets_a_wrong_value_from_a_file_that_is_shortened_and_deleted() {
    let text = run(&["--seconds", "6", "--shorten", "--seed", "2"]);
    assert!(!text.contains(" 0 times shortened"), "nothing was tried: {text}");
}

#[test]
fn without_ptrace_the_publisher_is_stopped_by_signals_alone() {
    let text = run(&["--seconds", "2", "--ptrace", "never"]);
    assert!(text.contains("held 0 times inside a slot, 0 times inside a bank"), "{text}");
}
