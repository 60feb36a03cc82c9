//! The rule of the live snapshot: every figure follows from one number, so that any value can be checked by itself.
//!
//! Invariant: all sets of counters of a commit follow from the same number, except those of the history.

use cco::snapshot::{
    AgentRow, Counters, DayRow, Frame, HistoryRow, HourRow, ModelRow, Picodollars, ProjectRow, Row,
    SessionRow, Span, Totals,
};

/// `published_at` of commit N is this plus N.
pub const PUBLISHED_AT: i64 = 1_700_000_000_000;
/// The number that a commit's figures follow from is below this, so that no product overflows.
pub const NUMBER_LIMIT: u64 = 1 << 56;

/// The figures of a number.
pub fn counters(number: u64) -> Counters {
    Counters {
        requests: number,
        messages: number + 1,
        input_tokens: 2 * number,
        output_tokens: 3 * number,
        cache_write_5m_tokens: 5 * number,
        cache_write_1h_tokens: 7 * number,
        cache_read_tokens: 11 * number,
        web_search_requests: 13 * number,
        unpriced_tokens: 17 * number,
        // Both words of it change.
        cost: Picodollars((19 * u128::from(number)) << 40),
        thinking_tokens: number,
        web_fetch_requests: 23 * number,
        provisional_messages: 29 * number,
        provisional_output_tokens: 31 * number,
    }
}

/// Whether a set follows the rule with some number.
fn follows(of: &Counters) -> bool {
    of.requests < NUMBER_LIMIT && *of == counters(of.requests)
}

/// Whether all of the totals follow from one number.
pub fn totals_hold(totals: &Totals) -> bool {
    let all = totals.all_time();
    let spans = [Span::Today, Span::Week, Span::Month, Span::Block];
    follows(&all)
        && totals.published_at() == PUBLISHED_AT + totals.generation().cast_signed()
        && spans.into_iter().all(|span| totals.over(span).counters == all)
}

/// Whether all of the frame follows from the number of its totals, and its history from numbers.
pub fn frame_holds(frame: &Frame) -> bool {
    let all = frame.totals().all_time();
    let rows = [
        same::<ModelRow>(frame, all, |row| row.counters),
        same::<ProjectRow>(frame, all, |row| row.counters),
        same::<ProjectRow>(frame, all, |row| row.today),
        same::<SessionRow>(frame, all, |row| row.counters),
        same::<DayRow>(frame, all, |row| row.counters),
        same::<HourRow>(frame, all, |row| row.counters),
        same::<AgentRow>(frame, all, |row| row.counters),
    ];
    totals_hold(frame.totals())
        && rows.into_iter().all(|holds| holds)
        && frame.history().all(|row: HistoryRow| follows(&row.counters))
}

fn same<R: Row>(frame: &Frame, all: Counters, of: impl Fn(&R) -> Counters) -> bool {
    // A frame without rows would prove nothing.
    frame.rows::<R>().len() > 0 && frame.rows::<R>().all(|row| of(&row) == all)
}
