//! Very many sessions deleted at once hold up neither heartbeats nor appends.

use std::time::{Duration, Instant};

use cco::snapshot::{HEARTBEAT_EVERY, WriterState};

use crate::transcript::line;
use crate::world::{PATIENCE, World, await_health, await_that};

/// Enough for work that grows with their square to take minutes; `benches/growth` measures more.
const FOLDERS: u64 = 4_000;

/// Several times what a build without optimization takes.
const SOON: Duration = Duration::from_secs(20);

#[test]
fn very_many_session_folders_deleted_at_once_hold_up_neither_heartbeats_nor_appends() {
    let world = World::new();
    world.write("live/s.jsonl", &line(0, 0, "s"));
    for number in 1..=FOLDERS {
        world.write(&format!("p/{number}/agent-1.jsonl"), &line(number, 0, "s"));
    }
    let _publisher = world.publisher();
    let mut reader = world.reader();
    world.await_naive(&mut reader);
    await_health(&reader, "all watches", |health| health.passes >= 2);
    let naive = world.naive().totals();
    // Moved out of the root, they are gone at once.
    std::fs::rename(world.path("p"), world.home().join("elsewhere")).unwrap();
    let began = Instant::now();
    let mut oldest = Duration::ZERO;
    while reader.health().unwrap().unwrap_or_default().files > 1 {
        let freshness = reader.freshness().unwrap();
        assert_eq!(freshness.writer, WriterState::Live);
        oldest = oldest.max(freshness.heartbeat_age);
        assert!(began.elapsed() < PATIENCE, "still known: {:?}", reader.health());
        std::thread::sleep(Duration::from_millis(5));
    }
    let took = began.elapsed();
    eprintln!("noticed after {took:?}, with a heartbeat of at most {oldest:?}");
    assert!(took < SOON, "it took {took:?} to notice");
    assert!(oldest < HEARTBEAT_EVERY + Duration::from_secs(2), "{oldest:?} without a heartbeat");
    let began = Instant::now();
    world.append("live/s.jsonl", &line(FOLDERS + 1, 0, "s"));
    let expected = naive.requests + 1;
    await_that(&mut reader, "the append", |totals| totals.all_time().requests >= expected);
    assert!(began.elapsed() < Duration::from_secs(2), "the append took {:?}", began.elapsed());
}
