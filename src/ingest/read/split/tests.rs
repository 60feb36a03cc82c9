//! Checks that reading a transcript in stretches gives what reading it at once gives.

use std::os::unix::fs::MetadataExt;

use proptest::prelude::*;

use super::*;
use crate::ingest::read::stats::Stats;
use crate::ingest::{FileState, Transcript};

fn due(path: &std::path::Path, known: Option<FileState>) -> ChangedTranscript {
    let metadata = path.metadata().unwrap();
    let transcript = Transcript {
        path: path.into(),
        project: "p".into(),
        session: "s".into(),
        device: metadata.dev(),
        inode: metadata.ino(),
        bytes: metadata.len(),
        modified_ns: crate::ingest::find::modified_ns(&metadata),
    };
    ChangedTranscript { transcript, known }
}

fn in_stretches(due: ChangedTranscript, bytes: u64) -> (ReadOutcome, TranscriptContents) {
    let split = Split::of(due, bytes).unwrap();
    let (mut reader, mut reading) = (Reader::new(), TranscriptContents::default());
    // In reverse, because threads may finish in any order.
    for stretch in (1..split.len()).rev() {
        assert!(split.read(stretch, &mut reader, &mut reading).is_none());
    }
    let outcome = split.read(0, &mut reader, &mut reading).unwrap().unwrap();
    (outcome, reading)
}

fn at_once(due: &ChangedTranscript) -> (ReadOutcome, TranscriptContents) {
    let mut reading = TranscriptContents::default();
    let outcome = due.read(&mut Reader::new(), &mut reading).unwrap();
    (outcome, reading)
}

fn assert_alike(due: &ChangedTranscript, bytes: u64) {
    let (outcome, whole) = at_once(due);
    let (same, parts) = in_stretches(due.clone(), bytes);
    assert_eq!(same, outcome, "in stretches of {bytes}");
    let facts = |reading: &TranscriptContents| {
        let TranscriptContents { from, consumed, stats, records, .. } = reading;
        // Records on both sides of a stretch's end are left to be merged later.
        assert_eq!(stats.duplicates + records.len() as u64, stats.records, "in stretches of {bytes}");
        let stats = Stats { duplicates: 0, ..*stats };
        (*from, *consumed, stats, reading.malformed_at.clone(), reading.working_folder.clone())
    };
    assert_eq!(facts(&parts), facts(&whole), "in stretches of {bytes}");
    assert_eq!(parts.cost_states, whole.cost_states, "in stretches of {bytes}");
    let merged = |reading: TranscriptContents| {
        let mut records = crate::ingest::Records::default();
        records.extend(reading.records);
        records
    };
    assert_eq!(merged(parts), merged(whole), "in stretches of {bytes}");
}

fn line(id: u32, output: u32) -> String {
    format!(
        r#"{{"type":"assistant","sessionId":"s","cwd":"/p{id}","timestamp":"2026-03-04T05:06:07Z","message":{{"id":"msg_{id}","model":"m","usage":{{"output_tokens":{output}}}}}}}"#
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn stretches_of_any_length_give_what_the_whole_gives(
        lines in proptest::collection::vec((0u32..5, 0u32..9, 0u32..30), 1..12),
        newline in any::<bool>(),
        known in 0usize..8,
    ) {
        let lines: Vec<String> = lines.into_iter().map(|(kind, id, output)| match kind {
            0 => String::new(),
            1 => "no object".into(),
            2 => format!(r#"{{"type":"user","text":"{}"}}"#, "x".repeat(output as usize * 9)),
            3 => line(id, output) + &line(id + 1, output) + "}",
            _ => line(id, output),
        }).collect();
        let mut text = lines.join("\n").into_bytes();
        if newline {
            text.push(b'\n');
        }
        prop_assume!(!text.is_empty());
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("s.jsonl");
        let first: usize = lines.iter().take(known).map(|line| line.len() + 1).sum();
        std::fs::write(&path, &text[..first.min(text.len())]).unwrap();
        let state = at_once(&due(&path, None)).0.state;
        std::fs::write(&path, &text).unwrap();
        for bytes in [1, 2, 3, 7, 50, 151, 152, 153, 400, 1 << 20] {
            assert_alike(&due(&path, None), bytes);
            if std::fs::metadata(&path).unwrap().len() > state.mark.offset {
                assert_alike(&due(&path, Some(state.clone())), bytes);
            }
        }
    }
}

#[test]
fn a_transcript_that_changes_between_stretches_is_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.jsonl");
    std::fs::write(&path, (0..50).map(|id| line(id, 1) + "\n").collect::<String>()).unwrap();
    for text in [line(7, 1) + "\n", (0..90).map(|id| line(id, 2) + "\n").collect()] {
        let split = Split::of(due(&path, None), 1000).unwrap();
        let (mut reader, mut reading) = (Reader::new(), TranscriptContents::default());
        for stretch in 1..split.len() {
            assert!(split.read(stretch, &mut reader, &mut reading).is_none());
        }
        std::fs::write(&path, text).unwrap();
        let outcome = split.read(0, &mut reader, &mut reading).unwrap().unwrap();
        let (expected, whole) = at_once(&due(&path, None));
        assert_eq!(outcome, expected);
        assert_eq!((reading.records, reading.stats), (whole.records, whole.stats));
    }
}
