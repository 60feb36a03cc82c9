//! The fields by name, and what each can be shown as.

use super::super::around::Around;
use super::super::claude::Input;
use super::*;
use crate::config::statusline::Thresholds;
use crate::config::{Aliases, Budgets, Limits};
use crate::snapshot::{Counters, Picodollars, Publication, Writer, WriterOptions};

#[test]
fn names_are_unique_and_each_is_found() {
    let mut all: Vec<_> = names().collect();
    assert!(all.iter().all(|name| Name::of(name).is_ok_and(|found| found.as_str() == *name)));
    all.sort_unstable();
    assert!(all.windows(2).all(|pair| pair[0] != pair[1]));
    assert!(listing().any(|(name, _)| name == "limits.five_hour.left"));
}

#[test]
fn paths_of_the_document_are_fields_and_typos_are_not() {
    for path in ["totals.cost_usd", "today.requests", "models.0.model", "snapshot.writer", "schema"] {
        assert!(Name::of(path).is_ok(), "{path}");
    }
    for path in ["input.effort.level", "input.workspace.added_dirs.0", "input.new"] {
        assert!(Name::of(path).is_ok_and(|name| name.want() == Want::Totals), "{path}");
    }
    assert!(Name::of(&format!("input.{}", "a.".repeat(STEPS_MAX) + "a")).is_err());
    for slip in
        ["input", "input.", "input.a..b", "today.cots", "block.lfet", "totals", "cost_usd", "total.cost_usd"]
    {
        assert!(Name::of(slip).is_err(), "{slip}");
    }
    assert_eq!(Name::of("models.0.model").unwrap().want(), Want::Tables);
    assert_eq!(Name::of("today.cost_usd").unwrap().want(), Want::Totals);
    assert_eq!(Name::of("limits.five_hour.left").unwrap().want(), Want::Totals);
    assert_eq!(Name::of("limits.opus").unwrap().want(), Want::Tables);
}

/// Draws on a snapshot and an input that have a value for every share.
fn with_every_share(check: impl FnOnce(&Facts<'_>)) {
    const NOW: i64 = 1_795_791_600_000;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("usage.snapshot");
    let options = WriterOptions { zone: "UTC".into(), week_start: 0, program: "0.1.0".into() };
    let mut writer = Writer::open(&path, options).unwrap();
    let dollar = Picodollars(1_000_000_000_000);
    let counters = Counters { cost: Picodollars(9 * dollar.0), ..Counters::default() };
    let today = Period { start: NOW - 1, end: NOW + 1, counters };
    writer.commit(&Publication { published_at: NOW, today, ..Publication::default() }).unwrap();
    let view = View::once(&path, Want::Tables, NOW).unwrap();
    let daily = Some(Picodollars(10 * dollar.0));
    let input = br#"{
        "context_window": {"used_percentage": 67, "remaining_percentage": 33},
        "prompt_cache": {"hit_ratio": 0.93},
        "pr": {"number": 12, "url": "https://example.org/pull/12"},
        "rate_limits": {
            "five_hour": {"used_percentage": 41}, "seven_day": {"used_percentage": 12},
            "spend_limit": {"used_percentage": 40, "used_usd": 80, "limit_usd": 200},
            "model_scoped": [{"display_name": "Opus", "percent": 1}, {"display_name": "Sonnet", "percent": 2},
                {"display_name": "Haiku", "percent": 3}, {"display_name": "Fable", "percent": 4}]}}"#;
    check(&Facts {
        view: Some(&view),
        trouble: None,
        session: None,
        input: &Input::read(input, NOW).unwrap(),
        budgets: &Budgets { overall: Limits { daily, ..Limits::default() }, ..Budgets::default() },
        aliases: &Aliases::default(),
        thresholds: &Thresholds::default(),
        broken: None,
        around: &Around::default(),
        now: NOW,
    });
}

#[test]
fn every_share_can_be_a_bar_and_nothing_else_can() {
    with_every_share(|facts| {
        for field in entries() {
            let is_share = field.shape == Shape::Share;
            let name = field.name;
            let value = (field.value)(facts);
            let has_share = value.as_ref().is_some_and(|value| value.share.is_some());
            assert_eq!(has_share, is_share, "{name} is {:?}, its value {value:?}", field.shape);
            let bar = Name::of(&format!("{name}:bar:7"));
            assert_eq!(bar.is_ok(), is_share, "{name}:bar:7");
            if let Ok(bar) = bar {
                let text = bar.value(facts).unwrap().text;
                assert!(
                    text.chars().count() == 7 && text.chars().all(|c| "█░".contains(c)),
                    "{name}: {text}"
                );
            }
        }
    });
}

#[test]
fn every_field_that_leads_somewhere_can_be_a_link_and_nothing_else_can() {
    with_every_share(|facts| {
        for field in entries() {
            let leads = (field.value)(facts).is_some_and(|value| value.link.is_some());
            assert_eq!(leads, field.shape == Shape::Link, "{}", field.name);
            assert_eq!(Name::of(&format!("{}:link", field.name)).is_ok(), leads, "{}", field.name);
        }
    });
    assert!(Name::of("input.pr.url:link").is_ok());
}

#[test]
fn who_asks_for_a_bar_that_cannot_be_is_told_all_that_can() {
    let Err(Unfit::Form(instead)) = Name::of("today.cost:bar") else { panic!("no bar of a cost") };
    for field in entries().filter(|field| field.shape == Shape::Share) {
        assert!(instead.contains(field.name), "{} is missing in: {instead}", field.name);
    }
}
