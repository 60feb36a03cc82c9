//! Scans, publishes and shows the totals: what `cco` and `cco publish --once` have in common.
//!
//! Where a publisher runs already it is asked to scan instead.
//!
//! Invariant: what is shown was read back from the published snapshot, as any reader would.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::Arc;

use super::catch_up::{Update, count, take_turn};
use super::open_ledger::to_read;
use super::table::width_to_fit;
use super::{Exit, Failure, note, print, print_json, table};
use crate::config::{Aliases, Settings};
use crate::daemon;
use crate::ingest::Root;
use crate::plain_text;
use crate::publish::{ScanSummary, Turn};
use crate::report::document::{Document, ScanFigures, SkippedPath, Tables};
use crate::report::figures::{bytes, counted, duration, grouped};
use crate::report::grid::Grid;
use crate::report::names;
use crate::report::provisional::{footnote, is_marked, is_notable};
use crate::report::tables::by_cost;
use crate::report::usage::{Division, Grouping, Query, Report};
use crate::report::{View, Want};
use crate::snapshot::{Counters, Frame};

/// How many of a long list are named.
const NAMED: usize = 10;

/// What is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// A table and words.
    Text,
    /// The snapshot's document with `scan` added.
    Json,
}

/// Publishes the transcripts below `roots` once, or has the publisher that runs do so, and prints.
pub(super) fn run(roots: &[Root], settings: &Settings, form: Form) -> Result<(), Failure> {
    let (view, summary) = count_here_or_there(roots, settings)?;
    match form {
        Form::Json => print_json(&document(&view, summary.as_ref()).with_aliases(&settings.aliases))?,
        Form::Text => {
            print(&text(&view, summary.as_ref(), settings)?)?;
            note_passed_over(summary.as_ref());
        }
    }
    note_zones(&view, summary.as_ref(), settings);
    Ok(())
}

/// The same without printing; what was damaged or could not be read is noted, and with `is_verbose` what was scanned.
pub(super) fn view_counted(roots: &[Root], settings: &Settings, is_verbose: bool) -> Result<View, Failure> {
    let (view, summary) = count_here_or_there(roots, settings)?;
    if is_verbose {
        note(&summary.as_ref().map_or_else(|| counted_there(&view), counted_here));
    }
    note_passed_over(summary.as_ref());
    note_zones(&view, summary.as_ref(), settings);
    Ok(view)
}

/// Notes what was scanned for a report, and what was damaged or could not be read.
pub(super) fn note_update(update: &Update, settings: &Settings) -> Result<(), Failure> {
    match update {
        Update::Here(summary) => {
            note(&counted_here(summary));
            note_passed_over(Some(summary));
        }
        Update::There => note(&counted_there(&view(settings)?)),
        Update::None => {}
    }
    Ok(())
}

fn view(settings: &Settings) -> Result<View, Failure> {
    let now = jiff::Timestamp::now().as_millisecond();
    View::once(&settings.snapshot, Want::Tables, now).map_err(|error| Failure::new(Exit::Failed, error))
}

fn count_here_or_there(roots: &[Root], settings: &Settings) -> Result<(View, Option<ScanSummary>), Failure> {
    let roots = roots.iter().map(|root| root.path().into()).collect();
    let summary = match take_turn(&daemon::job(roots, settings))? {
        Turn::Ours(live) => Some(count(*live)?),
        Turn::Theirs => None,
    };
    Ok((view(settings)?, summary))
}

fn note_passed_over(summary: Option<&ScanSummary>) {
    for line in summary.into_iter().flat_map(passed_over) {
        note(&line);
    }
}

fn note_zones(view: &View, summary: Option<&ScanSummary>, settings: &Settings) {
    if summary.is_none() && view.identity.zone != settings.zone_name {
        let (theirs, ours) = (&view.identity.zone, &settings.zone_name);
        note(&format!(
            "cco: days are in the publisher's zone, {theirs}, not in {ours}: restart the publisher to change that"
        ));
    }
    if let Some(words) = settings.zone_note {
        note(&format!("cco: {words}"));
    }
}

/// The snapshot's document; with `scan` where this process scanned.
fn document(view: &View, pass: Option<&ScanSummary>) -> Document {
    let document = Document::of(view, Tables::default());
    match pass {
        Some(pass) => document.with_scan(scan(pass)),
        None => document,
    }
}

fn scan(pass: &ScanSummary) -> ScanFigures {
    ScanFigures {
        files: pass.files,
        bytes: pass.stats.bytes,
        lines: pass.stats.lines,
        records: pass.stats.records,
        malformed: pass.stats.malformed,
        skipped: pass.skipped.len() as u64,
        duration: pass.duration_us / 1000,
        skipped_paths: pass
            .skipped
            .iter()
            .map(|skipped| SkippedPath {
                path: skipped.path.display().to_string(),
                reason: skipped.reason.clone(),
            })
            .collect(),
    }
}

fn text(view: &View, pass: Option<&ScanSummary>, settings: &Settings) -> Result<String, Failure> {
    let (all, aliases) = (view.totals.all_time(), &settings.aliases);
    let last_used = match &view.frame {
        Some(frame) if by_cost(frame).iter().any(|row| is_notable(&row.counters)) => last_used(settings)?,
        _ => HashMap::new(),
    };
    let is_recent = |model: Option<&str>, counters: &Counters| {
        let at_ms = match model {
            Some(model) => last_used.get(model).copied(),
            None => last_used.values().max().copied(),
        };
        is_marked(counters, at_ms.unwrap_or(i64::MIN), view.now)
    };
    let models = view.frame.as_ref().map(|frame| table::by_model(frame, &all, aliases, is_recent));
    let mut foot = footnote(models.as_ref().is_some_and(Grid::has_marks)).to_owned();
    foot += &view.frame.as_ref().map(|frame| unpriced(frame, aliases)).unwrap_or_default();
    match pass {
        Some(pass) => put(&mut foot, format_args!("{}\n", counted_here(pass))),
        None => put(&mut foot, format_args!("{}\n", counted_there(view))),
    }
    put(
        &mut foot,
        format_args!("costs are API-equivalent, from list prices; days in {}\n", view.identity.zone),
    );
    // The path is not wrapped, so that it can be copied.
    Ok(format!(
        "{}{}snapshot: {}\n",
        models.map(|models| models.render(width_to_fit())).unwrap_or_default(),
        table::words(&foot),
        plain_text::plain(&settings.snapshot.to_string_lossy())
    ))
}

/// When each model was last used, ms UTC. The snapshot does not know.
fn last_used(settings: &Settings) -> Result<HashMap<Arc<str>, i64>, Failure> {
    let query = Query::everything(settings.zone.clone(), settings.week_start);
    let report = Report::read(&to_read(settings)?, &query, Grouping::Models, &Division::default())?;
    Ok(report.models.into_iter().map(|sums| (sums.model, sums.last_ms)).collect())
}

fn counted_here(pass: &ScanSummary) -> String {
    let stats = &pass.stats;
    let (files, size) = (counted(pass.files, "transcript"), bytes(pass.file_bytes));
    let news = match stats.bytes {
        0 => "nothing changed since the last scan".to_owned(),
        read => format!(
            "{} read, {}, {} merged",
            bytes(read),
            counted(stats.records, "record"),
            counted(pass.duplicates, "duplicate")
        ),
    };
    format!("{files}, {size} in {}: {news}", duration(pass.duration_us))
}

/// What the publisher that was asked says of itself.
fn counted_there(view: &View) -> String {
    let health = view.health.unwrap_or_default();
    let (files, size) = (counted(health.files, "transcript"), bytes(health.file_bytes));
    format!("{files}, {size}: counted by the running publisher (process {})", view.identity.writer_pid)
}

fn unpriced(frame: &Frame, aliases: &Aliases) -> String {
    let mut text = String::new();
    for row in by_cost(frame).iter().filter(|row| row.counters.unpriced_tokens > 0) {
        let tokens = grouped(row.counters.unpriced_tokens);
        put(
            &mut text,
            format_args!(
                "no price for {}: the cost excludes its {tokens} tokens\n",
                names::model(frame.name(row.name), aliases)
            ),
        );
    }
    text
}

/// What was passed over and why, a line each.
fn passed_over(pass: &ScanSummary) -> Vec<String> {
    let stats = &pass.stats;
    let mut lines = Vec::new();
    for (count, noun, which) in [
        (stats.malformed, "malformed line", ""),
        (stats.bad_timestamps, "record", " without a valid time"),
        (stats.incomplete, "incomplete line", ""),
    ] {
        if count > 0 {
            lines.push(format!("cco: skipped {}{which}", counted(count, noun)));
        }
    }
    for place in pass.malformed.iter().take(NAMED) {
        lines.push(format!(
            "  malformed: {} at byte {}",
            plain_text::path(&place.path),
            grouped(place.offset)
        ));
    }
    if !pass.skipped.is_empty() {
        lines.push(format!("cco: skipped {}", counted(pass.skipped.len() as u64, "unreadable path")));
    }
    for skipped in pass.skipped.iter().take(NAMED) {
        lines.push(format!("  skipped: {}: {}", plain_text::path(&skipped.path), skipped.reason));
    }
    if pass.skipped.len() > NAMED {
        lines.push(format!(
            "  and {} more; to list all: cco publish --once --json",
            pass.skipped.len() - NAMED
        ));
    }
    lines
}

fn put(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    text.write_fmt(arguments).expect("writing to a String cannot fail");
}
