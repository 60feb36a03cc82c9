//! What a real terminal shows of the commands that people run first keeps the rules of tools/pictures/rules.py.

use std::path::Path;
use std::process::{Command, Stdio};

#[path = "skipped/mod.rs"]
mod skipped;

use skipped::skipped;

/// What the script cannot do without.
const NEEDED: [(&str, &str); 2] = [("tmux", "-V"), ("python3", "--version")];

#[test]
fn no_screen_breaks_a_rule_in_a_terminal_of_40_80_or_120_columns() {
    for (program, version) in NEEDED {
        let found = Command::new(program).arg(version).stdout(Stdio::null()).stderr(Stdio::null()).status();
        if !found.is_ok_and(|status| status.success()) {
            return skipped(format_args!("there is no {program}"));
        }
    }
    let programs = Path::new(env!("CARGO_BIN_EXE_cco")).parent().unwrap();
    let home = tempfile::tempdir().unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tools/pictures/captures");
    let mut command = Command::new("python3");
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap()).env("HOME", home.path());
    let output = command.arg(script).arg("--programs").arg(programs).stdin(Stdio::null()).output().unwrap();
    let (shown, wrong) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{shown}{wrong}");
    assert!(shown.contains(" screens, 0 rules broken"), "{shown}{wrong}");
}
