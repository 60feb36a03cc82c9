//! Editors' plugins: the editors load what setup wrote, and undo takes it and nothing else.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::{Output, Stdio};

use serde_json::Value;
use xxhash_rust::xxh3::xxh3_128;

use crate::home::{Home, text};
use crate::skipped::skipped;

const NVIM: &str = ".local/share/nvim/site/pack/cco/start/cco";
const VIM: &str = ".vim/pack/cco/start/cco";

/// Runs an editor in this home; `None`, and said so, where there is none.
fn run(home: &Home, editor: &str, arguments: &[&str]) -> Option<Output> {
    let mut command = home.command(editor);
    match command.args(arguments).env("TERM", "dumb").current_dir(home.path()).stdin(Stdio::null()).output() {
        Ok(output) => Some(output),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            skipped(format_args!("there is no {editor}"));
            None
        }
        Err(error) => panic!("{error}"),
    }
}

/// What either Vim has of the plugin, a line each, once it was given the line that setup said to add.
fn ask(home: &Home, editor: &str, status: &str, said: &str) -> Option<String> {
    let line = said.lines().find_map(|line| line.strip_prefix("  ")).unwrap();
    let options: &[&str] = if editor == "nvim" { &["--headless"] } else { &["--not-a-term", "-N"] };
    let write = |what: &str, flags: &str| format!("call writefile([{what}], $HOME . '/found', '{flags}')");
    let commands = [
        if editor == "nvim" { format!("lua {line}") } else { line.to_owned() },
        write(&format!("exists(':Cco'), {status}, &statusline"), ""),
        "help :Cco".to_owned(),
        write("expand('%:t')", "a"),
        "helptags ALL".to_owned(),
        "qall!".to_owned(),
    ];
    let commands: Vec<_> = commands.iter().flat_map(|command| ["-c", command]).collect();
    let output = run(home, editor, &[options, &["-i", "NONE", "-n"], &commands].concat())?;
    assert!(output.status.success(), "{output:?}");
    Some(text(&home.read("found")))
}

/// The files below a folder of a home, with what they hold.
fn below(home: &Home, folder: &str) -> Vec<(std::path::PathBuf, Vec<u8>)> {
    let folder = home.path().join(folder);
    home.files().into_iter().filter(|(path, _)| path.starts_with(&folder)).collect()
}

#[test]
fn neovim_loads_what_setup_wrote_and_undo_leaves_nothing() {
    let home = Home::counted();
    let shown = home.done(&["setup", "nvim", "--yes"]);
    assert!(shown.contains("new files in") && shown.contains("bytes  lua/cco/init.lua\n"), "{shown}");
    let written = below(&home, NVIM);
    let found = ask(&home, "nvim", "luaeval('require(\"cco\").status()')", &shown);
    if let Some(found) = found {
        let lines: Vec<_> = found.lines().collect();
        assert_eq!((lines[0], lines[3]), ("2", "cco.txt"), "{found}");
        assert!(lines[2].contains("cco"), "{found}");
        assert!(lines[1].contains("today"), "{found}");
        assert_eq!(below(&home, NVIM), written, "the editor made no other index of the help");
    }
    let undone = home.done(&["setup", "nvim", "--undo", "--yes"]);
    assert!(undone.contains(&format!("removed {} files in ", written.len())), "{undone}");
    assert!(!home.path().join(".local/share/nvim/site").exists());
}

#[test]
fn vim_loads_what_setup_wrote_and_undo_leaves_nothing() {
    let home = Home::counted();
    let shown = home.done(&["setup", "vim", "--yes"]);
    let written = below(&home, VIM);
    if let Some(found) = ask(&home, "vim", "cco#component()", &shown) {
        let lines: Vec<_> = found.lines().collect();
        assert_eq!((lines[0], lines[3]), ("2", "cco.txt"), "{found}");
        assert!(lines[2].contains("cco"), "{found}");
        assert!(!lines[1].contains("not installed"), "{found}");
        assert_eq!(below(&home, VIM), written, "the editor made no other index of the help");
    }
    home.done(&["setup", "vim", "--undo", "--yes"]);
    assert!(!home.path().join(".vim").exists());
}

#[test]
fn emacs_loads_what_setup_wrote_wherever_its_init_file_is() {
    for (init, folder) in [
        (".emacs.d/init.el", ".emacs.d"),
        (".emacs", ".emacs.d"),
        (".emacs.el", ".emacs.d"),
        (".config/emacs/init.el", ".config/emacs"),
    ] {
        let home = Home::counted();
        home.write(init, "(setq mine \"mine\")");
        let before = home.files();
        home.done(&["setup", "emacs", "--yes"]);
        assert!(home.path().join(folder).join("cco/cco.el").is_file(), "{init}");
        let path = home.path().join(init);
        let ask =
            "(princ (list mine cco-mode (commandp 'cco) (and (memq cco--segment global-mode-string) t)))";
        let arguments = ["--batch", "-l", path.to_str().unwrap(), "--eval", ask];
        if let Some(output) = run(&home, "emacs", &arguments) {
            assert!(output.status.success(), "{init}: {output:?}");
            assert_eq!(text(&output.stdout), "(mine t t t)", "{init}");
        }
        home.done(&["setup", "emacs", "--undo", "--yes"]);
        assert_eq!(home.files(), before, "{init}");
    }
}

#[test]
fn an_emacs_whose_plugin_is_gone_starts_all_the_same() {
    let home = Home::new();
    home.done(&["setup", "emacs", "--yes"]);
    fs::remove_file(home.path().join(".emacs.d/cco/cco.el")).unwrap();
    let init = home.path().join(".emacs.d/init.el");
    let Some(output) = run(&home, "emacs", &["--batch", "-l", init.to_str().unwrap()]) else { return };
    assert!(output.status.success(), "{output:?}");
}

#[test]
fn where_our_programs_are_not_in_path_the_editor_is_told_where_they_are() {
    let home = Home::new();
    let own = Path::new(env!("CARGO_BIN_EXE_cco"));
    let setup = |name: &str| {
        let mut command = home.command(own.to_str().unwrap());
        let output =
            command.args(["setup", name, "--yes"]).env("PATH", "/nowhere").stdin(Stdio::null()).output();
        text(&output.unwrap().stdout)
    };
    assert!(
        setup("nvim").contains(&format!("  require(\"cco\").setup({{ program = \"{}\" }})\n", own.display()))
    );
    let peek = own.with_file_name("cco-peek");
    assert!(setup("vim").contains(&format!("  let g:cco_peek = \"{}\"\n", peek.display())));
    setup("emacs");
    let init = home.path().join(".emacs.d/init.el");
    let arguments = ["--batch", "-l", init.to_str().unwrap(), "--eval", "(princ cco-program)"];
    let Some(output) = run(&home, "emacs", &arguments) else { return };
    assert_eq!(text(&output.stdout), peek.to_str().unwrap());
}

#[test]
fn a_neovim_of_another_name_gets_its_own_plugin() {
    let home = Home::new();
    for (name, folder) in [("other", "other"), ("../../escaped", "nvim"), ("/escaped", "nvim")] {
        let mut command = home.command(env!("CARGO_BIN_EXE_cco"));
        command.args(["setup", "nvim", "--yes"]).env("NVIM_APPNAME", name).stdin(Stdio::null());
        assert!(command.output().unwrap().status.success());
        let made =
            home.path().join(".local/share").join(folder).join("site/pack/cco/start/cco/plugin/cco.lua");
        assert!(made.is_file(), "{name}");
        home.done(&["setup", "nvim", "--undo", "--yes"]);
        assert_eq!(home.files(), []);
    }
}

#[test]
fn nothing_of_a_plugin_is_written_without_consent() {
    let home = Home::new();
    for name in ["nvim", "vim", "emacs"] {
        assert_eq!(home.cco(&["setup", name]).status.code(), Some(2), "{name}");
        assert!(home.done(&["setup", name, "--dry-run"]).contains("in "), "{name}");
        assert_eq!(home.files(), [], "{name}");
    }
}

/// Makes a home's record of Neovim's plugin that of an older version, which had other text in one file, and one more.
fn grow_old(home: &Home) {
    let hash = |bytes: &[u8]| format!("{:032x}", xxh3_128(bytes));
    let (name, older) = ("lua/cco/init.lua", b"-- older\n");
    home.write(&format!("{NVIM}/{name}"), older);
    home.write(&format!("{NVIM}/lua/cco/gone.lua"), older);
    let path = ".local/state/cco/setup/nvim.json";
    let mut record: Value = serde_json::from_slice(&home.read(path)).unwrap();
    let applied = record["applied"].as_array_mut().unwrap();
    let changed = applied.iter_mut().find(|it| it["path"].as_str().unwrap().ends_with(name)).unwrap();
    changed["after"] = hash(older).into();
    let mut gone = changed.clone();
    for member in ["path", "target"] {
        gone[member] = gone[member].as_str().unwrap().replace("init.lua", "gone.lua").into();
    }
    applied.push(gone);
    home.write(path, record.to_string());
}

#[test]
fn a_newer_version_replaces_its_own_files_and_undo_still_leaves_nothing() {
    let home = Home::new();
    home.done(&["setup", "nvim", "--yes"]);
    let new = below(&home, NVIM);
    grow_old(&home);
    let shown = home.done(&["setup", "nvim", "--yes"]);
    assert!(shown.contains("--- older\n") && shown.contains("bytes  lua/cco/gone.lua\n"), "{shown}");
    assert_eq!(below(&home, NVIM), new);
    assert_eq!(home.done(&["setup", "nvim", "--yes"]), "already set up\n");
    home.done(&["setup", "nvim", "--undo", "--yes"]);
    assert_eq!(home.files(), []);
    assert!(!home.path().join(".local/share").exists());
}

#[test]
fn a_file_that_the_user_edited_is_named_and_stays() {
    let home = Home::new();
    home.done(&["setup", "nvim", "--yes"]);
    let name = format!("{NVIM}/lua/cco/format.lua");
    let edited = [home.read(&name), b"-- mine\n".to_vec()].concat();
    let edited_path = home.write(&name, &edited);
    let again = home.cco(&["setup", "nvim", "--yes"]);
    assert_eq!(text(&again.stdout), "already set up\n");
    assert!(text(&again.stderr).contains("lua/cco/format.lua was edited since setup"), "{again:?}");
    let undone = home.cco(&["setup", "nvim", "--undo", "--yes"]);
    let says = text(&undone.stderr);
    assert!(says.contains("lua/cco/format.lua was edited since setup and is left unchanged"), "{says}");
    assert_eq!(home.files(), [(edited_path, edited)]);
}

#[test]
fn a_plugin_of_somebody_elses_making_stays_whole() {
    for (name, file) in [
        ("nvim", format!("{NVIM}/lua/cco/init.lua")),
        ("vim", format!("{VIM}/doc/tags")),
        ("emacs", ".emacs.d/cco/cco.el".to_owned()),
    ] {
        let home = Home::new();
        home.write(&file, "theirs\n");
        let before = home.files();
        let output = home.cco(&["setup", name, "--yes"]);
        assert_eq!(output.status.code(), Some(2), "{name}");
        let says = text(&output.stderr);
        assert!(says.contains("is not from cco setup: move it away first"), "{says}");
        assert_eq!(home.files(), before, "{name}");
    }
}

/// Puts a link where Vim's package would be.
fn link_to(home: &Home, folder: &Path) {
    let link = home.path().join(VIM);
    fs::create_dir_all(link.parent().unwrap()).unwrap();
    symlink(folder, link).unwrap();
}

#[test]
fn a_folder_that_is_a_link_elsewhere_is_not_written_through() {
    let home = Home::new();
    let elsewhere = home.path().join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    link_to(&home, &elsewhere);
    let output = home.cco(&["setup", "vim", "--yes"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("is a link to another folder"), "{output:?}");
    assert_eq!(home.files(), []);
}

#[test]
fn undo_takes_nothing_out_of_a_folder_that_became_a_link() {
    let home = Home::new();
    home.done(&["setup", "vim", "--yes"]);
    let clone = home.path().join("clone");
    fs::rename(home.path().join(VIM), &clone).unwrap();
    link_to(&home, &clone);
    let before = home.files();
    let undone = home.cco(&["setup", "vim", "--undo", "--yes"]);
    assert_eq!(text(&undone.stdout), "nothing was left to undo\n");
    assert_eq!(text(&undone.stderr).matches("is now a link").count(), 1, "{undone:?}");
    assert_eq!(home.files(), before);
}

#[test]
fn where_nothing_can_be_written_it_is_said_and_nothing_is_left() {
    let home = Home::new();
    home.write(".vim", "no folder");
    let output = home.cco(&["setup", "vim", "--yes"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains(".vim/pack/cco"), "{output:?}");
    assert_eq!(home.read(".vim"), b"no folder");

    let home = Home::new();
    let folder = home.path().join(".vim");
    fs::create_dir(&folder).unwrap();
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o555)).unwrap();
    if fs::write(folder.join("probe"), "").is_ok() {
        return skipped("this user may write into every folder");
    }
    let output = home.cco(&["setup", "vim", "--yes"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("cannot write"), "{output:?}");
    home.done(&["setup", "vim", "--undo", "--yes"]);
    assert_eq!(home.files(), []);
}

#[test]
fn plugins_call_no_program_that_the_doctor_could_miss() {
    let home = Home::counted();
    for name in ["nvim", "vim", "emacs"] {
        home.done(&["setup", name, "--yes"]);
    }
    let document: Value =
        serde_json::from_slice(&home.cco(&["doctor", "--json"]).stdout).expect("the doctor's document");
    let document = document.to_string();
    assert!(!document.contains("--undo"), "{document}");
}
