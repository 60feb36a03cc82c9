//! The table of mutants in docs/reliability.md, between two marks.

use std::io;
use std::path::Path;

const BEGIN: &str = "<!-- mutants: made by `cargo run -p cco-mutants -- --write` -->\n";
const END: &str = "<!-- end of mutants -->\n";
const HEAD: &str = "| fault | in | noticed by |\n|---|---|---|\n";

/// One line.
pub(crate) fn row(fault: &str, file: &str, killers: &[(&str, String)]) -> String {
    let mut killers: Vec<_> =
        killers.iter().map(|(judge, test)| format!("{judge} `{}`", test.replace("snapshot::", ""))).collect();
    killers.sort();
    killers.dedup();
    let file = file.trim_start_matches("src/snapshot/");
    format!("| {fault} | `{file}` | {} |\n", killers.join(", "))
}

/// Puts the rows between the marks.
pub(crate) fn write(document: &Path, rows: &[String]) -> io::Result<()> {
    let text = std::fs::read_to_string(document)?;
    let (before, after) =
        around(&text).ok_or_else(|| io::Error::other("the document has no marks for the table"))?;
    std::fs::write(document, format!("{before}{BEGIN}\n{HEAD}{}\n{END}{after}", rows.concat()))
}

fn around(text: &str) -> Option<(&str, &str)> {
    let (before, rest) = text.split_once(BEGIN)?;
    Some((before, rest.split_once(END)?.1))
}

/// The first column.
#[cfg(test)]
pub(crate) fn faults(text: &str) -> Vec<&str> {
    let table = text.split_once(BEGIN).and_then(|(_, rest)| rest.split_once(END)).unwrap_or_default().0;
    let rows = table.lines().filter_map(|line| line.strip_prefix("| ")?.split(" | ").next());
    rows.filter(|fault| *fault != "fault").collect()
}
