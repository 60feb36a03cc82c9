//! Nothing is forgotten: each command and each format is run in these tests.

use std::process::Command;

/// Commands that show no names of anybody, or that act on the system around them.
const WITHOUT_NAMES: &[&str] = &[
    "help",
    "layout",
    "man",
    "daemon start",
    "daemon restart",
    "service install",
    "service uninstall",
    "setup tmux",
    "setup starship",
    "setup waybar",
    "setup fish",
    "ledger rebuild",
    "ledger backup",
    "ledger compact",
    // They give programs a path byte by byte. What a terminal gets is in `terminal`.
    "config path",
    "ledger path",
];

fn help(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).arg("--help").output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

/// The commands that a help lists.
fn commands(help: &str) -> Vec<String> {
    let Some((_, list)) = help.split_once("\nCommands:\n") else { return Vec::new() };
    let lines = list.lines().take_while(|line| !line.is_empty());
    let names = lines.filter_map(|line| line.strip_prefix("  ").filter(|line| !line.starts_with(' ')));
    names.filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect()
}

#[test]
fn every_command_and_every_format_is_run() {
    let source = include_str!("main.rs");
    let (cco, peek) = (env!("CARGO_BIN_EXE_cco"), env!("CARGO_BIN_EXE_cco-peek"));
    let outer = commands(&help(cco, &[]));
    assert!(outer.len() > 15, "{outer:?}");
    for command in outer {
        let inner = commands(&help(cco, &[&command]));
        let is_exempt = |name: &str| WITHOUT_NAMES.contains(&name) || name.ends_with(" help");
        if inner.is_empty() && !is_exempt(&command) {
            assert!(source.contains(&format!("\"{command}\"")), "cco {command} is not run");
        }
        for name in inner {
            if !is_exempt(&format!("{command} {name}")) && !WITHOUT_NAMES.contains(&&*command) {
                assert!(
                    source.contains(&format!("\"{command}\", \"{name}\"")),
                    "cco {command} {name} is not run"
                );
            }
        }
    }
    let formats = help(peek, &[]);
    let formats = formats.split_once("Possible values:").expect("formats in the help").1;
    let formats = formats.lines().filter_map(|line| line.trim().strip_prefix("- ")?.split(':').next());
    let formats: Vec<_> = formats.collect();
    assert!(formats.len() >= 9, "{formats:?}");
    for format in formats {
        assert!(source.contains(&format!("\"{format}\"")), "--format {format} is not run");
    }
}
