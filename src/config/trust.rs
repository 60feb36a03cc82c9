//! Whether a config file may name a command: whoever can write the file decides what runs as its user.
//!
//! Invariant: a command is taken only from a file that nobody but its user and root can write. What is judged is the
//! open file, not its path. Used when the file is read.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

/// The write permission of group and others.
const OTHERS_WRITE: u32 = 0o022;

/// Why no command is taken from the file at `path`, with what to do; `None` if it may name one. `whose` is what the command
/// is for.
pub(super) fn refusal(path: &Path, metadata: &Metadata, whose: &str) -> Option<String> {
    let user = rustix::process::geteuid().as_raw();
    let path = path.display();
    if metadata.uid() != user && metadata.uid() != 0 {
        let words =
            format!("{path} belongs to another user, so its {whose} command is not run: make it your own");
        return Some(words);
    }
    (metadata.mode() & OTHERS_WRITE != 0)
        .then(|| format!("others can write {path}, so its {whose} command is not run: chmod go-w '{path}'"))
}
