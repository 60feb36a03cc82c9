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
        let limits = gather(&folder_of(&self.snapshot()), Limits::default(), NOW + minute * MINUTE).unwrap();
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
    spool.see_until("a", 3, 5, NOW + 500 * MINUTE);
    assert_eq!(spool.newest(4), Some((5, 3)), "another window");
}

#[test]
fn in_one_window_the_larger_figure_stands_whoever_speaks_last() {
    let spool = Spool::new();
    spool.see("busy", 0, 80);
    spool.see_until("cleared", 5, 40, NOW + 200 * MINUTE + 900);
    assert_eq!(spool.newest(6), Some((80, 0)), "a cleared terminal reports what it last heard");
    spool.see("busy", 7, 40);
    assert_eq!(spool.newest(8), Some((80, 0)), "nor does the same session take it back");
    spool.see_until("next", 201, 3, NOW + 500 * MINUTE);
    assert_eq!(spool.newest(202), Some((3, 201)));
    spool.see("cleared", 203, 90);
    assert_eq!(spool.newest(204), Some((3, 201)), "a window that is over");
}

#[test]
fn what_is_known_stands_in_its_window_if_its_entry_is_gone() {
    let spool = Spool::new();
    spool.see("small", 5, 40);
    let limit =
        |percent: u64, resets_at| Limit { used_millionths: percent * 10_000, resets_at, seen_at: NOW };
    let stands = |known| {
        let known = Limits { five_hour: Some(known), seven_day: None };
        let limits = gather(&folder_of(&spool.snapshot()), known, NOW + 6 * MINUTE).unwrap();
        limits.five_hour.unwrap().used_millionths / 10_000
    };
    assert_eq!(stands(limit(80, NOW + 200 * MINUTE)), 80);
    assert_eq!(stands(limit(80, NOW + 20 * MINUTE)), 40, "another window, heard of before");
}

#[test]
fn what_stands_does_not_depend_on_the_order_of_reports() {
    let report = |used_millionths, resets_at, first_seen_at| Report {
        limit: Limit { used_millionths, resets_at, seen_at: first_seen_at },
        first_seen_at,
    };
    let window = 9_000_000;
    let reports = [
        report(800_000, window, 10),
        report(50_000, 2 * window, 20),
        report(400_000, window + 900, 15),
        report(70_000, 2 * window, 18),
        report(990_000, 0, 30),
    ];
    for turn in 0..reports.len() {
        let mut turned = reports;
        turned.rotate_left(turn);
        assert_eq!(standing(&turned, 100).unwrap().used_millionths, 70_000, "{turn}");
        turned.reverse();
        assert_eq!(standing(&turned, 100).unwrap().used_millionths, 70_000, "{turn}");
    }
    assert_eq!(
        standing(&reports[3..], 3 * window).unwrap().resets_at,
        0,
        "better no end than one that is over"
    );
    assert_eq!(standing(&[], 100), None);
}

#[test]
fn of_too_many_sessions_the_newest_are_read() {
    let spool = Spool::new();
    for session in 0..300 {
        let percent = if session < 40 { 90 } else { 10 };
        let resets_at = NOW + if session < 40 { 300 } else { 500 } * MINUTE;
        spool.see_until(&format!("s{session}"), session / 10, percent, resets_at);
        let path = folder_of(&spool.snapshot()).join(format!("s{session}.json"));
        let written =
            std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_700_000_000 + session.unsigned_abs());
        fs::File::options().write(true).open(path).unwrap().set_modified(written).unwrap();
    }
    assert_eq!(spool.newest(40), Some((10, 29)));
    assert_eq!(spool.entries(), 256);
    assert!(folder_of(&spool.snapshot()).join("s299.json").exists());
    assert!(!folder_of(&spool.snapshot()).join("s43.json").exists());
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
