//! Finds transcripts: the roots, the files below them, what changed there, and when to scan again.
//!
//! Invariant: the result depends on which files exist, never on the order in which a folder lists them. No
//! transcript is opened.

mod discover;
mod events;
mod rescan;
mod roots;
mod skipped;
mod system;
mod watch;

pub use discover::{Discovery, Folder, Transcript, discover};
pub use roots::{Root, RootError, RootSearch, find_roots};
pub use skipped::SkippedPath;
pub use system::{Obstacle, Waker};
pub use watch::{Beside, Events, Watch};

pub(super) use discover::{modified_ns, scan_below};
pub(super) use rescan::FullScan;
pub(super) use skipped::is_not_found;
