//! Checks the system's file events. The tests wait for conditions; a timeout only bounds how long a failure
//! takes.

use cco::usage::Exclude;
use std::path::{Path, PathBuf};
use std::time::Duration;

use cco::ingest::Watch;

use crate::folder::{Folder, Following, line};

const LONG: Duration = Duration::from_secs(20);

/// Waits for events and scans the paths they name until this much output is counted.
fn until(watch: &mut Watch, following: &mut Following, output: u64) {
    while following.output() < output {
        let events = watch.next(LONG);
        assert!(!events.paths.is_empty(), "no event at {} of {output}", following.output());
        assert!(!events.needs_full_scan, "no event may be lost");
        following.scan_paths(&events.paths);
    }
    assert_eq!(following.output(), output);
}

fn watching(roots: Vec<PathBuf>) -> (Watch, Following) {
    let watch = Watch::new(roots.clone(), Exclude::default());
    let mut following = Following::new(roots);
    following.scan_all();
    (watch, following)
}

#[test]
fn appends_new_files_and_new_folders_are_reported() {
    let folder = Folder::new();
    folder.write("p/a.jsonl", &line(1, 1));
    let (mut watch, mut following) = watching(vec![folder.root().into()]);
    folder.append("p/a.jsonl", &line(2, 1));
    until(&mut watch, &mut following, 2);
    folder.write("p/b.jsonl", &line(3, 1));
    until(&mut watch, &mut following, 3);
    folder.write("new/s/subagents/deep/agent-c.jsonl", &line(4, 1));
    until(&mut watch, &mut following, 4);
    folder.append("new/s/subagents/deep/agent-c.jsonl", &line(5, 1));
    until(&mut watch, &mut following, 5);
}

#[test]
fn a_renamed_folder_is_followed_under_its_new_name() {
    let folder = Folder::new();
    folder.write("p/s/a.jsonl", &line(1, 1));
    let (mut watch, mut following) = watching(vec![folder.root().into()]);
    for (round, (from, to)) in [("p", "q"), ("q", "r"), ("r", "p")].into_iter().enumerate() {
        std::fs::rename(folder.path(from), folder.path(to)).unwrap();
        let moved = folder.path(to).join("s/a.jsonl");
        while !following.follower.known().any(|state| state.path == moved) {
            following.scan_paths(&watch.next(LONG).paths);
        }
        folder.append(&format!("{to}/s/a.jsonl"), &line(10 + u32::try_from(round).unwrap(), 1));
        until(&mut watch, &mut following, 2 + round as u64);
    }
}

#[test]
fn a_folder_that_is_deleted_and_recreated_is_watched_again() {
    let folder = Folder::new();
    let (mut watch, mut following) = watching(vec![folder.root().into()]);
    for round in 1..20 {
        folder.write("p/a.jsonl", &line(2 * round, 1));
        until(&mut watch, &mut following, u64::from(2 * round) - 1);
        folder.append("p/a.jsonl", &line(2 * round + 1, 1));
        until(&mut watch, &mut following, u64::from(2 * round));
        std::fs::remove_dir_all(folder.path("p")).unwrap();
    }
}

#[test]
fn roots_that_appear_disappear_and_come_back_are_watched() {
    let home = tempfile::tempdir().unwrap();
    let root = home.path().join("root");
    let (mut watch, mut following) = watching(vec![root.clone()]);
    assert_eq!(watch.watched().collect::<Vec<_>>(), [home.path()]);
    for round in 1..10 {
        std::fs::create_dir_all(root.join("projects/p")).unwrap();
        let path = root.join("projects/p/a.jsonl");
        std::fs::write(&path, line(round, 1)).unwrap();
        until(&mut watch, &mut following, u64::from(round));
        let all_below = |watched: &Path| watched.starts_with(root.join("projects"));
        while !watch.watched().all(all_below) {
            watch.next(LONG);
        }
        std::fs::remove_dir_all(&root).unwrap();
        while !watch.watched().any(|watched| watched == home.path()) {
            following.scan_paths(&watch.next(LONG).paths);
        }
    }
}

#[test]
fn only_changes_of_transcripts_and_folders_are_reported() {
    let folder = Folder::new();
    folder.write("p/a.jsonl", &line(1, 1));
    let (mut watch, mut following) = watching(vec![folder.root().into()]);
    following.scan_all();
    std::fs::read(folder.path("p/a.jsonl")).unwrap();
    folder.write("p/notes.txt", b"text");
    std::fs::write(folder.root().join("history.jsonl"), b"text").unwrap();
    let end = folder.append("p/a.jsonl", &line(2, 1));
    let events = watch.next(LONG);
    assert_eq!(events.paths, [end]);
    assert_eq!((events.needs_full_scan, events.lost, events.woken), (false, 0, false));
}

#[test]
fn excluded_folders_are_not_watched() {
    let folder = Folder::new();
    folder.write("p/a.jsonl", &line(1, 1));
    folder.write("secret/x/a.jsonl", &line(1, 1));
    let watch = Watch::new(vec![folder.root().into()], Exclude::new(&[folder.path("secret")]).unwrap());
    let mut watched: Vec<&Path> = watch.watched().collect();
    watched.sort();
    assert_eq!(watched, [folder.root().join("projects"), folder.path("p")]);
}

#[test]
fn a_folder_that_a_scan_finds_first_is_watched_from_then_on() {
    let folder = Folder::new();
    folder.write("p/a.jsonl", &line(1, 1));
    let (mut watch, mut following) = watching(vec![folder.root().into()]);
    folder.write("q/a.jsonl", &line(2, 1));
    let mut folders = || following.follower.scan_all().folders;
    assert_eq!(watch.add_folders(folders()), [folder.path("q")]);
    assert!(watch.watched().any(|watched| watched == folder.path("q")));
    assert!(watch.add_folders(folders()).is_empty());
}

#[test]
fn a_root_that_appears_after_a_scan_has_looked_for_it_is_watched_and_looked_at_again() {
    let folder = Folder::new();
    std::fs::remove_dir(folder.path("")).unwrap();
    let (mut watch, mut following) = watching(vec![folder.root().into()]);
    let met = following.follower.scan_all().folders;
    folder.write("p/a.jsonl", &line(1, 1));
    let unseen = watch.add_folders(met);
    assert_eq!(unseen, [folder.path("")]);
    following.scan_paths(&unseen);
    assert_eq!(following.output(), 1);
    folder.append("p/a.jsonl", &line(2, 1));
    until(&mut watch, &mut following, 2);
}

#[test]
fn a_wait_ends_when_another_thread_wakes_it() {
    let folder = Folder::new();
    let (mut watch, _) = watching(vec![folder.root().into()]);
    let waker = watch.waker();
    std::thread::scope(|scope| {
        scope.spawn(move || waker.wake());
        assert!(watch.next(Duration::MAX).woken);
    });
    assert_eq!(watch.next(Duration::ZERO), cco::ingest::Events::default(), "it wakes once");
}
