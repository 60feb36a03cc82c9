//! `cco doctor`: gathers the facts about this installation, has them judged, and suggests fixes.
//!
//! Invariant: it changes nothing. Whatever cannot be examined is a finding, not an error.

use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;
use std::process::ExitCode;

use serde::Serialize;

use super::open_ledger::to_read;
use super::options::Options;
use super::table::width_to_fit;
use super::{Exit, Failure, print, print_json, unpriced};
use crate::config::Settings;
use crate::daemon::{Holder, own_roots, status};
use crate::ingest::{Root, discover};
use crate::ledger::{Ledger, LedgerError};
use crate::own_folder::Use;
use crate::plain_text::plain;
use crate::report::following::polling;
use crate::report::grid::{Cell, Column, Grid};
use crate::report::styles::{BAD, GOOD, WARN};
use crate::setup::doctor::{
    Facts, Finding, LedgerFacts, Private, Publisher, SnapshotFacts, Verdict, examine,
};
use crate::setup::{ClaudeSettings, Places, Records, programs_named};
use crate::snapshot::OpenError;
use crate::state_folder::StateFolder;

/// Options of `cco doctor`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Exit codes: 0 no check failed (warnings are possible); 1 a check failed.")]
pub(super) struct Arguments {
    #[command(flatten)]
    options: Options,
    /// Print the findings as JSON
    #[arg(long)]
    json: bool,
}

/// What `--json` prints: schema 1, members are added, never changed.
#[derive(Debug, Serialize)]
struct Document<'a> {
    schema: u32,
    /// The worst of all: `ok`, `warn` or `fail`.
    verdict: &'static str,
    findings: Vec<CheckRow<'a>>,
}

#[derive(Debug, Serialize)]
struct CheckRow<'a> {
    check: &'static str,
    verdict: &'static str,
    says: &'a str,
    next: Option<&'a str>,
}

impl<'a> CheckRow<'a> {
    fn of(finding: &'a Finding) -> Self {
        let Finding { check, verdict, says, next } = finding;
        Self { check, verdict: verdict.word(), says, next: next.as_deref() }
    }
}

/// Runs `cco doctor`.
pub(super) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let findings = examine(&gather(&arguments.options.unchecked()?));
    let worst = findings.iter().map(|finding| finding.verdict).max().unwrap_or(Verdict::Ok);
    if arguments.json {
        print_json(&document(&findings, worst))?;
    } else {
        print(&text(&findings))?;
    }
    Ok(if worst == Verdict::Fail { ExitCode::from(Exit::Failed as u8) } else { ExitCode::SUCCESS })
}

fn document(findings: &[Finding], worst: Verdict) -> Document<'_> {
    Document { schema: 1, verdict: worst.word(), findings: findings.iter().map(CheckRow::of).collect() }
}

fn text(findings: &[Finding]) -> String {
    let mut table = Grid::new([Column::key(""), Column::key("Check"), Column::key("Found")]);
    for Finding { check, verdict, says, next } in findings {
        let next = next.iter().map(|next| format!("\n→ {}", plain(next)));
        let found: String = [plain(says).into_owned()].into_iter().chain(next).collect();
        let style = match verdict {
            Verdict::Ok => GOOD,
            Verdict::Warn => WARN,
            Verdict::Fail => BAD,
        };
        table.row([Cell::figure(verdict.word()).styled(style), Cell::figure(*check), Cell::words(found)]);
    }
    table.render(width_to_fit())
}

fn gather(settings: &Settings) -> Facts {
    let Looked { roots, looked, refused, without_projects } = roots(settings);
    let program = |name| programs_named(name, std::env::var_os("PATH").as_deref());
    Facts {
        now: jiff::Timestamp::now().as_millisecond(),
        zone_note: settings.zone_note,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        transcripts: transcripts(&roots),
        roots: roots.iter().map(|root| root.path().to_owned()).collect(),
        looked,
        refused,
        without_projects,
        state_refused: settings.state.check(Use::Read).err().map(|error| error.to_string()),
        private: private(settings),
        publisher: publisher(settings),
        snapshot: snapshot(settings),
        ledger: ledger(&settings.state),
        prices_at: prices_at(),
        unpriced: unpriced(settings),
        claude: Places::from(|name| std::env::var_os(name)).map(|places| {
            ClaudeSettings::read(places.claude_settings())
                .map_err(|error| Failure::new(Exit::Failed, error).to_string())
        }),
        lost_calls: Some(
            Records::in_state(&settings.state)
                .lost_calls()
                .map_err(|error| Failure::new(Exit::Failed, error).to_string()),
        ),
        programs: distinct(program("cco")),
    }
}

/// The roots, the places searched for them, and the problems found there.
struct Looked {
    roots: Vec<Root>,
    looked: Vec<PathBuf>,
    refused: Vec<String>,
    without_projects: Vec<PathBuf>,
}

fn roots(settings: &Settings) -> Looked {
    if settings.roots.is_empty() {
        let found = own_roots();
        let refused = found.unreadable.iter().map(|it| format!("{}: {}", it.path.display(), it.reason));
        return Looked {
            refused: refused.collect(),
            roots: found.roots,
            looked: found.checked,
            without_projects: found.without_projects,
        };
    }
    let (mut roots, mut refused) = (Vec::new(), Vec::new());
    for root in &settings.roots {
        match Root::new(root) {
            Ok(root) => roots.push(root),
            Err(error) => refused.push(Failure::new(Exit::Failed, error).to_string()),
        }
    }
    Looked { roots, looked: settings.roots.clone(), refused, without_projects: Vec::new() }
}

/// Used models without a price; none if the ledger cannot be read, which is a finding of its own.
fn unpriced(settings: &Settings) -> Vec<String> {
    let models = to_read(settings).ok().and_then(|ledger| unpriced::unpriced(&ledger, settings).ok());
    models.unwrap_or_default().into_iter().map(|model| model.model).collect()
}

/// When the bundled prices were collected, ms UTC.
fn prices_at() -> Option<i64> {
    let table: serde_json::Value = serde_json::from_str(include_str!("../pricing/prices.json")).ok()?;
    let day: jiff::civil::Date = table["collected"].as_str()?.parse().ok()?;
    Some(jiff::tz::TimeZone::UTC.to_timestamp(day.at(0, 0, 0, 0)).ok()?.as_millisecond())
}

/// The times at which the oldest and the newest transcript were last written, ms UTC.
fn transcripts(roots: &[Root]) -> Option<(i64, i64)> {
    let times: Vec<_> = discover(roots).transcripts.iter().map(|it| it.modified_ns / 1_000_000).collect();
    Some((*times.iter().min()?, *times.iter().max()?))
}

/// The first path of each program.
fn distinct(programs: Vec<PathBuf>) -> Vec<PathBuf> {
    let mut seen = Vec::new();
    let real = |path: &PathBuf| path.canonicalize().unwrap_or_else(|_| path.clone());
    programs
        .into_iter()
        .filter(|path| {
            !seen.contains(&real(path)) && {
                seen.push(real(path));
                true
            }
        })
        .collect()
}

fn private(settings: &Settings) -> Vec<Private> {
    let user = rustix::process::geteuid().as_raw();
    let paths = [settings.state.path().to_owned(), settings.state.ledger(), settings.snapshot.clone()];
    let seen = paths.into_iter().filter_map(|path| {
        // Missing files are reported by another check.
        let metadata = path.metadata().ok()?;
        Some(Private { mode: metadata.mode(), is_own: metadata.uid() == user, path })
    });
    seen.collect()
}

fn publisher(settings: &Settings) -> Publisher {
    match status(&settings.state, &settings.snapshot) {
        Ok(status) => {
            let (is_running, is_live) = (status.is_running(), status.is_live());
            let health = status.snapshot.ok().and_then(|it| it.health);
            Publisher {
                unknown: None,
                is_running,
                is_live,
                pid: match status.holder {
                    Holder::Process(pid) => Some(pid),
                    _ => None,
                },
                lag_us: health.map(|health| health.lag_us),
                polling: health.as_ref().and_then(polling),
            }
        }
        Err(error) => {
            Publisher { unknown: Some(Failure::new(Exit::Failed, error).to_string()), ..Publisher::default() }
        }
    }
}

fn snapshot(settings: &Settings) -> Option<Result<SnapshotFacts, String>> {
    match crate::snapshot::Reader::open_copying(&settings.snapshot) {
        Ok(mut reader) => {
            let identity = reader.identity().clone();
            let at = reader.totals().ok().map(|totals| totals.published_at());
            Some(Ok(SnapshotFacts { layout: identity.layout, program: identity.program, at }))
        }
        Err(OpenError::NotFound { .. }) => None,
        Err(error) => Some(Err(Failure::new(Exit::Failed, error).to_string())),
    }
}

fn ledger(state: &StateFolder) -> Option<Result<LedgerFacts, String>> {
    let looked = Ledger::open_read_only(&state.ledger()).and_then(|ledger| ledger.checkup());
    match looked {
        Ok(found) => Some(Ok(LedgerFacts {
            version: found.version,
            damage: found.damage,
            requests: found.requests,
            newest: found.newest_ms,
        })),
        Err(LedgerError::Missing(_)) => None,
        Err(error) => Some(Err(Failure::new(Exit::Failed, error).to_string())),
    }
}
