//! What `.ci/miri` and `.ci/readers` make of a machine that has everything, one that does not, and one that finds a fault.

#![cfg(unix)]

mod skipped;

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

/// A clone with `.ci/readers` and, in place of each program that it runs, one that says a word and ends with a code.
struct Checks(tempfile::TempDir);

impl Checks {
    fn new() -> Self {
        let checks = Self(tempfile::tempdir().unwrap());
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join(".ci/readers");
        let text = std::fs::read_to_string(&script).unwrap();
        checks.write(".ci/readers", &text);
        let programs = text.split_whitespace().filter(|word| word.starts_with("tools/"));
        for program in programs {
            match program {
                "tools/bindings/node" | "tools/editors/vscode" => {
                    std::fs::create_dir_all(checks.0.path().join(program)).unwrap();
                }
                _ => checks.ends(program, "said nothing", 0),
            }
        }
        checks
    }

    fn write(&self, name: &str, text: &str) {
        use std::os::unix::fs::PermissionsExt as _;
        let path = self.0.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn ends(&self, program: &str, says: &str, code: i32) {
        self.write(
            program,
            &format!("#!/bin/sh\necho '{says}'\necho '{program}' >>\"$HOME/ran\"\nexit {code}\n"),
        );
    }

    fn run(&self, end_to_end: bool) -> Output {
        let mut command = Command::new(self.0.path().join(".ci/readers"));
        command.env("HOME", self.0.path().join("home")).env_remove("CCO_E2E");
        if end_to_end {
            command.env("CCO_E2E", "1");
        }
        for name in ["go", "nvim", "npm"] {
            command.env(format!("BASH_FUNC_{name}%%"), "() { return 0\n}");
        }
        command.output().unwrap()
    }

    fn ran(&self, program: &str) -> bool {
        let ran = std::fs::read_to_string(self.0.path().join("home/ran")).unwrap_or_default();
        ran.lines().any(|line| line == program)
    }
}

#[test]
fn the_real_editor_is_only_tried_when_asked_and_the_last_line_says_so() {
    let checks = Checks::new();
    let end_to_end = "tools/editors/vscode/e2e/run";
    let output = checks.run(false);
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    assert_eq!(last_line(&output), "NOT RUN: VS Code in code-server: it is only run with CCO_E2E=1");
    assert!(checks.ran("tools/bars/check") && !checks.ran(end_to_end));
    let output = checks.run(true);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(checks.ran(end_to_end));
}

#[test]
fn what_could_not_run_is_named_with_its_reason_and_what_is_wrong_fails_at_once() {
    let checks = Checks::new();
    checks.ends("tools/vectors/matrix", "NOT RUN: go (not here: go)", 77);
    checks.ends("tools/editors/emacs/check", "in the middle NOT RUN: emacs is missing", 77);
    let output = checks.run(true);
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    let expected = "NOT RUN: every reader over every vector: go (not here: go); Emacs: emacs is missing";
    assert_eq!(last_line(&output), expected);
    checks.ends("tools/editors/emacs/check", "it drew nothing", 1);
    let output = checks.run(true);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert_eq!(last_line(&output), "Emacs: wrong (1)");
}

#[test]
fn the_matrix_says_which_readers_could_not_run() {
    if Command::new("python3").arg("--version").output().is_err() {
        return skipped::skipped("there is no python3");
    }
    let readers = tempfile::tempdir().unwrap();
    let add = |name: &str, needs: &str| {
        let folder = readers.path().join("tools/bindings").join(name).join("tests");
        std::fs::create_dir_all(&folder).unwrap();
        let text = format!(r#"{{"name": "{name}", "command": ["true"], "needs": [{needs}]}}"#);
        std::fs::write(folder.join("conformance.json"), text).unwrap();
    };
    let matrix = |more: &[&str]| {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tools/vectors/matrix");
        let mut command = Command::new(script);
        command.arg("--root").arg(readers.path()).arg("--no-vectors").args(more);
        command.env("HOME", readers.path()).output().unwrap()
    };
    add("python", "\"sh\"");
    let output = matrix(&[]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    add("go", "\"no-such-go\"");
    let output = matrix(&[]);
    assert_eq!(output.status.code(), Some(77), "{output:?}");
    assert_eq!(last_line(&output), "NOT RUN: go (not here: no-such-go)");
    assert_eq!(matrix(&["--only", "python"]).status.code(), Some(0));
    assert_eq!(matrix(&["--only", "go"]).status.code(), Some(77));
}
