//! An alert: its words, and its variables for a command.
//!
//! Invariant: an alert says what is so and what to do; names in it may be strangers', so whoever shows it screens them.

use crate::daemon::user_command::Variables;
use crate::report::figures::rfc3339;

/// An alert.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Alert {
    /// Its kind, a fixed word.
    pub(super) name: &'static str,
    /// What it is about: a limit, a budget.
    pub(super) about: String,
    /// What is so.
    pub(super) message: String,
    /// What to do.
    pub(super) advice: &'static str,
    /// The figure, and the one that it reached, in the unit of the kind.
    pub(super) value: String,
    pub(super) threshold: String,
    /// It is sent once in this period, ms UTC.
    pub(super) start_ms: i64,
    pub(super) end_ms: i64,
}

impl Alert {
    /// The variables that a command gets.
    pub(super) fn variables(&self) -> Variables {
        let time = |ms| rfc3339(ms).unwrap_or_default();
        vec![
            ("CCO_ALERT", self.name.to_owned()),
            ("CCO_ALERT_ABOUT", self.about.clone()),
            ("CCO_ALERT_MESSAGE", self.message.clone()),
            ("CCO_ALERT_ADVICE", self.advice.to_owned()),
            ("CCO_ALERT_VALUE", self.value.clone()),
            ("CCO_ALERT_THRESHOLD", self.threshold.clone()),
            ("CCO_ALERT_PERIOD_START", time(self.start_ms)),
            ("CCO_ALERT_PERIOD_END", time(self.end_ms)),
        ]
    }
}
