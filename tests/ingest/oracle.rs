//! Checks the fast path against the counting rule in its plainest form.
//!
//! serde_json checks the structure on a *neutral copy* of each line. The copy has the same length, but in
//! strings every escape, control byte and non-ASCII byte is replaced by `~`, because the contents of strings
//! must not affect the structure. Members are located in the copy and then read strictly from the original.
//! (The names of members that count contain no `~`, so a key with replaced bytes never matches one.)

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use cco::ingest::{Reader, TranscriptContents};
use cco::usage::{Dimensions, Home, Iteration, Key, Rare, Record, Terms, Tokens};
use proptest::prelude::*;
use serde_json::value::RawValue;

use crate::generate;
use crate::shared_data::shared_data;
use crate::sums::{discovered, root_with};

/// The result of reading a transcript.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Outcome {
    records: BTreeMap<Key, Record>,
    malformed: u64,
    incomplete: u64,
    synthetic: u64,
    bad_timestamps: u64,
}

impl Outcome {
    /// The outcome of a reading.
    pub(crate) fn of(reading: TranscriptContents) -> Self {
        let stats = reading.stats;
        let mut outcome = Self {
            malformed: stats.malformed,
            incomplete: stats.incomplete,
            synthetic: stats.synthetic,
            bad_timestamps: stats.bad_timestamps,
            ..Self::default()
        };
        reading.records.into_iter().for_each(|record| outcome.add(record));
        outcome
    }

    /// The records, merged.
    pub(crate) fn into_records(self) -> BTreeMap<Key, Record> {
        self.records
    }

    pub(crate) fn add(&mut self, record: Record) {
        self.records.entry(record.key).and_modify(|known| known.merge(&record)).or_insert(record);
    }
}

const PROJECT: &str = "p";
const STEM: &str = "stem";

/// The fast path.
fn fast(transcript: &[u8]) -> Outcome {
    let root = root_with(&[("p/stem.jsonl", transcript)]);
    let mut reading = TranscriptContents::default();
    let found = discovered(root.path());
    Reader::new().read(&found.transcripts[0], 0, &mut reading, &|_| ()).unwrap();
    Outcome::of(reading)
}

/// The plain reader. It ignores cost states.
pub(crate) fn plain(transcript: &[u8]) -> Outcome {
    let mut outcome = Outcome::default();
    let transcript = transcript.strip_prefix("\u{feff}".as_bytes()).unwrap_or(transcript);
    let mut lines: Vec<&[u8]> = transcript.split(|&byte| byte == b'\n').collect();
    let last = lines.pop().unwrap();
    for line in lines {
        let searched = if line.len() <= 8192 { line.len() } else { 256 };
        let says_cost_state = line[..searched].windows(12).any(|bytes| bytes == b"\"cost-state\"");
        if says_cost_state || line.windows(7).any(|bytes| bytes == b"\"usage\"") {
            outcome.malformed += u64::from(!read_line(line, &mut outcome));
        } else {
            let blank = |byte: &u8| b" \t\r\0".contains(byte);
            let start = line.iter().position(|byte| !blank(byte)).unwrap_or(line.len());
            let end = line.iter().rposition(|byte| !blank(byte)).map_or(start, |last| last + 1);
            let line = &line[start..end];
            let looks_whole = line.is_empty() || line.starts_with(b"{") && line.ends_with(b"}");
            outcome.malformed += u64::from(!looks_whole);
        }
    }
    // Zeroes at the end may be bytes that are still being written.
    let has_zeroes = last.iter().rev().take_while(|byte| b" \t\r\0".contains(byte)).any(|&byte| byte == 0);
    outcome.incomplete = u64::from(read_objects(last, 0, &mut outcome).is_some() || has_zeroes);
    outcome
}

/// Reads a line that has ended. Returns whether it contains only objects.
fn read_line(line: &[u8], outcome: &mut Outcome) -> bool {
    let mut from = 0;
    for tries in 1.. {
        let Some(failed) = read_objects(line, from, outcome) else { return tries == 1 };
        let starts = ["{\"parentUuid\":", "{\"type\":", "{\"isSidechain\":"];
        let mut next = (failed + 1..line.len())
            .filter(|&at| starts.iter().any(|start| line[at..].starts_with(start.as_bytes())));
        match next.next() {
            Some(next) if tries < 65 => from = next,
            _ => break,
        }
    }
    false
}

/// Reads objects, one after another, from an index. Returns the index of the first thing that is not an
/// object.
fn read_objects(line: &[u8], from: usize, outcome: &mut Outcome) -> Option<usize> {
    let mut at = from;
    loop {
        at += line[at..].iter().take_while(|byte| b" \t\r\0".contains(byte)).count();
        let rest = &line[at..];
        if rest.is_empty() {
            return None;
        }
        let neutral = neutral(rest);
        let mut objects = serde_json::Deserializer::from_slice(&neutral).into_iter::<&RawValue>();
        let object = objects.next().and_then(Result::ok).filter(|object| object.get().starts_with('{'));
        let Some(object) = object else { return Some(at) };
        match (Source { line: rest, neutral: &neutral }).record(object) {
            Ok(Some(record)) => outcome.add(record),
            Ok(None) => {}
            Err(LeftOut::Undecodable) => outcome.malformed += 1,
            Err(LeftOut::Synthetic) => outcome.synthetic += 1,
            Err(LeftOut::BadTimestamp) => outcome.bad_timestamps += 1,
        }
        at += object.get().len();
    }
}

fn neutral(line: &[u8]) -> Vec<u8> {
    let mut neutral = line.to_vec();
    let (mut in_string, mut escaped) = (false, false);
    for byte in &mut neutral {
        let ends_or_starts = *byte == b'"' && !escaped;
        let escapes = in_string && !escaped && *byte == b'\\';
        if in_string && !ends_or_starts && (escaped || escapes || !(b' '..0x7f).contains(byte)) {
            *byte = b'~';
        }
        in_string ^= ends_or_starts;
        escaped = escapes;
    }
    neutral
}

/// Why a record does not count.
enum LeftOut {
    Undecodable,
    Synthetic,
    BadTimestamp,
}

struct Source<'a> {
    line: &'a [u8],
    neutral: &'a [u8],
}

type Members<'a> = HashMap<&'a str, &'a RawValue>;

fn members(value: Option<&RawValue>) -> Option<Members<'_>> {
    value.and_then(|value| serde_json::from_str(value.get()).ok())
}

impl<'a> Source<'a> {
    fn original(&self, value: &RawValue) -> &'a [u8] {
        let start = value.get().as_ptr().addr() - self.neutral.as_ptr().addr();
        &self.line[start..start + value.get().len()]
    }

    fn text(&self, value: Option<&&RawValue>) -> Result<Option<String>, LeftOut> {
        match value {
            Some(value) if value.get().starts_with('"') => {
                let text: String =
                    serde_json::from_slice(self.original(value)).map_err(|_| LeftOut::Undecodable)?;
                Ok(Some(text).filter(|text| !text.is_empty()))
            }
            _ => Ok(None),
        }
    }

    fn record(&self, object: &RawValue) -> Result<Option<Record>, LeftOut> {
        let outer = members(Some(object)).unwrap();
        let (record, from) = match self.text(outer.get("type"))?.as_deref() {
            Some("assistant") => (outer.clone(), &outer),
            Some("progress") => {
                let data = members(outer.get("data").copied());
                let inner = data.and_then(|data| members(data.get("message").copied()));
                let Some(inner) = inner else { return Ok(None) };
                if self.text(inner.get("type"))?.as_deref() != Some("assistant") {
                    return Ok(None);
                }
                (inner, &outer)
            }
            _ => return Ok(None),
        };
        let Some(message) = members(record.get("message").copied()) else { return Ok(None) };
        let Some(usage) = members(message.get("usage").copied()) else { return Ok(None) };

        let id = self.text(message.get("id"))?;
        let uuid = if id.is_some() { None } else { self.text(record.get("uuid"))? };
        let session = self.text(from.get("sessionId"))?.unwrap_or(STEM.into());
        let model = self.text(message.get("model"))?.unwrap_or_default();
        let term = |name| Ok(self.text(usage.get(name))?.unwrap_or_default().into_boxed_str());
        let terms = Terms { speed: term("speed")?, tier: term("service_tier")?, geo: term("inference_geo")? };
        let timestamp = self.text(record.get("timestamp"))?;
        let kinds = [self.text(record.get("sessionKind"))?, self.text(from.get("sessionKind"))?];
        let is_background = kinds.iter().any(|kind| kind.as_deref() == Some("bg"));
        let request = match &id {
            Some(id) if !id.starts_with("msg_") => self.text(record.get("requestId"))?,
            _ => None,
        };
        let iterations = self.iterations(&usage, &model)?;
        if model == "<synthetic>" {
            return Err(LeftOut::Synthetic);
        }
        let at_ms = timestamp.and_then(|text| milliseconds(&text)).ok_or(LeftOut::BadTimestamp)?;

        let is_present = |value: Option<&&RawValue>| value.is_some_and(|value| value.get() != "null");
        let recorded_cost = record.get("costUSD").and_then(|value| value.get().parse().ok());
        let rare = Rare { iterations, recorded_cost };
        Ok(Some(Record {
            key: Key::of(id.as_deref(), &session, request.as_deref(), uuid.as_deref(), self.original(object)),
            at_ms,
            home: Arc::new(Home {
                copied: is_background
                    || is_present(record.get("forkedFrom"))
                    || is_present(from.get("forkedFrom")),
                sidechain: record.get("isSidechain").is_some_and(|value| value.get() == "true"),
                session: session.into(),
                project: PROJECT.into(),
            }),
            model: model.into(),
            terms: Arc::new(terms),
            tokens: tokens(&usage),
            dimensions: Arc::new(self.dimensions(&record, from)),
            is_final: is_present(message.get("stop_reason")),
            rare: (rare != Rare::default()).then(|| Box::new(rare)),
        }))
    }

    /// The record's dimensions, otherwise those of the object around it. A dimension that does not decode is
    /// unknown.
    fn dimensions(&self, record: &Members<'_>, outer: &Members<'_>) -> Dimensions {
        let names = [
            "gitBranch",
            "attributionAgent",
            "attributionSkill",
            "attributionPlugin",
            "attributionMcpServer",
            "attributionMcpTool",
            "effort",
            "entrypoint",
            "agentId",
        ];
        let values = names.map(|name| {
            let is_named = |members: &Members<'_>| {
                members.get(name).is_some_and(|value| value.get().starts_with('"') && value.get() != "\"\"")
            };
            let members = if is_named(record) { record } else { outer };
            self.text(members.get(name)).ok().flatten().unwrap_or_default()
        });
        Dimensions::of(values.each_ref().map(String::as_str))
    }

    /// The iterations that are billed as separate requests.
    fn iterations(&self, usage: &Members<'_>, model: &str) -> Result<Vec<Iteration>, LeftOut> {
        let list = usage.get("iterations");
        let list: Vec<&RawValue> =
            list.and_then(|list| serde_json::from_str(list.get()).ok()).unwrap_or_default();
        let mut entries = Vec::new();
        for entry in list.into_iter().filter_map(|value| members(Some(value))) {
            let kind = self.text(entry.get("type"))?.unwrap_or_default();
            entries.push((kind, entry));
        }
        let last_fallback = entries.iter().rposition(|(kind, _)| kind == "fallback_message");
        let mut iterations = Vec::new();
        for (at, (kind, entry)) in entries.iter().enumerate() {
            let tokens = tokens(entry);
            let is_attempt = kind == "message" || kind == "fallback_message";
            let is_replaced = is_attempt && tokens.output > 0 && last_fallback.is_some_and(|last| last != at);
            if is_replaced || kind == "advisor_message" || kind == "compaction" {
                let model = self.text(entry.get("model"))?.unwrap_or(model.to_owned());
                iterations.push(Iteration { model: model.into(), tokens });
            }
        }
        Ok(iterations)
    }
}

fn tokens(usage: &Members<'_>) -> Tokens {
    fn counter(members: &Members<'_>, name: &str) -> u64 {
        let digits = members.get(name).map_or("", |value| value.get());
        let is_plain = digits.bytes().all(|byte| byte.is_ascii_digit());
        digits.parse().ok().filter(|&value| is_plain && value < 1 << 53).unwrap_or(0)
    }
    let within = |name: &str| members(usage.get(name).copied()).unwrap_or_default();
    let split = within("cache_creation");
    let mut cache_write_5m = counter(&split, "ephemeral_5m_input_tokens");
    let cache_write_1h = counter(&split, "ephemeral_1h_input_tokens");
    if cache_write_5m + cache_write_1h == 0 {
        cache_write_5m = counter(usage, "cache_creation_input_tokens");
    }
    Tokens {
        input: counter(usage, "input_tokens"),
        output: counter(usage, "output_tokens"),
        cache_write_5m,
        cache_write_1h,
        cache_read: counter(usage, "cache_read_input_tokens"),
        web_searches: counter(&within("server_tool_use"), "web_search_requests"),
        web_fetches: counter(&within("server_tool_use"), "web_fetch_requests"),
        thinking: counter(&within("output_tokens_details"), "thinking_tokens"),
    }
}

/// Parses RFC 3339: first by its grammar, because jiff accepts other forms too, then with jiff's calendar.
fn milliseconds(text: &str) -> Option<i64> {
    let shape: String = text.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    let rest = shape.strip_prefix("0000-00-00T00:00:00").or(shape.strip_prefix("0000-00-00t00:00:00"))?;
    let offset = match rest.strip_prefix('.') {
        Some(fraction) => Some(fraction.trim_start_matches('0')).filter(|offset| *offset != fraction)?,
        None => rest,
    };
    if !["Z", "z", "+00:00", "-00:00"].contains(&offset) {
        return None;
    }
    let (moment, offset) = text.split_at(text.len() - offset.len());
    let hours: u32 = offset.get(1..3).unwrap_or("0").parse().ok()?;
    let cut = format!("{}{offset}", &moment[..moment.len().min(23)]);
    let at: jiff::Timestamp = cut.to_ascii_uppercase().parse().ok().filter(|_| hours < 24)?;
    Some(at.as_millisecond())
}

#[test]
fn the_neutral_copy_changes_texts_only() {
    assert_eq!(neutral(b"{\"a\\\"\xff\":\"\\\\\",\x01\"b"), b"{\"a~~~\":\"~~\",\x01\"b");
}

proptest! {
    #[test]
    fn the_fast_path_reads_what_the_plain_reader_reads(transcript in generate::transcript()) {
        prop_assert_eq!(fast(&transcript), plain(&transcript));
    }

    #[test]
    fn both_read_a_damaged_byte_alike(
        mut transcript in generate::transcript(), at in any::<prop::sample::Index>(), byte in any::<u8>(),
    ) {
        if !transcript.is_empty() {
            let at = at.index(transcript.len());
            transcript[at] = byte;
        }
        prop_assert_eq!(fast(&transcript), plain(&transcript));
    }
}

#[test]
fn generated_transcripts_reach_every_verdict() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut seen = [0; 5];
    for _ in 0..200 {
        let transcript = generate::transcript().new_tree(&mut runner).unwrap().current();
        let Outcome { records, malformed, incomplete, synthetic, bad_timestamps } = plain(&transcript);
        let counts = [records.len() as u64, malformed, incomplete, synthetic, bad_timestamps];
        for (seen, count) in seen.iter_mut().zip(counts) {
            *seen += u64::from(count > 0);
        }
    }
    assert!(seen[0] >= 80 && seen.iter().all(|&seen| seen >= 8), "transcripts of 200 with each: {seen:?}");
}

#[test]
fn both_read_a_transcript_of_several_pieces_alike() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut text = Vec::new();
    while text.len() < 600_000 {
        text.extend(generate::transcript().new_tree(&mut runner).unwrap().current());
        text.push(b'\n');
    }
    assert_eq!(fast(&text), plain(&text));
}

#[test]
fn both_read_damaged_real_lines_alike() {
    let Some(data) = shared_data("both_read_damaged_real_lines_alike") else { return };
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    let mut below = move |limit: usize| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        usize::try_from(random >> 11).unwrap() % limit
    };
    for root in ["claude", "rules"] {
        for file in discovered(&data.join(root)).transcripts {
            let text = std::fs::read(&file.path).unwrap();
            assert_eq!(fast(&text), plain(&text), "{}", file.path.display());
            let candidates = text
                .split_inclusive(|&byte| byte == b'\n')
                .filter(|line| line.len() < 20_000 && line.windows(7).any(|bytes| bytes == b"\"usage\""));
            for line in candidates.take(25) {
                // Put half of the damage near the end, where the counters are.
                let damaged: Vec<u8> = (0..12)
                    .flat_map(|turn| {
                        let mut line = line.to_vec();
                        let tail = line.len().min(if turn % 2 == 0 { 700 } else { line.len() });
                        let at = line.len() - 1 - below(tail);
                        line[at] = if turn % 3 == 0 {
                            b"\"\\{}[],:0-e. x\n\xff"[below(16)]
                        } else {
                            u8::try_from(below(256)).unwrap()
                        };
                        line
                    })
                    .collect();
                assert_eq!(fast(&damaged), plain(&damaged), "{}", String::from_utf8_lossy(&damaged));
            }
        }
    }
}
