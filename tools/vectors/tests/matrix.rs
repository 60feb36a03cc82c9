//! `matrix` finds the Rust reader right, in the memory that it may take, also beside a live writer, and a wrong reader
//! wrong.

#[path = "../../../tests/skipped/mod.rs"]
mod skipped;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use cco_vectors::vectors::Vectors;

fn here() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Runs `matrix` over the readers that stand in a folder of their own. `None` if there is no Python.
fn matrix(root: &Path, arguments: &[&str]) -> Option<Output> {
    let home = tempfile::tempdir().unwrap();
    let mut command = Command::new("python3");
    command.arg(here().join("matrix")).args(["--no-build", "--root"]).arg(root).args(arguments);
    command.args(["--writer", env!("CARGO_BIN_EXE_cco-vectors")]).env("HOME", home.path());
    match command.output() {
        Ok(output) => Some(output),
        Err(error) => {
            skipped::skipped(format_args!("python3 cannot run: {error}"));
            None
        }
    }
}

/// A folder with one reader, which is this program.
fn with_reader(name: &str, program: &[&str]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let tests = folder.path().join("tools/bindings").join(name).join("tests");
    std::fs::create_dir_all(&tests).unwrap();
    let text = serde_json::json!({"name": name, "command": program, "needs": [program[0]]});
    std::fs::write(tests.join("conformance.json"), text.to_string()).unwrap();
    let root = folder.path().to_path_buf();
    (folder, root)
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

#[test]
fn the_rust_reader_is_right_over_all_vectors_and_beside_a_live_writer() {
    let (_folder, root) = with_reader("rust", &[env!("CARGO_BIN_EXE_cco-vectors"), "--conformance"]);
    let arguments = ["--only", "rust", "--live", "--reads", "2000", "--frames", "20"];
    let Some(output) = matrix(&root, &arguments) else { return };
    let text = text(&output);
    assert_eq!(output.status.code(), Some(0), "{text}");
    let row = text.lines().find(|line| line.starts_with("rust")).unwrap();
    assert_eq!(row.matches("all").count(), 5, "{text}");
    assert_eq!(text.lines().filter(|line| line.starts_with("rust  ")).count(), 5, "{text}");
}

#[test]
fn a_reader_that_is_wrong_is_told_with_what_is_wrong() {
    // It ends at the first question, and is started again; then it calls everything damaged.
    let wrong = "import os, sys\nif not os.path.exists('told'): open('told', 'w'); sys.stdin.readline(); sys.exit()\n\
                 for line in sys.stdin: print('{\"error\":13}', flush=True)";
    let (_folder, root) = with_reader("wrong", &["python3", "-c", wrong]);
    let Some(output) = matrix(&root, &["--only", "wrong"]) else { return };
    let text = text(&output);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("it ended (status 0)") && text.contains("/snapshot is missing"), "{text}");
    assert!(text.contains("more\n") && text.ends_with("WRONG: wrong\n"), "{text}");
}

#[test]
fn a_reader_that_tries_on_and_on_is_told_in_each_state() {
    // Its answers are right but for the tries: as many as no state allows, then as many as some do.
    for (tries, wrong_in) in [(0, 4), (1001, 4), (65, 2), (64, 0)] {
        let reader = format!(
            "import json, sys\nfor line in sys.stdin:\n  a = json.loads(line); print(json.dumps(dict(reads=a['reads'], \
             frames=a['frames'], torn=0, backwards=0, busy=0, most_tries={tries}, generations=2, files=2, \
             ns_per_read=1)), flush=True)"
        );
        let (_folder, root) = with_reader("eager", &["python3", "-c", &reader]);
        let arguments = ["--only", "eager", "--no-vectors", "--live", "--reads", "10", "--frames", "1"];
        let Some(output) = matrix(&root, &arguments) else { return };
        let text = text(&output);
        let told = format!("WRONG: {tries} tries for one value instead of 1 to");
        assert_eq!(text.matches(&told).count(), wrong_in, "{text}");
        assert_eq!(output.status.code(), Some(i32::from(wrong_in > 0)), "{text}");
    }
}

#[test]
fn a_reader_that_cannot_run_here_is_not_run_and_says_why() {
    let (_folder, root) = with_reader("strange", &["no-such-program-anywhere"]);
    let Some(output) = matrix(&root, &[]) else { return };
    let text = text(&output);
    assert_eq!(output.status.code(), Some(77), "{text}");
    assert!(text.contains("strange  NOT RUN: not here: no-such-program-anywhere"), "{text}");
    // The reader of any layout ran beside it and agreed.
    assert!(text.contains("any.py ") && !text.contains("any.py: "), "{text}");
}

/// Runs `any.py`. `None` if there is no Python.
fn any(arguments: &[&std::ffi::OsStr]) -> Option<Output> {
    match Command::new("python3").arg(here().join("any.py")).args(arguments).output() {
        Ok(output) => Some(output),
        Err(error) => {
            skipped::skipped(format_args!("python3 cannot run: {error}"));
            None
        }
    }
}

#[test]
fn a_script_that_names_no_field_prints_what_a_later_version_added() {
    let script = std::fs::read_to_string(here().join("any.py")).unwrap();
    assert!(!script.contains("requests") && !script.contains("sequence") && !script.contains("sessions"));
    let folder = tempfile::tempdir().unwrap();
    let vectors = Vectors::make(folder.path()).unwrap();
    let path = folder.path().join("later.snapshot");
    std::fs::write(&path, &vectors.golden("a-later-minor-version").unwrap().image.0).unwrap();
    let Some(output) = any(&[path.as_os_str(), "novelties".as_ref()]) else { return };
    let printed: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(printed[0][0]["novelty"].as_array().unwrap().len(), 8, "{}", text(&output));
    let Some(output) = any(&[path.as_os_str(), "models".as_ref()]) else { return };
    let printed: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let row = &printed[1][0];
    assert_eq!((&row["name"], &row["counters"]["requests"]), (&"claude-vector-1".into(), &11.into()));
    assert_eq!(row["novelty"], 0xbbbb_bbbb_bbbb_bbbb_u64);
}

#[test]
fn a_script_that_names_no_field_says_what_is_no_snapshot() {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in
        [("empty", vec![]), ("zeros", vec![0; 8192]), ("noise", (0..=255).cycle().take(9000).collect())]
    {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        let Some(output) = any(&[path.as_os_str()]) else { return };
        let words = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{name}: {words}");
        assert!(words.starts_with("any.py: ") && words.lines().count() == 1, "{name}: {words}");
    }
}
