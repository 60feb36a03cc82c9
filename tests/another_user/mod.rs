//! Programs run by somebody whom permissions bind, whoever runs the tests.

use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Output};

use crate::skipped::skipped;

/// User and group of nobody in particular.
const NOBODY: u32 = 65_534;

/// Runs a program that must not be able to read `denied`, and may write below `home`: as this user if that
/// may not read it either, else as another one. `None`, and said so, where another cannot run the program.
pub(crate) fn run(command: &mut Command, denied: &Path, home: &Path) -> Option<Output> {
    let is_bound = std::fs::read_dir(denied).is_err() && std::fs::File::open(denied).is_err();
    if !is_bound {
        chown(home, Some(NOBODY), Some(NOBODY)).unwrap();
        command.uid(NOBODY).gid(NOBODY);
    }
    match command.output() {
        Ok(output) => Some(output),
        Err(error) => {
            skipped(format_args!("another user cannot run this program: {error}"));
            None
        }
    }
}

/// Gives that user a folder with everything in it, if this user may.
#[allow(dead_code)] // not all tests have something to hand over
pub(crate) fn hand_over(folder: &Path) {
    if chown(folder, Some(NOBODY), Some(NOBODY)).is_err() || !folder.is_dir() {
        return;
    }
    for entry in std::fs::read_dir(folder).unwrap() {
        hand_over(&entry.unwrap().path());
    }
}
