//! Claude Code transcripts, made: for benchmarks, for latency runs, and for tests that compare a scan with the truth.
//!
//! [`generate()`] fills a folder with transcripts in the formats and proportions of real ones, [`append()`] writes to
//! such a folder as running sessions do. Both say what they wrote and what a right count of it is.
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
