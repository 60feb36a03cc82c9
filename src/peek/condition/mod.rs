//! `--if CONDITION`: says by the exit code whether something is true.
//!
//! A condition compares fields, as `--field` reads them, with each other and with constants. Invariant: the exit code is 0
//! only if the condition is true and 1 only if it is false, by current figures; whatever is unknown, stale or missing has
//! another code. All fields are from one commit.

mod decimal;
mod judge;
mod parse;
mod truth;

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

pub(super) use decimal::Decimal;
pub(super) use judge::Condition;
use truth::{Reason, Truth};

use super::failure::{Failure, note_staleness};
use super::field::only_option;
use crate::plain_text;
use crate::report::View;
use crate::snapshot::{Code, default_path, wall_clock_ms_once};

/// A condition, and the snapshot if the command line names one: the fast way past clap, for scripts that ask constantly.
pub(super) struct Question {
    condition: Condition,
    snapshot: Option<PathBuf>,
}

impl Question {
    /// The question on the command line; `None` if the command line has anything else, or a wrong condition.
    pub(super) fn from_command_line() -> Option<Self> {
        let (text, snapshot) = only_option("--if")?;
        Some(Self { condition: text.parse().ok()?, snapshot })
    }

    /// Answers by the exit code.
    pub(super) fn answer(self) -> Result<Code, Failure> {
        answer(&self.condition, &self.snapshot.or_else(default_path).ok_or(Failure::NoHome)?)
    }
}

/// Judges a condition by the snapshot at `path`. Returns the exit code.
pub(super) fn answer(condition: &Condition, path: &Path) -> Result<Code, Failure> {
    let view = View::once(path, condition.want(), wall_clock_ms_once())?;
    let truth = condition.judge(&view).map_err(Failure::Usage)?;
    if note_staleness(&view) == Code::NotLive {
        return Ok(Code::NotLive);
    }
    Ok(match truth {
        Truth::True => Code::Done,
        Truth::False => Code::Failed,
        Truth::Unknown(reason) => {
            let (path, what, code) = match &reason {
                Reason::NoValue(path) => (path, "has no value now", Code::Missing),
                Reason::Unpriced(path) => {
                    let what =
                        "leaves out tokens of models without a price, so it may be higher: cco prices check";
                    (path, what, Code::Unpriced)
                }
            };
            let note = format!("cco-peek: cannot tell: {} {what}\n", plain_text::name(path));
            // A closed stderr does not affect the exit code.
            let _ = io::stderr().write_all(note.as_bytes());
            code
        }
    })
}
