//! The ledger as a file to keep: export, backup, restore, compact.
//!
//! Invariant: a backup that is replaced, and a ledger that is restored, is at any moment either the old one
//! or the new one, whole.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::Serialize;
use serde_json::value::RawValue;

use super::names::Names;
use super::{Ledger, LedgerError, iterations, open, requests, verify};
use crate::plain_text;
use crate::usage::{Dimensions, Record};

impl Ledger {
    /// Writes every request as a line of JSON, in the order of keys, and says how many there were. Costs are
    /// not among them but for recorded ones: they follow from the rest and a price table.
    pub fn export(&self, out: &mut impl Write) -> Result<u64, LedgerError> {
        let mut lines = 0;
        requests::each(&mut Names::new(&self.connection), requests::ALL, (), |_, record| {
            let line = serde_json::to_string(&Line::of(&record)?);
            let line = plain_text::json(line.map_err(|cause| LedgerError::Write(cause.into()))?) + "\n";
            out.write_all(line.as_bytes()).map_err(LedgerError::Write)?;
            lines += 1;
            Ok(())
        })?;
        out.flush().map_err(LedgerError::Write)?;
        Ok(lines)
    }

    /// Writes the ledger as it is now, compacted, to another file, in place of what is there. Others may
    /// write the ledger meanwhile.
    pub fn backup(&self, to: &Path) -> Result<(), LedgerError> {
        let part = beside(to, ".part");
        self.copy(&part)?;
        fs::rename(&part, to).map_err(LedgerError::file(to))
    }

    /// Puts a backup, which may be of an older version, in the place of the ledger at `path`, once it is found to be sound. What was there stays
    /// beside it as `….replaced`. No process may have the ledger open: hold the state folder's lock.
    pub fn restore(path: &Path, from: &Path) -> Result<(), LedgerError> {
        let backup = Self::open_to_copy(from)?;
        if let Some(damage) = verify::damage(&backup.connection)?.into_iter().next() {
            return Err(LedgerError::Corrupt(damage.into()));
        }
        let part = beside(path, ".part");
        backup.copy(&part)?;
        if path.exists() {
            // What the log holds belongs into the file before the file is kept; a damaged ledger, which
            // cannot do that any more, is kept as it is.
            if let Ok(old) = Self::open(path) {
                old.fold_log()?;
            }
            let replaced = beside(path, ".replaced");
            remove_if_there(&replaced)?;
            fs::hard_link(path, &replaced).map_err(LedgerError::file(&replaced))?;
        }
        // A log that stayed would be taken for the new file's.
        remove_if_there(&beside(path, "-wal"))?;
        remove_if_there(&beside(path, "-shm"))?;
        fs::rename(&part, path).map_err(LedgerError::file(path))
    }

    /// Gives back the space of what is no longer there, and overwrites it.
    pub fn compact(&mut self) -> Result<(), LedgerError> {
        self.connection.execute_batch("VACUUM")?;
        self.fold_log()
    }

    /// Moves all that the write-ahead log holds into the file, and empties the log.
    fn fold_log(&self) -> Result<(), LedgerError> {
        let log = "PRAGMA wal_checkpoint(TRUNCATE)";
        Ok(self.connection.query_row(log, (), |_| Ok(()))?)
    }

    /// Writes a compacted copy to a file of its own, and all the way to the medium.
    fn copy(&self, to: &Path) -> Result<(), LedgerError> {
        remove_if_there(to)?;
        open::make_private(to)?;
        let Some(text) = to.to_str() else {
            let cause = std::io::Error::other("the path is not UTF-8");
            return Err(LedgerError::File { path: to.to_owned(), cause });
        };
        if let Err(error) = self.connection.execute("VACUUM INTO ?1", [text]) {
            remove_if_there(to)?;
            return Err(error.into());
        }
        let file = fs::File::open(to).map_err(LedgerError::file(to))?;
        file.sync_all().map_err(LedgerError::file(to))
    }
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

fn remove_if_there(path: &Path) -> Result<(), LedgerError> {
    match fs::remove_file(path) {
        Err(cause) if cause.kind() != std::io::ErrorKind::NotFound => {
            Err(LedgerError::File { path: path.to_owned(), cause })
        }
        _ => Ok(()),
    }
}

/// A line of an export. Names are those of the ledger's columns.
#[derive(Serialize)]
struct Line<'a> {
    key: String,
    at: String,
    session: &'a str,
    project: &'a str,
    copied: bool,
    sidechain: bool,
    model: &'a str,
    speed: &'a str,
    tier: &'a str,
    geo: &'a str,
    #[serde(rename = "final")]
    is_final: bool,
    input: u64,
    output: u64,
    cache_write_5m: u64,
    cache_write_1h: u64,
    cache_read: u64,
    web_searches: u64,
    web_fetches: u64,
    thinking: u64,
    #[serde(flatten)]
    dimensions: DimensionMembers<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    recorded_cost_usd: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    iterations: Option<Box<RawValue>>,
}

/// A request's dimensions; what its transcript does not say is left out.
#[derive(Serialize)]
struct DimensionMembers<'a> {
    #[serde(skip_serializing_if = "str::is_empty")]
    branch: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    subagent: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    skill: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    plugin: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    mcp_server: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    mcp_tool: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    effort: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    entrypoint: &'a str,
}

impl<'a> DimensionMembers<'a> {
    fn of(dimensions: &'a Dimensions) -> Self {
        let [branch, subagent, skill, plugin, mcp_server, mcp_tool, effort, entrypoint] = dimensions.values();
        Self { branch, subagent, skill, plugin, mcp_server, mcp_tool, effort, entrypoint }
    }
}

impl<'a> Line<'a> {
    fn of(record: &'a Record) -> Result<Self, LedgerError> {
        let raw = |text: Option<String>| {
            text.map(RawValue::from_string).transpose().map_err(|cause| LedgerError::Corrupt(Box::new(cause)))
        };
        let at = Timestamp::from_millisecond(record.at_ms)
            .map_err(|cause| LedgerError::Corrupt(Box::new(cause)))?;
        let rare = record.rare.as_deref();
        let recorded = rare.and_then(|rare| rare.recorded_cost);
        let (terms, tokens) = (&record.terms, record.tokens);
        Ok(Self {
            key: format!("{:032x}", record.key.0),
            at: format!("{at:.3}"),
            session: &record.home.session,
            project: &record.home.project,
            copied: record.home.copied,
            sidechain: record.home.sidechain,
            model: &record.model,
            speed: &terms.speed,
            tier: &terms.tier,
            geo: &terms.geo,
            is_final: record.is_final,
            input: tokens.input,
            output: tokens.output,
            cache_write_5m: tokens.cache_write_5m,
            cache_write_1h: tokens.cache_write_1h,
            cache_read: tokens.cache_read,
            web_searches: tokens.web_searches,
            web_fetches: tokens.web_fetches,
            thinking: tokens.thinking,
            dimensions: DimensionMembers::of(&record.dimensions),
            recorded_cost_usd: raw(recorded.map(|cost| cost.to_string()))?,
            iterations: raw(iterations::to_text(rare.map_or(&[], |rare| &rare.iterations))?)?,
        })
    }
}
