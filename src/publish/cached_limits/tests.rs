//! Which files are read, and when again.

use std::fs::File;
use std::os::unix::fs::{chown, symlink};
use std::time::{Duration, SystemTime};

use super::*;

const NOW: i64 = 1_795_791_600_000;

/// A home with a root as Claude Code makes it.
struct Home(tempfile::TempDir);

impl Home {
    fn new() -> Self {
        let home = Self(tempfile::tempdir().unwrap());
        fs::create_dir_all(home.root().join("projects")).unwrap();
        home
    }

    fn root(&self) -> PathBuf {
        self.0.path().join(".claude")
    }

    fn state(&self) -> PathBuf {
        self.0.path().join(".claude.json")
    }

    fn look(&self, cached: &mut CachedLimits) -> Option<Limits> {
        cached.look(&[self.root()], NOW)
    }
}

fn state(percent: u64) -> String {
    format!(
        r#"{{"numStartups": 5, "projects": {{"/p": {{"history": ["secret"]}}}}, "cachedUsageUtilization": {{
            "fetchedAtMs": {}, "utilization": {{"five_hour": {{"utilization": {percent}}}}}}}}}"#,
        NOW - 1000
    )
}

fn percent(limits: &Limits) -> Option<u64> {
    limits.five_hour().map(|limit| limit.used_millionths / 10_000)
}

#[test]
fn a_file_that_is_replaced_or_rewritten_is_read_again_and_an_unchanged_one_is_not() {
    let home = Home::new();
    let mut cached = CachedLimits::default();
    fs::write(home.state(), state(40)).unwrap();
    let written = SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_000_000);
    let dated = |path: &Path| File::options().write(true).open(path).unwrap().set_modified(written).unwrap();
    dated(&home.state());
    assert_eq!(home.look(&mut cached).as_ref().map(percent), Some(Some(40)));
    assert_eq!(home.look(&mut cached), None);

    // Nothing but its bytes differs: whoever opened it would see that.
    fs::write(home.state(), state(41)).unwrap();
    dated(&home.state());
    assert_eq!(home.look(&mut cached), None);

    let part = home.0.path().join("part");
    fs::write(&part, state(42)).unwrap();
    dated(&part);
    fs::rename(&part, home.state()).unwrap();
    assert_eq!(home.look(&mut cached).as_ref().map(percent), Some(Some(42)), "another file");
    fs::write(home.state(), state(43)).unwrap();
    assert_eq!(home.look(&mut cached).as_ref().map(percent), Some(Some(43)), "another time");
    fs::remove_file(home.state()).unwrap();
    assert_eq!(home.look(&mut cached).as_ref().map(percent), Some(None));
}

#[test]
fn a_state_file_in_the_root_itself_counts_as_well() {
    let home = Home::new();
    let mut cached = CachedLimits::default();
    fs::write(home.root().join(".claude.json"), state(40)).unwrap();
    assert_eq!(home.look(&mut cached).as_ref().map(percent), Some(Some(40)));
    fs::write(home.state(), state(45)).unwrap();
    assert_eq!(home.look(&mut cached).as_ref().map(percent), Some(Some(45)));
    assert_eq!(cached.look(&[], NOW).as_ref().map(percent), Some(None), "the root is none of ours any more");
}

#[test]
fn without_a_state_file_the_first_look_says_so() {
    assert_eq!(Home::new().look(&mut CachedLimits::default()), Some(Limits::default()));
}

#[test]
fn what_is_no_state_file_of_the_roots_owner_is_left_alone() {
    let home = Home::new();
    let none = |what: &str| {
        assert_eq!(home.look(&mut CachedLimits::default()), Some(Limits::default()), "{what}");
    };
    for damaged in ["", "{", "[]", "null", "\u{0}", "{\"cachedUsageUtilization\": \"x\"}"] {
        fs::write(home.state(), damaged).unwrap();
        none(damaged);
    }
    fs::remove_file(home.state()).unwrap();
    fs::create_dir(home.state()).unwrap();
    none("a folder");
    fs::remove_dir(home.state()).unwrap();
    let mode = rustix::fs::Mode::from_raw_mode(0o600);
    rustix::fs::mknodat(rustix::fs::CWD, home.state(), rustix::fs::FileType::Fifo, mode, 0).unwrap();
    none("a pipe that nobody writes to");
    fs::remove_file(home.state()).unwrap();
    symlink("/dev/zero", home.state()).unwrap();
    none("a device");
    fs::remove_file(home.state()).unwrap();
    symlink(home.state(), home.state()).unwrap();
    none("a link to itself");
    fs::remove_file(home.state()).unwrap();
    File::create(home.state()).unwrap().set_len(BYTES_MAX + 1).unwrap();
    none("a giant");
    fs::write(home.state(), state(40)).unwrap();
    if rustix::process::geteuid().is_root() {
        chown(home.state(), Some(12_345), None).unwrap();
        none("somebody else's");
        chown(home.state(), Some(0), None).unwrap();
    }
    let kept = home.0.path().join("dotfiles.json");
    fs::rename(home.state(), &kept).unwrap();
    symlink(&kept, home.state()).unwrap();
    let found = home.look(&mut CachedLimits::default());
    assert_eq!(
        found.as_ref().map(percent),
        Some(Some(40)),
        "people keep their files elsewhere and link to them"
    );
}
