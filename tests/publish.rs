//! `cco publish --once` as users run it: from transcripts to what any reader of the snapshot sees.

mod another_user;
mod expected;
mod shared_data;
mod skipped;

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use expected::{assert_row, assert_rows, read_json};
use serde_json::Value;
use shared_data::shared_data;

/// A run with a home, state and snapshot of its own.
struct Run {
    home: tempfile::TempDir,
}

impl Run {
    fn new() -> Self {
        Self { home: tempfile::tempdir().unwrap() }
    }

    fn snapshot(&self) -> PathBuf {
        self.home.path().join("usage.snapshot")
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.env_clear().env("HOME", self.home.path()).env("CCO_SNAPSHOT", self.snapshot());
        command
    }

    fn cco(&self, arguments: &[&str]) -> Output {
        self.command(env!("CARGO_BIN_EXE_cco")).args(arguments).output().unwrap()
    }

    fn publish(&self, root: &Path) -> Output {
        let root = root.to_str().unwrap();
        let output = self.cco(&["publish", "--once", "--timezone", "UTC", "--root", root, "--json"]);
        assert!(output.status.success(), "{}", text(&output.stderr));
        output
    }

    /// What a reader sees.
    fn peek(&self) -> Value {
        let arguments = ["--json", "--sessions", "--days", "--hours"];
        let output = self.command(env!("CARGO_BIN_EXE_cco-peek")).args(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(3), "a publisher that ended: {}", text(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    }
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

#[test]
fn real_transcripts_give_the_expected_totals_by_model_session_project_and_day() {
    let Some(data) =
        shared_data("real_transcripts_give_the_expected_totals_by_model_session_project_and_day")
    else {
        return;
    };
    let run = Run::new();
    run.publish(&data.join("claude"));
    let seen = run.peek();
    let expected = |name: &str| read_json(&data.join("expected").join(name));
    let all = expected("all.json");
    assert_row("all", &seen["totals"], &all["rows"]["all"]);
    assert_eq!(seen["totals"]["messages"], all["messages"]);
    assert_eq!(seen["health"]["files"], all["files"]);
    assert_rows(&seen["models"], "model", &expected("model.json"));
    assert_rows(&seen["projects"], "project", &expected("project.json"));
    assert_rows(&seen["sessions"], "session", &expected("session.json"));
    assert_rows(&seen["days"], "date", &expected("day.json"));
}

#[test]
fn every_rule_gives_its_expected_totals() {
    let Some(data) = shared_data("every_rule_gives_its_expected_totals") else { return };
    let run = Run::new();
    run.publish(&data.join("rules"));
    let seen = run.peek();
    let expected = read_json(&data.join("expected/rules.json"));
    assert_rows(&seen["projects"], "project", &expected);
    assert_eq!(seen["totals"]["messages"], expected["messages"]);
}

#[test]
fn the_own_fixtures_give_their_expected_totals_and_costs() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/rules");
    let run = Run::new();
    run.publish(&fixtures);
    let seen = run.peek();
    let costs = read_json(&fixtures.join("expected-costs.json"));
    let seen: BTreeMap<&str, &Value> = seen["projects"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["project"].as_str().unwrap(), &row["cost_usd"]))
        .collect();
    let costs: BTreeMap<&str, &Value> =
        costs.as_object().unwrap().iter().map(|(key, cost)| (key.as_str(), cost)).collect();
    assert_eq!(seen, costs);
}

/// A root with one project and one session of one request.
fn small_root(folder: &Path) -> PathBuf {
    let project = folder.join("root/projects/-home-ada-engine");
    std::fs::create_dir_all(&project).unwrap();
    let line = r#"{"type":"assistant","cwd":"/home/ada/engine","sessionId":"s-1","timestamp":"2026-11-20T23:30:00Z","message":{"id":"msg_1","model":"claude-opus-5","usage":{"input_tokens":1000000,"output_tokens":1}}}"#;
    std::fs::write(project.join("s-1.jsonl"), format!("{line}\n")).unwrap();
    folder.join("root")
}

#[test]
fn publishing_prints_the_document_that_readers_get_with_the_scan_added() {
    let run = Run::new();
    let root = small_root(run.home.path());
    let output = run.publish(&root);
    let mut printed: Value = serde_json::from_slice(&output.stdout).unwrap();
    let scan = printed.as_object_mut().unwrap().remove("scan").unwrap();
    assert_eq!((&scan["files"], &scan["lines"], &scan["records"]), (&1.into(), &1.into(), &1.into()));
    assert_eq!((&scan["malformed"], &scan["skipped"]), (&0.into(), &0.into()));
    assert!(scan["duration"].is_u64() && scan["bytes"].as_u64().unwrap() > 100);
    let mut seen = run.peek();
    for document in [&mut printed, &mut seen] {
        document["snapshot"].as_object_mut().unwrap().remove("age_ms");
        for table in ["sessions", "days", "hours"] {
            document.as_object_mut().unwrap().remove(table);
        }
    }
    assert_eq!(printed, seen);
    assert_eq!(seen["totals"]["cost_usd"].to_string(), "5.000025");
    assert_eq!(seen["projects"][0]["path"], "/home/ada/engine");
}

#[test]
fn publishing_prints_a_table_by_model_and_where_the_snapshot_is() {
    let run = Run::new();
    let root = small_root(run.home.path());
    let output = run.cco(&["publish", "--once", "--timezone", "UTC", "--root", root.to_str().unwrap()]);
    let printed = text(&output.stdout);
    for expected in ["claude-opus-5", "1,000,000", "$5.00", "1 transcript", run.snapshot().to_str().unwrap()]
    {
        assert!(printed.contains(expected), "{expected} is missing in:\n{printed}");
    }
    assert_eq!(text(&output.stderr), "");
}

#[test]
fn days_are_those_of_the_chosen_zone() {
    let run = Run::new();
    let root = small_root(run.home.path());
    for (zone, day) in
        [("UTC", "2026-11-20"), ("Asia/Kathmandu", "2026-11-21"), ("Pacific/Chatham", "2026-11-21")]
    {
        let root = root.to_str().unwrap();
        let output = run.cco(&["publish", "--once", "--timezone", zone, "--root", root]);
        assert!(output.status.success(), "{}", text(&output.stderr));
        let seen = run.peek();
        assert_eq!((&seen["days"][0]["date"], &seen["snapshot"]["timezone"]), (&day.into(), &zone.into()));
    }
}

#[test]
fn publishing_again_carries_on_the_epoch_and_counts_nothing_twice() {
    let run = Run::new();
    let root = small_root(run.home.path());
    run.publish(&root);
    let first = run.peek();
    run.publish(&root);
    let second = run.peek();
    assert_eq!(first["snapshot"]["epoch"], second["snapshot"]["epoch"]);
    assert!(second["snapshot"]["generation"].as_u64() > first["snapshot"]["generation"].as_u64());
    assert_eq!(first["totals"], second["totals"]);
}

#[test]
fn what_cannot_be_read_is_named_and_does_not_stop_the_rest() {
    let run = Run::new();
    let root = small_root(run.home.path());
    let project = root.join("projects/-home-ada-engine");
    std::fs::create_dir(project.join("folder.jsonl")).unwrap();
    std::os::unix::fs::symlink(&project, project.join("loop")).unwrap();
    std::os::unix::fs::symlink("nowhere", project.join("gone.jsonl")).unwrap();
    std::fs::write(project.join("garbage.jsonl"), [0u8, 159, 146, 150, b'\n', b'{', 255]).unwrap();
    let output = run.cco(&["publish", "--once", "--timezone", "UTC", "--root", root.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(0));
    let told = text(&output.stderr);
    for expected in ["skipped", "gone.jsonl", "malformed", "garbage.jsonl"] {
        assert!(told.contains(expected), "{expected} is missing in:\n{told}");
    }
    let (link, project) = (project.join("loop"), project.display());
    assert!(told.contains(&format!("{}: it links back to {project}", link.display())), "{told}");
    assert_eq!(run.peek()["totals"]["requests"], 1);
}

#[test]
fn a_root_without_projects_is_refused_with_what_was_expected() {
    let run = Run::new();
    let output = run.cco(&["publish", "--once", "--root", run.home.path().to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(4));
    assert!(text(&output.stderr).contains("projects"), "{}", text(&output.stderr));
    assert!(!run.snapshot().exists());
}

#[test]
fn without_transcripts_publishing_says_where_it_looked() {
    let run = Run::new();
    let output = run.cco(&["publish", "--once"]);
    assert_eq!(output.status.code(), Some(4));
    let told = text(&output.stderr);
    assert!(told.contains(run.home.path().join(".claude").to_str().unwrap()), "{told}");
}

/// A run by somebody who may not look into the `.claude` of a home; gives what was told.
fn without_rights(run: &Run, arguments: &[&str]) -> Option<Output> {
    let allow = |path: &Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    let denied = run.home.path().join(".claude");
    std::fs::create_dir_all(denied.join("projects")).unwrap();
    allow(&denied, 0o000);
    let mut command = run.command(env!("CARGO_BIN_EXE_cco"));
    let output = another_user::run(command.args(arguments), &denied, run.home.path());
    allow(&denied, 0o700);
    output
}

#[test]
fn a_root_that_may_not_be_looked_into_is_told_from_one_that_is_not_there() {
    for (arguments, exit) in [(&["publish", "--once"][..], 4), (&[], 0)] {
        let run = Run::new();
        let Some(output) = without_rights(&run, arguments) else { return };
        let told = text(&output.stderr);
        assert_eq!(output.status.code(), Some(exit), "{told}");
        let refused = format!(
            "{}: cannot read this folder: Permission denied",
            run.home.path().join(".claude").display()
        );
        assert!(told.contains(&refused), "{told}");
    }
}

#[test]
fn a_root_that_may_not_be_looked_into_is_an_error_also_after_it_was_counted() {
    for arguments in [&["publish", "--once"][..], &[]] {
        let run = Run::new();
        std::fs::rename(small_root(run.home.path()), run.home.path().join(".claude")).unwrap();
        let counted = run.cco(&["publish", "--once"]);
        assert!(counted.status.success(), "{}", text(&counted.stderr));
        another_user::hand_over(&run.home.path().join(".local"));
        let Some(output) = without_rights(&run, arguments) else { return };
        assert_eq!(output.status.code(), Some(4), "{}", text(&output.stderr));
        assert!(text(&output.stderr).contains("Permission denied"), "{}", text(&output.stderr));
    }
}

#[test]
fn a_root_that_may_not_be_looked_into_is_named_beside_others_that_are_published() {
    let run = Run::new();
    std::fs::create_dir(run.home.path().join(".config")).unwrap();
    std::fs::rename(small_root(run.home.path()), run.home.path().join(".config/claude")).unwrap();
    let Some(output) = without_rights(&run, &["publish", "--once", "--timezone", "UTC", "--json"]) else {
        return;
    };
    let told = text(&output.stderr);
    assert!(output.status.success(), "{told}");
    let refused =
        format!("{}: cannot read this folder: Permission denied", run.home.path().join(".claude").display());
    assert!(told.contains(&refused), "{told}");
    let printed: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(printed["totals"]["requests"], 1);
}

#[test]
fn without_transcripts_cco_shows_a_sample_and_leaves_nothing() {
    let run = Run::new();
    let output = run.cco(&[]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains("made-up sample"), "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains(".claude"), "{}", text(&output.stderr));
    assert!(text(&output.stdout).contains("claude-opus-5"), "{}", text(&output.stdout));
    assert_eq!(std::fs::read_dir(run.home.path()).unwrap().count(), 0, "the home stays empty");
}

#[test]
fn cco_alone_publishes_the_users_own_transcripts() {
    let run = Run::new();
    let root = small_root(run.home.path());
    std::fs::rename(root, run.home.path().join(".claude")).unwrap();
    let output = run.cco(&[]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let shown = text(&output.stdout);
    for part in ["today", "block", "this week", "this month", "limits", "publisher"] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    assert!(text(&run.cco(&["total"]).stdout).contains("claude-opus-5"));
    assert_eq!(run.peek()["totals"]["requests"], 1);
}

#[test]
fn a_second_publisher_is_told_who_holds_the_lock() {
    let run = Run::new();
    let root = small_root(run.home.path());
    let state = run.home.path().join("state");
    let _lock = cco::snapshot::Lock::take(&state.join("lock")).unwrap();
    let (root, state) = (root.to_str().unwrap(), state.to_str().unwrap());
    let output = run.cco(&["publish", "--once", "--root", root, "--state", state]);
    assert_eq!(output.status.code(), Some(6));
    let told = text(&output.stderr);
    assert!(told.contains(&format!("process {}", std::process::id())), "{told}");
}

#[test]
fn an_unknown_zone_is_wrong_usage() {
    let run = Run::new();
    let output = run.cco(&["publish", "--once", "--timezone", "Mars/Olympus"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("Europe/Berlin"), "{}", text(&output.stderr));
}

#[test]
fn a_generated_corpus_gives_its_true_totals() {
    let run = Run::new();
    let root = run.home.path().join("corpus");
    let spec = corpus::Spec { bytes: 6_000_000, files: 40, projects: 5, ..corpus::Spec::default() };
    let made = corpus::generate(&spec, &root).unwrap();
    run.publish(&root);
    let seen = run.peek();
    let (totals, truth) = (&seen["totals"], &made.truth);
    assert_eq!((&totals["requests"], &totals["messages"]), (&truth.requests.into(), &truth.messages.into()));
    let tokens = &truth.tokens;
    for (member, expected) in [
        ("input_tokens", tokens.input),
        ("output_tokens", tokens.output),
        ("cache_write_5m_tokens", tokens.cache_write_5m),
        ("cache_write_1h_tokens", tokens.cache_write_1h),
        ("cache_read_tokens", tokens.cache_read),
        ("web_search_requests", tokens.web_searches),
    ] {
        assert_eq!(totals[member], expected, "{member}");
    }
    assert_eq!(seen["models"].as_array().unwrap().len(), truth.models.len());
}

#[test]
fn colours_are_used_where_they_are_asked_for_and_nowhere_else() {
    let run = Run::new();
    let root = small_root(run.home.path());
    std::fs::rename(root, run.home.path().join(".claude")).unwrap();
    run.cco(&[]);
    let styled = |arguments: &[&str], variables: &[(&str, &str)]| {
        let mut command = run.command(env!("CARGO_BIN_EXE_cco"));
        let output = command.args(arguments).envs(variables.iter().copied()).output().unwrap();
        assert!(output.status.success(), "{}", text(&output.stderr));
        text(&output.stdout).contains('\x1b')
    };
    assert!(!styled(&["total"], &[]), "a pipe is no terminal");
    assert!(styled(&["total", "--color", "always"], &[("NO_COLOR", "1")]));
    for force in [("FORCE_COLOR", "1"), ("CLICOLOR_FORCE", "1")] {
        assert!(styled(&["total"], &[force]), "{force:?}");
        assert!(!styled(&["total", "--color", "never"], &[force]), "{force:?}");
        assert!(!styled(&["total"], &[force, ("NO_COLOR", "1")]), "{force:?}");
    }
}

#[test]
fn what_users_of_other_tools_type_is_understood_or_answered() {
    let run = Run::new();
    let root = small_root(run.home.path());
    std::fs::rename(root, run.home.path().join(".claude")).unwrap();
    let named = run.cco(&["claude", "model"]);
    assert!(text(&named.stdout).contains("claude-opus-5"), "{}", text(&named.stderr));
    let json: Value = serde_json::from_slice(&run.cco(&["--json"]).stdout).unwrap();
    assert_eq!(json["totals"]["requests"], 1);
    let line = run.cco(&["statusline"]);
    assert_eq!(line.status.code(), Some(2));
    assert!(text(&line.stderr).contains("cco-peek statusline"), "{}", text(&line.stderr));
}
