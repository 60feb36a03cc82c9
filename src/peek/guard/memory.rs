//! What the guard remembers: which warnings it gave, and which prompt may pass. A small file beside the snapshot.
//!
//! Each line is a hash of what a warning was about, `pass MS` until when the next prompt may pass, or `passing HASH` of the
//! session whose prompt does. Invariants: the file is bounded and in a folder that nobody else can write to; it is replaced
//! whole; nothing of a session or a project stands in it.
//!
//! Two guards may run at once, such as the hooks of two tool calls. Each reads the file, changes what it read and replaces
//! the file, so the last one undoes what the other changed meanwhile: a warning comes twice; a pass is lost, and is given
//! again; a pass that was used or ended holds once more, for a prompt within its ten minutes or until its session's next
//! prompt. No limit of the config file changes by that, and a pass is only there because the user gave one. A lock would rule
//! it out, but every hook would wait for a guard that hangs, and so would Claude.

use std::ffi::OsString;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use xxhash_rust::xxh3::xxh3_128;

use crate::own_folder::{OwnFolder, Use};

/// The most lines that are kept; the newest are.
const LINES_MAX: usize = 256;
/// The most bytes that are read.
const BYTES_MAX: u64 = 64 << 10;
/// How long a pass waits for its prompt, in milliseconds.
pub(super) const PASS_MS: i64 = 10 * 60_000;

/// What is remembered.
pub(super) struct Memory {
    folder: io::Result<OwnFolder>,
    name: String,
    lines: Vec<String>,
}

/// Whether something was said before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// It was not, and is remembered from now on.
    New,
    Before,
    /// Nothing can be remembered.
    Unknown,
}

/// The file for a snapshot.
pub(crate) fn file_of(snapshot: &Path) -> PathBuf {
    let mut name = snapshot.file_name().map(OsString::from).unwrap_or_default();
    name.push(".guard");
    snapshot.with_file_name(name)
}

impl Memory {
    /// Reads what is remembered beside a snapshot. What cannot be read is not remembered.
    pub(super) fn beside(snapshot: &Path) -> Self {
        let path = file_of(snapshot);
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let folder = OwnFolder::open(folder, Use::Write);
        let mut text = String::new();
        if let Ok(Ok(Some(file))) = folder.as_ref().map(|folder| folder.read(&name)) {
            let mut bytes = Vec::new();
            let read = file.take(BYTES_MAX).read_to_end(&mut bytes);
            text = read.map(|_| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
        }
        Self { folder, name, lines: text.lines().map(str::to_owned).collect() }
    }

    /// Remembers that something was said. `parts` identify it.
    pub(super) fn say(&mut self, parts: &[&str]) -> Said {
        let hash = hash(parts);
        if self.lines.contains(&hash) {
            return Said::Before;
        }
        self.lines.push(hash);
        if self.save().is_ok() { Said::New } else { Said::Unknown }
    }

    /// Lets the next prompt through.
    pub(super) fn allow(&mut self, now: i64) -> io::Result<()> {
        self.lines.retain(|line| !line.starts_with("pass "));
        self.lines.push(format!("pass {}", now + PASS_MS));
        self.save()
    }

    /// Ends the pass of a session's last prompt, because another one was sent.
    pub(super) fn end_pass(&mut self, session: &str) -> io::Result<()> {
        let passing = passing(session);
        if !self.lines.contains(&passing) {
            return Ok(());
        }
        self.lines.retain(|line| *line != passing);
        self.save()
    }

    /// Whether this prompt passes. If so, what its session does until its next prompt passes as well. A pass is for one prompt.
    pub(super) fn passes(&mut self, session: &str, now: i64) -> bool {
        let until = |line: &String| line.strip_prefix("pass ")?.parse::<i64>().ok();
        // One that ends later was given by a clock that was set back since.
        let is_allowed = self
            .lines
            .iter()
            .filter_map(until)
            .any(|until| now <= until && until <= now.saturating_add(PASS_MS));
        if !is_allowed {
            return false;
        }
        self.lines.retain(|line| !line.starts_with("pass "));
        self.lines.push(passing(session));
        // A pass that cannot be removed would hold for every prompt.
        self.save().is_ok()
    }

    /// Whether what a session does belongs to a prompt that passed.
    pub(super) fn is_passing(&self, session: &str) -> bool {
        self.lines.contains(&passing(session))
    }

    fn save(&mut self) -> io::Result<()> {
        let surplus = self.lines.len().saturating_sub(LINES_MAX);
        self.lines.drain(..surplus);
        let text: String = self.lines.iter().map(|line| format!("{line}\n")).collect();
        match &self.folder {
            Ok(folder) => folder.replace(&self.name, text.as_bytes(), false),
            Err(error) => Err(io::Error::new(error.kind(), error.to_string())),
        }
    }
}

fn passing(session: &str) -> String {
    format!("passing {}", hash(&[session]))
}

fn hash(parts: &[&str]) -> String {
    // Lengths keep parts apart.
    let bytes: Vec<u8> = parts
        .iter()
        .flat_map(|part| (part.len() as u64).to_le_bytes().into_iter().chain(part.bytes()))
        .collect();
    format!("{:032x}", xxh3_128(&bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("usage.snapshot");
        (folder, path)
    }

    #[test]
    fn something_is_said_once_also_by_another_process() {
        let (_folder, path) = place();
        let say = |parts: &[&str]| Memory::beside(&path).say(parts);
        assert_eq!([say(&["warn", "s"]), say(&["warn", "s"])], [Said::New, Said::Before]);
        assert_eq!([say(&["warn", "t"]), say(&["war", "ns"])], [Said::New, Said::New]);
        assert!(!std::fs::read_to_string(file_of(&path)).unwrap().contains("warn"), "only hashes are kept");
    }

    #[test]
    fn the_file_stays_small_and_forgets_the_oldest_first() {
        let (_folder, path) = place();
        let mut memory = Memory::beside(&path);
        for number in 0..LINES_MAX + 10 {
            memory.say(&[&number.to_string()]);
        }
        let mut memory = Memory::beside(&path);
        assert_eq!(memory.lines.len(), LINES_MAX);
        assert_eq!(memory.say(&["10"]), Said::Before);
        assert_eq!(memory.say(&["9"]), Said::New);
    }

    #[test]
    fn a_pass_is_for_one_prompt_and_what_its_session_does_until_the_next() {
        let (_folder, path) = place();
        let memory = || Memory::beside(&path);
        assert!(!memory().passes("s", 0), "nobody allowed it");
        memory().allow(0).unwrap();
        assert!(memory().passes("s", 1));
        assert!(memory().is_passing("s") && !memory().is_passing("t"));
        assert!(!memory().passes("t", 2), "it is used up");
        memory().end_pass("t").unwrap();
        assert!(memory().is_passing("s"), "that is another session's prompt");
        assert!(!memory().passes("s", 3));
        memory().end_pass("s").unwrap();
        assert!(!memory().is_passing("s"));
    }

    #[test]
    fn a_pass_ends_after_ten_minutes_and_one_from_the_future_is_none() {
        let (_folder, path) = place();
        Memory::beside(&path).allow(0).unwrap();
        assert!(!Memory::beside(&path).passes("s", PASS_MS + 1));
        Memory::beside(&path).allow(1_000_000_000).unwrap();
        assert!(!Memory::beside(&path).passes("s", 0));
    }

    #[test]
    fn what_somebody_else_put_in_its_place_is_neither_followed_nor_believed() {
        let (folder, path) = place();
        let victim = folder.path().join("victim");
        std::fs::write(&victim, "mine\n").unwrap();
        std::os::unix::fs::symlink(&victim, file_of(&path)).unwrap();
        Memory::beside(&path).say(&["x"]);
        assert_eq!(std::fs::read_to_string(&victim).unwrap(), "mine\n");

        let long = "x".repeat(1 << 20);
        for bytes in [&b"\xff\xfe\0pass 99999999999999999999\npass -1\npassing\n"[..], long.as_bytes()] {
            std::fs::remove_file(file_of(&path)).unwrap();
            std::fs::write(file_of(&path), bytes).unwrap();
            assert!(!Memory::beside(&path).passes("s", 0));
            assert_eq!(Memory::beside(&path).say(&["y"]), Said::New);
        }
    }

    #[test]
    fn without_a_folder_of_ones_own_nothing_is_remembered() {
        use std::os::unix::fs::PermissionsExt as _;
        let (folder, path) = place();
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o777)).unwrap();
        assert_eq!(Memory::beside(&path).say(&["x"]), Said::Unknown);
        assert!(Memory::beside(&path).allow(0).is_err());
        assert_eq!(Memory::beside(Path::new("/nowhere/at/all")).say(&["x"]), Said::Unknown);
    }
}
