//! What is counted does not depend on the order of lines or on the files they are in.

use cco::ingest::{Progress, Reader, Records, TranscriptContents, scan};
use cco::usage::Record;
use proptest::collection::vec;
use proptest::prelude::*;

use crate::generate;
use crate::sums::{discovered, root_with, scanned, threads};

fn read(lines: &[Vec<u8>]) -> Vec<Record> {
    let root = root_with(&[("p/stem.jsonl", &[&lines.join(&b"\n"[..])[..], b"\n"].concat())]);
    let mut reading = TranscriptContents::default();
    Reader::new().read(&discovered(root.path()).transcripts[0], 0, &mut reading, &|_| ()).unwrap();
    reading.records
}

fn merged<'a>(records: impl IntoIterator<Item = &'a Record>) -> Records {
    let mut all = Records::default();
    all.extend(records.into_iter().cloned());
    all
}

proptest! {
    #[test]
    fn merging_is_commutative_associative_and_idempotent(lines in vec(generate::record(), 1..8)) {
        let records = read(&lines);
        let all = merged(&records);
        prop_assert_eq!(&merged(records.iter().rev()), &all);
        prop_assert_eq!(&merged(records.iter().chain(&records)), &all);
        for at in 0..=records.len() {
            let (front, back) = records.split_at(at);
            let (front, back) = (merged(front), merged(back));
            prop_assert_eq!(&merged(front.iter().chain(back.iter())), &all);
            prop_assert_eq!(&merged(back.iter().chain(front.iter()).chain(back.iter())), &all);
        }
    }

    #[test]
    fn any_partition_and_order_of_lines_counts_the_same(
        placed in vec((generate::record(), 0usize..4), 1..8).prop_shuffle(), count in 1usize..5,
    ) {
        // All files have the same project and the same stem, so only their lines matter.
        let file = |number: usize| -> Vec<u8> {
            let lines = placed.iter().filter(|(_, file)| *file == number);
            lines.flat_map(|(line, _)| [&line[..], b"\n"].concat()).collect()
        };
        let files: Vec<Vec<u8>> = (0..4).map(file).collect();
        let names = ["p/stem.jsonl", "p/a/stem.jsonl", "p/b/stem.jsonl", "p/a/c/stem.jsonl"];
        let parts: Vec<(&str, &[u8])> = names.into_iter().zip(files.iter().map(Vec::as_slice)).collect();
        let apart = root_with(&parts);
        let all: Vec<u8> = placed.iter().rev().flat_map(|(line, _)| [&line[..], b"\n"].concat()).collect();
        let together = root_with(&[("p/stem.jsonl", &all)]);

        let apart = scan(&discovered(apart.path()).transcripts, threads(count), &Progress::default());
        let together = scanned(together.path());
        prop_assert_eq!(apart.records, together.records);
        prop_assert_eq!(apart.stats.records, together.stats.records);
        prop_assert_eq!(apart.stats.duplicates, together.stats.duplicates);
        prop_assert_eq!(apart.working_folders, together.working_folders);
    }

    #[test]
    fn resuming_where_a_reading_ended_misses_nothing(
        transcript in generate::transcript(), cuts in vec(any::<prop::sample::Index>(), 0..4),
    ) {
        let root = root_with(&[("p/stem.jsonl", &transcript)]);
        let found = &discovered(root.path()).transcripts[0];
        let mut reader = Reader::new();
        let mut reading = TranscriptContents::default();
        reader.read(found, 0, &mut reading, &|_| ()).unwrap();
        let (whole, consumed) = (merged(&reading.records), reading.consumed);

        let mut ends: Vec<usize> = cuts.iter().map(|cut| cut.index(transcript.len() + 1)).collect();
        ends.push(transcript.len());
        ends.sort_unstable();
        let mut grown = Records::default();
        let mut from = 0;
        for end in ends {
            std::fs::write(&found.path, &transcript[..end]).unwrap();
            reader.read(found, from, &mut reading, &|_| ()).unwrap();
            grown.extend(reading.records.drain(..));
            from = reading.consumed;
        }
        prop_assert_eq!(from, consumed);
        prop_assert_eq!(grown, whole);
    }
}
