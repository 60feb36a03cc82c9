//! The account's limits as a table: a bar, the used part and the reset of each, and how old the report is. Pure: figures
//! in, text out.
//!
//! Invariant: a limit that was reset since its report has no figure; an old report says so; what is unknown is called
//! that. Names are made safe to show. Used by `cco` alone, `cco limits` and the monitor.

use jiff::tz::TimeZone;

use super::figures::{dollars, percent, span};
use super::grid::{Cell, Column, Grid, wrapped};
use super::limit_pace::{is_stale, used_by_reset, used_up_at};
use super::styles::{BAD, DIM, GOOD, WARN};
use super::view::View;
use crate::limits::{Key, Source, Told};
use crate::plain_text;
use crate::snapshot::{LimitKind, LimitRow, Picodollars};

/// Cells of a limit's bar.
const BAR: u64 = 20;
/// From this part on a limit stands out, in millionths.
const NEAR: u64 = 800_000;
const MILLION: u64 = 1_000_000;
/// A limit that was reported longer ago than this says so, in milliseconds.
const SEEN_LONG_AGO_MS: i64 = 10 * 60_000;

/// What is said of each limit besides its figures.
struct Whole<'a> {
    told: &'a [Told],
    zone: &'a TimeZone,
}

/// The account's limits as bars with their reset times; a line of words if none is known.
pub fn limits(view: &View, width: Option<usize>) -> String {
    table(view, width, None)
}

/// The same with the age and the source of each report, and its pace. `told` is what the spool has, `zone` that of clocks.
pub fn limits_in_full(view: &View, told: &[Told], zone: &TimeZone, width: Option<usize>) -> String {
    table(view, width, Some(&Whole { told, zone }))
}

/// Who made the report that a row shows; `None` if that is not in the spool any more.
pub fn source_of(row: &LimitRow, scope: &str, told: &[Told]) -> Option<Source> {
    let key = Key { kind: row.kind, scope: scope.to_owned() };
    let is_shown = |told: &&Told| {
        let limit = told.reading.limit;
        told.key == key && (limit.used_millionths, limit.seen_at) == (row.used_millionths, row.seen_at)
    };
    told.iter().filter(is_shown).map(|told| told.source).min()
}

fn table(view: &View, width: Option<usize>, whole: Option<&Whole<'_>>) -> String {
    let rows: Vec<LimitRow> = view.frame.iter().flat_map(|frame| frame.rows::<LimitRow>()).collect();
    if rows.is_empty() {
        let words = "the account's limits are not known: Claude Code reports them to its status line, and keeps those \
                     that /usage shows; to set the status line up: cco setup claude";
        let lines = wrapped(words, width.unwrap_or(usize::MAX)).join("\n");
        return format!("{DIM}{lines}{DIM:#}\n");
    }
    let mut grid =
        Grid::new([Column::key(""), Column::text("", 3), Column::figures("", 1), Column::text("", 2)]);
    for row in &rows {
        let scope = view.frame.as_ref().map_or("", |frame| frame.name(row.scope));
        let is_over = row.resets_at != 0 && view.now >= row.resets_at;
        let style = match row.used_millionths {
            _ if is_over => DIM,
            used if used >= MILLION => BAD,
            used if used >= NEAR => WARN,
            _ => GOOD,
        };
        let bar = if is_over { String::new() } else { bar(row.used_millionths) };
        let used = if is_over { "unknown".to_owned() } else { percent(row.used_millionths, MILLION) };
        let mut notes = reset(row, view.now, is_over, whole.map(|whole| whole.zone));
        if whole.is_none() {
            notes.extend(age(row, view.now, is_over));
        }
        grid.row([
            Cell::name(name(row.kind, scope)),
            Cell::figure(bar).styled(style),
            Cell::figure(used).styled(style),
            Cell::words(notes.join(", ")).styled(DIM),
        ]);
        if let Some(whole) = whole {
            let style = if is_over || is_stale(row, view.now) { WARN } else { DIM };
            let report = report(row, view.now, source_of(row, scope, whole.told));
            grid.across(Cell::words(format!("  {report}")).styled(style));
        }
        if let Some(at) = used_up_at(row).filter(|at| !is_over && *at > view.now) {
            let left = span(u64::try_from(at - view.now).unwrap_or(0));
            grid.across(Cell::words(format!("  used up in {left} at this pace")).styled(WARN));
        } else if whole.is_some() && !is_over && row.used_millionths < MILLION {
            let pace = used_by_reset(row).filter(|used| *used < MILLION).map_or_else(
                || "pace not known".to_owned(),
                |used| format!("{} by the reset at this pace", percent(used, MILLION)),
            );
            grid.across(Cell::words(format!("  {pace}")).styled(DIM));
        }
    }
    grid.render(width)
}

fn name(kind: LimitKind, scope: &str) -> String {
    let scope = plain_text::name(scope);
    match kind {
        LimitKind::FiveHour => "5-hour limit".into(),
        LimitKind::SevenDay => "7-day limit".into(),
        LimitKind::SevenDayModel => format!("7-day limit, {scope}"),
        LimitKind::Spend => "spend limit".into(),
        _ => format!("limit {scope}"),
    }
}

/// What is spent, and when it is reset: with a clock's time if a zone is given.
fn reset(row: &LimitRow, now: i64, is_over: bool, zone: Option<&TimeZone>) -> Vec<String> {
    let mut notes = Vec::new();
    if row.allowed != Picodollars::ZERO {
        notes.push(format!("{} of {}", dollars(row.spent), dollars(row.allowed)));
    }
    if is_over {
        notes.push("was reset; no report since".to_owned());
    } else if row.resets_at != 0 {
        notes.push(format!("resets in {}", span((row.resets_at - now).unsigned_abs())));
        notes.extend(zone.and_then(|zone| clock(row.resets_at, zone)));
    } else if zone.is_some() {
        notes.push("reset time unknown".to_owned());
    }
    notes
}

fn clock(ms: i64, zone: &TimeZone) -> Option<String> {
    let at = jiff::Timestamp::from_millisecond(ms).ok()?;
    Some(zone.to_datetime(at).strftime("%Y-%m-%d %H:%M").to_string())
}

/// How long ago it was reported, if that is worth a word.
fn age(row: &LimitRow, now: i64, is_over: bool) -> Option<String> {
    let ago = || span((now - row.seen_at).unsigned_abs());
    match () {
        () if is_over || now - row.seen_at <= SEEN_LONG_AGO_MS => None,
        () if is_stale(row, now) => Some(format!("stale: reported {} ago", ago())),
        () => Some(format!("reported {} ago", ago())),
    }
}

/// How long ago it was reported, and by whom.
fn report(row: &LimitRow, now: i64, source: Option<Source>) -> String {
    let ago = span(u64::try_from(now.saturating_sub(row.seen_at)).unwrap_or(0));
    let by = match source {
        Some(Source::StatusLine) => " by a status line",
        Some(Source::Cache) => " by Claude Code's cache",
        None => "",
    };
    let stale = if is_stale(row, now) { "stale: " } else { "" };
    format!("{stale}reported {ago} ago{by}")
}

/// `██████░░░░`: full cells for what is used; a use that is not zero shows.
fn bar(used_millionths: u64) -> String {
    let full = (used_millionths.min(MILLION) * BAR + MILLION / 2) / MILLION;
    let full = full.max(u64::from(used_millionths > 0));
    let cells = |count: u64, cell: &str| cell.repeat(usize::try_from(count).unwrap_or(0));
    cells(full, "█") + &cells(BAR - full, "░")
}
