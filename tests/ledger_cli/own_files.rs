//! What no output may replace.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use crate::place::{Place, text};

/// The content of every file of cco's and of Claude Code's that an output could meet.
fn contents(place: &Place) -> Vec<(PathBuf, Vec<u8>)> {
    let transcripts =
        [place.transcript("-home-ada-engine", "s-1"), place.transcript("-home-ada-loom", "s-2")];
    let own = ["ledger.db", "usage.snapshot", "usage.snapshot.lock", "lock"]
        .map(|name| place.path("state").join(name));
    let read = |path: PathBuf| (path.clone(), fs::read(path).unwrap());
    transcripts.into_iter().chain(own).map(read).collect()
}

fn refuses(place: &Place, output: &Path) {
    let commands: [&[&str]; 2] =
        [&["ledger", "export", "--output", text(output)], &["ledger", "backup", text(output)]];
    for command in commands {
        let before = contents(place);
        place.cco(command).fails(2, &["use another file"]);
        assert_eq!(contents(place), before, "{command:?}");
    }
}

#[test]
fn no_output_replaces_a_file_of_ours_or_a_transcript() {
    let place = Place::counted();
    for (path, _) in contents(&place) {
        refuses(&place, &path);
    }
    // Names that mean something here, although there is no such file now.
    for name in ["ledger.db-wal", "ledger.db-shm", "usage.snapshot.new", "cco.log"] {
        let path = place.path("state").join(name);
        refuses(&place, &path);
        // SQLite makes its own when the ledger is read.
        assert!(name.starts_with("ledger.db") || !path.exists(), "{name}");
    }
    refuses(&place, &place.transcript("-home-ada-loom", "new"));
}

#[test]
fn neither_a_symlink_nor_a_hard_link_leads_an_output_to_one() {
    let place = Place::counted();
    symlink(place.path("state"), place.path("folder")).unwrap();
    refuses(&place, &place.path("folder/ledger.db"));
    refuses(&place, &place.path("folder/ledger.db-wal"));
    for (number, (path, _)) in contents(&place).into_iter().enumerate() {
        let (soft, hard) = (place.path(&format!("soft-{number}")), place.path(&format!("hard-{number}")));
        symlink(&path, &soft).unwrap();
        refuses(&place, &soft);
        fs::hard_link(&path, &hard).unwrap();
        refuses(&place, &hard);
        assert!(soft.is_symlink() && hard.exists());
    }
}

#[test]
fn a_device_is_no_output_file() {
    let place = Place::counted();
    place.cco(&["ledger", "export", "--output", "/dev/null"]).fails(2, &["not a regular file"]);
}

#[test]
fn a_config_file_or_a_setup_replaces_none_of_them_either() {
    let place = Place::counted();
    let run = |arguments: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_cco"));
        command.env_clear().env("HOME", place.path("")).env("CCO_STATE", place.path("state")).args(arguments);
        command.env("CLAUDE_CONFIG_DIR", place.path("root")).env("PATH", "/usr/bin:/bin");
        crate::place::Ran(command.output().unwrap())
    };
    for (path, before) in contents(&place) {
        run(&["config", "init", "--force", "--config", text(&path)]).fails(2, &["use another file"]);
        run(&["setup", "tmux", "--yes", "--file", text(&path)]).fails(2, &["use another file"]);
        assert_eq!(fs::read(&path).unwrap(), before);
    }
}
