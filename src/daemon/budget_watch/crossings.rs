//! The budget crossings already reported, kept in the state folder.
//!
//! Invariant: a crossing stays recorded until its period ends, even if the file cannot be written.

use std::collections::BTreeSet;
use std::io;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::daemon::sent_file;
use crate::own_folder::replace_json;
use crate::report::budget::{Standing, Status};

/// A reported crossing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Crossing {
    project: Option<String>,
    period: String,
    start_ms: i64,
    end_ms: i64,
    /// In USD; a changed limit is a new crossing.
    limit: String,
    standing: String,
}

/// All crossings of the current periods.
#[derive(Debug)]
pub(super) struct Crossings {
    path: PathBuf,
    noted: BTreeSet<Crossing>,
}

impl Crossings {
    /// Reads the recorded crossings. A file that cannot be read counts as empty and is logged.
    pub(super) fn read(path: PathBuf) -> Self {
        let noted = sent_file::read(&path, "budget alerts");
        Self { path, noted }
    }

    /// Records a budget's state; true if it is new and must be reported.
    pub(super) fn note(&mut self, status: &Status, now_ms: i64) -> io::Result<bool> {
        let crossing = |standing: Standing| Crossing {
            project: status.project.clone(),
            period: status.length.name().into(),
            start_ms: status.start_ms,
            end_ms: status.end_ms,
            limit: status.limit.to_string(),
            standing: standing.name().into(),
        };
        let is_new = match status.standing {
            Standing::Within | Standing::Unpriced => false,
            Standing::Near => self.noted.insert(crossing(Standing::Near)),
            Standing::Over => {
                self.noted.insert(crossing(Standing::Near));
                self.noted.insert(crossing(Standing::Over))
            }
        };
        if is_new {
            self.noted.retain(|crossing| crossing.end_ms > now_ms);
            self.write()?;
        }
        Ok(is_new)
    }

    fn write(&self) -> io::Result<()> {
        replace_json(&self.path, &self.noted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::budget::Length;
    use crate::snapshot::Picodollars;

    fn status(start_ms: i64, standing: Standing) -> Status {
        Status {
            project: None,
            length: Length::Day,
            start_ms,
            end_ms: start_ms + 100,
            spent: Picodollars(1).into(),
            limit: Picodollars(2),
            standing,
        }
    }

    #[test]
    fn each_crossing_is_told_once_a_period_also_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("budgets.json");
        let note = |start_ms, standing| {
            let mut crossings = Crossings::read(path.clone());
            crossings.note(&status(start_ms, standing), start_ms + 1).unwrap()
        };
        assert!(!note(0, Standing::Within));
        assert!(note(0, Standing::Near));
        assert!(!note(0, Standing::Near));
        assert!(note(0, Standing::Over));
        assert!(!note(0, Standing::Over) && !note(0, Standing::Near));
        assert!(note(100, Standing::Over), "another day");
        assert!(!note(100, Standing::Near), "told as over");
        assert_eq!(Crossings::read(path.clone()).noted.len(), 2, "days that are over are let go");
        let mut raised = status(100, Standing::Over);
        raised.limit = Picodollars(3);
        assert!(Crossings::read(path).note(&raised, 101).unwrap(), "another limit");
    }

    #[test]
    fn what_cannot_be_written_is_not_told_twice_by_one_publisher() {
        let folder = tempfile::tempdir().unwrap();
        let mut crossings = Crossings::read(folder.path().join("gone/budgets.json"));
        assert!(crossings.note(&status(0, Standing::Over), 1).is_err());
        assert!(!crossings.note(&status(0, Standing::Over), 1).unwrap());
    }
}
