//! Reading a ledger on a read-only file system, where SQLite cannot make the files that it shares with a writer.
//!
//! Invariant: only a file that nobody can change here is read without locks, and only if no commits are waiting in the
//! log beside it: they would be missing from what is read.

use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use rustix::fs::{StatVfsMountFlags, statvfs};

/// Whether the file at `path` is on a read-only file system.
pub(super) fn is_read_only(path: &Path) -> io::Result<bool> {
    Ok(statvfs(path)?.f_flag.contains(StatVfsMountFlags::RDONLY))
}

/// Whether the ledger at `path` has commits that only its log holds.
pub(super) fn has_log(path: &Path) -> io::Result<bool> {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    match std::fs::metadata(log) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        found => Ok(found?.len() > 0),
    }
}

/// The URI by which SQLite opens a file that never changes.
pub(super) fn uri(path: &Path) -> String {
    use std::fmt::Write as _;
    let mut uri = String::from("file:");
    for byte in path.as_os_str().as_bytes() {
        match byte {
            b'/' | b'.' | b'-' | b'_' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => {
                uri.push(char::from(*byte));
            }
            // Writing to a string cannot fail.
            _ => write!(uri, "%{byte:02x}").unwrap_or_default(),
        }
    }
    uri + "?immutable=1"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_with_any_characters_is_one_file_in_a_uri() {
        assert_eq!(uri(Path::new("/a b/ü?#%.db")), "file:/a%20b/%c3%bc%3f%23%25.db?immutable=1");
    }
}
