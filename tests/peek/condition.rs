//! `--if`: 0 is true and 1 is false, of current figures; whatever is unknown, stale or missing has another exit code.

use std::path::Path;

use cco::snapshot::{Counters, Period, Picodollars, Publication};

use super::published::{counters, now, publication, publish};
use super::{peek, text};

fn exit(snapshot: &Path, condition: &str) -> i32 {
    asked(snapshot, condition).0
}

/// The exit code and stderr. There is never anything on stdout, and the long way past clap answers the same.
fn asked(snapshot: &Path, condition: &str) -> (i32, String) {
    let [short, long] = [vec!["--if", condition], vec![&*format!("--if={condition}")]].map(|words| {
        let output = peek(snapshot, &words);
        assert_eq!(text(&output.stdout), "", "{condition}");
        let said: String = text(&output.stderr).chars().filter(|c| !c.is_ascii_digit()).collect();
        (output.status.code().unwrap(), said)
    });
    assert_eq!(short, long, "{condition}");
    short
}

#[test]
fn a_condition_is_judged_by_the_exit_code() {
    let published = publish();
    let path = published.path();
    for (condition, code) in [
        ("today.cost_usd > 1", 0),
        ("today.cost_usd > 20", 1),
        ("today.requests == 1", 0),
        ("today.requests != 1", 1),
        ("today.cost_usd < this_week.cost_usd", 0),
        ("this_week.cost_usd <= today.cost_usd", 1),
        ("20 > today.cost_usd", 0),
        ("snapshot.writer == 'live' and snapshot.timezone == \"Asia/Kathmandu\"", 0),
        ("snapshot.state != 'complete'", 1),
        ("not today.cost_usd > 20 and (totals.requests >= 4 or totals.requests < 0)", 0),
        ("models.0.model == 'claude-dear'", 0),
        ("sessions.0.cost_usd > 4.9 and days.0.cost_usd > 4.9 and hours.0.requests == 4", 0),
        ("block == null", 0),
        ("block.cost_usd != null", 1),
        ("block.cost_usd != null and block.cost_usd > 5", 1),
    ] {
        assert_eq!(asked(&path, condition), (code, String::new()), "{condition}");
    }
}

#[test]
fn a_part_with_several_values_can_only_be_asked_whether_it_is_there() {
    let mut published = publish();
    let block = Period { start: now() - 3_600_000, end: now() + 3_600_000, counters: counters(4) };
    published.writer.commit(&Publication { block: Some(block), ..publication(5) }).unwrap();
    let path = published.path();
    for (condition, code) in [
        ("block != null", 0),
        ("block == null", 1),
        ("null != block", 0),
        ("models != null", 0),
        ("block != null and block.cost_usd > 1", 0),
        ("block != null and block.cost_usd > 20", 1),
        ("block > 5", 2),
        ("block == 'running'", 2),
        ("block == models", 2),
        ("models == true", 2),
    ] {
        let (found, said) = asked(&path, condition);
        assert_eq!(found, code, "{condition}: {said}");
        assert_eq!(said.contains("an object or a list"), code == 2, "{condition}: {said}");
    }
}

#[test]
fn money_is_compared_to_the_last_picodollar() {
    let mut published = publish();
    // More digits than a floating-point number has: 90071992.547409930001 and its neighbours.
    let cost = Picodollars(90_071_992_547_409_930_001);
    let today = Period { counters: Counters { cost, ..counters(1) }, ..publication(4).today };
    published.writer.commit(&Publication { today, ..publication(4) }).unwrap();
    for (condition, code) in [
        ("today.cost_usd == 90071992.547409930001", 0),
        ("today.cost_usd == 90071992.547409930000", 1),
        ("today.cost_usd > 90071992.547409930000", 0),
        ("today.cost_usd > 90071992.547409930001", 1),
        ("today.cost_usd >= 90071992.547409930001", 0),
        ("today.cost_usd >= 90071992.547409930002", 1),
        ("today.cost_usd < 90071992.5474099300010000000000001", 0),
    ] {
        assert_eq!(exit(&published.path(), condition), code, "{condition}");
    }
}

#[test]
fn a_figure_without_a_value_is_neither_true_nor_false() {
    let published = publish();
    let path = published.path();
    for condition in [
        "block.cost_usd > 5",
        "block.cost_usd <= 5",
        "not block.cost_usd > 5",
        "limits.five_hour.used_percentage < 50",
        "block.cost_usd > 5 or today.cost_usd > 20",
        "models.9.cost_usd > 0",
    ] {
        let (code, said) = asked(&path, condition);
        assert_eq!(code, 4, "{condition}: {said}");
        assert!(said.contains("has no value now"), "{said}");
    }
    // The rest decides.
    assert_eq!(exit(&path, "block.cost_usd > 5 or today.cost_usd > 1"), 0);
    assert_eq!(exit(&path, "block.cost_usd > 5 and today.cost_usd > 20"), 1);
}

#[test]
fn an_amount_that_leaves_tokens_out_may_be_more_but_not_less() {
    let mut published = publish();
    let today = Period { counters: Counters { unpriced_tokens: 9, ..counters(1) }, ..publication(4).today };
    published.writer.commit(&Publication { today, ..publication(4) }).unwrap();
    let path = published.path();
    for (condition, code) in [
        ("today.cost_usd > 1", 0),
        ("today.cost_usd >= 1.234567890123", 0),
        ("today.cost_usd > 1.234567890123", 22),
        ("today.cost_usd > 20", 22),
        ("today.cost_usd < 20", 22),
        ("today.cost_usd < 1", 1),
        ("today.cost_usd <= 1.234567890123", 22),
        ("today.cost_usd == 1", 1),
        ("today.cost_usd != 1", 0),
        ("this_week.cost_usd > today.cost_usd", 22),
        ("today.cost_usd < this_week.cost_usd", 22),
        ("today.cost_usd > 20 or today.requests == 1", 0),
        ("today.requests == 1", 0),
        ("today.cost_usd != null", 0),
        ("models.0.cost_usd > 20", 1),
        ("models.1.cost_usd > 20", 22),
    ] {
        let (found, said) = asked(&path, condition);
        assert_eq!(found, code, "{condition}: {said}");
        assert_eq!(said.contains("models without a price"), code == 22, "{condition}: {said}");
    }
}

#[test]
fn a_stale_or_missing_snapshot_is_never_an_answer() {
    let conditions = ["today.cost_usd > 1", "today.cost_usd > 20", "snapshot.writer == 'live'"];
    let all_are = |path: &Path, code| {
        for condition in conditions {
            assert_eq!(exit(path, condition), code, "{condition}");
        }
    };
    let mut published = publish();
    let mut over = publication(4);
    over.today.end = now() - 1;
    published.writer.commit(&over).unwrap();
    all_are(&published.path(), 3);

    let folder = publish().abandon();
    let path = folder.path().join("usage.snapshot");
    all_are(&path, 3);
    let whole = std::fs::read(&path).unwrap();
    std::fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    all_are(&path, 13);
    std::fs::write(&path, "no snapshot").unwrap();
    all_are(&path, 5);
    std::fs::remove_file(&path).unwrap();
    all_are(&path, 4);
    all_are(folder.path(), 9);
}

#[test]
fn a_condition_that_makes_no_sense_is_wrong_usage_whatever_the_rest_says() {
    let published = publish();
    for condition in [
        "",
        "today.cost_usd",
        "today.cost_usd >",
        "today.cost_usd = 5",
        "today.costs > 5",
        "today > 5",
        "models.0.costs > 5",
        "today.cost_usd > 'five'",
        "snapshot.writer > today.cost_usd",
        "snapshot.writer > snapshot.state",
        "today.requests == 1 or today.costs > 5",
        "1 < 2",
        "statusline",
        "guard",
        "today.cost_usd > $5",
        "today.cost_usd > 5 && today.requests > 1",
    ] {
        let (code, said) = asked(&published.path(), condition);
        assert_eq!(code, 2, "{condition}: {said}");
        assert!(said.contains("cco-peek --help") || said.contains("--help"), "{said}");
    }
    for others in [["--json"], ["--watch"], ["--field=today.cost_usd"], ["--format=plain"]] {
        let output = peek(&published.path(), &[&["--if", "today.cost_usd > 1"], &others[..]].concat());
        assert_eq!(output.status.code(), Some(2), "{others:?}");
    }
}
