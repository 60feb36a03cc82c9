//! Real transcripts, checked against totals that were computed independently of this program.

use std::collections::BTreeMap;
use std::path::Path;

use cco::ingest::{Progress, scan};
use cco::pricing::{CostMode, PriceTable};
use cco::snapshot::Counters;

use crate::shared_data::shared_data;
use crate::sums::{SUM_NAMES, Sums, by, discovered, scanned, threads};

/// Sums by name, and the number of messages.
fn expected(path: &Path) -> (BTreeMap<String, Sums>, u64) {
    let text = std::fs::read(path).unwrap();
    let value: serde_json::Value = serde_json::from_slice(&text).unwrap();
    let sums = |row: &serde_json::Value| SUM_NAMES.map(|name| row[name].as_u64().unwrap());
    let rows = value["rows"].as_object().unwrap();
    let rows = rows.iter().map(|(name, row)| (name.clone(), sums(row))).collect();
    (rows, value["messages"].as_u64().unwrap())
}

#[test]
fn real_transcripts_add_up_by_model_session_project_day_and_dimension() {
    let Some(data) = shared_data("real_transcripts_add_up_by_model_session_project_day_and_dimension") else {
        return;
    };
    let scan = scanned(&data.join("claude"));
    let day = |at_ms| {
        let at = jiff::Timestamp::from_millisecond(at_ms).unwrap();
        jiff::tz::TimeZone::UTC.to_datetime(at).date().to_string()
    };
    let tables = [
        ("all", by(&scan, |_, _| "all".to_owned())),
        ("model", by(&scan, |_, request| request.model.to_owned())),
        ("session", by(&scan, |record, _| record.home.session.to_string())),
        ("project", by(&scan, |record, _| record.home.project.to_string())),
        ("day", by(&scan, |record, _| day(record.at_ms))),
        ("branch", by(&scan, |record, _| record.dimensions.branch.to_string())),
        ("subagent", by(&scan, |record, _| record.dimensions.subagent.to_string())),
        ("skill", by(&scan, |record, _| record.dimensions.skill.to_string())),
        ("effort", by(&scan, |record, _| record.dimensions.effort.to_string())),
        ("entrypoint", by(&scan, |record, _| record.dimensions.entrypoint.to_string())),
    ];
    for (name, counted) in tables {
        let (rows, messages) = expected(&data.join(format!("expected/{name}.json")));
        assert_eq!(scan.records.len() as u64, messages);
        assert_eq!(counted, rows, "by {name}");
    }
}

#[test]
fn every_shared_rule_gives_its_expected_totals() {
    let Some(data) = shared_data("every_shared_rule_gives_its_expected_totals") else { return };
    let scan = scanned(&data.join("rules"));
    let (rows, messages) = expected(&data.join("expected/rules.json"));
    assert_eq!(scan.records.len() as u64, messages);
    let counted = by(&scan, |record, _| record.home.project.to_string());
    for (rule, sums) in &rows {
        assert_eq!(counted.get(rule), Some(sums), "{rule}");
    }
    assert_eq!(counted, rows);
}

#[test]
fn every_shared_rule_has_its_expected_cost_when_recorded_costs_are_ignored() {
    let Some(data) = shared_data("every_shared_rule_has_its_expected_cost_when_recorded_costs_are_ignored")
    else {
        return;
    };
    let scan = scanned(&data.join("rules"));
    let mut sums: BTreeMap<&str, Counters> = BTreeMap::new();
    for record in scan.records.iter() {
        for request in record.requests() {
            let price = |mode| PriceTable::bundled().price(&request, &record.terms, record.at_ms, mode);
            *sums.entry(&record.home.project).or_default() += price(CostMode::Calculate);
        }
    }
    let path = data.join("expected/rules-calculate.json");
    let (counts, messages) = expected(&path);
    assert_eq!(scan.records.len() as u64, messages);
    assert_eq!(by(&scan, |record, _| record.home.project.to_string()), counts);
    let value: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    let rows = value["rows"].as_object().unwrap();
    assert_eq!(sums.keys().collect::<Vec<_>>(), rows.keys().collect::<Vec<_>>());
    for (rule, sums) in sums {
        let (cost, expected) =
            (sums.cost.to_string().parse::<f64>().unwrap(), rows[rule]["cost_usd"].as_f64().unwrap());
        assert!((cost - expected).abs() < 1e-9, "cost of {rule}: {cost}, expected {expected}");
        assert_eq!(sums.unpriced_tokens, rows[rule]["unpriced_tokens"], "{rule}");
    }
}

#[test]
fn threads_and_the_order_of_files_change_nothing() {
    let Some(data) = shared_data("threads_and_the_order_of_files_change_nothing") else { return };
    for root in ["claude", "rules"] {
        let expected = scanned(&data.join(root));
        let mut transcripts = discovered(&data.join(root)).transcripts;
        for count in [1, 3, 8, 200] {
            let middle = transcripts.len() / 3;
            transcripts.rotate_left(middle);
            transcripts.reverse();
            let progress = Progress::default();
            assert_eq!(scan(&transcripts, threads(count), &progress), expected, "{count} threads");
            assert_eq!(progress.bytes(), expected.stats.bytes);
        }
    }
}
