//! Files as people have them, set up and undone: every byte comes back.

use std::fs;

use crate::home::{Home, text};

const SETTINGS: &str = ".claude/settings.json";

/// An integration, its file, and odd contents of that.
fn corpus() -> Vec<(&'static str, &'static str, Vec<&'static [u8]>)> {
    let settings: Vec<&[u8]> = vec![
        b"",
        b"{}",
        b"{ }",
        b"null\n",
        b"// nothing\nnull",
        b"{\n\n\n}\n",
        b"{\"model\":\"opus\",\"hooks\":{\"Stop\":[]}}",
        b"{\r\n\t\"model\": \"opus\",\r\n\t\"hooks\": {\r\n\t\t\"SessionStart\": []\r\n\t}\r\n}\r\n",
        b"\xef\xbb\xbf{\n    \"z\": 1,\n    \"a\": {\"unknown\": [1 ,2]}\n}",
        "{\n  // why: Größe\n  \"model\": \"日本\", /* here */\n  \"x\": \"\\u00e9\", // last\n}\n// end".as_bytes(),
        b"{\n  \"hooks\": {\"SessionStart\": [{\"matcher\": \"startup\", \"hooks\": [\n    {\"type\": \"command\", \"command\": \"echo hi\"}\n  ]}]},\n  \"cleanupPeriodDays\": 20\n}",
    ];
    let lines: Vec<&[u8]> = vec![
        b"",
        b"\n\n",
        b"# a comment\nset -g status-right 'x'",
        b"# one\r\n# two\r\n",
        b"# \xff\xfe no UTF-8\n",
        "# ünï\n\n\n".as_bytes(),
    ];
    let starship: Vec<&[u8]> = vec![
        b"",
        b"format = '$all'  # mine\r\n[git]\r\ndisabled=true",
        "[custom.other]\ncommand = \"é\"\n\n[aws]   \n".as_bytes(),
    ];
    let waybar: Vec<&[u8]> = vec![
        b"{}",
        b"// bar\n[\n\t{\n\t\t\"modules-right\": [\"clock\", /* more */ ], // here\n\t},\n\t{}\n]\n",
        b"{\r\n    \"modules-right\": [\r\n        \"clock\" // last\r\n    ]\r\n}",
        b"\xef\xbb\xbf{\"include\": \"other\", \"layer\": \"top\"}",
    ];
    let lisp: Vec<&[u8]> = vec![
        b"",
        b"(setq x ?\\;) ; no line break",
        "(message \"ünï\")\r\n;; Local Variables:\r\n;; fill-column: 70\r\n;; End:\r\n".as_bytes(),
        b";; \xff\xfe no UTF-8\n",
    ];
    vec![
        ("claude", SETTINGS, settings),
        ("tmux", ".tmux.conf", lines.clone()),
        ("bash", ".bashrc", lines.clone()),
        ("zsh", ".zshrc", lines),
        ("starship", ".config/starship.toml", starship),
        ("waybar", ".config/waybar/config", waybar),
        ("emacs", ".emacs.d/init.el", lisp),
    ]
}

#[test]
fn set_up_and_undone_a_file_is_byte_by_byte_as_it_was() {
    for (name, file, contents) in corpus() {
        for content in contents {
            let home = Home::new();
            home.write(file, content);
            let before = home.files();
            home.done(&["setup", name, "--yes"]);
            let with = home.read(file);
            assert!(with.len() > content.len(), "{name}");
            assert_eq!(home.done(&["setup", name, "--yes"]), "already set up\n", "{name}");
            assert_eq!(home.read(file), with);
            home.done(&["setup", name, "--undo", "--yes"]);
            assert_eq!(home.files(), before, "{name} from {}", String::from_utf8_lossy(&with));
            assert!(!home.path().join(".local/state/cco/setup").exists());
        }
    }
}

#[test]
fn undoing_after_an_edit_elsewhere_takes_only_what_is_ours() {
    for (name, file, contents) in corpus() {
        for content in contents {
            let home = Home::new();
            home.write(file, content);
            home.done(&["setup", name, "--yes"]);
            // A line that means nothing to any of these formats, before all of it.
            let mark: &[u8] =
                if file.contains("settings") || name == "waybar" { b"// mine\n" } else { b"# mine\n" };
            let (bom, rest) = content.split_at(if content.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 });
            let with = home.read(file);
            home.write(file, [bom, mark, &with[bom.len()..]].concat());
            home.done(&["setup", name, "--undo", "--yes"]);
            // Where nothing was, what is left begins by what was added.
            let expected = [bom, mark, rest].concat();
            let left = home.read(file);
            if content.is_empty() && mark.starts_with(b"/") {
                assert_eq!(text(&left), "// mine\n{}\n");
            } else {
                assert_eq!(left, expected, "{name}: {}", String::from_utf8_lossy(&left));
            }
        }
    }
}

#[test]
fn files_that_were_not_there_go_again_with_their_folders() {
    for (name, made) in [
        ("claude", ".claude"),
        ("tmux", ".tmux.conf"),
        ("starship", ".config"),
        ("bash", ".bashrc"),
        ("zsh", ".zshrc"),
        ("fish", ".config"),
        ("nvim", ".local/share"),
        ("vim", ".vim"),
        ("emacs", ".emacs.d"),
    ] {
        let home = Home::new();
        home.done(&["setup", name, "--yes"]);
        assert!(home.path().join(made).exists(), "{name}");
        home.done(&["setup", name, "--undo", "--yes"]);
        assert_eq!(home.files(), [], "{name}");
        assert!(!home.path().join(made).exists(), "{name}");
    }
}

#[test]
fn several_setups_are_undone_together() {
    let home = Home::new();
    let before = "{\n  \"cleanupPeriodDays\": 10\n}";
    home.write(SETTINGS, before);
    home.done(&["setup", "claude", "--yes"]);
    home.done(&["setup", "claude", "--keep-transcripts", "400", "--yes"]);
    home.done(&["setup", "claude", "--keep-transcripts", "500", "--yes"]);
    assert!(text(&home.read(SETTINGS)).contains("\"cleanupPeriodDays\": 500"));
    home.done(&["setup", "claude", "--undo", "--yes"]);
    assert_eq!(text(&home.read(SETTINGS)), before);
}

#[test]
fn uninstalling_takes_back_what_was_set_up() {
    let home = Home::new();
    home.write(SETTINGS, "{\"a\": 1}");
    home.write(".tmux.conf", "# mine");
    let before = home.files();
    for name in ["claude", "tmux", "fish", "nvim", "vim", "emacs"] {
        home.done(&["setup", name, "--yes"]);
    }
    let listed = home.done(&["uninstall", "--dry-run"]);
    assert!(listed.contains("changes by `cco setup tmux` in"), "{listed}");
    home.done(&["uninstall", "--yes"]);
    assert_eq!(home.files(), before);
    assert!(!home.path().join(".local/state/cco").exists());
}

#[test]
fn a_file_that_was_removed_meanwhile_stays_away() {
    let home = Home::new();
    let settings = home.write(SETTINGS, "{}");
    home.done(&["setup", "claude", "--yes"]);
    fs::remove_file(&settings).unwrap();
    assert_eq!(home.done(&["setup", "claude", "--undo", "--yes"]), "nothing was left to undo\n");
    assert!(!settings.exists());
}

#[test]
fn broken_files_are_refused_with_their_position() {
    let home = Home::new();
    let cases = [
        ("claude", SETTINGS, "{\n  \"a\": 1\n  \"b\": 2\n}", ":2:"),
        ("waybar", ".config/waybar/config", "{ \"a\": [1, }", ":1:12: "),
        ("starship", ".config/starship.toml", "a = 1\nb = \n", ":2:"),
        ("starship", ".config/starship.toml", "custom = { }\n", "so no module can be added"),
    ];
    for (name, file, content, says) in cases {
        home.write(file, content);
        let output = home.cco(&["setup", name, "--yes"]);
        assert_eq!(output.status.code(), Some(1), "{name}");
        let message = text(&output.stderr);
        assert!(message.contains(says) && message.contains("nothing was changed"), "{message}");
        assert_eq!(text(&home.read(file)), content);
    }
}

#[test]
fn a_file_that_setup_made_goes_only_if_our_part_was_all_that_was_in_it() {
    for (now, is_left) in [(None, false), (Some("\n"), true), (Some(""), true), (Some("mine\n"), true)] {
        let home = Home::new();
        home.done(&["setup", "zsh", "--yes"]);
        if let Some(now) = now {
            home.write(".zshrc", now);
        }
        let undone = home.cco(&["setup", "zsh", "--undo", "--yes"]);
        assert_eq!(undone.status.code(), Some(0), "{undone:?}");
        assert_eq!(home.path().join(".zshrc").exists(), is_left, "{now:?}");
        if let Some(now) = now {
            assert_eq!(home.read(".zshrc"), now.as_bytes());
            let says = format!("the block from cco setup in {}/.zshrc was edited", home.path().display());
            assert!(text(&undone.stderr).contains(&says), "{undone:?}");
        }
    }
}

#[test]
fn without_a_home_it_says_what_helps() {
    let home = Home::new();
    let [file, state] = ["tmux.conf", "state"].map(|name| home.path().join(name));
    let mut command = home.command(env!("CARGO_BIN_EXE_cco"));
    command
        .env_remove("HOME")
        .args(["setup", "tmux", "--yes", "--file"])
        .arg(&file)
        .arg("--state")
        .arg(&state);
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let says = text(&output.stderr);
    assert!(says.contains("HOME is not set: set it") && !says.contains("--file"), "{says}");
    assert!(!file.exists());
}
