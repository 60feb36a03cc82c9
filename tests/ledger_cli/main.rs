//! `cco ledger`, and `cco` beside a publisher that runs, as users run them: a home, root and state of their own.

mod asking;
mod forgetting;
mod keeping;
mod lineage;
mod own_files;
mod place;
mod repairing;
