//! Where transcripts are: roots, what lies below them, what changed there, and when to look again.
//!
//! Invariant: what is found depends on what is there, never on the order a folder lists it in; no transcript is opened.

mod discover;
mod gathered;
mod revisit;
mod roots;
mod skipped;
mod watch;

pub use discover::{Discovery, Folder, Transcript, discover};
pub use roots::{Found, Root, RootError, find_roots};
pub use skipped::Skipped;
pub use watch::{Events, Waker, Watch, WatchError};

pub(super) use discover::{look_below, modified_ns};
pub(super) use revisit::Visit;
pub(super) use skipped::is_absence;
