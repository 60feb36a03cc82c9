//! Every table at widths from 30 to 220 columns: what is printed fits, keeps the column that tells rows apart, and shows
//! every amount whole.

use std::collections::BTreeSet;
use std::process::Command;

use unicode_width::UnicodeWidthStr as _;

use crate::names::is_raw;
use crate::{command, place};

/// Each table, and the title of the column that tells its rows apart.
const TABLES: [(&[&str], &str); 23] = [
    (&["total"], "Model"),
    (&["limits"], "limits"),
    (&["daily", "--no-update"], "Day"),
    (&["daily", "--no-update", "--breakdown"], "Day"),
    (&["daily", "--no-update", "--instances"], "Project"),
    (&["weekly", "--no-update"], "Week"),
    (&["yearly", "--no-update"], "Year"),
    (&["session", "--no-update"], "Session"),
    (&["project", "--no-update"], "Project"),
    (&["model", "--no-update"], "Model"),
    (&["branch", "--no-update"], "Branch"),
    (&["mcp", "--no-update"], "MCP"),
    (&["daily", "--no-update", "--by", "subagent"], "Subagent"),
    (&["blocks", "--no-update"], "Block"),
    (&["blocks", "--no-update", "--all", "--token-limit", "max"], "Block"),
    (&["prices"], "Model"),
    (&["prices", "--unpriced"], "Model"),
    (&["budget", "--no-update"], "Budget"),
    (&["guard", "status"], "Guarded"),
    (&["doctor"], "Check"),
    (&["config", "show"], "Setting"),
    (&["reconcile", "--no-update"], "Session"),
    (&["session", "--no-update", "--id", "@SUM(1)11"], "Model"),
];

/// The amounts in a text: `$1,234.56`, with the mark of tokens without a price.
fn amounts(text: &str) -> BTreeSet<&str> {
    let is_amount = |word: &&str| {
        let word = word.strip_prefix('~').unwrap_or(word);
        let digits = word.strip_prefix('<').unwrap_or(word).strip_prefix('$').unwrap_or_default();
        !digits.is_empty()
            && digits.trim_end_matches('+').chars().all(|c| c.is_ascii_digit() || ",.".contains(c))
    };
    text.split_whitespace().filter(is_amount).collect()
}

#[test]
fn every_table_fits_every_width_with_all_its_amounts_whole() {
    let place = place();
    let run = |arguments: &[&str], columns: Option<usize>| {
        let mut command: Command = command(&place, arguments);
        command.env("CCO_CONFIG", place.path("config.toml"));
        if let Some(columns) = columns {
            command.env("COLUMNS", columns.to_string());
        }
        String::from_utf8(command.output().unwrap().stdout).unwrap()
    };
    run(&["publish", "--once"], None);
    run(&["ledger", "import", "stats-cache"], None);
    for (arguments, key) in TABLES {
        let whole = run(arguments, None);
        let known = amounts(&whole);
        for columns in (30..=220).step_by(19).chain([40, 60, 80, 100, 120, 200]) {
            let text = run(arguments, Some(columns));
            assert!(text.contains(key), "{arguments:?} at {columns}: no {key}\n{text}");
            // What follows is to be copied into a file as it is.
            let shown = text.split("\nTo set prices").next().unwrap();
            for line in shown.lines().filter(|line| !line.starts_with("snapshot: ")) {
                let width = line.width();
                assert!(width <= columns, "{arguments:?} at {columns}: {width} columns\n{line}\n{text}");
            }
            assert!(!text.contains(|c| c != '\n' && is_raw(c)), "{arguments:?} at {columns}");
            let split: Vec<_> = amounts(&text).difference(&known).copied().collect();
            assert_eq!(split, <Vec<&str>>::new(), "{arguments:?} at {columns}:\n{text}");
        }
    }
}
