//! C and C++ programs against an installed libcco: compiled with all warnings as errors, run on a snapshot by the real
//! writer, with and without sanitizers.
#![cfg(target_os = "linux")]

mod installed;
mod made;
#[path = "../../../tests/skipped/mod.rs"]
mod skipped;

use std::path::{Path, PathBuf};

use installed::{Installed, has, here, said};
use skipped::skipped;

/// What a program that was checked costs to check: warnings of C and of C++ are errors in both.
const C: [&str; 2] = ["-std=c11", "-D_POSIX_C_SOURCE=200809L"];
const CPP: [&str; 3] = ["-std=c++17", "-x", "c++"];
const SANITIZED: [&str; 3] =
    ["-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-fno-omit-frame-pointer"];

fn source(name: &str) -> PathBuf {
    here().join("tests/c").join(name)
}

/// Whether programs can be compiled here; says so if not.
fn has_compilers() -> bool {
    let missing: Vec<&str> = ["gcc", "g++"].into_iter().filter(|compiler| !has(compiler)).collect();
    if !missing.is_empty() {
        skipped(format!("no {}", missing.join(", ")));
    }
    missing.is_empty()
}

/// Compiles a program that checks the contract, and runs it.
fn contract(compiler: &str, flags: &[&str], shared: bool) {
    if !has_compilers() {
        return;
    }
    let installed = Installed::new();
    let snapshot = installed.folder().join("usage.snapshot");
    let _publisher = made::snapshot(&snapshot);
    let program = installed.compile(compiler, &[&source("contract.c")], flags, shared);
    let scratch = installed.folder().join("scratch");
    std::fs::create_dir(&scratch).unwrap();
    let mut command = installed.command(&program);
    command.env("CCO_SNAPSHOT", &snapshot).arg(&snapshot).arg(&scratch);
    assert_eq!(said(&mut command), "0 wrong\n");
}

#[test]
fn a_c11_program_gets_what_the_manual_says() {
    contract("gcc", &C, true);
}

#[test]
fn the_static_library_gives_the_same() {
    contract("gcc", &C, false);
}

#[test]
fn the_same_program_is_cpp17() {
    contract("g++", &CPP, true);
}

#[test]
fn sanitizers_find_nothing_in_c_programs() {
    contract("gcc", &[&C[..], &SANITIZED].concat(), true);
    contract("gcc", &[&C[..], &SANITIZED].concat(), false);
}

#[test]
fn no_reader_of_many_is_ended_by_a_shortened_file() {
    if !has_compilers() {
        return;
    }
    let installed = Installed::new();
    let (snapshot, copy) =
        (installed.folder().join("usage.snapshot"), installed.folder().join("copy.snapshot"));
    let _publisher = made::snapshot(&snapshot);
    // Its publisher would be ended as well.
    std::fs::copy(&snapshot, &copy).unwrap();
    let program = installed.compile("gcc", &[&source("many.c")], &C, true);
    assert_eq!(said(installed.command(program).arg(&copy)), "0 wrong\n");
}

#[test]
fn what_is_valid_for_ever_outlives_dlclose() {
    if !has_compilers() {
        return;
    }
    let installed = Installed::new();
    // The static way of linking takes nothing of an archive that it does not need: nothing of libcco is in the program.
    let program = installed.compile("gcc", &[&source("unload.c")], &C, false);
    let library = installed.lib().join("libcco.so.1");
    let printed = said(installed.command(program).arg(library));
    assert_eq!(printed, "the publisher was writing during every attempt, passed on\n");
}

#[test]
fn a_cpp17_program_walks_a_frame_with_and_without_sanitizers() {
    if !has_compilers() {
        return;
    }
    let installed = Installed::new();
    let snapshot = installed.folder().join("usage.snapshot");
    let _publisher = made::snapshot(&snapshot);
    for flags in [&CPP[..1], &[&CPP[..1], &SANITIZED].concat()] {
        let program = installed.compile("g++", &[&source("frames.cpp")], flags, true);
        let printed = said(installed.command(program).arg(&snapshot));
        let costs: Vec<String> =
            (60..63).map(|r| format!("session-{} {}", r - 60, made::counters_of(r).cost)).collect();
        let lines: Vec<&str> = printed.lines().collect();
        assert_eq!(lines[..3], costs[..], "{printed}");
        assert!(lines[3].contains("the pointer to the reader is NULL"), "{printed}");
    }
}

#[test]
fn the_examples_show_what_is_there_and_say_what_is_not() {
    if !has_compilers() {
        return;
    }
    let installed = Installed::new();
    let snapshot = installed.folder().join("usage.snapshot");
    let example = |name: &str| {
        let source = here().join("examples").join(name);
        installed.compile("gcc", &[Path::new(&source)], &C[..1], true)
    };
    let (statusline, watch) = (example("statusline.c"), example("watch.c"));
    let missing = installed.command(&statusline).arg(&snapshot).output().unwrap();
    assert_eq!(missing.status.code(), Some(4));
    assert!(String::from_utf8_lossy(&missing.stderr).contains("cco publish --once"), "{missing:?}");

    let publisher = made::snapshot(&snapshot);
    assert_eq!(said(installed.command(&statusline).arg(&snapshot)), "nothing published today\n");
    let mut command = installed.command(&watch);
    let mut watching = command.arg(&snapshot).stdout(std::process::Stdio::piped()).spawn().unwrap();
    // Killed at the end, it sees its publisher stop first.
    publisher.stop();
    let status = watching.wait().unwrap();
    let mut printed = String::new();
    std::io::Read::read_to_string(&mut watching.stdout.take().unwrap(), &mut printed).unwrap();
    assert!(status.success(), "{printed}");
    assert!(printed.starts_with("commit 2\n"), "{printed}");
    assert!(printed.contains("model-a\n") && printed.contains("??????\n"), "{printed}");
    let stale = said(installed.command(&statusline).arg(&snapshot));
    assert!(stale.contains("may be stale"), "{stale}");
}

#[test]
fn the_lines_of_the_guide_are_a_program() {
    if !has_compilers() {
        return;
    }
    let installed = Installed::new();
    let guide = include_str!("../../../docs/embedding.md");
    let (_, snippet) = guide.split_once("```c\n").expect("the guide has lines of C");
    let (snippet, _) = snippet.split_once("```").unwrap();
    let (include, lines) = snippet.split_once('\n').unwrap();
    let text = format!("#include <stdio.h>\n{include}\nint main(void)\n{{\n{lines}return code;\n}}\n");
    let source = installed.folder().join("guide.c");
    std::fs::write(&source, text).unwrap();
    let program = installed.compile("gcc", &[&source], &C[..1], true);

    let state = installed.folder().join(".local/state/cco");
    let missing = installed.command(&program).output().unwrap();
    assert_eq!(missing.status.code(), Some(4));
    assert!(String::from_utf8_lossy(&missing.stdout).contains("cco publish --once"), "{missing:?}");
    std::fs::create_dir_all(&state).unwrap();
    let _publisher = made::snapshot(&state.join("usage.snapshot"));
    let today = made::counters_of(1001).cost;
    assert_eq!(said(&mut installed.command(&program)), format!("{today:.2} USD\n"));
}
