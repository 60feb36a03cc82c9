//! `[alerts]` in the config file: which alerts the publisher sends, and how.
//!
//! Invariant: without the section there are no alerts.

use std::time::Duration;

use super::budgets::{Command, command};
use super::error::FileError;
use super::section::Section;

pub(super) const KEYS: [&str; 7] = [
    "limit_percent",
    "limit_pace",
    "malformed_lines",
    "stale",
    "desktop",
    "command",
    "command_timeout_seconds",
];

/// What to tell of, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alerts {
    /// From this percentage of a limit of the account on; 0 never.
    pub limit_percent: u8,
    /// When a limit will be used up before it starts over, at the rate so far.
    pub limit_pace: bool,
    /// From this many malformed lines in an hour on; 0 never.
    pub malformed_lines: u64,
    /// When no publisher keeps the figures current. `cco serve` tells it.
    pub stale: bool,
    /// Show notifications on the desktop, by `notify-send`.
    pub desktop: bool,
    /// Run for each alert.
    pub command: Option<Command>,
    /// Why the file's command is not run, if it is not.
    pub command_refused: Option<String>,
    /// How long the command may take.
    pub command_timeout: Duration,
}

impl Default for Alerts {
    fn default() -> Self {
        Self {
            limit_percent: 80,
            limit_pace: true,
            malformed_lines: 10,
            stale: true,
            desktop: false,
            command: None,
            command_refused: None,
            command_timeout: Duration::from_secs(30),
        }
    }
}

pub(super) fn read(section: Section<'_>) -> Result<Alerts, FileError> {
    let mut alerts = Alerts::default();
    for value in section.values() {
        match value.key {
            "limit_percent" => alerts.limit_percent = u8::try_from(value.whole(100)?).unwrap_or(100),
            "limit_pace" => alerts.limit_pace = value.truth()?,
            "malformed_lines" => alerts.malformed_lines = value.whole(1_000_000)?,
            "stale" => alerts.stale = value.truth()?,
            "desktop" => alerts.desktop = value.truth()?,
            "command" => alerts.command = Some(command(&value)?),
            "command_timeout_seconds" => {
                alerts.command_timeout = Duration::from_secs(value.whole(3600)?);
            }
            _ => return Err(value.unknown(&KEYS)),
        }
    }
    Ok(alerts)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::file::parse;
    use super::*;

    fn alerts(text: &str) -> Result<Option<Alerts>, String> {
        let file = parse(text, Path::new("/c.toml"), None).map_err(|error| error.to_string())?;
        Ok(file.alerts)
    }

    #[test]
    fn an_empty_section_means_the_usual_alerts_and_none_means_none() {
        assert_eq!(alerts("").unwrap(), None);
        assert_eq!(alerts("[alerts]").unwrap(), Some(Alerts::default()));
        let read =
            alerts("[alerts]\nlimit_percent = 0\nstale = false\ndesktop = true\ncommand = \"x\"").unwrap();
        let expected = Alerts {
            limit_percent: 0,
            stale: false,
            desktop: true,
            command: Some(Command::Shell("x".into())),
            ..Alerts::default()
        };
        assert_eq!(read, Some(expected));
    }

    #[test]
    fn what_is_mistyped_is_refused_with_its_line() {
        let error = alerts("[alerts]\nlimit_precent = 80").unwrap_err();
        assert_eq!(error, "/c.toml:2: unknown setting \"limit_precent\": did you mean limit_percent?");
        assert!(alerts("[alerts]\ndesktop = 1").unwrap_err().contains("true or false"));
        assert!(alerts("[alerts]\nlimit_percent = 101").unwrap_err().contains("from 0 to 100"));
    }
}
