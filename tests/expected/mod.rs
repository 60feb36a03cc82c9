//! What transcripts must come to, as it was computed independently.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

/// The JSON of a file.
pub(crate) fn read_json(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// Checks that the rows of a table, by `key`, are those expected, no more and no fewer. What is not recorded is null in
/// ours and the empty name in theirs.
pub(crate) fn assert_rows(rows: &Value, key: &str, expected: &Value) {
    let rows: BTreeMap<&str, &Value> =
        rows.as_array().unwrap().iter().map(|row| (row[key].as_str().unwrap_or_default(), row)).collect();
    let expected: BTreeMap<&str, &Value> =
        expected["rows"].as_object().unwrap().iter().map(|(key, row)| (key.as_str(), row)).collect();
    assert_eq!(rows.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>());
    for (name, row) in rows {
        assert_row(name, row, expected[name]);
    }
}

pub(crate) fn assert_row(name: &str, row: &Value, expected: &Value) {
    for (ours, theirs) in [
        ("requests", "requests"),
        ("input_tokens", "input"),
        ("output_tokens", "output"),
        ("cache_write_5m_tokens", "cache_write_5m"),
        ("cache_write_1h_tokens", "cache_write_1h"),
        ("cache_read_tokens", "cache_read"),
        ("web_search_requests", "web_search"),
        ("unpriced_tokens", "unpriced_tokens"),
    ] {
        assert_eq!(row[ours], expected[theirs], "{ours} of {name}");
    }
    let (cost, wanted) = (row["cost_usd"].as_f64().unwrap(), expected["cost_usd"].as_f64().unwrap());
    assert!((cost - wanted).abs() < 1e-9, "cost of {name}: {cost}, expected {wanted}");
}
