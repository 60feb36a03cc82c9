//! A look at everything that lists no folder again which has not changed.
//!
//! Listing is most of what a look costs, and it wakes whoever watches the folders. A folder's time of change says
//! whether anything came into it or left it, so that of what was found the state alone need be asked.
//!
//! Invariant: what is found is what the whole look would find, or that is what is done: where a folder changed, or
//! changed so shortly before it was listed that another change could bear the same time, where a file or what a link
//! leads to is not what it was, and where anything could not be taken. File systems that do not keep the times of
//! folders, or keep them by a clock that is behind, are why everything is listed now and then in any case. Used by the
//! follower.

use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::discover::{Alias, Discovery, Folder, Transcript, changed_ns, modified_ns};

/// A look lists everything where the last one that did was so long ago.
const LIST_EVERY: Duration = Duration::from_secs(600);

/// How long before a look a folder must have changed last: the coarsest clock of a file system ticks every 2 s.
const SETTLED_NS: i64 = 3_000_000_000;

/// What a look found, and whether the next one may begin with it.
#[derive(Debug)]
pub(super) struct Visit {
    /// What is there.
    pub(super) found: Discovery,
    /// Until when folders are not listed that have not changed; `None` where all have to be.
    until: Option<Instant>,
    /// Folders that were not there.
    absent: Vec<PathBuf>,
}

impl Visit {
    /// Looks as `look` does, which finds what lies below these folders.
    pub(super) fn by(look: impl FnOnce() -> Discovery, below: impl Iterator<Item = PathBuf>) -> Self {
        let (began, began_ns) = (Instant::now(), now_ns());
        let absent = below.filter(|folder| !folder.is_dir()).collect();
        Self::at(began, began_ns, look(), absent)
    }

    fn at(began: Instant, began_ns: i64, found: Discovery, absent: Vec<PathBuf>) -> Self {
        let is_settled = |folder: &Folder| folder.changed_ns < began_ns.saturating_sub(SETTLED_NS);
        let is_sure = found.skipped.is_empty() && found.folders.iter().all(is_settled);
        Self { until: is_sure.then(|| began + LIST_EVERY), found, absent }
    }

    /// What the same look would find now, without listing a folder; `None` where that takes one.
    pub(super) fn again(self) -> Option<Self> {
        self.again_at(Instant::now())
    }

    fn again_at(mut self, now: Instant) -> Option<Self> {
        let is_over = self.until.is_none_or(|until| now >= until);
        let is_same = !is_over
            && !self.absent.iter().any(|folder| folder.is_dir())
            && self.found.folders.iter().all(is_unchanged)
            && self.found.aliases.iter().all(leads_on)
            && self.found.transcripts.iter_mut().all(refresh);
        is_same.then_some(self)
    }
}

/// Whether what is in a folder is what it was.
fn is_unchanged(folder: &Folder) -> bool {
    folder.path.metadata().is_ok_and(|metadata| {
        metadata.is_dir()
            && (metadata.dev(), metadata.ino()) == folder.file
            && changed_ns(&metadata) == folder.changed_ns
    })
}

/// Whether a path leads to what it led to.
fn leads_on(alias: &Alias) -> bool {
    alias.path.metadata().is_ok_and(|metadata| Alias::leads_to(&metadata) == alias.leads_to)
}

/// Brings a transcript's state up to date. False where it is not the file it was.
fn refresh(transcript: &mut Transcript) -> bool {
    let Ok(metadata) = transcript.path.metadata() else { return false };
    (transcript.bytes, transcript.modified_ns) = (metadata.len(), modified_ns(&metadata));
    metadata.is_file() && (metadata.dev(), metadata.ino()) == (transcript.device, transcript.inode)
}

fn now_ns() -> i64 {
    // A clock before 1970 trusts nothing.
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_nanos()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;
    use std::path::Path;

    use proptest::prelude::*;

    use super::super::discover::look_below;
    use super::*;
    use crate::usage::Exclude;

    /// A visit of what is below a folder, which believes that everything there settled long ago.
    fn visit(projects: &Path) -> Visit {
        Visit::at(Instant::now(), i64::MAX, look(projects), Vec::new())
    }

    fn look(projects: &Path) -> Discovery {
        let mut found = Discovery::default();
        look_below(projects, projects, &Exclude::default(), &mut found);
        found.settle();
        found
    }

    /// Returns once a change of this folder gets another time than the last one has: the clock of file systems ticks
    /// every few milliseconds.
    fn await_tick(projects: &Path) {
        let probe = tempfile::tempdir_in(projects.parent().unwrap()).unwrap();
        let newest = look(projects).folders.iter().map(|folder| folder.changed_ns).max().unwrap();
        while changed_ns(&probe.path().metadata().unwrap()) <= newest {
            fs::write(probe.path().join("tick"), "").unwrap();
            fs::remove_file(probe.path().join("tick")).unwrap();
        }
    }

    fn projects() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for name in ["projects/a", "projects/b", "out"] {
            fs::create_dir_all(folder.path().join(name).join("deep")).unwrap();
            fs::write(folder.path().join(name).join("0.jsonl"), "{}\n").unwrap();
        }
        folder
    }

    #[test]
    fn what_only_grew_is_found_without_listing() {
        let folder = projects();
        let projects = folder.path().join("projects");
        let first = visit(&projects);
        fs::write(projects.join("b/0.jsonl"), "{}\n{}\n").unwrap();
        let second = first.again().expect("no folder changed");
        assert_eq!(second.found, look(&projects));
        assert_eq!(second.found.transcripts.iter().map(|file| file.bytes).collect::<Vec<_>>(), [3, 6]);
    }

    #[test]
    fn a_folder_that_changed_just_before_the_look_is_listed_again() {
        let folder = projects();
        let projects = folder.path().join("projects");
        let newest = look(&projects).folders.iter().map(|folder| folder.changed_ns).max().unwrap();
        for (began_ns, is_sure) in [(newest + SETTLED_NS, false), (newest + SETTLED_NS + 1, true)] {
            let visit = Visit::at(Instant::now(), began_ns, look(&projects), Vec::new());
            assert_eq!(visit.again().is_some(), is_sure);
        }
    }

    #[test]
    fn everything_is_listed_now_and_then() {
        let folder = projects();
        let projects = folder.path().join("projects");
        let began = Instant::now();
        let visit = || Visit::at(began, i64::MAX, look(&projects), Vec::new());
        let last = began + LIST_EVERY;
        assert!(visit().again_at(last - Duration::from_nanos(1)).is_some());
        assert!(visit().again_at(last).is_none());
    }

    #[test]
    fn what_could_not_be_taken_is_tried_again() {
        let folder = projects();
        let projects = folder.path().join("projects");
        symlink("nowhere", projects.join("a/1.jsonl")).unwrap();
        assert_eq!(look(&projects).skipped.len(), 1);
        assert!(visit(&projects).again().is_none());
    }

    #[test]
    fn a_root_that_appears_is_listed() {
        let folder = tempfile::tempdir().unwrap();
        let projects = folder.path().join("projects");
        let visit = || Visit::by(Discovery::default, [projects.clone()].into_iter());
        assert!(visit().again().is_some());
        let before = visit();
        fs::create_dir(&projects).unwrap();
        assert!(before.again().is_none());
    }

    #[test]
    fn a_second_way_to_what_is_known_is_followed_when_it_leads_elsewhere() {
        let folder = projects();
        let (projects, out) = (folder.path().join("projects"), folder.path().join("out"));
        fs::hard_link(projects.join("a/0.jsonl"), out.join("1.jsonl")).unwrap();
        symlink(out.join("1.jsonl"), projects.join("b/1.jsonl")).unwrap();
        symlink(projects.join("a/deep"), out.join("linked")).unwrap();
        symlink(out.join("linked"), projects.join("b/linked")).unwrap();
        symlink(out.join("notes"), projects.join("b/notes")).unwrap();
        fs::write(out.join("notes"), "").unwrap();
        assert!(visit(&projects).again().is_some());
        let changes: [fn(&Path); 3] = [
            |out| fs::rename(out.join("0.jsonl"), out.join("1.jsonl")).unwrap(),
            |out| {
                fs::remove_file(out.join("linked")).unwrap();
                symlink(out.join("deep"), out.join("linked")).unwrap();
            },
            |out| {
                fs::remove_file(out.join("notes")).unwrap();
                fs::create_dir(out.join("notes")).unwrap();
            },
        ];
        for change in changes {
            let before = visit(&projects);
            change(&out);
            assert!(before.again().is_none());
        }
    }

    #[derive(Clone, Debug)]
    enum Change {
        Write(usize),
        Replace(usize),
        Remove(usize),
        Rename(usize, usize),
        Link(usize, usize),
        HardLink(usize, usize),
        Folder(usize),
    }

    /// Below `projects`, and outside, where only links lead.
    const PLACES: [&str; 12] = [
        "a/0.jsonl",
        "a/1.jsonl",
        "b/0.jsonl",
        "a/deep/0.jsonl",
        "b/deep/0.jsonl",
        "c/0.jsonl",
        "a/deeper",
        "b/0.txt",
        "../out/0.jsonl",
        "../out/1.jsonl",
        "../out/deep",
        "../out/deep/0.jsonl",
    ];

    fn change() -> impl Strategy<Value = Change> {
        let place = || 0..PLACES.len();
        prop_oneof![
            place().prop_map(Change::Write),
            place().prop_map(Change::Replace),
            place().prop_map(Change::Remove),
            (place(), place()).prop_map(|(from, to)| Change::Rename(from, to)),
            (place(), place()).prop_map(|(from, to)| Change::Link(from, to)),
            (place(), place()).prop_map(|(from, to)| Change::HardLink(from, to)),
            place().prop_map(Change::Folder),
        ]
    }

    /// Changes what can be changed so; what cannot stays, which is a change of nothing.
    fn make(change: &Change, projects: &Path) -> std::io::Result<()> {
        let at = |place: usize| projects.join(PLACES[place]);
        match *change {
            Change::Write(place) => {
                let mut text = fs::read(at(place)).unwrap_or_default();
                text.extend(b"{}\n");
                fs::write(at(place), text)
            }
            Change::Replace(place) => {
                fs::write(projects.join("a/new"), "{}\n{}\n{}\n")?;
                fs::rename(projects.join("a/new"), at(place))
            }
            Change::Remove(place) if at(place).is_dir() => fs::remove_dir_all(at(place)),
            Change::Remove(place) => fs::remove_file(at(place)),
            Change::Rename(from, to) => fs::rename(at(from), at(to)),
            Change::Link(from, to) => symlink(at(from), at(to)),
            Change::HardLink(from, to) => fs::hard_link(at(from), at(to)),
            Change::Folder(place) => fs::create_dir_all(at(place).parent().expect("a folder above")),
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn a_visit_again_finds_what_a_look_would(changes in proptest::collection::vec(change(), 1..12)) {
            let folder = projects();
            let projects = folder.path().join("projects");
            let mut before = visit(&projects);
            for change in changes {
                await_tick(&projects);
                let made = make(&change, &projects);
                let expected = look(&projects);
                let again = before.again();
                if let Some(again) = &again {
                    prop_assert_eq!(&again.found, &expected, "after {:?}: {:?}", change, made);
                }
                before = again.unwrap_or_else(|| visit(&projects));
            }
        }
    }
}
