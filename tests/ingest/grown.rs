//! Checks that a transcript gives the same however it grew: what following it finds, piece by piece, is what the plain
//! reader finds in all of it.

use std::fs::OpenOptions;
use std::io::Write as _;

use cco::ingest::{Follower, Reader, TranscriptContents};
use cco::usage::Exclude;
use proptest::prelude::*;

use crate::generate;
use crate::oracle::{Outcome, plain};
use crate::sums::root_with;

/// What following finds in a transcript that grows to these lengths, and then to its whole.
fn followed(transcript: &[u8], mut lengths: Vec<usize>) -> Outcome {
    let root = root_with(&[("p/stem.jsonl", b"")]);
    let path = root.path().join("projects/p/stem.jsonl");
    let mut follower = Follower::new(vec![root.path().into()], Exclude::default(), []);
    let (mut reader, mut contents) = (Reader::new(), TranscriptContents::default());
    let mut outcome = Outcome::default();
    lengths.push(transcript.len());
    lengths.sort_unstable();
    let mut written = 0;
    for length in lengths {
        OpenOptions::new().append(true).open(&path).unwrap().write_all(&transcript[written..length]).unwrap();
        written = length;
        for due in &follower.scan_all().due {
            let read = due.read(&mut reader, &mut contents).unwrap();
            contents.records.drain(..).for_each(|record| outcome.add(record));
            follower.settle(read.state);
        }
    }
    outcome
}

proptest! {
    #[test]
    fn a_transcript_gives_the_same_however_it_grew(
        transcript in generate::transcript(), cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
    ) {
        let lengths = cuts.iter().map(|cut| cut.index(transcript.len() + 1)).collect();
        prop_assert_eq!(followed(&transcript, lengths).into_records(), plain(&transcript).into_records());
    }

    #[test]
    fn so_does_one_with_a_damaged_byte(
        mut transcript in generate::transcript(),
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
    ) {
        if !transcript.is_empty() {
            let at = at.index(transcript.len());
            transcript[at] = byte;
        }
        let lengths = cuts.iter().map(|cut| cut.index(transcript.len() + 1)).collect();
        prop_assert_eq!(followed(&transcript, lengths).into_records(), plain(&transcript).into_records());
    }
}
