//! How a wait treats a file that gives nothing at the moment.

use super::*;
use crate::snapshot::{Loss, Publication, Writer, WriterOptions};

const PATIENCE: Duration = Duration::from_secs(60);

fn options() -> WriterOptions {
    WriterOptions { zone: "UTC".into(), week_start: 0, program: "0.0.0-test".into() }
}

/// A snapshot of one commit, its publisher, and a reader of either kind that has seen it.
fn seen(copies: bool) -> (tempfile::TempDir, Writer, Reader) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("usage.snapshot");
    let mut writer = Writer::open(&path, options()).unwrap();
    writer.commit(&Publication::default()).unwrap();
    let mut reader = if copies { Reader::open_copying(&path) } else { Reader::open(&path) }.unwrap();
    reader.totals().unwrap();
    (folder, writer, reader)
}

#[test]
fn a_wait_outlasts_reads_that_are_busy() {
    let (_folder, _writer, mut reader) = seen(true);
    // A busy file is one whose copies never catch up with what was returned before.
    reader.floor.raise(reader.floor.sequence() + 2);
    assert!(matches!(reader.totals(), Err(ReadError::Busy)));
    assert_eq!(reader.wait(Duration::from_millis(50)).unwrap(), Wait::TimedOut);
}

#[test]
fn a_deleted_file_is_waited_for_while_a_publisher_lives() {
    for copies in [false, true] {
        let (_folder, mut writer, mut reader) = seen(copies);
        std::fs::remove_file(reader.path()).unwrap();
        // Long enough for a check of the path.
        let beyond_a_check = CHECK_EVERY + CHECK_EVERY / 2;
        assert_eq!(reader.wait(beyond_a_check).unwrap(), Wait::TimedOut, "copies: {copies}");
        assert_eq!(writer.loss(), Some(Loss::Deleted));
        let generation = writer.commit(&Publication::default()).unwrap();
        assert_eq!(reader.wait(PATIENCE).unwrap(), Wait::Changed, "copies: {copies}");
        assert_eq!(reader.totals().unwrap().generation(), generation);
    }
}

#[test]
fn a_file_that_is_deleted_again_after_its_replacement_is_waited_for() {
    let (_folder, mut writer, mut reader) = seen(false);
    std::fs::remove_file(reader.path()).unwrap();
    assert_eq!(writer.loss(), Some(Loss::Deleted));
    writer.commit(&Publication::default()).unwrap();
    std::fs::remove_file(reader.path()).unwrap();
    assert!(reader.control().unwrap().superseded);
    assert_eq!(reader.wait(Duration::from_millis(50)).unwrap(), Wait::TimedOut);
}

#[test]
fn an_older_copy_of_the_file_does_not_take_a_reader_back() {
    for copies in [false, true] {
        let (_folder, mut writer, mut reader) = seen(copies);
        let copy = reader.path().with_extension("copy");
        std::fs::copy(reader.path(), &copy).unwrap();
        writer.commit(&Publication::default()).unwrap();
        reader.totals().unwrap();
        std::fs::rename(&copy, reader.path()).unwrap();
        assert!(reader.refresh().unwrap());
        assert!(matches!(reader.totals(), Err(ReadError::Busy)), "copies: {copies}");
    }
}

#[test]
fn readers_of_a_file_do_not_sleep_through_its_replacement() {
    let (_folder, mut writer, reader) = seen(false);
    let slept_on = reader.look().unwrap();
    writer.begin_lineage();
    writer.commit(&Publication::default()).unwrap();
    assert_ne!(reader.look().unwrap(), slept_on);
}

#[test]
fn a_deleted_file_without_a_publisher_is_not_waited_for() {
    for copies in [false, true] {
        let (_folder, writer, mut reader) = seen(copies);
        // Like a kill: the lock is released, nothing is marked.
        drop(writer);
        std::fs::remove_file(reader.path()).unwrap();
        assert_eq!(reader.wait(PATIENCE).unwrap(), Wait::WriterGone, "copies: {copies}");
    }
}
