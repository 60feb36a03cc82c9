//! What a publisher does about the worktrees it finds, step by step.

use std::fs;
use std::path::Path;

use jiff::civil::Weekday;
use jiff::tz::TimeZone;
use rusqlite::Connection;

use super::*;
use crate::pricing::PriceTable;
use crate::state_folder::StateFolder;

/// Longer than any disk of a test takes.
const PATIENCE: Duration = Duration::from_secs(30);

/// A publisher that has counted and published a request in a worktree, and knows nothing of the worktree yet.
fn live(place: &Path) -> Live {
    let (main, fix) = (place.join("main"), place.join("fix"));
    let administration = main.join(".git/worktrees/fix");
    fs::create_dir_all(&administration).unwrap();
    fs::create_dir_all(&fix).unwrap();
    fs::write(fix.join(".git"), format!("gitdir: {}\n", administration.display())).unwrap();
    fs::write(administration.join("commondir"), "../..\n").unwrap();
    fs::write(administration.join("gitdir"), format!("{}\n", fix.join(".git").display())).unwrap();
    let key: String = fix.to_str().unwrap().replace(|c: char| !c.is_ascii_alphanumeric(), "-");
    let project = place.join("root/projects").join(key);
    fs::create_dir_all(&project).unwrap();
    let line = serde_json::json!({
        "type": "assistant", "sessionId": "s", "requestId": "r", "timestamp": "2026-03-24T10:00:00Z", "cwd": fix,
        "message": {"id": "m", "model": "claude-opus-4-1", "usage": {"input_tokens": 1, "output_tokens": 2}},
    });
    fs::write(project.join("s.jsonl"), format!("{line}\n")).unwrap();
    let state = StateFolder::new(place.join("state"));
    let mut live = Live::open(Job {
        roots: vec![place.join("root")],
        exclude: Default::default(),
        snapshot: state.snapshot(),
        state,
        zone: TimeZone::UTC,
        zone_name: "UTC".into(),
        week_start: Weekday::Monday,
        keeps_titles: false,
        prices: PriceTable::bundled().clone(),
        threads: std::num::NonZeroUsize::MIN,
    })
    .unwrap();
    live.scan(&Progress::default()).unwrap();
    while live.counter.has_backlog() {
        live.advance(&Progress::default()).unwrap();
    }
    if live.is_due() {
        live.commit().unwrap();
    }
    assert!(!live.is_due());
    live
}

fn place() -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().canonicalize().unwrap();
    (folder, place)
}

#[test]
fn a_worktree_that_is_found_makes_the_next_commit_due_and_is_not_committed_apart() {
    let (_folder, place) = place();
    let mut live = live(&place);
    let before = live.health.publishes_by_duration;
    live.find_repositories(PATIENCE).unwrap();
    assert_eq!(
        live.health.publishes_by_duration, before,
        "commits are paced, and made only where the publisher's place is checked"
    );
    assert!(live.is_due());
    live.commit().unwrap();
    assert!(!live.is_due());
}

#[test]
fn projects_are_asked_about_again_after_the_ledger_failed() {
    let (_folder, place) = place();
    let mut live = live(&place);
    let other = Connection::open(place.join("state/ledger.db")).unwrap();
    other.execute_batch("ALTER TABLE projects RENAME TO broken").unwrap();
    live.find_repositories(PATIENCE).unwrap_err();
    other.execute_batch("ALTER TABLE broken RENAME TO projects").unwrap();
    live.find_repositories(PATIENCE).unwrap();
    assert!(live.is_due());
}
