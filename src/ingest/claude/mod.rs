//! All that is Claude Code's: where its transcripts lie, which files they are, which lines may count, and what a record
//! is. A second agent is a folder beside this one.
//!
//! Invariant: nothing here reads a file; bytes, names and the environment are passed in.

mod cost_state;
mod counts;
mod decode;
mod files;
mod intern;
mod iterations;
mod lines;
mod object;
mod places;
mod project;
mod shapes;
mod timestamp;
mod walk;

pub use cost_state::CostState;
pub use files::session_of;
pub use places::Environment;
pub use project::{NO_PROJECT, WorkingFolder};

pub(super) use decode::{Counted, Decoder, Verdict};
pub(super) use files::{is_transcript, is_transcript_name};
pub(super) use lines::Format;
pub(super) use object::{Member, Object};
pub(super) use places::{PROJECTS, Places, places};
pub(super) use project::is_named_after;
