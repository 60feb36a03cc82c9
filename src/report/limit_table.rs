//! The account's limits as a table: a bar, the used part and the reset of each, and how old the report is. Pure: figures
//! in, text out.
//!
//! Invariant: a limit that was reset since its report has no figure; an old report says so; what is unknown is called
//! that. Names are made safe to show. Used by `cco` alone, `cco limits` and the monitor.

use jiff::tz::TimeZone;

use super::figures::{dollars, percent, span};
use super::grid::{Cell, Column, Grid, wrapped};
use super::limit_pace::{is_stale, used_by_reset, used_up_at};
use super::share_bar::share_bar;
use super::styles::{BAD, DIM, GOOD, WARN};
use super::view::View;
use crate::limits::{Key, Source, Told};
use crate::plain_text;
use crate::snapshot::{LimitKind, LimitRow, Picodollars};

/// Cells of a limit's bar.
const BAR: usize = 20;
/// From this part on a limit stands out, in millionths.
const NEAR: u64 = 800_000;
const MILLION: u64 = 1_000_000;
/// A limit that was reported longer ago than this says so, in milliseconds.
const SEEN_LONG_AGO_MS: i64 = 10 * 60_000;

/// What only `cco limits` adds to each row: who reported it, and clock times.
struct Whole<'a> {
    told: &'a [Told],
    zone: &'a TimeZone,
}

/// The account's limits as bars with their reset times; a line of words if none is known.
pub fn limits(view: &View, width: Option<usize>) -> String {
    table(view, width, None)
}

/// The same with the age, source and pace of each limit. `told` comes from the spool; `zone` is for clock times.
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
        let bar = if is_over { String::new() } else { share_bar(row.used_millionths, BAR) };
        let used = if is_over { "unknown".to_owned() } else { percent(row.used_millionths, MILLION) };
        let pace = Pace::of(row, view.now).filter(|_| !is_over);
        let notes = if whole.is_none() { brief(row, view.now, is_over) } else { String::new() };
        grid.row([
            Cell::name(name(row.kind, scope)),
            Cell::figure(bar).styled(style),
            Cell::figure(used).styled(style),
            Cell::words(notes).styled(DIM),
        ]);
        let mut across = |words: String, is_bad: bool| {
            grid.across(Cell::words(format!("  {words}")).styled(if is_bad { WARN } else { DIM }));
        };
        let Some(whole) = whole else {
            if let Some(pace @ Pace::UsedUpIn(_)) = pace {
                across(pace.words(), true);
            }
            continue;
        };
        let reset = reset(row, view.now, is_over, Some(whole.zone)).unwrap_or("reset time unknown".into());
        let mut words = spent(row).into_iter().chain([reset]).collect::<Vec<_>>().join("; ");
        match pace {
            Some(pace) => words += &format!("; {}", pace.words()),
            None if is_over || row.used_millionths >= MILLION => {}
            None => words += "; pace not known",
        }
        across(words, matches!(pace, Some(Pace::UsedUpIn(_) | Pace::UsedUp)));
        let report = report(row, view.now, source_of(row, scope, whole.told));
        across(report, is_over || is_stale(row, view.now));
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

/// What the pace of a limit leads to.
#[derive(Clone, Copy)]
enum Pace {
    /// This part of it is used at the reset, in millionths.
    Until(u64),
    /// It is used up after this time, in milliseconds.
    UsedUpIn(u64),
    /// It was used up since the report.
    UsedUp,
}

impl Pace {
    /// `None` if there is no pace to tell of.
    fn of(row: &LimitRow, now: i64) -> Option<Self> {
        if let Some(at) = used_up_at(row) {
            let left = u64::try_from(at.saturating_sub(now)).unwrap_or(0);
            return Some(if left > 0 { Self::UsedUpIn(left) } else { Self::UsedUp });
        }
        used_by_reset(row).filter(|_| row.used_millionths < MILLION).map(Self::Until)
    }

    fn words(self) -> String {
        match self {
            Self::Until(used) => format!("{} by then at this pace", percent(used, MILLION)),
            Self::UsedUpIn(left) => format!("used up in {} at this pace", span(left)),
            Self::UsedUp => "used up by now at this pace".to_owned(),
        }
    }
}

/// What is spent, when it is reset, and how old the report is, if that is worth a word.
fn brief(row: &LimitRow, now: i64, is_over: bool) -> String {
    let notes = [spent(row), reset(row, now, is_over, None), age(row, now, is_over)];
    notes.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn spent(row: &LimitRow) -> Option<String> {
    let is_money = row.allowed != Picodollars::ZERO;
    is_money.then(|| format!("{} of {}", dollars(row.spent), dollars(row.allowed)))
}

/// When it is reset, if that is known: with a clock's time if a zone is given.
fn reset(row: &LimitRow, now: i64, is_over: bool, zone: Option<&TimeZone>) -> Option<String> {
    let left = || span(row.resets_at.saturating_sub(now).unsigned_abs());
    match zone.and_then(|zone| clock(row.resets_at, zone)) {
        _ if is_over => Some("was reset; no report since".to_owned()),
        _ if row.resets_at == 0 => None,
        Some(clock) => Some(format!("resets in {}, {clock}", left())),
        None => Some(format!("resets in {}", left())),
    }
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
