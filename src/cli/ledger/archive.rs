//! `cco ledger export`, `backup`, `restore` and `compact`.
//!
//! Invariant: a backup only replaces a backup. An export replaces the file it is given, unless that is one of cco's own
//! files or a transcript. No file is ever replaced by an incomplete one.

use std::io::{BufWriter, Write, stdout};
use std::path::Path;

use serde::Serialize;

use super::exclusive::{alone, publish_again, to_write};
use super::measure::{length, sums};
use crate::cli::confirm::agreed;
use crate::cli::open_ledger::to_read;
use crate::cli::own_files::refuse_own_file;
use crate::cli::{Exit, Failure, note, print, print_json};
use crate::config::Settings;
use crate::ledger::{Ledger, LedgerError, Traces};
use crate::plain_text;
use crate::report::figures::{bytes, counted};

/// Runs `cco ledger export`.
pub(super) fn export(settings: &Settings, output: Option<&Path>) -> Result<(), Failure> {
    let ledger = to_read(settings)?;
    let Some(output) = output else {
        return match ledger.export(&mut BufWriter::new(stdout().lock())) {
            Err(LedgerError::Write(error)) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
            other => other.map(|_| ()).map_err(Failure::from),
        };
    };
    refuse_own_file(settings, output)?;
    // The file appears complete or not at all, for its owner only, like the ledger.
    let folder = output.parent().filter(|folder| !folder.as_os_str().is_empty());
    let mut part = tempfile::NamedTempFile::new_in(folder.unwrap_or(Path::new(".")))
        .map_err(Failure::io("cannot create the output file"))?;
    let mut out = BufWriter::new(&mut part);
    let lines = ledger.export(&mut out)?;
    out.flush().map_err(Failure::io("cannot write the output file"))?;
    drop(out);
    part.persist(output).map_err(|error| Failure::io("cannot replace the output file")(error.error))?;
    note(&format!("cco: wrote {} to {}", counted(lines, "message"), plain_text::path(output)));
    Ok(())
}

#[derive(Serialize)]
struct BackupResult<'a> {
    file: &'a Path,
    bytes: u64,
    requests: u64,
}

/// Runs `cco ledger backup`.
pub(super) fn backup(settings: &Settings, file: &Path, json: bool) -> Result<(), Failure> {
    let ledger = to_read(settings)?;
    refuse_own_file(settings, file)?;
    let is_there = file.try_exists().map_err(Failure::io("cannot access the file"))?;
    if is_there && let Err(error) = Ledger::open_read_only(file) {
        let words =
            format!("{} is not a backup, so it was not replaced: use another file ({error})", file.display());
        return Err(Failure::new(Exit::Usage, words));
    }
    ledger.backup(file)?;
    let requests = sums(&Ledger::open_read_only(file)?)?.requests;
    let written = BackupResult { file, bytes: length(file)?, requests };
    if json {
        return print_json(&written);
    }
    let (requests, size) = (counted(requests, "request"), bytes(written.bytes));
    print(&format!("wrote {requests} to {}, {size}\n", plain_text::path(file)))
}

#[derive(Serialize)]
struct RestoreResult<'a> {
    file: &'a Path,
    /// In the backup.
    requests: u64,
    /// In the ledger whose place it took.
    replaced_requests: Option<u64>,
    /// With what transcripts held beyond it.
    requests_now: u64,
}

/// Runs `cco ledger restore`.
pub(super) fn restore(settings: &Settings, file: &Path, yes: bool, json: bool) -> Result<(), Failure> {
    let path = settings.state.ledger();
    if !file.try_exists().map_err(Failure::io("cannot access the backup"))? {
        let words = format!("no backup at {}: use a file written by cco ledger backup", file.display());
        return Err(Failure::new(Exit::Missing, words));
    }
    let requests = sums(&Ledger::open_read_only(file)?)?.requests;
    let lock = alone(settings)?;
    let is_there = path.try_exists().map_err(Failure::io("cannot access the ledger"))?;
    // A damaged ledger is what backups are for, so the number of its requests may be unknown.
    let replaced_requests = is_there
        .then(|| Ledger::open_read_only(&path).map_err(Failure::from).and_then(|old| sums(&old)).ok());
    if is_there && !yes {
        let old = match replaced_requests.flatten() {
            Some(sums) => counted(sums.requests, "request"),
            None => "a damaged ledger".into(),
        };
        let question =
            format!("Replace {old} with {} from {}?", counted(requests, "request"), plain_text::path(file));
        if !agreed(&question, "nothing was restored: no terminal to ask for confirmation; use --yes")? {
            return print("nothing was restored\n");
        }
    }
    Ledger::restore(&path, file)?;
    publish_again(settings, lock)?;
    let restored = RestoreResult {
        file,
        requests,
        replaced_requests: replaced_requests.flatten().map(|sums| sums.requests),
        requests_now: sums(&to_read(settings)?)?.requests,
    };
    if json {
        return print_json(&restored);
    }
    let now = counted(restored.requests_now, "request");
    print(&format!("restored {} and published: {now} now\n", counted(requests, "request")))?;
    if is_there {
        note(&format!("cco: kept the previous ledger as {}.replaced", plain_text::path(&path)));
    }
    Ok(())
}

#[derive(Serialize)]
struct CompactResult {
    bytes_before: u64,
    bytes: u64,
    /// Whether nothing of removed rows is left in the ledger.
    traces_overwritten: bool,
}

/// Runs `cco ledger compact`.
pub(super) fn compact(settings: &Settings, json: bool) -> Result<(), Failure> {
    let (_lock, mut ledger) = to_write(settings)?;
    let bytes_before = length(ledger.path())?;
    let traces_overwritten = ledger.compact()? == Traces::Overwritten;
    let compacted = CompactResult { bytes_before, bytes: length(ledger.path())?, traces_overwritten };
    if json {
        print_json(&compacted)?;
    } else {
        print(&format!("compacted: {} before, {} now\n", bytes(bytes_before), bytes(compacted.bytes)))?;
    }
    if traces_overwritten {
        return Ok(());
    }
    let words = "traces of removed rows may be left, because another process is reading the ledger: close it (a \
                 dashboard, sqlite3) and run cco ledger compact again";
    Err(Failure::new(Exit::Failed, words))
}
