//! What is counted: a transcript record, the key that makes it one request, and the merge rule.
//!
//! Invariant: [`Record::merge`] is commutative, associative and idempotent. Totals therefore do not depend on
//! the order of files, on repetition, on the number of threads or on restarts. No I/O, no clock, no prices.

mod dimensions;
mod exclude;
mod key;
mod project_name;
mod record;
mod tokens;

pub use dimensions::{Dimension, Dimensions};
pub use exclude::Exclude;
pub use key::Key;
pub use project_name::{
    is_named_after, is_one_project, is_project_of, is_same_key, is_whole_path, last_part, path_separator,
    project_key,
};
pub use record::{Home, Iteration, Rare, Record, Request, Terms, UNKNOWN_MODEL};
pub use tokens::Tokens;
