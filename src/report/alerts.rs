//! Alerts that were sent: as they are kept in the state folder, and as JSON for clients.
//!
//! Invariant: whoever sends alerts writes them, `serve` shows them; members are added, never changed.

use serde::{Deserialize, Serialize};

use super::figures::rfc3339;
use crate::snapshot::WriterState;

/// The kind of an alert for a budget, whose words may name a project.
pub const BUDGET: &str = "budget";
/// The kind of the alert that a publisher is gone.
pub const STALE: &str = "stale";

/// An alert that was sent in a period that goes on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SentAlert {
    /// Its kind: `limit`, `limit_pace`, `budget`, `malformed_lines` or `stale`.
    pub name: String,
    /// What it is about: a limit, a budget.
    pub about: String,
    /// Its words.
    pub message: String,
    /// What to do. `None` if an earlier version recorded it.
    #[serde(default)]
    pub advice: Option<String>,
    /// When it was sent, ms UTC.
    pub at_ms: i64,
    /// When its period ends, ms UTC.
    pub end_ms: i64,
}

impl SentAlert {
    /// Whether it may be shown beside a publisher in this state. Whoever recorded that a publisher is gone may not be there
    /// to take that back when there is one again.
    pub fn agrees_with(&self, writer: WriterState) -> bool {
        self.name != STALE || writer == WriterState::Dead
    }
}

/// An alert as clients get it.
#[derive(Debug, Serialize)]
pub struct AlertDocument {
    kind: String,
    about: String,
    message: String,
    advice: Option<String>,
    at: Option<String>,
    until: Option<String>,
}

impl AlertDocument {
    /// An alert with all its words.
    pub fn of(alert: &SentAlert) -> Self {
        Self {
            kind: alert.name.clone(),
            about: alert.about.clone(),
            message: alert.message.clone(),
            advice: alert.advice.clone(),
            at: rfc3339(alert.at_ms),
            until: rfc3339(alert.end_ms),
        }
    }

    /// Puts an alias in the place of a project's name. `alias` gives it.
    #[must_use]
    pub fn without_names(mut self, alias: impl Fn(&str, &str) -> String) -> Self {
        if self.kind == BUDGET {
            let hidden = hidden_budget(&self.about, alias);
            // The message has the budget's name once, as it is.
            self.message = match self.message.split_once(&self.about) {
                Some((before, after)) => format!("{before}{hidden}{after}"),
                None => format!("the budget {hidden} is spent"),
            };
            self.about = hidden;
        }
        self
    }
}

/// A budget's name with an alias for its project, if it has one: `daily, project-9d3c0f6a`.
pub fn hidden_budget(name: &str, alias: impl Fn(&str, &str) -> String) -> String {
    match name.split_once(", ") {
        Some((length, project)) => format!("{length}, {}", alias("project", project)),
        None => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn budget(about: &str, message: &str) -> AlertDocument {
        AlertDocument::of(&SentAlert {
            name: BUDGET.into(),
            about: about.into(),
            message: message.into(),
            advice: None,
            at_ms: 0,
            end_ms: 1,
        })
    }

    #[test]
    fn whoever_sees_no_names_finds_none_in_an_alert() {
        let alias = |kind: &str, _: &str| format!("{kind}-1");
        let hidden = |about, message| {
            let alert = budget(about, message).without_names(alias);
            (alert.about, alert.message)
        };
        assert_eq!(
            hidden("daily, *engine", "the budget daily, *engine is spent: 5 of 1 USD"),
            ("daily, project-1".into(), "the budget daily, project-1 is spent: 5 of 1 USD".into())
        );
        let other = "other words about *engine";
        assert_eq!(hidden("daily, *engine", other).1, "the budget daily, project-1 is spent");
        assert_eq!(hidden("daily", "the budget daily is spent").0, "daily");
    }

    #[test]
    fn what_an_earlier_version_recorded_is_read() {
        let earlier = r#"{"name":"limit","about":"five_hour","message":"m","at_ms":1,"end_ms":2}"#;
        assert_eq!(serde_json::from_str::<SentAlert>(earlier).unwrap().advice, None);
    }
}
