//! What Claude Code 2.1.284 tells a status line, whole and in pieces: each member absent, null or of another kind.
//!
//! Whatever is missing, a line comes and exit code 0, and only the fields of that member have no value.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::published::publish;
use crate::text;

const WHOLE: &str = include_str!("claude/v2.1.284.json");

/// An amount needs the other and the share.
const SPEND: &[&str] = &[
    "rate_limits.spend_limit.used_usd",
    "rate_limits.spend_limit.limit_usd",
    "rate_limits.spend_limit.used_percentage",
];

/// Named fields, where they come from, and what they show of the whole input.
const FIELDS: &[(&str, &[&str], &str)] = &[
    ("session.name", &["session_name"], "tidy the harbour"),
    ("effort", &["effort.level"], "high"),
    ("thinking", &["thinking.enabled"], "on"),
    ("fast", &["fast_mode"], "on"),
    ("vim", &["vim.mode"], "NORMAL"),
    ("output_style", &["output_style.name"], "Explanatory"),
    ("agent", &["agent.name"], "reviewer"),
    ("worktree", &["worktree.name", "workspace.git_worktree"], "quay"),
    ("worktree.branch", &["worktree.branch"], "work/quay"),
    ("repo", &["workspace.repo"], "ada/harbour"),
    ("pr", &["pr.number"], "#1284"),
    ("pr.number", &["pr.number"], "1284"),
    ("pr.state", &["pr.review_state"], "approved"),
    ("pr.url", &["pr.url"], "https://github.com/ada/harbour/pull/1284"),
    ("cache", &["prompt_cache.warm"], "cold"),
    ("cache.hit", &["prompt_cache.hit_ratio"], "93%"),
    ("cache.left", &["prompt_cache.expires_at"], "4m"),
    ("cache.ttl", &["prompt_cache.ttl"], "5m"),
    ("cache.requests", &["prompt_cache.requests"], "48"),
    ("cache.misses", &["prompt_cache.misses"], "3"),
    ("cache.miss", &["prompt_cache.last_miss_cause.causes"], "system prompt changed, expired"),
    ("limits.spend.used", SPEND, "$83.00"),
    ("limits.spend.limit", SPEND, "$200.00"),
    ("limits.spend.amount", SPEND, "$83.00 of $200.00"),
    ("limits.spend.period", &["rate_limits.spend_limit.period"], "monthly"),
    ("limits.spend", &["rate_limits.spend_limit.used_percentage"], "41%"),
    (
        "limits.spend.left",
        &["rate_limits.spend_limit.resets_at", "rate_limits.spend_limit.used_percentage"],
        "2d",
    ),
    ("limits.models", &["rate_limits.model_scoped"], "Opus 72%, Sonnet 7%"),
    (
        "context.left",
        &[
            "context_window.remaining_percentage",
            "context_window.used_percentage",
            "context_window.current_usage",
            "context_window.context_window_size",
        ],
        "32%",
    ),
    ("session.added", &["cost.total_lines_added"], "1,200"),
    ("session.removed", &["cost.total_lines_removed"], "340"),
    ("version", &["version"], "2.1.284"),
    ("input.effort.level", &["effort.level"], "high"),
    ("input.pr.number", &["pr.number"], "1284"),
    ("input.prompt_cache.hit_ratio", &["prompt_cache.hit_ratio"], "0.934"),
    ("input.workspace.added_dirs.1", &["workspace.added_dirs"], "/r"),
    ("input.exceeds_200k_tokens", &["exceeds_200k_tokens"], "false"),
];
/// Between two fields, which no value has.
const BETWEEN: char = '¦';

/// The whole input with times that lie ahead.
fn whole() -> Value {
    let mut input: Value = serde_json::from_str(WHOLE).unwrap();
    let now = crate::now() / 1000;
    input["prompt_cache"]["expires_at"] = json!(now + 290);
    input["rate_limits"]["spend_limit"]["resets_at"] = json!(now + 2 * 86_400 + 60);
    input
}

/// The value of each field of [`FIELDS`]; a dash if it has none.
fn shown(snapshot: &Path, input: &Value) -> Vec<String> {
    let template: Vec<_> = FIELDS.iter().map(|(name, ..)| format!("{{{name}}}")).collect();
    let line = run(snapshot, &template.join(&BETWEEN.to_string()), input);
    assert!(!line.contains(char::is_control), "{line:?}");
    line.split(BETWEEN).map(str::to_owned).collect()
}

fn run(snapshot: &Path, template: &str, input: &Value) -> String {
    line(program(snapshot).args(["--template", template]), input)
}

fn program(snapshot: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cco-peek"));
    command.env_clear().env("CCO_SNAPSHOT", snapshot).env("NO_COLOR", "1").arg("statusline");
    command
}

/// What the program prints of an input.
fn line(command: &mut Command, input: &Value) -> String {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.to_string().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{input}");
    text(&output.stdout).strip_suffix('\n').expect("a whole line").to_owned()
}

/// The paths of all members, those of lists too.
fn paths(value: &Value, path: &str, found: &mut Vec<String>) {
    let members: Vec<(String, &Value)> = match value {
        Value::Object(members) => members.iter().map(|(name, value)| (name.clone(), value)).collect(),
        Value::Array(items) => items.iter().enumerate().map(|(at, value)| (at.to_string(), value)).collect(),
        _ => return,
    };
    for (name, value) in members {
        let path = if path.is_empty() { name } else { format!("{path}.{name}") };
        found.push(path.clone());
        paths(value, &path, found);
    }
}

fn at<'a>(value: &'a mut Value, path: &str) -> &'a mut Value {
    value.pointer_mut(&format!("/{}", path.replace('.', "/"))).unwrap()
}

fn without(mut value: Value, path: &str) -> Value {
    let (parent, name) = path.rsplit_once('.').unwrap_or(("", path));
    let parent = if parent.is_empty() { &mut value } else { at(&mut value, parent) };
    match parent {
        Value::Object(members) => drop(members.remove(name).unwrap()),
        Value::Array(items) => drop(items.remove(name.parse().unwrap())),
        _ => panic!("{path} has no parent"),
    }
    value
}

/// Values of other kinds than this one.
fn others(value: &Value) -> Vec<Value> {
    let all = [json!("\u{1b}[2J\u{202e}"), json!(-7.5), json!(true), json!([]), json!({"level": []})];
    all.into_iter().filter(|other| std::mem::discriminant(other) != std::mem::discriminant(value)).collect()
}

/// Whether a change at one path can change a field that comes from another.
fn concerns(changed: &str, source: &str) -> bool {
    let below =
        |path: &str, of: &str| path == of || path.strip_prefix(of).is_some_and(|rest| rest.starts_with('.'));
    below(changed, source) || below(source, changed)
}

#[test]
fn the_whole_input_gives_every_field_its_value() {
    let published = publish();
    let expected: Vec<_> = FIELDS.iter().map(|(_, _, value)| (*value).to_owned()).collect();
    assert_eq!(shown(&published.path(), &whole()), expected);
}

#[test]
fn a_member_that_is_absent_null_or_of_another_kind_costs_its_own_fields_and_nothing_else() {
    let published = publish();
    let mut all = Vec::new();
    paths(&whole(), "", &mut all);
    assert!(all.len() > 80, "{all:?}");
    for path in &all {
        let put = |value: Value| {
            let mut input = whole();
            *at(&mut input, path) = value;
            input
        };
        let mut inputs = vec![without(whole(), path), put(Value::Null)];
        inputs.extend(others(at(&mut whole(), path)).into_iter().map(put));
        for input in inputs {
            let values = shown(&published.path(), &input);
            for ((name, sources, expected), value) in FIELDS.iter().zip(values) {
                if !sources.iter().any(|source| concerns(path, source)) {
                    assert_eq!(value, *expected, "{name} without {path}: {input}");
                }
            }
        }
    }
}

#[test]
fn a_field_whose_members_are_all_gone_has_no_value() {
    let published = publish();
    for (name, sources, _) in FIELDS {
        let gone = sources.iter().fold(whole(), |input, path| without(input, path));
        assert_eq!(run(&published.path(), &format!("{{{name}}}"), &gone), "–", "{name}");
        let null = sources.iter().fold(whole(), |mut input, path| {
            *at(&mut input, path) = Value::Null;
            input
        });
        assert_eq!(run(&published.path(), &format!("{{{name}}}"), &null), "–", "{name}");
    }
}

#[test]
fn older_versions_lack_members_and_nothing_is_made_up_for_them() {
    /// What was not told yet, by the last version that did not.
    const LACKING: [(&str, &[&str]); 4] = [
        ("2.1.251", &["rate_limits.spend_limit", "rate_limits.model_scoped"]),
        ("2.1.200", &["prompt_cache", "fast_mode"]),
        ("2.1.153", &["pr", "workspace.repo", "workspace.git_worktree", "effort", "thinking"]),
        ("2.1.80", &["session_name", "worktree", "agent", "rate_limits", "workspace.added_dirs"]),
    ];
    let published = publish();
    let mut input = whole();
    let mut gone: Vec<&str> = Vec::new();
    for (version, lacking) in LACKING {
        for path in lacking {
            input = without(input, path);
            gone.push(path);
        }
        input["version"] = json!(version);
        for ((name, sources, expected), value) in FIELDS.iter().zip(shown(&published.path(), &input)) {
            let is_gone = sources.iter().all(|source| gone.iter().any(|path| concerns(path, source)));
            let expected = if is_gone { "–" } else { expected };
            let expected = if *name == "version" { version } else { expected };
            assert_eq!(value, expected, "{name} in {version}");
        }
        let line = line(&mut program(&published.path()), &input);
        assert!(
            line.starts_with("Opus 4.5 · $4.94 session · $1.23 today · 67% context"),
            "{version}: {line}"
        );
    }
}

#[test]
fn a_name_from_the_input_is_bounded_and_has_no_control_characters() {
    let published = publish();
    let mut input = whole();
    input["session_name"] = json!("\u{1b}]0;x\u{7}\u{202e}".repeat(50_000));
    for field in ["session.name", "input.session_name"] {
        let line = run(&published.path(), &format!("{{{field}}}"), &input);
        assert!(line.chars().count() <= 120 && !line.contains(char::is_control), "{line:?}");
    }
    input["prompt_cache"]["last_miss_cause"]["causes"] = json!(["a\nb", 7, null, "c", "d", "e", "f"]);
    assert_eq!(run(&published.path(), "{cache.miss}", &input), r"a\nb, c, d, e, …");
}

#[test]
fn a_time_is_in_seconds_or_milliseconds_and_one_that_is_over_is_not_shown() {
    let published = publish();
    let shown = |at: i64| {
        let mut input = whole();
        input["prompt_cache"]["expires_at"] = json!(at);
        run(&published.path(), "{cache.left}", &input)
    };
    let now = crate::now();
    assert_eq!(shown(now / 1000 + 290), "4m");
    assert_eq!(shown(now + 290_000), "4m");
    for over in [now / 1000 - 1, now - 1000, 290, now / 1000 + 86_400, i64::MAX] {
        assert_eq!(shown(over), "–", "{over}");
    }
}

#[test]
fn the_theme_like_ccusages_shows_the_effort_as_ccusage_does() {
    let published = publish();
    let shown = |input: &Value| {
        let mut command = program(&published.path());
        line(command.args(["--theme", "ccusage"]), input)
    };
    assert!(shown(&whole()).starts_with("🤖 Opus 4.5 (high) | 💰 "), "{}", shown(&whole()));
    let older = without(whole(), "effort");
    assert!(shown(&older).starts_with("🤖 Opus 4.5 | 💰 "), "{}", shown(&older));
}

#[test]
fn a_share_is_cut_off_and_its_bar_is_full_only_at_all_of_it_and_empty_only_at_nothing() {
    let published = publish();
    let shown = |percent: f64, ratio: f64| {
        let mut input = whole();
        input["context_window"]["used_percentage"] = json!(percent);
        input["prompt_cache"]["hit_ratio"] = json!(ratio);
        run(&published.path(), "{context} {context:bar:4} {cache.hit} {cache.hit:bar:4}", &input)
    };
    assert_eq!(shown(0.4, 0.29), "0% █░░░ 29% █░░░");
    assert_eq!(shown(0.0, 0.999), "0% ░░░░ 99% ███░");
    assert_eq!(shown(99.9, 1.0), "99% ███░ 100% ████");
}

/// The guide to the status line.
const GUIDE: &str = include_str!("../../docs/statusline.md");

/// Fails unless both lists have the same, whatever their order.
fn assert_same(guide: &[String], program: &[String]) {
    let only_in = |these: &[String], those: &[String]| -> Vec<String> {
        these.iter().filter(|it| !those.contains(it)).cloned().collect()
    };
    assert_eq!(only_in(program, guide), [""; 0], "the guide lacks these, or words them otherwise");
    assert_eq!(only_in(guide, program), [""; 0], "the program lacks these, or words them otherwise");
    assert_eq!(guide.len(), program.len(), "one is listed twice");
}

#[test]
fn the_guide_has_the_fields_of_the_program_and_no_others() {
    let (_, table) = GUIDE.split_once("\n### All fields\n").unwrap();
    let rows = table.lines().skip_while(|line| !line.starts_with("|---")).skip(1);
    let rows: Vec<_> = rows.take_while(|line| line.starts_with('|')).map(str::to_owned).collect();
    let fields = cco::report::bar::listing().map(|(name, about)| format!("| `{{{name}}}` | {about} |"));
    assert_same(&rows, &fields.collect::<Vec<_>>());
}

#[test]
fn the_guide_has_the_themes_of_the_program_and_no_others() {
    let (_, list) = GUIDE.split_once("Themes (").unwrap();
    let (list, _) = list.split_once(')').unwrap();
    let listed: Vec<_> = list.split(',').map(|theme| theme.trim().to_owned()).collect();
    let themes = cco::report::bar::themes().map(|theme| format!("`{theme}`"));
    assert_same(&listed, &themes.collect::<Vec<_>>());
}

#[test]
fn whatever_the_guide_writes_in_braces_is_a_template() {
    let code = GUIDE.split('`').skip(1).step_by(2);
    let is_template = |code: &&str| code.starts_with('{') && code.ends_with('}') && !code.contains('"');
    let templates: Vec<_> = code.filter(is_template).collect();
    assert!(templates.len() > 100, "{templates:?}");
    for template in templates {
        let parsed = template.parse::<cco::report::bar::Template>();
        assert!(parsed.is_ok(), "{template}: {parsed:?}");
    }
}
