//! A reader that knows nothing of the layout but how to find the layout: every other offset, name and unit comes from the
//! file. What it decodes is what `cco-peek --json` says.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use cco::snapshot::{
    Counters, Draft, ModelRow, Period, Picodollars, ProjectRow, Publication, SessionRow, Writer,
    WriterOptions,
};
use serde_json::{Map, Value, json};

/// Known of every file: the directory in page 0, and which region holds the layout.
const DIRECTORY: usize = 192;
const LAYOUT: u64 = 14;

struct File {
    bytes: Vec<u8>,
    layout: Value,
}

impl File {
    fn read(path: &Path) -> Self {
        let bytes = std::fs::read(path).unwrap();
        let entry =
            (0..).map(|n| DIRECTORY + 24 * n).find(|&at| word(&bytes, at) & 0xffff_ffff == LAYOUT).unwrap();
        let (offset, length) = (number(&bytes, entry + 8), number(&bytes, entry + 16));
        let layout = serde_json::from_slice(&bytes[offset..offset + length]).unwrap();
        Self { bytes, layout }
    }

    /// Offset, row size and capacity of a region.
    fn region(&self, id: u64) -> (usize, usize, usize) {
        let directory = &self.layout["directory"];
        let (start, step) = (member(directory, "offset"), member(directory, "entry_bytes"));
        let entry = (0..member(directory, "entries"))
            .map(|n| start + step * n)
            .find(|&at| word(&self.bytes, at) & 0xffff_ffff == id)
            .unwrap();
        let row_bytes = usize::try_from(word(&self.bytes, entry) >> 32).unwrap();
        (number(&self.bytes, entry + 8), row_bytes, number(&self.bytes, entry + 16))
    }

    fn named(&self, name: &str) -> &Value {
        self.layout["regions"].as_array().unwrap().iter().find(|region| region["name"] == name).unwrap()
    }

    /// Fields that stand at an offset, as JSON.
    fn fields(&self, fields: &Value, at: usize) -> Map<String, Value> {
        let mut values = Map::new();
        for field in fields.as_array().unwrap() {
            let name = field["name"].as_str().unwrap();
            if name != "reserved" {
                let at = at + member(field, "offset");
                values.insert(
                    name.into(),
                    self.value(field["unit"].as_str().unwrap(), at, member(field, "bytes")),
                );
            }
        }
        values
    }

    fn value(&self, unit: &str, at: usize, bytes: usize) -> Value {
        match unit {
            "counters" | "period" | "limit" => Value::Object(self.fields(&self.layout["parts"][unit], at)),
            "picodollars" => {
                let amount = u128::from(word(&self.bytes, at + 8)) << 64 | u128::from(word(&self.bytes, at));
                Value::String(amount.to_string())
            }
            "name" => {
                let name = word(&self.bytes, at);
                let (offset, length) = (name & 0xffff_ffff, name >> 32);
                let start = self.region(3).0 + usize::try_from(offset).unwrap();
                let text = &self.bytes[start..start + usize::try_from(length).unwrap()];
                Value::String(std::str::from_utf8(text).unwrap().into())
            }
            "UTF-8" => {
                let text = self.bytes[at..at + bytes].split(|byte| *byte == 0).next().unwrap();
                Value::String(std::str::from_utf8(text).unwrap().into())
            }
            _ => json!(word(&self.bytes, at)),
        }
    }

    fn newest_slot(&self) -> Map<String, Value> {
        let slots = &self.layout["slots"];
        let (start, step) = (member(slots, "offset"), member(slots, "bytes"));
        let slots = (0..member(slots, "count"))
            .map(|n| self.fields(&self.layout["slots"]["fields"], start + step * n));
        slots
            .filter(|slot| slot["sequence"].as_u64().unwrap().is_multiple_of(2))
            .max_by_key(|slot| slot["sequence"].as_u64())
            .unwrap()
    }

    /// The rows of a table that belong to a slot.
    fn rows(&self, name: &str, slot: &Map<String, Value>) -> Vec<Map<String, Value>> {
        let region = self.named(name);
        let (offset, row_bytes, capacity) = self.region(region["id"].as_u64().unwrap());
        let bank = usize::try_from(slot["bank"].as_u64().unwrap()).unwrap();
        let start = offset + bank * (row_bytes * capacity).next_multiple_of(64);
        let rows = slot[region["rows"].as_str().unwrap()].as_u64().unwrap();
        (0..usize::try_from(rows).unwrap())
            .map(|row| self.fields(&region["fields"], start + row * row_bytes))
            .collect()
    }
}

fn word(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap())
}

fn number(bytes: &[u8], at: usize) -> usize {
    usize::try_from(word(bytes, at)).unwrap()
}

fn member(value: &Value, name: &str) -> usize {
    usize::try_from(value[name].as_u64().unwrap()).unwrap()
}

fn counters(n: u64) -> Counters {
    Counters {
        requests: n,
        messages: n + 1,
        input_tokens: n + 2,
        output_tokens: n + 3,
        cache_write_5m_tokens: n + 4,
        cache_write_1h_tokens: n + 5,
        cache_read_tokens: n + 6,
        web_search_requests: n + 7,
        unpriced_tokens: n + 8,
        thinking_tokens: n + 9,
        web_fetch_requests: n + 10,
        provisional_messages: n + 11,
        provisional_output_tokens: n + 12,
        cost: Picodollars(u128::from(n) * 1_000_000_000_001),
    }
}

fn fill(draft: &mut Draft) {
    for (n, name) in [(1, "claude-a"), (2, "modèle-b")] {
        let name = draft.intern(name);
        draft.push(&ModelRow { name, counters: counters(n * 100), ..ModelRow::default() });
    }
    let (project, path, session) =
        (draft.intern("-home-ada"), draft.intern("/home/ada"), draft.intern("s-1"));
    let at = (1_772_600_000_000, 1_772_600_000_500);
    let today = counters(7);
    let row = ProjectRow {
        project,
        path,
        first_at: at.0,
        last_at: at.1,
        counters: counters(300),
        today,
        ..ProjectRow::default()
    };
    draft.push(&row);
    draft.push(&SessionRow {
        session,
        project,
        first_at: at.0,
        last_at: at.1,
        counters: counters(400),
        ..SessionRow::default()
    });
}

/// Counters of the generic reader beside those of the JSON.
fn assert_same(decoded: &Value, printed: &Value) {
    for (name, value) in decoded.as_object().unwrap() {
        if name == "cost" {
            let amount: u128 = value.as_str().unwrap().parse().unwrap();
            assert_eq!(Picodollars(amount).to_string(), printed["cost_usd"].to_string(), "{printed}");
        } else {
            assert_eq!(value, &printed[name], "{name}");
        }
    }
}

#[test]
fn a_reader_that_knows_no_field_decodes_what_cco_peek_prints() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("usage.snapshot");
    let options = WriterOptions { zone: "Europe/Amsterdam".into(), week_start: 0, program: "9.9".into() };
    let mut writer = Writer::open(&path, options).unwrap();
    fill(writer.draft());
    let today = Period { start: 5, end: i64::MAX, counters: counters(20) };
    let totals = Publication { published_at: 9, totals: counters(10), today, ..Publication::default() };
    writer.commit(&totals).unwrap();
    writer.stop();

    let file = File::read(&path);
    let output = Command::new(env!("CARGO_BIN_EXE_cco-peek"))
        .args(["--json", "--sessions", "--snapshot"])
        .arg(&path)
        .env_clear()
        .env("HOME", folder.path())
        .output()
        .unwrap();
    let printed: Value = serde_json::from_slice(&output.stdout).unwrap();

    let identity = file.fields(&file.layout["identity"], 0);
    assert_eq!(identity["zone"], printed["snapshot"]["timezone"]);
    assert_eq!(identity["program"], printed["snapshot"]["version"]);
    let slot = file.newest_slot();
    assert_eq!(slot["sequence"].as_u64().unwrap() / 2, printed["snapshot"]["generation"].as_u64().unwrap());
    assert_same(&slot["totals"], &printed["totals"]);
    assert_same(&slot["today"]["counters"], &printed["today"]);
    for (table, key) in [("models", "model"), ("projects", "project"), ("sessions", "session")] {
        let name = if table == "models" { "name" } else { key };
        let rows = file.rows(table, &slot);
        let by_name: BTreeMap<&str, &Value> =
            printed[table].as_array().unwrap().iter().map(|row| (row[key].as_str().unwrap(), row)).collect();
        assert_eq!(rows.len(), by_name.len(), "{table}");
        for row in rows {
            assert_same(&row["counters"], by_name[row[name].as_str().unwrap()]);
        }
    }
    let project = &file.rows("projects", &slot)[0];
    assert_same(&project["today"], &printed["projects"][0]["today"]);
}
