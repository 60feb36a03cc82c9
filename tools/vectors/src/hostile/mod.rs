//! The hostile vectors: what no publisher would leave, as changes of a golden file, and what a reader must say.
//!
//! Invariant: each says what `LAYOUT.md` makes of it before the reader of this repository is asked, so that the reader is
//! held to the document and not the document to the reader.

mod cut;
mod page;
mod regions;
mod tables;

use std::collections::BTreeMap;

use cco::snapshot::Code;

use crate::made::NOW;
use crate::patch::Image;

/// What is at the path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A file.
    File,
    /// Nothing.
    Missing,
    /// A folder.
    Folder,
    /// A named pipe that nobody writes to.
    Fifo,
    /// A symbolic link to a good snapshot.
    Symlink,
    /// A symbolic link to nothing.
    Dangling,
}

impl Kind {
    /// Its word in the vectors.
    pub fn word(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Missing => "missing",
            Self::Folder => "folder",
            Self::Fifo => "fifo",
            Self::Symlink => "symlink",
            Self::Dangling => "dangling",
        }
    }
}

/// What the document makes of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// An error.
    Error(Code),
    /// A snapshot, whose values follow from its words.
    Reads,
    /// A snapshot or damage, whichever follows from the other words of the file.
    ReadsOrDamaged,
}

/// A hostile file.
#[derive(Clone, Debug)]
pub struct Case {
    /// Its name, which no other has.
    pub name: String,
    /// What it is a case of: a column of the matrix.
    pub group: &'static str,
    /// What is at the path.
    pub kind: Kind,
    /// The golden file it is made from; none for an empty file.
    pub base: Option<&'static str>,
    /// The length it is cut or extended to, before the edits.
    pub length: Option<u64>,
    /// Bytes that are put in place of others.
    pub edits: Vec<(usize, Vec<u8>)>,
    /// Whether only a reader that checks sums can tell.
    pub only_sums_tell: bool,
    /// What it must say.
    pub verdict: Verdict,
}

impl Case {
    /// The reader's clock in all of them.
    pub const NOW: i64 = NOW;

    fn of(
        name: impl Into<String>,
        base: &'static str,
        from: &Image,
        image: &Image,
        verdict: Verdict,
    ) -> Self {
        let edits = image.edits_from(from);
        Self {
            name: name.into(),
            group: "",
            kind: Kind::File,
            base: Some(base),
            length: None,
            edits,
            only_sums_tell: false,
            verdict,
        }
    }

    fn told_by_sums(self) -> Self {
        Self { only_sums_tell: true, ..self }
    }
}

/// A golden file to change.
#[derive(Clone, Copy)]
struct Base<'a> {
    name: &'static str,
    image: &'a Image,
}

impl Base<'_> {
    /// The file after `change`.
    fn case(self, name: impl Into<String>, verdict: Verdict, change: impl FnOnce(&mut Image)) -> Case {
        let mut image = self.image.clone();
        change(&mut image);
        Case::of(name, self.name, self.image, &image, verdict)
    }
}

const DAMAGED: Verdict = Verdict::Error(Code::Damaged);

/// The extremes of a word that is `now` in a good file.
fn extremes(now: u64) -> Vec<(&'static str, u64)> {
    let values = [
        ("zero", 0),
        ("one", 1),
        ("most", u64::MAX),
        ("half", u64::MAX / 2),
        ("one-less", now.wrapping_sub(1)),
        ("one-more", now.wrapping_add(1)),
    ];
    let mut extremes: Vec<(&str, u64)> = Vec::new();
    for (name, value) in values {
        if value != now && extremes.iter().all(|(_, other)| *other != value) {
            extremes.push((name, value));
        }
    }
    extremes
}

/// All of them.
pub fn cases(name: &'static str, everything: &Image) -> Result<Vec<Case>, String> {
    let base = Base { name, image: everything };
    let groups: [(&'static str, Vec<Case>); 4] = [
        ("page 0", page::cases(base)),
        ("regions", regions::cases(base)),
        ("tables", tables::cases(base)),
        ("cut", cut::cases(base)),
    ];
    let cases = groups
        .into_iter()
        .flat_map(|(group, cases)| cases.into_iter().map(move |case| Case { group, ..case }));
    let cases: Vec<Case> = cases.collect();
    let mut names: BTreeMap<&str, usize> = BTreeMap::new();
    cases.iter().for_each(|case| *names.entry(&case.name).or_default() += 1);
    match names.iter().find(|(_, count)| **count > 1) {
        Some((name, _)) => Err(format!("two cases are called {name}")),
        None => Ok(cases),
    }
}
