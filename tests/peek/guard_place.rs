//! A home with a snapshot and limits, and hooks as Claude Code runs them in it.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use cco::snapshot::{
    Counters, Period, Picodollars, ProjectRow, Publication, SessionRow, Writer, WriterOptions,
};
use serde_json::{Value, json};

use crate::published::{counters, now, publication};
use crate::text;

pub(crate) const PROMPT: &str = include_str!("hooks/prompt.json");
pub(crate) const PROMPT_OLD: &str = include_str!("hooks/prompt-old.json");
pub(crate) const TOOL: &str = include_str!("hooks/tool.json");
pub(crate) const TOOL_OF_SUBAGENT: &str = include_str!("hooks/tool-of-subagent.json");
pub(crate) const SWITCH: &str = include_str!("hooks/switch.json");
pub(crate) const HOOKS: [&str; 5] = [PROMPT, PROMPT_OLD, TOOL, TOOL_OF_SUBAGENT, SWITCH];

/// What was spent, in cents.
#[derive(Clone, Copy, Default)]
pub(crate) struct Spent {
    pub(crate) session: u64,
    pub(crate) day: u64,
    pub(crate) block: u64,
    pub(crate) project: u64,
}

pub(crate) const NOTHING: Spent = Spent { session: 0, day: 0, block: 0, project: 0 };

/// A home with a snapshot and a config file.
pub(crate) struct Place {
    pub(crate) folder: tempfile::TempDir,
    writer: Option<Writer>,
}

pub(crate) fn cost(cents: u64) -> Counters {
    Counters { cost: Picodollars(u128::from(cents) * 10_000_000_000), ..counters(1) }
}

impl Place {
    pub(crate) fn new(spent: Spent, guard: &str) -> Self {
        Self::with(spent, guard, |_| {})
    }

    pub(crate) fn with(spent: Spent, guard: &str, alter: impl FnOnce(&mut Publication)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let place = Self { folder, writer: None };
        std::fs::create_dir_all(place.config().parent().unwrap()).unwrap();
        std::fs::write(place.config(), format!("[guard]\n{guard}\n")).unwrap();
        std::fs::create_dir_all(place.snapshot().parent().unwrap()).unwrap();
        let options = WriterOptions { zone: "UTC".into(), week_start: 0, program: "9.8.7".into() };
        let mut writer = Writer::open(place.snapshot(), options).unwrap();
        let draft = writer.draft();
        let (project, path) = (draft.intern("-h-api"), draft.intern("/h/api"));
        let session = draft.intern("sess-1");
        draft.push(&ProjectRow {
            project,
            path,
            first_at: 0,
            last_at: now(),
            counters: cost(spent.project),
            today: cost(spent.project),
            ..ProjectRow::default()
        });
        draft.push(&SessionRow {
            session,
            project,
            first_at: 0,
            last_at: now(),
            counters: cost(spent.session),
            ..SessionRow::default()
        });
        let period =
            |cents, left| Period { start: now() - 3_600_000, end: now() + left, counters: cost(cents) };
        let mut publication = publication(1);
        publication.today = period(spent.day, 12_000_000 + 30_000);
        publication.block = Some(period(spent.block, 3_600_000 + 30_000));
        alter(&mut publication);
        writer.commit(&publication).unwrap();
        Self { writer: Some(writer), ..place }
    }

    pub(crate) fn config(&self) -> std::path::PathBuf {
        self.folder.path().join(".config/cco/config.toml")
    }

    pub(crate) fn snapshot(&self) -> std::path::PathBuf {
        self.folder.path().join(".local/state/cco/usage.snapshot")
    }

    /// Ends the publisher, as a kill does.
    pub(crate) fn abandon(&mut self) {
        drop(self.writer.take());
        while cco::snapshot::peek(self.snapshot()).unwrap().freshness.is_live() {
            std::thread::yield_now();
        }
    }

    /// What its status shows in so many columns.
    pub(crate) fn status(&self, columns: usize) -> String {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cco-peek"));
        command.env_clear().env("HOME", self.folder.path()).env("COLUMNS", columns.to_string());
        let output = command.args(["guard", "status"]).output().unwrap();
        text(&output.stdout).to_owned()
    }

    pub(crate) fn run(&self, input: &[u8], options: &[&str]) -> Output {
        run(self.folder.path(), input, options)
    }

    /// The exit code, the answer and stderr.
    pub(crate) fn hook(&self, input: &str) -> (i32, Value, String) {
        answer(&self.run(input.as_bytes(), &[]))
    }

    /// That it lets something through, and what it tells the user.
    #[track_caller]
    pub(crate) fn lets_through(&self, input: &str) -> String {
        message(self.hook(input))
    }

    /// That it stops something in the way that the event has, and the reason.
    #[track_caller]
    pub(crate) fn stops(&self, input: &str) -> String {
        stopped(input, self.hook(input))
    }
}

pub(crate) fn run(home: &Path, input: &[u8], options: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cco-peek"));
    command.env_clear().env("HOME", home).current_dir(home).arg("guard").args(options);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // Who is told a wrong command line does not read.
    let _ = stdin.write_all(input);
    drop(stdin);
    child.wait_with_output().unwrap()
}

pub(crate) fn answer(output: &Output) -> (i32, Value, String) {
    let printed = text(&output.stdout);
    assert!(printed.is_empty() || printed.ends_with('\n') && printed.lines().count() == 1, "{printed}");
    let json = if printed.is_empty() { Value::Null } else { serde_json::from_str(printed).unwrap() };
    (output.status.code().unwrap(), json, text(&output.stderr).to_owned())
}

#[track_caller]
pub(crate) fn message((code, json, errors): (i32, Value, String)) -> String {
    assert_eq!((code, &*errors), (0, ""), "{json}");
    if json == Value::Null {
        return String::new();
    }
    assert_eq!(json.as_object().unwrap().len(), 1, "nothing but a message: {json}");
    json["systemMessage"].as_str().unwrap().to_owned()
}

#[track_caller]
pub(crate) fn stopped(input: &str, (code, json, errors): (i32, Value, String)) -> String {
    if input.contains("\"PreToolUse\"") {
        let reason = json["stopReason"].as_str().unwrap_or_else(|| panic!("{code} {json} {errors}"));
        let expected = json!({
            "continue": false,
            "stopReason": reason,
            "hookSpecificOutput": {
                "hookEventName": "PreToolUse",
                "permissionDecision": "deny",
                "permissionDecisionReason": reason,
            },
        });
        // With another exit code some versions do not read the JSON.
        assert_eq!((code, &*errors, &json), (0, "", &expected));
        return reason.to_owned();
    }
    let reason = json["reason"].as_str().unwrap_or_else(|| panic!("{code} {json} {errors}"));
    assert_eq!(json, json!({"decision": "block", "reason": reason}));
    assert_eq!((code, errors.trim_end()), (2, reason), "versions that read no JSON beside it have stderr");
    reason.to_owned()
}

/// Bounds of everything.
pub(crate) const ALL: &str = "session = { warn = \"5\", stop = \"15\" }\nday = { warn = 20, stop = 50 }\n\
                   block = { warn = 10, stop = 25 }\nproject = { warn = 8, stop = 30 }";
