//! `[budgets]` in the config file: limits per day, week and month, overall and by project, and the command that runs
//! when a limit or its warning threshold is reached.
//!
//! Invariant: limits are exact and above zero.

use std::time::Duration;

use super::error::FileError;
use super::section::{Section, Value};
use crate::pricing::parse_price;
use crate::snapshot::Picodollars;

pub(super) const KEYS: [&str; 7] =
    ["daily", "weekly", "monthly", "warn_percent", "command", "command_timeout_seconds", "projects"];
pub(super) const LIMITS: [&str; 3] = ["daily", "weekly", "monthly"];
const AMOUNT: &str = "USD: a plain decimal above 0, up to 1000000, with at most 12 decimals";

/// Limits, and what to do when they are reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Budgets {
    /// Limits for all projects together.
    pub overall: Limits,
    /// Limits for projects, by name, path or pattern.
    pub projects: Vec<(String, Limits)>,
    /// From this percentage of its limit on, a budget is near.
    pub warn_percent: u8,
    /// Run once per period for each warning threshold and each limit that is reached.
    pub command: Option<Command>,
    /// Why the file's command is not run, if it is not.
    pub command_refused: Option<String>,
    /// How long the command may take.
    pub command_timeout: Duration,
}

/// Limits in picodollars.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Per day.
    pub daily: Option<Picodollars>,
    /// Per week.
    pub weekly: Option<Picodollars>,
    /// Per calendar month.
    pub monthly: Option<Picodollars>,
}

/// A command to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// A line for `sh -c`.
    Shell(String),
    /// A program and its arguments.
    Program(Vec<String>),
}

impl Default for Budgets {
    fn default() -> Self {
        Self {
            overall: Limits::default(),
            projects: Vec::new(),
            warn_percent: 80,
            command: None,
            command_refused: None,
            command_timeout: Duration::from_secs(30),
        }
    }
}

impl Budgets {
    /// Whether there are no limits.
    pub fn is_empty(&self) -> bool {
        let none = Limits::default();
        self.overall == none && self.projects.iter().all(|(_, limits)| *limits == none)
    }
}

pub(super) fn read(section: Section<'_>) -> Result<Budgets, FileError> {
    let mut budgets = Budgets::default();
    for value in section.values() {
        match value.key {
            key if LIMITS.contains(&key) => take(&mut budgets.overall, &value)?,
            "warn_percent" => {
                budgets.warn_percent = u8::try_from(value.whole(100)?).unwrap_or(100);
            }
            "command" => budgets.command = Some(command(&value)?),
            "command_timeout_seconds" => {
                budgets.command_timeout = Duration::from_secs(value.whole(3600)?);
            }
            "projects" => {
                let projects = value.section().ok_or_else(|| value.refuse("expected tables of limits"))?;
                for project in projects.values() {
                    budgets.projects.push((project.key.into(), limits(&project)?));
                }
            }
            _ => return Err(value.unknown(&KEYS)),
        }
    }
    Ok(budgets)
}

fn limits(project: &Value<'_>) -> Result<Limits, FileError> {
    let section =
        project.section().ok_or_else(|| project.refuse("expected limits: { monthly = \"100\" }"))?;
    let mut limits = Limits::default();
    for value in section.values() {
        take(&mut limits, &value)?;
    }
    Ok(limits)
}

fn take(limits: &mut Limits, value: &Value<'_>) -> Result<(), FileError> {
    let limit = match value.key {
        "daily" => &mut limits.daily,
        "weekly" => &mut limits.weekly,
        "monthly" => &mut limits.monthly,
        _ => return Err(value.unknown(&LIMITS)),
    };
    let above_zero = |text: &str| parse_price(text).filter(|amount| *amount > Picodollars::ZERO);
    *limit = Some(value.decimal(above_zero, AMOUNT)?);
    Ok(())
}

pub(super) fn command(value: &Value<'_>) -> Result<Command, FileError> {
    let empty = || value.refuse("is empty: remove it to run no command");
    match value.texts() {
        Some(list) => {
            let list = list?;
            if list.first().is_none_or(String::is_empty) { Err(empty()) } else { Ok(Command::Program(list)) }
        }
        None => match value.text()? {
            line if line.trim().is_empty() => Err(empty()),
            line => Ok(Command::Shell(line.into())),
        },
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::file::parse;
    use super::*;

    fn budgets(text: &str) -> Result<Budgets, String> {
        let text = format!("[budgets]\n{text}\n");
        let file = parse(&text, Path::new("/c.toml"), None).map_err(|error| error.to_string())?;
        Ok(file.budgets.expect("the file has budgets"))
    }

    #[test]
    fn limits_are_read_exactly() {
        let read = budgets(
            "daily = \"20\"\nweekly = 99.000000000001\nwarn_percent = 90\ncommand = [\"notify-send\", \"over\"]\n\
             [budgets.projects.\"~/code/*\"]\nmonthly = 100",
        )
        .unwrap();
        assert_eq!(read.overall.daily, Some(Picodollars(20_000_000_000_000)));
        assert_eq!(read.overall.weekly, Some(Picodollars(99_000_000_000_001)));
        assert_eq!((read.overall.monthly, read.warn_percent), (None, 90));
        assert_eq!(read.command, Some(Command::Program(vec!["notify-send".into(), "over".into()])));
        let monthly = Some(Picodollars(100_000_000_000_000));
        assert_eq!(read.projects, [("~/code/*".to_owned(), Limits { monthly, ..Limits::default() })]);
    }

    #[test]
    fn an_invalid_limit_is_refused_with_its_line() {
        for written in ["0", "-1", "\"1e2\"", "1e2", "nan", "\"20 USD\"", "0.0000000000001", "false"] {
            let error = budgets(&format!("daily = {written}")).unwrap_err();
            assert!(error.starts_with("/c.toml:2: daily: expected USD"), "{written}: {error}");
        }
        let error = budgets("dayly = 1").unwrap_err();
        assert_eq!(error, "/c.toml:2: unknown setting \"dayly\": did you mean daily?");
        let error = budgets("[budgets.projects.x]\nyearly = 1").unwrap_err();
        assert!(error.starts_with("/c.toml:3: unknown setting \"yearly\""), "{error}");
        assert!(budgets("command = \" \"").unwrap_err().contains("remove it"));
        assert!(budgets("warn_percent = 101").unwrap_err().contains("from 0 to 100"));
    }
}
