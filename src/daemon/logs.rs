//! Reads a daemon's log: its end, what is appended, and its last error.
//!
//! Invariant: only the end of a file is ever in memory; a log that is rotated while it is followed is read to
//! its end first.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use crate::own_folder;

/// How much of a log's end is read, in bytes.
const WINDOW_BYTES: u64 = 1 << 20;

/// The last `lines` lines of the log at `path`; a missing log is empty.
pub fn tail(path: &Path, lines: usize) -> io::Result<String> {
    let text = end_of(path)?;
    let from = text.trim_end_matches('\n').rmatch_indices('\n').nth(lines.saturating_sub(1));
    let from = from.map_or(0, |(at, _)| at + 1);
    Ok(if lines == 0 { String::new() } else { text[from..].to_owned() })
}

/// The last error line of the log.
pub fn last_error(path: &Path) -> io::Result<Option<String>> {
    let text = end_of(path)?;
    // `2026-01-31T12:00:00.000000Z ERROR cco::ingest: …`, as the subscriber formats it.
    let line = text.lines().rev().find(|line| line.split_whitespace().nth(1) == Some("ERROR"));
    Ok(line.map(str::to_owned))
}

fn end_of(path: &Path) -> io::Result<String> {
    let Some(mut file) = own_folder::read(path)? else { return Ok(String::new()) };
    let from = file.metadata()?.len().saturating_sub(WINDOW_BYTES);
    file.seek(SeekFrom::Start(from))?;
    let mut bytes = Vec::new();
    file.take(WINDOW_BYTES).read_to_end(&mut bytes)?;
    let whole =
        if from == 0 { 0 } else { bytes.iter().position(|byte| *byte == b'\n').map_or(0, |at| at + 1) };
    Ok(String::from_utf8_lossy(&bytes[whole..]).into_owned())
}

/// Follows a log from its current end.
#[derive(Debug)]
pub struct Follow {
    path: PathBuf,
    file: Option<File>,
}

impl Follow {
    /// Follows the log at `path`, which need not exist yet.
    pub fn from_end(path: &Path) -> io::Result<Self> {
        let mut file = own_folder::read(path)?;
        if let Some(file) = &mut file {
            file.seek(SeekFrom::End(0))?;
        }
        Ok(Self { path: path.into(), file })
    }

    /// What was added since the last call.
    pub fn added(&mut self) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        if let Some(file) = &mut self.file {
            file.take(WINDOW_BYTES).read_to_end(&mut bytes)?;
        }
        if bytes.is_empty() && self.is_put_aside()? {
            self.file = own_folder::read(&self.path)?;
            if let Some(file) = &mut self.file {
                file.take(WINDOW_BYTES).read_to_end(&mut bytes)?;
            }
        }
        Ok(bytes)
    }

    fn is_put_aside(&self) -> io::Result<bool> {
        let Some(file) = &self.file else { return Ok(true) };
        let open = file.metadata()?;
        let standing = std::fs::metadata(&self.path);
        Ok(standing.is_ok_and(|standing| (standing.dev(), standing.ino()) != (open.dev(), open.ino())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_log_is_whole_lines() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cco.log");
        assert_eq!(tail(&path, 3).unwrap(), "", "there is none yet");
        std::fs::write(&path, "a\nb\nc\n").unwrap();
        assert_eq!(tail(&path, 2).unwrap(), "b\nc\n");
        assert_eq!(tail(&path, 9).unwrap(), "a\nb\nc\n");
        assert_eq!(tail(&path, 0).unwrap(), "");
    }

    #[test]
    fn the_last_error_is_found_among_other_lines() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cco.log");
        std::fs::write(&path, "T ERROR cco: one\nT ERROR cco: two\nT  INFO cco: no ERROR here\n").unwrap();
        assert_eq!(last_error(&path).unwrap(), Some("T ERROR cco: two".into()));
    }

    #[test]
    fn a_followed_log_goes_on_in_the_file_that_takes_its_place() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cco.log");
        let mut follow = Follow::from_end(&path).unwrap();
        std::fs::write(&path, "a\n").unwrap();
        assert_eq!(follow.added().unwrap(), b"a\n");
        std::fs::rename(&path, folder.path().join("cco.log.1")).unwrap();
        std::fs::write(folder.path().join("cco.log"), "b\n").unwrap();
        assert_eq!(follow.added().unwrap(), b"b\n");
        assert_eq!(follow.added().unwrap(), b"");
    }
}
