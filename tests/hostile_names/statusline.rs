//! The status line and the rows of subagents, over input in which strangers named everything.

use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use unicode_width::UnicodeWidthStr as _;

use crate::names::{ENDLESS, HOSTILE};
use crate::{COLUMNS, assert_safe, cco, place};

#[test]
fn no_status_line_shows_a_name_raw_or_too_wide() {
    let place = place();
    assert!(cco(&place, &["publish", "--once"]).status.success());
    let endless = ENDLESS.repeat(2_000);
    for name in HOSTILE.iter().copied().chain([&*endless]) {
        let input = json!({
            "session_id": name, "cwd": format!("/{name}"), "version": name,
            "model": { "id": name, "display_name": name },
            "workspace": {
                "current_dir": format!("/{name}"), "project_dir": format!("/{name}"), "git_worktree": name,
                "repo": { "owner": name, "name": name },
            },
            "session_name": name, "effort": { "level": name }, "vim": { "mode": name },
            "output_style": { "name": name }, "agent": { "name": name },
            "worktree": { "name": name, "branch": name },
            "pr": { "number": 7, "url": format!("https://{name}"), "review_state": name },
            "prompt_cache": { "ttl": name, "last_miss_cause": { "causes": [name, name] } },
            "rate_limits": {
                "spend_limit": { "period": name },
                "model_scoped": [{ "display_name": name, "utilization": 12 }],
            },
        });
        let of_session = "[{session.name}][{effort}][{vim}][{output_style}][{agent}][{worktree}][{worktree.branch}]\
                          [{repo}][{cwd}]{fill}[{pr:link}][{pr.state}][{pr.url:link}]";
        for template in [
            None,
            Some("{model} {model.id} {session.id} {folder} {project} {version} {models.0.model}"),
            Some(of_session),
            Some("[{cache.ttl}][{cache.miss}][{limits.spend.period}][{limits.models}][{input.pr.url:link}]"),
            Some(
                "{bg:#102030}{#ffffff} {input.session_name} {input.rate_limits.model_scoped.0.display_name}",
            ),
        ] {
            let mut command = Command::new(env!("CARGO_BIN_EXE_cco-peek"));
            command.env_clear().env("COLUMNS", COLUMNS.to_string()).env("HOME", place.path(""));
            command.env("NO_COLOR", "1").arg("--snapshot").arg(place.path("state/usage.snapshot"));
            command.arg("statusline");
            if let Some(template) = template {
                command.args(["--template", template]);
            }
            let mut child =
                command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
            child.stdin.take().unwrap().write_all(input.to_string().as_bytes()).unwrap();
            let output = child.wait_with_output().unwrap();
            assert_safe(&output, &format!("{name:.40?} {template:?}"));
            let line = String::from_utf8(output.stdout).unwrap();
            assert_eq!(line.lines().count(), 1, "{name:.40?}: {line}");
            assert!(line.trim_end().width() <= COLUMNS, "{name:.40?}: {line}");
        }
        let tasks = json!({ "columns": COLUMNS, "tasks": [
            { "id": name, "name": name, "description": name, "status": name, "tokenCount": 1 },
        ] });
        let mut command = Command::new(env!("CARGO_BIN_EXE_cco-peek"));
        command.env_clear().args(["statusline", "--subagents"]);
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(tasks.to_string().as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success() && !output.stdout.contains(&0x1b));
        for line in String::from_utf8(output.stdout).unwrap().lines() {
            let row: Value = serde_json::from_str(line).unwrap();
            assert!(row["content"].as_str().unwrap().width() <= COLUMNS, "{name:.40?}: {line}");
        }
    }
}
