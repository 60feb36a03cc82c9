//! Readers get what a writer committed: after any edits, at growth, and after a kill at any store.

use proptest::prelude::*;

use super::*;
use crate::snapshot::Agent;
use crate::snapshot::swap::journal::{self, Call};
use crate::snapshot::sync::kill;
use crate::snapshot::{
    Counters, DayRow, Frame, ModelRow, Period, Picodollars, ProjectRow, ReadError, Reader, SessionRow, Span,
    survive_shortened_files,
};

fn options() -> WriterOptions {
    WriterOptions { zone: "UTC".into(), week_start: 0, program: "0.0.0-test".into() }
}

fn counters(n: u64) -> Counters {
    Counters {
        requests: n,
        input_tokens: n * 3,
        cost: Picodollars(u128::from(n) << 70),
        ..Counters::default()
    }
}

fn publication(n: u64) -> Publication {
    let period = Period { start: 0, end: 10, counters: counters(n / 2) };
    Publication {
        published_at: i64::try_from(n).unwrap() * 1000,
        totals: counters(n),
        today: period,
        ..Publication::default()
    }
}

/// Every row of a frame with its names resolved, sorted.
fn contents(frame: &Frame) -> Vec<(String, Counters)> {
    let mut rows: Vec<_> = frame
        .rows::<ModelRow>()
        .map(|row| (format!("model {}", frame.name(row.name)), row.counters))
        .chain(
            frame
                .rows::<ProjectRow>()
                .map(|row| (format!("project {}", frame.name(row.project)), row.counters)),
        )
        .chain(
            frame
                .rows::<SessionRow>()
                .map(|row| (format!("session {}", frame.name(row.session)), row.counters)),
        )
        .chain(frame.rows::<DayRow>().map(|row| (format!("day {}", row.date), row.counters)))
        .collect();
    rows.sort_by(|a, b| a.0.cmp(&b.0));
    rows
}

fn add_model(writer: &mut Writer, name: &str, n: u64) {
    let name = writer.draft().intern(name);
    writer.draft().push(&ModelRow { name, counters: counters(n), ..ModelRow::default() });
}

#[test]
fn a_reader_gets_what_was_committed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("deep/er/usage.snapshot");
    let mut writer = Writer::open(&path, options()).unwrap();
    add_model(&mut writer, "claude-x", 7);
    assert_eq!(writer.commit(&publication(9)).unwrap(), 1);

    for mut reader in [Reader::open(&path).unwrap(), Reader::open_copying(&path).unwrap()] {
        let totals = reader.totals().unwrap();
        assert_eq!((totals.generation(), totals.all_time()), (1, counters(9)));
        assert_eq!(totals.today().counters, counters(4));
        assert_eq!(totals.block(), None);
        assert_eq!(reader.counters(Span::Today).unwrap(), totals.today());
        assert_eq!(reader.counters(Span::AllTime).unwrap().counters, counters(9));
        assert!(!reader.counters(Span::AllTime).unwrap().is_over(i64::MAX - 1));
        assert!(reader.counters(Span::Block).unwrap().is_over(0), "there is none");
        assert_eq!(contents(&reader.frame().unwrap()), [("model claude-x".into(), counters(7))]);
        assert!(reader.freshness().unwrap().is_live());
    }
}

#[test]
fn two_agents_may_use_one_id() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("usage.snapshot");
    let mut writer = Writer::open(&path, options()).unwrap();
    let (session, other) = (writer.draft().intern("s"), Agent(7));
    for (agent, n) in [(Agent::CLAUDE_CODE, 1), (other, 2)] {
        let row = SessionRow { session, agent, counters: counters(n), ..SessionRow::default() };
        writer.draft().push(&row);
    }
    writer.commit(&publication(3)).unwrap();
    let agents = [Agent::CLAUDE_CODE, other, Agent(1)];
    let requests = |reader: &mut Reader| {
        agents.map(|agent| reader.session(agent, "s").unwrap().map(|row| row.counters.requests))
    };
    for mut reader in [Reader::open(&path).unwrap(), Reader::open_copying(&path).unwrap()] {
        assert_eq!(requests(&mut reader), [Some(1), Some(2), None]);
    }
    // A row that changes hands is found by its new agent alone.
    let row: SessionRow = writer.draft().row(1);
    writer.draft().set(1, &SessionRow { agent: Agent(1), ..row });
    writer.commit(&publication(4)).unwrap();
    assert_eq!(requests(&mut Reader::open(&path).unwrap()), [Some(1), None, Some(2)]);
}

#[test]
fn a_second_writer_learns_who_holds_the_lock() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("usage.snapshot");
    let writer = Writer::open(&path, options()).unwrap();
    let error = Writer::open(&path, options()).unwrap_err();
    assert!(matches!(error, WriteError::Locked { holder: Some(pid), .. } if pid == std::process::id()));
    drop(writer);
    Writer::open(&path, options()).unwrap();
}

#[test]
fn a_restarted_writer_continues_epoch_sequence_and_history() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("usage.snapshot");
    let mut writer = Writer::open(&path, options()).unwrap();
    for n in 1..=5 {
        writer.commit(&publication(n)).unwrap();
    }
    let mut reader = Reader::open(&path).unwrap();
    let before = reader.totals().unwrap();
    let epoch = reader.identity().epoch;
    writer.stop();
    assert_eq!(reader.freshness().unwrap().writer, crate::snapshot::WriterState::Stopped);

    let mut writer = Writer::open(&path, options()).unwrap();
    writer.commit(&publication(6)).unwrap();
    assert!(reader.totals().unwrap().control().superseded);
    assert!(reader.refresh().unwrap());
    assert_eq!(reader.identity().epoch, epoch);
    let frame = reader.frame().unwrap();
    assert_eq!(frame.totals().sequence(), before.sequence() + 2);
    let history: Vec<u64> = frame.history().map(|row| row.counters.requests).collect();
    assert_eq!(history, [1, 2, 3, 4, 5, 6]);
}

#[test]
fn the_next_commit_makes_a_deleted_snapshot_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("usage.snapshot");
    let mut writer = Writer::open(&path, options()).unwrap();
    writer.commit(&publication(1)).unwrap();
    assert_eq!(writer.loss(), None);
    std::fs::remove_file(&path).unwrap();
    assert_eq!(writer.loss(), Some(Loss::Deleted));
    writer.commit(&publication(2)).unwrap();
    assert_eq!(writer.loss(), None);
    assert_eq!(Reader::open(&path).unwrap().totals().unwrap().all_time(), counters(2));
}

#[test]
fn a_new_file_is_on_the_disk_before_it_has_the_path_and_has_the_path_before_the_old_one_is_superseded() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("usage.snapshot");
    let mut writer = Writer::open(&path, options()).unwrap();
    writer.commit(&publication(1)).unwrap();
    assert_eq!(journal::take(), [Call::Sync, Call::Rename]);
    writer.commit(&publication(2)).unwrap();
    assert_eq!(journal::take(), []);
    writer.draft().outgrow();
    writer.commit(&publication(3)).unwrap();
    assert_eq!(journal::take(), [Call::Sync, Call::Rename, Call::Supersede]);
    // And at restart.
    writer.stop();
    Writer::open(&path, options()).unwrap().commit(&publication(4)).unwrap();
    assert_eq!(journal::take(), [Call::Sync, Call::Rename, Call::Supersede]);
}

/// What someone does to the file under a writer's hands.
type Deed = fn(&Path);

#[test]
fn a_writer_whose_file_was_changed_under_its_hands_makes_a_new_one() {
    fn resize(path: &Path, bytes: u64) {
        OpenOptions::new().write(true).open(path).unwrap().set_len(bytes).unwrap();
    }
    survive_shortened_files().unwrap();
    let deeds: [(Deed, Loss); 8] = [
        (|path| std::fs::remove_file(path).unwrap(), Loss::Deleted),
        (|path| resize(path, 0), Loss::Resized),
        (|path| resize(path, 100), Loss::Resized),
        (|path| resize(path, 65_536), Loss::Resized),
        (|path| resize(path, std::fs::metadata(path).unwrap().len() + 1), Loss::Resized),
        (
            |path| {
                let bytes = std::fs::metadata(path).unwrap().len();
                resize(path, 0);
                resize(path, bytes);
            },
            Loss::Overwritten,
        ),
        (|path| std::fs::hard_link(path, path.with_extension("link")).unwrap(), Loss::Linked),
        (
            |path| {
                std::fs::copy(path, path.with_extension("copy")).unwrap();
                std::fs::rename(path.with_extension("copy"), path).unwrap();
            },
            Loss::Replaced,
        ),
    ];
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("usage.snapshot");
    let mut writer = Writer::open(&path, options()).unwrap();
    writer.commit(&publication(1)).unwrap();
    for (n, (deed, loss)) in (2..).zip(deeds) {
        let mut before = Reader::open(&path).unwrap();
        deed(&path);
        // The beat and the report come first, into a file that may have lost their words.
        writer.heartbeat();
        writer.report(Health { requests: n, ..Health::default() });
        assert_eq!(writer.loss(), Some(loss));
        add_model(&mut writer, &format!("m{n}"), n);
        writer.commit(&publication(n)).unwrap();
        assert_eq!(writer.loss(), None);
        // Who had it open comes to the new one, at the latest by the path.
        assert!(before.refresh().unwrap());
        for mut reader in [before, Reader::open(&path).unwrap(), Reader::open_copying(&path).unwrap()] {
            let frame = reader.frame().unwrap();
            assert_eq!((frame.totals().generation(), frame.totals().all_time()), (n, counters(n)), "{loss}");
            assert_eq!(reader.health().unwrap().unwrap().requests, n);
            assert!(reader.freshness().unwrap().is_live());
        }
    }
}

#[test]
fn a_stranger_that_took_the_snapshots_place_stays() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("usage.snapshot");
    let mut writer = Writer::open(&path, options()).unwrap();
    writer.commit(&publication(1)).unwrap();
    std::fs::write(path.with_extension("txt"), "my notes").unwrap();
    std::fs::rename(path.with_extension("txt"), &path).unwrap();
    assert!(matches!(writer.commit(&publication(2)), Err(WriteError::Occupied { .. })));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "my notes");
    std::fs::remove_file(&path).unwrap();
    writer.commit(&publication(2)).unwrap();
    assert_eq!(Reader::open(&path).unwrap().totals().unwrap().all_time(), counters(2));
}

#[test]
fn a_snapshot_that_was_shortened_while_no_publisher_ran_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("usage.snapshot");
    for bytes in [0, 100, 8192, 20_000] {
        let mut writer = Writer::open(&path, options()).unwrap();
        writer.commit(&publication(1)).unwrap();
        drop(writer);
        OpenOptions::new().write(true).open(&path).unwrap().set_len(bytes).unwrap();
        let mut writer = Writer::open(&path, options()).unwrap();
        writer.commit(&publication(2)).unwrap();
        assert_eq!(Reader::open(&path).unwrap().totals().unwrap().all_time(), counters(2));
    }
}

/// A way to read, and its error.
type Read = fn(&mut Reader) -> Option<ReadError>;

#[test]
fn reading_a_file_that_was_shortened_is_an_error_and_no_signal() {
    survive_shortened_files().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("usage.snapshot");
    // Each by a reader of its own: what one of them notices, the mapping knows.
    let reads: [Read; 6] = [
        |reader| reader.totals().err(),
        |reader| reader.counters(Span::Today).err(),
        |reader| reader.frame().err(),
        |reader| reader.health().err(),
        |reader| reader.project(Agent::CLAUDE_CODE, "p").err(),
        |reader| reader.wait(std::time::Duration::from_secs(60)).err(),
    ];
    for bytes in [0, 100, 1000, 4096, 4500, 8192, 65_536, 70_000] {
        let mut writer = Writer::open(&path, options()).unwrap();
        add_model(&mut writer, "m", 1);
        writer.commit(&publication(1)).unwrap();
        let mut readers = reads.map(|_| Reader::open(&path).unwrap());
        drop(writer);
        OpenOptions::new().write(true).open(&path).unwrap().set_len(bytes).unwrap();
        for (number, (read, reader)) in reads.iter().zip(&mut readers).enumerate() {
            let error = read(reader);
            assert!(matches!(error, Some(ReadError::Shrunk)), "read {number} of {bytes} bytes: {error:?}");
        }
        std::fs::remove_file(&path).unwrap();
    }
}

#[test]
fn a_file_that_is_not_a_snapshot_is_not_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notes.txt");
    std::fs::write(&path, "my notes").unwrap();
    assert!(matches!(Writer::open(&path, options()), Err(WriteError::Occupied { .. })));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "my notes");
}

#[test]
fn tables_that_outgrow_the_file_get_a_larger_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("usage.snapshot");
    let mut writer = Writer::open(&path, options()).unwrap();
    writer.commit(&publication(1)).unwrap();
    let mut reader = Reader::open(&path).unwrap();
    reader.totals().unwrap();
    let long = "x".repeat(60_000);
    for n in 0..200 {
        add_model(&mut writer, &format!("model-{n}"), n);
        let project = writer.draft().intern(&format!("{long}{n}"));
        let row = ProjectRow { project, counters: counters(n), ..ProjectRow::default() };
        writer.draft().push(&row);
    }
    writer.commit(&publication(2)).unwrap();
    assert!(reader.refresh().unwrap());
    let frame = reader.frame().unwrap();
    assert_eq!(frame.rows::<ModelRow>().len(), 200);
    assert_eq!(contents(&frame).len(), 400);
    let found = reader.project(Agent::CLAUDE_CODE, &format!("{long}42")).unwrap().unwrap();
    assert_eq!(found.counters, counters(42));
}

#[test]
fn a_writer_killed_before_any_store_leaves_a_complete_commit() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("usage.snapshot");
    let mut kills = 0;
    for stores in 0.. {
        let mut writer = Writer::open(&path, options()).unwrap();
        while writer.draft().len::<ModelRow>() < 3 {
            add_model(&mut writer, "m", 0);
        }
        let base = writer.sequence() / 2;
        let set = |writer: &mut Writer, n: u64| {
            for row in 0..3 {
                let mut model: ModelRow = writer.draft().row(row);
                model.counters = counters(n);
                writer.draft().set(row, &model);
            }
        };
        // The last commit is the first after a new file, or a later one.
        let last = base + if stores % 2 == 0 { 4 } else { 2 };
        for n in base + 1..last {
            set(&mut writer, n);
            writer.commit(&publication(n)).unwrap();
        }
        let reader = Reader::open(&path).unwrap();
        set(&mut writer, last);
        let killed = kill::after(stores, || {
            writer.commit(&publication(last)).unwrap();
        });
        drop(writer);
        for mut reader in [reader, Reader::open_copying(&path).unwrap()] {
            let frame = reader.frame().unwrap();
            let n = frame.totals().all_time().requests;
            assert!(n == last - 1 || n == last, "killed after {stores} stores: totals of commit {n}");
            assert!(killed || n == last);
            assert!(frame.rows::<ModelRow>().all(|row| row.counters == counters(n)), "tables are not of {n}");
        }
        if !killed {
            break;
        }
        kills += 1;
    }
    assert!(kills > 100, "only {kills} stores were made");
}

/// An edit of the tables.
#[derive(Clone, Debug)]
enum Edit {
    Push(u8),
    Set(usize, u8),
    Remove(usize),
    Commit,
}

fn edits() -> impl Strategy<Value = Vec<Edit>> {
    let edit = prop_oneof![
        4 => any::<u8>().prop_map(Edit::Push),
        4 => (any::<usize>(), any::<u8>()).prop_map(|(row, n)| Edit::Set(row, n)),
        2 => any::<usize>().prop_map(Edit::Remove),
        3 => Just(Edit::Commit),
    ];
    proptest::collection::vec(edit, 1..80)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn after_any_edits_both_readers_and_the_index_agree_with_a_plain_list(edits in edits()) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("usage.snapshot");
        let mut writer = Writer::open(&path, options()).unwrap();
        writer.commit(&publication(0)).unwrap();
        let mut model: Vec<(String, u64)> = Vec::new();
        let mut mapped = Reader::open(&path).unwrap();
        let mut copying = Reader::open_copying(&path).unwrap();
        let mut next = 0u64;
        for edit in edits.into_iter().chain([Edit::Commit]) {
            next += 1;
            match edit {
                Edit::Push(n) => {
                    let key = format!("session-{n}-{next}");
                    let session = writer.draft().intern(&key);
                    writer.draft().push(&SessionRow { session, counters: counters(next), ..Default::default() });
                    model.push((key, next));
                }
                Edit::Set(row, n) if !model.is_empty() => {
                    let row = row % model.len();
                    let mut changed: SessionRow = writer.draft().row(row);
                    changed.counters = counters(next);
                    if n % 2 == 0 {
                        model[row].0 = format!("renamed-{n}-{next}");
                        changed.session = writer.draft().intern(&model[row].0);
                    }
                    writer.draft().set(row, &changed);
                    model[row].1 = next;
                }
                Edit::Remove(row) if !model.is_empty() => {
                    let row = row % model.len();
                    writer.draft().swap_remove::<SessionRow>(row);
                    model.swap_remove(row);
                }
                Edit::Commit => {
                    writer.commit(&publication(next)).unwrap();
                    for reader in [&mut mapped, &mut copying] {
                        let frame = reader.frame().unwrap();
                        let rows: Vec<_> = frame
                            .rows::<SessionRow>()
                            .map(|row| (frame.name(row.session).to_owned(), row.counters.requests))
                            .collect();
                        prop_assert_eq!(&rows, &model);
                    }
                    for (key, n) in &model {
                        let row = mapped.session(Agent::CLAUDE_CODE, key).unwrap();
                        prop_assert_eq!(row.map(|row| row.counters), Some(counters(*n)));
                    }
                    prop_assert_eq!(mapped.session(Agent::CLAUDE_CODE, "never there").unwrap(), None);
                }
                _ => {}
            }
        }
    }
}
