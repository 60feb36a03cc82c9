//! Notifications on the desktop, by `notify-send`.
//!
//! Invariant: an alert's words are arguments, never a shell's; what looks like markup in them is shown as it is.

use crate::config::Command;
use crate::plain_text;

use super::alert::Alert;

/// The command that shows an alert.
pub(super) fn notification(alert: &Alert) -> Command {
    let body = format!("{}: {}", alert.message, alert.advice);
    let body = plain_text::plain(&body).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let words = ["notify-send", "--app-name=cco", "--", "cco", &body];
    Command::Program(words.map(str::to_owned).into())
}
