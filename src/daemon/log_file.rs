//! A log of bounded size: full files are renamed, and the oldest is deleted.
//!
//! Invariant: at most [`KEPT`] files of about [`LIMIT_BYTES`]; a record is never split over two. Private to the
//! user: logs name projects.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::own_folder;

/// Size at which a file is rotated, in bytes.
pub const LIMIT_BYTES: u64 = 2 << 20;
/// Files of a log, the current one included.
pub const KEPT: u32 = 5;

/// The current file of a log, `cco.log`; older ones are `cco.log.1` to `cco.log.4`.
#[derive(Debug)]
pub struct RotatingFile {
    path: PathBuf,
    file: File,
    bytes: u64,
    limit_bytes: u64,
}

impl RotatingFile {
    /// Appends to the log at `path`, which is created if needed.
    pub fn open(path: &Path) -> io::Result<Self> {
        Self::with_limit(path, LIMIT_BYTES)
    }

    fn with_limit(path: &Path, limit_bytes: u64) -> io::Result<Self> {
        let file = own_folder::append(path)?;
        let bytes = file.metadata()?.len();
        Ok(Self { path: path.into(), file, bytes, limit_bytes })
    }

    /// Renames the current file and starts a new one.
    fn rotate(&mut self) -> io::Result<()> {
        for number in (1..KEPT).rev() {
            let from = if number == 1 { self.path.clone() } else { numbered(&self.path, number - 1) };
            match std::fs::rename(from, numbered(&self.path, number)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        self.file = own_folder::append(&self.path)?;
        self.bytes = 0;
        Ok(())
    }
}

impl Write for RotatingFile {
    /// Writes a whole record.
    fn write(&mut self, record: &[u8]) -> io::Result<usize> {
        if self.bytes > 0 && self.bytes + record.len() as u64 > self.limit_bytes {
            self.rotate()?;
        }
        self.file.write_all(record)?;
        self.bytes += record.len() as u64;
        Ok(record.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// The rotated file number `number`, from 1.
fn numbered(path: &Path, number: u32) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{number}"));
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_keeps_its_newest_records_in_at_most_five_files() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cco.log");
        let mut log = RotatingFile::with_limit(&path, 20).unwrap();
        for record in 0..40 {
            writeln!(log, "record {record}").unwrap();
        }
        let mut names: Vec<_> =
            std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        assert_eq!(names, ["cco.log", "cco.log.1", "cco.log.2", "cco.log.3", "cco.log.4"]);
        for name in names {
            assert!(folder.path().join(name).metadata().unwrap().len() <= 20);
        }
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "record 38\nrecord 39\n");
        assert_eq!(std::fs::read_to_string(numbered(&path, 4)).unwrap(), "record 30\nrecord 31\n");
    }

    #[test]
    fn a_log_is_gone_on_with_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cco.log");
        writeln!(RotatingFile::with_limit(&path, 20).unwrap(), "first").unwrap();
        let mut log = RotatingFile::with_limit(&path, 20).unwrap();
        writeln!(log, "second, which is long").unwrap();
        assert_eq!(std::fs::read_to_string(numbered(&path, 1)).unwrap(), "first\n");
    }
}
