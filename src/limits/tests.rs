//! Which figure wins, and what is no figure.

use super::*;

/// A moment later than any at which these tests write files, ms UTC.
const NOW: i64 = 4_000_000_000_000;
const MINUTE: i64 = 60_000;

struct Spool(tempfile::TempDir);

impl Spool {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn snapshot(&self) -> PathBuf {
        self.0.path().join("usage.snapshot")
    }

    /// A session's status line sees this part of the five-hour limit used, at this minute.
    fn see(&self, session: &str, minute: i64, percent: u64) {
        self.see_until(session, minute, percent, NOW + 200 * MINUTE);
    }

    fn see_until(&self, session: &str, minute: i64, percent: u64, resets_at: i64) {
        let seen_at = NOW + minute * MINUTE;
        let limit = Limit { used_millionths: percent * 10_000, resets_at, seen_at };
        leave(&self.snapshot(), session, Limits { five_hour: Some(limit), seven_day: None }).unwrap();
    }

    /// The used part in percent, and the minute it was last seen at.
    fn newest(&self, minute: i64) -> Option<(u64, i64)> {
        let limits = gather(&folder_of(&self.snapshot()), NOW + minute * MINUTE).unwrap();
        assert_eq!(limits.seven_day, None);
        limits.five_hour.map(|limit| (limit.used_millionths / 10_000, (limit.seen_at - NOW) / MINUTE))
    }

    fn entries(&self) -> usize {
        fs::read_dir(folder_of(&self.snapshot())).unwrap().count()
    }
}

#[test]
fn without_a_status_line_nothing_is_known() {
    assert_eq!(Spool::new().newest(0), None);
}

#[test]
fn the_newest_of_several_terminals_wins() {
    let spool = Spool::new();
    spool.see("a", 0, 40);
    spool.see("b", 1, 41);
    assert_eq!(spool.newest(2), Some((41, 1)));
    spool.see("a", 3, 5);
    assert_eq!(spool.newest(4), Some((5, 3)), "also where it is less: a window or a plan began");
}

#[test]
fn a_terminal_that_rests_and_is_drawn_again_says_nothing_new() {
    let spool = Spool::new();
    spool.see("resting", 0, 40);
    spool.see("busy", 5, 43);
    spool.see("resting", 9, 40);
    assert_eq!(spool.newest(10), Some((43, 5)));
    spool.see("busy", 12, 43);
    assert_eq!(spool.newest(12), Some((43, 12)), "confirmed a moment ago");
}

#[test]
fn what_was_said_a_moment_ago_is_not_written_again() {
    let spool = Spool::new();
    spool.see("a", 0, 40);
    let path = folder_of(&spool.snapshot()).join("a.json");
    let before = fs::metadata(&path).unwrap().modified().unwrap();
    fs::File::options()
        .write(true)
        .open(&path)
        .unwrap()
        .set_modified(before - std::time::Duration::from_secs(9))
        .unwrap();
    spool.see("a", 0, 40);
    let after = fs::metadata(&path).unwrap().modified().unwrap();
    assert_eq!(after, before - std::time::Duration::from_secs(9));
}

#[test]
fn figures_that_cannot_be_are_none() {
    let spool = Spool::new();
    spool.see("of tomorrow", 24 * 60, 10);
    spool.see_until("of no window", 0, 20, NOW + 30 * 86_400_000);
    spool.see_until("of a window long over", 0, 30, NOW - 86_400_000);
    assert_eq!(spool.newest(0), None);
    spool.see_until("without an end", 0, 50, 0);
    assert_eq!(spool.newest(0), Some((50, 0)));
    fs::write(folder_of(&spool.snapshot()).join("damaged.json"), b"{\"five_hour\":").unwrap();
    fs::write(folder_of(&spool.snapshot()).join("large.json"), vec![b' '; 1 << 20]).unwrap();
    assert_eq!(spool.newest(0), Some((50, 0)));
}

#[test]
fn what_is_of_no_use_any_more_is_cleared_away() {
    let spool = Spool::new();
    spool.see("old", 0, 40);
    spool.see_until("new", 12 * 24 * 60, 50, NOW + 12 * 86_400_000 + 200 * MINUTE);
    assert_eq!(spool.newest(12 * 24 * 60), Some((50, 12 * 24 * 60)));
    assert_eq!(spool.entries(), 1);
}

#[test]
fn names_of_sessions_lead_nowhere_else() {
    let spool = Spool::new();
    spool.see("../../escape", 0, 40);
    spool.see("", 1, 41);
    spool.see(&"long".repeat(100), 2, 42);
    assert_eq!(spool.entries(), 3);
    assert_eq!(spool.newest(3), Some((42, 2)));
}

#[test]
fn a_status_line_makes_no_state_folder() {
    let spool = Spool::new();
    let missing = spool.0.path().join("nowhere/usage.snapshot");
    let limit = Limit { used_millionths: 1, resets_at: 0, seen_at: NOW };
    leave(&missing, "s", Limits { five_hour: Some(limit), seven_day: None }).unwrap_err();
    assert!(!missing.parent().unwrap().exists());
}
