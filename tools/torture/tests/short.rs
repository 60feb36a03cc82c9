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
        for before in [
            &["publisher:", " kills ("][..],
            &["publisher:", " kills (", "inside a slot, "],
            &["ptrace:", "held "],
            &["ptrace:", "inside a slot, "],
            &["ptrace:", "looks there: "],
        ] {
            assert!(figure(&text, before) > 0, "nothing was tried or seen, {before:?}: {text}");
        }
    }
    println!("{text}");
    text
}

/// The number in a run's text that comes after all of these, one after the other.
fn figure(text: &str, before: &[&str]) -> u64 {
    let after = before.iter().try_fold(text, |text, part| text.split_once(part).map(|(_, after)| after));
    let after = after.unwrap_or_else(|| panic!("{before:?} is missing in {text}"));
    let digits = after.split(|c: char| !c.is_ascii_digit()).next().unwrap_or_default();
    digits.parse().unwrap_or_else(|_| panic!("no number after {before:?} in {text}"))
}

#[test]
fn no_reader_gets_a_wrong_value_from_a_publisher_that_is_stopped_and_killed_inside_slots_and_banks() {
    let text = run(&["--seconds", "8"]);
    assert!(figure(&text, &["publisher:", "inside a bank), "]) > 0, "nothing was killed: {text}");
}

#[test]
fn no_reader_gets_a_wrong_value_from_a_file_that_is_shortened_and_deleted() {
    let text = run(&["--seconds", "6", "--shorten", "--seed", "2"]);
    let harm = [&["publisher:", " kills (", "inside a bank), "][..], &["times shortened, "]];
    for before in harm {
        assert!(figure(&text, before) > 0, "nothing was tried, {before:?}: {text}");
    }
}

#[test]
fn without_ptrace_the_publisher_is_stopped_by_signals_alone() {
    let text = run(&["--seconds", "2", "--ptrace", "never"]);
    assert!(text.contains("held 0 times inside a slot, 0 times inside a bank"), "{text}");
}
