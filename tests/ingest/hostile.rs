//! Files and folders that are damaged, unexpected or changing are reported and skipped, and never fatal.

use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use cco::ingest::{Progress, Reader, SkippedPath, TranscriptContents, discover, scan};

use crate::another_user;
use crate::sums::{by_project, discovered, root_with, scanned, threads};

const LINE: &[u8] = br#"{"type":"assistant","sessionId":"s","uuid":"u","timestamp":"2026-03-04T05:06:07Z","message":{"usage":{"output_tokens":5}}}
"#;

fn is_skipped(skipped: &[SkippedPath], end: &str, reason: &str) {
    let matches = |skipped: &&SkippedPath| skipped.path.ends_with(end) && skipped.reason.contains(reason);
    assert_eq!(skipped.iter().filter(matches).count(), 1, "{end}: {reason} in {skipped:?}");
}

/// Set for a process without privileges: the root, parts of which it cannot read.
const FORBIDDEN: &str = "CCO_TEST_FORBIDDEN";

#[test]
#[ignore = "run by the next test, in a process that permissions bind"]
fn forbidden_process() {
    let Some(root) = std::env::var_os(FORBIDDEN) else { return };
    let found = discovered(Path::new(&root));
    is_skipped(&found.skipped, "b", "cannot access it: Permission denied");
    let scan = scan(&found.transcripts, threads(2), &Progress::default());
    is_skipped(&scan.skipped, "a/s.jsonl", "cannot open it: Permission denied");
    assert_eq!(by_project(&scan).into_keys().collect::<Vec<_>>(), ["c"]);
}

#[test]
fn what_cannot_be_read_is_skipped_and_reported() {
    let root = root_with(&[("a/s.jsonl", LINE), ("b/s.jsonl", LINE), ("c/s.jsonl", LINE)]);
    let projects = root.path().join("projects");
    let forbid = |path: &Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    forbid(&projects.join("a/s.jsonl"), 0o000);
    forbid(&projects.join("b"), 0o000);
    let mut child = std::process::Command::new(std::env::current_exe().unwrap());
    child.args(["hostile::forbidden_process", "--exact", "--ignored"]).env(FORBIDDEN, root.path());
    let output = another_user::run(&mut child, &projects.join("b"), root.path());
    forbid(&projects.join("b"), 0o700);
    let Some(output) = output else { return };
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && stdout.contains("1 passed"), "{stdout}");
}

#[test]
fn links_are_followed_but_never_in_circles() {
    let root = root_with(&[("b/deep/s.jsonl", LINE)]);
    let projects = root.path().join("projects");
    symlink("..", projects.join("b/deep/up")).unwrap();
    symlink("b", projects.join("z")).unwrap();
    symlink("nowhere", projects.join("b/gone.jsonl")).unwrap();
    let elsewhere = root_with(&[("x/other.jsonl", LINE)]);
    symlink(elsewhere.path().join("projects/x"), projects.join("linked")).unwrap();

    let found = discovered(root.path());
    let projects: Vec<&str> = found.transcripts.iter().map(|file| &*file.project).collect();
    assert_eq!(projects, ["b", "linked"], "the lowest path is kept");
    is_skipped(&found.skipped, "b/deep/up", "links back to");
    is_skipped(&found.skipped, "b/gone.jsonl", "cannot access it");
    assert_eq!(found.skipped.len(), 2);
}

#[test]
fn links_that_multiply_paths_do_not_multiply_work() {
    let root = root_with(&[("p/s.jsonl", LINE)]);
    let mut folder = root.path().join("projects/p");
    for _ in 0..40 {
        std::fs::create_dir(folder.join("n")).unwrap();
        symlink("n", folder.join("m")).unwrap();
        folder.push("n");
    }
    std::fs::write(folder.join("s.jsonl"), LINE).unwrap();
    let found = discovered(root.path());
    assert_eq!(found.transcripts.len(), 2);
}

#[test]
fn a_file_with_two_names_is_listed_once_across_all_roots() {
    let root = root_with(&[("b/s.jsonl", LINE)]);
    let projects = root.path().join("projects");
    std::fs::create_dir(projects.join("a")).unwrap();
    std::fs::hard_link(projects.join("b/s.jsonl"), projects.join("a/t.jsonl")).unwrap();
    let other = root_with(&[]);
    symlink(&projects, other.path().join("projects/all")).unwrap();
    let roots = [&root, &other, &root].map(|root| cco::ingest::Root::new(root.path()).unwrap());
    let mut backwards = roots.clone();
    backwards.reverse();
    let found = discover(&roots);
    assert_eq!(found, discover(&backwards));
    let lowest = projects.join("a/t.jsonl").min(other.path().join("projects/all/a/t.jsonl"));
    assert_eq!(found.transcripts.iter().map(|file| &file.path).collect::<Vec<_>>(), [&lowest]);
}

#[test]
fn pipes_sockets_and_folders_are_not_transcripts() {
    let root = root_with(&[("p/good.jsonl", LINE), ("p/folder.jsonl/inside.jsonl", LINE)]);
    let folder = root.path().join("projects/p");
    let made = std::process::Command::new("mkfifo").arg(folder.join("pipe.jsonl")).status().unwrap();
    assert!(made.success());
    let _socket = std::os::unix::net::UnixListener::bind(folder.join("socket.jsonl")).unwrap();
    let found = discovered(root.path());
    is_skipped(&found.skipped, "p/pipe.jsonl", "not a regular file");
    is_skipped(&found.skipped, "p/socket.jsonl", "not a regular file");
    is_skipped(&found.skipped, "p/folder.jsonl", "folder");
    assert_eq!(found.transcripts.len(), 1);
}

#[test]
fn a_pipe_in_place_of_a_transcript_is_not_waited_for() {
    let root = root_with(&[("p/s.jsonl", LINE)]);
    let found = discovered(root.path());
    std::fs::remove_file(&found.transcripts[0].path).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(&found.transcripts[0].path).status().unwrap().success());
    let scan = scan(&found.transcripts, threads(1), &Progress::default());
    is_skipped(&scan.skipped, "p/s.jsonl", "not a regular file");
}

#[test]
fn a_deleted_transcript_is_skipped() {
    let root = root_with(&[("p/s.jsonl", LINE), ("q/s.jsonl", LINE)]);
    let found = discovered(root.path());
    std::fs::remove_file(&found.transcripts[0].path).unwrap();
    let scan = scan(&found.transcripts, threads(1), &Progress::default());
    is_skipped(&scan.skipped, "p/s.jsonl", "deleted");
    assert_eq!(scan.records.len(), 1);
}

#[test]
fn lines_of_any_length_and_content_do_no_harm() {
    let mut long = LINE[..LINE.len() - 2].to_vec();
    long.extend_from_slice(b",\"text\":\"");
    long.resize(100 << 20, b'x');
    long.extend_from_slice(b"\"}\n");
    long.extend_from_slice(LINE);
    let zeroes = [&vec![0; 300_000][..], b"\n", LINE].concat();
    let garbage: Vec<u8> =
        (0..3_000_000u32).map(|n| n.wrapping_mul(2_654_435_761).to_be_bytes()[0]).collect();
    let garbage = [&garbage[..], b"\n", LINE].concat();
    let endless = vec![b'{'; 1 << 20];
    let root = root_with(&[
        ("long/s.jsonl", &long),
        ("zeroes/s.jsonl", &zeroes),
        ("garbage/s.jsonl", &garbage),
        ("endless/s.jsonl", &endless),
        ("empty/s.jsonl", b""),
    ]);
    for (file, malformed, lines) in [("long", 1, 2), ("zeroes", 0, 2), ("endless", 0, 1), ("empty", 0, 0)] {
        let found = discovered(root.path());
        let found = found.transcripts.iter().find(|found| &*found.project == file).unwrap();
        let mut reading = TranscriptContents::default();
        Reader::new().read(found, 0, &mut reading, &|_| ()).unwrap();
        assert_eq!((reading.stats.malformed, reading.stats.lines), (malformed, lines), "{file}");
        assert_eq!(reading.records.len() as u64, lines.saturating_sub(1), "{file}");
    }
    let scan = scanned(root.path());
    assert_eq!(scan.records.len(), 1, "the same record everywhere");
    assert_eq!(scan.stats.incomplete, 1);
    assert!(!scan.malformed.is_empty() && scan.malformed.len() <= cco::ingest::MAX_MALFORMED);
}

#[test]
fn objects_across_piece_boundaries_are_whole() {
    // The text spans many pieces, and the length of a line does not divide that of a piece.
    let line = |number: usize| {
        let text = String::from_utf8_lossy(LINE).replace("\"u\"", &format!("\"u{number:06}\""));
        text.replace("{\"type\"", &format!("{{\"prose\":\"{}\",\"type\"", "é".repeat(500))).into_bytes()
    };
    let lines = (36 << 20) / line(0).len();
    let text: Vec<u8> = (0..lines).flat_map(line).collect();
    let root = root_with(&[("p/s.jsonl", &text)]);
    let scan = scanned(root.path());
    assert_eq!(scan.records.len(), lines);
    assert_eq!((scan.stats.malformed, scan.stats.bytes), (0, text.len() as u64));
}

#[test]
fn a_transcript_that_became_shorter_is_read_from_its_start() {
    let root = root_with(&[("p/s.jsonl", &LINE.repeat(3))]);
    let found = &discovered(root.path()).transcripts[0];
    let (mut reader, mut reading) = (Reader::new(), TranscriptContents::default());
    reader.read(found, 0, &mut reading, &|_| ()).unwrap();
    assert_eq!(reading.consumed, 3 * LINE.len() as u64);
    std::fs::write(&found.path, LINE).unwrap();
    reader.read(found, 3 * LINE.len() as u64, &mut reading, &|_| ()).unwrap();
    assert_eq!((reading.from, reading.consumed), (0, LINE.len() as u64));
    assert_eq!(reading.records.len(), 1);
}

#[test]
fn a_transcript_truncated_while_it_is_read_is_read_again() {
    let text = LINE.repeat((40 << 20) / LINE.len());
    let root = root_with(&[("p/s.jsonl", &text)]);
    let found = &discovered(root.path()).transcripts[0];
    let file = std::fs::OpenOptions::new().write(true).open(&found.path).unwrap();
    let keep = 1000 * LINE.len() as u64;
    // Cut the file when the first piece is reported, so later pieces are beyond its end.
    let cut = |_| file.set_len(keep).unwrap();
    let mut reading = TranscriptContents::default();
    Reader::new().read(found, 0, &mut reading, &cut).unwrap();
    assert_eq!(reading.consumed, keep);
    assert_eq!(reading.stats.records, 1000);
    assert_eq!(reading.stats.malformed, 0);
}

#[test]
fn a_transcript_that_keeps_shrinking_is_given_up_after_a_few_attempts() {
    let text = LINE.repeat((40 << 20) / LINE.len());
    let root = root_with(&[("p/s.jsonl", &text)]);
    let found = &discovered(root.path()).transcripts[0];
    let file = std::fs::OpenOptions::new().write(true).open(&found.path).unwrap();
    let shrink = |_| file.set_len(file.metadata().unwrap().len() - 4096).unwrap();
    let mut reading = TranscriptContents::default();
    let error = Reader::new().read(found, 0, &mut reading, &shrink).unwrap_err();
    assert!(error.to_string().contains("kept shrinking"));
    assert_eq!(reading.records.len(), 1, "what was read is kept");
}
