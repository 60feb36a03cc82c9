//! Scans, publishes and shows the totals: what `cco` and `cco publish --once` have in common.
//!
//! Invariant: what is shown was read back from the published snapshot, as any reader would.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::{Exit, Failure, note, print, progress, table};
use crate::config::Settings;
use crate::ingest::{Progress, Root, default_threads};
use crate::pricing::PriceTable;
use crate::publish::{Job, Live, Pass, PublishError};
use crate::report::document::{Document, ScanFigures, SkippedPath, Tables};
use crate::report::figures::{bytes, counted, duration, grouped};
use crate::report::{View, Want};
use crate::snapshot::{Frame, ModelRow};

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

/// Publishes the transcripts below `roots` once, and prints.
pub(super) fn run(roots: &[Root], settings: &Settings, form: Form) -> Result<(), Failure> {
    let roots = roots.iter().map(|root| root.path().into()).collect();
    let mut live = Live::open(job(roots, settings)).map_err(failure)?;
    let seen = Progress::default();
    let pass = progress::with_bar(&seen, || live.catch_up(&seen)).map_err(failure)?;
    live.stop();

    let now = jiff::Timestamp::now().as_millisecond();
    let view =
        View::once(&settings.snapshot, Want::Tables, now).map_err(|e| Failure::new(Exit::Failed, e))?;
    match form {
        Form::Json => print(&json(&view, &pass)?),
        Form::Text => print(&text(&view, &pass, &settings.snapshot)),
    }?;
    if form == Form::Text {
        for line in passed_over(&pass) {
            note(&line);
        }
    }
    if let Some(words) = settings.zone_note {
        note(&format!("cco: {words}"));
    }
    Ok(())
}

/// What there is to publish.
pub(super) fn job(roots: Vec<PathBuf>, settings: &Settings) -> Job {
    Job {
        roots,
        state: settings.state.clone(),
        snapshot: settings.snapshot.clone(),
        zone: settings.zone.clone(),
        zone_name: settings.zone_name.clone(),
        week_start: settings.week_start,
        exclude: settings.exclude.clone(),
        prices: PriceTable::bundled().clone(),
        threads: default_threads(),
    }
}

pub(super) fn failure(error: PublishError) -> Failure {
    let exit = if error.is_locked() { Exit::Locked } else { Exit::Failed };
    Failure::new(exit, error)
}

fn json(view: &View, pass: &Pass) -> Result<String, Failure> {
    let scan = ScanFigures {
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
    };
    let document = Document::of(view, Tables::default()).with_scan(scan);
    let text = serde_json::to_string_pretty(&document).map_err(|error| Failure::new(Exit::Failed, error))?;
    Ok(text + "\n")
}

fn text(view: &View, pass: &Pass, snapshot: &Path) -> String {
    let mut text = String::new();
    if let Some(frame) = &view.frame {
        text += &table::by_model(frame, &view.totals.all_time());
        text += &unpriced(frame);
    }
    let stats = &pass.stats;
    let (files, size, took) =
        (counted(pass.files, "transcript"), bytes(pass.file_bytes), duration(pass.duration_us));
    let merged = counted(pass.duplicates, "duplicate");
    put(
        &mut text,
        format_args!("{files}, {size} in {took}: {}, {merged} merged\n", counted(stats.records, "record")),
    );
    put(
        &mut text,
        format_args!("costs are API-equivalent, from list prices; days in {}\n", view.identity.zone),
    );
    put(&mut text, format_args!("snapshot: {}\n", snapshot.display()));
    text
}

fn unpriced(frame: &Frame) -> String {
    let mut text = String::new();
    for row in frame.rows::<ModelRow>().filter(|row| row.counters.unpriced_tokens > 0) {
        let tokens = grouped(row.counters.unpriced_tokens);
        put(
            &mut text,
            format_args!("no price for {}: {tokens} tokens are not in the cost\n", frame.name(row.name)),
        );
    }
    text
}

/// What was passed over and why, a line each.
fn passed_over(pass: &Pass) -> Vec<String> {
    let stats = &pass.stats;
    let mut lines = Vec::new();
    for (count, noun, which) in [
        (stats.malformed, "line", "with damage"),
        (stats.bad_timestamps, "record", "without a valid time"),
        (stats.incomplete, "line", "not complete yet"),
    ] {
        if count > 0 {
            lines.push(format!("cco: passed over {} {which}", counted(count, noun)));
        }
    }
    for place in pass.malformed.iter().take(NAMED) {
        lines.push(format!("  malformed: {} at byte {}", place.path.display(), grouped(place.offset)));
    }
    if !pass.skipped.is_empty() {
        lines.push(format!("cco: skipped {}", counted(pass.skipped.len() as u64, "file or folder")));
    }
    for skipped in pass.skipped.iter().take(NAMED) {
        lines.push(format!("  skipped: {}: {}", skipped.path.display(), skipped.reason));
    }
    if pass.skipped.len() > NAMED {
        lines.push(format!(
            "  and {} more: `cco publish --once --json` names all",
            pass.skipped.len() - NAMED
        ));
    }
    lines
}

fn put(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    text.write_fmt(arguments).expect("writing to a String cannot fail");
}
