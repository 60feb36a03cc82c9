//! A large transcript as stretches of whole lines, so that several threads read it at once.
//!
//! Invariant: what the stretches come to together is what one reading of the whole would have given; where the file
//! changes meanwhile, it is read again as a whole. Used by [`super::catch_up()`].

use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::sync::{Mutex, PoisonError};

use memchr::memchr;

use super::fingerprint::Mark;
use super::follow::{Due, Outcome, Shape};
use super::reader::{self, ReadError, Reader, Reading};

/// About how long a stretch is.
pub(super) const STRETCH_BYTES: u64 = 8 << 20;

/// What is shorter is read by one thread.
pub(super) const LARGE_BYTES: u64 = 4 * STRETCH_BYTES;

/// How much is read at a time to find the end of a line.
const LOOK_BYTES: usize = 16 << 10;

/// A transcript that is read in stretches.
#[derive(Debug)]
pub(super) struct Split {
    due: Due,
    file: File,
    /// What it looked like before any of it was read.
    shape: Shape,
    stretches: Vec<Range<u64>>,
    read: Mutex<Read>,
}

/// What was read of it.
#[derive(Debug, Default)]
struct Read {
    parts: Vec<Reading>,
    /// A stretch could not be read.
    failed: bool,
}

impl Split {
    /// Divides what is new in a transcript at the ends of lines about so many bytes apart.
    pub(super) fn of(due: Due, stretch_bytes: u64) -> Result<Self, ReadError> {
        let file = reader::open(&due.transcript.path)?;
        let shape = Shape::of(&file)?;
        let mut start = due.offset_in(&file, &shape)?;
        let mut stretches = Vec::new();
        while start < shape.bytes {
            let about = start.saturating_add(stretch_bytes.max(1));
            let end = start_of_line(&file, about, shape.bytes).map_err(ReadError::Read)?;
            stretches.push(start..end);
            start = end;
        }
        Ok(Self { due, file, shape, stretches, read: Mutex::default() })
    }

    /// How many stretches there are.
    pub(super) fn len(&self) -> usize {
        self.stretches.len()
    }

    /// The transcript.
    pub(super) fn due(&self) -> &Due {
        &self.due
    }

    /// Reads one stretch; each is to be read once. Whoever comes last is given the outcome of the whole, with all
    /// that it holds in `reading`.
    pub(super) fn read(
        &self,
        stretch: usize,
        reader: &mut Reader,
        reading: &mut Reading,
    ) -> Option<Result<Outcome, ReadError>> {
        let range = self.stretches[stretch].clone();
        let outcome = reader.read_stretch(&self.file, &self.due.transcript, range, reading);
        let (parts, failed) = {
            // Each change is a whole one, whatever became of another thread.
            let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
            read.parts.push(std::mem::take(reading));
            read.failed |= outcome.is_err();
            if read.parts.len() < self.stretches.len() {
                return None;
            }
            (std::mem::take(&mut read.parts), read.failed)
        };
        *reading = Reading::joined(parts);
        let outcome = if failed { None } else { self.outcome(reading) };
        Some(outcome.map_or_else(|| self.due.read(reader, reading), Ok))
    }

    /// What the whole comes to, if it still is what it was.
    fn outcome(&self, reading: &Reading) -> Option<Outcome> {
        let mark = Mark::of(&self.file, reading.consumed).ok()??;
        let after = Shape::of(&self.file).ok()?;
        (after == self.shape).then(|| self.due.outcome(&after, reading.from, mark))
    }
}

/// Where the first line begins at or behind `offset`; the end of the file if there is none.
fn start_of_line(file: &File, offset: u64, size: u64) -> io::Result<u64> {
    let mut bytes = [0; LOOK_BYTES];
    // A line begins right there if a newline stands before.
    let mut at = offset - 1;
    while at < size {
        let read = match file.read_at(&mut bytes, at) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        if let Some(newline) = memchr(b'\n', &bytes[..read]) {
            return Ok(size.min(at + newline as u64 + 1));
        }
        at += read as u64;
    }
    Ok(size)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt;

    use proptest::prelude::*;

    use super::*;
    use crate::ingest::{FileState, Transcript};

    fn due(path: &std::path::Path, known: Option<FileState>) -> Due {
        let metadata = path.metadata().unwrap();
        let transcript = Transcript {
            path: path.into(),
            project: "p".into(),
            session: "s".into(),
            device: metadata.dev(),
            inode: metadata.ino(),
            bytes: metadata.len(),
            modified_ns: super::super::super::find::modified_ns(&metadata),
        };
        Due { transcript, known }
    }

    fn in_stretches(due: Due, bytes: u64) -> (Outcome, Reading) {
        let split = Split::of(due, bytes).unwrap();
        let (mut reader, mut reading) = (Reader::new(), Reading::default());
        // The last comes first: threads may be in any order.
        for stretch in (1..split.len()).rev() {
            assert!(split.read(stretch, &mut reader, &mut reading).is_none());
        }
        let outcome = split.read(0, &mut reader, &mut reading).unwrap().unwrap();
        (outcome, reading)
    }

    fn at_once(due: &Due) -> (Outcome, Reading) {
        let mut reading = Reading::default();
        let outcome = due.read(&mut Reader::new(), &mut reading).unwrap();
        (outcome, reading)
    }

    fn assert_alike(due: &Due, bytes: u64) {
        let (outcome, whole) = at_once(due);
        let (same, parts) = in_stretches(due.clone(), bytes);
        assert_eq!(same, outcome, "in stretches of {bytes}");
        let facts = |reading: &Reading| {
            let Reading { from, consumed, stats, .. } = reading;
            (*from, *consumed, *stats, reading.malformed_at.clone(), reading.working_folder.clone())
        };
        assert_eq!(facts(&parts), facts(&whole), "in stretches of {bytes}");
        assert_eq!(parts.cost_states, whole.cost_states, "in stretches of {bytes}");
        let merged = |reading: Reading| {
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
        fn stretches_of_any_length_come_to_what_the_whole_does(
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
    fn a_transcript_that_changes_under_its_stretches_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("s.jsonl");
        std::fs::write(&path, (0..50).map(|id| line(id, 1) + "\n").collect::<String>()).unwrap();
        for text in [line(7, 1) + "\n", (0..90).map(|id| line(id, 2) + "\n").collect()] {
            let split = Split::of(due(&path, None), 1000).unwrap();
            let (mut reader, mut reading) = (Reader::new(), Reading::default());
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
}
