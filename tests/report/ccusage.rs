//! `--compat ccusage`: the keys of ccusage's JSON, and its figures where both count by the same rule.
//!
//! What is promised is tested always; ccusage itself is asked where it is found, in `CCO_TEST_CCUSAGE` or on `PATH`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::place::Place;
use crate::real;
use crate::shared_data::shared_data;

/// Keys of the sums in a row.
const SUMS: [&str; 8] = [
    "inputTokens",
    "outputTokens",
    "cacheCreationTokens",
    "cacheReadTokens",
    "totalTokens",
    "totalCost",
    "modelsUsed[]",
    "modelBreakdowns[]",
];
const BREAKDOWN: [&str; 7] = [
    "modelName",
    "inputTokens",
    "outputTokens",
    "cacheCreationTokens",
    "cacheReadTokens",
    "cost",
    // Only of models without a price.
    "missingPricing",
];
const TOTALS: [&str; 7] = [
    "inputTokens",
    "outputTokens",
    "cacheCreationTokens",
    "cacheReadTokens",
    "totalTokens",
    "totalCost",
    // Only where there are models without a price.
    "unpricedModels[]",
];
const BLOCK: [&str; 24] = [
    "id",
    "startTime",
    "endTime",
    "actualEndTime",
    "isActive",
    "isGap",
    "entries",
    "tokenCounts",
    "tokenCounts.inputTokens",
    "tokenCounts.outputTokens",
    "tokenCounts.cacheCreationInputTokens",
    "tokenCounts.cacheReadInputTokens",
    "totalTokens",
    "costUSD",
    "models[]",
    "burnRate",
    "burnRate.tokensPerMinute",
    "burnRate.tokensPerMinuteForIndicator",
    "burnRate.costPerHour",
    "projection",
    "projection.totalTokens",
    "projection.totalCost",
    "projection.remainingMinutes",
    "tokenLimitStatus",
];

/// A place with two projects whose lines both programs count by the same rule: some days ago, now, and by a model
/// without a price.
fn place() -> Place {
    let place = Place::new();
    std::fs::remove_dir_all(place.path("root/projects")).unwrap();
    let line = |id: u32, session: &str, minutes: i64, model: &str| {
        let at = Timestamp::now().checked_sub(SignedDuration::from_mins(minutes)).unwrap();
        format!(
            r#"{{"type":"assistant","sessionId":"{session}","timestamp":"{at:.3}","requestId":"req_{id}","message":{{"id":"msg_{id}","model":"{model}","usage":{{"input_tokens":{},"output_tokens":{},"cache_creation_input_tokens":3000,"cache_read_input_tokens":40000}}}}}}"#,
            100 + id,
            20 + id
        )
    };
    let (opus, haiku) = ("claude-opus-4-6", "claude-haiku-4-5-20251001");
    let engine = "aaaaaaaa-0000-4000-8000-000000000001";
    let loom = "bbbbbbbb-0000-4000-8000-000000000002";
    for (id, minutes, model) in
        [(1, 60 * 100, opus), (2, 60 * 99, haiku), (3, 60 * 40, opus), (4, 60 * 33, opus), (5, 9, opus)]
    {
        place.add("-home-ada-engine", engine, &line(id, engine, minutes, model));
    }
    for (id, minutes, model) in [(11, 60 * 100, haiku), (12, 7, haiku), (13, 5, "mystery-9"), (14, 3, opus)] {
        place.add("-home-ada-loom", loom, &line(id, loom, minutes, model));
    }
    place
}

fn ours(place: &Place, arguments: &[&str]) -> Value {
    place.cco(&[arguments, &["--json", "--compat", "ccusage"]].concat()).json()
}

/// Paths of all members, elements of lists as one.
fn keys(value: &Value) -> BTreeSet<String> {
    fn walk(value: &Value, path: &str, found: &mut BTreeSet<String>) {
        match value {
            Value::Object(members) => {
                for (key, value) in members {
                    let list = if value.is_array() { "[]" } else { "" };
                    let path =
                        if path.is_empty() { format!("{key}{list}") } else { format!("{path}.{key}{list}") };
                    found.insert(path.clone());
                    walk(value, &path, found);
                }
            }
            Value::Array(elements) => elements.iter().for_each(|element| walk(element, path, found)),
            _ => {}
        }
    }
    let mut found = BTreeSet::new();
    walk(value, "", &mut found);
    found
}

/// The keys of rows below `list`, with `own` besides the sums.
fn promised(list: &str, own: &[&str]) -> BTreeSet<String> {
    let mut keys = BTreeSet::from([format!("{list}[]"), "totals".into()]);
    keys.extend(own.iter().chain(&SUMS).map(|key| format!("{list}[].{key}")));
    keys.extend(BREAKDOWN.iter().map(|key| format!("{list}[].modelBreakdowns[].{key}")));
    keys.extend(TOTALS.iter().map(|key| format!("totals.{key}")));
    keys
}

#[test]
fn the_keys_are_ccusages() {
    let place = place();
    assert_eq!(keys(&ours(&place, &["daily"])), promised("daily", &["date"]));
    assert_eq!(keys(&ours(&place, &["weekly"])), promised("weekly", &["week"]));
    assert_eq!(keys(&ours(&place, &["monthly"])), promised("monthly", &["month"]));
    let session = ["sessionId", "projectPath", "firstActivity", "lastActivity"];
    assert_eq!(keys(&ours(&place, &["session"])), promised("sessions", &session));

    let blocks = ours(&place, &["blocks", "--token-limit", "500000"]);
    let status = ["limit", "projectedUsage", "percentUsed", "status"];
    let mut block: BTreeSet<String> = BLOCK.iter().map(|key| format!("blocks[].{key}")).collect();
    block.extend(status.iter().map(|key| format!("blocks[].tokenLimitStatus.{key}")));
    block.insert("blocks[]".into());
    assert_eq!(keys(&blocks), block);

    let instances = ours(&place, &["daily", "--instances"]);
    let row = &instances["projects"]["-home-ada-engine"][0];
    assert_eq!(row["project"], "-home-ada-engine");
    let id = ours(&place, &["session", "--id", "aaaaaaaa-0000-4000-8000-000000000001"]);
    let entry = [
        "timestamp",
        "inputTokens",
        "outputTokens",
        "cacheCreationTokens",
        "cacheReadTokens",
        "model",
        "costUSD",
    ];
    let mut one: BTreeSet<String> = entry.iter().map(|key| format!("entries[].{key}")).collect();
    one.extend(["sessionId", "totalCost", "totalTokens", "entries[]"].map(Into::into));
    assert_eq!(keys(&id), one);
    assert_eq!(ours(&place, &["session", "--id", "nobody"]), Value::Null);
    assert_eq!(ours(&place, &["session", "--id", "aaaaaaaa"]), Value::Null, "part of an id is none");
}

#[test]
fn the_makers_whose_models_have_a_price_are_those_that_the_guides_name() {
    let json = Place::new().cco(&["prices", "--json"]).json();
    let models = json["models"].as_array().unwrap().iter().map(|model| model["model"].as_str().unwrap());
    let maker = |model: &str| model.split('-').next().unwrap().to_lowercase();
    let priced: BTreeSet<String> = models.map(maker).filter(|maker| maker != "claude").collect();
    let guides = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    let guide = std::fs::read_to_string(guides.join("ccusage.md")).unwrap();
    let row = guide.lines().find(|line| line.starts_with("| a model that is not Anthropic's ")).unwrap();
    let list = row.split("some models of ").nth(1).unwrap().split(':').next().unwrap();
    let named: BTreeSet<String> =
        list.split([',', ' ']).filter(|word| !["", "and"].contains(word)).map(str::to_lowercase).collect();
    assert_eq!(named, priced);
    let prices = std::fs::read_to_string(guides.join("prices.md")).unwrap();
    assert!(priced.iter().all(|maker| prices.to_lowercase().contains(&**maker)), "{priced:?}");
}

#[test]
fn rows_of_projects_that_were_asked_for_have_their_project() {
    let place = place();
    let daily = ours(&place, &["daily", "--project=-home-ada"]);
    let rows = daily["daily"].as_array().unwrap();
    let projects: BTreeSet<_> = rows.iter().map(|row| row["project"].as_str().unwrap()).collect();
    assert_eq!(projects, BTreeSet::from(["-home-ada-engine", "-home-ada-loom"]));
    let weekly = ours(&place, &["weekly", "--project=-home-ada-loom"]);
    assert_eq!(weekly["weekly"][0]["project"], Value::Null, "ccusage cannot be asked so");
}

#[test]
fn blocks_and_pauses_come_in_order_of_their_start() {
    let place = Place::new();
    for (id, at) in [(3, "2026-03-20T15:05:00Z"), (4, "2026-03-20T20:55:00Z"), (5, "2026-03-21T02:00:00Z")] {
        place.add("-home-ada-loom", "s-2", &crate::place::request(id, "s-2", at));
    }
    let starts = |arguments: &[&str]| -> Vec<(String, bool)> {
        let blocks = ours(&place, &[&["blocks"], arguments].concat());
        let blocks = blocks["blocks"].as_array().unwrap().iter();
        blocks
            .map(|it| (it["startTime"].as_str().unwrap().to_owned(), it["isGap"].as_bool().unwrap()))
            .collect()
    };
    let up = starts(&[]);
    let times: Vec<_> = up.iter().map(|(at, _)| at.clone()).collect();
    assert!(times.is_sorted(), "{times:?}");
    // The block starts at the full hour, before the pause that leads to it has begun.
    let late: Vec<_> = up.iter().map(|(at, is_gap)| (&at[..16], *is_gap)).skip(3).take(2).collect();
    assert_eq!(late, [("2026-03-20T20:00", false), ("2026-03-20T20:05", true)], "{up:?}");
    let mut down = starts(&["--order", "desc"]);
    down.reverse();
    assert_eq!(down, up);
}

#[test]
fn pauses_are_entries_of_their_own() {
    let place = Place::counted();
    let blocks = ours(&place, &["blocks"]);
    let told: Vec<_> = blocks["blocks"].as_array().unwrap().iter().map(|block| &block["id"]).collect();
    let expected = ["2026-03-20T10:00:00.000Z", "gap-2026-03-20T15:00:00.000Z", "2026-03-22T10:00:00.000Z"];
    assert_eq!(told, expected);
    let gap = &blocks["blocks"][1];
    assert_eq!(
        (&gap["isGap"], &gap["entries"], &gap["actualEndTime"]),
        (&true.into(), &0.into(), &Value::Null)
    );
    assert_eq!(gap["endTime"], "2026-03-22T10:00:00.000Z");
}

/// ccusage, where it is found.
fn ccusage(test: &str) -> Option<PathBuf> {
    let named = std::env::var_os("CCO_TEST_CCUSAGE").map(PathBuf::from);
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = named.or_else(|| {
        std::env::split_paths(&path).map(|folder| folder.join("ccusage")).find(|it| it.is_file())
    });
    if found.is_none() {
        crate::skipped::skipped(format_args!("{test}: no ccusage: set CCO_TEST_CCUSAGE to its program"));
    }
    found
}

fn theirs(program: &Path, home: &Path, root: &Path, arguments: &[&str]) -> Value {
    let mut command = Command::new(program);
    command.arg("claude").args(arguments).args(["--json", "--offline"]);
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("TZ", "UTC");
    let output = command.env("HOME", home).env("CLAUDE_CONFIG_DIR", root).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Asserts that two values are equal but for the order of models, what floating point loses, and what a second
/// more or less makes of a projection.
#[track_caller]
fn assert_same(ours: &Value, theirs: &Value, path: &str) {
    match (ours, theirs) {
        (Value::Object(a), Value::Object(b)) => {
            let keys =
                |members: &serde_json::Map<String, Value>| members.keys().cloned().collect::<BTreeSet<_>>();
            assert_eq!(keys(a), keys(b), "keys of {path}");
            for (key, value) in a {
                assert_same(value, &b[key], &format!("{path}.{key}"));
            }
        }
        (Value::Array(a), Value::Array(b)) if path.ends_with("modelsUsed") || path.ends_with("models") => {
            let names = |list: &[Value]| list.iter().map(Value::to_string).collect::<BTreeSet<_>>();
            assert_eq!(names(a), names(b), "{path}");
        }
        (Value::Array(a), Value::Array(b)) => {
            assert_eq!(a.len(), b.len(), "length of {path}");
            for (at, (a, b)) in a.iter().zip(b).enumerate() {
                assert_same(a, b, &format!("{path}[{at}]"));
            }
        }
        (Value::Number(a), Value::Number(b)) => {
            let (a, b) = (a.as_f64().unwrap(), b.as_f64().unwrap());
            let is_projected = path.contains("projection") || path.contains("tokenLimitStatus");
            let slack = if is_projected { 1.01 + b * 0.01 } else { 1e-9 + b.abs() * 1e-12 };
            assert!((a - b).abs() <= slack, "{path}: {a}, theirs {b}");
        }
        _ => assert_eq!(ours, theirs, "{path}"),
    }
}

#[test]
fn what_ccusage_counts_by_the_same_rule_is_the_same() {
    let Some(program) = ccusage("what_ccusage_counts_by_the_same_rule_is_the_same") else { return };
    let place = place();
    let home = tempfile::tempdir().unwrap();
    for arguments in [
        &["daily"][..],
        &["daily", "--order", "desc"],
        &["daily", "--instances"],
        &["daily", "--project=-home-ada-engine"],
        &["daily", "--instances", "--project=-home-ada-engine"],
        &["daily", "--no-cost"],
        &["daily", "--last", "2"],
        &["daily", "--since", "20300101"],
        &["daily", "--timezone", "Asia/Kathmandu"],
        &["daily", "--single-thread", "--no-color", "--debug", "--debug-samples", "2"],
        &["daily", "--instances", "--project-aliases", "x=y,-home-ada-engine=Engine"],
        &["weekly"],
        &["weekly", "--start-of-week", "monday"],
        &["monthly"],
        &["session"],
        &["session", "--no-cost"],
        &["session", "--id", "aaaaaaaa-0000-4000-8000-000000000001"],
        &["session", "--id", "nobody"],
        &["session", "--id", "aaaaaaaa"],
        &["blocks"],
        &["blocks", "--active", "--token-limit", "500000"],
        &["blocks", "--recent"],
        &["blocks", "--no-cost"],
        &["blocks", "--session-length", "2.5", "--order", "desc"],
    ] {
        let theirs = theirs(&program, home.path(), &place.path("root"), arguments);
        assert_same(&ours(&place, arguments), &theirs, &arguments.join(" "));
    }
}

/// Days of the real transcripts on which ccusage counts by another rule, and which.
const OTHER_DAYS: [(&str, &str); 4] = [
    ("2025-06-14", "lines with a space behind the colon of `usage`"),
    ("2025-09-20", "requests with more than 200,000 tokens of input"),
    ("2025-12-16", "inference in the US"),
    ("2026-07-12", "a model that is in no list of Anthropic's prices"),
];

#[test]
fn real_transcripts_differ_from_ccusage_where_it_is_written_and_nowhere_else() {
    let test = "real_transcripts_differ_from_ccusage_where_it_is_written_and_nowhere_else";
    let (Some(program), Some(data)) = (ccusage(test), shared_data(test)) else { return };
    let (home, root) = (tempfile::tempdir().unwrap(), data.join("claude"));
    let both = |report: &str| {
        let ours = real::report(home.path(), &root, &[report, "--compat", "ccusage"]);
        (ours, theirs(&program, home.path(), &root, &[report, "--timezone", "UTC"]))
    };
    let by = |rows: &Value, key: &str| -> BTreeMap<String, Value> {
        rows.as_array()
            .unwrap()
            .iter()
            .map(|row| (row[key].as_str().unwrap().to_owned(), row.clone()))
            .collect()
    };
    let is_same = |ours: &Value, theirs: &Value| {
        let cost = |row: &Value| row["totalCost"].as_f64().unwrap();
        ours["totalTokens"] == theirs["totalTokens"] && (cost(ours) - cost(theirs)).abs() < 1e-9
    };

    let (ours, theirs) = both("daily");
    let (ours, theirs) = (by(&ours["daily"], "date"), by(&theirs["daily"], "date"));
    assert_eq!(ours.keys().collect::<Vec<_>>(), theirs.keys().collect::<Vec<_>>());
    for (date, row) in &theirs {
        let other = OTHER_DAYS.iter().find(|(day, _)| day == date);
        assert_eq!(is_same(&ours[date], row), other.is_none(), "{date}: {other:?}");
        if other.is_none() {
            assert_same(&ours[date], row, date);
        }
    }

    // Sessions whose subagents' requests stand only as copies in their own transcripts, and those of days above,
    // differ.
    let (ours, theirs) = both("session");
    let (ours, theirs) = (by(&ours["sessions"], "sessionId"), by(&theirs["sessions"], "sessionId"));
    // From when to when something was counted by another rule, as texts that order as times do.
    let copies = copies(&root).into_iter().map(|at| (at.clone(), at));
    let days = OTHER_DAYS.iter().map(|(day, _)| (format!("{day}T00"), format!("{day}T24")));
    let others: Vec<(String, String)> = days.chain(copies).collect();
    let mut compared = 0;
    for (id, row) in &theirs {
        let Some(own) = ours.get(id) else { continue };
        let other_day =
            OTHER_DAYS.iter().any(|(day, _)| own["lastActivity"].as_str().unwrap().starts_with(day));
        if other_day || holds_the_only_copies(&root, id) {
            assert!(!is_same(own, row), "{id} is the same after all");
        } else {
            assert!(is_same(own, row), "{id}: {own} and {row}");
            compared += 1;
        }
    }
    assert!(compared >= 5, "only {compared} sessions could be compared");

    // Periods and blocks in which nothing of that was used are the same.
    let touched =
        |start: &str, end: &str| others.iter().any(|(first, last)| &**first < end && start <= &**last);
    for (report, key, length) in [("weekly", "week", 7), ("monthly", "month", 0)] {
        let (ours, theirs) = both(report);
        let (ours, theirs) = (by(&ours[report], key), by(&theirs[report], key));
        assert_eq!(ours.keys().collect::<Vec<_>>(), theirs.keys().collect::<Vec<_>>());
        for (name, row) in &theirs {
            let end = if length == 0 { format!("{name}-32") } else { days_after(name, length) };
            assert!(touched(name, &end) || is_same(&ours[name], row), "{name}: {} and {row}", ours[name]);
        }
    }
    let (ours, theirs) = both("blocks");
    let used = |blocks: &Value| {
        let mut blocks = by(&blocks["blocks"], "id");
        blocks.retain(|_, block| block["isGap"] == false);
        blocks
    };
    let (ours, theirs) = (used(&ours), used(&theirs));
    assert_eq!(ours.keys().collect::<Vec<_>>(), theirs.keys().collect::<Vec<_>>());
    for (id, block) in &theirs {
        let (own, cost) = (&ours[id], |block: &Value| block["costUSD"].as_f64().unwrap());
        let is_same = own["tokenCounts"] == block["tokenCounts"] && (cost(own) - cost(block)).abs() < 1e-9;
        assert!(touched(id, own["endTime"].as_str().unwrap()) || is_same, "{id}: {own} and {block}");
    }
}

fn days_after(date: &str, days: i64) -> String {
    let date: jiff::civil::Date = date.parse().unwrap();
    date.checked_add(jiff::Span::new().days(days)).unwrap().to_string()
}

/// Whether a line is a copy of a subagent's request.
fn is_copy(line: &str) -> bool {
    line.contains(r#""type":"progress""#) && line.contains(r#""usage":{"#)
}

/// Whether the transcript of a session holds copies of its subagents' requests, and these have no transcripts.
fn holds_the_only_copies(root: &Path, session: &str) -> bool {
    let folders = std::fs::read_dir(root.join("projects")).unwrap();
    folders.map(|folder| folder.unwrap().path()).any(|folder| {
        let text = std::fs::read_to_string(folder.join(format!("{session}.jsonl"))).unwrap_or_default();
        text.lines().any(is_copy) && !folder.join(session).join("subagents").exists()
    })
}

/// When the requests were made that stand as copies in some transcript.
fn copies(root: &Path) -> Vec<String> {
    let mut times = Vec::new();
    for folder in std::fs::read_dir(root.join("projects")).unwrap() {
        for file in std::fs::read_dir(folder.unwrap().path()).unwrap() {
            let text = std::fs::read_to_string(file.unwrap().path()).unwrap_or_default();
            for line in text.lines().filter(|line| is_copy(line)) {
                let record: Value = serde_json::from_str(line).unwrap();
                let at = &record["data"]["message"]["timestamp"];
                times.extend(at.as_str().map(str::to_owned));
            }
        }
    }
    times
}
