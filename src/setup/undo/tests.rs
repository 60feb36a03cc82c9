//! Records that are made and taken back.

use super::*;
use crate::setup::change::Change;
use crate::state_folder::StateFolder;

/// A plan that a file of a package becomes this.
fn plan(path: &Path, after: &[u8]) -> Plan {
    let file = FileChange::look(path.to_owned()).unwrap();
    let package = path.parent().map(Path::to_owned);
    let file = FileChange { package, ..file.to((after.to_vec(), vec![Change::Whole])) };
    Plan { files: vec![file], ..Plan::default() }
}

#[test]
fn a_record_is_gone_before_its_copies_so_what_was_undone_is_never_undone_again() {
    let folder = tempfile::tempdir().unwrap();
    let records = Records::in_state(&StateFolder::new(folder.path().join("state")));
    let path = folder.path().join("file");
    let copy = records.folder().join("nvim.0.before");
    let undo = || {
        fs::write(&path, "mine").unwrap();
        records.apply("nvim", &plan(&path, b"ours")).unwrap();
        records.undo("nvim").unwrap().unwrap()
    };
    let planned = undo();
    fs::remove_file(&copy).unwrap();
    records.carry_out("nvim", &planned).unwrap();
    // Interrupted at the copy.
    let planned = undo();
    fs::remove_file(&copy).unwrap();
    fs::create_dir_all(copy.join("in the way")).unwrap();
    assert!(matches!(records.carry_out("nvim", &planned), Err(SetupError::Io { action: "remove", .. })));
    assert_eq!(fs::read(&path).unwrap(), b"mine");
    assert!(records.names().unwrap().is_empty() && records.undo("nvim").unwrap().is_none());
}

#[test]
fn a_file_is_ours_with_anything_that_was_ever_written_to_it() {
    let folder = tempfile::tempdir().unwrap();
    let records = Records::in_state(&StateFolder::new(folder.path().join("state")));
    let path = folder.path().join("package/file");
    records.apply("nvim", &plan(&path, b"one")).unwrap();
    // A write that fails once it is recorded: the file still holds what was written before.
    let second = plan(&path, b"two");
    fs::write(&path, "changed meanwhile").unwrap();
    assert!(matches!(records.apply("nvim", &second), Err(SetupError::Changed { .. })));
    fs::write(&path, "one").unwrap();
    let written = records.written("nvim").unwrap();
    assert_eq!(written.is_as_written(&path, b"one"), Some(true));
    assert_eq!(written.is_as_written(&path, b"two"), Some(true));
    assert_eq!(written.is_as_written(&path, b"mine"), Some(false));
    assert_eq!(written.is_as_written(&path.with_extension("other"), b"one"), None);
    let undo = records.undo("nvim").unwrap().unwrap();
    records.carry_out("nvim", &undo).unwrap();
    assert!(!path.exists());
}
