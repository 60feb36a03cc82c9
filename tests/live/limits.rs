//! What Claude Code says of limits reaches all readers, whichever way it says it.

use std::fs;

use cco::limits::{self, Limits};
use cco::snapshot::{LimitKind, LimitRow, Picodollars, Reader};

use crate::transcript::line;
use crate::world::{World, await_that};

/// Kind, scope, used part and allowed dollars of each limit that is published.
fn rows(reader: &mut Reader) -> Vec<(LimitKind, String, u64, u128)> {
    let frame = reader.frame().unwrap();
    let row = |row: LimitRow| {
        let dollars = row.allowed.0 / Picodollars::PER_USD;
        (row.kind, frame.name(row.scope).to_owned(), row.used_millionths, dollars)
    };
    frame.rows::<LimitRow>().map(row).collect()
}

fn cached(fetched_at: i64, opus: u64) -> String {
    format!(
        r#"{{"userID": "private", "cachedUsageUtilization": {{"fetchedAtMs": {fetched_at}, "utilization": {{
            "seven_day": {{"utilization": 12, "resets_at": null}},
            "extra_usage": {{"is_enabled": true, "monthly_limit": 5000, "used_credits": 1000}},
            "limits": [{{"kind": "weekly_scoped", "percent": {opus}, "scope": {{"model": {{"display_name": "Opus"}}}}}}]
        }}}}}}"#
    )
}

#[test]
fn limits_of_models_and_of_spend_are_published_with_the_age_of_the_cache() {
    let world = World::new();
    world.write("p/s.jsonl", &line(1, 0, "s"));
    let fetched_at = jiff::Timestamp::now().as_millisecond() - 3_600_000;
    fs::write(world.root().join(".claude.json"), cached(fetched_at, 33)).unwrap();
    let publisher = world.publisher();
    let mut reader = world.reader();
    await_that(&mut reader, "a limit", |totals| totals.seven_day_limit().is_some());
    assert_eq!(reader.totals().unwrap().seven_day_limit().unwrap().seen_at, fetched_at);
    let model = |used| (LimitKind::SevenDayModel, "Opus".to_owned(), used, 0);
    let spend = (LimitKind::Spend, String::new(), 200_000, 50);
    let week = (LimitKind::SevenDay, String::new(), 120_000, 0);
    assert_eq!(rows(&mut reader), [week.clone(), model(330_000), spend.clone()]);

    // A terminal hears more; the cache is left as it is.
    let now = jiff::Timestamp::now().as_millisecond();
    let text = r#"{"model_scoped": [{"display_name": "opus", "utilization": 41.5}], "five_hour": {"used_percentage": 7}}"#;
    limits::leave(&world.snapshot(), "s", &limits::in_status_line(text, now)).unwrap();
    await_that(&mut reader, "what a terminal heard", |totals| totals.five_hour_limit().is_some());
    let five_hours = (LimitKind::FiveHour, String::new(), 70_000, 0);
    assert_eq!(rows(&mut reader), [five_hours, week, model(415_000), spend]);

    // The next publisher finds another word, and nothing private in what is kept.
    assert!(publisher.stop().success());
    fs::write(world.root().join(".claude.json"), cached(now, 44)).unwrap();
    let _publisher = world.publisher();
    await_that(&mut reader, "a newer cache", |totals| {
        totals.seven_day_limit().is_some_and(|limit| limit.seen_at == now)
    });
    assert!(rows(&mut reader).contains(&model(440_000)));
    for entry in fs::read_dir(limits::folder_of(&world.snapshot())).unwrap() {
        let text = fs::read_to_string(entry.unwrap().path()).unwrap();
        assert!(!text.contains("private"), "{text}");
    }
    assert!(
        !limits::gather(&limits::folder_of(&world.snapshot()), &Limits::default(), now).unwrap().is_empty()
    );
}
