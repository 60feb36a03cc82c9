//! Real shells complete our command lines, names of strangers among them, and run nothing of what these say.

use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::home::{Home, text};
use crate::skipped::skipped;

/// Last parts of working folders, none of which is a part of another.
const NAMES: [&str; 9] = [
    "pay$(touch made)",
    "tick`touch made`",
    "semi; touch made #",
    "it's \"quoted\" \\x",
    "a b  c",
    "wow!! !x",
    "~tilde*?[a]",
    "日本 語",
    "--flag=1",
];

/// A home with a project for each name, and one whose name no terminal can show.
fn home() -> Home {
    let home = Home::new();
    for (at, name) in NAMES.iter().chain(&["new\nline\u{1b}[2J"]).enumerate() {
        let path = format!("/w/{name}");
        let key: String = path.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
        let line = serde_json::json!({
            "type": "assistant", "cwd": path, "timestamp": "2026-11-01T10:00:00Z", "requestId": format!("r{at}"),
            "sessionId": format!("session-{at}"), "gitBranch": format!("feature/{name}"), "effort": "high",
            "attributionAgent": "Explore", "attributionMcpServer": "database",
            "message": {"id": format!("msg_{at}"), "model": "claude-opus-5", "usage": {"output_tokens": 1}},
        });
        home.write(&format!(".claude/projects/{key}/session-{at}.jsonl"), format!("{line}\n"));
    }
    home.done(&["publish", "--once"]);
    home
}

/// What a shell without a terminal prints of a script; `None` if there is no such shell.
fn run(home: &Home, shell: &str, script: &str) -> Option<String> {
    let mut command = home.command(shell);
    command.current_dir(home.path()).args(["-c", script]).stdin(Stdio::null());
    let Ok(output) = command.output() else {
        skipped(format_args!("there is no {shell}"));
        return None;
    };
    assert_eq!(text(&output.stderr), "", "{script}");
    assert!(!home.path().join("made").exists(), "a name was run");
    Some(text(&output.stdout))
}

/// The last parts of paths and what no terminal can show by its key, sorted.
fn expected() -> Vec<&'static str> {
    let mut expected = NAMES.to_vec();
    expected.push("-w-new-line--2J");
    expected.sort_unstable();
    expected
}

fn sorted(lines: &str) -> Vec<&str> {
    let mut lines: Vec<_> = lines.lines().collect();
    lines.sort_unstable();
    lines
}

/// Prints what bash has when it has run what it would insert.
const IN_BASH: &str = r#"eval "$(cco completions bash)"
COMP_WORDBREAKS=$' \t\n"\'@><=;|&(:'
try() {
    COMP_LINE=$1 COMP_POINT=${#1}
    "${3-_cco}"
    for word in "${COMPREPLY[@]}"; do eval "printf '%s\n' $2$word$2"; done
}
"#;

#[test]
fn bash_gets_each_name_as_one_word_whatever_quotes_it_is_typed_in() {
    let home = home();
    for (line, quote) in [
        ("cco daily --project ", ""),
        ("cco daily --project=", ""),
        ("cco claude daily -p ", ""),
        ("cco daily --project '", "'"),
        ("cco daily --project=\"", "\""),
    ] {
        let script =
            format!("{IN_BASH}try '{}' '{}'", line.replace('\'', r"'\''"), quote.replace('\'', r"'\''"));
        let Some(shown) = run(&home, "bash", &script) else { return };
        assert_eq!(sorted(&shown), expected(), "{line}");
    }
}

#[test]
fn values_of_every_kind_are_completed() {
    let home = home();
    let lines = [
        ("cco daily --mode ", "auto\ncalculate\ndisplay\n"),
        ("cco unin", "uninstall\n"),
        ("cco session --id session-1", "session-1\n"),
        ("cco daily --model claude-o", "claude-opus-5\n"),
        ("cco prices claude-haiku-4-5", "claude-haiku-4-5-20251001\n"),
        ("cco daily --timezone Europe/Berl", "Europe/Berlin\n"),
        ("cco daily --project pay", "pay$(touch made)\n"),
        ("cco daily --project /w/pay", "/w/pay$(touch made)\n"),
        ("TZ=UTC cco blocks --token-limit ", "max\n"),
        ("cco daily --branch feature/pay", "feature/pay$(touch made)\n"),
        ("cco daily --branch feature/new", ""),
        ("cco daily --subagent Exp", "Explore\n"),
        ("cco daily --mcp-server data", "database\n"),
        ("cco daily --effort h", "high\n"),
    ];
    for (line, expected) in lines {
        let Some(shown) = run(&home, "bash", &format!("{IN_BASH}try '{line}' ''")) else { return };
        assert_eq!(shown, expected, "{line}");
    }
    for (line, expected) in [
        ("cco-peek --field tot", "totals.\n"),
        ("cco-peek --field=totals.cost", "totals.cost_usd\n"),
        ("cco-peek --field block.en", "block.end\n"),
        ("cco-peek --field models.0.mod", "models.0.model\n"),
        ("cco-peek --format tm", "tmux\n"),
        ("cco-peek statusline --theme co", "compact\n"),
    ] {
        let script = format!("{IN_BASH}try '{line}' '' _cco_peek");
        assert_eq!(run(&home, "bash", &script).unwrap(), expected, "{line}");
    }
}

#[test]
fn names_come_from_the_ledger_if_there_is_no_snapshot_and_nothing_is_made() {
    let home = home();
    std::fs::remove_file(home.path().join(".local/state/cco/usage.snapshot")).unwrap();
    let ask = ["complete", "fish", "cco", "--", "cco", "session", "--id", "session-3"];
    assert_eq!(home.done(&ask), "session-3\n");
    let empty = Home::new();
    assert_eq!(empty.done(&ask), "");
    assert_eq!(empty.files(), []);
}

#[test]
fn a_ledger_without_a_snapshot_gives_the_newest_names_first() {
    let home = home();
    let line = serde_json::json!({
        "type": "assistant", "cwd": "/w/newest", "timestamp": "2026-11-02T10:00:00Z", "requestId": "r-new",
        "sessionId": "session-new",
        "message": {"id": "msg_new", "model": "claude-haiku-4-5", "usage": {"output_tokens": 1}},
    });
    home.write(".claude/projects/-w-newest/session-new.jsonl", format!("{line}\n"));
    home.done(&["publish", "--once"]);
    std::fs::remove_file(home.path().join(".local/state/cco/usage.snapshot")).unwrap();
    for (option, first) in
        [("--project", "newest\t"), ("--model", "claude-haiku-4-5\n"), ("--id", "session-new\n")]
    {
        let command = if option == "--id" { "session" } else { "daily" };
        let ask = ["complete", "fish", "cco", "--", "cco", command, option, ""];
        let shown = home.done(&ask);
        assert!(shown.starts_with(first), "{option}: {shown}");
        assert_eq!(home.done(&ask), shown, "{option}: in the same order each time");
    }
}

#[test]
fn a_project_is_offered_by_its_alias_and_by_no_end_that_is_in_anothers() {
    let home = Home::new();
    for (at, path) in ["/w/a/pay", "/w/b/other", "/w/c/plain"].iter().enumerate() {
        let line = serde_json::json!({
            "type": "assistant", "cwd": path, "timestamp": "2026-11-01T10:00:00Z", "requestId": format!("r{at}"),
            "sessionId": format!("s-{at}"),
            "message": {"id": format!("msg_{at}"), "model": "claude-opus-5", "usage": {"output_tokens": 1}},
        });
        home.write(&format!(".claude/projects/{}/s-{at}.jsonl", path.replace('/', "-")), format!("{line}\n"));
    }
    home.write(".config/cco/config.toml", "[aliases.projects]\nother = 'Payments'\n");
    home.done(&["publish", "--once"]);
    let names = |typed: &str| {
        let shown = home.done(&["complete", "fish", "cco", "--", "cco", "daily", "--project", typed]);
        let mut names: Vec<_> =
            shown.lines().map(|line| line.split('\t').next().unwrap().to_owned()).collect();
        names.sort_unstable();
        names
    };
    // `pay` alone would select both.
    assert_eq!(names(""), ["Payments", "a/pay", "plain"]);
    assert_eq!(names("Pay"), ["Payments"]);
    assert_eq!(names("oth"), ["other"]);
    assert_eq!(names("/w/b"), ["/w/b/other"]);
    for name in names("") {
        let report = home.done(&["project", "--no-update", "--json", "--project", &name]);
        let report: serde_json::Value = serde_json::from_str(&report).unwrap();
        assert_eq!(report["rows"].as_array().unwrap().len(), 1, "{name}: {report}");
    }
}

#[test]
fn fish_offers_each_name_and_what_it_is() {
    let home = home();
    home.done(&["setup", "fish", "--yes"]);
    let Some(shown) = run(&home, "fish", "complete -C 'cco daily --project '") else { return };
    let names: Vec<_> = shown.lines().map(|line| line.split('\t').next().unwrap()).collect();
    assert_eq!(sorted(&names.join("\n")), expected());
    assert!(shown.contains("pay$(touch made)\t/w/pay$(touch made)\n"), "{shown}");
}

/// A terminal in which a shell runs; it ends with the test.
struct Terminal<'a> {
    home: &'a Home,
    socket: String,
}

impl<'a> Terminal<'a> {
    fn open(home: &'a Home, shell: &str) -> Option<Self> {
        let terminal = Self { home, socket: home.path().join("socket").to_str().unwrap().to_owned() };
        for program in ["tmux", shell] {
            if home.command(program).arg(if program == "tmux" { "-V" } else { "--version" }).output().is_err()
            {
                skipped(format_args!("there is no {program}"));
                return None;
            }
        }
        terminal.tmux(&["-f", "/dev/null", "new-session", "-d", "-x", "200", "-y", "50", shell]);
        terminal.until("a prompt", || !terminal.tmux(&["capture-pane", "-p"]).trim().is_empty());
        Some(terminal)
    }

    fn tmux(&self, arguments: &[&str]) -> String {
        let mut command = self.home.command("tmux");
        command.env("TERM", "screen").env("LC_ALL", "C.UTF-8").current_dir(self.home.path());
        let output = command.arg("-S").arg(&self.socket).args(arguments).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
        text(&output.stdout)
    }

    fn until(&self, what: &str, is_so: impl Fn() -> bool) {
        let begun = Instant::now();
        while !is_so() {
            let waited = begun.elapsed();
            assert!(waited < Duration::from_secs(30), "no {what}:\n{}", self.tmux(&["capture-pane", "-p"]));
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Terminal<'_> {
    fn drop(&mut self) {
        let mut command = self.home.command("tmux");
        // If it is gone already, there is nothing to end.
        let _ = command.arg("-S").arg(&self.socket).arg("kill-server").output();
    }
}

#[test]
fn on_a_terminal_a_manual_page_is_shown_in_the_users_pager() {
    let home = Home::new();
    let has_man = home.command("man").arg("--version").output().is_ok_and(|output| output.status.success());
    let Some(terminal) = Terminal::open(&home, "bash").filter(|_| has_man) else {
        return skipped("there is no man");
    };
    let words = "export MANPAGER='tee page'; cco man cco-peek statusline; echo >done";
    terminal.tmux(&["send-keys", "-l", words]);
    terminal.tmux(&["send-keys", "Enter"]);
    terminal.until("page", || home.path().join("done").exists());
    // Bold letters are written twice, one over the other.
    let bytes = home.read("page");
    let is_shown = |at: &usize| bytes[*at] != 8 && bytes.get(at + 1) != Some(&8);
    let page = text(&(0..bytes.len()).filter(is_shown).map(|at| bytes[at]).collect::<Vec<_>>());
    if page.trim().is_empty() {
        return skipped("man shows no files");
    }
    let lines: Vec<_> =
        page.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    assert!(
        lines.iter().any(|line| line == "budget the most used-up budget; empty while all are within limits"),
        "{page}"
    );
    assert!(!page.contains(".TP"), "{page}");
}

#[test]
fn in_a_terminal_each_shell_inserts_a_hostile_name_as_the_word_it_is() {
    for shell in ["bash", "zsh", "fish"] {
        let home = home();
        home.done(&["setup", shell, "--yes"]);
        let Some(terminal) = Terminal::open(&home, shell) else { continue };
        for (at, name) in NAMES.iter().enumerate().filter(|(_, name)| !name.starts_with('-')) {
            let typed: String = name.chars().take_while(|c| c.is_alphanumeric()).take(3).collect();
            if typed.is_empty() {
                continue;
            }
            terminal.tmux(&["send-keys", "-l", &format!("cco project --no-update --json --project {typed}")]);
            terminal.tmux(&["send-keys", "Tab"]);
            terminal.tmux(&["send-keys", "-l", &format!(" >out{at}; echo >done{at}")]);
            terminal.tmux(&["send-keys", "Enter"]);
            terminal.until("answer", || home.path().join(format!("done{at}")).exists());
            let shown: serde_json::Value = serde_json::from_slice(&home.read(&format!("out{at}"))).unwrap();
            let rows = shown["rows"].as_array().unwrap();
            assert_eq!(rows.len(), 1, "{shell} {name}: {shown}");
            assert_eq!(rows[0]["path"], format!("/w/{name}"), "{shell}");
        }
        // A path in the home folder is the shell's own matter.
        home.write("some/settings.json", "{}");
        terminal.tmux(&["send-keys", "-l", "cco setup claude --dry-run --file ~/som"]);
        terminal.tmux(&["send-keys", "Tab"]);
        terminal.tmux(&["send-keys", "-l", "sett"]);
        terminal.tmux(&["send-keys", "Tab"]);
        terminal.tmux(&["send-keys", "-l", " >plan; echo >planned"]);
        terminal.tmux(&["send-keys", "Enter"]);
        terminal.until("plan", || home.path().join("planned").exists());
        let plan = text(&home.read("plan"));
        assert!(plan.contains("some/settings.json"), "{shell}: {plan}");
        assert!(!home.path().join("made").exists(), "{shell} ran a name");
    }
}
