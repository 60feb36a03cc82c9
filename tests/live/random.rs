//! Any sequence of what can happen to transcripts and publishers, against a naive count.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use cco::snapshot::Reader;
use walkdir::WalkDir;

use crate::naive::Naive;
use crate::transcript::{Dice, chatter, forked_line, line, seed};
use crate::world::{Publisher, World, await_totals};

struct Run {
    world: World,
    dice: Dice,
    /// Everything that stood whole in any transcript.
    naive: Naive,
    /// Requests made so far.
    requests: u64,
    /// Contents of deleted transcripts, to be put back.
    deleted: Vec<Vec<u8>>,
    publisher: Option<Publisher>,
    reader: Reader,
}

impl Run {
    fn new(seed: u64) -> Self {
        let world = World::new();
        let publisher = Some(world.publisher());
        let reader = world.reader();
        let naive = Naive::default();
        Self { world, dice: Dice(seed), naive, requests: 0, deleted: Vec::new(), publisher, reader }
    }

    fn files(&self) -> Vec<PathBuf> {
        let entries = WalkDir::new(self.world.path("")).sort_by_file_name().into_iter();
        let files = entries.map(Result::unwrap).filter(|entry| entry.file_type().is_file());
        files.map(walkdir::DirEntry::into_path).collect()
    }

    /// A path for a new transcript.
    fn place(&mut self) -> PathBuf {
        let below = ["a", "b", "c", "d", "a/s1/subagents", "b/s2/subagents/x", "c/s3", "new/er"];
        let folder = self.world.path(self.dice.pick(&below).unwrap());
        fs::create_dir_all(&folder).unwrap();
        folder.join(format!("{}.jsonl", self.dice.below(40)))
    }

    /// Some lines: of new requests and of known ones, forked or not, and others.
    fn lines(&mut self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let count = if self.dice.below(15) == 0 { 150 } else { 1 + self.dice.below(5) };
        for _ in 0..count {
            let session = format!("s{}", self.dice.below(7));
            let is_new = self.requests == 0 || self.dice.below(3) > 0;
            let request = if is_new { self.requests } else { self.dice.roll() % self.requests };
            self.requests += u64::from(is_new);
            let snapshot = self.dice.roll() % 4;
            match self.dice.below(8) {
                0 => bytes.extend(forked_line(request, snapshot, &session)),
                1 => bytes.extend(chatter(self.dice.below(4000))),
                _ => bytes.extend(line(request, snapshot, &session)),
            }
        }
        bytes
    }

    fn append(&mut self, path: &Path, bytes: &[u8]) {
        use std::io::Write as _;
        File::options().append(true).create(true).open(path).unwrap().write_all(bytes).unwrap();
    }

    /// Changes something; whether a pass must have looked before the next step.
    fn step(&mut self) {
        let files = self.files();
        let file = self.dice.pick(&files);
        match (self.dice.below(24), file) {
            (0..=9, Some(path)) => {
                let bytes = self.lines();
                self.append(&path, &bytes);
            }
            (10, Some(path)) => {
                // Half a line, completed once it was looked at.
                let bytes = self.lines();
                let middle = self.dice.below(bytes.len());
                self.append(&path, &bytes[..middle]);
                self.settle();
                self.append(&path, &bytes[middle..]);
            }
            (11, Some(path)) => {
                self.settle();
                let length = usize::try_from(path.metadata().unwrap().len()).unwrap();
                let length = self.dice.below(length + 1) as u64;
                File::options().write(true).open(&path).unwrap().set_len(length).unwrap();
            }
            (12, Some(path)) => {
                self.settle();
                fs::write(&path, self.lines()).unwrap();
            }
            (13, Some(path)) => {
                self.settle();
                let beside = self.world.home().join("beside");
                fs::write(&beside, [self.lines(), fs::read(&path).unwrap()].concat()).unwrap();
                fs::rename(beside, &path).unwrap();
            }
            (14, Some(path)) => {
                self.settle();
                self.deleted.push(fs::read(&path).unwrap());
                fs::remove_file(&path).unwrap();
            }
            (15, _) => {
                if let Some(bytes) = self.deleted.pop() {
                    let path = self.place();
                    self.append(&path, &bytes);
                }
            }
            (16, Some(path)) => {
                let to = self.place();
                if !to.exists() {
                    fs::rename(&path, &to).unwrap();
                }
            }
            (17, Some(path)) => {
                let to = self.place();
                if !to.exists() {
                    fs::copy(&path, &to).unwrap();
                }
            }
            (18, Some(path)) => {
                self.settle();
                let folder = path.parent().unwrap();
                if self.dice.below(2) == 0 {
                    fs::remove_dir_all(folder).unwrap();
                } else if folder != self.world.path("moved") && !self.world.path("moved").exists() {
                    fs::rename(folder, self.world.path("moved")).unwrap();
                }
            }
            (19, _) => {
                self.publisher = None;
                self.publisher = Some(self.world.publisher());
            }
            (20, _) => {
                let publisher = self.publisher.take().unwrap();
                // Before the handler is set, the system's own way to end stands.
                let status = publisher.stop();
                assert!(status.success() || status.code().is_none(), "{status:?}");
                if self.dice.below(2) == 0 {
                    let (path, bytes) = (self.place(), self.lines());
                    self.append(&path, &bytes);
                }
                self.publisher = Some(self.world.publisher());
            }
            _ => {
                let (path, bytes) = (self.place(), self.lines());
                self.append(&path, &bytes);
            }
        }
        self.naive.look(&self.world.path(""));
    }

    /// Waits until what stands in the transcripts is shown.
    fn settle(&mut self) {
        self.naive.look(&self.world.path(""));
        await_totals(&mut self.reader, self.naive.totals(), "the naive count");
    }
}

#[test]
fn any_sequence_of_changes_restarts_and_kills_shows_what_stood_whole_when_a_pass_looked() {
    let seed = seed();
    let mut run = Run::new(seed);
    for step in 0..300 {
        run.step();
        if run.dice.below(4) == 0 {
            // Several changes at once.
            continue;
        }
        run.settle();
        run.world.check(&mut run.reader);
        assert!(run.publisher.as_mut().unwrap().is_running(), "after step {step}");
    }
    run.settle();
    run.world.check(&mut run.reader);
    println!("{} requests in 300 steps", run.naive.len());
}
