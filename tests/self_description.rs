//! A reader that knows nothing of the layout but how to find it: every other offset, name, type and unit comes from the
//! file. What it decodes is what `cco-peek --json` says.

use std::path::Path;
use std::process::Command;

use cco::snapshot::layout::{MAJOR, MINOR, fnv1a, layout_json};
use cco::snapshot::{
    AgentRow, Counters, DayRow, Draft, Following, Health, HourRow, Limit, LimitKind, LimitRow, ModelRow,
    Period, Picodollars, ProjectRow, Publication, ScanState, SessionRow, Writer, WriterOptions,
};
use serde_json::{Map, Value, json};

/// What LAYOUT.md says never changes: where the directory is, and which region holds the layout.
const DIRECTORY: usize = 192;
const ENTRIES: usize = 32;
const LAYOUT: u64 = 14;

/// A file, and what it says of itself.
struct File {
    bytes: Vec<u8>,
    layout: Value,
}

/// Where a region is.
struct Place {
    offset: usize,
    row_bytes: usize,
    capacity: usize,
}

impl File {
    fn read(path: &Path) -> Self {
        let bytes = std::fs::read(path).unwrap();
        let Place { offset, capacity, .. } = place(&bytes, LAYOUT);
        let layout = serde_json::from_slice(&bytes[offset..offset + capacity]).unwrap();
        Self { bytes, layout }
    }

    fn list(&self, name: &str) -> &Vec<Value> {
        self.layout[name].as_array().unwrap()
    }

    /// The fields of a structure at an offset, as JSON.
    fn structure(&self, name: &str, at: usize) -> Value {
        let structure = named(self.list("structs"), name).unwrap();
        self.fields(&structure["fields"], at)
    }

    fn fields(&self, fields: &Value, at: usize) -> Value {
        let known = fields.as_array().unwrap().iter().filter(|field| field["type"] != "reserved");
        let members = known.map(|field| {
            let at = at + member(field, "offset");
            (field["name"].as_str().unwrap().to_owned(), self.value(field, at))
        });
        Value::Object(members.collect())
    }

    fn value(&self, field: &Value, at: usize) -> Value {
        let word = |at| word(&self.bytes, at);
        let kind = field["type"].as_str().unwrap();
        let value = match kind {
            "u64" | "crc32" => json!(word(at)),
            "i64" => json!(word(at).cast_signed()),
            // What JSON's own numbers cannot carry.
            "u128" => json!((u128::from(word(at + 8)) << 64 | u128::from(word(at))).to_string()),
            "uuid" => json!(format!("{:016x}{:016x}", word(at), word(at + 8))),
            "halves" => json!([word(at) >> 32, word(at) & 0xffff_ffff]),
            "text" => {
                let bytes = &self.bytes[at..at + member(field, "bytes")];
                json!(text(bytes.split(|byte| *byte == 0).next().unwrap()))
            }
            "name" => {
                let (length, offset) = (word(at) >> 32, word(at) & 0xffff_ffff);
                let start = self.region("names").0.offset + usize::try_from(offset).unwrap();
                json!(text(&self.bytes[start..start + usize::try_from(length).unwrap()]))
            }
            "bytes" | "directory_entry" => Value::Null,
            "histogram" => {
                let end = at + member(field, "bytes");
                Value::Array((at..end).step_by(8).map(|at| json!(word(at))).collect())
            }
            structure => self.structure(structure, at),
        };
        match field["values"].get(value.to_string()) {
            Some(name) => name.clone(),
            None => value,
        }
    }

    fn region(&self, name: &str) -> (Place, &Value) {
        let region = named(self.list("regions"), name).unwrap();
        (place(&self.bytes, region["id"].as_u64().unwrap()), region)
    }

    /// The part of page 0 called `name`, one or several times.
    fn page(&self, name: &str) -> Vec<Value> {
        let part = self.list("page").iter().find(|part| part["struct"] == name).unwrap();
        let bytes = member(named(self.list("structs"), name).unwrap(), "bytes");
        let start = member(part, "offset");
        (0..member(part, "count")).map(|number| self.structure(name, start + number * bytes)).collect()
    }

    /// The rows of a table that belong to a slot.
    fn rows(&self, name: &str, slot: &Value) -> Vec<Value> {
        let (place, region) = self.region(name);
        let align = member(&self.layout, "align_bytes");
        let copy = (place.row_bytes * place.capacity).next_multiple_of(align);
        let start = place.offset + member(slot, "bank") * copy;
        let in_use = member(slot, region["rows_in_use"].as_str().unwrap());
        (0..in_use).map(|row| self.fields(&region["fields"], start + row * place.row_bytes)).collect()
    }

    /// The newest row of a region of sections.
    fn newest_row(&self, name: &str) -> Value {
        let (place, region) = self.region(name);
        assert_eq!(region["kind"], "ring");
        let rows = (0..place.capacity)
            .map(|row| self.fields(&region["fields"], place.offset + row * place.row_bytes))
            .collect();
        newest(rows)
    }
}

fn newest(sections: Vec<Value>) -> Value {
    let complete = sections.into_iter().filter(|section| member(section, "sequence").is_multiple_of(2));
    complete.max_by_key(|section| member(section, "sequence")).unwrap()
}

fn place(bytes: &[u8], id: u64) -> Place {
    let mut entries = (0..ENTRIES).map(|entry| DIRECTORY + 24 * entry);
    let entry = entries.find(|at| word(bytes, *at) & 0xffff_ffff == id).unwrap();
    let number = |at| usize::try_from(word(bytes, at)).unwrap();
    Place { offset: number(entry + 8), row_bytes: number(entry) >> 32, capacity: number(entry + 16) }
}

fn named<'a>(list: &'a [Value], name: &str) -> Option<&'a Value> {
    list.iter().find(|item| item["name"] == name)
}

fn word(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap())
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
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

const AT: i64 = 1_772_600_000_000;

fn fill(draft: &mut Draft) {
    for (n, name) in [(1, "claude-a"), (2, "modèle-b")] {
        let name = draft.intern(name);
        draft.push(&ModelRow { name, counters: counters(n * 100), ..ModelRow::default() });
    }
    let (project, path) = (draft.intern("-home-ada"), draft.intern("/home/ada"));
    let (session, agent) = (draft.intern("s-1"), draft.intern("claude-code"));
    draft.push(&AgentRow { name: agent, counters: counters(150), ..AgentRow::default() });
    draft.push(&ProjectRow {
        project,
        path,
        first_at: AT,
        last_at: AT + 500,
        counters: counters(300),
        today: counters(7),
        ..ProjectRow::default()
    });
    draft.push(&SessionRow {
        session,
        project,
        first_at: AT,
        last_at: AT + 500,
        counters: counters(400),
        ..SessionRow::default()
    });
    draft.push(&DayRow { date: 20_260_304, counters: counters(500) });
    draft.push(&HourRow { start: AT, counters: counters(600) });
    let scope = draft.intern("claude-a");
    draft.push(&LimitRow {
        kind: LimitKind::SevenDayModel,
        scope,
        used_millionths: 250_000,
        resets_at: i64::MAX / 2,
        seen_at: AT,
        ..LimitRow::default()
    });
}

fn publication(now: i64) -> Publication {
    let period = |n| Period { start: now - 3_600_000, end: now + 3_600_000, counters: counters(n) };
    Publication {
        published_at: now,
        totals: counters(10),
        today: period(20),
        this_week: period(30),
        this_month: period(40),
        block: Some(period(50)),
        block_span: (now - 600_000, now - 60_000),
        scan_state: ScanState::Complete,
        five_hour_limit: Some(Limit { used_millionths: 125_000, resets_at: now + 60_000, seen_at: now }),
        seven_day_limit: None,
        sessions_left_out: 3,
    }
}

fn health(now: i64) -> Health {
    let mut health = Health {
        updated_at: now,
        files: 3,
        following: Following::Polling,
        poll_interval_ms: 1_000,
        ..Health::default()
    };
    health.count_pass(100);
    health
}

/// A number of the file as the document has it: times in words, amounts in USD, shares in percent.
fn as_printed(unit: &Value, value: &Value) -> Value {
    match unit.as_str() {
        Some("ms UTC") => {
            let at = jiff::Timestamp::from_millisecond(value.as_i64().unwrap()).unwrap();
            json!(at.to_string())
        }
        Some("picodollars") => {
            let amount = Picodollars(value.as_str().unwrap().parse().unwrap());
            serde_json::from_str(&amount.to_string()).unwrap()
        }
        Some("yyyymmdd") => {
            let date = value.as_u64().unwrap();
            json!(format!("{:04}-{:02}-{:02}", date / 10_000, date / 100 % 100, date % 100))
        }
        _ => value.clone(),
    }
}

/// Asserts that every counter of a decoded set is in the printed object.
fn assert_counters(file: &File, decoded: &Value, printed: &Value) {
    let fields = named(file.list("structs"), "counters").unwrap()["fields"].as_array().unwrap();
    let mut compared = 0;
    for (name, value) in decoded.as_object().unwrap() {
        let unit = &named(fields, name).unwrap()["unit"];
        let printed = printed.get(name).unwrap_or_else(|| &printed[&format!("{name}_usd")]);
        assert_eq!(&as_printed(unit, value), printed, "{name}");
        compared += 1;
    }
    assert!(compared >= 14, "{decoded}");
}

/// Members of a decoded structure by their names in the document.
fn renamed(decoded: &Value, names: &[(&str, &str, &str)]) -> Map<String, Value> {
    names
        .iter()
        .map(|(from, unit, to)| ((*to).to_owned(), as_printed(&json!(unit), &decoded[from])))
        .collect()
}

fn assert_has(printed: &Value, members: Map<String, Value>) {
    for (name, value) in members {
        assert_eq!(printed[&name], value, "{name} of {printed}");
    }
}

#[test]
fn a_reader_that_knows_no_field_decodes_what_cco_peek_prints() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("usage.snapshot");
    let options = WriterOptions { zone: "Europe/Amsterdam".into(), week_start: 0, program: "9.9".into() };
    let mut writer = Writer::open(&path, options).unwrap();
    fill(writer.draft());
    let now = jiff::Timestamp::now().as_millisecond();
    writer.report(health(now));
    writer.commit(&publication(now)).unwrap();
    writer.stop();

    let file = File::read(&path);
    let output = Command::new(env!("CARGO_BIN_EXE_cco-peek"))
        .args(["--json", "--sessions", "--days", "--hours", "--history", "--snapshot"])
        .arg(&path)
        .env_clear()
        .env("HOME", folder.path())
        .output()
        .unwrap();
    let printed: Value = serde_json::from_slice(&output.stdout).unwrap();

    let identity = &file.page("static")[0];
    assert_has(
        &printed["snapshot"],
        renamed(identity, &[("zone", "", "timezone"), ("program", "", "version"), ("writer_pid", "", "pid")]),
    );
    assert_eq!((&identity["week_start"], &identity["version"]), (&json!("monday"), &json!([MAJOR, MINOR])));
    assert_eq!(file.page("control")[0]["state"], printed["snapshot"]["writer"]);

    let slot = newest(file.page("slot"));
    assert_eq!(member(&slot, "sequence") / 2, member(&printed["snapshot"], "generation"));
    assert_has(
        &printed["snapshot"],
        renamed(&slot, &[("published_at", "ms UTC", "published_at"), ("scan_state", "", "state")]),
    );
    assert_eq!(slot["sessions_left_out"], printed["sessions_left_out"]);
    assert_counters(&file, &slot["totals"], &printed["totals"]);
    for period in ["today", "this_week", "this_month", "block"] {
        assert_counters(&file, &slot[period]["counters"], &printed[period]);
        let bounds = [("start", "ms UTC", "start"), ("end", "ms UTC", "end")];
        assert_has(&printed[period], renamed(&slot[period], &bounds));
    }
    let span = [("block_first_at", "ms UTC", "first"), ("block_last_at", "ms UTC", "last")];
    assert_has(&printed["block"], renamed(&slot, &span));
    let times = [("resets_at", "ms UTC", "resets_at"), ("seen_at", "ms UTC", "seen_at")];
    assert_has(&printed["limits"]["five_hour"], renamed(&slot["five_hour_limit"], &times));

    let first_last = [("first_at", "ms UTC", "first"), ("last_at", "ms UTC", "last")];
    for (table, key, unit, key_printed, others) in [
        ("agents", "name", "", "agent", &[][..]),
        ("models", "name", "", "model", &[]),
        ("projects", "project", "", "project", &[("path", "", "path")]),
        ("sessions", "session", "", "session", &first_last),
        ("days", "date", "yyyymmdd", "date", &[]),
        ("hours", "start", "ms UTC", "start", &[]),
        ("history", "at", "ms UTC", "at", &[]),
    ] {
        let (rows, list) = (file.rows(table, &slot), printed[table].as_array().unwrap());
        assert!(!rows.is_empty() && rows.len() == list.len(), "{table}: {list:?}");
        for row in &rows {
            let key = as_printed(&json!(unit), &row[key]);
            let printed = list.iter().find(|item| item[key_printed] == key).unwrap();
            assert_counters(&file, &row["counters"], printed);
            assert_has(printed, renamed(row, others));
        }
    }
    assert_counters(&file, &file.rows("projects", &slot)[0]["today"], &printed["projects"][0]["today"]);
    let limit = &file.rows("limits", &slot)[0];
    assert_has(
        &printed["account_limits"][0],
        renamed(limit, &[("kind", "", "kind"), ("scope", "", "scope")]),
    );
    assert_eq!(printed["account_limits"][0]["used_percentage"], limit["used"].as_f64().unwrap() / 10_000.0);

    let report = file.newest_row("health");
    let figures =
        ["files", "poll_interval_ms", "resident_bytes", "following", "pass_us_sum", "publish_us_sum"]
            .map(|name| (name, "", name));
    assert_has(&printed["health"], renamed(&report, &figures));
    assert_eq!(report["pass_histogram"], printed["health"]["passes_by_duration"]);
}

#[test]
fn the_schema_hash_and_the_checksum_of_the_layout_can_be_computed_from_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("usage.snapshot");
    let options = WriterOptions { zone: "UTC".into(), week_start: 0, program: "test".into() };
    Writer::open(&path, options).unwrap().commit(&Publication::default()).unwrap();
    let file = File::read(&path);
    let identity = &file.page("static")[0];
    let hashed = |mut hash, list: &Vec<Value>| {
        let name = |hash, item: &Value| fnv1a(fnv1a(hash, item["name"].as_str().unwrap().as_bytes()), &[0]);
        for item in list {
            hash = name(hash, item);
            for field in item["fields"].as_array().unwrap() {
                hash = name(hash, field);
                for number in ["offset", "bytes"] {
                    hash = fnv1a(hash, &field[number].as_u64().unwrap().to_le_bytes());
                }
            }
        }
        hash
    };
    let hash = hashed(hashed(0xcbf2_9ce4_8422_2325, file.list("structs")), file.list("regions"));
    assert_eq!(identity["schema_hash"], json!(hash));
    assert_eq!(file.layout["schema_hash"], json!(format!("{hash:#018x}")));

    let Place { offset, capacity, .. } = place(&file.bytes, LAYOUT);
    let stored = &file.bytes[offset..offset + capacity];
    assert_eq!(text(stored), layout_json());
    assert_eq!(identity["layout_crc"], json!(crc32fast::hash(stored)));
}
