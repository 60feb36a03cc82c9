//! The publisher as a daemon: started detached, asked how it fares, stopped, and run by the system's manager.
//!
//! A daemon is nothing but `cco publish` in a session of its own, with its log in a file. So this module knows a
//! publisher only by three traits: it takes the lock `<state>/lock`, it publishes to the snapshot, and it ends
//! on SIGTERM. Who is running is asked of the lock, never of a file with a process id alone: such files lie.
//!
//! Invariant: a signal goes only to a process that is seen to hold the lock. No unsafe code: a new session is
//! begun by the child itself ([`detach`]). Used by the command line.

mod budget_watch;
mod error;
mod holder;
mod job;
mod log_file;
mod logs;
mod notify_socket;
mod run;
pub mod service;
mod signals;
mod start;
mod status;
mod stop;

pub use error::DaemonError;
pub use holder::{Holder, holder};
pub use job::{job, job_to_follow, own_roots};
pub use log_file::{KEPT, LIMIT_BYTES, RotatingFile};
pub use logs::{Follow, last_error, tail};
pub use notify_socket::Notifier;
pub use run::{RunError, run};
pub use signals::on_orders;
pub use start::{Launch, StartOutcome, detach, start};
pub use status::{Status, status};
pub use stop::{StopOutcome, stop};
