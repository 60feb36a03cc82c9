//! A disk that hangs or is not mounted, and a ledger that fails.

use std::thread;

use rusqlite::Connection;

use super::*;
use crate::ledger::{Intake, ProjectPath};
use crate::pricing::PriceTable;

/// Longer than any disk of a test takes.
const PATIENCE: Duration = Duration::from_secs(30);

/// Folders in `/hung` never answer. Those in `/good` are worktrees of `/main`, and others too if they exist.
fn disk(folder: &Path) -> Found {
    while folder.starts_with("/hung") {
        thread::park();
    }
    if folder.starts_with("/good") || folder.exists() { Found::Main("/main".into()) } else { Found::Unknown }
}

struct Disk {
    repositories: Repositories,
    ledger: Ledger,
    folder: tempfile::TempDir,
}

impl Disk {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let ledger = Ledger::open(&folder.path().join("ledger.db")).unwrap();
        Self { repositories: Repositories::asking(disk), ledger, folder }
    }

    /// Asks about a project in this folder.
    fn ask(&mut self, folder: &str) {
        let path = ProjectPath { project: folder.into(), at_ms: 1, path: folder.into() };
        let intake = Intake { project_paths: vec![path], ..Intake::default() };
        self.ledger.apply(&intake, PriceTable::bundled()).unwrap();
        self.repositories.ask(&self.ledger).unwrap();
    }

    /// Makes everything that asks for projects fail, or work again.
    fn break_ledger(&self, is_broken: bool) {
        let (from, to) = if is_broken { ("projects", "broken") } else { ("broken", "projects") };
        let other = Connection::open(self.folder.path().join("ledger.db")).unwrap();
        other.execute_batch(&format!("ALTER TABLE {from} RENAME TO {to}")).unwrap();
    }
}

#[test]
fn three_folders_that_hang_hold_up_no_other_one() {
    let mut disk = Disk::new();
    for hung in ["/hung/1", "/hung/2", "/hung/3"] {
        disk.ask(hung);
    }
    for good in ["/good/1", "/good/2", "/good/3"] {
        disk.ask(good);
        let until = Instant::now() + PATIENCE;
        while !disk.repositories.store(&mut disk.ledger, Duration::from_millis(10)).unwrap() {
            assert!(Instant::now() < until, "{good} was never answered");
        }
    }
    assert_eq!(disk.ledger.worktrees().unwrap().len(), 3);
}

#[test]
fn however_many_folders_hang_no_more_threads_are_started() {
    let mut disk = Disk::new();
    for at in 0..20 {
        disk.ask(&format!("/hung/{at}"));
    }
    let until = Instant::now() + PATIENCE;
    while locked(&disk.repositories.queue).due.len() > 20 - THREADS {
        assert!(Instant::now() < until, "{:?}", disk.repositories);
        thread::yield_now();
    }
    let queue = locked(&disk.repositories.queue);
    assert_eq!((queue.threads, queue.due.len()), (THREADS, 20 - THREADS));
}

#[test]
fn an_answer_that_the_ledger_does_not_take_is_stored_later() {
    let mut disk = Disk::new();
    disk.ask("/good/1");
    disk.break_ledger(true);
    disk.repositories.store(&mut disk.ledger, PATIENCE).unwrap_err();
    disk.break_ledger(false);
    assert!(disk.repositories.store(&mut disk.ledger, PATIENCE).unwrap());
    assert_eq!(disk.ledger.worktrees().unwrap().len(), 1);
}

#[test]
fn a_folder_that_cannot_be_read_is_asked_about_again_later() {
    let mut disk = Disk::new();
    let away = disk.folder.path().join("mount");
    disk.ask(away.to_str().unwrap());
    assert!(!disk.repositories.is_due());
    assert!(!disk.repositories.store(&mut disk.ledger, PATIENCE).unwrap());
    assert_eq!(disk.ledger.folders_without_repository().unwrap().len(), 1, "nothing is known of it");
    let again_at = disk.repositories.again_at.unwrap();
    assert!(again_at > Instant::now() && !disk.repositories.is_due(), "not at once");

    std::fs::create_dir(&away).unwrap();
    disk.repositories.again_at = Some(Instant::now());
    assert!(disk.repositories.is_due());
    disk.repositories.ask(&disk.ledger).unwrap();
    assert!(disk.repositories.store(&mut disk.ledger, PATIENCE).unwrap());
    assert_eq!(disk.ledger.worktrees().unwrap().len(), 1);
    assert!(!disk.repositories.is_due());
}

#[test]
fn a_folder_that_another_project_gets_later_is_asked_about_again() {
    let mut disk = Disk::new();
    disk.ask("/good/1");
    assert!(disk.repositories.store(&mut disk.ledger, PATIENCE).unwrap());
    let path = ProjectPath { project: "another".into(), at_ms: 1, path: "/good/1".into() };
    let intake = Intake { project_paths: vec![path], ..Intake::default() };
    disk.ledger.apply(&intake, PriceTable::bundled()).unwrap();
    disk.repositories.ask(&disk.ledger).unwrap();
    assert!(disk.repositories.store(&mut disk.ledger, PATIENCE).unwrap());
    assert_eq!(disk.ledger.worktrees().unwrap().len(), 2);
}
