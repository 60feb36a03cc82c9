//! Checks catching up: reading many transcripts at once.

use std::num::NonZeroUsize;
use std::ops::ControlFlow;

use cco::ingest::{BATCH_RECORDS, Records, catch_up};

use crate::folder::{Folder, line};

fn threads(count: usize) -> NonZeroUsize {
    NonZeroUsize::new(count).unwrap()
}

/// Files of growing length, a few of them larger than a batch. Also returns the number of records.
fn filled() -> (Folder, u32) {
    let folder = Folder::new();
    let mut next = 0;
    for file in 0..40 {
        let count = if file % 20 == 0 { 10_000 } else { file };
        let lines: Vec<u8> = (next..next + count).flat_map(|id| line(id, 1)).collect();
        next += count;
        folder.write(&format!("p{}/{file}.jsonl", file % 7), &lines);
    }
    (folder, next)
}

#[test]
fn every_record_comes_once_in_bounded_batches_and_never_after_its_files_state() {
    let (folder, count) = filled();
    for number in [1, 2, 7] {
        let mut following = folder.follower();
        let due = following.follower.scan_all().due;
        let (mut records, mut given, mut files) = (Records::default(), 0, 0);
        catch_up(due, threads(number), |batch| {
            assert!(batch.records.len() <= BATCH_RECORDS);
            given += batch.records.len();
            files += batch.stats.files;
            records.extend(batch.records);
            for outcome in batch.done {
                let text = std::fs::read_to_string(&outcome.state.path).unwrap();
                let last = text.lines().last().map(|line| {
                    let id = line.split("msg_").nth(1).unwrap().split('"').next().unwrap();
                    cco::usage::Key::of(Some(&format!("msg_{id}")), "s", None, None, b"")
                });
                assert!(last.is_none_or(|key| records.get(key).is_some()));
                following.follower.settle(outcome.state);
            }
            ControlFlow::Continue(())
        });
        assert_eq!((records.len(), given, files), (count as usize, count as usize, 40));
        assert_eq!(following.scan_all(), []);
    }
}

#[test]
fn the_receiver_of_batches_can_end_it() {
    let (folder, _) = filled();
    let due = folder.follower().follower.scan_all().due;
    let mut taken = 0;
    catch_up(due, threads(3), |_| {
        taken += 1;
        ControlFlow::Break(())
    });
    assert_eq!(taken, 1);
    catch_up(Vec::new(), threads(3), |_| unreachable!("there is nothing to read"));
}

#[test]
fn a_deleted_file_is_reported_and_the_others_are_read() {
    let folder = Folder::new();
    folder.write("p/a.jsonl", &[line(1, 5), line(3, 1)].concat());
    folder.write("p/b.jsonl", &line(2, 5));
    let due = folder.follower().follower.scan_all().due;
    std::fs::remove_file(folder.path("p/b.jsonl")).unwrap();
    let (mut skipped, mut records) = (Vec::new(), 0);
    catch_up(due, threads(1), |batch| {
        skipped.extend(batch.skipped);
        records += batch.records.len();
        assert_eq!((batch.stats.files, batch.stats.records), (1, 2));
        ControlFlow::Continue(())
    });
    assert_eq!(records, 2);
    assert!(skipped[0].path.ends_with("b.jsonl") && skipped[0].reason.contains("deleted"), "{skipped:?}");
}
