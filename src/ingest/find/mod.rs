//! Where transcripts are: roots, what lies below them, what changed there, and when to look again.
//!
//! Invariant: what is found depends on what is there, never on the order a folder lists it in; no transcript is opened.

mod discover;
mod events;
mod revisit;
mod roots;
mod skipped;
mod system;
mod watch;

pub use discover::{Discovery, Folder, Transcript, discover};
pub use roots::{Found, Root, RootError, find_roots};
pub use skipped::Skipped;
pub use system::{Obstacle, Waker};
pub use watch::{Beside, Events, Watch};

pub(super) use discover::{look_below, modified_ns};
pub(super) use revisit::Visit;
pub(super) use skipped::is_absence;
