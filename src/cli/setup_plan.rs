//! What people see of a plan of changes: its diff and notes before it is carried out, and what was done afterwards.
//!
//! Invariant: control characters in files, names and commands are made visible. Used by `cco setup`.

use super::{Failure, note, print};
use crate::plain_text::{self, plain};
use crate::setup::{ExtensionChange, FileChange, Plan};

/// Prints the diff, in colour on a terminal, with control characters made visible.
pub(super) fn show(plan: &Plan) -> Result<(), Failure> {
    use anstyle::{AnsiColor, Style};
    let style = |color: AnsiColor| Style::new().fg_color(Some(color.into()));
    let diff = plan.diff();
    let lines = diff.lines().map(|line| {
        let style = match line.as_bytes().first() {
            Some(b'+') => style(AnsiColor::Green),
            Some(b'-') => style(AnsiColor::Red),
            Some(b'@') => style(AnsiColor::Cyan),
            _ => Style::new(),
        };
        let line: Vec<_> = line.trim_end_matches('\r').split('\t').map(plain).collect();
        format!("{style}{}{style:#}\n", line.join("\t"))
    });
    print(&lines.collect::<String>())
}

/// Prints the notes of a plan.
pub(super) fn notes(plan: &Plan) {
    for line in &plan.notes {
        note(&plain(&format!("cco: {line}")));
    }
}

/// What was done, a line for each file or package and each program that ran.
pub(super) fn outcome(plan: &Plan) -> String {
    plan.parts().map(done).chain(plan.extensions.iter().map(ran)).collect()
}

/// What was done to files that belong together.
fn done(files: &[FileChange]) -> String {
    let first = &files[0];
    let done = if first.after.is_some() { "wrote" } else { "removed" };
    match &first.package {
        Some(folder) if files.len() > 1 => {
            format!("{done} {} files in {}\n", files.len(), plain_text::path(folder))
        }
        _ => format!("{done} {}\n", plain_text::path(&first.target)),
    }
}

fn ran(change: &ExtensionChange) -> String {
    format!("ran {}\n", plain(&change.to_string()))
}
