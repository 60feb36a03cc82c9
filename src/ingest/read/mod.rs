//! Reads the bytes of transcripts: pieces, lines and checkpoints. Follows growing files and catches up on all
//! cores.
//!
//! Invariant: only whole objects are consumed. A file is read on from its checkpoint only if the bytes before
//! it are unchanged. So nothing is missed, and reading something twice does no harm.

mod buffer;
mod catch_up;
mod damage;
mod fingerprint;
mod follow;
mod lines;
mod open;
mod progress;
mod reader;
mod records;
mod scan;
mod split;
mod stats;
mod subagents;

pub use catch_up::{BATCH_RECORDS, Batch, CatchUp, NextBatch, catch_up};
pub use fingerprint::Mark;
pub use follow::{ChangedTranscript, FileState, Follower, ReadOutcome, ScanResult};
pub use open::ReadError;
pub use progress::Progress;
pub use reader::{Reader, TranscriptContents};
pub use records::Records;
pub use scan::{Scan, scan};
pub use stats::{MAX_MALFORMED, MalformedAt, Stats};
