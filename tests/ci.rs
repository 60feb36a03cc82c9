//! What `.ci/miri` makes of a machine with Miri, without it, and with one that finds a fault.

#![cfg(unix)]

use std::path::Path;
use std::process::{Command, Output};

/// Runs it with functions of the shell in place of `cargo` and `rustup`: no program is written anywhere.
fn miri(cargo: &str, rustup: &str) -> Output {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join(".ci/miri");
    let mut command = Command::new(script);
    for (name, body) in [("cargo", cargo), ("rustup", rustup)] {
        command.env(format!("BASH_FUNC_{name}%%"), format!("() {{ {body}\n}}"));
    }
    command.output().unwrap()
}

fn last_line(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).lines().last().unwrap_or_default().to_owned()
}

#[test]
fn miri_that_passes_proves() {
    let output = miri("return 0", "return 9");
    assert_eq!(output.status.code(), Some(0), "{output:?}");
}

#[test]
fn miri_that_finds_a_fault_fails_the_run() {
    let output = miri(r#"case "$*" in *test*) return 1 ;; esac"#, "return 9");
    assert_eq!(output.status.code(), Some(1), "{output:?}");
}

#[test]
fn miri_that_cannot_be_installed_is_not_a_proof_and_says_why() {
    let output = miri("return 1", "echo 'error: no network' >&2; return 1");
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    let line = last_line(&output);
    assert!(line.contains("cannot be installed") && line.ends_with("error: no network"), "{line}");
}

#[test]
fn miri_is_installed_where_it_is_missing() {
    // It is there once it was installed.
    let cargo = r#"case "$*" in *--version) return 1 ;; *) return 0 ;; esac"#;
    let output = miri(cargo, r#"[ "$1 $2 $3" = "toolchain install nightly" ]"#);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
}

#[test]
fn the_run_fails_by_loom_and_miri_and_ends_with_what_is_not_proven() {
    let run = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(".ci/run")).unwrap();
    assert!(run.contains("set -euo pipefail"), "a step that fails must fail the run");
    assert!(run.contains("--cfg loom") && run.contains("\n.ci/readers "));
    assert_eq!(run.lines().last().unwrap().matches("NOT PROVEN").count(), 1);
}
