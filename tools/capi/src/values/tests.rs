//! Totals as C gets them against what their accessors give.

use cco::snapshot::{Counters as Sums, Limit as Seen, Publication, Reader, ScanState, Writer, WriterOptions};

use super::*;

/// Sums of which no two are alike.
fn sums(first: u64) -> Sums {
    Sums {
        requests: first,
        messages: first + 1,
        input_tokens: first + 2,
        output_tokens: first + 3,
        cache_write_5m_tokens: first + 4,
        cache_write_1h_tokens: first + 5,
        cache_read_tokens: first + 6,
        web_search_requests: first + 7,
        unpriced_tokens: first + 8,
        thinking_tokens: first + 9,
        web_fetch_requests: first + 10,
        provisional_messages: first + 11,
        provisional_output_tokens: first + 12,
        cost: Picodollars(u128::from(first + 13) << 64 | u128::from(first + 14)),
    }
}

fn stretch(first: u64) -> Stretch {
    Stretch { start: first.cast_signed() + 20, end: first.cast_signed() + 21, counters: sums(first) }
}

fn seen(limit: Option<Seen>) -> Limit {
    limit.map_or_else(Limit::default, |limit| Limit {
        used_millionths: limit.used_millionths,
        resets_at: limit.resets_at,
        seen_at: limit.seen_at,
        reserved: 0,
    })
}

/// The same by the accessors of totals.
fn by_accessors(read: &Read) -> Totals {
    let control = read.control();
    let (block_first_at, block_last_at) = read.block_span().unwrap_or_default();
    Totals {
        generation: read.generation(),
        published_at: read.published_at(),
        all_time: read.all_time().into(),
        today: read.today().into(),
        this_week: read.this_week().into(),
        this_month: read.this_month().into(),
        block: read.block().unwrap_or_default().into(),
        block_first_at,
        block_last_at,
        scan_state: u64::from(read.scan_state() == ScanState::Complete),
        five_hour_limit: seen(read.five_hour_limit()),
        seven_day_limit: seen(read.seven_day_limit()),
        sessions_left_out: read.sessions_left_out(),
        superseded: control.superseded.into(),
        state: if control.stopped { STOPPED } else { RUNNING },
        heartbeat_monotonic: control.heartbeat_monotonic_ms,
        heartbeat_at: control.heartbeat_at,
    }
}

#[test]
fn totals_for_c_are_what_their_accessors_give() {
    let limit = |first: i64| {
        Some(Seen { used_millionths: first.unsigned_abs(), resets_at: first + 1, seen_at: first + 2 })
    };
    let whole = Publication {
        published_at: 1_700_000_000_000,
        totals: sums(100),
        today: stretch(200),
        this_week: stretch(300),
        this_month: stretch(400),
        block: Some(stretch(500)),
        block_span: (601, 602),
        scan_state: ScanState::Complete,
        five_hour_limit: limit(701),
        seven_day_limit: limit(801),
        sessions_left_out: 901,
    };
    // A block without an end and a limit that nobody saw are none, though the file holds words of them.
    let no_end = Some(Stretch { end: 0, ..stretch(500) });
    let unseen = Some(Seen { used_millionths: 1, resets_at: 2, seen_at: 0 });
    let hollow = Publication { block: no_end, five_hour_limit: unseen, seven_day_limit: unseen, ..whole };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("usage.snapshot");
    let options = WriterOptions { zone: "UTC".into(), week_start: 0, program: "test".into() };
    let mut writer = Writer::open(&path, options).unwrap();
    let mut reader = None;
    for publication in [whole, hollow, Publication::default()] {
        writer.commit(&publication).unwrap();
        let reader = reader.get_or_insert_with(|| Reader::open(&path).unwrap());
        let read = reader.totals().unwrap();
        assert_eq!(Totals::from(&read), by_accessors(&read));
    }
}
