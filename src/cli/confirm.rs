//! Asking before what cannot be undone.
//!
//! Invariant: without a terminal nothing is taken for agreement.

use std::io::{BufRead as _, IsTerminal as _, stdin};

use super::{Exit, Failure, note};

/// Asks a question of yes or no. Where nobody can be asked it is wrong usage, with `advice`.
pub(super) fn agreed(question: &str, advice: &'static str) -> Result<bool, Failure> {
    if !stdin().is_terminal() {
        return Err(Failure::new(Exit::Usage, advice));
    }
    note(&format!("{question} [y/N]"));
    let mut answer = String::new();
    let read = stdin().lock().read_line(&mut answer);
    read.map_err(Failure::io("cannot read the answer"))?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}
