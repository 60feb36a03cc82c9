//! What projects and models are called instead of their names.

use std::process::Command;

use serde_json::Value;

use crate::place::{Place, Ran, request, text};

const CONFIG: &str = "\
[aliases.projects]
-home-ada-loom = \"Loom, of all\"
[aliases.models]
claude-opus-5 = \"Opus\"
";

/// A place with two projects and a block that runs, and other names for one project and its model.
fn place() -> Place {
    let place = Place::new();
    place.add("-home-ada-loom", "s-2", &request(3, "s-2", &jiff::Timestamp::now().to_string()));
    std::fs::write(place.path("config.toml"), CONFIG).unwrap();
    place
}

fn ask(place: &Place, arguments: &[&str]) -> Ran {
    let ran = Ran(place.command(arguments).env("CCO_CONFIG", place.path("config.toml")).output().unwrap());
    assert_eq!(ran.code(), 0, "{arguments:?}: {}", ran.told());
    ran
}

fn peek(place: &Place, arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cco-peek"));
    command.env_clear().env("HOME", place.path("")).arg("--config").arg(place.path("config.toml"));
    command.arg("--snapshot").arg(place.path("state/usage.snapshot")).args(arguments);
    String::from_utf8(command.output().unwrap().stdout).unwrap()
}

#[test]
fn people_read_aliases_everywhere() {
    let place = place();
    for (arguments, alias, name) in [
        (&["daily"][..], "Opus", "opus-5"),
        (&["daily", "--breakdown"], "Opus", "opus-5"),
        (&["model"], "Opus", "opus-5"),
        (&["blocks"], "Opus", "opus-5"),
        (&["blocks", "--breakdown"], "Opus", "opus-5"),
        (&["blocks", "--active"], "Opus", "opus-5"),
        (&["live"], "Opus", "opus-5"),
        (&["total"], "Opus", "opus-5"),
        (&["project"], "Loom, of all", "loom "),
        (&["session"], "Loom, of all", "loom "),
        (&["session", "--id", "s-2"], "Loom, of all", "loom "),
        (&["daily", "--instances"], "Loom, of all", "loom "),
    ] {
        let ran = ask(&place, arguments);
        assert!(ran.printed().contains(alias), "{arguments:?}: {}", ran.printed());
        assert!(!ran.printed().contains(name), "{arguments:?}: {}", ran.printed());
    }
    let overview = ask(&place, &[]);
    assert!(overview.printed().contains("Opus"), "{}", overview.printed());
    for arguments in [&[][..], &["--format", "{models.0.model}"]] {
        let text = peek(&place, arguments);
        assert!(text.contains("Opus") && !text.contains("opus-5"), "{arguments:?}: {text}");
    }
    assert!(peek(&place, &["--format", "{projects.0.project}"]).contains("Loom, of all"));
}

#[test]
fn a_bar_knows_a_project_by_the_last_part_of_its_path() {
    let place = place();
    let at = jiff::Timestamp::now().to_string();
    let request_in = |cwd, id| request(id, "s-3", &at).replace("/home/ada/engine", cwd);
    place.add("-home-ada-loom", "s-2", &request_in("/home/ada/loom", 6));
    place.add("C--code-engine", "s-3", &request_in("C:\\\\code\\\\engine", 7));
    std::fs::write(place.path("config.toml"), "[aliases.projects]\nengine = 'Machine'\nloom = 'Weaver'\n")
        .unwrap();
    ask(&place, &["daily"]);
    let names: Vec<_> =
        (0..3).map(|at| peek(&place, &["--format", &format!("{{projects.{at}.project}}")])).collect();
    let count = |alias: &str| names.iter().filter(|name| name.contains(alias)).count();
    assert_eq!((count("Machine"), count("Weaver")), (2, 1), "{names:?}");
    let session = peek(&place, &["--format", "{sessions.0.project}"]);
    assert!(["Machine", "Weaver"].iter().any(|alias| session.contains(alias)), "{session}");
}

#[test]
fn programs_get_the_name_and_the_alias_beside_it() {
    let place = place();
    let json = |arguments: &[&str]| ask(&place, &[arguments, &["--json"]].concat()).json();
    let names = |row: &Value, of: &str| (row[of].clone(), row[format!("{of}_alias")].clone());
    let opus = (Value::from("claude-opus-5"), Value::from("Opus"));
    let loom = (Value::from("-home-ada-loom"), Value::from("Loom, of all"));
    assert_eq!(names(&json(&["model"])["rows"][0], "model"), opus);
    assert_eq!(names(&json(&["daily"])["rows"][0]["models"][0], "model"), opus);
    assert_eq!(names(&json(&["blocks"])["rows"][0]["models"][0], "model"), opus);
    assert_eq!(names(&json(&["project"])["rows"][0], "project"), loom);
    assert_eq!(names(&json(&["project"])["rows"][1], "project").1, Value::Null);
    assert_eq!(names(&json(&["session"])["rows"][1], "project"), loom);
    assert_eq!(names(&json(&["total"])["models"][0], "model"), opus);
    assert_eq!(names(&json(&[])["models"][0], "model"), opus);
    let peeked: Value = serde_json::from_str(&peek(&place, &["--json", "--sessions"])).unwrap();
    assert_eq!(names(&peeked["models"][0], "model"), opus);
    assert_eq!(names(&peeked["projects"][0], "project"), loom);
    assert_eq!(names(&peeked["sessions"][0], "project"), loom);
    // Spreadsheets and other programs' formats have names only.
    for arguments in [&["model", "--csv"][..], &["daily", "--json", "--compat", "ccusage"]] {
        assert!(!ask(&place, arguments).printed().contains("Opus"), "{arguments:?}");
    }
}

#[test]
fn a_comparison_with_claude_codes_figures_has_aliases() {
    let place = place();
    let state = r#"{"type":"cost-state","sessionId":"s-2","totalCostUSD":9,"modelUsage":{"claude-opus-5":{"costUSD":9}}}"#;
    place.add("-home-ada-loom", "s-2", state);
    let table = ask(&place, &["reconcile"]).printed().to_owned();
    assert!(table.contains("Loom, of all") && !table.contains("loom "), "{table}");
    let session = ask(&place, &["session", "--id", "s-2"]).printed().to_owned();
    assert!(session.contains("own figures") && !session.contains("opus-5"), "{session}");
    let row = &ask(&place, &["reconcile", "--json"]).json()["rows"][0];
    assert_eq!((&row["project"], &row["project_alias"]), (&"-home-ada-loom".into(), &"Loom, of all".into()));
    let model = &row["models"][0];
    assert_eq!((&model["model"], &model["model_alias"]), (&"claude-opus-5".into(), &"Opus".into()));
    let session = ask(&place, &["session", "--id", "s-2", "--json"]).json();
    assert_eq!(session["claude_code"]["models"][0]["model_alias"], "Opus");
}

#[test]
fn filters_take_aliases_as_well_as_names() {
    let place = place();
    let requests = |filter: &[&str]| {
        ask(&place, &[&["daily", "--json"], filter].concat()).json()["totals"]["requests"].clone()
    };
    for filter in ["Loom, of all", "loom, OF", "-home-ada-loom"] {
        assert_eq!(requests(&["--project", filter]), 2, "{filter}");
    }
    for filter in ["Opus", "opus-5", "opu"] {
        assert_eq!(requests(&["--model", filter]), 3, "{filter}");
    }
    let ran = Ran(place
        .command(&["daily", "--project", "Loom, of al!"])
        .env("CCO_CONFIG", place.path("config.toml"))
        .output()
        .unwrap());
    ran.fails(4, &["did you mean Loom, of all"]);
}

#[test]
fn the_status_line_calls_model_and_folder_by_their_aliases() {
    let place = place();
    place.publish();
    let line = |json: &str, template: &str| {
        use std::io::Write as _;
        let mut command = Command::new(env!("CARGO_BIN_EXE_cco-peek"));
        command.env_clear().env("HOME", place.path("")).env("NO_COLOR", "1");
        command.args(["--config", text(&place.path("config.toml")), "statusline", "--template", template]);
        command.stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(json.as_bytes()).unwrap();
        String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap()
    };
    let json = r#"{"model":{"id":"claude-opus-5","display_name":"Opus 5 (1M)"},"workspace":{"current_dir":"/home/ada/loom","project_dir":"/home/ada/x"}}"#;
    assert_eq!(line(json, "{model} in {folder} of {project}"), "Opus in Loom, of all of x\n");
}

#[test]
fn aliases_for_one_report_override_those_in_the_config_file() {
    let place = place();
    let table = |aliases: &str| {
        ask(&place, &["daily", "--instances", "--project-aliases", aliases]).printed().to_owned()
    };
    let shown = table("-home-ada-loom=Weaver, engine = Machine");
    assert!(shown.contains("Weaver") && !shown.contains("Loom"), "{shown}");
    assert!(table("-home-ada-engine=Machine").contains("Machine"));
    let json = ask(&place, &["project", "--json", "--project-aliases", "-home-ada-loom=Weaver"]).json();
    assert_eq!(json["rows"][0]["project_alias"], "Weaver");
    place.cco(&["daily", "--project-aliases", "engine"]).fails(2, &["use pairs such as engine=Engine"]);
}
