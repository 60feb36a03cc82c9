//! Claude Code transcripts, made: for benchmarks, for latency runs, and for tests that compare a scan with the truth.
//!
//! [`generate()`] fills a folder with transcripts in the formats and proportions of real ones, [`append()`] writes to
//! such a folder as running sessions do. Both say what they wrote and what a right count of it is.
//!
//! What it holds to: figures measured on real transcripts (Claude Code 1.0 to 2.1), and shapes found in them;
//! `tests/corpus.rs` checks both.
//!
//! | what | of lines with usage | of other lines |
//! |---|---:|---:|
//! | share of lines, of bytes | 38 %, 18 % | 62 %, 82 % |
//! | size: median, p99, largest | 1.1 KB, 9 KB, 85 KB | 0.7 KB, 59 KB, 1 MB |
//! | where the key `usage` starts | at most 1.1 KB before the line's end | |
//!
//! - Streaming writes a request in 1 to 14 lines, about two on average, of which the last says the final output.
//! - Forks, and progress lines of the main session, copy requests of other files; ids are otherwise unique.
//! - Subagents have transcripts of their own, in `subagents/`, or beside each other as older versions had them.
//! - A few sessions are a hundred times larger than most, a few projects take most sessions, and later sessions tend to
//!   later versions: key order, members of `usage`, cache writes in one number or two, `costUSD`, iterations, `cost-state`.
//! - Among the other lines are those that look as if they counted: quoted transcripts, `toolUseResult.usage`, the model
//!   `<synthetic>`. Some sessions are a gateway's, with ids of its own or none, and a model that no table prices.
//!
//! Deliberately absent: what is damaged or hostile (cut, joined and interleaved lines, bad UTF-8). Totals of it are for
//! tests to say, line by line; an appender that writes halves is [`Append::split`].
//!
//! Invariants: the same [`Spec`] gives the same bytes, again and with any number of cores (on another platform
//! powers may round differently, and sizes with them); nothing that stands in a folder is deleted or overwritten.
//! The truth is counted here, from what was put into the lines, by code of its own: this crate does not depend on
//! `cco`, so agreement means something.
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
