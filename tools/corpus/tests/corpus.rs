//! Checks that a corpus is reproducible, has the proportions of real transcripts, and agrees with a naive
//! count.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use corpus::{Append, GenerateError, Made, Spec, Tokens, append, generate};
use serde_json::Value;
use serde_json::value::RawValue;

const SPEC: fn() -> Spec = || Spec { bytes: 20_000_000, files: 120, projects: 12, ..Spec::default() };

/// A 20 MB corpus that all tests read.
static CORPUS: LazyLock<(tempfile::TempDir, Made)> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    let made = generate(&SPEC(), folder.path()).unwrap();
    (folder, made)
});

/// All transcripts below a folder, by path.
fn transcripts(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.join("projects")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.insert(path.clone(), fs::read(&path).unwrap());
            }
        }
    }
    found
}

fn relative(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let below = |path: PathBuf| path.strip_prefix(folder).unwrap().to_owned();
    transcripts(folder).into_iter().map(|(path, bytes)| (below(path), bytes)).collect()
}

/// The usage of one request: model, counters, and its counted iterations.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Usage {
    rank: (u64, u64, Tokens),
    model: String,
    iterations: Vec<(String, Tokens)>,
}

/// The record that a line counts as, found the slow and obvious way.
fn counted(line: &Value) -> Option<(String, Usage)> {
    let record = match line["type"].as_str()? {
        "assistant" => line,
        "progress" => &line["data"]["message"],
        _ => return None,
    };
    let message = &record["message"];
    if record["type"] != "assistant" || !message["usage"].is_object() || message["model"] == "<synthetic>" {
        return None;
    }
    let time = record["timestamp"].as_str().expect("every record has a time");
    assert!(time.parse::<jiff::Timestamp>().is_ok(), "{time}");
    let key = match message["id"].as_str() {
        Some(id) if id.starts_with("msg_") => id.to_owned(),
        Some(id) => format!("{id} in {}", line["sessionId"]),
        None => record["uuid"].as_str().expect("a record without an id has a uuid").to_owned(),
    };
    let tokens = tokens(&message["usage"]);
    let model = message["model"].as_str().unwrap_or("unknown").to_owned();
    let iterations = (message["usage"]["iterations"].as_array().into_iter().flatten())
        .filter(|entry| entry["type"] == "advisor_message" || entry["type"] == "compaction")
        .map(|entry| (entry["model"].as_str().unwrap_or(&model).to_owned(), self::tokens(entry)))
        .collect();
    Some((key, Usage { rank: (tokens.output, tokens.total(), tokens), model, iterations }))
}

fn tokens(usage: &Value) -> Tokens {
    let count = |value: &Value| value.as_u64().unwrap_or(0);
    let split = &usage["cache_creation"];
    let (five_minutes, hour) =
        (count(&split["ephemeral_5m_input_tokens"]), count(&split["ephemeral_1h_input_tokens"]));
    let all = count(&usage["cache_creation_input_tokens"]);
    let (cache_write_5m, cache_write_1h) =
        if five_minutes + hour > 0 { (five_minutes, hour) } else { (all, 0) };
    Tokens {
        input: count(&usage["input_tokens"]),
        output: count(&usage["output_tokens"]),
        cache_write_5m,
        cache_write_1h,
        cache_read: count(&usage["cache_read_input_tokens"]),
        web_searches: count(&usage["server_tool_use"]["web_search_requests"]),
    }
}

/// A naive count: lines with usage, messages, and requests and tokens by model.
fn count<'a>(lines: impl Iterator<Item = &'a [u8]>) -> (u64, u64, BTreeMap<String, (u64, Tokens)>) {
    let mut usage_lines = 0;
    let mut highest: HashMap<String, Usage> = HashMap::new();
    for line in lines {
        let line: Value = serde_json::from_slice(line).unwrap();
        if let Some((key, usage)) = counted(&line) {
            usage_lines += 1;
            let known = highest.entry(key).or_insert_with(|| usage.clone());
            if usage > *known {
                *known = usage;
            }
        }
    }
    let mut models: BTreeMap<String, (u64, Tokens)> = BTreeMap::new();
    for usage in highest.values() {
        for (model, tokens) in [(&usage.model, usage.rank.2)]
            .into_iter()
            .chain(usage.iterations.iter().map(|(model, tokens)| (model, *tokens)))
        {
            let sum = models.entry(model.clone()).or_default();
            sum.0 += 1;
            sum.1 += tokens;
        }
    }
    (usage_lines, highest.len() as u64, models)
}

fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes.strip_suffix(b"\n").unwrap_or(bytes).split(|byte| *byte == b'\n')
}

fn by_name(made: &Made) -> BTreeMap<String, (u64, Tokens)> {
    made.truth.models.iter().map(|(model, sum)| ((*model).to_owned(), *sum)).collect()
}

#[test]
fn the_truth_agrees_with_a_naive_count() {
    let (folder, made) = &*CORPUS;
    let files = transcripts(folder.path());
    let (usage_lines, messages, models) = count(files.values().flat_map(|bytes| lines(bytes)));
    assert_eq!((usage_lines, messages), (made.usage_lines, made.truth.messages));
    assert_eq!(models, by_name(made));
    let mut tokens = Tokens::default();
    for (_, of_model) in models.values() {
        tokens += *of_model;
    }
    assert_eq!(tokens, made.truth.tokens);
    assert_eq!(models.values().map(|(requests, _)| requests).sum::<u64>(), made.truth.requests);
}

#[test]
fn files_bytes_and_lines_are_as_reported() {
    let (folder, made) = &*CORPUS;
    let files = transcripts(folder.path());
    assert_eq!(files.len() as u64, made.files);
    assert_eq!(files.values().map(|bytes| bytes.len() as u64).sum::<u64>(), made.bytes);
    assert_eq!(files.values().map(|bytes| lines(bytes).count() as u64).sum::<u64>(), made.lines);
    assert_eq!(made.files, 120);
    assert!((19_000_000..21_000_000).contains(&made.bytes), "{}", made.bytes);
    let marker: Value =
        serde_json::from_slice(&fs::read(folder.path().join("corpus-1.json")).unwrap()).unwrap();
    assert_eq!(marker["total_tokens"], made.truth.tokens.total());
}

#[test]
fn every_line_is_one_json_object() {
    for (path, bytes) in transcripts(CORPUS.0.path()) {
        assert_eq!(bytes.last(), Some(&b'\n'));
        for line in lines(&bytes) {
            let object: Result<&RawValue, _> = serde_json::from_slice(line);
            assert!(object.is_ok_and(|object| object.get().starts_with('{')), "{path:?}");
        }
    }
}

#[test]
fn proportions_are_those_of_real_transcripts() {
    let (folder, made) = &*CORPUS;
    let share = |part: u64, whole: u64| part as f64 / whole as f64;
    let near = |what: &str, found: f64, expected: f64, tolerance: f64| {
        assert!((found / expected - 1.0).abs() < tolerance, "{what}: {found} rather than {expected}");
    };
    near("lines with usage", share(made.usage_lines, made.lines), 0.38, 0.05);
    near("bytes of them", share(made.usage_bytes, made.bytes), 0.18, 0.15);
    near("lines a message", share(made.usage_lines, made.truth.messages), 1.95, 0.25);

    let (mut usage, mut other) = (Vec::new(), Vec::new());
    for bytes in transcripts(folder.path()).values() {
        for line in lines(bytes) {
            let is_usage = counted(&serde_json::from_slice(line).unwrap()).is_some();
            if is_usage { &mut usage } else { &mut other }.push(line.len());
        }
    }
    usage.sort_unstable();
    other.sort_unstable();
    let size = |sizes: &[usize], percent: usize| sizes[(sizes.len() - 1) * percent / 100] as f64;
    near("usage p50", size(&usage, 50), 1_100.0, 0.15);
    near("usage p99", size(&usage, 99), 9_000.0, 0.35);
    near("other p50", size(&other, 50), 700.0, 0.15);
    near("other p99", size(&other, 99), 59_000.0, 0.35);
    let largest = |sizes: &[usize]| sizes[sizes.len() - 1] as f64;
    near("largest usage", largest(&usage), 85_000.0, 0.6);
    near("largest other", largest(&other), 1_050_000.0, 0.6);
}

/// Lines that count: transcript, text, value and key.
fn records(folder: &Path) -> Vec<(PathBuf, String, Value, String)> {
    let mut records = Vec::new();
    for (path, bytes) in transcripts(folder) {
        for line in std::str::from_utf8(&bytes).unwrap().lines().filter(|line| line.contains(USAGE_KEY)) {
            let value: Value = serde_json::from_str(line).unwrap();
            if let Some((key, _)) = counted(&value) {
                records.push((path.clone(), line.to_owned(), value, key));
            }
        }
    }
    records
}

const USAGE_KEY: &str = "\"usage\":{";

#[test]
fn the_usage_key_is_near_the_end_of_its_line() {
    let records = records(CORPUS.0.path());
    let from_end = records.iter().map(|(_, line, ..)| line.len() - line.rfind(USAGE_KEY).unwrap());
    let farthest = from_end.max().unwrap();
    assert!((600..=1_150).contains(&farthest), "{farthest}");
}

#[test]
fn streaming_writes_a_request_in_one_to_fourteen_lines() {
    let mut streamed: BTreeMap<(PathBuf, String), usize> = BTreeMap::new();
    for (path, _, value, key) in records(CORPUS.0.path()) {
        if value["type"] == "assistant" {
            *streamed.entry((path, key)).or_default() += 1;
        }
    }
    assert_eq!((streamed.values().min(), streamed.values().max()), (Some(&1), Some(&14)));
}

#[test]
fn forks_and_progress_lines_copy_requests_of_other_files_and_nothing_else_does() {
    let is_copy = |value: &Value| value["forkedFrom"].is_object() || value["type"] == "progress";
    let (copies, originals): (Vec<_>, Vec<_>) =
        records(CORPUS.0.path()).into_iter().partition(|(_, _, value, _)| is_copy(value));
    let mut home: HashMap<String, PathBuf> = HashMap::new();
    for (path, _, _, key) in originals {
        let home = home.entry(key).or_insert_with(|| path.clone());
        assert_eq!(*home, path, "a request is in two files and not marked as a copy");
    }
    let (mut forked, mut in_progress) = (0, 0);
    for (path, _, value, key) in copies {
        // A gateway's ids are unique only within their session, so a fork's copy is a separate request.
        let Some(home) = home.get(&key) else { continue };
        assert_ne!(*home, path, "a copy beside its original");
        *(if value["type"] == "progress" { &mut in_progress } else { &mut forked }) += 1;
    }
    assert!(forked > 20 && in_progress > 20, "{forked} forked, {in_progress} in progress lines");
}

#[test]
fn subagents_are_where_their_version_puts_them() {
    let files = transcripts(CORPUS.0.path());
    let agents =
        || files.keys().filter(|path| path.file_name().unwrap().to_str().unwrap().starts_with("agent-"));
    let nested = |path: &&PathBuf| path.parent().unwrap().ends_with("subagents");
    let (newer, older) = (agents().filter(nested).count(), agents().filter(|path| !nested(path)).count());
    assert!(newer > 10 && older > 0, "{newer} in subagents/, {older} beside them");
}

#[test]
fn every_shape_that_a_reader_must_handle_occurs() {
    let files = transcripts(CORPUS.0.path());
    let any = |needle: &str| files.values().any(|bytes| String::from_utf8_lossy(bytes).contains(needle));
    for needle in [
        "\"isSidechain\":true",
        "\"forkedFrom\":{",
        "\"data\":{\"message\":{\"type\":\"assistant\"",
        "\\\"usage\\\":{",
        "\"toolUseResult\":{\"status\":\"completed\",\"totalToolUseCount\":7",
        "\"model\":\"<synthetic>\"",
        "\"model\":\"house-coder-7b\"",
        "\"type\":\"cost-state\"",
        "\"durationMs\":4200",
        "\"type\":\"compaction\"",
        "\"type\":\"advisor_message\"",
        "\"speed\":\"fast\"",
        "\"version\":\"1.0.",
        "\"version\":\"2.0.",
        "\"version\":\"2.1.",
    ] {
        assert!(any(needle), "no {needle}");
    }
    let tokens = &CORPUS.1.truth.tokens;
    assert!(tokens.cache_write_5m > 0 && tokens.cache_write_1h > 0 && tokens.web_searches > 0);
}

#[test]
fn records_are_within_the_requested_days() {
    let days = Spec { from: jiff::civil::date(2026, 7, 4), to: jiff::civil::date(2026, 7, 4), ..SPEC() };
    let folder = tempfile::tempdir().unwrap();
    generate(&days, folder.path()).unwrap();
    for bytes in transcripts(folder.path()).values() {
        for line in lines(bytes) {
            let line: Value = serde_json::from_slice(line).unwrap();
            let time = line["timestamp"].as_str().unwrap_or("2026-07-04");
            assert!(time.starts_with("2026-07-04"), "{time}");
        }
    }
}

#[test]
fn the_same_arguments_give_the_same_bytes() {
    let spec = Spec { bytes: 3_000_000, files: 40, ..SPEC() };
    let (one, two, other) =
        (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    assert_eq!(generate(&spec, one.path()).unwrap(), generate(&spec, two.path()).unwrap());
    assert_eq!(relative(one.path()), relative(two.path()));
    generate(&Spec { seed: 2, ..spec }, other.path()).unwrap();
    assert_ne!(relative(one.path()), relative(other.path()));
}

#[test]
fn a_folder_that_is_not_empty_is_refused_and_not_changed() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("mine"), "kept").unwrap();
    let spec = Spec { bytes: 300_000, files: 5, projects: 2, ..Spec::default() };
    let error = generate(&spec, folder.path()).unwrap_err();
    assert!(matches!(error, GenerateError::NotEmpty(_)), "{error}");
    assert!(error.to_string().contains("--force"));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);

    spec.generate_beside(folder.path()).unwrap();
    assert_eq!(fs::read_to_string(folder.path().join("mine")).unwrap(), "kept");
    let before = relative(folder.path());
    let error = spec.generate_beside(folder.path()).unwrap_err();
    assert!(matches!(error, GenerateError::Exists(_)), "{error}");
    assert_eq!(relative(folder.path()), before);
}

#[test]
fn an_invalid_spec_is_rejected_with_a_next_step() {
    let folder = tempfile::tempdir().unwrap();
    let crowded = Spec { bytes: 1_000, ..Spec::default() };
    let error = generate(&crowded, folder.path()).unwrap_err();
    assert!(std::error::Error::source(&error).unwrap().to_string().contains("fewer files"));
    assert!(generate(&Spec { files: 0, ..Spec::default() }, folder.path()).is_err());
    let backwards = Spec { from: Spec::default().to, to: Spec::default().from, ..Spec::default() };
    assert!(generate(&backwards, folder.path()).is_err());
}

#[test]
fn appended_lines_are_whole_and_counted() {
    let folder = tempfile::tempdir().unwrap();
    let spec = Spec { bytes: 600_000, files: 20, projects: 4, ..Spec::default() };
    generate(&spec, folder.path()).unwrap();
    let before = transcripts(folder.path());
    let mut all = Vec::new();
    let mut sum = 0;
    for (seed, split) in [(1, false), (1, true)] {
        let before = transcripts(folder.path());
        let wanted = Append { lines: 400, rate: None, seed, split };
        let mut log = Vec::new();
        let made = append(&wanted, folder.path(), |line| {
            log.push(line.clone());
            Ok(())
        })
        .unwrap();
        assert_eq!((log.len(), made.lines), (400, 400));
        assert!(log.windows(2).all(|pair| pair[0].done_us <= pair[1].begun_us));
        let last = log.last().unwrap();
        assert_eq!((last.messages, last.tokens), (made.truth.messages, made.truth.tokens));

        let after = transcripts(folder.path());
        assert_eq!((after.len() - before.len()) as u64, made.files);
        let mut grown = Vec::new();
        for (path, bytes) in &after {
            let old = before.get(path).map_or(&[][..], Vec::as_slice);
            let added = bytes.strip_prefix(old).expect("existing bytes are unchanged");
            grown.extend(lines(added).filter(|line| !line.is_empty()));
        }
        let (usage_lines, messages, models) = count(grown.iter().copied());
        assert_eq!((usage_lines, messages), (made.usage_lines, made.truth.messages));
        assert_eq!(models, by_name(&made));
        all.extend(grown.into_iter().map(<[u8]>::to_vec));
        sum += made.truth.messages;
    }
    let (_, messages, _) = count(all.iter().map(Vec::as_slice));
    assert_eq!(messages, sum, "a second run with the same seed writes other requests");
    assert!(transcripts(folder.path()).len() > before.len(), "there are new sessions");
}

#[test]
fn only_a_corpus_is_appended_to() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("projects/mine")).unwrap();
    fs::write(folder.path().join("projects/mine/session.jsonl"), "{}\n").unwrap();
    let wanted = Append { lines: 10, rate: None, seed: 1, split: false };
    let error = append(&wanted, folder.path(), |_| Ok(())).unwrap_err();
    assert!(error.to_string().contains("generate one first"), "{error}");
    assert_eq!(fs::read(folder.path().join("projects/mine/session.jsonl")).unwrap(), b"{}\n");
}
