//! Figures for tests: a snapshot that was really written and read, at a moment that never changes.

use std::time::Duration;

use jiff::tz::TimeZone;

use super::state::{News, Options, State, Tab};
use crate::config::monitor::Keys;
use crate::config::{Aliases, Budgets};
use crate::report::usage::Costs;
use crate::report::{View, Want};
use crate::snapshot::{
    Counters, DayRow, Draft, Freshness, Health, HourRow, LimitKind, LimitRow, ModelRow, Period, Picodollars,
    ProjectRow, Publication, Reader, ScanState, SessionRow, Writer, WriterOptions, WriterState,
};

/// 24 November 2026, 12:30 UTC.
pub(super) const NOW: i64 = 1_795_523_400_000;
const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;

/// Names of an ordinary user.
pub(super) const NAMES: [&str; 4] = ["engine", "loom", "notes", "website"];

/// Names that try to do something, or are as wide as they come.
pub(super) fn hostile() -> Vec<String> {
    let mut names: Vec<String> = [
        "\u{1b}[2J\u{1b}]0;owned\u{7}",
        "two\nlines\r\tand a tab",
        "\u{202e}detrevni\u{202c}\u{2066}isolated\u{2069}",
        "שלום־עולם/مشروع",
        "日本語のプロジェクト名がとても長い場合の例",
        "👩‍👩‍👧‍👦👩🏽‍🚀🏳️‍🌈",
        "e\u{301}\u{301}\u{301}\u{301}\u{301}combining",
        "\u{feff}bom\u{200b}\u{ad}",
    ]
    .map(str::to_owned)
    .into();
    names.push("x".repeat(300));
    names
}

pub(super) fn counters(n: u64) -> Counters {
    Counters {
        requests: n,
        messages: n,
        input_tokens: n * 120,
        output_tokens: n * 3_400,
        cache_write_1h_tokens: n * 9_000,
        cache_read_tokens: n * 152_000,
        cost: Picodollars(u128::from(n) * 137_000_000_000),
        ..Counters::default()
    }
}

fn fill(draft: &mut Draft, names: &[String]) {
    for (at, name) in names.iter().enumerate() {
        let n = at as u64 + 1;
        let used = counters(n * n * 40);
        let last_at = NOW - 3 * MINUTE * (n * n).cast_signed();
        let model = draft.intern(&format!("claude-{name}"));
        let mut of_model = used;
        if at == 1 {
            (of_model.unpriced_tokens, of_model.cost) = (of_model.total_tokens(), Picodollars::ZERO);
        }
        draft.push(&ModelRow { name: model, counters: of_model, ..ModelRow::default() });
        let (project, path) = (draft.intern(&format!("-{name}")), draft.intern(&format!("/home/ada/{name}")));
        let first_at = last_at - 20 * HOUR;
        let today = if at.is_multiple_of(2) { counters(n) } else { Counters::default() };
        draft.push(&ProjectRow {
            project,
            path,
            first_at,
            last_at,
            counters: used,
            today,
            ..ProjectRow::default()
        });
        let session = draft.intern(&format!("{name}-0e2d1c"));
        draft.push(&SessionRow {
            session,
            project,
            first_at,
            last_at,
            counters: used,
            ..SessionRow::default()
        });
    }
    for (date, n) in [(20_261_122, 90), (20_261_123, 310), (20_261_124, 56)] {
        draft.push(&DayRow { date, counters: counters(n) });
    }
    for back in 0..3 {
        draft.push(&HourRow { start: (NOW / HOUR - back) * HOUR, counters: counters(30) });
    }
    let limit = |kind, used_millionths, resets_at| LimitRow {
        kind,
        used_millionths,
        resets_at,
        seen_at: NOW - MINUTE,
        ..LimitRow::default()
    };
    draft.push(&limit(LimitKind::FiveHour, 384_000, NOW + 150 * MINUTE));
    draft.push(&limit(LimitKind::SevenDay, 871_000, NOW + 80 * HOUR));
}

/// The hour as it went: how many minutes ago there were how many requests. Nothing is known of its first ten minutes.
pub(super) const HISTORY: [(i64, u64); 6] =
    [(50, 1_000), (44, 1_002), (31, 1_010), (30, 1_011), (12, 1_012), (2, 1_020)];

/// A view of a snapshot whose tables have these names.
pub(super) fn view(names: &[String]) -> View {
    view_with(names, &HISTORY)
}

/// The same with another history.
pub(super) fn view_with(names: &[String], history: &[(i64, u64)]) -> View {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("usage.snapshot");
    let options = WriterOptions { zone: "UTC".into(), week_start: 0, program: "0.1.0".into() };
    let mut writer = Writer::open(&path, options).unwrap();
    fill(writer.draft(), names);
    writer.report(Health {
        updated_at: NOW,
        files: 17,
        file_bytes: 1_240_000_000,
        lines: 81_234,
        bytes_read: 1_240_000_000,
        records: 2_412,
        requests: 1_056,
        duplicates_merged: 1_356,
        commit_us: 740,
        publish_us: 12,
        lag_us: 2_300,
        resident_bytes: 21_400_000,
        ledger_bytes: 3_200_000,
        ..Health::default()
    });
    let period =
        |hours: i64, n| Period { start: NOW - hours * HOUR, end: NOW + 12 * HOUR, counters: counters(n) };
    for (minutes_ago, total) in history.iter().copied() {
        let publication = Publication {
            published_at: NOW - minutes_ago * MINUTE,
            totals: counters(total),
            today: period(12, 56),
            this_week: period(36, 366),
            this_month: period(500, 900),
            block: Some(Period {
                start: NOW - 150 * MINUTE,
                end: NOW + 150 * MINUTE,
                counters: counters(56),
            }),
            block_span: (NOW - 145 * MINUTE, NOW - 2 * MINUTE),
            scan_state: ScanState::Complete,
            sessions_left_out: 0,
            five_hour_limit: None,
            seven_day_limit: None,
        };
        writer.commit(&publication).unwrap();
    }
    let mut reader = Reader::open(&path).unwrap();
    let mut view = View::of(&mut reader, Want::Tables, NOW).unwrap();
    view.path = "/home/ada/.local/state/cco/usage.snapshot".into();
    (view.identity.writer_pid, view.identity.writer_started_at) = (4242, NOW - 26 * HOUR);
    view.freshness = freshness(WriterState::Live);
    view
}

pub(super) fn freshness(writer: WriterState) -> Freshness {
    Freshness { writer, heartbeat_age: Duration::from_secs(3), replaced: false }
}

/// A state that has read nothing.
pub(super) fn empty(size: (u16, u16)) -> State {
    let options = Options {
        zone: TimeZone::UTC,
        costs: Costs::Shown,
        budgets: Budgets::default(),
        aliases: Aliases::default(),
        keys: Keys::default(),
        home: Tab::Overview,
        block_of_ledger: false,
    };
    State::new(options, NOW, size)
}

/// A state that has read a snapshot with these names.
pub(super) fn state_with(names: &[String], size: (u16, u16)) -> State {
    let mut state = empty(size);
    state.hear(News::View(Box::new(view(names))));
    state
}

/// A state that has read an ordinary snapshot.
pub(super) fn state(size: (u16, u16)) -> State {
    state_with(&NAMES.map(str::to_owned), size)
}
