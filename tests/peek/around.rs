//! What a status line shows of what is around a session: the git repository, a user's own commands; and how: links,
//! colours, several lines, figures at the right.

use std::io::Write as _;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::json;
use unicode_width::UnicodeWidthStr as _;

use crate::published::{Published, publish};
use crate::skipped::skipped;
use crate::text;

/// A user with a snapshot, a config file and folders of their own.
pub(crate) struct User {
    pub(crate) published: Published,
    pub(crate) folder: tempfile::TempDir,
}

impl User {
    pub(crate) fn new(config: &str) -> Self {
        let user = Self { published: publish(), folder: tempfile::tempdir().unwrap() };
        std::fs::create_dir_all(user.project()).unwrap();
        std::fs::write(user.config(), config).unwrap();
        user
    }

    pub(crate) fn config(&self) -> PathBuf {
        self.folder.path().join("config.toml")
    }

    pub(crate) fn project(&self) -> PathBuf {
        self.folder.path().join("work/code/project")
    }

    pub(crate) fn command(&self, template: &str) -> Command {
        let mut command = self.peek();
        command.args(["statusline", "--template", template]);
        command
    }

    pub(crate) fn peek(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cco-peek"));
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("HOME", self.folder.path()).env("XDG_CACHE_HOME", self.folder.path().join("cache"));
        command.env("CCO_SNAPSHOT", self.published.path()).env("CCO_CONFIG", self.config());
        command
    }

    fn line(&self, command: &mut Command, input: &serde_json::Value) -> String {
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.to_string().as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), ""));
        text(&output.stdout).strip_suffix('\n').unwrap().to_owned()
    }

    pub(crate) fn shown(&self, template: &str) -> String {
        let input = json!({"session_id": "sess-1", "cwd": self.project(), "model": {"display_name": "Opus"}});
        self.line(self.command(template).env("NO_COLOR", "1"), &input)
    }

    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        let output = self.git_command(arguments).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
        text(&output.stdout).trim_end().to_owned()
    }

    pub(crate) fn git_command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("git");
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("HOME", self.folder.path()).env("GIT_CONFIG_NOSYSTEM", "1").current_dir(self.project());
        for (name, value) in [("AUTHOR", "a"), ("COMMITTER", "c")] {
            command.env(format!("GIT_{name}_NAME"), value).env(format!("GIT_{name}_EMAIL"), "x@example.org");
        }
        command.args(arguments);
        command
    }
}

pub(crate) fn has_git() -> bool {
    Command::new("git").arg("--version").output().is_ok_and(|output| output.status.success())
}

#[test]
fn the_state_of_the_repository_is_shown_where_a_template_asks_for_it() {
    if !has_git() {
        skipped("git is not there, so nothing asked it");
        return;
    }
    let user = User::new("[statusline]\ngit = { timeout_ms = 5000, every_s = 0 }\n");
    let all = "[{git.branch}][{git.dirty}][+{git.added} -{git.removed}][up {git.ahead}][down {git.behind}]";
    let shown = || user.shown(all);
    assert_eq!(user.shown("{git.branch}{git.dirty}"), "––", "no repository");
    user.git(&["init", "-q", "-b", "work/quay"]);
    std::fs::write(user.project().join("a"), "1\n2\n").unwrap();
    assert_eq!(shown(), "work/quay · *", "a new file, and no commit yet");
    user.git(&["add", "a"]);
    user.git(&["commit", "-qm", "one"]);
    assert_eq!(shown(), "work/quay · +0 -0");
    std::fs::write(user.project().join("a"), "1\n3\n4\n").unwrap();
    assert_eq!(shown(), "work/quay · * · +2 -1");
    user.git(&["branch", "-q", "upstream"]);
    user.git(&["branch", "-q", "-u", "upstream"]);
    user.git(&["commit", "-qam", "two"]);
    assert_eq!(shown(), "work/quay · +0 -0 · up 1");
    assert_eq!(user.shown("[{git.ahead}]"), "1", "without the state of the files");
    user.git(&["reset", "-q", "--hard", "upstream"]);
    user.git(&["branch", "-q", "-f", "upstream", "HEAD@{1}"]);
    assert_eq!(shown(), "work/quay · +0 -0 · down 1");
    assert!(!user.project().join(".git/index.lock").exists());
}

#[test]
fn the_index_of_a_repository_is_not_written_and_its_hook_for_that_not_run() {
    use std::os::unix::fs::MetadataExt as _;
    if !has_git() {
        skipped("git is not there, so nothing asked it");
        return;
    }
    let user = User::new("[statusline]\ngit = { timeout_ms = 5000, every_s = 0 }\n");
    user.git(&["init", "-q"]);
    let file = user.project().join("a");
    std::fs::write(&file, "1\n").unwrap();
    user.git(&["add", "a"]);
    user.git(&["commit", "-qm", "one"]);
    let trap = user.folder.path().join("ran");
    let hook = user.project().join(".git/hooks/post-index-change");
    std::fs::create_dir_all(hook.parent().unwrap()).unwrap();
    std::fs::write(&hook, format!("#!/bin/sh\n: > {}\n", trap.display())).unwrap();
    std::fs::set_permissions(&hook, PermissionsExt::from_mode(0o755)).unwrap();
    // The same bytes at another time: git would note that time in the index.
    let rewrite = |hours: u64| {
        let at = std::time::SystemTime::now() - Duration::from_secs(hours * 3600);
        std::fs::File::options().write(true).open(&file).unwrap().set_modified(at).unwrap();
    };
    let index = || std::fs::metadata(user.project().join(".git/index")).unwrap().ino();
    let before = index();
    rewrite(1);
    assert_eq!(user.shown("{git.dirty}[+{git.added} -{git.removed}]"), "–+0 -0");
    assert_eq!(index(), before);
    assert!(!trap.exists());
    rewrite(2);
    user.git(&["diff", "--shortstat", "HEAD"]);
    assert!(trap.exists() && index() != before, "the trap works");
}

#[test]
fn the_folder_is_shortened() {
    assert_eq!(User::new("").shown("{cwd}"), "~/w/c/project");
}

#[test]
fn a_command_runs_once_in_its_period_with_the_input_and_its_first_line_is_shown() {
    let user = User::new("");
    let count = user.folder.path().join("count");
    std::fs::write(
        user.config(),
        format!(
            "[statusline.commands.mine]\nrun = '''echo x >> {}; echo; grep -o Opus; pwd >&2; echo more'''\n\
             timeout_ms = 5000\nevery_s = 3600\n",
            count.display()
        ),
    )
    .unwrap();
    for _ in 0..3 {
        assert_eq!(user.shown("[{cmd:mine}][{model}]"), "Opus · Opus");
    }
    assert_eq!(std::fs::read_to_string(&count).unwrap(), "x\n");
    // Another session is another answer.
    let other = json!({"session_id": "sess-2", "cwd": user.project(), "model": {"display_name": "Opus"}});
    user.line(&mut user.command("{cmd:mine}"), &other);
    assert_eq!(std::fs::read_to_string(&count).unwrap(), "x\nx\n");
    let cache = user.folder.path().join("cache/cco/statusline");
    assert_eq!(std::fs::metadata(&cache).unwrap().permissions().mode() & 0o077, 0);
}

#[test]
fn a_slow_command_shows_what_it_said_last_with_a_mark_and_never_holds_the_line_up() {
    let user = User::new("");
    let slow = user.folder.path().join("slow");
    std::fs::write(
        user.config(),
        format!(
            "[statusline.commands.mine]\nrun = 'if [ -e {0} ]; then sleep 600; fi; echo said'\ntimeout_ms = 5000\nevery_s = 0\n\
             [statusline.commands.never]\nrun = 'sleep 600'\ntimeout_ms = 100\nevery_s = 3600\n",
            slow.display()
        ),
    )
    .unwrap();
    assert_eq!(user.shown("[{cmd:mine}][{model}]"), "said · Opus");
    std::fs::write(&slow, "").unwrap();
    let config =
        std::fs::read_to_string(user.config()).unwrap().replace("timeout_ms = 5000", "timeout_ms = 100");
    std::fs::write(user.config(), config).unwrap();
    let began = Instant::now();
    assert_eq!(user.shown("[{cmd:mine}][{model}][{cmd:never}]"), "said? · Opus");
    // Both were waited for at the same time; the rest is for a machine that is overloaded.
    assert!(began.elapsed() < Duration::from_secs(60), "{:?}", began.elapsed());
}

#[test]
fn what_a_command_prints_is_hostile() {
    let user = User::new(
        "[statusline.commands.mine]\n\
         run = '''printf '\\033[31mred\\033[0m \\033]0;t\\007\\342\\200\\256\\033[2Jend%0300d' 7'''\ntimeout_ms = 5000\n\
         [statusline.commands.bad]\nrun = 'echo no; exit 1'\ntimeout_ms = 5000\n",
    );
    let line = user.shown("{cmd:mine}");
    assert!(
        line.starts_with("red ") && !line.contains(char::is_control) && !line.contains('\u{202e}'),
        "{line:?}"
    );
    assert!(line.width() <= 120, "{line}");
    assert_eq!(user.shown("[{cmd:bad}][{model}]"), "Opus", "what failed says nothing");
}

#[test]
fn a_command_that_is_not_there_is_said_in_the_line() {
    let user = User::new("[statusline]\ntemplate = '{cmd:clock}'\n");
    let input = json!({"model": {"display_name": "Opus"}});
    let mut command = user.command("{model}");
    assert_eq!(user.line(command.env("NO_COLOR", "1"), &input), "Opus config broken (cmd:clock)");
    std::fs::write(user.config(), "").unwrap();
    assert_eq!(user.shown("[{model}][{cmd:clock}]"), "Opus no command clock");
}

#[test]
fn no_command_is_run_from_a_file_that_others_can_write() {
    let user = User::new("");
    let trap = user.folder.path().join("ran");
    let config =
        format!("[statusline.commands.mine]\nrun = ': > {}; echo said'\ntimeout_ms = 5000\n", trap.display());
    std::fs::write(user.config(), config).unwrap();
    std::fs::set_permissions(user.config(), PermissionsExt::from_mode(0o666)).unwrap();
    assert_eq!(user.shown("[{model}][{cmd:mine}]"), "Opus commands refused: others can write the config");
    assert!(!trap.exists());
    std::fs::set_permissions(user.config(), PermissionsExt::from_mode(0o644)).unwrap();
    assert_eq!(user.shown("[{model}][{cmd:mine}]"), "Opus · said");
    assert!(trap.exists(), "the trap works");
}

#[test]
fn a_link_leads_to_a_web_address_and_to_nothing_else() {
    let user = User::new("");
    let with = |url: &str, template: &str| {
        let input = json!({"pr": {"number": 12, "url": url}});
        user.line(&mut user.command(template), &input)
    };
    let url = "https://github.com/ada/harbour/pull/12";
    assert_eq!(with(url, "{pr:link}"), format!("\x1b]8;;{url}\x1b\\#12\x1b]8;;\x1b\\"));
    assert_eq!(with(url, "{input.pr.url:link}"), format!("\x1b]8;;{url}\x1b\\{url}\x1b]8;;\x1b\\"));
    assert_eq!(with(url, "{pr}"), "#12", "only where the template says so");
    for hostile in
        ["file:///etc/passwd", "https://a\u{1b}\\\u{1b}[2J", "https://a b", "javascript:alert(1)", ""]
    {
        assert_eq!(with(hostile, "{pr:link}"), "#12", "{hostile:?}");
    }
    let input = json!({"pr": {"number": 12, "url": url}});
    assert_eq!(user.line(user.command("{pr:link}").env("NO_COLOR", "1"), &input), "#12");
    let mut bar = Command::new(env!("CARGO_BIN_EXE_cco-peek"));
    bar.env_clear().env("CCO_SNAPSHOT", user.published.path()).args(["--format", "{today.cost} {pr:link}"]);
    assert!(!text(&bar.output().unwrap().stdout).contains('\x1b'));
}

#[test]
fn colours_are_those_that_the_terminal_has() {
    let user = User::new("");
    let input = json!({"model": {"display_name": "Opus"}});
    let shown = |variables: &[(&str, &str)]| {
        user.line(user.command("{#ff8800}{bg:#000040}{model}").envs(variables.iter().copied()), &input)
    };
    assert_eq!(shown(&[("COLORTERM", "truecolor")]), "\x1b[38;2;255;136;0;48;2;0;0;64mOpus\x1b[0m");
    assert_eq!(shown(&[("TERM", "screen-256color")]), "\x1b[38;5;208;48;5;17mOpus\x1b[0m");
    assert_eq!(shown(&[]), "\x1b[33;40mOpus\x1b[0m");
    assert_eq!(shown(&[("COLORTERM", "truecolor"), ("NO_COLOR", "1")]), "Opus");
}

#[test]
fn several_lines_fill_the_width_that_the_margin_leaves() {
    let user = User::new("[statusline]\nmargin = 4\n");
    let input = json!({"model": {"display_name": "Opus"}, "context_window": {"used_percentage": 41.5}});
    let template = r"[{model}]{fill}[{context:bar:8}[ {context}]]\n[{pr}]\nlast{fill}{version}";
    let mut command = user.command(template);
    let line = user.line(command.env("NO_COLOR", "1").env("COLUMNS", "40"), &input);
    let expected = format!("Opus{}███░░░░░ 41%\nlast{}–", " ".repeat(20), " ".repeat(31));
    assert_eq!(line, expected);
    assert!(line.lines().all(|line| line.width() == 36), "{line}");
}

#[test]
fn options_mean_the_same_however_they_are_written() {
    let user = User::new("");
    let input = json!({"model": {"display_name": "Opus"}, "effort": {"level": "high"}});
    let with = |arguments: &[&str]| {
        let mut command = user.command("");
        let mut own = Command::new(command.get_program());
        own.env_clear().envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        command = own;
        user.line(command.arg("statusline").args(arguments).env("NO_COLOR", "1"), &input)
    };
    let template = "[{model}][{effort}]";
    let quick = with(&["--template", template, "--separator", " / "]);
    assert_eq!(quick, "Opus / high");
    assert_eq!(with(&["--separator= / ", "--template", template]), quick);
    assert_eq!(with(&["--separator", "-", "--template", template]), "Opus-high");
    for wrong in [
        &["--template", "{modle}"][..],
        &["--theme", "icon"],
        &["--template", template, "--template", template],
        &["--subagents", "--theme", "icons"],
        &["--theme"],
    ] {
        assert!(with(wrong).starts_with("cco: "), "{wrong:?}: {}", with(wrong));
    }
}

#[test]
fn themes_of_other_programs_show_what_theirs_do() {
    let user = User::new("");
    let head = user.project().join(".git/HEAD");
    std::fs::create_dir_all(head.parent().unwrap()).unwrap();
    std::fs::write(head, "ref: refs/heads/main\n").unwrap();
    let input = json!({
        "session_id": "sess-1",
        "cwd": user.project(),
        "model": {"display_name": "Opus 4.5"},
        "context_window": {"context_window_size": 200_000, "current_usage": {"input_tokens": 135_600}},
    });
    let with = |theme: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cco-peek"));
        command.env_clear().env("NO_COLOR", "1").env("CCO_SNAPSHOT", user.published.path());
        user.line(command.args(["statusline", "--theme", theme]), &input)
    };
    assert_eq!(with("ccusage"), "🤖 Opus 4.5 | 💰 $4.94 session / $1.23 today | 🧠 136k (67%)");
    assert_eq!(with("ccstatusline"), "Model: Opus 4.5 | Ctx: 136k | ⎇ main");
    assert!(with("powerline").starts_with(" Opus 4.5 \u{e0b0} $4.94 session \u{e0b0} $1.23 today \u{e0b0}"));
}

#[test]
fn git_is_not_run_for_a_template_without_its_fields() {
    let user = User::new("");
    let folder = user.folder.path().join("bin");
    std::fs::create_dir(&folder).unwrap();
    let trap = user.folder.path().join("ran");
    let git = folder.join("git");
    std::fs::write(&git, format!("#!/bin/sh\n: > {}\n", trap.display())).unwrap();
    std::fs::set_permissions(&git, PermissionsExt::from_mode(0o755)).unwrap();
    let dot_git = user.project().join(".git");
    std::fs::create_dir(&dot_git).unwrap();
    std::fs::write(dot_git.join("HEAD"), "ref: refs/heads/main\n").unwrap();
    let input = json!({"cwd": user.project(), "model": {"display_name": "Opus"}});
    let shown =
        |template: &str| user.line(user.command(template).env("PATH", &folder).env("NO_COLOR", "1"), &input);
    assert_eq!(shown("{model} {git.branch} {git.commit} {cwd}"), "Opus main – ~/w/c/project");
    assert!(!trap.exists() && !user.folder.path().join("cache").exists());
    shown("{git.dirty}");
    assert!(trap.exists(), "the trap works");
    assert!(Path::new(&user.folder.path().join("cache/cco/statusline")).is_dir());
}
