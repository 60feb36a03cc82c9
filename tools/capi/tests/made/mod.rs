//! The snapshot that programs of the tests read, by the real writer. Each set of counters derives from one number;
//! `c/counted.h` is the other side of it.

use std::path::Path;

use cco::snapshot::{
    Agent, AgentRow, Counters, DayRow, Following, Health, Histogram, HourRow, Limit, LimitKind, LimitRow,
    ModelRow, Period, Picodollars, ProjectRow, Publication, ScanState, SessionRow, Writer, WriterOptions,
};

/// The set that is made of `r`.
pub(crate) fn counters_of(r: u64) -> Counters {
    Counters {
        requests: r,
        messages: r + 1,
        input_tokens: 2 * r,
        output_tokens: 3 * r,
        cache_write_5m_tokens: 5 * r,
        cache_write_1h_tokens: 7 * r,
        cache_read_tokens: 11 * r,
        web_search_requests: 13 * r,
        unpriced_tokens: 17 * r,
        thinking_tokens: r,
        web_fetch_requests: 23 * r,
        provisional_messages: 29 * r,
        provisional_output_tokens: 31 * r,
        cost: Picodollars(u128::from(19 * r) << 40),
    }
}

fn period(start: i64, r: u64) -> Period {
    Period { start, end: start + 1, counters: counters_of(r) }
}

fn limit(first: i64) -> Option<Limit> {
    Some(Limit { used_millionths: first.unsigned_abs(), resets_at: first + 1, seen_at: first + 2 })
}

/// A snapshot of two commits at `path`, and its publisher, which lives until it is dropped.
pub(crate) fn snapshot(path: &Path) -> Writer {
    let options = WriterOptions { zone: "Europe/Zurich".into(), week_start: 6, program: "1.2.3-test".into() };
    let mut writer = Writer::open(path, options).unwrap();
    fill(&mut writer);
    let first =
        Publication { published_at: 1_700_000_000_000, totals: counters_of(999), ..Publication::default() };
    writer.commit(&first).unwrap();
    let second = Publication {
        published_at: 1_700_000_002_000,
        totals: counters_of(1000),
        today: period(11, 1001),
        this_week: period(13, 1002),
        this_month: period(15, 1003),
        block: Some(period(17, 1004)),
        block_span: (19, 20),
        scan_state: ScanState::Complete,
        five_hour_limit: limit(21),
        seven_day_limit: limit(24),
        sessions_left_out: 27,
    };
    assert_eq!(writer.commit(&second).unwrap(), 2);
    let mut health = Health {
        updated_at: 31,
        requests: 32,
        ledger_bytes: 33,
        following: Following::Watching,
        pass_us_sum: 37,
        ..Health::default()
    };
    let counts = |at: usize, count| {
        let mut histogram = Histogram::default();
        histogram.0[at] = count;
        histogram
    };
    health.passes_by_duration = counts(0, 34);
    health.commits_by_duration = counts(15, 35);
    health.publishes_by_duration = counts(7, 36);
    writer.report(health);
    writer
}

fn fill(writer: &mut Writer) {
    let draft = writer.draft();
    let model_a = draft.intern("model-a");
    draft.push(&ModelRow { name: model_a, counters: counters_of(40), ..ModelRow::default() });
    let name = draft.intern("模型");
    draft.push(&ModelRow { name, agent: Agent(1), counters: counters_of(41) });
    let (key, path) = (draft.intern("-srv-a"), draft.intern("/srv/a"));
    draft.push(&ProjectRow { project: key, path, counters: counters_of(50), ..ProjectRow::default() });
    let project = draft.intern("-srv-b");
    draft.push(&ProjectRow {
        project,
        first_at: 52,
        last_at: 53,
        counters: counters_of(54),
        today: counters_of(55),
        ..ProjectRow::default()
    });
    for number in 0..3 {
        let session = draft.intern(&format!("session-{number}"));
        let counters = counters_of(60 + number);
        draft.push(&SessionRow {
            session,
            project: key,
            first_at: 61,
            last_at: 62,
            counters,
            ..SessionRow::default()
        });
    }
    draft.push(&DayRow { date: 20_261_124, counters: counters_of(70) });
    draft.push(&HourRow { start: 3_600_000, counters: counters_of(71) });
    let name = draft.intern("claude-code");
    draft.push(&AgentRow { agent: Agent::CLAUDE_CODE, name, counters: counters_of(80) });
    draft.push(&LimitRow { kind: LimitKind::FiveHour, ..LimitRow::default() });
    draft.push(&LimitRow {
        kind: LimitKind::Spend,
        scope: model_a,
        used_millionths: 81,
        resets_at: 82,
        seen_at: 83,
        spent: Picodollars((1 << 64) + 84),
        allowed: Picodollars(85),
        ..LimitRow::default()
    });
}
