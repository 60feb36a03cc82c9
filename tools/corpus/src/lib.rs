//! Generates Claude Code transcripts for benchmarks, for latency runs, and for tests that compare a scan with
//! the truth.
//!
//! [`generate()`] fills a folder with transcripts in the formats and proportions of real ones. [`append()`]
//! writes to such a folder as running sessions do. Both return what they wrote and its correct totals.
//!
//! The figures were measured on real transcripts (Claude Code 1.0 to 2.1), and the shapes were found in them.
//! `tests/corpus.rs` checks both.
//!
//! | figure | lines with usage | other lines |
//! |---|---:|---:|
//! | share of lines, of bytes | 38 %, 18 % | 62 %, 82 % |
//! | size: median, p99, largest | 1.1 KB, 9 KB, 85 KB | 0.7 KB, 59 KB, 1 MB |
//! | start of the key `usage` | at most 1.1 KB before the line's end | |
//!
//! - Streaming writes a request in 1 to 14 lines, about two on average. The last has the final output.
//! - Forks, and progress lines of the main session, copy requests of other files. Otherwise ids are unique.
//! - Subagents have separate transcripts, in `subagents/`, or in the session's folder as in older versions.
//! - A few sessions are a hundred times larger than most, and a few projects have most of the sessions. Later sessions
//!   tend to have later versions, which differ in key order, members of `usage`, cache writes in one number or two,
//!   `costUSD`, iterations and `cost-state`.
//! - Some of the other lines look as if they counted: quoted transcripts, `toolUseResult.usage`, the model `<synthetic>`.
//!   Some sessions belong to a gateway, with its ids or none, and with a model that has no price.
//!
//! Deliberately absent: damaged or hostile input (cut, joined and interleaved lines, bad UTF-8). Tests write
//! such lines themselves, with their totals. To write lines in halves, use [`Append::split`].
//!
//! Invariants: the same [`Spec`] gives the same bytes every time, with any number of cores. (On another
//! platform, powers may round differently, which changes sizes.) Nothing in a folder is deleted or
//! overwritten. The truth is counted here, from the values that were put into the lines. This crate does not
//! depend on `cco`, so if the two agree, that means something.
//!
//! ```
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let folder = tempfile::tempdir()?;
//! let spec = corpus::Spec { bytes: 1_000_000, files: 10, projects: 3, ..corpus::Spec::default() };
//! let made = corpus::generate(&spec, folder.path())?;
//! assert_eq!(made.files, 10);
//! assert!(made.truth.messages < made.usage_lines, "streaming repeats requests");
//! # Ok(())
//! # }
//! ```

mod answer;
mod append;
mod era;
mod family;
mod generate;
mod made;
mod other_line;
mod plan;
mod pool;
mod random;
mod session;
mod size;
mod spec;
mod transcript;
mod truth;
mod usage_line;

pub use append::{Append, AppendError, Appended, ParseRateError, Rate, append};
pub use generate::{GenerateError, generate};
pub use made::Made;
pub use size::{ParseSizeError, Size};
pub use spec::{InvalidSpec, Spec};
pub use truth::{Tokens, Truth};
