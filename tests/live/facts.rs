//! What happens to transcripts shows in the totals, without a restart.

use std::fs::{self, File};
use std::path::Path;
use std::time::{Duration, Instant};

use cco::limits::{self, Limits};
use cco::snapshot::{Limit, ProjectRow, Reader, ScanState, SessionRow, Totals};

use crate::naive::Naive;
use crate::transcript::{chatter, forked_line, line};
use crate::world::{Publisher, World, await_health, await_that, await_totals};

/// A publisher that has caught up with one transcript of two requests, `p/s.jsonl`.
fn following() -> (World, Publisher, Reader) {
    let world = World::new();
    world.write("p/s.jsonl", &[line(1, 0, "s"), line(2, 0, "s")].concat());
    let publisher = world.publisher();
    let mut reader = world.reader();
    world.await_naive(&mut reader);
    await_health(&reader, "the look after all watches were set", |health| health.passes >= 2);
    (world, publisher, reader)
}

/// What these lines come to.
fn naive(lines: &[Vec<u8>]) -> Naive {
    let mut naive = Naive::default();
    naive.read(&lines.concat());
    naive
}

#[test]
fn what_is_appended_is_counted() {
    let (world, _publisher, mut reader) = following();
    for request in 3..20 {
        world.append("p/s.jsonl", &[line(request, 0, "s"), chatter(3000), line(request, 1, "s")].concat());
        world.await_naive(&mut reader);
    }
    world.check(&mut reader);
}

#[test]
fn a_publisher_without_transcripts_shows_zeros_and_then_the_first() {
    let world = World::new();
    let _publisher = world.publisher();
    let mut reader = world.reader();
    await_that(&mut reader, "zeros", |totals| {
        totals.scan_state() == ScanState::Complete && totals.all_time().requests == 0
    });
    world.write("p/s.jsonl", &line(1, 0, "s"));
    world.await_naive(&mut reader);
}

#[test]
fn new_files_projects_and_subagent_folders_are_counted() {
    let (world, _publisher, mut reader) = following();
    for (number, below) in
        ["p/t.jsonl", "q/u.jsonl", "p/s/subagents/agent-1.jsonl", "r/v/subagents/w/agent-2.jsonl", "x.jsonl"]
            .into_iter()
            .enumerate()
    {
        world.write(below, &line(10 + number as u64, 0, "s"));
        world.await_naive(&mut reader);
        world.append(below, &line(20 + number as u64, 0, "s"));
        world.await_naive(&mut reader);
    }
    world.check(&mut reader);
}

#[test]
fn a_root_that_appears_later_is_counted() {
    let world = World::new();
    fs::remove_dir_all(world.root()).unwrap();
    let _publisher = world.publisher();
    let mut reader = world.reader();
    world.write("p/s.jsonl", &line(1, 0, "s"));
    world.await_naive(&mut reader);
    world.append("p/s.jsonl", &line(2, 0, "s"));
    world.await_naive(&mut reader);
}

#[test]
fn a_root_that_is_removed_and_returns_is_followed_again() {
    let (world, _publisher, mut reader) = following();
    let mut all = world.naive();
    let aside = world.home().join("aside");
    fs::rename(world.root(), &aside).unwrap();
    // Its end may be seen or not; either way what it held stays.
    fs::rename(&aside, world.root()).unwrap();
    world.append("p/s.jsonl", &line(3, 0, "s"));
    all.look(&world.path(""));
    await_totals(&mut reader, all.totals(), "a root moved away and back");

    fs::remove_dir_all(world.root()).unwrap();
    world.write("q/t.jsonl", &line(4, 0, "t"));
    all.look(&world.path(""));
    await_totals(&mut reader, all.totals(), "a root removed and made anew");
    world.check(&mut reader);
}

#[test]
fn half_a_line_counts_once_it_is_complete() {
    let (world, _publisher, mut reader) = following();
    let whole = line(3, 0, "s");
    world.append("p/s.jsonl", &whole[..whole.len() / 2]);
    // Shown for certain: what came after the half line is counted.
    world.write("p/t.jsonl", &line(4, 0, "t"));
    world.await_naive(&mut reader);
    world.append("p/s.jsonl", &whole[whole.len() / 2..whole.len() - 1]);
    world.await_naive(&mut reader);
    world.append("p/s.jsonl", &[b"\n".to_vec(), line(5, 0, "s")].concat());
    world.await_naive(&mut reader);
}

#[test]
fn a_transcript_cut_in_place_keeps_its_totals_and_goes_on() {
    let (world, _publisher, mut reader) = following();
    let mut all = world.naive();
    let length = line(1, 0, "s").len() as u64;
    File::options().write(true).open(world.path("p/s.jsonl")).unwrap().set_len(length).unwrap();
    world.append("p/s.jsonl", &line(3, 0, "s"));
    all.look(&world.path(""));
    assert_eq!(all.len(), 3);
    await_totals(&mut reader, all.totals(), "three requests");
    world.check(&mut reader);
    assert_eq!(reader.health().unwrap().unwrap().truncations, 1);
}

#[test]
fn a_rewritten_transcript_counts_what_is_new_in_it() {
    let (world, _publisher, mut reader) = following();
    let mut all = world.naive();
    world.write("p/s.jsonl", &[line(2, 1, "s"), line(3, 0, "s"), line(4, 0, "s")].concat());
    all.look(&world.path(""));
    await_totals(&mut reader, all.totals(), "a file written over");

    let beside = world.home().join("beside");
    fs::write(&beside, [line(5, 0, "s"), line(4, 2, "s")].concat()).unwrap();
    fs::rename(beside, world.path("p/s.jsonl")).unwrap();
    all.look(&world.path(""));
    await_totals(&mut reader, all.totals(), "a file put in its place");
    world.check(&mut reader);
}

#[test]
fn a_renamed_transcript_goes_on_where_it_was() {
    let (world, _publisher, mut reader) = following();
    fs::rename(world.path("p/s.jsonl"), world.path("p/renamed.jsonl")).unwrap();
    world.append("p/renamed.jsonl", &line(3, 0, "s"));
    world.await_naive(&mut reader);
    fs::rename(world.path("p"), world.path("q")).unwrap();
    world.append("q/renamed.jsonl", &line(4, 0, "s"));
    world.await_naive(&mut reader);
    world.check(&mut reader);
    let health = reader.health().unwrap().unwrap();
    assert_eq!((health.duplicates_merged, health.truncations), (0, 0), "nothing was read twice");
}

#[test]
fn a_deleted_transcript_keeps_its_totals() {
    let (world, publisher, mut reader) = following();
    fs::remove_file(world.path("p/s.jsonl")).unwrap();
    let with = |request| {
        let lines = [line(1, 0, "s"), line(2, 0, "s"), line(3, 0, "t"), line(4, 0, "t")];
        naive(&lines[..request]).totals()
    };
    world.write("p/t.jsonl", &line(3, 0, "t"));
    await_totals(&mut reader, with(3), "while it runs");

    assert!(publisher.stop().success());
    let publisher = world.publisher();
    world.append("p/t.jsonl", &line(4, 0, "t"));
    await_totals(&mut reader, with(4), "over a restart");
    world.check(&mut reader);

    assert!(publisher.stop().success());
    fs::remove_file(world.snapshot()).unwrap();
    let _publisher = world.publisher();
    let mut reader = world.reader();
    await_totals(&mut reader, with(4), "without the snapshot");
    world.check(&mut reader);
}

#[test]
fn a_deleted_transcript_that_comes_back_counts_once() {
    let (world, _publisher, mut reader) = following();
    let held = fs::read(world.path("p/s.jsonl")).unwrap();
    fs::remove_file(world.path("p/s.jsonl")).unwrap();
    world.write("p/t.jsonl", &line(3, 0, "t"));
    await_that(&mut reader, "the other", |totals| totals.all_time().messages == 3);
    world.write("p/s.jsonl", &[held, line(4, 0, "s")].concat());
    world.await_naive(&mut reader);
    world.check(&mut reader);
}

#[test]
fn a_fork_in_another_project_adds_only_what_is_new() {
    let (world, _publisher, mut reader) = following();
    let copied = [forked_line(1, 0, "fork"), forked_line(2, 0, "fork"), line(3, 0, "fork")].concat();
    world.write("elsewhere/fork.jsonl", &copied);
    world.await_naive(&mut reader);
    world.check(&mut reader);
    let frame = reader.frame().unwrap();
    assert_eq!(frame.totals().all_time().messages, 3);
    let messages = |project: &str| {
        frame
            .rows::<ProjectRow>()
            .find(|row| frame.name(row.project) == project)
            .map(|row| row.counters.messages)
    };
    assert_eq!((messages("p"), messages("elsewhere")), (Some(2), Some(1)));
}

#[test]
fn a_request_moves_to_the_session_that_made_it_when_that_is_met_later() {
    let world = World::new();
    world.write("elsewhere/fork.jsonl", &[forked_line(1, 0, "fork"), forked_line(2, 0, "fork")].concat());
    let _publisher = world.publisher();
    let mut reader = world.reader();
    world.await_naive(&mut reader);
    world.write("p/s.jsonl", &[line(1, 0, "s"), line(2, 0, "s"), line(3, 0, "s")].concat());
    world.await_naive(&mut reader);
    world.check(&mut reader);
    let frame = reader.frame().unwrap();
    let sessions: Vec<_> = frame.rows::<SessionRow>().map(|row| frame.name(row.session).to_owned()).collect();
    assert_eq!(sessions, ["s"]);
}

#[test]
fn a_restart_shows_what_is_known_and_then_that_it_is_complete() {
    let (world, publisher, mut reader) = following();
    assert!(publisher.stop().success());
    let epoch = reader.identity().epoch;
    let stopped_at = reader.totals().unwrap().sequence();
    let _publisher = world.publisher();
    await_that(&mut reader, "a newer commit that is complete", |totals| {
        totals.sequence() > stopped_at && totals.scan_state() == ScanState::Complete
    });
    assert_eq!(reader.identity().epoch, epoch);
    world.await_naive(&mut reader);
}

#[test]
fn a_root_named_relatively_is_followed_from_its_first_moment() {
    let world = World::new();
    fs::remove_dir_all(world.root()).unwrap();
    let mut command = world.command_for(Path::new("root"), &[]);
    let _publisher = Publisher(command.current_dir(world.home()).spawn().unwrap());
    let mut reader = world.reader();
    let started = Instant::now();
    world.write("p/s.jsonl", &line(1, 0, "s"));
    world.await_naive(&mut reader);
    assert!(started.elapsed() < Duration::from_secs(30), "events tell of it, not a sweep");
}

#[test]
fn a_snapshot_deleted_from_under_its_publisher_is_made_anew() {
    let (world, _publisher, mut reader) = following();
    fs::remove_file(world.snapshot()).unwrap();
    world.append("p/s.jsonl", &line(3, 0, "s"));
    world.await_naive(&mut world.reader());
    world.await_naive(&mut reader);
    world.append("p/s.jsonl", &line(4, 0, "s"));
    world.await_naive(&mut reader);
    world.check(&mut reader);
}

#[test]
fn what_a_status_line_hears_of_limits_is_shown_to_all_readers_and_outlives_a_restart() {
    let (world, publisher, mut reader) = following();
    assert_eq!(reader.totals().unwrap().five_hour_limit(), None);
    let seen_at = jiff::Timestamp::now().as_millisecond();
    let limit =
        |used_millionths, seen_at| Some(Limit { used_millionths, resets_at: seen_at + 3_600_000, seen_at });
    let hear = |session, limits: &Limits| limits::leave(&world.snapshot(), session, limits).unwrap();
    hear("s", &Limits::of(limit(120_000, seen_at), None));
    await_that(&mut reader, "a limit", |totals| totals.five_hour_limit() == limit(120_000, seen_at));
    hear("t", &Limits::of(limit(130_000, seen_at + 1), limit(500_000, seen_at + 1)));
    let both = |totals: &Totals| {
        totals.five_hour_limit() == limit(130_000, seen_at + 1)
            && totals.seven_day_limit() == limit(500_000, seen_at + 1)
    };
    await_that(&mut reader, "a newer limit", both);

    let shown = reader.totals().unwrap().sequence();
    assert!(publisher.stop().success());
    let _publisher = world.publisher();
    await_that(&mut reader, "a newer commit", |totals| totals.sequence() > shown);
    assert!(both(&reader.totals().unwrap()));
}

#[test]
fn lines_of_one_request_in_one_transcript_are_merged_duplicates() {
    let (world, _publisher, mut reader) = following();
    let merged = |reader: &mut Reader| reader.health().unwrap().unwrap().duplicates_merged;
    let before = merged(&mut reader);
    world.append("p/s.jsonl", &[line(30, 0, "s"), line(30, 0, "s"), line(30, 0, "s")].concat());
    world.await_naive(&mut reader);
    world.check(&mut reader);
    assert_eq!(merged(&mut reader) - before, 2);
}
