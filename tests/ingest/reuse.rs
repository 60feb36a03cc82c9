//! A reader that has read much knows shapes of objects, texts and names: none of that may show in what it reads next.
//!
//! Claude Code's lines have the same members in the same order, with other values. These do too, but for what is changed
//! from one to the next where it could be mistaken for what was met before.

use cco::ingest::{Reader, Reading, Transcript};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use crate::generate;
use crate::oracle::{Outcome, plain};
use crate::sums::{discovered, root_with};

/// How a line differs from the one its family has in common.
#[derive(Clone, Debug)]
enum Change {
    /// This stands in place of the value behind some colon, which becomes that of a member nobody counts.
    Value(Index, &'static str),
    /// Digits in a row become these.
    Number(Index, &'static str),
    /// This stands behind some bracket, comma, colon or quote; a whole member with its comma where one may begin.
    Insert(Index, &'static str),
    /// A byte becomes this one.
    Byte(Index, u8),
    /// All behind some byte is gone.
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

/// Where one of the places begins that `is_place` tells by what stands before and behind it.
fn place(line: &[u8], at: Index, is_place: impl Fn(u8, u8) -> bool) -> Option<usize> {
    let places: Vec<usize> = (1..line.len()).filter(|&at| is_place(line[at - 1], line[at])).collect();
    (!places.is_empty()).then(|| *at.get(&places))
}

fn made(change: &Change, line: &mut Vec<u8>) {
    match *change {
        Change::Value(at, value) => {
            if let Some(at) = place(line, at, |before, _| before == b':') {
                let member = format!("{value},\"zz\":");
                line.splice(at..at, member.bytes());
            }
        }
        Change::Number(at, number) => {
            if let Some(at) =
                place(line, at, |before, first| !before.is_ascii_digit() && first.is_ascii_digit())
            {
                let digits = line[at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
                line.splice(at..at + digits, number.bytes());
            }
        }
        Change::Insert(at, text) => {
            let before: &[u8] = if text.contains(':') { b"{," } else { b"{}[],:\"" };
            if let Some(at) = place(line, at, |last, _| before.contains(&last)) {
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

/// Lines that come from one another, so that each shape is met again and again, and nearly so.
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
            changes.iter().for_each(|change| made(change, &mut line));
            line.extend(is_ended.then_some(b'\n'));
            lines.push(line);
        }
        lines
    })
}

/// Whether it is Claude Code's own figure, of which the plain reading knows nothing.
fn is_cost_state(line: &[u8]) -> bool {
    line.windows(14).any(|bytes| bytes == b"\"totalCostUSD\"")
}

/// Everything that the transcript gives.
fn read(reader: &mut Reader, transcript: &Transcript) -> Reading {
    let mut reading = Reading::default();
    reader.read(transcript, 0, &mut reading, &|_| ()).unwrap();
    reading
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_was_read_before_does_not_show(lines in lines()) {
        let root = root_with(&[("p/stem.jsonl", b"")]);
        let transcript = &discovered(root.path()).transcripts[0];
        let mut seasoned = Reader::new();
        for line in &lines {
            std::fs::write(&transcript.path, line).unwrap();
            let (fresh, reading) = (read(&mut Reader::new(), transcript), read(&mut seasoned, transcript));
            prop_assert_eq!(format!("{reading:?}"), format!("{fresh:?}"), "{}", String::from_utf8_lossy(line));
            if !is_cost_state(line) {
                prop_assert_eq!(Outcome::of(reading), plain(line), "{}", String::from_utf8_lossy(line));
            }
        }
        let records: Vec<Vec<u8>> = lines.into_iter().filter(|line| !is_cost_state(line)).collect();
        let whole = records.concat();
        std::fs::write(&transcript.path, &whole).unwrap();
        prop_assert_eq!(Outcome::of(read(&mut seasoned, transcript)), plain(&whole));
    }
}
