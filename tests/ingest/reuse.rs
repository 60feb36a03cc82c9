//! A reader that has read many lines remembers shapes, texts and names. Its results must still equal those of
//! a new one.
//!
//! Claude Code's lines have the same members in the same order, with other values. So do these lines, except
//! for small changes that could be mistaken for what the reader remembers.

use cco::ingest::{Reader, Transcript, TranscriptContents};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use crate::generate;
use crate::oracle::{Outcome, plain};
use crate::sums::{discovered, root_with};

/// How a line differs from the line it was made from.
#[derive(Clone, Debug)]
enum Change {
    /// Replaces the value after some colon. The old value moves to a new member that does not count.
    Value(Index, &'static str),
    /// Replaces a run of digits.
    Number(Index, &'static str),
    /// Inserts text after some bracket, comma, colon or quote; a whole member only where a member may begin.
    Insert(Index, &'static str),
    /// Replaces a byte.
    Byte(Index, u8),
    /// Removes everything from some byte on.
    Cut(Index),
}

const VALUES: &[&str] = &[
    "null",
    "true",
    "false",
    "0",
    "-0",
    "007",
    "1.",
    "12e3",
    "-1.5E+2",
    "1e-400",
    "00",
    "9007199254740992",
    "123456789012345678901234567890",
    "\"\"",
    "\"a\\\\\"",
    "\"\\\"usage\\\":{\\\"output_tokens\\\":9}\"",
    "\"\\ud800\"",
    "[]",
    "{}",
    "[{}]",
    "{\"usage\":{\"output_tokens\":7}}",
    "{\"message\":{\"usage\":{}}}",
    "\"msg_b\"",
    "\"s2\"",
    "\"assistant\"",
    "\"progress\"",
    "\"cost-state\"",
    "nul",
    "\"open",
    " 5",
    "\t\"x\" ",
    "\"}}\"",
    "[1,{\"a\":[]}] ",
];

const NUMBERS: &[&str] = &[
    "0",
    "7",
    "08",
    "1.5",
    "3e2",
    "1234567890123456",
    "12345678901234567",
    "-4",
    "",
    "5 ",
    " 5",
    "\0",
    "99999999999999999999",
];

const INSERTED: &[&str] = &[
    " ",
    "\t",
    "\r",
    "  ",
    "\"usage\":{\"output_tokens\":3},",
    "\"message\":null,",
    "\"type\":\"assistant\",",
    "\"us\\u0061ge\":{},",
    "\"data\":{\"message\":null},",
    "\"id\":\"msg_c\",",
    "\"cache_creation\":null,",
    "\"iterations\":[{\"type\":\"compaction\",\"output_tokens\":5}],",
    "\"input_tokens\":4,",
    "\"zz\":0,",
    "\"\":\"\",",
    "\"sessionId\":\"\\u0073\",",
    "\0",
    "\\",
    "\"",
    "{",
    "}",
    "]",
    ",",
    ":",
    "null",
    "}}",
    "}{",
    "\u{feff}",
    "\u{e9}",
];

fn change() -> impl Strategy<Value = Change> {
    let at = any::<Index>;
    prop_oneof![
        5 => (at(), select(VALUES)).prop_map(|(at, value)| Change::Value(at, value)),
        3 => (at(), select(NUMBERS)).prop_map(|(at, number)| Change::Number(at, number)),
        5 => (at(), select(INSERTED)).prop_map(|(at, text)| Change::Insert(at, text)),
        1 => (at(), any::<u8>().prop_filter("one line", |&byte| byte != b'\n')).prop_map(|(at, byte)| Change::Byte(at, byte)),
        1 => at().prop_map(Change::Cut),
    ]
}

/// One of the positions for which `matches` accepts the bytes before and after.
fn position(line: &[u8], at: Index, matches: impl Fn(u8, u8) -> bool) -> Option<usize> {
    let positions: Vec<usize> = (1..line.len()).filter(|&at| matches(line[at - 1], line[at])).collect();
    (!positions.is_empty()).then(|| *at.get(&positions))
}

fn make(change: &Change, line: &mut Vec<u8>) {
    match *change {
        Change::Value(at, value) => {
            if let Some(at) = position(line, at, |before, _| before == b':') {
                let member = format!("{value},\"zz\":");
                line.splice(at..at, member.bytes());
            }
        }
        Change::Number(at, number) => {
            if let Some(at) =
                position(line, at, |before, first| !before.is_ascii_digit() && first.is_ascii_digit())
            {
                let digits = line[at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
                line.splice(at..at + digits, number.bytes());
            }
        }
        Change::Insert(at, text) => {
            let before: &[u8] = if text.contains(':') { b"{," } else { b"{}[],:\"" };
            if let Some(at) = position(line, at, |last, _| before.contains(&last)) {
                line.splice(at..at, text.bytes());
            }
        }
        Change::Byte(at, byte) if !line.is_empty() => {
            let at = at.index(line.len());
            line[at] = byte;
        }
        Change::Cut(at) if !line.is_empty() => line.truncate(at.index(line.len())),
        Change::Byte(..) | Change::Cut(_) => {}
    }
}

/// Lines made from one another, so every shape occurs many times, exactly and with small changes.
fn lines() -> impl Strategy<Value = Vec<Vec<u8>>> {
    let cost_state = Just(
        br#"{"type":"cost-state","sessionId":"s1","totalCostUSD":1.25,"totalDuration":7,"modelUsage":{"m":{"inputTokens":5}}}"#
            .to_vec(),
    );
    let first = prop_oneof![9 => generate::record(), 1 => cost_state];
    let next = (any::<Index>(), prop_oneof![vec(change(), 0..1), vec(change(), 1..3)], any::<bool>());
    (vec(first, 1..4), vec(next, 2..20)).prop_map(|(mut lines, next)| {
        for (which, changes, is_ended) in next {
            let mut line = which.get(&lines).trim_ascii_end().to_vec();
            changes.iter().for_each(|change| make(change, &mut line));
            line.extend(is_ended.then_some(b'\n'));
            lines.push(line);
        }
        lines
    })
}

/// Whether the line is a cost state, which the plain reader does not know.
fn is_cost_state(line: &[u8]) -> bool {
    line.windows(14).any(|bytes| bytes == b"\"totalCostUSD\"")
}

/// Reads the whole transcript.
fn read(reader: &mut Reader, transcript: &Transcript) -> TranscriptContents {
    let mut reading = TranscriptContents::default();
    reader.read(transcript, 0, &mut reading, &|_| ()).unwrap();
    reading
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_reused_reader_reads_what_a_new_one_reads(lines in lines()) {
        let root = root_with(&[("p/stem.jsonl", b"")]);
        let transcript = &discovered(root.path()).transcripts[0];
        let mut reused = Reader::new();
        for line in &lines {
            std::fs::write(&transcript.path, line).unwrap();
            let (fresh, reading) = (read(&mut Reader::new(), transcript), read(&mut reused, transcript));
            prop_assert_eq!(format!("{reading:?}"), format!("{fresh:?}"), "{}", String::from_utf8_lossy(line));
            if !is_cost_state(line) {
                prop_assert_eq!(Outcome::of(reading), plain(line), "{}", String::from_utf8_lossy(line));
            }
        }
        let records: Vec<Vec<u8>> = lines.into_iter().filter(|line| !is_cost_state(line)).collect();
        let whole = records.concat();
        std::fs::write(&transcript.path, &whole).unwrap();
        prop_assert_eq!(Outcome::of(read(&mut reused, transcript)), plain(&whole));
    }
}
