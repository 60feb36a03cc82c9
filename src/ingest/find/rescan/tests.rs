//! Checks that a rescan finds what a full scan finds, and lists only what it must.

use proptest::prelude::*;
use std::cell::RefCell;
use std::fs;
use std::os::unix::fs::symlink;

use super::super::discover::scan_below;
use super::*;
use crate::usage::Exclude;

fn full_scan(projects: &Path) -> FullScan {
    FullScan::run(|| scan(projects), [].into_iter())
}

/// The next scan, if every folder that does not change again counts as settled.
fn rescan(before: FullScan, projects: &Path) -> Option<FullScan> {
    FullScan { began_ns: i64::MAX, ..before }.rescan(|path, found| {
        scan_below(projects, path, &Exclude::default(), found);
    })
}

fn scan(projects: &Path) -> Discovery {
    let mut found = Discovery::default();
    scan_below(projects, projects, &Exclude::default(), &mut found);
    found.normalize();
    found
}

/// Returns once a change gets a later time than the last change of these folders. The clock of a file system
/// ticks every few milliseconds.
fn await_tick(projects: &Path) {
    let probe = tempfile::tempdir_in(projects.parent().unwrap()).unwrap();
    let newest = scan(projects).folders.iter().map(|folder| folder.changed_ns).max().unwrap();
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
fn a_file_that_grew_is_found_without_listing() {
    let folder = projects();
    let projects = folder.path().join("projects");
    let first = full_scan(&projects);
    fs::write(projects.join("b/0.jsonl"), "{}\n{}\n").unwrap();
    let second = rescan(first, &projects).expect("no folder changed");
    assert_eq!(second.found, scan(&projects));
    assert_eq!(second.found.transcripts.iter().map(|file| file.bytes).collect::<Vec<_>>(), [3, 6]);
}

/// The folders that the next scan lists.
fn listed(before: FullScan, projects: &Path) -> Option<Vec<PathBuf>> {
    let listed: RefCell<Vec<PathBuf>> = RefCell::default();
    let next = before.rescan(|path, found| {
        listed.borrow_mut().push(path.strip_prefix(projects).unwrap().into());
        scan_below(projects, path, &Exclude::default(), found);
    });
    next.map(|_| listed.into_inner())
}

#[test]
fn only_changed_folders_are_listed() {
    let folder = projects();
    let projects = folder.path().join("projects");
    let before = FullScan { began_ns: i64::MAX, ..full_scan(&projects) };
    await_tick(&projects);
    fs::write(projects.join("b/deep/1.jsonl"), "").unwrap();
    fs::write(projects.join("b/1.jsonl"), "").unwrap();
    assert_eq!(listed(before, &projects), Some(vec!["b".into()]));
}

#[test]
fn a_folder_that_changed_just_before_the_scan_is_listed_again() {
    let folder = projects();
    let projects = folder.path().join("projects");
    let newest = scan(&projects).folders.iter().map(|folder| folder.changed_ns).max().unwrap();
    for (began_ns, is_listed) in [(newest + SETTLED_NS, true), (newest + SETTLED_NS + 1, false)] {
        let before = FullScan { began_ns, ..full_scan(&projects) };
        assert_eq!(listed(before, &projects).unwrap().is_empty(), !is_listed);
    }
}

#[test]
fn everything_is_listed_now_and_then() {
    let folder = projects();
    let projects = folder.path().join("projects");
    let before = || FullScan { began_ns: i64::MAX, ..full_scan(&projects) };
    let list_all_at = before().list_all_at;
    let list_nothing = |_: &Path, _: &mut Discovery| unreachable!("no folder must be listed");
    assert!(before().rescan_at(list_all_at - LIST_ALL_EVERY, i64::MAX, list_nothing).is_some());
    assert!(before().rescan_at(list_all_at + LIST_ALL_EVERY, i64::MAX, list_nothing).is_none());
}

#[test]
fn a_file_with_two_names_is_kept_when_one_is_removed() {
    let folder = projects();
    let projects = folder.path().join("projects");
    fs::hard_link(projects.join("a/0.jsonl"), projects.join("b/1.jsonl")).unwrap();
    let before = full_scan(&projects);
    await_tick(&projects);
    fs::remove_file(projects.join("a/0.jsonl")).unwrap();
    assert!(rescan(before, &projects).is_none());
}

#[test]
fn a_skipped_path_is_tried_again() {
    let folder = projects();
    let projects = folder.path().join("projects");
    symlink("nowhere", projects.join("a/1.jsonl")).unwrap();
    assert_eq!(scan(&projects).skipped.len(), 1);
    assert!(rescan(full_scan(&projects), &projects).is_none());
}

#[test]
fn a_root_that_appears_is_listed() {
    let folder = tempfile::tempdir().unwrap();
    let projects = folder.path().join("projects");
    let full_scan = || FullScan::run(Discovery::default, [projects.clone()].into_iter());
    assert!(rescan(full_scan(), &projects).is_some());
    let before = full_scan();
    fs::create_dir(&projects).unwrap();
    assert!(rescan(before, &projects).is_none());
}

#[test]
fn everything_is_listed_if_an_alias_leads_elsewhere() {
    let folder = projects();
    let (projects, out) = (folder.path().join("projects"), folder.path().join("out"));
    fs::hard_link(projects.join("a/0.jsonl"), out.join("1.jsonl")).unwrap();
    symlink(out.join("1.jsonl"), projects.join("b/1.jsonl")).unwrap();
    symlink(projects.join("a/deep"), out.join("linked")).unwrap();
    symlink(out.join("linked"), projects.join("b/linked")).unwrap();
    symlink(out.join("notes"), projects.join("b/notes")).unwrap();
    fs::write(out.join("notes"), "").unwrap();
    assert!(rescan(full_scan(&projects), &projects).is_some());
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
        let before = full_scan(&projects);
        change(&out);
        assert!(rescan(before, &projects).is_none());
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

/// Paths below `projects`, and paths outside that only links lead to.
const PATHS: [&str; 12] = [
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
    let path = || 0..PATHS.len();
    prop_oneof![
        path().prop_map(Change::Write),
        path().prop_map(Change::Replace),
        path().prop_map(Change::Remove),
        (path(), path()).prop_map(|(from, to)| Change::Rename(from, to)),
        (path(), path()).prop_map(|(from, to)| Change::Link(from, to)),
        (path(), path()).prop_map(|(from, to)| Change::HardLink(from, to)),
        path().prop_map(Change::Folder),
    ]
}

/// Tries to make a change. One that is not possible changes nothing.
fn make(change: &Change, projects: &Path) -> std::io::Result<()> {
    let at = |path: usize| projects.join(PATHS[path]);
    match *change {
        Change::Write(path) => {
            let mut text = fs::read(at(path)).unwrap_or_default();
            text.extend(b"{}\n");
            fs::write(at(path), text)
        }
        Change::Replace(path) => {
            fs::write(projects.join("a/new"), "{}\n{}\n{}\n")?;
            fs::rename(projects.join("a/new"), at(path))
        }
        Change::Remove(path) if at(path).is_dir() => fs::remove_dir_all(at(path)),
        Change::Remove(path) => fs::remove_file(at(path)),
        Change::Rename(from, to) => fs::rename(at(from), at(to)),
        Change::Link(from, to) => symlink(at(from), at(to)),
        Change::HardLink(from, to) => fs::hard_link(at(from), at(to)),
        Change::Folder(path) => fs::create_dir_all(at(path).parent().expect("a folder above")),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_rescan_finds_what_a_full_scan_finds(changes in proptest::collection::vec(change(), 1..12)) {
        let folder = projects();
        let projects = folder.path().join("projects");
        let mut before = full_scan(&projects);
        for change in changes {
            await_tick(&projects);
            let made = make(&change, &projects);
            let expected = scan(&projects);
            let next = rescan(before, &projects);
            if let Some(next) = &next {
                prop_assert_eq!(&next.found, &expected, "after {:?}: {:?}", change, made);
            }
            before = next.unwrap_or_else(|| full_scan(&projects));
        }
    }
}
