//! Dotfiles that are links, and files with modes of their own.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};

use crate::home::{Home, text};

#[test]
fn a_linked_file_is_changed_where_it_is_and_keeps_its_mode() {
    let home = Home::new();
    let real = home.write("dotfiles/claude/settings.json", "{\"a\": 1}\n");
    fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).unwrap();
    fs::create_dir(home.path().join(".claude")).unwrap();
    let link = home.path().join(".claude/settings.json");
    symlink("../dotfiles/claude/settings.json", &link).unwrap();
    for undo in [false, true] {
        home.done(if undo { &["setup", "claude", "--undo", "--yes"] } else { &["setup", "claude", "--yes"] });
        assert!(link.symlink_metadata().unwrap().is_symlink());
        assert_eq!(fs::metadata(&real).unwrap().permissions().mode() & 0o777, 0o640);
        assert_eq!(text(&fs::read(&real).unwrap()).contains("statusline"), !undo);
        assert_eq!(fs::read_dir(real.parent().unwrap()).unwrap().count(), 1, "nothing is left beside it");
    }
    assert_eq!(text(&fs::read(&real).unwrap()), "{\"a\": 1}\n");
}

#[test]
fn a_link_that_leads_nowhere_yet_is_followed() {
    let home = Home::new();
    let link = home.path().join(".tmux.conf");
    symlink("dotfiles/tmux.conf", &link).unwrap();
    home.done(&["setup", "tmux", "--yes"]);
    assert!(home.path().join("dotfiles/tmux.conf").is_file());
    home.done(&["setup", "tmux", "--undo", "--yes"]);
    assert!(link.symlink_metadata().unwrap().is_symlink());
    assert!(!home.path().join("dotfiles").exists());
    symlink(".zshrc", home.path().join(".zshrc")).unwrap();
    let output = home.cco(&["setup", "zsh", "--yes"]);
    assert!(text(&output.stderr).contains("form a loop"), "{}", text(&output.stderr));
}

#[test]
fn our_part_is_taken_out_of_a_file_whose_folder_became_a_link() {
    let home = Home::new();
    home.done(&["setup", "starship", "--yes"]);
    let [folder, moved] = [".config", "dotfiles"].map(|name| home.path().join(name));
    fs::rename(&folder, &moved).unwrap();
    symlink(&moved, &folder).unwrap();
    let file = home
        .write("dotfiles/starship.toml", [&home.read("dotfiles/starship.toml")[..], b"mine = 1\n"].concat());
    home.done(&["setup", "starship", "--undo", "--yes"]);
    assert_eq!(text(&fs::read(file).unwrap()).trim(), "mine = 1");
}

#[test]
fn what_is_recorded_is_readable_by_its_owner_alone() {
    let home = Home::new();
    home.write(".claude/settings.json", "{\"env\": {\"TOKEN\": \"secret\"}}");
    home.done(&["setup", "claude", "--yes"]);
    let folder = home.path().join(".local/state/cco/setup");
    assert_eq!(fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700);
    for entry in fs::read_dir(folder).unwrap() {
        assert_eq!(entry.unwrap().metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }
}
