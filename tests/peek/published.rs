//! A snapshot to look at.

use std::path::PathBuf;

use cco::snapshot::{
    Counters, DayRow, HourRow, ModelRow, Period, Picodollars, ProjectRow, Publication, ScanState, SessionRow,
    Writer, WriterOptions,
};

/// A snapshot in a folder of its own, and its writer.
pub(crate) struct Published {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) writer: Writer,
}

pub(crate) fn counters(n: u64) -> Counters {
    Counters {
        requests: n,
        messages: n,
        input_tokens: 10 * n,
        output_tokens: 20 * n,
        cache_write_5m_tokens: 30 * n,
        cache_write_1h_tokens: 40 * n,
        cache_read_tokens: 50 * n,
        web_search_requests: 1,
        unpriced_tokens: 0,
        cost: Picodollars(u128::from(n) * 1_234_567_890_123),
        ..Counters::default()
    }
}

pub(crate) fn now() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}

pub(crate) fn publication(n: u64) -> Publication {
    let period =
        |share| Period { start: now() - 3_600_000, end: now() + 3_600_000, counters: counters(share) };
    Publication {
        published_at: now(),
        totals: counters(n),
        today: period(1),
        this_week: period(2),
        this_month: period(3),
        block: None,
        scan_state: ScanState::Complete,
        ..Publication::default()
    }
}

pub(crate) fn publish() -> Published {
    let folder = tempfile::tempdir().unwrap();
    let options = WriterOptions { zone: "Asia/Kathmandu".into(), week_start: 0, program: "9.8.7".into() };
    let mut writer = Writer::open(folder.path().join("usage.snapshot"), options).unwrap();
    let draft = writer.draft();
    let (cheap, dear) = (draft.intern("claude-cheap"), draft.intern("claude-dear"));
    draft.push(&ModelRow {
        name: cheap,
        counters: Counters { unpriced_tokens: 77, ..counters(1) },
        ..ModelRow::default()
    });
    draft.push(&ModelRow { name: dear, counters: counters(3), ..ModelRow::default() });
    let (project, path, session) = (draft.intern("-p"), draft.intern("/p"), draft.intern("sess-1"));
    draft.push(&ProjectRow {
        project,
        path,
        first_at: 0,
        last_at: 1000,
        counters: counters(4),
        ..ProjectRow::default()
    });
    draft.push(&SessionRow {
        session,
        project,
        first_at: 0,
        last_at: 1000,
        counters: counters(4),
        ..SessionRow::default()
    });
    draft.push(&DayRow { date: 20_261_124, counters: counters(4) });
    draft.push(&HourRow { start: 3_600_000, counters: counters(4) });
    writer.commit(&publication(4)).unwrap();
    Published { folder, writer }
}

impl Published {
    /// The snapshot.
    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("usage.snapshot")
    }

    /// Gives the lock back without a word, as a kill does. A program that another test is just starting may hold it
    /// for a moment.
    pub(crate) fn abandon(self) -> tempfile::TempDir {
        let path = self.path();
        drop(self.writer);
        while cco::snapshot::peek(&path).unwrap().freshness.is_live() {
            std::thread::yield_now();
        }
        self.folder
    }
}
