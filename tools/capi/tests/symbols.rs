//! What the shared library exports: a list under version control, and the name that programs ask for.
//!
//! A symbol that is gone breaks programs, so the list only grows. After an intended addition write it again by
//! `CCO_WRITE_SYMBOLS=1 cargo test -p cco-capi --test symbols`.
#![cfg(target_os = "linux")]

mod installed;
#[path = "../../../tests/skipped/mod.rs"]
mod skipped;

use std::process::Command;

use installed::{Installed, has, here, said};
use skipped::skipped;

#[test]
fn the_library_exports_the_listed_symbols_and_nothing_else() {
    if !has("nm") {
        return skipped("no nm");
    }
    let installed = Installed::new();
    let mut nm = Command::new("nm");
    let listed =
        said(nm.args(["-D", "--defined-only", "--format=posix"]).arg(installed.lib().join("libcco.so")));
    let mut names: Vec<&str> = listed.lines().filter_map(|line| line.split(' ').next()).collect();
    names.sort_unstable();
    let list = names.iter().map(|name| format!("{name}\n")).collect::<String>();
    let path = here().join("tests/golden/symbols.txt");
    if std::env::var_os("CCO_WRITE_SYMBOLS").is_some() {
        std::fs::write(&path, &list).unwrap();
    }
    assert_eq!(list, std::fs::read_to_string(&path).unwrap());
    assert!(names.iter().all(|name| name.starts_with("cco_")), "{list}");
}

#[test]
fn programs_ask_for_the_library_of_their_interface() {
    if !has("readelf") {
        return skipped("no readelf");
    }
    let installed = Installed::new();
    let dynamic = said(Command::new("readelf").arg("-d").arg(installed.lib().join("libcco.so")));
    assert!(dynamic.contains("soname: [libcco.so.1]"), "{dynamic}");
    assert!(installed.lib().join("libcco.so.1").exists());
}
