//! The running publisher, and how to start, inspect and stop one in the background or as a service.
//!
//! [`run()`] is the publisher: settings, signals, budgets, alerts. A daemon is `cco publish` in its own session with its log in
//! a file. From outside a publisher has three properties: it holds the lock in its state folder, it publishes to the
//! snapshot, and it ends on SIGTERM. The lock says whether one is running; a process id in a file alone proves nothing.
//!
//! Invariant: signals go only to a process that visibly holds the lock. No unsafe code: the child starts the new
//! session itself ([`detach`]). Used by the command line.

mod alert_watch;
mod bell;
mod budget_watch;
mod error;
mod holder;
mod http;
mod job;
mod log_file;
mod logs;
mod notify_socket;
mod run;
mod sent_file;
pub mod service;
mod signals;
mod start;
mod status;
mod stop;
mod unpriced_log;
mod user_command;

pub use alert_watch::{AlertWatch, Watcher};
pub use error::DaemonError;
pub use holder::{Holder, holder};
pub use job::{job, job_to_follow, own_roots};
pub use log_file::{KEPT, LIMIT_BYTES, RotatingFile};
pub use logs::{Follow, last_error, tail};
pub use notify_socket::Notifier;
pub use run::{RunError, run};
pub use signals::{on_orders, survive_file_limit};
pub use start::{Launch, StartOutcome, detach, start};
pub use status::{Status, status};
pub use stop::{StopOutcome, stop};
