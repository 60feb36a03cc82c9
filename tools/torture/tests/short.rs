//! A short run of each kind; docs/reliability.md says how to run a long one.

use std::process::Command;

fn run(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_cco-torture")).args(arguments).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    println!("{text}");
    text
}

#[test]
fn no_reader_gets_a_wrong_value_from_a_publisher_that_is_stopped_and_killed() {
    let text = run(&["--seconds", "4"]);
    assert!(!text.contains(" 0 kills"), "nothing was tried: {text}");
}

#[test]
fn no_reader_gets_a_wrong_value_from_a_file_that_is_shortened_and_deleted() {
    let text = run(&["--seconds", "4", "--shorten", "--seed", "2"]);
    assert!(!text.contains(" 0 times shortened"), "nothing was tried: {text}");
}
