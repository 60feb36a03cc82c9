//! Sizes of ledgers and files.

use std::path::Path;

use crate::cli::Failure;
use crate::ledger::Ledger;
use crate::snapshot::Counters;

/// The sums of all requests.
pub(super) fn sums(ledger: &Ledger) -> Result<Counters, Failure> {
    let mut sums = Counters::default();
    ledger.rollups(i64::MIN..i64::MAX, |rollup| sums += rollup.figures.auto)?;
    Ok(sums)
}

/// A file's length in bytes.
pub(super) fn length(path: &Path) -> Result<u64, Failure> {
    let metadata = path.metadata().map_err(Failure::io("cannot access the file"))?;
    Ok(metadata.len())
}
