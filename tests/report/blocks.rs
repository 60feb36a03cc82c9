//! Blocks of hours, against single requests.

use cco::config::Aliases;
use cco::pricing::CostMode;
use cco::report::five_hours::FiveHours;
use cco::report::usage::blocks::{Block, Entry, blocks};
use cco::report::usage::{BlockReport, BlockStatus, Costs, Only, Query, TokenLimit, compat, json};
use cco::snapshot::Limit;
use cco::usage::Record;
use jiff::civil::Weekday;
use jiff::tz::TimeZone;
use proptest::prelude::*;

use crate::place::{Place, request};
use crate::sample::{MARCH_MS, Temporary, apply, prices, record, temporary};

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;

fn query() -> Query {
    Query {
        since: None,
        until: None,
        zone: TimeZone::UTC,
        week_start: Weekday::Monday,
        mode: CostMode::Auto,
        only: Only::default(),
        folds_worktrees: false,
    }
}

fn ledger_of(moments: &[i64]) -> Temporary {
    let mut temporary = temporary();
    let of = |(at_ms, key): (&i64, u128)| {
        record(key, *at_ms, if key % 3 == 0 { "s1" } else { "s2" }, if key % 2 == 0 { "-p" } else { "-q" })
    };
    let records: Vec<Record> = moments.iter().zip(1..).map(of).collect();
    apply(&mut temporary.ledger, &records, &prices(15));
    temporary
}

/// Start, first, last and number of requests of each block; of each pause its ends and nothing.
type Told = (i64, i64, i64, u64);

fn told(entry: &Entry) -> Told {
    match entry {
        Entry::Block(block) => (block.start_ms, block.first_ms, block.last_ms, block.counters.requests),
        Entry::Gap(gap) => (gap.start_ms, gap.end_ms, 0, 0),
    }
}

/// What single requests give, by the words of the definition.
fn naive(mut moments: Vec<i64>, length_ms: i64) -> Vec<Told> {
    moments.sort_unstable();
    let mut entries: Vec<Told> = Vec::new();
    let mut open: Option<Told> = None;
    for at_ms in moments {
        match &mut open {
            Some(block) if at_ms - block.0 <= length_ms && at_ms - block.2 <= length_ms => {
                block.2 = at_ms;
                block.3 += 1;
            }
            _ => {
                let last = open.replace((at_ms.div_euclid(HOUR_MS) * HOUR_MS, at_ms, at_ms, 1));
                if let Some(last) = last {
                    entries.push(last);
                    if at_ms - last.2 > length_ms {
                        entries.push((last.2 + length_ms, at_ms, 0, 0));
                    }
                }
            }
        }
    }
    entries.extend(open);
    entries
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    #[test]
    fn blocks_are_those_of_single_requests_whatever_their_length(
        times in prop::collection::vec((0..200i64, -1..2i64), 1..40),
        quarters in prop::sample::select(vec![4, 5, 7, 10, 20, 48]),
    ) {
        let moments: Vec<i64> =
            times.iter().map(|(quarter, ms)| MARCH_MS + quarter * 15 * MINUTE_MS + ms).collect();
        let length_ms = quarters * 15 * MINUTE_MS;
        let temporary = ledger_of(&moments);
        let entries = blocks(&temporary.ledger, &query(), length_ms, 0).unwrap();
        prop_assert_eq!(entries.iter().map(told).collect::<Vec<_>>(), naive(moments, length_ms));
    }
}

/// The only block of requests at these minutes past midnight, seen at another.
fn block(minutes: &[i64], now: i64) -> Block {
    let moments: Vec<i64> = minutes.iter().map(|minute| MARCH_MS + minute * MINUTE_MS).collect();
    let temporary = ledger_of(&moments);
    let entries = blocks(&temporary.ledger, &query(), 5 * HOUR_MS, MARCH_MS + now * MINUTE_MS).unwrap();
    match <[Entry; 1]>::try_from(entries) {
        Ok([Entry::Block(block)]) => block,
        other => panic!("one block was expected: {other:?}"),
    }
}

#[test]
fn a_block_that_runs_is_projected_at_the_rate_it_is_used() {
    // 1,110 tokens and $0.00183 a request; four in an hour, two hours before the end.
    let now = 180;
    let block = block(&[60, 80, 100, 120], now);
    assert!(block.is_active);
    let burn = block.burn().unwrap();
    assert!((burn.tokens_per_minute() - 74.0).abs() < 1e-9);
    assert!((burn.fresh_tokens_per_minute() - 4.0 * 110.0 / 60.0).abs() < 1e-9);
    assert_eq!(burn.cost_per_hour().amount, block.counters.cost);
    let own_end = FiveHours::Block(block.end_ms);
    let projection = block.projection(own_end, MARCH_MS + now * MINUTE_MS).unwrap();
    assert_eq!(projection.left_ms, 180 * MINUTE_MS);
    assert_eq!(projection.tokens, 4 * 4_440);
    assert_eq!(projection.cost.amount.0, 4 * block.counters.cost.0);
}

#[test]
fn nothing_is_projected_of_one_request_or_of_a_block_that_is_over() {
    assert_eq!(block(&[60], 61).burn(), None);
    let own_end = |block: &Block| FiveHours::Block(block.end_ms);
    let single = block(&[60], 61);
    assert_eq!(single.projection(own_end(&single), MARCH_MS), None);
    let over = block(&[60, 70], 6 * 60);
    assert!(!over.is_active && over.burn().is_some());
    assert_eq!(over.projection(own_end(&over), MARCH_MS + 360 * MINUTE_MS), None);
}

#[test]
fn every_form_of_a_report_projects_to_when_the_account_says_its_five_hours_end() {
    let now_ms = MARCH_MS + 180 * MINUTE_MS;
    let temporary = ledger_of(&[60, 80, 100, 120].map(|minute| MARCH_MS + minute * MINUTE_MS));
    let told = |account: Option<Limit>| {
        let length_ms = 5 * HOUR_MS;
        let report =
            BlockReport::read(&temporary.ledger, &query(), length_ms, None, account, now_ms).unwrap();
        let aliases = Aliases::default();
        let own =
            json::Blocks::of(json::Head::of("blocks", &query(), "UTC"), &report, Costs::Shown, &aliases);
        let own = serde_json::to_value(own).unwrap()["rows"][0]["projection"].clone();
        let compat = serde_json::to_value(compat::Blocks::of(&report, false, Costs::Shown)).unwrap();
        let compat = compat["blocks"][0]["projection"].clone();
        let BlockStatus::Active { projection, left_ms, .. } = report.status() else { panic!("it runs") };
        assert_eq!(own["total_tokens"], projection.unwrap().tokens);
        assert_eq!(compat["totalTokens"], projection.unwrap().tokens);
        assert_eq!(
            (&own["left_ms"], &compat["remainingMinutes"]),
            (&left_ms.into(), &(left_ms / 60_000).into())
        );
        (left_ms / MINUTE_MS, own["end"].as_str().unwrap().to_owned())
    };
    let resets_at = now_ms + 30 * MINUTE_MS;
    let account = Limit { used_millionths: 1, resets_at, seen_at: now_ms };
    assert_eq!(told(None), (180, "2026-03-01T06:00:00Z".to_owned()));
    assert_eq!(told(Some(account)), (30, "2026-03-01T03:30:00Z".to_owned()));
}

#[test]
fn a_request_dated_ahead_does_not_hide_the_running_block() {
    let now_ms = MARCH_MS + 150 * MINUTE_MS;
    let read = |moments: &[i64]| {
        let (limit, length_ms) = (Some(TokenLimit::Most), 5 * HOUR_MS);
        BlockReport::read(&ledger_of(moments).ledger, &query(), length_ms, limit, None, now_ms)
    };
    let ahead_ms = now_ms + 20 * HOUR_MS;
    let running = read(&[MARCH_MS + 60 * MINUTE_MS, MARCH_MS + 120 * MINUTE_MS, ahead_ms]).unwrap();
    match running.status() {
        BlockStatus::Active { block, .. } => assert_eq!(block.counters.requests, 2),
        idle => panic!("the running block was expected: {idle:?}"),
    }
    // A block that has not begun is not over, so it is no measure of one either.
    assert_eq!(running.limit, None);
    let over_ms = MARCH_MS - 20 * HOUR_MS;
    let idle = read(&[over_ms, ahead_ms]).unwrap();
    let ended_ms = Some(over_ms + 5 * HOUR_MS);
    assert!(matches!(idle.status(), BlockStatus::Idle { ended_ms: it } if it == ended_ms));
}

#[test]
fn what_is_left_out_moves_no_block() {
    let place = Place::new();
    place.add("-home-ada-loom", "s-2", &request(3, "s-2", "2026-03-22T12:30:00Z"));
    place.add("-home-ada-engine", "s-1", &request(4, "s-1", "2026-03-22T13:30:00Z"));
    let starts = |arguments: &[&str]| {
        let report = place.cco(&[&["blocks", "--json"], arguments].concat()).json();
        let rows = report["rows"].as_array().unwrap().clone();
        rows.iter().map(|row| (row["start"].to_string(), row["requests"].as_u64())).collect::<Vec<_>>()
    };
    let start = |time: &str, requests| (format!("\"2026-03-{time}:00:00Z\""), Some(requests));
    assert_eq!(starts(&[]), [start("20T10", 1), start("22T10", 3)]);
    assert_eq!(starts(&["--project", "loom"]), [start("22T10", 2)]);
    assert_eq!(starts(&["--since", "20260321", "--project", "engine"]), [start("22T10", 1)]);
    assert_eq!(starts(&["--last", "1"]), [start("22T10", 3)]);
    assert_eq!(starts(&["--recent"]), []);
    assert_eq!(starts(&["--session-length", "2"]), [start("20T10", 1), start("22T10", 1), start("22T12", 2)]);
}

#[test]
fn the_most_of_any_block_before_is_the_limit() {
    let place = Place::new();
    place.add("-home-ada-loom", "s-2", &request(3, "s-2", "2026-03-22T12:30:00Z"));
    let report = place.cco(&["blocks", "--json", "--token-limit", "max"]).json();
    assert_eq!(report["token_limit"], 2_000_000);
    let text = place.cco(&["blocks", "-t", "max"]).printed().to_owned();
    assert!(text.contains("% of limit") && text.contains("50.0%") && text.contains("100.0%"), "{text}");
    assert!(text.contains("idle"), "{text}");
}

/// A place with a block that is over, and one that runs: two requests of a million tokens, half an hour apart.
fn running() -> Place {
    let place = Place::new();
    let now = jiff::Timestamp::now();
    for (id, minutes) in [(11, 40), (12, 10)] {
        let at = now.checked_sub(jiff::SignedDuration::from_mins(minutes)).unwrap();
        place.add("-home-ada-loom", "s-3", &request(id, "s-3", &at.to_string()));
    }
    place
}

#[test]
fn the_running_block_has_rows_for_what_remains_and_what_is_projected() {
    let place = running();
    let rows = |arguments: &[&str]| {
        let text = place.cco(&[&["blocks"], arguments].concat()).printed().to_owned();
        let rows: Vec<Vec<String>> =
            text.lines().map(|line| line.split_whitespace().map(Into::into).collect()).collect();
        let of = |title: &str| rows.iter().find(|row| row.first().is_some_and(|it| it == title)).cloned();
        (of("Remaining"), of("Projected"), of("Total"))
    };
    let (remaining, projected, total) = rows(&[]);
    assert_eq!(remaining, None, "without a limit nothing is known to remain");
    let projected = projected.unwrap();
    assert_eq!(projected[..4], ["Projected", "at", "this", "rate"]);
    assert_eq!(total.unwrap()[1], "4", "neither is in the sum");
    let (remaining, with_limit, _) = rows(&["--token-limit", "8000000"]);
    assert_eq!(remaining.unwrap(), ["Remaining", "of", "the", "limit", "6,000,000", "75.0%"]);
    // From the tokens so far and a rate that stays the same follows what both projections show.
    let with_limit = with_limit.unwrap();
    assert!(with_limit[5].ends_with('%') && with_limit[6].starts_with('$'), "{with_limit:?}");
    let (remaining, _, _) = rows(&["--token-limit", "1000", "--breakdown"]);
    assert_eq!(remaining.unwrap(), ["Remaining", "of", "the", "limit", "0", "0.0%"]);
    let (_, projected, _) = rows(&["--no-cost"]);
    assert!(!projected.unwrap().concat().contains('$'));

    let json = |arguments: &[&str]| place.cco(&[&["blocks", "--json"], arguments].concat()).json();
    let limited = json(&["-t", "8000000"]);
    assert_eq!(limited["rows"][0]["remaining_tokens"], serde_json::Value::Null, "it is over");
    assert_eq!(limited["rows"][2]["remaining_tokens"], 6_000_000);
    assert_eq!(json(&[])["rows"][2]["remaining_tokens"], serde_json::Value::Null);
    let active = place.cco(&["blocks", "--active", "-t", "8000000"]);
    assert!(
        active.printed().contains("8,000,000 tokens: 25.0% used, 6,000,000 left"),
        "{}",
        active.printed()
    );
}

#[test]
fn idle_time_is_a_line_between_blocks_and_with_all_each_has_its_row() {
    let place = Place::new();
    place.add("-home-ada-engine", "s-1", &request(4, "s-1", "2026-03-24T10:00:00Z"));
    let text = |arguments: &[&str]| place.cco(&[&["blocks"], arguments].concat()).printed().to_owned();
    let lines = |text: &str| {
        text.lines()
            .filter(|line| line.contains(" for "))
            .map(|line| line.trim().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(lines(&text(&[])), ["idle for 2d", "idle for 2d"]);
    // What another project used in between was no idle time, and has no row.
    assert_eq!(lines(&text(&["--project", "-home-ada-engine"])), ["no matching usage for 4d"]);
    assert_eq!(
        lines(&text(&["--project", "-home-ada-engine", "--order", "desc"])),
        ["no matching usage for 4d"]
    );
    let all = lines(&text(&["--project", "-home-ada-engine", "--all"]));
    let starts: Vec<_> =
        all.iter().map(|line| line.split_whitespace().collect::<Vec<_>>()[..5].join(" ")).collect();
    assert_eq!(starts, ["2026-03-20 10:00 idle for 2d", "2026-03-22 10:00 idle for 2d"], "{all:?}");

    let json = place.cco(&["blocks", "--json", "--all"]).json();
    assert_eq!(
        json["idle"][1],
        serde_json::json!({"start": "2026-03-22T10:00:00Z", "end": "2026-03-24T10:00:00Z"})
    );
    assert_eq!((json["idle"].as_array().unwrap().len(), json["rows"].as_array().unwrap().len()), (2, 3));
    assert_eq!(place.cco(&["blocks", "--json"]).json()["idle"], serde_json::Value::Null);
    let compat = ["blocks", "--json", "--compat", "ccusage"];
    let both = [place.cco(&compat).json(), place.cco(&[&compat[..], &["--all"]].concat()).json()];
    assert_eq!(both[0], both[1], "ccusage's format has them always");
    place.cco(&["blocks", "--active", "--all"]).fails(2, &["--all", "--active"]);
}
