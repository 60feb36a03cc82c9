//! Exports, backs up, restores and compacts the ledger.
//!
//! Invariant: a backup that is replaced, and a ledger that is restored, is at any moment either the old one
//! or the new one, whole.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use rusqlite::OpenFlags;
use serde::Serialize;
use serde_json::value::RawValue;

use super::beside::{beside, remove_if_there};
use super::forget::drop_unused_names;
use super::names::Names;
use super::{
    ClaudeDay, Ledger, LedgerError, Traces, iterations, lineage, open, replaced, requests, timestamp, verify,
};
use crate::plain_text;
use crate::usage::{Dimensions, Record};

impl Ledger {
    /// Writes every request as a line of JSON, in the order of keys, and says how many there were. Costs are
    /// not among them but for recorded ones: they follow from the rest and a price table. Imported statistics follow as
    /// lines with a member `statistics`.
    pub fn export(&self, out: &mut impl Write) -> Result<u64, LedgerError> {
        let mut lines = 0;
        requests::each(&mut Names::new(&self.connection), requests::ALL, (), |_, record| {
            let line = serde_json::to_string(&Line::of(&record)?);
            let line = plain_text::json(line.map_err(|cause| LedgerError::Write(cause.into()))?) + "\n";
            out.write_all(line.as_bytes()).map_err(LedgerError::Write)?;
            lines += 1;
            Ok(())
        })?;
        for ClaudeDay { day, model, tokens, with_cache } in self.all_claude_days()? {
            let line =
                StatisticsLine { statistics: "claude-code", day: day.to_string(), model, tokens, with_cache };
            let line = serde_json::to_string(&line);
            let line = plain_text::json(line.map_err(|cause| LedgerError::Write(cause.into()))?) + "\n";
            out.write_all(line.as_bytes()).map_err(LedgerError::Write)?;
        }
        out.flush().map_err(LedgerError::Write)?;
        Ok(lines)
    }

    /// Writes the ledger as it is now, compacted, to another file, and replaces an existing one. Others may write the
    /// ledger meanwhile, and may write backups to the same file: the last one to finish stays.
    pub fn backup(&self, to: &Path) -> Result<(), LedgerError> {
        let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let name = to.file_name().unwrap_or_default();
        // No two have the same name, and it is removed if anything fails.
        let part = tempfile::Builder::new().prefix(name).suffix(".part").tempfile_in(folder);
        let part = part.map_err(LedgerError::file(folder))?;
        self.copy(part.path())?;
        part.persist(to).map_err(|error| LedgerError::File { path: to.to_owned(), cause: error.error })?;
        Ok(())
    }

    /// Replaces the ledger at `path` with a backup, which may be of an older version, after checking that the backup is
    /// sound. The old ledger stays beside it as `….replaced`. Refused while another process keeps the log of the old
    /// ledger from being moved into its file. No process may write the ledger: hold the state folder's lock.
    pub fn restore(path: &Path, from: &Path) -> Result<(), LedgerError> {
        let backup = Self::open_to_copy(from)?;
        if let Some(damage) = verify::damage(&backup.connection)?.into_iter().next() {
            return Err(LedgerError::Corrupt(damage.into()));
        }
        let part = beside(path, ".part");
        remove_if_there(&part)?;
        open::make_private(&part)?;
        if let Err(error) = backup.copy(&part).and_then(|()| mark_restored(&part)) {
            remove_if_there(&part)?;
            return Err(error);
        }
        if path.exists() {
            replaced::keep(path)?;
        }
        fs::rename(&part, path).map_err(LedgerError::file(path))
    }

    /// Frees the space of removed rows and names, and overwrites their traces if no other process reads the ledger.
    pub fn compact(&mut self) -> Result<Traces, LedgerError> {
        let transaction = self.write()?;
        drop_unused_names(&transaction)?;
        transaction.commit()?;
        self.rewrite()
    }

    /// Writes a compacted copy to an empty file, and all the way to the medium.
    fn copy(&self, to: &Path) -> Result<(), LedgerError> {
        let Some(text) = to.to_str() else {
            let cause = std::io::Error::other("the path is not UTF-8");
            return Err(LedgerError::File { path: to.to_owned(), cause });
        };
        self.connection.execute("VACUUM INTO ?1", [text])?;
        let file = fs::File::open(to).map_err(LedgerError::file(to))?;
        file.sync_all().map_err(LedgerError::file(to))
    }
}

/// Marks that sums may be lower than before.
fn mark_restored(part: &Path) -> Result<(), LedgerError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    lineage::end(&Ledger::connect(part, flags)?.connection)
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

/// A line of imported statistics.
#[derive(Serialize)]
struct StatisticsLine {
    statistics: &'static str,
    day: String,
    model: Arc<str>,
    tokens: u64,
    with_cache: bool,
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
    #[serde(skip_serializing_if = "str::is_empty")]
    agent_id: &'a str,
}

impl<'a> DimensionMembers<'a> {
    fn of(dimensions: &'a Dimensions) -> Self {
        let [branch, subagent, skill, plugin, mcp_server, mcp_tool, effort, entrypoint, agent_id] =
            dimensions.values();
        Self { branch, subagent, skill, plugin, mcp_server, mcp_tool, effort, entrypoint, agent_id }
    }
}

impl<'a> Line<'a> {
    fn of(record: &'a Record) -> Result<Self, LedgerError> {
        let raw = |text: Option<String>| {
            text.map(RawValue::from_string).transpose().map_err(|cause| LedgerError::Corrupt(Box::new(cause)))
        };
        let rare = record.rare.as_deref();
        let recorded = rare.and_then(|rare| rare.recorded_cost);
        let (terms, tokens) = (&record.terms, record.tokens);
        Ok(Self {
            key: format!("{:032x}", record.key.0),
            at: timestamp::rfc3339(record.at_ms),
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
