//! The conformance program of the C reader, which `tools/vectors/matrix` runs over all vectors: here over one snapshot, with
//! sanitizers.
#![cfg(target_os = "linux")]

mod installed;
mod made;
#[path = "../../../tests/skipped/mod.rs"]
mod skipped;

use std::io::Write as _;
use std::process::{Command, Output, Stdio};

use installed::{Installed, has, here};
use skipped::skipped;

/// The program with sanitizers, and room for snapshots. `None` without a compiler.
fn built() -> Option<(Installed, std::path::PathBuf)> {
    if !has("gcc") {
        skipped("no gcc");
        return None;
    }
    let installed = Installed::new();
    let source = here().join("tests/conformance.c");
    let flags = ["-std=c11", "-D_POSIX_C_SOURCE=200809L", "-O1", "-fsanitize=address,undefined"];
    let program = installed.compile("gcc", &[&source], &flags, false);
    Some((installed, program))
}

fn asked(command: &mut Command, questions: &str) -> Output {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(questions.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

#[test]
fn it_answers_with_everything_in_the_snapshot_or_the_number_of_the_error() {
    let Some((installed, program)) = built() else { return };
    let folder = installed.folder().join("d\u{e9}p\u{f4}t \"1\"");
    std::fs::create_dir(&folder).unwrap();
    let snapshot = folder.join("usage.snapshot");
    let _publisher = made::snapshot(&snapshot);
    let path = serde_json::to_string(snapshot.to_str().unwrap()).unwrap().replace('\u{e9}', "\\u00E9");
    let question = format!("{{\"do\":\"read\",\"path\":{path},\"now_ms\":17,\"held\":true}}\n");
    let missing = "{ \"held\" : false, \"now_ms\": -1, \"do\": \"read\", \"path\": \"nothing\\/here\" }\n";
    let output = asked(&mut installed.command(&program), &(question + missing));
    let printed = String::from_utf8(output.stdout).unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{printed}{said}");
    let answers: Vec<serde_json::Value> =
        printed.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let snapshot = &answers[0]["snapshot"];
    assert_eq!(snapshot["slot"]["today"]["counters"]["requests"], 1001);
    assert_eq!(snapshot["over"]["block"], false);
    assert_eq!(snapshot["over"]["today"], true);
    assert_eq!(snapshot["models"][1]["name"], "模型");
    assert_eq!(snapshot["sessions"].as_array().unwrap().len(), 3);
    assert_eq!(snapshot["history"][0]["counters"]["requests"], 999);
    assert_eq!(snapshot["health"]["commit_histogram"][15], 35);
    assert_eq!(
        snapshot["freshness"], "dead",
        "the clock of the question is fifty years before the heartbeat"
    );
    assert!(printed.contains("\"spent\":18446744073709551700,"), "{printed}");
    assert_eq!(answers[1..], [serde_json::json!({"error": 4})]);
}

#[test]
fn it_reads_beside_a_writer_and_says_what_a_read_costs() {
    let Some((installed, program)) = built() else { return };
    let snapshot = installed.folder().join("usage.snapshot");
    let _publisher = made::snapshot(&snapshot);
    let path = serde_json::to_string(snapshot.to_str().unwrap()).unwrap();
    let questions = format!(
        "{{\"do\":\"live\",\"path\":{path},\"reads\":20,\"frames\":2}}\n{{\"do\":\"cost\",\"path\":{path},\"reads\":150}}\n"
    );
    let output = asked(&mut installed.command(&program), &questions);
    assert!(output.status.success(), "{output:?}");
    let printed = String::from_utf8(output.stdout).unwrap();
    let answers: Vec<serde_json::Value> =
        printed.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let live = &answers[0];
    assert_eq!((live["reads"].as_u64(), live["frames"].as_u64()), (Some(20), Some(2)), "{live}");
    // This snapshot is not of the live writer: its sets have numbers of their own, which must be noticed.
    assert_eq!((live["torn"].as_u64(), live["backwards"].as_u64()), (Some(22), Some(0)), "{live}");
    assert!(answers[1]["ns_per_totals"].as_u64().unwrap() > 0, "{printed}");
}

#[test]
fn a_question_that_it_does_not_understand_ends_it() {
    let Some((installed, program)) = built() else { return };
    for question in ["{\"do\":\"read\"}\n", "{\"do\":\"what\",\"path\":\"x\"}\n", "[]\n", "{\"do\":\"x"] {
        let output = asked(&mut installed.command(&program), question);
        assert_eq!(output.status.code(), Some(2), "{question}{output:?}");
    }
}
