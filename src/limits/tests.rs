//! Which figure wins, and what is no figure, through the spool.

use std::fs;
use std::path::PathBuf;

use proptest::collection::vec;
use proptest::{prop_assert_eq, proptest, test_runner::Config as ProptestConfig};

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
        leave(&self.snapshot(), session, &Limits::of(Some(limit), None)).unwrap();
    }

    /// The used part in percent, and the minute it was last seen at.
    fn newest(&self, minute: i64) -> Option<(u64, i64)> {
        let limits = gather(&folder_of(&self.snapshot()), &Limits::default(), NOW + minute * MINUTE).unwrap();
        assert_eq!(limits.seven_day(), None);
        limits.five_hour().map(|limit| (limit.used_millionths / 10_000, (limit.seen_at - NOW) / MINUTE))
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
        let known = Limits::of(Some(known), None);
        let limits = gather(&folder_of(&spool.snapshot()), &known, NOW + 6 * MINUTE).unwrap();
        limits.five_hour().unwrap().used_millionths / 10_000
    };
    assert_eq!(stands(limit(80, NOW + 200 * MINUTE)), 80);
    assert_eq!(stands(limit(80, NOW + 20 * MINUTE)), 40, "another window, heard of before");
}

#[test]
fn what_stands_does_not_depend_on_the_order_of_reports() {
    let report = |used_millionths, resets_at, first_seen_at| Report {
        reading: Limit { used_millionths, resets_at, seen_at: first_seen_at }.into(),
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
        assert_eq!(standing(&turned, 100).unwrap().limit.used_millionths, 70_000, "{turn}");
        turned.reverse();
        assert_eq!(standing(&turned, 100).unwrap().limit.used_millionths, 70_000, "{turn}");
    }
    assert_eq!(
        standing(&reports[3..], 3 * window).unwrap().limit.resets_at,
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
    leave(&missing, "s", &Limits::of(Some(limit), None)).unwrap_err();
    assert!(!missing.parent().unwrap().exists());
}

fn model(name: &str) -> Key {
    Key::within(LimitKind::SevenDayModel, name).unwrap()
}

fn reading(percent: u64, resets_at: i64, minute: i64) -> Reading {
    Limit { used_millionths: percent * 10_000, resets_at, seen_at: NOW + minute * MINUTE }.into()
}

fn one(key: Key, reading: Reading) -> Limits {
    std::iter::once((key, reading)).collect()
}

fn gathered(spool: &Spool, minute: i64) -> Limits {
    gather(&folder_of(&spool.snapshot()), &Limits::default(), NOW + minute * MINUTE).unwrap()
}

#[test]
fn models_and_money_pass_through_the_spool_beside_the_account() {
    let spool = Spool::new();
    let spend =
        Reading { spent: Picodollars(7), allowed: Picodollars(9), ..reading(77, NOW + 20 * 86_400_000, 0) };
    let all: Limits = [
        (Key::of(LimitKind::FiveHour), reading(40, NOW + MINUTE, 0)),
        (model("Opus"), reading(50, 0, 0)),
        (Key::of(LimitKind::Spend), spend),
        (Key::within(LimitKind::Other, "Cowork").unwrap(), reading(3, 0, 0)),
    ]
    .into_iter()
    .collect();
    leave(&spool.snapshot(), "a", &all).unwrap();
    assert_eq!(gathered(&spool, 0), all);
    leave(&spool.snapshot(), "a", &Limits::of(None, Some(reading(9, 0, 1).limit))).unwrap();
    let more = gathered(&spool, 1);
    assert_eq!(more.iter().count(), 5, "a report without the others takes none of them back");
    assert_eq!(more.get(&model("opus")), Some(&reading(50, 0, 0)));
}

#[test]
fn a_limit_of_any_kind_comes_out_of_the_spool_as_it_went_in() {
    let is_known = |kind: &LimitKind| *kind != LimitKind::Other;
    let known = (1..).map(LimitKind::of).take_while(is_known);
    let all: Limits = known
        .chain([LimitKind::Other])
        .map(|kind| (Key::at(kind, "Opus").unwrap(), reading(kind as u64, 0, 0)))
        .collect();
    assert!(all.iter().count() >= 5);
    let spool = Spool::new();
    leave(&spool.snapshot(), "a", &all).unwrap();
    assert_eq!(gathered(&spool, 0), all);
}

#[test]
fn a_kind_in_the_spool_means_the_same_wherever_it_stands() {
    let spool = Spool::new();
    let folder = folder_of(&spool.snapshot());
    make_folder(&folder).unwrap();
    let figure = format!(r#""used_millionths":5,"resets_at":0,"first_seen_at":{NOW},"seen_at":{NOW}"#);
    let entry =
        format!(r#"{{"five_hour":null,"seven_day":null,"others":[{{"kind":2,"scope":"x",{figure}}}]}}"#);
    fs::write(folder.join("s.json"), entry).unwrap();
    let limit = Limit { used_millionths: 5, resets_at: 0, seen_at: NOW };
    assert_eq!(gathered(&spool, 0), Limits::of(None, Some(limit)));
}

#[test]
fn an_entry_of_an_earlier_version_is_read() {
    let spool = Spool::new();
    let folder = folder_of(&spool.snapshot());
    make_folder(&folder).unwrap();
    let figure = format!(r#"{{"used_millionths":5,"resets_at":0,"first_seen_at":{NOW},"seen_at":{NOW}}}"#);
    fs::write(folder.join("s.json"), format!(r#"{{"five_hour":{figure},"seven_day":null}}"#)).unwrap();
    let limit = Limit { used_millionths: 5, resets_at: 0, seen_at: NOW };
    assert_eq!(gathered(&spool, 0), Limits::of(Some(limit), None));
}

#[test]
fn the_cache_is_one_more_voice_and_the_newest_word_of_any_wins() {
    let spool = Spool::new();
    let cached = |percent, resets_at, minute| {
        leave_cached(&spool.snapshot(), &one(model("Opus"), reading(percent, resets_at, minute))).unwrap();
    };
    let opus =
        |minute| gathered(&spool, minute).get(&model("Opus")).map(|it| it.limit.used_millionths / 10_000);
    let end = NOW + 9 * 60 * MINUTE;
    cached(30, end, 0);
    assert_eq!(opus(1), Some(30));
    leave(&spool.snapshot(), "s", &one(model("opus"), reading(44, end + 900, 5))).unwrap();
    assert_eq!(opus(6), Some(44));
    cached(47, end, 7);
    assert_eq!(opus(8), Some(47));
    cached(2, end + 7 * 86_400_000, 600);
    assert_eq!(opus(601), Some(2), "the next window");
    let told = reports(&folder_of(&spool.snapshot()), NOW + 601 * MINUTE).unwrap();
    assert_eq!(told.iter().filter(|told| told.source == Source::Cache).count(), 1);
    leave_cached(&spool.snapshot(), &Limits::default()).unwrap();
    assert_eq!(opus(601), Some(44), "what is no longer cached is no longer said");
}

#[test]
fn a_limit_in_money_that_was_raised_is_used_less() {
    let spool = Spool::new();
    let key = || Key::of(LimitKind::Spend);
    let end = NOW + 9 * 86_400_000;
    let of = |percent, allowed, minute| {
        let money = Picodollars(allowed);
        one(key(), Reading { spent: Picodollars(50), allowed: money, ..reading(percent, end, minute) })
    };
    leave(&spool.snapshot(), "a", &of(90, 55, 0)).unwrap();
    leave(&spool.snapshot(), "b", &of(45, 110, 5)).unwrap();
    assert_eq!(gathered(&spool, 6).get(&key()).unwrap().limit.used_millionths, 450_000);
    leave(&spool.snapshot(), "a", &of(45, 110, 7)).unwrap();
    assert_eq!(gathered(&spool, 8).get(&key()).unwrap().limit.used_millionths, 450_000);
    let without = one(key(), reading(45, end, 9));
    leave(&spool.snapshot(), "c", &without).unwrap();
    assert_eq!(gathered(&spool, 9).get(&key()).unwrap().allowed, Picodollars(110), "the amounts came before");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn in_whatever_order_reports_arrive_the_same_word_stands(
        said in vec((0..3_usize, 0..4_u64, 0..4_i64, -2..6_i64, 0..3_u128), 1..12),
        turn in 0..12_usize,
        minute in 0..10_i64,
    ) {
        const NAMES: [&str; 3] = ["Opus", "opus", "Fable"];
        let ends = [0, NOW + MINUTE, NOW + MINUTE + 900, NOW + 300 * MINUTE];
        let reports: Vec<_> = said.into_iter().map(|(name, used, end, seen, allowed)| {
            let end = ends[usize::try_from(end).unwrap()];
            let read = Reading { allowed: Picodollars(allowed), ..reading(used * 10, end, seen.min(minute)) };
            (NAMES[name], read)
        }).collect();
        let gathered_in = |order: &[usize]| {
            let spool = Spool::new();
            for at in order {
                let (name, reading) = reports[*at];
                leave(&spool.snapshot(), &format!("s{at}"), &one(model(name), reading)).unwrap();
            }
            let limits = gathered(&spool, minute);
            let spelled: Vec<_> = limits.iter().map(|(key, it)| (key.scope.clone(), *it)).collect();
            spelled
        };
        let mut order: Vec<_> = (0..reports.len()).collect();
        let first = gathered_in(&order);
        order.rotate_left(turn % reports.len());
        prop_assert_eq!(&gathered_in(&order), &first);
        order.reverse();
        prop_assert_eq!(&gathered_in(&order), &first);
    }
}
