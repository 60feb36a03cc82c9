//! Checks each promise of following by itself.

use cco::usage::Exclude;
use std::os::unix::fs::{PermissionsExt, symlink};

use cco::ingest::{Follower, Reader, TranscriptContents};

use crate::folder::{Folder, Following, line};

/// Lines of many requests, several kilobytes long.
fn many(from: u32, count: u32) -> Vec<u8> {
    (from..from + count).flat_map(|id| line(id, 1)).collect()
}

#[test]
fn an_existing_file_is_read_once() {
    let folder = Folder::new();
    folder.write("p/a.jsonl", &line(1, 5));
    folder.write("p/a/subagents/agent-b.jsonl", &line(2, 7));
    let mut following = folder.follower();
    assert_eq!(following.scan_all().len(), 2);
    assert_eq!(following.output(), 12);
    assert_eq!(following.scan_all(), [], "nothing is due");
    let found = following.follower.scan_all();
    assert_eq!((found.files, found.bytes), (2, (line(1, 5).len() + line(2, 7).len()) as u64));
}

#[test]
fn an_append_reads_only_the_appended_bytes() {
    let folder = Folder::new();
    let path = folder.write("p/a.jsonl", &many(0, 1000));
    let mut following = folder.follower();
    following.scan_all();
    folder.append("p/a.jsonl", &line(5000, 9));
    following.scan_paths(&[path]);
    assert_eq!(following.bytes_read, line(5000, 9).len() as u64);
    assert_eq!(following.output(), 1009);
}

#[test]
fn a_half_written_line_counts_once_it_is_whole() {
    let folder = Folder::new();
    let whole = line(2, 7);
    let path = folder.write("p/a.jsonl", &[&line(1, 5), &whole[..20]].concat());
    let mut following = folder.follower();
    following.scan_all();
    assert_eq!(following.output(), 5);
    folder.append("p/a.jsonl", &whole[20..40]);
    following.scan_paths(std::slice::from_ref(&path));
    assert_eq!(following.output(), 5);
    folder.append("p/a.jsonl", &whole[40..whole.len() - 1]);
    following.scan_paths(std::slice::from_ref(&path));
    assert_eq!(following.output(), 12, "its newline may be missing");
    folder.append("p/a.jsonl", &[b"\n", &line(3, 1)[..]].concat());
    following.scan_paths(&[path]);
    assert_eq!(following.output(), 13);
}

#[test]
fn a_truncated_file_keeps_its_totals() {
    let folder = Folder::new();
    folder.write("p/a.jsonl", &[line(1, 5), line(2, 7)].concat());
    let mut following = folder.follower();
    following.scan_all();
    folder.truncate("p/a.jsonl", line(1, 5).len() as u64);
    let outcomes = following.scan_all();
    assert!(outcomes[0].truncated);
    assert_eq!(following.output(), 12);
    folder.append("p/a.jsonl", &line(3, 1));
    assert!(!following.scan_all()[0].truncated);
    assert_eq!(following.output(), 13);
}

#[test]
fn a_rewrite_that_makes_the_file_longer_is_noticed() {
    let folder = Folder::new();
    let path = folder.write("p/a.jsonl", &many(0, 10));
    let mut following = folder.follower();
    following.scan_all();
    folder.write("p/a.jsonl", &many(100, 50));
    assert!(following.scan_paths(&[path])[0].truncated);
    assert_eq!(following.output(), 60);
}

#[test]
fn a_file_that_replaces_another_is_read_from_its_start() {
    let folder = Folder::new();
    folder.write("p/a.jsonl", &line(1, 5));
    let mut following = folder.follower();
    following.scan_all();
    let other = folder.write("p/a.tmp", &[line(2, 1), line(1, 5), line(3, 1)].concat());
    std::fs::rename(other, folder.path("p/a.jsonl")).unwrap();
    following.scan_all();
    assert_eq!(following.output(), 7);
}

#[test]
fn a_renamed_file_keeps_its_offset() {
    let folder = Folder::new();
    folder.write("p/a.jsonl", &many(0, 100));
    let mut following = folder.follower();
    following.scan_all();
    std::fs::create_dir(folder.path("q")).unwrap();
    std::fs::rename(folder.path("p/a.jsonl"), folder.path("q/b.jsonl")).unwrap();
    folder.append("q/b.jsonl", &line(500, 1));
    let outcomes = following.scan_paths(&[folder.path("p/a.jsonl"), folder.path("q/b.jsonl")]);
    assert_eq!(outcomes[0].moved_from, Some(folder.path("p/a.jsonl")));
    assert!(!outcomes[0].truncated);
    assert_eq!(following.bytes_read, line(500, 1).len() as u64);
    let known: Vec<_> = following.follower.known().map(|state| state.path.clone()).collect();
    assert_eq!(known, [folder.path("q/b.jsonl")]);
    assert_eq!(following.scan_all(), []);
}

#[test]
fn a_deleted_file_is_gone_until_it_is_forgotten() {
    let folder = Folder::new();
    let path = folder.write("p/a.jsonl", &line(1, 5));
    folder.write("p/a/subagents/agent-b.jsonl", &line(2, 7));
    let mut following = folder.follower();
    following.scan_all();
    std::fs::remove_dir_all(folder.path("p/a")).unwrap();
    let gone = folder.path("p/a/subagents/agent-b.jsonl");
    assert_eq!(following.follower.scan_paths(&[folder.path("p/a")]).removed, std::slice::from_ref(&gone));
    std::fs::remove_file(&path).unwrap();
    for _ in 0..2 {
        assert_eq!(following.follower.scan_all().removed, [gone.clone(), path.clone()]);
    }
    following.scan_all();
    assert!(following.follower.scan_all().removed.is_empty());
    assert_eq!(following.output(), 12);

    folder.write("p/a.jsonl", &[line(1, 5), line(3, 1)].concat());
    following.scan_paths(&[path]);
    assert_eq!(following.output(), 13, "a file that comes back is read again");
}

#[test]
fn a_file_that_was_not_settled_is_due_again() {
    let folder = Folder::new();
    folder.write("p/a.jsonl", &line(1, 5));
    let mut follower = folder.follower().follower;
    let (mut reader, mut reading) = (Reader::new(), TranscriptContents::default());
    for _ in 0..3 {
        let found = follower.scan_all();
        found.due[0].read(&mut reader, &mut reading).unwrap();
        assert_eq!(reading.records.len(), 1);
    }
}

#[test]
fn a_later_run_resumes_at_the_stored_offset() {
    let folder = Folder::new();
    folder.write("p/a.jsonl", &many(0, 100));
    let mut first = folder.follower();
    first.scan_all();
    let stored: Vec<_> = first.follower.known().cloned().collect();
    let known = || stored.iter().cloned();
    let mut second = Following::over(Follower::new(vec![folder.root().into()], Exclude::default(), known()));
    assert_eq!(second.scan_all(), []);
    folder.append("p/a.jsonl", &line(500, 9));
    second.scan_all();
    assert_eq!((second.output(), second.bytes_read), (9, line(500, 9).len() as u64));
}

#[test]
fn a_file_with_several_names_is_one_file() {
    let folder = Folder::new();
    folder.write("p/b.jsonl", &line(1, 5));
    let mut following = folder.follower();
    following.scan_all();
    std::fs::hard_link(folder.path("p/b.jsonl"), folder.path("p/a.jsonl")).unwrap();
    symlink("b.jsonl", folder.path("p/c.jsonl")).unwrap();
    symlink("p", folder.path("q")).unwrap();
    assert_eq!(following.scan_all(), []);
    folder.append("p/b.jsonl", &line(2, 1));
    assert_eq!(following.scan_paths(&[folder.path("q/c.jsonl")]).len(), 1, "by any of its names");
    assert_eq!(following.scan_all(), []);
    assert_eq!(following.follower.known().count(), 1);
    std::fs::remove_file(folder.path("p/b.jsonl")).unwrap();
    following.scan_all();
    assert_eq!(following.bytes_read, 0, "the file is still known by its other names");
    assert_eq!(following.scan_all(), []);
    assert_eq!(following.follower.scan_all().removed.len(), 0);
}

#[test]
fn links_lead_to_files_elsewhere() {
    let (folder, elsewhere) = (Folder::new(), Folder::new());
    elsewhere.write("x/a.jsonl", &line(1, 5));
    symlink(elsewhere.path("x"), folder.path("p")).unwrap();
    let mut following = folder.follower();
    following.scan_paths(&[folder.path("p")]);
    assert_eq!(following.output(), 5);
    elsewhere.append("x/a.jsonl", &line(2, 1));
    following.scan_all();
    assert_eq!(following.output(), 6);
    let state = following.follower.known().next().unwrap();
    assert_eq!((&*state.project, &*state.session), ("p", "a"));
}

#[test]
fn a_new_folder_is_scanned_but_its_links_to_parents_are_not_followed() {
    let folder = Folder::new();
    folder.write("p/a.jsonl", &line(1, 5));
    folder.write("p/deep/er/b.jsonl", &line(2, 5));
    symlink("../..", folder.path("p/deep/up")).unwrap();
    let mut following = folder.follower();
    let outcomes = following.scan_paths(&[folder.path("p/deep")]);
    let paths: Vec<_> = outcomes.iter().map(|outcome| outcome.state.path.clone()).collect();
    assert_eq!(paths, [folder.path("p/deep/er/b.jsonl")]);
}

#[test]
fn a_root_that_appears_later_is_found() {
    let home = tempfile::tempdir().unwrap();
    let root = home.path().join("later");
    let mut following = Following::new(vec![root.clone()]);
    let found = following.follower.scan_all();
    assert!(found.due.is_empty() && found.skipped.is_empty());
    std::fs::create_dir_all(root.join("projects/p")).unwrap();
    std::fs::write(root.join("projects/p/a.jsonl"), line(1, 5)).unwrap();
    following.scan_paths(std::slice::from_ref(&root));
    assert_eq!(following.output(), 5);
}

#[test]
fn excluded_folders_are_not_counted() {
    let folder = Folder::new();
    folder.write("p/a.jsonl", &line(1, 5));
    folder.write("secret/x/b.jsonl", &line(2, 5));
    let excluded = vec![folder.path("secret")];
    let mut following =
        Following::over(Follower::new(vec![folder.root().into()], Exclude::new(&excluded).unwrap(), []));
    following.scan_all();
    following.scan_paths(&[folder.path("secret"), folder.path("secret/x"), folder.path("secret/x/b.jsonl")]);
    assert_eq!(following.output(), 5);
}

#[test]
fn only_transcripts_below_the_roots_are_scanned() {
    let (folder, other) = (Folder::new(), Folder::new());
    let paths = [
        folder.write("p/notes.txt", &line(1, 5)),
        other.write("p/a.jsonl", &line(2, 5)),
        folder.root().join("history.jsonl"),
    ];
    std::fs::write(&paths[2], line(3, 5)).unwrap();
    let found = folder.follower().follower.scan_paths(&paths);
    assert!(found.due.is_empty() && found.removed.is_empty() && found.skipped.is_empty());
}

#[test]
fn a_file_without_read_permission_is_read_once_it_becomes_readable() {
    let folder = Folder::new();
    let path = folder.write("p/a.jsonl", &line(1, 5));
    let mode = |mode| std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
    mode(0o000);
    if std::fs::File::open(&path).is_ok() {
        crate::skipped::skipped("this process can read everything");
        return;
    }
    let mut following = folder.follower();
    assert_eq!(following.scan_all(), []);
    mode(0o600);
    assert_eq!(following.scan_all().len(), 1);
    assert_eq!(following.output(), 5);
}

#[test]
fn the_cost_that_claude_code_reports_is_returned_beside_the_records() {
    let folder = Folder::new();
    let state = r#"{"totalCostUSD" : 1.5, "modelUsage":{"m":{"costUSD":1.5}}, "sessionId":"x", "type" : "cost-state"}"#;
    let user = r#"{"type":"user","text":"say \"cost-state\""}"#;
    folder.write("p/a.jsonl", &[&line(1, 5), state.as_bytes(), b"\n", user.as_bytes(), b"\n"].concat());
    let mut following = folder.follower();
    following.scan_all();
    assert_eq!(following.output(), 5);
    let [state] = &following.cost_states[..] else { panic!("{:?}", following.cost_states) };
    assert_eq!((&*state.session, state.total_cost.to_string()), ("x", "1.5".to_owned()));
    assert_eq!(&*state.model_usage, r#"{"m":{"costUSD":1.5}}"#);
}

#[test]
fn a_rewrite_in_place_of_equal_length_is_read() {
    let folder = Folder::new();
    let path = folder.write("p/a.jsonl", &[line(1, 10), line(2, 20)].concat());
    let mut following = folder.follower();
    following.scan_all();
    assert_eq!(following.output(), 30);
    let later = std::fs::metadata(&path).unwrap().modified().unwrap() + std::time::Duration::from_secs(1);
    folder.write("p/a.jsonl", &[line(1, 90), line(2, 20)].concat());
    std::fs::File::options().write(true).open(&path).unwrap().set_modified(later).unwrap();
    following.scan_all();
    assert_eq!(following.output(), 110);
}

#[test]
fn claude_codes_own_figure_is_found_wherever_its_type_stands() {
    let folder = Folder::new();
    let models: String = (0..40).map(|n| format!(r#""model-{n}":{{"costUSD":1}},"#)).collect();
    let line = format!(
        "{{\"sessionId\":\"s\",\"modelUsage\":{{{models}\"m\":{{}}}},\"totalCostUSD\":5,\"type\":\"cost-state\"}}"
    );
    let path = folder.write("p/a.jsonl", line.as_bytes());
    let mut followed = folder.follower();
    followed.scan_all();
    folder.append("p/a.jsonl", b"\n");
    followed.scan_paths(&[path]);
    let mut cold = folder.follower();
    cold.scan_all();
    assert_eq!(cold.cost_states, followed.cost_states);
    assert_eq!(cold.cost_states.len(), 1);
}
