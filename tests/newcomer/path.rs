//! The path itself: from the first look to the end.

use std::fs;
use std::path::Path;

use crate::home::{Newcomer, text};
use crate::next_step::assert_names_a_next_step;

/// All integrations, by the program's own list: a new one is on the path without a word here.
fn integrations(newcomer: &Newcomer) -> Vec<String> {
    let list = newcomer.json(&["setup", "--json"]);
    list.as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap().to_owned()).collect()
}

fn is_set_up(newcomer: &Newcomer, name: &str) -> bool {
    let list = newcomer.json(&["setup", "--json"]);
    let found = list.as_array().unwrap().iter().find(|it| it["name"] == name).unwrap();
    found["is_set_up"].as_bool().unwrap()
}

/// The files that a setup would change, by the diff that it shows.
fn files_of(newcomer: &Newcomer, name: &str) -> Vec<String> {
    let shown = text(&newcomer.run(&["setup", name, "--dry-run"]).stdout);
    shown.lines().filter_map(|line| line.strip_prefix("+++ ")).map(str::to_owned).collect()
}

/// Writes every file that a setup changes, as its user may have it.
fn write_own_files(newcomer: &Newcomer) {
    // It must be there before setup adds to it.
    newcomer.write(".config/waybar/config.jsonc", "{\n  // mine\n  \"modules-right\": [\"clock\"]\n}\n");
    for name in integrations(newcomer) {
        for path in files_of(newcomer, &name) {
            let path = Path::new(&path).strip_prefix(newcomer.home()).unwrap();
            let is_json = path.extension().is_some_and(|end| end == "json");
            let own = if is_json { "{ \"model\": \"opus\"\t}\n" } else { "# mine, without a line break" };
            // A file that is called like us is ours alone.
            let is_shared = !path.file_stem().is_some_and(|name| name == "cco" || name == "cco-peek");
            if is_shared && !newcomer.home().join(path).exists() {
                newcomer.write(path, own);
            }
        }
    }
}

/// Sets up an integration, and undoes that: everything is as it was.
#[track_caller]
fn assert_undo_restores(newcomer: &Newcomer, name: &str) {
    let before = newcomer.listing_of_others();
    let output = newcomer.run(&["setup", name, "--yes"]);
    if output.status.code() == Some(4) {
        // There is nothing to add to.
        assert_names_a_next_step(newcomer, &["setup", name], &text(&output.stderr));
    } else {
        assert_eq!(output.status.code(), Some(0), "{name}: {}", text(&output.stderr));
        assert!(is_set_up(newcomer, name), "{name}");
        let changed = newcomer.listing_of_others();
        assert_ne!(changed, before, "{name}");
        newcomer.done(&["setup", name, "--yes"]);
        assert_eq!(newcomer.listing_of_others(), changed, "{name}: a second setup changes nothing");
        newcomer.done(&["setup", name, "--undo", "--yes"]);
        assert!(!is_set_up(newcomer, name), "{name}");
    }
    assert_eq!(newcomer.listing_of_others(), before, "{name}");
}

#[test]
fn the_first_look_at_an_empty_home_shows_a_sample_and_leaves_nothing() {
    let newcomer = Newcomer::new();
    let output = newcomer.run(&[]);
    assert_eq!(output.status.code(), Some(0));
    assert!(text(&output.stdout).contains('$'), "{}", text(&output.stdout));
    assert_names_a_next_step(&newcomer, &[], &text(&output.stderr));
    newcomer.done(&["--help"]);
    newcomer.done(&["doctor"]);
    newcomer.done(&["setup"]);
    assert_eq!(newcomer.listing(), [].into());
}

#[test]
fn usage_stays_after_all_transcripts_and_their_folder_are_gone() {
    let newcomer = Newcomer::with_transcripts();
    let before = newcomer.json(&["--json"]);
    assert!(before["totals"]["requests"].as_u64().unwrap() > 0, "{before}");
    fs::remove_dir_all(newcomer.home().join(".claude")).unwrap();
    for command in
        [&["--json"][..], &["total", "--json"], &["publish", "--once", "--json"], &["limits", "--json"]]
    {
        assert_eq!(newcomer.json(command)["totals"], before["totals"], "{command:?}");
    }
    let shown = newcomer.run(&[]);
    assert!(!text(&shown.stderr).contains("sample"), "{}", text(&shown.stderr));
    assert!(text(&shown.stderr).contains("showing what was counted before"), "{}", text(&shown.stderr));
}

#[test]
fn a_ledger_into_which_nothing_was_counted_takes_the_place_of_no_sample() {
    let newcomer = Newcomer::new();
    newcomer.done(&["daemon", "start"]);
    newcomer.done(&["daemon", "stop"]);
    assert!(newcomer.state().join("ledger.db").exists());
    let shown = newcomer.run(&[]);
    assert!(text(&shown.stderr).contains("sample"), "{}", text(&shown.stderr));
    assert_eq!(newcomer.run(&["total"]).status.code(), Some(4));
}

#[test]
fn each_setup_is_undone_byte_by_byte_in_a_home_without_files() {
    let newcomer = Newcomer::with_transcripts();
    for name in integrations(&newcomer) {
        assert_undo_restores(&newcomer, &name);
    }
}

#[test]
fn each_setup_is_undone_byte_by_byte_in_a_home_with_files() {
    let newcomer = Newcomer::with_transcripts();
    write_own_files(&newcomer);
    let mut names = integrations(&newcomer);
    // It installs a file that is made elsewhere.
    names.retain(|name| name != "vscode");
    for name in &names {
        let shown = text(&newcomer.run(&["setup", name, "--dry-run"]).stdout);
        assert!(shown.lines().any(|line| line.starts_with('+')), "{name} changes nothing: {shown}");
        assert_undo_restores(&newcomer, name);
    }
    // All of them together, undone in the order in which they came.
    let before = newcomer.listing_of_others();
    for arguments in [&["--yes"][..], &["--undo", "--yes"]] {
        for name in &names {
            newcomer.done(&[&["setup", name], arguments].concat());
        }
    }
    assert_eq!(newcomer.listing_of_others(), before);
}

/// Takes the whole path in a home: everything is well, and nothing is left.
fn take(newcomer: &Newcomer) {
    let before = newcomer.listing();

    assert!(newcomer.done(&[]).contains("$0.01"), "{}", newcomer.done(&[]));
    newcomer.done(&["config", "init"]);
    newcomer.done(&["daemon", "start"]);
    for name in integrations(newcomer) {
        let output = newcomer.run(&["setup", &name, "--yes"]);
        // There may be nothing to add to.
        assert!(matches!(output.status.code(), Some(0 | 4)), "{name}: {}", text(&output.stderr));
    }
    newcomer.done(&["setup", "claude", "--keep-transcripts", "3650", "--yes"]);
    let config = newcomer.config_with_new_prices();
    let document = newcomer.json(&["doctor", "--json", "--config", config.to_str().unwrap()]);
    assert_eq!(document["verdict"], "ok", "{document:#}");
    newcomer.done(&["daily"]);
    assert!(newcomer.run(&["cco-peek", "statusline"]).status.success());
    newcomer.done(&["ledger", "verify"]);

    newcomer.done(&["uninstall", "--yes"]);
    let after = newcomer.listing();
    let left: Vec<_> = after.keys().filter(|path| !before.contains_key(*path)).collect();
    assert!(left.is_empty(), "left: {left:?}");
    assert_eq!(after, before);
    assert_eq!(newcomer.run(&["daemon", "status"]).status.code(), Some(3), "nothing runs");
}

#[test]
fn from_install_to_uninstall_all_is_well_and_nothing_is_left_in_a_home_without_files() {
    take(&Newcomer::with_transcripts());
}

#[test]
fn from_install_to_uninstall_all_is_well_and_nothing_is_left_in_a_home_with_files() {
    let newcomer = Newcomer::with_transcripts();
    write_own_files(&newcomer);
    take(&newcomer);
}

#[test]
fn a_service_is_uninstalled_with_the_folders_that_were_made_for_it() {
    let newcomer = Newcomer::with_transcripts();
    let before = newcomer.listing();
    for arguments in [&["service", "install"][..], &["uninstall", "--yes"]] {
        let mut command = newcomer.command("cco");
        // A manager that agrees to everything.
        command.args(arguments).args(["--manager", "systemd"]).env("CCO_SYSTEMCTL", "true");
        let output = command.output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
    }
    assert_eq!(newcomer.listing(), before);
}
