//! `cco config` as users run it, and what settings do to a publish.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};

fn cco(home: &Path, variables: &[(&str, &str)], arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cco"));
    command.env_clear().env("HOME", home).envs(variables.iter().copied()).args(arguments);
    command.output().unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

/// The value and source of a setting, as `config show --json` has it.
fn shown(output: &Output, name: &str) -> (String, String) {
    assert!(output.status.success(), "{}", text(&output.stderr));
    let all: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let setting = all.as_array().unwrap().iter().find(|setting| setting["name"] == name).unwrap();
    let member = |member: &str| setting[member].as_str().unwrap().to_owned();
    (member("value"), member("source"))
}

#[test]
fn init_writes_a_file_that_changes_nothing_and_is_never_overwritten_unasked() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join(".config/cco/config.toml");
    let before = cco(home.path(), &[], &["config", "show", "--json"]);

    let path = cco(home.path(), &[], &["config", "path"]);
    assert_eq!(text(&path.stdout).trim(), file.to_str().unwrap());
    assert!(!file.exists());
    assert!(cco(home.path(), &[], &["config", "init"]).status.success());
    let after = cco(home.path(), &[], &["config", "show", "--json"]);
    for name in ["roots", "exclude", "state", "snapshot", "timezone", "week_start", "log", "statusline"] {
        assert_eq!(shown(&before, name), shown(&after, name));
    }

    std::fs::write(&file, "log = 'warn'\n").unwrap();
    let again = cco(home.path(), &[], &["config", "init"]);
    assert_eq!(again.status.code(), Some(1));
    assert!(text(&again.stderr).contains("--force"), "{}", text(&again.stderr));
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "log = 'warn'\n");
    assert!(cco(home.path(), &[], &["config", "init", "--force"]).status.success());
    assert!(std::fs::read_to_string(&file).unwrap().contains("#log = \"info\""));
}

#[test]
fn init_writes_the_schema_beside_the_file_and_replaces_nothing_else_of_that_name() {
    let home = tempfile::tempdir().unwrap();
    let schema = home.path().join(".config/cco/config.schema.json");
    let printed = cco(home.path(), &[], &["config", "schema"]);
    let value: serde_json::Value = serde_json::from_slice(&printed.stdout).unwrap();
    assert_eq!(value["title"], "Settings for cco");
    assert!(cco(home.path(), &[], &["config", "init"]).status.success());
    assert_eq!(std::fs::read(&schema).unwrap(), printed.stdout);
    let mode = || schema.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(), 0o600, "as all our files");
    std::fs::set_permissions(&schema, std::fs::Permissions::from_mode(0o644)).unwrap();
    // An older version is replaced.
    std::fs::write(&schema, "{\"title\": \"Settings for cco\"}").unwrap();
    assert!(cco(home.path(), &[], &["config", "init", "--force"]).status.success());
    assert_eq!((std::fs::read(&schema).unwrap(), mode()), (printed.stdout, 0o600));

    std::fs::write(&schema, "{\"title\": \"mine\"}").unwrap();
    let kept = cco(home.path(), &[], &["config", "init", "--force"]);
    assert!(text(&kept.stdout).contains("which is not cco's"), "{}", text(&kept.stdout));
    assert_eq!(std::fs::read_to_string(&schema).unwrap(), "{\"title\": \"mine\"}");
    let removed = cco(home.path(), &[], &["uninstall", "--yes"]);
    assert!(removed.status.success(), "{}", text(&removed.stderr));
    assert!(schema.exists(), "it is not ours");
    assert!(cco(home.path(), &[], &["config", "init"]).status.success());
    std::fs::remove_file(&schema).unwrap();
    assert!(cco(home.path(), &[], &["config", "init", "--force"]).status.success());
    assert!(cco(home.path(), &[], &["uninstall", "--yes"]).status.success());
    assert!(!home.path().join(".config/cco").exists(), "nothing is left");
}

#[test]
fn flags_come_before_variables_and_these_before_the_file() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("my.toml");
    std::fs::write(&file, "timezone = 'Asia/Tokyo'\nlog = 'debug'\nweek_start = 'sunday'\n").unwrap();
    let file = file.to_str().unwrap();
    let show = |variables: &[(&str, &str)], flags: &[&str]| {
        cco(home.path(), variables, &[&["config", "show", "--json", "--config", file], flags].concat())
    };
    let variables = [("CCO_TIMEZONE", "Europe/Paris"), ("CCO_LOG", "warn")];
    let zone = |output: Output| shown(&output, "timezone");
    assert_eq!(zone(show(&[], &[])), ("Asia/Tokyo".into(), "file".into()));
    assert_eq!(zone(show(&variables, &[])), ("Europe/Paris".into(), "CCO_TIMEZONE".into()));
    assert_eq!(zone(show(&variables, &["--timezone", "UTC"])), ("UTC".into(), "flag".into()));
    assert_eq!(shown(&show(&variables, &[]), "log"), ("warn".into(), "CCO_LOG".into()));
    assert_eq!(shown(&show(&[], &[]), "week_start"), ("sunday".into(), "file".into()));
}

#[test]
fn the_look_of_the_status_line_is_shown_in_short() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("my.toml");
    std::fs::write(&file, "[statusline]\ntheme = 'icons'\nbar = '{today.cost}'\n").unwrap();
    let output = cco(home.path(), &[], &["config", "show", "--json", "--config", file.to_str().unwrap()]);
    assert_eq!(shown(&output, "statusline"), ("theme icons, bar \"{today.cost}\"".into(), "file".into()));
}

/// Every setting in a part of the schema: the keys that lead to it, and a value that is not its default.
fn settings(schema: &Value, part: &Value, path: &[String]) -> Vec<(Vec<String>, Value)> {
    let part = match part["$ref"].as_str() {
        Some(other) if part["properties"].is_null() => schema.pointer(other.trim_start_matches('#')).unwrap(),
        _ => part,
    };
    let below = |name: &str| [path, &[name.to_owned()]].concat();
    if path == ["prices"] {
        let general = part["properties"].as_object().unwrap().iter();
        let general = general.flat_map(|(name, part)| settings(schema, part, &below(name)));
        // Prices of one model are one setting: `cco prices` shows them.
        return general.chain([(below("claude-opus-5"), json!({ "input": 1 }))]).collect();
    }
    if let Some(properties) = part["properties"].as_object() {
        let inner = properties.iter().flat_map(|(name, part)| settings(schema, part, &below(name)));
        return inner.collect();
    }
    if let Some(properties) = part["additionalProperties"]["properties"].as_object()
        && part["additionalProperties"]["required"].is_array()
    {
        // What is nothing without some of its members is one setting.
        let all = properties.iter().map(|(name, part)| (name.clone(), sample(schema, part)));
        return vec![(below("clock"), Value::Object(all.collect()))];
    }
    if part["additionalProperties"].is_object() {
        return settings(schema, &part["additionalProperties"], &below("claude-opus-5"));
    }
    vec![(path.to_vec(), sample(schema, part))]
}

/// A document as lines of TOML.
fn lines(document: &Value) -> String {
    document.as_object().unwrap().iter().map(|(key, value)| format!("{key} = {}\n", inline(value))).collect()
}

fn inline(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            let member = |(key, value): (&String, &Value)| format!("\"{key}\" = {}", inline(value));
            format!("{{ {} }}", members.iter().map(member).collect::<Vec<_>>().join(", "))
        }
        Value::Array(list) => format!("[{}]", list.iter().map(inline).collect::<Vec<_>>().join(", ")),
        other => other.to_string(),
    }
}

/// A value that a setting can have, and that is not its default.
fn sample(schema: &Value, part: &Value) -> Value {
    if let Some(other) = part["$ref"].as_str() {
        return sample(schema, schema.pointer(other.trim_start_matches('#')).unwrap());
    }
    if let Some(value) = part["examples"].get(0) {
        return value.clone();
    }
    let choices = part["enum"].as_array().or_else(|| part["anyOf"][0]["enum"].as_array());
    if let Some(choices) = choices {
        return choices.iter().rev().find(|choice| **choice != part["default"]).unwrap().clone();
    }
    if let Some(one) = part["oneOf"].get(0) {
        return sample(schema, one);
    }
    match (part["type"].as_str(), part["pattern"].as_str()) {
        (Some("boolean"), _) => (part["default"] != true).into(),
        (Some("integer"), _) => 7.into(),
        (Some("number"), _) => 0.5.into(),
        (Some("array"), _) => {
            let one = sample(schema, &part["items"]);
            vec![one; usize::try_from(part["minItems"].as_u64().unwrap_or(1)).unwrap()].into()
        }
        (Some("string"), Some(pattern)) if pattern.starts_with("^(/") => "/some/where".into(),
        // Also a key that means nothing yet.
        (Some("string"), _) if part["minLength"] == 1 => "ctrl-y".into(),
        (Some("string"), _) => "claude-sonnet-5".into(),
        other => panic!("no value for {other:?}: {part}"),
    }
}

#[test]
fn whatever_can_be_configured_is_shown() {
    let home = tempfile::tempdir().unwrap();
    let printed = cco(home.path(), &[], &["config", "schema"]);
    let schema: Value = serde_json::from_slice(&printed.stdout).unwrap();
    let (file, list) = (home.path().join("my.toml"), home.path().join("list.json"));
    std::fs::write(&list, r#"{"new-9": {"input_cost_per_token": 3e-06, "output_cost_per_token": 1e-05}}"#)
        .unwrap();
    let values = |content: &Value| {
        std::fs::write(&file, lines(content)).unwrap();
        let output = cco(home.path(), &[], &["config", "show", "--json", "--config", file.to_str().unwrap()]);
        assert!(output.status.success(), "{content}: {}", text(&output.stderr));
        let all: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
        all.into_iter().map(|setting| setting["value"].clone()).collect::<Vec<_>>()
    };
    let all = settings(&schema, &schema, &[]);
    assert!(all.len() > 60, "the schema was walked: {}", all.len());
    for (path, value) in all {
        let value = match path.iter().map(String::as_str).collect::<Vec<_>>()[..] {
            ["prices", "file"] => list.to_str().unwrap().into(),
            _ => value,
        };
        let nested = |value: Option<Value>| {
            let (last, sections) = path.split_last().unwrap();
            let own = value.map(|value| json!({ (last): value })).unwrap_or_else(|| json!({}));
            sections.iter().rev().fold(own, |inner, name| json!({ (name): inner }))
        };
        // Without the setting its sections are there nevertheless: that alone may change what is shown.
        let (before, after) = (values(&nested(None)), values(&nested(Some(value.clone()))));
        assert_ne!(before, after, "{} = {value}", path.join("."));
    }
}

#[test]
fn a_mistake_in_the_file_is_wrong_usage_and_names_its_line() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("my.toml");
    for (content, expected) in [
        ("\nweekstart = 'monday'", "my.toml:2: unknown setting \"weekstart\": did you mean week_start?"),
        ("week_start = 'someday'", "unknown day of the week \"someday\""),
        ("roots = 3", "my.toml:1:"),
        ("snapshot = '/x'", "CCO_SNAPSHOT"),
        ("exclude = ['a/b']", "cannot exclude \"a/b\""),
        (
            "[statusline]\n\nthemes = 'icons'",
            "my.toml:3: unknown setting \"statusline.themes\": did you mean theme?",
        ),
        ("[statusline]\ntheme = 'icon'", "my.toml: statusline: unknown theme \"icon\": did you mean icons?"),
        (
            "[statusline]\nbar = '{tody.cost}'",
            "statusline: bar: unknown field {tody.cost}: did you mean {today.cost}?",
        ),
    ] {
        std::fs::write(&file, content).unwrap();
        let output = cco(home.path(), &[("CCO_CONFIG", file.to_str().unwrap())], &["config", "show"]);
        assert_eq!(output.status.code(), Some(2), "{content}");
        assert!(text(&output.stderr).contains(expected), "{content}: {}", text(&output.stderr));
    }
}

#[test]
fn excluded_projects_are_not_counted_and_weeks_begin_when_they_are_told_to() {
    let home = tempfile::tempdir().unwrap();
    for project in ["-open", "-secret"] {
        let folder = home.path().join(".claude/projects").join(project);
        std::fs::create_dir_all(&folder).unwrap();
        let line = format!(
            r#"{{"type":"assistant","timestamp":"2026-01-02T03:04:05.000Z","sessionId":"s{project}","requestId":"r{project}","message":{{"id":"m{project}","model":"claude-sonnet-4-5","role":"assistant","usage":{{"input_tokens":1,"output_tokens":1}}}}}}"#
        );
        std::fs::write(folder.join("s.jsonl"), line + "\n").unwrap();
    }
    let file = home.path().join("my.toml");
    std::fs::write(&file, "exclude = ['-secret']\nweek_start = 'sunday'\ntimezone = 'UTC'\n").unwrap();
    let variables = [("CCO_CONFIG", file.to_str().unwrap())];
    let output = cco(home.path(), &variables, &["publish", "--once", "--json"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let seen: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(seen["totals"]["requests"], 1);
    assert_eq!(seen["projects"][0]["project"], "-open");
    let week: jiff::Timestamp = seen["this_week"]["start"].as_str().unwrap().parse().unwrap();
    assert_eq!(jiff::tz::TimeZone::UTC.to_datetime(week).weekday(), jiff::civil::Weekday::Sunday);
}

#[test]
fn days_are_in_the_zone_of_tz_or_somebody_is_told() {
    let home = tempfile::tempdir().unwrap();
    let zone = |zone| shown(&cco(home.path(), &[("TZ", zone)], &["config", "show", "--json"]), "timezone").0;
    for (value, name) in [("CST-8", "CST-8"), (":CST-8", "CST-8"), ("Asia/Tokyo", "Asia/Tokyo")] {
        assert_eq!(zone(value), name, "{value}");
    }
    assert_eq!(zone("Nowhere/Land"), "UTC");
    let doctor = cco(home.path(), &[("TZ", "Nowhere/Land")], &["doctor"]);
    assert!(text(&doctor.stdout).contains("TZ is not a time zone"), "{}", text(&doctor.stdout));

    // A zone file without a name, as some containers have in the place of a link.
    let file = home.path().join("localtime");
    if std::fs::copy("/usr/share/zoneinfo/Asia/Tokyo", &file).is_ok() {
        assert_eq!(zone(file.to_str().unwrap()), "local time");
    }
}

#[test]
fn prices_are_found_by_a_part_of_a_models_name() {
    let home = tempfile::tempdir().unwrap();
    let models = |part: &str| {
        let output = cco(home.path(), &[], &["prices", part, "--json"]);
        let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
        let models = document["models"].as_array().cloned().unwrap_or_default();
        models.iter().map(|model| model["model"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(models("opus-5"), ["claude-opus-5"], "the whole end of a name");
    assert_eq!(models("Opus-4-1"), ["claude-opus-4-1-20250805"]);
    assert!(models("sonnet").len() > 5);
    assert_eq!(models("gpt-none"), [""; 0]);
    let refused = cco(home.path(), &[], &["prices", "claude-oups-5"]);
    assert_eq!(refused.status.code(), Some(4));
    assert!(text(&refused.stderr).contains("did you mean claude-opus-5?"), "{}", text(&refused.stderr));
}

#[test]
fn every_option_that_refuses_a_value_says_what_it_expects() {
    let home = tempfile::tempdir().unwrap();
    let refused = [
        &["daily", "--last", "x"][..],
        &["daily", "--since", "x"],
        &["blocks", "-n", "x"],
        &["blocks", "-t", "x"],
        &["setup", "claude", "--keep-transcripts", "x"],
        &["ledger", "forget", "--before", "x"],
        &["daemon", "logs", "-n", "x"],
        &["daemon", "start", "--wait", "x"],
        &["daily", "--timezone", "x"],
    ];
    for arguments in refused {
        let output = cco(home.path(), &[], arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(text(&output.stderr).contains("use a"), "{arguments:?}: {}", text(&output.stderr));
    }
}
