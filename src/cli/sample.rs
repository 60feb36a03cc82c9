//! The sample that `cco` shows where there are no transcripts yet: a made-up week of two projects.
//!
//! Invariant: it is unpacked into a throwaway folder and never mixed with real transcripts. Each line of
//! `sample.txt` is a project, a session, an age in minutes and the transcript line, whose time is `@`.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

use jiff::{SignedDuration, Timestamp};

const LINES: &str = include_str!("sample.txt");

/// Writes the sample's transcripts into `root`, dated back from `now`.
pub(super) fn unpack(root: &Path, now: Timestamp) -> io::Result<()> {
    for line in LINES.lines() {
        let mut parts = line.splitn(4, ' ');
        let (Some(project), Some(session), Some(age), Some(json)) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(io::Error::other("the bundled sample is malformed"));
        };
        let minutes = age.parse().map_err(io::Error::other)?;
        let at = now.checked_sub(SignedDuration::from_mins(minutes)).map_err(io::Error::other)?;
        let folder = root.join("projects").join(project);
        fs::create_dir_all(&folder)?;
        let mut transcript = open_for_appending(&folder.join(format!("{session}.jsonl")))?;
        writeln!(transcript, "{}", json.replace("\"timestamp\":\"@\"", &format!("\"timestamp\":\"{at}\"")))?;
    }
    Ok(())
}

fn open_for_appending(path: &Path) -> io::Result<File> {
    OpenOptions::new().create(true).append(true).open(path)
}
