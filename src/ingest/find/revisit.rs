//! A look at everything that lists no folder again which has not changed.
//!
//! Listing is most of what a look costs, and it wakes whoever watches the folders. A folder's time of change says
//! whether anything came into it or left it, so that of what was found the state alone need be asked.
//!
//! Invariant: what is found is what the whole look would find. Listed are folders that changed, or that changed so
//! shortly before they were listed that another change could bear the same time; everything is where several ways lead
//! to one of them, where a file or what a link leads to is not what it was, and where anything could not be taken. File systems that do not keep the times of
//! folders, or keep them by a clock that is behind, are why everything is listed now and then in any case. Used by the
//! follower.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::discover::{Alias, Discovery, Folder, Transcript, changed_ns, modified_ns};

/// A look lists everything where the last one that did was so long ago.
const LIST_EVERY: Duration = Duration::from_secs(600);

/// How long before a look a folder must have changed last: the coarsest clock of a file system ticks every 2 s.
const SETTLED_NS: i64 = 3_000_000_000;

/// Where more folders than this changed, everything is listed.
const MOST_CHANGED: usize = 32;

/// What a look found, for the next one to begin with.
#[derive(Debug)]
pub(in crate::ingest) struct Visit {
    /// What is there.
    pub(in crate::ingest) found: Discovery,
    /// When the look began, in nanoseconds UTC.
    began_ns: i64,
    /// When everything is to be listed again.
    until: Instant,
    /// Folders that were not there.
    absent: Vec<PathBuf>,
}

impl Visit {
    /// Looks as `look` does, which finds what lies below these folders.
    pub(in crate::ingest) fn by(
        look: impl FnOnce() -> Discovery,
        below: impl Iterator<Item = PathBuf>,
    ) -> Self {
        let (began, began_ns) = (Instant::now(), now_ns());
        let absent = below.filter(|folder| !folder.is_dir()).collect();
        Self { found: look(), began_ns, until: began + LIST_EVERY, absent }
    }

    /// What the same look would find now; `look` adds what is at a path and below it. `None` where only the whole look
    /// can tell.
    pub(in crate::ingest) fn again(self, look: impl Fn(&Path, &mut Discovery)) -> Option<Self> {
        self.again_at(Instant::now(), now_ns(), look)
    }

    fn again_at(mut self, now: Instant, now_ns: i64, look: impl Fn(&Path, &mut Discovery)) -> Option<Self> {
        let is_to_list_all = now >= self.until
            || !self.found.skipped.is_empty()
            || self.absent.iter().any(|folder| folder.is_dir())
            || !self.found.aliases.iter().all(leads_on);
        if is_to_list_all {
            return None;
        }
        let listed_before_ns = self.began_ns.saturating_sub(SETTLED_NS);
        let is_to_list = |folder: &&Folder| folder.changed_ns >= listed_before_ns || !is_unchanged(folder);
        let changed: Vec<PathBuf> =
            self.found.folders.iter().filter(is_to_list).map(|folder| folder.path.clone()).collect();
        self.began_ns = now_ns;
        if changed.is_empty() {
            return self.found.transcripts.iter_mut().all(refresh).then_some(self);
        }
        // What is in a folder is what it would be in the whole look only where one way leads to everything.
        if changed.len() > MOST_CHANGED || !self.found.aliases.is_empty() {
            return None;
        }
        let is_topmost =
            |folder: &&PathBuf| !folder.ancestors().skip(1).any(|above| changed.iter().any(|f| f == above));
        let topmost: Vec<&PathBuf> = changed.iter().filter(is_topmost).collect();
        let Discovery { transcripts, folders, .. } = &mut self.found;
        let is_elsewhere = |path: &Path| !topmost.iter().any(|folder| path.starts_with(folder));
        transcripts.retain(|transcript| is_elsewhere(&transcript.path));
        folders.retain(|folder| is_elsewhere(&folder.path));
        if !transcripts.iter_mut().all(refresh) {
            return None;
        }
        for folder in &topmost {
            look(folder, &mut self.found);
        }
        // One that is gone has left a folder above it, or is one of those that all others are below.
        (self.found.settle_together() && topmost.iter().all(|folder| folder.is_dir())).then_some(self)
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
    use proptest::prelude::*;
    use std::cell::RefCell;
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::super::discover::look_below;
    use super::*;
    use crate::usage::Exclude;

    fn visit(projects: &Path) -> Visit {
        Visit::by(|| look(projects), [].into_iter())
    }

    /// The next visit, when all of it that does not change any more settled long ago.
    fn again(before: Visit, projects: &Path) -> Option<Visit> {
        Visit { began_ns: i64::MAX, ..before }.again(|path, found| {
            look_below(projects, path, &Exclude::default(), found);
        })
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
        let second = again(first, &projects).expect("no folder changed");
        assert_eq!(second.found, look(&projects));
        assert_eq!(second.found.transcripts.iter().map(|file| file.bytes).collect::<Vec<_>>(), [3, 6]);
    }

    /// The folders that the next visit lists.
    fn listed(before: Visit, projects: &Path) -> Option<Vec<PathBuf>> {
        let listed: RefCell<Vec<PathBuf>> = RefCell::default();
        let again = before.again(|path, found| {
            listed.borrow_mut().push(path.strip_prefix(projects).unwrap().into());
            look_below(projects, path, &Exclude::default(), found);
        });
        again.map(|_| listed.into_inner())
    }

    #[test]
    fn only_what_changed_is_listed() {
        let folder = projects();
        let projects = folder.path().join("projects");
        let before = Visit { began_ns: i64::MAX, ..visit(&projects) };
        await_tick(&projects);
        fs::write(projects.join("b/deep/1.jsonl"), "").unwrap();
        fs::write(projects.join("b/1.jsonl"), "").unwrap();
        assert_eq!(listed(before, &projects), Some(vec!["b".into()]));
    }

    #[test]
    fn a_folder_that_changed_just_before_the_look_is_listed_again() {
        let folder = projects();
        let projects = folder.path().join("projects");
        let newest = look(&projects).folders.iter().map(|folder| folder.changed_ns).max().unwrap();
        for (began_ns, is_listed) in [(newest + SETTLED_NS, true), (newest + SETTLED_NS + 1, false)] {
            let visit = Visit { began_ns, ..visit(&projects) };
            assert_eq!(listed(visit, &projects).unwrap().is_empty(), !is_listed);
        }
    }

    #[test]
    fn everything_is_listed_now_and_then() {
        let folder = projects();
        let projects = folder.path().join("projects");
        let visit = || Visit { began_ns: i64::MAX, ..visit(&projects) };
        let until = visit().until;
        let nothing_changed = |_: &Path, _: &mut Discovery| unreachable!("nothing is to be listed");
        assert!(visit().again_at(until - LIST_EVERY, i64::MAX, nothing_changed).is_some());
        assert!(visit().again_at(until + LIST_EVERY, i64::MAX, nothing_changed).is_none());
    }

    #[test]
    fn a_file_under_two_names_is_kept_when_one_goes() {
        let folder = projects();
        let projects = folder.path().join("projects");
        fs::hard_link(projects.join("a/0.jsonl"), projects.join("b/1.jsonl")).unwrap();
        let before = visit(&projects);
        await_tick(&projects);
        fs::remove_file(projects.join("a/0.jsonl")).unwrap();
        assert!(again(before, &projects).is_none());
    }

    #[test]
    fn what_could_not_be_taken_is_tried_again() {
        let folder = projects();
        let projects = folder.path().join("projects");
        symlink("nowhere", projects.join("a/1.jsonl")).unwrap();
        assert_eq!(look(&projects).skipped.len(), 1);
        assert!(again(visit(&projects), &projects).is_none());
    }

    #[test]
    fn a_root_that_appears_is_listed() {
        let folder = tempfile::tempdir().unwrap();
        let projects = folder.path().join("projects");
        let visit = || Visit::by(Discovery::default, [projects.clone()].into_iter());
        assert!(again(visit(), &projects).is_some());
        let before = visit();
        fs::create_dir(&projects).unwrap();
        assert!(again(before, &projects).is_none());
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
        assert!(again(visit(&projects), &projects).is_some());
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
            assert!(again(before, &projects).is_none());
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
                let again = again(before, &projects);
                if let Some(again) = &again {
                    prop_assert_eq!(&again.found, &expected, "after {:?}: {:?}", change, made);
                }
                before = again.unwrap_or_else(|| visit(&projects));
            }
        }
    }
}
