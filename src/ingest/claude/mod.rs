//! Everything specific to Claude Code: where its transcripts are, which files they are, which lines may
//! count, and what a record is. To add a second agent, add a folder beside this one.
//!
//! Invariant: nothing here reads a file. Bytes, names and the environment are passed in.

mod cost_state;
mod counts;
mod decode;
mod files;
mod intern;
mod iterations;
mod lines;
mod object;
mod project;
mod repeated;
mod search_paths;
mod shapes;
mod stats_cache;
mod subagent;
mod timestamp;
mod title;
mod usage_cache;
mod walk;

pub use cost_state::CostState;
pub use files::session_of;
pub use project::{NO_PROJECT, WorkingFolder};
pub use search_paths::{Environment, state_files};
pub use stats_cache::{NotStatistics, StatsCache};
pub use subagent::Subagent;
pub use title::{Title, TitleKind};
pub use usage_cache::cached_usage;

pub(super) use decode::{Decoder, KeyedRecord, Verdict};
pub(super) use files::{is_transcript, is_transcript_name};
pub(super) use lines::Format;
pub(super) use object::{Member, Object};
pub(super) use search_paths::{PROJECTS, SearchPaths, search_paths};
pub(super) use subagent::{described_by, kind};
