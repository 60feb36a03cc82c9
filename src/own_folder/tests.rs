//! Tests which files are refused, and that refusing them changes nothing.

use std::io::Read as _;
use std::os::unix::fs::{PermissionsExt as _, chown, symlink};

use super::*;

fn mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

fn refused<T: fmt::Debug>(result: io::Result<T>) -> String {
    let error = result.unwrap_err();
    assert!(is_refusal(&error), "{error}");
    error.to_string()
}

#[test]
fn a_replaced_file_is_the_owners_alone_and_is_read_back() {
    let state = tempfile::tempdir().unwrap();
    let folder = OwnFolder::make(&state.path().join("made/here")).unwrap();
    assert!(folder.read("file").unwrap().is_none());
    folder.replace("file", b"old", true).unwrap();
    folder.replace("file", b"new", false).unwrap();
    let mut text = String::new();
    folder.read("file").unwrap().unwrap().read_to_string(&mut text).unwrap();
    assert_eq!(text, "new");
    let path = folder.path().join("file");
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(folder.path().metadata().unwrap().permissions().mode() & 0o777, 0o700);
    assert_eq!(folder.names().unwrap(), ["file"], "no part is left");
}

#[test]
fn a_folder_that_others_can_write_to_is_refused() {
    let state = tempfile::tempdir().unwrap();
    for open_to in [0o770, 0o702, 0o1777] {
        mode(state.path(), open_to);
        for purpose in [Use::Read, Use::Write] {
            assert!(refused(OwnFolder::open(state.path(), purpose)).contains("chmod go-w"));
        }
    }
    mode(state.path(), 0o755);
    OwnFolder::open(state.path(), Use::Write).unwrap();
}

#[test]
fn links_pipes_and_folders_are_refused_without_waiting_and_without_harm() {
    let state = tempfile::tempdir().unwrap();
    let folder = OwnFolder::open(state.path(), Use::Write).unwrap();
    let victim = tempfile::NamedTempFile::new().unwrap();
    symlink(victim.path(), state.path().join("link")).unwrap();
    let pipe = state.path().join("pipe");
    let made = rustix::fs::mknodat(rustix::fs::CWD, &pipe, FileType::Fifo, OWNER, 0);
    made.unwrap();
    std::fs::create_dir(state.path().join("folder")).unwrap();
    for (name, kind) in [("link", "a symbolic link"), ("pipe", "a named pipe"), ("folder", "a folder")] {
        assert!(refused(folder.read(name)).contains(kind), "{name}");
        assert!(refused(folder.append(name)).contains(kind), "{name}");
        assert!(refused(folder.check(name, Use::Read)).contains(kind), "{name}");
    }
    folder.replace("link", b"ours", false).unwrap();
    assert_eq!(std::fs::read(victim.path()).unwrap(), b"", "the link went, not what it leads to");
}

#[test]
fn a_file_with_another_name_is_read_and_not_written_to() {
    let state = tempfile::tempdir().unwrap();
    let folder = OwnFolder::open(state.path(), Use::Write).unwrap();
    folder.replace("file", b"text", false).unwrap();
    std::fs::hard_link(state.path().join("file"), state.path().join("other")).unwrap();
    assert!(folder.read("file").unwrap().is_some());
    assert!(refused(folder.append("file")).contains("hard links"));
}

#[test]
fn a_file_that_others_can_write_to_is_refused() {
    let state = tempfile::tempdir().unwrap();
    let folder = OwnFolder::open(state.path(), Use::Write).unwrap();
    folder.replace("file", b"text", false).unwrap();
    mode(&state.path().join("file"), 0o620);
    assert!(refused(folder.read("file")).contains("chmod go-w"));
}

#[test]
fn a_folder_or_file_of_another_user_is_refused_for_root_as_well() {
    let state = tempfile::tempdir().unwrap();
    let folder = OwnFolder::open(state.path(), Use::Write).unwrap();
    folder.replace("file", b"text", false).unwrap();
    if chown(state.path().join("file"), Some(65_534), None).is_err() {
        eprintln!("skipped: only root can give files away");
        return;
    }
    assert!(refused(folder.read("file")).contains("belongs to user 65534"));
    chown(state.path(), Some(65_534), None).unwrap();
    assert!(refused(OwnFolder::open(state.path(), Use::Read)).contains("belongs to user 65534"));
}

#[test]
fn a_folder_behind_a_link_is_judged_itself() {
    let state = tempfile::tempdir().unwrap();
    let real = state.path().join("real");
    let link = state.path().join("link");
    std::fs::create_dir(&real).unwrap();
    symlink(&real, &link).unwrap();
    mode(&real, 0o700);
    OwnFolder::open(&link, Use::Write).unwrap();
    mode(&real, 0o777);
    refused(OwnFolder::open(&link, Use::Write));
}
