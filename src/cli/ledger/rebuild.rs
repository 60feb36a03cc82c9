//! `cco ledger rebuild`: reads all existing transcripts again and recomputes all totals.
//!
//! Invariant: no request is dropped, whether its transcript is there or not. Wherever it is interrupted the
//! ledger is whole, and the next pass of any publisher goes on with it.

use serde::Serialize;

use super::exclusive::{publish_again, to_write};
use super::measure::sums;
use crate::cli::open_ledger::to_read;
use crate::cli::{Failure, note, print, print_json};
use crate::config::Settings;
use crate::report::figures::{bytes, counted, duration, grouped};

#[derive(Serialize)]
struct RebuildResult {
    /// Transcripts that were read again.
    files: u64,
    /// Their bytes.
    bytes: u64,
    /// Transcripts that are gone; their requests stay.
    files_gone: u64,
    requests_before: u64,
    requests: u64,
}

/// Runs `cco ledger rebuild`.
pub(super) fn run(settings: &Settings, json: bool) -> Result<(), Failure> {
    let (lock, mut ledger) = to_write(settings)?;
    // Repair the sums first: the recount subtracts from them.
    ledger.rederive(settings.prices.table())?;
    let requests_before = sums(&ledger)?.requests;
    ledger.begin_recount()?;
    drop(ledger);
    let (pass, _lock) = publish_again(settings, lock)?;

    let ledger = to_read(settings)?;
    let rebuilt = RebuildResult {
        files: pass.files,
        bytes: pass.stats.bytes,
        files_gone: ledger.files()?.iter().filter(|file| file.gone).count() as u64,
        requests_before,
        requests: sums(&ledger)?.requests,
    };
    if json {
        return print_json(&rebuilt);
    }
    let (files, size) = (counted(rebuilt.files, "transcript"), bytes(rebuilt.bytes));
    let (before, took) = (counted(requests_before, "request"), duration(pass.duration_us));
    print(&format!(
        "rebuilt and published: read {files}, {size} in {took}; {before} before, {} now\n",
        grouped(rebuilt.requests)
    ))?;
    if rebuilt.files_gone > 0 {
        note(&format!("cco: kept the requests from {}", counted(rebuilt.files_gone, "deleted transcript")));
    }
    Ok(())
}
