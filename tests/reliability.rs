//! docs/reliability.md names tests that are there: a promise whose proof was renamed or removed is noticed.

use std::path::{Path, PathBuf};

fn package() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn sources(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, into);
        } else if path.extension().is_some_and(|end| end == "rs") {
            into.push(path);
        }
    }
}

#[test]
fn every_test_that_holds_a_promise_is_there() {
    let document = std::fs::read_to_string(package().join("docs/reliability.md")).unwrap();
    let (_, promises) = document.split_once("## Promises\n").unwrap();
    let promises = promises.split("\n## ").next().unwrap();
    let rows = promises.lines().filter_map(|line| line.strip_prefix("| ")?.split_once(" | "));
    let mut files = Vec::new();
    for folder in ["src", "tests", "tools/capi"] {
        sources(&package().join(folder), &mut files);
    }
    let texts: Vec<_> = files.iter().map(|path| std::fs::read_to_string(path).unwrap()).collect();
    let is_test = |name: &str| texts.iter().any(|text| text.contains(&format!("fn {name}(")));
    let is_module = |name: &str| {
        ["src/snapshot", "tests", "tests/live"].iter().any(|folder| {
            let path = package().join(folder).join(name);
            path.with_extension("rs").exists() || path.join("main.rs").exists()
        })
    };
    let mut checked = 0;
    for (promise, held_by) in rows.filter(|(promise, _)| *promise != "promise") {
        let mut names = held_by.split('`').skip(1).step_by(2).peekable();
        assert!(names.peek().is_some(), "nothing holds: {promise}");
        for name in names {
            let last = name.rsplit("::").next().unwrap();
            let stem = name.trim_end_matches("::tests").rsplit("::").next().unwrap();
            assert!(is_test(last) || is_module(stem), "no test is called {name}");
            checked += 1;
        }
    }
    assert!(checked >= 15, "{checked} tests hold all promises");
}
