//! What promtool makes of metrics, rules and the tests of rules.

use std::fs;
use std::io::Write as _;
use std::process::{Command, Output, Stdio};

use crate::client::get;
use crate::host::Host;
use crate::place::Place;
use crate::{has, tool};

/// Checks a text of metrics. promtool complains on stderr.
fn check_metrics(text: &[u8], what: &str) {
    let mut command = Command::new("promtool");
    command.args(["check", "metrics"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut promtool = command.spawn().unwrap();
    promtool.stdin.take().unwrap().write_all(text).unwrap();
    let output = promtool.wait_with_output().unwrap();
    let said = [&output.stdout[..], &output.stderr].concat();
    assert!(output.status.success() && said.is_empty(), "{what}: {}", String::from_utf8_lossy(&said));
}

fn check_rules(folder: &std::path::Path) -> Output {
    Command::new("promtool").args(["test", "rules", "alerts_test.yml"]).current_dir(folder).output().unwrap()
}

#[test]
fn metrics_are_clean() {
    if !has("promtool") {
        return;
    }
    let place = Place::new();
    let publisher = Host::publish(&place, &[]);
    for target in ["/metrics", "/metrics?projects=1", "/metrics?names=claude-code", "/metrics?projects=1000"]
    {
        check_metrics(&get(publisher.port, target).body, target);
    }
    let peek = |what: &str| {
        let mut peek = Command::new(env!("CARGO_BIN_EXE_cco-peek"));
        peek.env_clear().env("HOME", place.path("")).args(["--format", "prometheus"]);
        let output = peek.arg("--snapshot").arg(place.path("state/usage.snapshot")).output().unwrap();
        check_metrics(&output.stdout, what);
    };
    peek("live");
    publisher.signal("-KILL");
    drop(publisher);
    peek("dead");
    fs::remove_file(place.path("state/usage.snapshot")).unwrap();
    peek("nothing published");
}

#[test]
fn alerts_fire_when_they_should_and_only_then() {
    if !has("promtool") {
        return;
    }
    let files = ["recording.yml", "alerts.yml", "alerts_test.yml"];
    let rules =
        Command::new("promtool").args(["check", "rules"]).args(files[..2].iter().map(|f| tool(f))).output();
    assert!(rules.unwrap().status.success());
    let output = check_rules(&tool(""));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    // The tests notice a rule that changed.
    let folder = tempfile::tempdir().unwrap();
    for (what, instead) in [
        ("cco_snapshot_age_seconds > 60", "cco_snapshot_age_seconds > 600"),
        ("increase1h > 10", "increase1h > 1000"),
        ("increase10m > 0", "increase10m > 1000"),
        ("cco_limit_used_ratio > 0.8", "cco_limit_used_ratio > 0.1"),
        ("cco_publisher_up == 0", "cco_publisher_up == 1"),
        ("cco_budget_used_ratio >= 1", "cco_budget_used_ratio >= 2"),
        ("cco_budget_projected_usd > cco", "cco_budget_projected_usd < cco"),
        ("used_at_reset:ratio > 1", "used_at_reset:ratio > 9"),
    ] {
        for file in files {
            let text = fs::read_to_string(tool(file)).unwrap();
            let changed = if file == "alerts.yml" { text.replace(what, instead) } else { text.clone() };
            assert!(file != "alerts.yml" || changed != text, "{what} is not in a rule");
            fs::write(folder.path().join(file), changed).unwrap();
        }
        assert!(!check_rules(folder.path()).status.success(), "nothing tests {what}");
    }
}
