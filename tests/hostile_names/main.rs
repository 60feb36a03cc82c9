//! Every command in every format, over transcripts in which strangers named everything: nothing comes out raw, and
//! nothing is wider than it may be.
//!
//! What is run is a list, below: a new command or format belongs there.

#[path = "../serve/client.rs"]
#[allow(dead_code)] // other tests use more of it
mod client;
mod complete;
mod http;
mod monitor;
mod names;
#[path = "../terminal/mod.rs"]
#[allow(dead_code)] // other tests use more of it
mod on_terminal;
#[path = "../ledger_cli/place.rs"]
#[allow(dead_code)] // other tests use more of it
mod place;
mod statusline;
mod terminal;
mod widths;

use std::process::{Command, Output, Stdio};

use names::{ENDLESS, HOSTILE, in_toml, is_raw};
use place::Place;
use serde_json::{Value, json};
use unicode_width::UnicodeWidthStr as _;

/// The width that tables and status lines are asked to keep.
const COLUMNS: usize = 80;
/// A server, which goes on until it is told to stop; `http` asks it.
const SERVE: &[&str] = &["serve", "127.0.0.1:0"];
/// The widest line of words: a few names, each at most 120 columns, and what is said of them. Errors are longer.
const WORDS_COLUMNS: usize = 500;
/// How a line begins that only a name with a line break can make.
const FORGED: &str = "cco: all is well";
/// The most that an error or a line of the log may be.
const ERROR_COLUMNS: usize = 4200;

/// Transcripts in which each kind of name is hostile in turn, one of them very long.
fn place_with(endless_bytes: usize) -> Place {
    let place = Place::new();
    let names =
        HOSTILE.iter().map(|name| (*name).to_owned()).chain([ENDLESS.repeat(endless_bytes / ENDLESS.len())]);
    for (index, name) in names.enumerate() {
        // A folder's name cannot be as long as the others.
        let folder: String = name.chars().filter(|c| *c != '/' && *c != '\0').take(40).collect();
        let at = format!("2026-03-2{}T{:02}:30:00Z", index % 8, index % 24);
        let line = json!({
            "type": "assistant", "sessionId": format!("{name}{index}"), "cwd": format!("/{name}"), "timestamp": at,
            "gitBranch": name, "requestId": name, "attributionAgent": name, "attributionSkill": name,
            "attributionPlugin": name, "attributionMcpServer": name, "attributionMcpTool": name, "effort": name,
            "entrypoint": name, "agentId": name,
            "message": {
                "id": format!("msg_{index}x"), "model": format!("{name}-{index}"),
                "usage": { "input_tokens": 1000 + index, "output_tokens": 10 },
            },
        });
        place.add(&format!("-{folder}{index}"), &format!("{folder}-{index}"), &line.to_string());
        let state = json!({
            "type": "cost-state", "sessionId": format!("{name}{index}"), "totalCostUSD": 1.5,
            "modelUsage": { name.as_str(): { "costUSD": 1.5 } },
        });
        place.add(&format!("-{folder}{index}"), &format!("{folder}-{index}"), &state.to_string());
        let title =
            json!({ "type": "custom-title", "customTitle": name, "sessionId": format!("{name}{index}") });
        place.add(&format!("-{folder}{index}"), &format!("{folder}-{index}"), &title.to_string());
        place.add(
            &format!("-{folder}{index}"),
            &format!("{folder}-{index}"),
            &format!("{{\"usage\":{{{name}"),
        );
    }
    std::fs::write(place.path("config.toml"), config()).unwrap();
    let models: serde_json::Map<String, Value> =
        HOSTILE.iter().map(|name| ((*name).to_owned(), json!(123_456))).collect();
    let days = json!([{ "date": "2024-02-29", "tokensByModel": models }]);
    let statistics = json!({ "version": 3, "dailyModelTokens": days });
    std::fs::write(place.path("root/stats-cache.json"), statistics.to_string()).unwrap();
    place
}

/// Takes in statistics of hostile models.
fn import_statistics(place: &Place) {
    for more in ["--dry-run", "--json"] {
        let imported = cco(place, &["ledger", "import", "stats-cache", more]);
        assert!(imported.status.success(), "{}", String::from_utf8_lossy(&imported.stderr));
        assert_safe(&imported, more);
    }
}

fn place() -> Place {
    place_with(3_000)
}

/// Settings whose every text is hostile.
fn config() -> String {
    let name = in_toml(&HOSTILE.concat());
    let projects: String =
        HOSTILE.iter().map(|name| format!("{} = {{ daily = \"1\" }}\n", in_toml(name))).collect();
    // Every other model and project has an alias, which is hostile as well.
    let every_other = || HOSTILE.iter().enumerate().step_by(2);
    let models: String = every_other()
        .map(|(index, alias)| {
            format!("{} = {}\n", in_toml(&format!("{alias}-{index}")), in_toml(&format!("{alias}!")))
        })
        .collect();
    let folders: String = every_other()
        .map(|(_, alias)| format!("{} = {}\n", in_toml(&format!("/{alias}")), in_toml(&format!("{alias}!"))))
        .collect();
    format!(
        "exclude = []\n[keep]\ntitles = true\n[budgets]\nmonthly = \"0.001\"\n[budgets.projects]\n{projects}[statusline]\nseparator = {name}\n\
         [prices.aliases]\n{name} = \"claude-opus-5\"\n[aliases.models]\n{models}\n[aliases.projects]\n{folders}\n[guard]\n\
         session = {{ warn = \"0.0001\", stop = 1000 }}\nday.stop = 5\nblock.stop = 5\nproject.stop = 5\nstrict = true\n"
    )
}

fn run(mut command: Command) -> Output {
    command.output().unwrap()
}

/// `cco` with the folders of a place.
fn command(place: &Place, arguments: &[&str]) -> Command {
    if arguments.first() != Some(&"guard") {
        return place.command(arguments);
    }
    // It reads a snapshot, and has no options for other folders.
    let mut command = Command::new(env!("CARGO_BIN_EXE_cco"));
    command.env_clear().env("HOME", place.path("")).env("CCO_SNAPSHOT", place.path("state/usage.snapshot"));
    command.stdin(Stdio::null()).args(arguments);
    command
}

fn cco(place: &Place, arguments: &[&str]) -> Output {
    let mut command = command(place, arguments);
    command.env("COLUMNS", COLUMNS.to_string()).env("CCO_CONFIG", place.path("config.toml"));
    command.env("CCO_LOG", "trace");
    run(command)
}

fn peek(place: &Place, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cco-peek"));
    command.env_clear().env("HOME", place.path("")).env("COLUMNS", COLUMNS.to_string());
    command.arg("--snapshot").arg(place.path("state/usage.snapshot"));
    command.arg("--config").arg(place.path("config.toml")).args(arguments);
    run(command)
}

/// Asserts that an output has nothing raw in it, and no line that is too wide.
#[track_caller]
fn assert_safe(output: &Output, what: &str) {
    for (bytes, columns) in [(&output.stdout, WORDS_COLUMNS), (&output.stderr, ERROR_COLUMNS)] {
        let text = std::str::from_utf8(bytes).unwrap_or_else(|error| panic!("{what}: {error}"));
        if let Some(raw) = text.chars().find(|c| is_raw(*c)) {
            let at = text.find(raw).unwrap();
            let near: String = text[..at].chars().rev().take(80).collect::<Vec<_>>().iter().rev().collect();
            panic!("{what}: {raw:?} is raw behind {near:?}");
        }
        let forged = text.lines().find(|line| line.starts_with(FORGED));
        assert_eq!(forged, None, "{what}: a name makes a line of its own");
        let is_data = text.starts_with(['{', '[']) || text.contains(",cost_usd,");
        let widest = text.lines().map(|line| line.width()).max().unwrap_or(0);
        assert!(is_data || widest <= columns, "{what}: a line is {widest} wide");
    }
    assert!(!String::from_utf8_lossy(&output.stderr).contains("panicked"), "{what}");
}

#[test]
fn no_command_prints_a_name_raw() {
    let place = place_with(300_000);
    let published = cco(&place, &["publish", "--once"]);
    assert!(published.status.success(), "{}", String::from_utf8_lossy(&published.stderr));
    assert_safe(&published, "publish --once");
    import_statistics(&place);

    let reports = [
        "daily",
        "weekly",
        "monthly",
        "yearly",
        "session",
        "project",
        "model",
        "branch",
        "subagent",
        "skill",
        "plugin",
        "mcp",
        "effort",
        "entrypoint",
        "blocks",
    ];
    let forms: [&[&str]; 7] = [
        &[],
        &["--breakdown"],
        &["--compact", "--breakdown"],
        &["--json"],
        &["--csv"],
        &["--csv", "--breakdown"],
        &["--no-cost"],
    ];
    for report in reports {
        for form in forms {
            let arguments = [&[report, "--no-update"], form].concat();
            let output = cco(&place, &arguments);
            assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
            assert_safe(&output, &format!("{arguments:?}"));
            let text = String::from_utf8(output.stdout).unwrap();
            if form.contains(&"--json") {
                serde_json::from_str::<Value>(&text).unwrap();
            } else if !form.contains(&"--csv") {
                let table = text.split_once("Total").expect("a table").0;
                let widest = table.lines().map(|line| line.width()).max().unwrap();
                assert!(widest <= COLUMNS, "{arguments:?}: a table is {widest} wide\n{table}");
            }
        }
    }
    for columns in [30, 50, 200] {
        for arguments in [
            &["session", "--breakdown"][..],
            &["project"],
            &["blocks"],
            &["model"],
            &["mcp"],
            &["daily", "--by", "branch,effort"],
        ] {
            let mut command = place.command(&[arguments, &["--no-update"]].concat());
            let output = run({
                command.env("COLUMNS", columns.to_string());
                command
            });
            let text = String::from_utf8(output.stdout).unwrap();
            let table = text.split_once("Total").expect("a table").0;
            let widest = table.lines().map(|line| line.width()).max().unwrap();
            assert!(widest <= columns, "{arguments:?} is {widest} wide instead of {columns}\n{table}");
        }
    }
    for arguments in [
        &["daily", "--instances"][..],
        &["daily", "--instances", "--project-aliases", "etc=\u{1b}[31m\u{202e}x\ncco: all is well"],
        &["daily", "--verbose", "--debug"],
        &["blocks", "--all", "--token-limit", "max"],
        &["blocks", "--all", "--json"],
        &["config", "schema"],
        &["daily", "--instances", "--json", "--compat", "ccusage"],
        &["session", "--json", "--compat", "ccusage"],
        &["blocks", "--active"],
        &["live"],
        &["monitor"],
        &["total"],
        &["total", "--json"],
        &["limits"],
        &["limits", "--json"],
        &["publish", "--once", "--json"],
        &["budget"],
        &["guard"],
        &["guard", "status"],
        &["guard", "status", "--json"],
        &["budget", "--json"],
        &["budget", "check"],
        &["prices"],
        &["prices", "--json"],
        &["prices", "--unpriced"],
        &["prices", "check"],
        &["prices", "check", "--json"],
        &["prices", "--unpriced", "--json"],
        &["config", "show"],
        &["config", "show", "--json"],
        &["doctor"],
        &["doctor", "--json"],
        &["fix", "--dry-run"],
        &["fix", "--dry-run", "--json"],
        &["daemon", "status"],
        &["daemon", "status", "--json"],
        &["daemon", "logs"],
        &["ledger", "verify"],
        &["reconcile"],
        &["reconcile", "--json"],
        &["reconcile", "--limit", "3"],
        &["ledger", "set-aside"],
        &["ledger", "export"],
    ] {
        assert_safe(&cco(&place, arguments), &format!("{arguments:?}"));
    }
    for (shell, line) in
        [("bash", &[" =", "cco daily --project "][..]), ("zsh", &["cco", "daily", "--project", ""])]
    {
        for option in ["--project", "--model", "--id"] {
            let words = line.iter().map(|word| word.replace("--project", option)).collect::<Vec<_>>();
            let mut command = Command::new(env!("CARGO_BIN_EXE_cco"));
            command.env_clear().env("HOME", place.path("")).env("CCO_STATE", place.path("state"));
            let mut output = run({
                command.args(["complete", shell, "cco", "--"]).args(words);
                command
            });
            // What follows a tab says what the value is.
            output.stdout.iter_mut().filter(|byte| **byte == b'\t').for_each(|byte| *byte = b' ');
            assert_safe(&output, &format!("{shell} {option}"));
            assert!(option == "--id" || !output.stdout.is_empty(), "{shell} {option}");
        }
    }
    for (index, name) in HOSTILE.iter().enumerate() {
        let id = format!("--id={name}{index}");
        for form in [&["--no-update"][..], &["--no-update", "--json"]] {
            let output = cco(&place, &[&["session", &id], form].concat());
            assert!(output.status.success(), "{id:?}: {}", String::from_utf8_lossy(&output.stderr));
            assert_safe(&output, &format!("{id:?} {form:?}"));
        }
    }
}

#[test]
fn the_names_in_json_and_csv_are_those_of_the_transcripts() {
    let place = place();
    let json: Value = serde_json::from_slice(&cco(&place, &["model", "--json"]).stdout).unwrap();
    let models: Vec<_> =
        json["rows"].as_array().unwrap().iter().map(|row| row["model"].as_str().unwrap()).collect();
    let raw = String::from_utf8(cco(&place, &["model", "--csv-raw"]).stdout).unwrap();
    let csv = String::from_utf8(cco(&place, &["model", "--csv"]).stdout).unwrap();
    for (index, name) in HOSTILE.iter().enumerate() {
        let model = format!("{name}-{index}");
        assert!(models.contains(&&*model), "{model:?}");
        assert!(raw.contains(&model.replace('"', "\"\"")), "{model:?}");
    }
    let rows = csv.lines().count();
    assert_eq!(rows, 1 + models.len(), "no name makes a row, and none loses one");
    for line in csv.lines() {
        assert!(!line.trim_start_matches('"').starts_with(['=', '+', '-', '@']), "{line}");
    }
}

#[test]
fn no_reader_prints_a_name_raw() {
    let place = place();
    assert!(cco(&place, &["publish", "--once"]).status.success());
    for arguments in [
        &[][..],
        &["--json"],
        &["--json", "--sessions", "--days", "--hours", "--history"],
        &["--field", "models"],
        &["--field", "models.0"],
        &["--field", "projects.0.path"],
        &["--field", "sessions.0.session"],
        &["--format", "json"],
        &["--format", "prometheus", "--metrics-projects", "100"],
        &["--format", "prometheus", "--metrics-names", "claude-code"],
    ] {
        let output = peek(&place, arguments);
        assert!(!output.stdout.is_empty(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        let mut output = output;
        if arguments.first() == Some(&"--field") {
            // A value is as long as it is: who asks for a field gets all of it.
            output.stdout.truncate(output.stdout.iter().take(100).count());
        }
        assert_safe(&output, &format!("{arguments:?}"));
    }
    for first in (0..HOSTILE.len()).step_by(4) {
        let fields = |model: usize| format!("{{models.{model}.model}} {{projects.{model}.path}} ");
        let template: String = (first..(first + 4).min(HOSTILE.len())).map(fields).collect();
        for format in ["plain", "waybar", "i3bar", "i3blocks", "polybar", "tmux", "starship", "xbar"] {
            let output = peek(&place, &["--format", format, "--template", &template]);
            assert_safe(&output, &format!("{format} {template}"));
        }
        assert_safe(&peek(&place, &["--format", &template]), &template);
    }
}

#[test]
fn no_name_that_is_asked_for_comes_back_raw() {
    let place = place();
    assert!(cco(&place, &["publish", "--once"]).status.success());
    let names = HOSTILE.chunks(4).map(<[_]>::concat).chain([ENDLESS.repeat(100)]);
    for name in names {
        let name = &*name;
        for option in ["--project", "--model", "--since", "--timezone", "--mode", "--last", "--config"] {
            let asked = format!("{option}={name}");
            assert_safe(&cco(&place, &["daily", "--no-update", &asked]), &asked);
        }
        for command in [
            &["ledger", "forget", "--dry-run", "--project"][..],
            &["session", "--id"],
            &["prices"],
            &["completions"],
            &["ledger", "restore"],
        ] {
            let mut arguments = command.to_vec();
            if !name.starts_with('-') {
                arguments.push(name);
                assert_safe(&cco(&place, &arguments), &format!("{arguments:?}"));
            }
        }
        for option in ["--field", "--if", "--format", "--theme", "--template", "--snapshot", "--config"] {
            let mut command = Command::new(env!("CARGO_BIN_EXE_cco-peek"));
            command.env_clear().arg(format!("{option}={name}"));
            assert_safe(&run(command), &format!("{option}={name}"));
        }
    }
}

#[test]
fn no_path_comes_back_raw() {
    let home = tempfile::tempdir().unwrap();
    // Paths cannot be as long as other names.
    let odd = home.path().join("\u{1b}[31m\u{202e}\u{9b}\ncco: all is well\n$(touch owned)");
    let project = odd.join(".claude/projects/-a");
    std::fs::create_dir_all(&project).unwrap();
    std::fs::write(project.join("s.jsonl"), place::request(1, "s", "2026-03-20T10:00:00Z")).unwrap();
    std::fs::create_dir(project.join("a directory.jsonl")).unwrap();
    let run_with = |program: &str, arguments: &[&str]| {
        let mut command = Command::new(program);
        command.env_clear().env("HOME", &odd).args(arguments).stdin(Stdio::null());
        let output = run(command);
        assert_safe(&output, &format!("{arguments:?}"));
    };
    let (cco, peek) = (env!("CARGO_BIN_EXE_cco"), env!("CARGO_BIN_EXE_cco-peek"));
    for arguments in [
        &["daily", "--no-update"][..],
        &["doctor"],
        &["doctor", "--json"],
        &["fix", "--dry-run"],
        &["fix", "--dry-run", "--json"],
        &["config", "init"],
        &["config", "init"],
        &["config", "show"],
        &["config", "show", "--json"],
        &["publish", "--once"],
        &["publish", "--once", "--json"],
        &["daily"],
        &["daemon", "status"],
        &["daemon", "status", "--json"],
        &["daemon", "stop"],
        &["daemon", "logs"],
        &["service", "status"],
        &["setup"],
        &["setup", "--json"],
        &["setup", "bash", "--dry-run"],
        &["setup", "zsh", "--dry-run"],
        &["setup", "nvim", "--dry-run"],
        &["setup", "vim", "--dry-run"],
        &["setup", "emacs", "--dry-run"],
        &["setup", "vscode", "--undo"],
        &["setup", "claude", "--dry-run"],
        &["setup", "guard", "--dry-run"],
        &["guard"],
        &["guard", "status"],
        &["guard", "status", "--json"],
        &["guard", "pass"],
        &["ledger", "verify"],
        &["ledger", "forget", "--before", "2026-01-01", "--dry-run"],
        &["uninstall", "--dry-run"],
        &["uninstall"],
        &["daily", "--config", "nowhere\ncco: all is well"],
        &["daily", "--root", "nowhere\ncco: all is well"],
    ] {
        run_with(cco, arguments);
    }
    let config = odd.join("\u{1b}[31m\u{202e}\ncco: all is well.toml");
    std::fs::write(&config, "statusline = 3\n").unwrap();
    let config = config.to_str().unwrap();
    run_with(cco, &["daily", "--config", config]);
    for format in ["plain", "xbar", "{config.broken} {stale}"] {
        run_with(peek, &["--format", format, "--config", config]);
    }
    for arguments in [
        &[][..],
        &["--json"],
        &["--field", "snapshot.path"],
        &["--watch", "--snapshot", "no\ncco: all is well"],
    ] {
        run_with(peek, arguments);
    }
}
