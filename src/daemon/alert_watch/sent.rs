//! The alerts sent in periods that go on, kept in the state folder: for the next publisher, and for clients over HTTP.
//!
//! Invariant: an alert stays recorded until its period ends, even if the file cannot be written. Two ends of a limit's
//! window that are a moment apart are the same end.

use std::io;
use std::path::PathBuf;

use super::alert::Alert;
use crate::daemon::sent_file;
use crate::own_folder::replace_json;
use crate::report::alerts::{STALE, SentAlert};

/// Ends of periods that differ by no more are the same, in milliseconds.
const SAME_END_MS: u64 = 60_000;

/// All alerts of periods that go on.
#[derive(Debug)]
pub(super) struct SentAlerts {
    path: PathBuf,
    all: Vec<SentAlert>,
}

impl SentAlerts {
    /// Reads what was sent. A file that cannot be read counts as empty and is logged.
    pub(super) fn read(path: PathBuf) -> Self {
        let all = sent_file::read(&path, "alerts");
        Self { path, all }
    }

    /// Records an alert; true if it is new and must be sent.
    pub(super) fn note(&mut self, alert: &Alert, now: i64) -> io::Result<bool> {
        let is_it = |sent: &SentAlert| {
            sent.name == alert.name
                && sent.about == alert.about
                // How long a publisher has been gone is counted without sleep, so its period moves: it lasts until the alert
                // is forgotten.
                && (sent.end_ms.abs_diff(alert.end_ms) <= SAME_END_MS
                    || (alert.name == STALE && sent.end_ms > now))
        };
        if self.all.iter().any(is_it) {
            return Ok(false);
        }
        self.all.retain(|sent| sent.end_ms > now);
        self.all.push(SentAlert {
            name: alert.name.to_owned(),
            about: alert.about.clone(),
            message: alert.message.clone(),
            advice: Some(alert.advice.to_owned()),
            at_ms: now,
            end_ms: alert.end_ms,
        });
        self.write().map(|()| true)
    }

    /// Forgets an alert that was sent before `moment` (ms UTC), when its cause was over, so that it is sent again.
    pub(super) fn let_go(&mut self, name: &str, moment: i64) -> io::Result<()> {
        let before = self.all.len();
        self.all.retain(|sent| sent.name != name || sent.at_ms >= moment);
        if self.all.len() == before { Ok(()) } else { self.write() }
    }

    fn write(&self) -> io::Result<()> {
        replace_json(&self.path, &self.all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alert(end_ms: i64) -> Alert {
        Alert {
            name: "limit",
            about: "five_hour".into(),
            message: String::new(),
            advice: "",
            value: String::new(),
            threshold: String::new(),
            start_ms: 0,
            end_ms,
        }
    }

    #[test]
    fn an_alert_is_sent_once_a_period_also_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("alerts.json");
        let note = |end_ms, now| SentAlerts::read(path.clone()).note(&alert(end_ms), now).unwrap();
        assert!(note(1_000_000, 1));
        assert!(!note(1_000_000, 2));
        assert!(!note(1_000_900, 3), "terminals report a window's end a moment apart");
        assert!(note(2_000_000, 1_000_001), "another window");
        assert_eq!(SentAlerts::read(path.clone()).all.len(), 1, "windows that are over are let go");
        let mut sent = SentAlerts::read(path.clone());
        sent.let_go("limit", 1_000_001).unwrap();
        assert!(!note(2_000_000, 1_000_002), "it was not sent before that");
        sent.let_go("limit", i64::MAX).unwrap();
        assert!(note(2_000_000, 1_000_002), "its cause was over in between");
    }

    #[test]
    fn a_publisher_that_is_gone_is_reported_once_although_the_machine_slept() {
        let folder = tempfile::tempdir().unwrap();
        let mut sent = SentAlerts::read(folder.path().join("alerts.json"));
        let mut note = |end_ms, now| sent.note(&Alert { name: STALE, ..alert(end_ms) }, now).unwrap();
        assert!(note(1_000_000, 1));
        assert!(!note(5_000_000, 900_000), "it slept for longer than a minute");
        assert!(note(9_000_000, 1_000_001), "another month");
    }

    #[test]
    fn what_cannot_be_written_is_not_sent_twice_by_one_publisher() {
        let folder = tempfile::tempdir().unwrap();
        let mut sent = SentAlerts::read(folder.path().join("gone/alerts.json"));
        assert!(sent.note(&alert(10), 1).is_err());
        assert!(!sent.note(&alert(10), 1).unwrap());
    }
}
