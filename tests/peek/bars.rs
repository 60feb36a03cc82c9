//! `--format` as bars run it: by each tool's convention, always with a line; and templates of one's own.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use cco::snapshot::{Limit, Publication};
use serde_json::Value;

use crate::published::{Published, counters, now, publication, publish};
use crate::{command, peek, text};

const TOOLS: [&str; 7] = ["waybar", "i3bar", "i3blocks", "polybar", "tmux", "starship", "xbar"];

/// A snapshot with a limit that is nearly used up.
fn with_limit() -> Published {
    let mut published = publish();
    let limit = Limit { used_millionths: 925_000, resets_at: now() + 3_600_000, seen_at: now() };
    published.writer.commit(&Publication { five_hour_limit: Some(limit), ..publication(4) }).unwrap();
    published
}

fn format(published: &Published, name: &str) -> String {
    let output = peek(&published.path(), &["--format", name]);
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), ""), "{name}");
    text(&output.stdout).to_owned()
}

#[test]
fn each_tool_gets_what_it_takes() {
    let published = with_limit();
    assert_eq!(format(&published, "plain"), "$1.23 today · 92% of 5h\n");
    assert_eq!(format(&published, "starship"), "$1.23 today · 92% of 5h\n");
    assert_eq!(
        format(&published, "tmux"),
        "$1.23 #[dim]today · #[default]#[fg=red]92%#[default] #[dim]of 5h#[default]\n"
    );
    assert_eq!(format(&published, "polybar"), "$1.23 today · %{F#ff5555}92%%{F-} of 5h\n");
    assert_eq!(format(&published, "i3blocks"), "$1.23 today · 92% of 5h\n$1.23 today · 92% of 5h\n#ff5555\n");
    let waybar: Value = serde_json::from_str(&format(&published, "waybar")).unwrap();
    assert_eq!((&waybar["class"], &waybar["percentage"]), (&"critical".into(), &92.into()));
    assert!(waybar["text"].as_str().unwrap().contains("<span foreground='#ff5555'>92%</span>"));
    assert!(waybar["tooltip"].as_str().unwrap().contains("This month: $3.70, 450 tokens, 3 requests\n"));
    let xbar = format(&published, "xbar");
    assert!(xbar.starts_with("$1.23 today · 92% of 5h | ") && xbar.contains("\n---\n"), "{xbar}");
    let i3bar = format(&published, "i3bar");
    let (header, list) = i3bar.split_once('\n').unwrap();
    assert_eq!(header, "{\"version\":1}");
    let list: Value = serde_json::from_str(list).unwrap();
    assert_eq!((&list[0][0]["name"], &list[0][0]["urgent"]), (&"cco".into(), &true.into()));
    let json: Value = serde_json::from_str(&format(&published, "json")).unwrap();
    assert_eq!(json["totals"]["requests"], 4);
}

#[test]
fn tools_get_a_marked_line_and_exit_code_0_where_nothing_is_current() {
    let folder = publish().abandon();
    let path = folder.path().join("usage.snapshot");
    for name in TOOLS {
        let output = peek(&path, &["--format", name]);
        assert_eq!(output.status.code(), Some(0), "{name}");
        let printed = text(&output.stdout);
        assert!(printed.contains("$1.23?") && printed.contains("stale "), "{name}: {printed}");
        let output = peek(&folder.path().join("none"), &["--format", name]);
        assert_eq!(output.status.code(), Some(0), "{name}");
        assert!(text(&output.stdout).contains("no snapshot"), "{name}: {}", text(&output.stdout));
    }
    for (name, code) in [("plain", 3), ("json", 3), ("{today.cost}", 3)] {
        assert_eq!(peek(&path, &["--format", name]).status.code(), Some(code), "{name}");
        let none = peek(&folder.path().join("none"), &["--format", name]);
        assert_eq!((none.status.code(), text(&none.stdout)), (Some(4), ""), "{name}");
    }
}

#[test]
fn a_bar_of_a_stopped_publisher_has_all_figures_and_one_short_mark_more() {
    let live = with_limit();
    let stopped = with_limit().abandon();
    let stopped = stopped.path().join("usage.snapshot");
    let plain = |snapshot: &std::path::Path, theme: &str| {
        let output = peek(snapshot, &["--format", "{stale}"]);
        let mark = text(&output.stdout).trim_end().to_owned();
        let output = peek(snapshot, &["--format", "plain", "--theme", theme]);
        (text(&output.stdout).trim_end().to_owned(), mark)
    };
    for theme in ["default", "compact", "icons", "ascii"] {
        let (was, _) = plain(&live.path(), theme);
        let (line, mark) = plain(&stopped, theme);
        assert!(mark.starts_with("stale ") && mark.len() <= "stale 23h 59m".len(), "{mark}");
        let figures = line.replace('?', "");
        assert!(figures.starts_with(&was) && line.ends_with(&mark), "{theme}: {line}");
        assert!(figures.len() <= was.len() + " | 💤 ".len() + mark.len(), "{theme}: {line}");
    }
    // Where a tool has a short line, it is for figures.
    let short = |snapshot: &std::path::Path| {
        let output = peek(snapshot, &["--format", "i3blocks"]);
        text(&output.stdout).lines().nth(1).unwrap().replace('?', "")
    };
    assert!(short(&stopped).starts_with(&short(&live.path())), "{}", short(&stopped));
}

#[test]
fn a_template_of_ones_own_has_fields_and_paths_of_the_json() {
    let published = with_limit();
    let template = "[{today.cost} of {total.cost}][{block.left}] {models.0.model} {today.requests} \\{\\}";
    let output = peek(&published.path(), &["--format", template]);
    assert_eq!((text(&output.stdout), output.status.code()), ("$1.23 of $4.94 claude-dear 1 {}\n", Some(0)));
    let output = peek(&published.path(), &["--format", "tmux", "--template", "#{today.cost}"]);
    assert_eq!(text(&output.stdout), "##$1.23\n");
}

#[test]
fn metrics_without_the_budgets_of_a_broken_config_file_say_why_on_stderr() {
    let published = publish();
    let config = published.folder.path().join("config.toml");
    let metrics = |text_of_config: &str| {
        std::fs::write(&config, text_of_config).unwrap();
        let arguments = ["--format", "prometheus", "--config", config.to_str().unwrap()];
        let output = peek(&published.path(), &arguments);
        assert_eq!(output.status.code(), Some(0), "what there is, is right");
        assert!(text(&output.stdout).contains("cco_requests_total"), "{}", text(&output.stdout));
        (text(&output.stdout).contains("cco_budget_limit_usd"), text(&output.stderr).to_owned())
    };
    assert_eq!(metrics("[budgets]\ndaily = 1\n"), (true, String::new()));
    let (has_budgets, told) = metrics("[budgets]\ndayly = 1\n");
    assert!(!has_budgets && told.contains("config broken (config.toml:2)"), "{told}");
}

#[test]
fn a_mistake_in_a_template_or_a_name_is_a_usage_error_that_says_what_was_meant() {
    let published = publish();
    for (arguments, meant) in [
        (&["--format", "waybr"][..], "did you mean waybar?"),
        (&["--format", "{tody.cost}"], "did you mean {today.cost}?"),
        (&["--format", "{snapshot.writr}"], "writer"),
        (&["--format", "[{today.cost}"], "character 1 is not closed"),
        (&["--format", "tmux", "--template", "{today.cots}"], "did you mean {today.cost}?"),
        (&["--follow"], "--format"),
    ] {
        let output = peek(&published.path(), arguments);
        assert_eq!((output.status.code(), text(&output.stdout)), (Some(2), ""), "{arguments:?}");
        assert!(text(&output.stderr).contains(meant), "{arguments:?}: {}", text(&output.stderr));
    }
}

#[test]
fn following_prints_each_change_once_and_survives_that_there_is_nothing_yet() {
    let mut published = publish();
    let mut child = command(&published.path(), &["--format", "i3bar", "--follow"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    assert_eq!([lines.next().unwrap(), lines.next().unwrap()], ["{\"version\":1}", "["]);
    let first = lines.next().unwrap();
    assert!(first.starts_with("[{") && first.contains("$1.23"), "{first}");
    // A commit that changes nothing of the line is no change.
    published.writer.commit(&publication(5)).unwrap();
    let mut changed = publication(6);
    changed.today.counters = counters(9);
    published.writer.commit(&changed).unwrap();
    let second = lines.next().unwrap();
    assert!(second.starts_with(",[{") && second.contains("$11.11"), "{second}");
    child.kill().unwrap();
    child.wait().unwrap();

    let folder = tempfile::tempdir().unwrap();
    let later = folder.path().join("usage.snapshot");
    let mut child =
        command(&later, &["--format", "plain", "--follow"]).stdout(Stdio::piped()).spawn().unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(4), "scripts are told");
    let mut child =
        command(&later, &["--format", "starship", "--follow"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    assert_eq!(lines.next().unwrap(), "cco: no snapshot");
    std::fs::rename(published.path(), &later).unwrap();
    assert!(lines.next().unwrap().contains("$11.11"));
    child.kill().unwrap();
    child.wait().unwrap();
}
