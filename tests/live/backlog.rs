//! Much that arrives at once is published as it is counted, and other appends go on.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use cco::snapshot::{Agent, Reader, ScanState};

use crate::transcript::line;
use crate::world::{PATIENCE, Publisher, World, await_health, await_that, await_totals};

/// More than is gathered before anything is stored.
const MANY: u64 = 60_000;
/// So many that what a first count leaves in the heap stands out.
const ENOUGH_TO_MEASURE: u64 = 150_000;

/// Makes a project of so many short requests beside the root and moves it in, so that all of it arrives at once.
fn arrive(world: &World, project: &str, files: u64, requests: u64) {
    let beside = world.home().join(project);
    std::fs::create_dir(&beside).unwrap();
    for file in 0..files {
        let mut text = String::new();
        for request in (file..requests).step_by(usize::try_from(files).unwrap()) {
            writeln!(
                text,
                r#"{{"type":"assistant","timestamp":"2026-03-01T00:00:00Z","sessionId":"{project}{file}","message":{{"id":"msg_{project}_{request}","model":"claude-opus-5","stop_reason":"end_turn","usage":{{"input_tokens":1,"output_tokens":2}}}}}}"#
            )
            .unwrap();
        }
        std::fs::write(beside.join(format!("{file}.jsonl")), text).unwrap();
    }
    std::fs::rename(&beside, world.path(project)).unwrap();
}

/// A publisher that follows a transcript of one request and watches all folders.
fn following() -> (World, Publisher, Reader) {
    let world = World::new();
    world.write("p/s.jsonl", &line(1, 0, "s"));
    let publisher = world.publisher();
    let mut reader = world.reader();
    world.await_naive(&mut reader);
    await_health(&reader, "all watches", |health| health.passes >= 2);
    (world, publisher, reader)
}

fn requests_of(reader: &mut Reader, session: &str) -> u64 {
    reader.session(Agent::CLAUDE_CODE, session).unwrap().map_or(0, |row| row.counters.requests)
}

#[test]
fn what_arrives_at_once_shows_as_it_is_counted_and_appends_go_on() {
    let (world, _publisher, mut reader) = following();
    arrive(&world, "big", 20, MANY);
    await_that(&mut reader, "catching up", |totals| totals.scan_state() == ScanState::CatchingUp);
    world.append("p/s.jsonl", &[line(2, 0, "s"), line(3, 0, "s")].concat());
    let (mut between, mut appended) = (0, false);
    let deadline = Instant::now() + PATIENCE;
    loop {
        let totals = reader.totals().unwrap();
        if totals.scan_state() == ScanState::Complete {
            break;
        }
        between += u64::from(totals.all_time().requests > 10 && totals.all_time().requests < MANY);
        appended |= requests_of(&mut reader, "s") == requests_of_two_lines(&world);
        assert!(Instant::now() < deadline, "{totals:?}");
        reader.wait(Duration::from_millis(200)).unwrap();
    }
    assert!(between > 0, "nothing was published before the end");
    assert!(appended, "the append waited for the end");
    world.await_naive(&mut reader);
    world.check(&mut reader);
}

#[test]
fn an_append_that_is_noticed_together_with_much_else_does_not_wait_for_it() {
    let (world, publisher, mut reader) = following();
    publisher.signal("-STOP");
    world.append("p/s.jsonl", &[line(2, 0, "s"), line(3, 0, "s")].concat());
    arrive(&world, "big", 20, 60_000);
    publisher.signal("-CONT");
    let expected = requests_of_two_lines(&world);
    let deadline = Instant::now() + PATIENCE;
    while requests_of(&mut reader, "s") < expected {
        assert!(Instant::now() < deadline);
        reader.wait(Duration::from_millis(200)).unwrap();
    }
    let totals = reader.totals().unwrap();
    assert_eq!(totals.scan_state(), ScanState::CatchingUp, "the append waited for the end");
    assert_eq!(totals.all_time().requests, expected, "the append waited for others");
    world.await_naive(&mut reader);
    world.check(&mut reader);
}

/// What the transcript beside the big ones holds.
fn requests_of_two_lines(world: &World) -> u64 {
    let mut naive = crate::naive::Naive::default();
    naive.look(&world.path("p"));
    naive.totals().requests
}

#[test]
fn what_arrives_for_an_empty_ledger_is_never_called_complete_before_it_is() {
    let world = World::new();
    let _publisher = world.publisher();
    let mut reader = world.reader();
    await_that(&mut reader, "zeros", |totals| totals.scan_state() == ScanState::Complete);
    await_health(&reader, "all watches", |health| health.passes >= 2);
    arrive(&world, "big", 20, 60_000);
    await_that(&mut reader, "catching up", |totals| totals.scan_state() == ScanState::CatchingUp);
    let seen = await_that(&mut reader, "the end", |totals| totals.scan_state() == ScanState::Complete);
    assert_eq!(seen.all_time().requests, 60_000);
    world.append("big/0.jsonl", &line(1, 0, "s"));
    world.await_naive(&mut reader);
    world.check(&mut reader);
}

#[test]
fn what_is_appended_to_a_transcript_that_is_being_read_is_counted() {
    let world = World::new();
    world.write("p/s.jsonl", &line(1, 0, "s"));
    let _publisher = world.publisher();
    let mut reader = world.reader();
    world.await_naive(&mut reader);
    arrive(&world, "big", 2, 40_000);
    for request in 10..40 {
        world.append("big/0.jsonl", &line(request, 0, "t"));
        std::thread::sleep(Duration::from_millis(20));
    }
    std::fs::remove_file(world.path("big/1.jsonl")).unwrap();
    let expected = world.naive().totals().requests + 20_000;
    await_that(&mut reader, "all of it", |totals| {
        totals.all_time().requests == expected && totals.scan_state() == ScanState::Complete
    });
    world.check(&mut reader);
}

#[test]
fn lag_is_the_time_since_the_write_however_many_transcripts_arrive() {
    let (world, _publisher, mut reader) = following();
    arrive(&world, "big", 40, 400);
    await_totals(&mut reader, world.naive().totals(), "all of it");
    let health = await_health(&reader, "a lag", |health| health.lag_us > 0);
    assert!(Duration::from_micros(health.lag_us) < PATIENCE, "{health:?}");
}

#[test]
#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn memory_that_a_first_count_took_is_given_back() {
    let world = World::new();
    arrive(&world, "big", 8, ENOUGH_TO_MEASURE);
    let publisher = world.publisher();
    let mut reader = world.reader();
    await_that(&mut reader, "all of it", |totals| {
        totals.scan_state() == ScanState::Complete && totals.all_time().requests == ENOUGH_TO_MEASURE
    });
    await_health(&reader, "all watches", |health| health.passes >= 2);
    let status = std::fs::read_to_string(format!("/proc/{}/status", publisher.0.id())).unwrap();
    let kib = |name: &str| -> u64 {
        let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        line.trim_end_matches("kB").trim().parse().unwrap()
    };
    eprintln!("{} kB of private memory, {} kB at most", kib("RssAnon:"), kib("VmHWM:"));
    assert!(kib("RssAnon:") * 6 < kib("VmHWM:"), "{status}");
}
