//! VS Code's extension, installed and removed by an editor that notes how it was called.

use std::fs;
use std::io::{Cursor, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Output, Stdio};

use crate::home::{Home, text};

/// What each editor of these tests does. Its `PATH` has nothing else.
const EDITOR: &str = r#"#!/bin/sh
echo "${0##*/} $*" >>"$HOME/calls"
case "$1" in
--list-extensions)
    [ ! -e "$HOME/lists-nothing" ] || { echo "it does not start" >&2; exit 1; }
    [ ! -e "$HOME/extensions" ] || /bin/cat "$HOME/extensions" ;;
--install-extension)
    [ ! -e "$HOME/refuses" ] || { echo "no space left" >&2; exit 1; }
    [ -e "$HOME/ignores" ] || echo "CCO.cco-usage@$(/bin/cat "$HOME/version")" >"$HOME/extensions"
    [ ! -e "$HOME/ends-badly" ] || { echo "cannot reload" >&2; exit 1; } ;;
--uninstall-extension) /bin/rm "$HOME/extensions" ;;
esac
"#;

/// An extension's file with this identifier, version and code.
fn vsix(publisher: &str, name: &str, version: &str, code: &str) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let manifest = serde_json::json!({ "publisher": publisher, "name": name, "version": version });
    for (file, text) in [("package.json", manifest.to_string()), ("dist/extension.cjs", code.to_owned())] {
        let how = zip::write::SimpleFileOptions::default();
        archive.start_file(format!("extension/{file}"), how).unwrap();
        archive.write_all(text.as_bytes()).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

/// Puts an extension's file there, which editors will install as this version.
fn offer(home: &Home, version: &str, code: &str) {
    home.write("a b.vsix", vsix("cco", "cco-usage", version, code));
    home.write("version", version);
}

/// A home with these editors, and an extension file.
fn home_with(editors: &[&str]) -> Home {
    let home = Home::new();
    offer(&home, "0.1.0", "1");
    for editor in editors {
        let program = home.write(&format!("bin/{editor}"), EDITOR);
        fs::set_permissions(program, fs::Permissions::from_mode(0o755)).unwrap();
    }
    home
}

fn setup(home: &Home, arguments: &[&str]) -> Output {
    let mut command = home.command(env!("CARGO_BIN_EXE_cco"));
    command.env("PATH", home.path().join("bin")).current_dir(home.path()).stdin(Stdio::null());
    command.args(["setup", "vscode"]).args(arguments).output().unwrap()
}

/// What the editors were asked to do, other than to list.
fn calls(home: &Home) -> Vec<String> {
    let calls = fs::read_to_string(home.path().join("calls")).unwrap_or_default();
    calls.lines().filter(|call| !call.contains("--list-extensions")).map(str::to_owned).collect()
}

fn install(home: &Home) -> String {
    format!("code --install-extension {}", home.path().join("a b.vsix").display())
}

#[test]
fn the_extension_is_installed_and_removed_by_the_editor() {
    let home = home_with(&["code"]);
    let shown = setup(&home, &["--extension", "a b.vsix", "--dry-run"]);
    assert!(text(&shown.stdout).contains("code --install-extension '/"), "{shown:?}");
    assert_eq!(setup(&home, &["--extension", "a b.vsix"]).status.code(), Some(2), "nobody was asked");
    assert!(calls(&home).is_empty());
    let made = setup(&home, &["--extension", "a b.vsix", "--yes"]);
    assert_eq!(made.status.code(), Some(0), "{made:?}");
    assert_eq!(calls(&home), [install(&home)]);
    let again = setup(&home, &["--extension", "a b.vsix", "--yes"]);
    assert_eq!(text(&again.stdout), "already set up\n");
    assert!(home.done(&["setup"]).contains("vscode    set up\n"));
    let undone = setup(&home, &["--undo", "--yes"]);
    assert!(text(&undone.stdout).contains("--uninstall-extension cco.cco-usage"), "{undone:?}");
    assert_eq!(calls(&home), [install(&home), "code --uninstall-extension cco.cco-usage".to_owned()]);
    assert!(!home.path().join(".local/state/cco/setup").exists());
    assert!(text(&setup(&home, &["--undo"]).stdout).contains("nothing to undo"));
}

#[test]
fn uninstalling_removes_the_extension_too() {
    let home = home_with(&["code"]);
    setup(&home, &["--extension", "a b.vsix", "--yes"]);
    assert!(home.done(&["uninstall", "--dry-run"]).contains("  extension cco.cco-usage in "));
    home.done(&["uninstall", "--yes"]);
    assert_eq!(calls(&home).last().unwrap(), "code --uninstall-extension cco.cco-usage");
}

#[test]
fn an_extension_that_somebody_else_installed_stays() {
    let home = home_with(&["code"]);
    home.write("extensions", "other.one@1.0.0\ncco.cco-usage@0.0.1\n");
    let output = setup(&home, &["--extension", "a b.vsix", "--yes"]);
    assert!(text(&output.stderr).contains("not from cco setup"), "{output:?}");
    setup(&home, &["--undo", "--yes"]);
    assert!(calls(&home).is_empty());
}

#[test]
fn an_extension_that_its_user_removed_is_not_removed_again() {
    let home = home_with(&["code"]);
    setup(&home, &["--extension", "a b.vsix", "--yes"]);
    fs::remove_file(home.path().join("extensions")).unwrap();
    let undone = setup(&home, &["--undo", "--yes"]);
    assert_eq!(text(&undone.stdout), "nothing was left to undo\n");
    assert_eq!(calls(&home), [install(&home)]);
}

#[test]
fn an_extension_stays_recorded_until_its_editor_can_be_asked() {
    for trouble in ["gone", "lists-nothing"] {
        let home = home_with(&["code"]);
        setup(&home, &["--extension", "a b.vsix", "--yes"]);
        let editor = home.path().join("bin/code");
        match trouble {
            "gone" => fs::rename(&editor, home.path().join("moved")).unwrap(),
            _ => drop(home.write(trouble, "")),
        }
        for how in ["--dry-run", "--yes"] {
            let undone = setup(&home, &["--undo", how]);
            assert_eq!((undone.status.code(), &*text(&undone.stdout)), (Some(1), ""), "{undone:?}");
            let says = text(&undone.stderr);
            assert!(says.contains("bin/code --uninstall-extension cco.cco-usage"), "{says}");
            let why = if trouble == "gone" { "bin/code: No such file" } else { "it does not start" };
            assert!(says.contains(why), "{says}");
            assert!(says.contains("stays recorded") && says.contains("run this again"), "{says}");
            assert_eq!(says.contains("remove the record"), how == "--yes", "nothing was undone yet: {says}");
        }
        match trouble {
            "gone" => fs::rename(home.path().join("moved"), &editor).unwrap(),
            _ => fs::remove_file(home.path().join(trouble)).unwrap(),
        }
        assert_eq!(setup(&home, &["--undo", "--yes"]).status.code(), Some(0), "{trouble}");
        assert_eq!(calls(&home).last().unwrap(), "code --uninstall-extension cco.cco-usage");
        assert!(text(&setup(&home, &["--undo"]).stdout).contains("nothing to undo"), "{trouble}");
    }
}

#[test]
fn of_two_editors_only_the_one_that_cannot_be_asked_stays_recorded() {
    let home = home_with(&["code", "codium"]);
    for editor in ["code", "codium"] {
        setup(&home, &["--extension", "a b.vsix", "--editor", editor, "--yes"]);
        // Each has its own extensions; here both list the same file.
        fs::remove_file(home.path().join("extensions")).unwrap();
    }
    home.write("extensions", "cco.cco-usage@0.1.0\n");
    fs::remove_file(home.path().join("bin/codium")).unwrap();
    let undone = setup(&home, &["--undo", "--yes"]);
    assert_eq!(undone.status.code(), Some(1), "{undone:?}");
    assert!(text(&undone.stdout).contains("bin/code --uninstall-extension"), "{undone:?}");
    let record = text(&home.read(".local/state/cco/setup/vscode.json"));
    assert!(record.contains("bin/codium") && !record.contains("bin/code\""), "{record}");
}

#[test]
fn the_record_of_an_editor_that_is_gone_for_good_is_removed_as_setup_says() {
    let home = home_with(&["code"]);
    setup(&home, &["--extension", "a b.vsix", "--yes"]);
    fs::remove_file(home.path().join("bin/code")).unwrap();
    let says = text(&setup(&home, &["--undo", "--yes"]).stderr);
    let (_, command) = says.trim_end().rsplit_once("remove the record: ").unwrap();
    assert!(home.command("sh").args(["-c", command]).status().unwrap().success(), "{command}");
    assert!(text(&setup(&home, &["--undo"]).stdout).contains("nothing to undo"));
    assert!(home.done(&["setup"]).contains("vscode    not set up"));
}

#[test]
fn uninstalling_without_the_editor_says_how_to_remove_its_extension_and_leaves_no_record() {
    let home = home_with(&["code"]);
    setup(&home, &["--extension", "a b.vsix", "--yes"]);
    fs::remove_file(home.path().join("bin/code")).unwrap();
    let removed = home.cco(&["uninstall", "--yes"]);
    assert_eq!(removed.status.code(), Some(0), "{removed:?}");
    assert!(text(&removed.stderr).contains("--uninstall-extension cco.cco-usage"), "{removed:?}");
    assert!(!home.path().join(".local/state/cco").exists());
}

#[test]
fn uninstalling_removes_the_folder_of_records_also_if_the_last_one_was_removed_by_hand() {
    let home = Home::counted();
    fs::create_dir(home.path().join(".local/state/cco/setup")).unwrap();
    let removed = home.cco(&["uninstall", "--yes"]);
    assert_eq!((removed.status.code(), &*text(&removed.stderr)), (Some(0), ""));
    assert!(!home.path().join(".local/state/cco").exists());
}

#[test]
fn what_the_editor_refuses_is_said_and_not_recorded() {
    for (trouble, says) in [("refuses", "no space left"), ("ignores", "it did not install cco.cco-usage")] {
        let home = home_with(&["code"]);
        home.write(trouble, "");
        let output = setup(&home, &["--extension", "a b.vsix", "--yes"]);
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        assert!(text(&output.stderr).contains(says), "{output:?}");
        assert!(home.done(&["setup"]).contains("vscode    not set up"), "{trouble}");
    }
}

#[test]
fn a_file_larger_than_any_extension_is_not_read() {
    let home = home_with(&["code"]);
    fs::File::create(home.path().join("large.vsix")).unwrap().set_len((64 << 20) + 1).unwrap();
    let output = setup(&home, &["--extension", "large.vsix", "--yes"]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let error = text(&output.stderr);
    assert!(error.contains("large.vsix is larger than 64 MiB, too large for an extension: make"), "{error}");
    assert!(calls(&home).is_empty());
}

#[test]
fn of_several_editors_one_is_named() {
    let home = home_with(&["code", "codium"]);
    let output = setup(&home, &["--extension", "a b.vsix", "--yes"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("choose one with --editor"), "{output:?}");
    for editor in ["codium", "bin/codium"] {
        setup(&home, &["--extension", "a b.vsix", "--editor", editor, "--yes"]);
        assert!(calls(&home).last().unwrap().starts_with("codium --install-extension"), "{editor}");
        setup(&home, &["--undo", "--yes"]);
    }
}

#[test]
fn without_a_file_or_an_editor_it_says_how_to_get_one() {
    let home = home_with(&[]);
    for (arguments, says) in [
        (&["--yes"][..], "tools/editors/vscode/package"),
        (&["--extension", "missing.vsix", "--yes"], "tools/editors/vscode/package"),
        (&["--extension", "a b.vsix", "--yes"], "name the editor's program with --editor"),
        (&["--extension", "a b.vsix", "--editor", "nano", "--yes"], "it is not in PATH"),
    ] {
        let output = setup(&home, arguments);
        assert_eq!(output.status.code(), Some(4), "{output:?}");
        assert!(text(&output.stderr).contains(says), "{output:?}");
    }
}

#[test]
fn another_file_is_installed_anew_though_its_version_is_the_same() {
    let home = home_with(&["code"]);
    let arguments = ["--extension", "a b.vsix", "--yes"];
    setup(&home, &arguments);
    let again = format!("{} --force", install(&home));
    for (version, code) in [("0.1.0", "2"), ("0.2.0", "2"), ("0.1.0", "1")] {
        offer(&home, version, code);
        let made = setup(&home, &arguments);
        assert_eq!(made.status.code(), Some(0), "{made:?}");
        assert_eq!(*calls(&home).last().unwrap(), again, "{version} {code}");
        let count = calls(&home).len();
        assert_eq!(text(&setup(&home, &arguments).stdout), "already set up\n");
        assert_eq!(calls(&home).len(), count);
    }
    // An editor that got another version since gets this one.
    home.write("extensions", "cco.cco-usage@0.3.0\n");
    setup(&home, &arguments);
    assert_eq!(home.read("extensions"), b"CCO.cco-usage@0.1.0\n");
}

#[test]
fn an_extension_stays_recorded_for_as_long_as_the_editor_may_have_it() {
    for (trouble, says) in [("ends-badly", "cannot reload"), ("lists-nothing", "it does not start")] {
        let home = home_with(&["code"]);
        setup(&home, &["--extension", "a b.vsix", "--yes"]);
        offer(&home, "0.1.0", "2");
        let shown = setup(&home, &["--extension", "a b.vsix", "--dry-run"]);
        assert!(text(&shown.stdout).contains("--force"), "{shown:?}");
        home.write(trouble, "");
        let output = setup(&home, &["--extension", "a b.vsix", "--yes"]);
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        assert!(text(&output.stderr).contains(says), "{output:?}");
        fs::remove_file(home.path().join(trouble)).unwrap();
        // What it has now is not known, so it is installed once more.
        setup(&home, &["--extension", "a b.vsix", "--yes"]);
        assert!(calls(&home).last().unwrap().ends_with("--force"), "{trouble}");
        setup(&home, &["--undo", "--yes"]);
        assert_eq!(calls(&home).last().unwrap(), "code --uninstall-extension cco.cco-usage");
    }
    // Nor is one forgotten that was installed at once, and whose editor then failed.
    let home = home_with(&["code"]);
    home.write("ends-badly", "");
    assert_eq!(setup(&home, &["--extension", "a b.vsix", "--yes"]).status.code(), Some(1));
    setup(&home, &["--undo", "--yes"]);
    assert_eq!(calls(&home).last().unwrap(), "code --uninstall-extension cco.cco-usage");
}

#[test]
fn a_file_that_is_not_the_extension_is_refused_before_the_editor_sees_it() {
    let home = home_with(&["code"]);
    let huge = " ".repeat(2 << 20);
    for (bytes, says) in [
        (vsix("other", "one", "1.0.0", ""), "is the extension other.one, not cco.cco-usage: make the file"),
        (
            vsix("o\u{202e}", "\u{1b}[2J", "1", ""),
            "is the extension o\\u{202e}.\\u{1b}[2J, not cco.cco-usage",
        ),
        (b"PK".to_vec(), "is not an extension's file"),
        (vsix(&huge, "one", "1", ""), "is not an extension's file"),
    ] {
        home.write("a b.vsix", bytes);
        let output = setup(&home, &["--extension", "a b.vsix", "--yes"]);
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        let error = text(&output.stderr);
        assert!(error.contains(says) && error.contains("nothing was changed"), "{error}");
        assert!(!home.path().join("calls").exists());
    }
}
