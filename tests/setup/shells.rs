//! What is written is understood by the programs it is written for, where they are installed.

use std::process::{Command, Output, Stdio};

use crate::home::{Home, text};
use crate::skipped::skipped;

/// Runs a program; `None`, and said so, where there is none.
fn run(mut command: Command, arguments: &[&str]) -> Option<Output> {
    match command.args(arguments).stdin(Stdio::null()).output() {
        Ok(output) => Some(output),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            skipped(format_args!("there is no {}", command.get_program().display()));
            None
        }
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn tmux_takes_its_block_once_however_often_it_is_read() {
    let home = Home::new();
    home.write(".tmux.conf", "set -g status-right 'mine'\n");
    home.done(&["setup", "tmux", "--yes"]);
    let conf = home.path().join(".tmux.conf");
    let (conf, socket) = (conf.to_str().unwrap(), home.path().join("socket"));
    let tmux = |arguments: &[&str]| {
        run(home.command("tmux"), &[&["-S", socket.to_str().unwrap(), "-f", conf], arguments].concat())
    };
    let Some(started) = tmux(&["new-session", "-d", "-s", "s"]) else { return };
    assert!(started.status.success(), "{}", text(&started.stderr));
    let sourced = ["source-file", conf, ";", "show-options", "-gv", "status-right"];
    // Without the user's own line, so that only ours could add up.
    home.write("block.conf", text(&home.read(".tmux.conf")).replace("set -g status-right 'mine'\n", ""));
    let block = home.path().join("block.conf");
    let again = tmux(&["source-file", block.to_str().unwrap()]).unwrap();
    let shown = tmux(&sourced).unwrap();
    let length = tmux(&["show-options", "-gv", "status-right-length"]).unwrap();
    home.await_publisher();
    let ended = tmux(&["kill-server"]).unwrap();
    assert!(again.status.success() && ended.status.success());
    assert_eq!(text(&shown.stderr), "");
    assert_eq!(text(&shown.stdout), "mine #(cco-peek --format tmux)\n");
    assert_eq!(text(&length.stdout), "120\n");
}

#[test]
fn zsh_completes_our_commands() {
    let home = Home::new();
    home.write(".zshrc", "RPROMPT=theirs\n");
    home.done(&["setup", "zsh", "--prompt", "--yes"]);
    let zshrc = home.path().join(".zshrc");
    let Some(parsed) = run(home.command("zsh"), &["-n", zshrc.to_str().unwrap()]) else { return };
    assert!(parsed.status.success(), "{}", text(&parsed.stderr));
    let ask = "print -r -- $_comps[cco] $_comps[cco-peek] $RPROMPT $precmd_functions";
    let shown = run(home.command("zsh"), &["-i", "-c", ask]).unwrap();
    assert!(text(&shown.stdout).contains("_cco _cco-peek %9v theirs _cco_precmd"), "{shown:?}");
    assert_eq!(text(&shown.stderr), "");
    home.await_publisher();
}

#[test]
fn fish_completes_our_commands() {
    let home = Home::new();
    home.write(".config/fish/config.fish", "function fish_right_prompt; echo theirs; end\n");
    home.done(&["setup", "fish", "--prompt", "--yes"]);
    for file in ["completions/cco.fish", "config.fish"] {
        let path = home.path().join(".config/fish").join(file);
        let Some(parsed) = run(home.command("fish"), &["-n", path.to_str().unwrap()]) else { return };
        assert!(parsed.status.success(), "{}", text(&parsed.stderr));
    }
    let shown = run(
        home.command("fish"),
        &["-c", "complete -C 'cco unin'; complete -C 'cco-peek --ensure-t'; fish_right_prompt"],
    )
    .unwrap();
    let shown = text(&shown.stdout);
    assert!(
        shown.starts_with("uninstall") && shown.contains("--ensure-timeout") && shown.contains("theirs"),
        "{shown}"
    );
    // Read again, it does not take our own prompt for theirs.
    let again = "source ~/.config/fish/config.fish; fish_right_prompt";
    let shown = run(home.command("fish"), &["-c", again]).unwrap();
    assert_eq!(text(&shown.stdout).matches("theirs").count(), 1, "{shown:?}");
    assert_ne!(home.cco(&["daemon", "status"]).status.code(), Some(0), "a script starts no publisher");
    let interactive = run(home.command("fish"), &["-i", "-c", "true"]).unwrap();
    assert!(interactive.status.success(), "{interactive:?}");
    home.await_publisher();
}

/// A program in front of ours, in a home with this `.bashrc` and our setup after it.
fn bash_with(bashrc: &str, peek: &str) -> Home {
    let home = Home::new();
    home.write(".bashrc", bashrc);
    home.done(&["setup", "bash", "--prompt", "--yes"]);
    let program = home.write("bin/cco-peek", format!("#!/bin/sh\n{peek}\n"));
    std::fs::set_permissions(&program, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    home
}

/// What a bash prints that is typed these lines; its prompts are on stderr.
fn typed(home: &Home, options: &[&str], lines: &str) -> Option<Output> {
    use std::io::Write as _;
    let mut command = home.command("bash");
    let path = command.get_envs().find(|(name, _)| *name == "PATH").and_then(|(_, path)| path).unwrap();
    let path = [home.path().join("bin").as_os_str(), path].join(std::ffi::OsStr::new(":"));
    command.env("PATH", path).current_dir(home.path()).args(options);
    let started = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let Ok(mut child) = started else {
        skipped("there is no bash");
        return None;
    };
    match child.stdin.take().unwrap().write_all(lines.as_bytes()) {
        // One that has its commands from its options may end before it reads any.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => {}
        written => written.unwrap(),
    }
    Some(child.wait_with_output().unwrap())
}

#[test]
fn bash_shows_figures_before_the_prompt_and_runs_the_users_own_commands() {
    let hostile = r#"echo '$(touch made) `touch made` \u $HOME !!'"#;
    for (bashrc, own) in [
        ("PS1='me> '\n", ""),
        ("set -u\nPS1='me> '\n", ""),
        ("PS1='me> '\nPROMPT_COMMAND='echo theirs $?; '\n", "theirs 7"),
        ("PS1='me> '\nPROMPT_COMMAND=('echo theirs $?' :)\n", "theirs 7"),
        ("export PROMPT_COMMAND='echo theirs $?; PS1=\"me> \" # each time'\n", "theirs 7"),
        ("PS1='me> '\nreadonly PROMPT_COMMAND='echo theirs $?'\n", "theirs 7"),
    ] {
        let home = bash_with(bashrc, hostile);
        let Some(shown) = typed(&home, &["-i"], "(exit 7)\n:\nsource ~/.bashrc\n") else { return };
        let (out, prompts) = (text(&shown.stdout), text(&shown.stderr));
        let expected = r"$(touch made) `touch made` \u $HOME !! me> ";
        if bashrc.contains("readonly") {
            assert!(!prompts.contains("touch"), "{bashrc}{prompts}");
        } else {
            // Read again, our part is still there once.
            assert!(prompts.matches(expected).count() >= 4, "{bashrc}{prompts}");
            assert_eq!(
                prompts.matches("$(touch").count(),
                prompts.matches("me> ").count(),
                "{bashrc}{prompts}"
            );
        }
        assert!(out.contains(own), "{bashrc}{out}");
        assert!(!home.path().join("made").exists(), "{bashrc}");
    }
}

#[test]
fn a_bash_with_figures_starts_the_publisher_and_a_script_does_not() {
    let home = bash_with("PS1='me> '\n", "echo \"$*\" >> asked");
    let asked = || std::fs::read_to_string(home.path().join("asked")).unwrap_or_default();
    let Some(_) = typed(&home, &["-c", "source ~/.bashrc"], "") else { return };
    assert_eq!(asked(), "", "nobody types into a script");
    // It does not wait for the publisher, so the wait is here.
    let shown = typed(&home, &["-i"], "until grep -q ensure asked; do sleep 0.1; done; jobs\n").unwrap();
    assert!(asked().lines().any(|line| line == "--ensure"), "{}", asked());
    assert_eq!(text(&shown.stdout), "", "it is no job of the shell");
}

#[test]
fn a_bash_that_nobody_types_into_runs_nothing_of_ours() {
    let home = bash_with("", "touch made; echo figures");
    for options in [&["-c", "source ~/.bashrc; echo \"${PROMPT_COMMAND-none}\""][..], &["-s"]] {
        let lines = "source ~/.bashrc; echo \"${PROMPT_COMMAND-none}\"\n";
        let Some(shown) = typed(&home, options, lines) else { return };
        assert_eq!((text(&shown.stdout), text(&shown.stderr)), ("none\n".into(), String::new()));
    }
    // A child that inherits the variable and not the function says nothing.
    let home = bash_with("export PROMPT_COMMAND=:\n", "echo figures");
    let shown = typed(&home, &["-i"], "bash --norc -i\n").unwrap();
    assert!(!text(&shown.stderr).contains("not found"), "{}", text(&shown.stderr));
}

#[test]
fn every_shell_gets_a_script_and_every_command_a_page() {
    let home = Home::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = home.done(&["completions", shell]);
        for program in ["cco", "cco-peek"] {
            assert!(script.contains(&format!("cco complete {shell} {program} -- ")), "{shell}: {script}");
        }
        let elsewhere = home.done(&["completions", shell, "--call", "/a b/cco"]);
        assert!(elsewhere.contains("'/a b/cco' complete"), "{shell}: {elsewhere}");
    }
    assert!(home.done(&["man"]).contains(".TH cco 1"));
    assert!(home.done(&["man", "setup", "claude"]).contains(".TH cco-setup-claude 1"));
    let fields = home.done(&["man", "cco-peek", "statusline"]);
    assert!(fields.contains(".TP\n\\fBblock.cost\\fR\ncost of the current 5\\-hour block\n"), "{fields}");
    let pages = home.path().join("pages");
    home.done(&["man", "--dir", pages.to_str().unwrap()]);
    for page in ["cco.1", "cco-peek.1", "cco-setup.1", "cco-setup-claude.1", "cco-ledger-verify.1"] {
        assert!(pages.join(page).is_file(), "{page}");
    }
    let Some(shown) = run(home.command("man"), &["-l", pages.join("cco-setup.1").to_str().unwrap()]) else {
        return;
    };
    if shown.status.success() {
        assert!(text(&shown.stdout).contains("claude"));
    } else {
        skipped(format_args!("man shows no files: {}", text(&shown.stderr)));
    }
}
