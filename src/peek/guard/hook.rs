//! The protocol of Claude Code's hooks: what a hook is told on stdin, and how it answers.
//!
//! | event | lets through | stops |
//! |---|---|---|
//! | `UserPromptSubmit` | exit 0 | exit 2, the reason on stderr and as `decision` |
//! | `PreToolUse` | exit 0 | exit 0, `continue: false` and `permissionDecision: deny` |
//! | `PreModelSwitch` | exit 0 | exit 2, the reason on stderr and as `decision` |
//!
//! Versions differ in whether they read JSON beside exit code 2, so a prompt is stopped in both ways. A tool call that is
//! only denied makes Claude try another, which costs more: only JSON with exit code 0 ends the turn in every version.
//! Invariant: exit code 2 comes only from here; a member that is missing or has another type is unknown, and no error.

use std::io::{self, Write as _};
use std::path::{Component, Path};
use std::process::ExitCode;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::peek::condition::Decimal;
use crate::plain_text::{self, screened};
use crate::snapshot::Picodollars;

/// The exit code that stops a prompt or a change of the model.
const STOPS: u8 = 2;
/// The most of a hook's input that is looked at in an error, in bytes.
const QUOTED_BYTES: usize = 40;

/// When a hook runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Event {
    /// A prompt was sent.
    UserPromptSubmit,
    /// A tool is about to be called.
    PreToolUse,
    /// The model is about to be changed.
    PreModelSwitch,
}

impl Event {
    const ALL: [(&str, Self); 3] = [
        ("UserPromptSubmit", Self::UserPromptSubmit),
        ("PreToolUse", Self::PreToolUse),
        ("PreModelSwitch", Self::PreModelSwitch),
    ];
}

/// What a hook is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) event: Event,
    /// The session's id; empty if it is not given.
    pub(super) session: String,
    pub(super) cwd: Option<String>,
    /// The project's key: its folder in `projects/`.
    pub(super) project: Option<String>,
    /// What a change of the model costs at once.
    pub(super) ahead: Picodollars,
}

type Raw<'a> = Option<&'a RawValue>;

#[derive(Deserialize)]
struct Members<'a> {
    #[serde(borrow, default)]
    hook_event_name: Raw<'a>,
    #[serde(borrow, default)]
    session_id: Raw<'a>,
    #[serde(borrow, default)]
    cwd: Raw<'a>,
    #[serde(borrow, default)]
    transcript_path: Raw<'a>,
    #[serde(borrow, default)]
    estimated_cache_write_usd: Raw<'a>,
}

fn text(raw: Raw<'_>) -> Option<String> {
    serde_json::from_str(raw?.get()).ok()
}

impl Told {
    /// Reads a hook's input. The error says why the guard cannot answer it.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, String> {
        if bytes.trim_ascii().is_empty() {
            return Err(
                "there is no input: Claude Code runs this as a hook; to see figures: cco guard status".into(),
            );
        }
        // serde would accept a list as the members in order.
        let is_object = bytes.trim_ascii_start().starts_with(b"{");
        let members = serde_json::from_slice::<Members<'_>>(bytes).ok().filter(|_| is_object);
        let members = members.ok_or_else(|| {
            let start = String::from_utf8_lossy(&bytes[..bytes.len().min(QUOTED_BYTES)]);
            format!("the input is not a hook's JSON, it begins with {:?}", plain_text::name(&start))
        })?;
        let Some(name) = text(members.hook_event_name) else {
            return Err("the input names no hook event (hook_event_name)".into());
        };
        let Some((_, event)) = Event::ALL.iter().find(|(known, _)| *known == name) else {
            let known = Event::ALL.map(|(known, _)| known).join(", ");
            return Err(format!("it is for the hooks {known}, not for {}", plain_text::name(&name)));
        };
        let cwd = text(members.cwd);
        let folder = text(members.transcript_path).as_deref().and_then(folder_in_projects);
        let ahead = members.estimated_cache_write_usd.filter(|_| *event == Event::PreModelSwitch);
        Ok(Self {
            event: *event,
            session: text(members.session_id).unwrap_or_default(),
            project: folder.or_else(|| cwd.as_deref().map(key_of)),
            cwd,
            ahead: ahead.and_then(|raw| Decimal::of(raw.get())?.picodollars()).unwrap_or(Picodollars::ZERO),
        })
    }
}

/// The folder in `projects/` that a transcript is in.
fn folder_in_projects(transcript: &str) -> Option<String> {
    let parts: Vec<_> = Path::new(transcript)
        .components()
        .filter_map(|part| if let Component::Normal(name) = part { name.to_str() } else { None })
        .collect();
    let at = parts.iter().rposition(|part| *part == "projects")?;
    // What follows the folder is at least the transcript.
    (parts.len() > at + 2).then(|| parts[at + 1].to_owned())
}

/// The folder in `projects/` of a working folder, as Claude Code names it.
pub(super) fn key_of(cwd: &str) -> String {
    let part = |c: char| if c.is_ascii_alphanumeric() { c.to_string() } else { "-".repeat(c.len_utf16()) };
    cwd.chars().map(part).collect()
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer<'a> {
    #[serde(rename = "continue", skip_serializing_if = "Option::is_none")]
    goes_on: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stop_reason: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    decision: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    system_message: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hook_specific_output: Option<Denial<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Denial<'a> {
    hook_event_name: &'a str,
    permission_decision: &'a str,
    permission_decision_reason: &'a str,
}

const NOTHING: Answer<'static> = Answer {
    goes_on: None,
    stop_reason: None,
    decision: None,
    reason: None,
    system_message: None,
    hook_specific_output: None,
};

/// Lets it through, and tells the user something if there is anything to tell.
pub(super) fn let_through(message: &str) -> ExitCode {
    if !message.is_empty() {
        // If Claude Code does not listen, there is nobody to tell.
        let _ = say(&Answer { system_message: Some(message), ..NOTHING });
    }
    ExitCode::SUCCESS
}

/// Stops it.
pub(super) fn stop(event: Event, reason: &str) -> ExitCode {
    if event == Event::PreToolUse {
        let denial = Denial {
            hook_event_name: "PreToolUse",
            permission_decision: "deny",
            permission_decision_reason: reason,
        };
        let answer = Answer {
            goes_on: Some(false),
            stop_reason: Some(reason),
            hook_specific_output: Some(denial),
            ..NOTHING
        };
        if say(&answer).is_ok() {
            return ExitCode::SUCCESS;
        }
    } else {
        // The exit code stops it as well.
        let _ = say(&Answer { decision: Some("block"), reason: Some(reason), ..NOTHING });
    }
    let _ = writeln!(io::stderr(), "{}", screened(reason));
    ExitCode::from(STOPS)
}

fn say(answer: &Answer<'_>) -> io::Result<()> {
    let line = plain_text::json(serde_json::to_string(answer)?) + "\n";
    let mut out = io::stdout().lock();
    out.write_all(line.as_bytes()).and_then(|()| out.flush())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_project_is_the_folder_of_the_transcript_else_that_of_the_working_folder() {
        for (transcript, expected) in [
            ("/h/.claude/projects/-h-api/s.jsonl", Some("-h-api")),
            ("/h/.claude/projects/-h-api/s/subagents/agent-1.jsonl", Some("-h-api")),
            ("/srv/projects/me/.claude/projects/-srv-projects-me/s.jsonl", Some("-srv-projects-me")),
            ("/h/s.jsonl", None),
            ("/h/.claude/projects/s.jsonl", None),
            ("", None),
        ] {
            assert_eq!(folder_in_projects(transcript).as_deref(), expected, "{transcript}");
        }
        assert_eq!(key_of("/h/my api.v2/é"), "-h-my-api-v2--");
        assert_eq!(key_of("/🦀"), "---", "counted in UTF-16");
    }

    #[test]
    fn members_of_another_type_are_unknown_and_nothing_else() {
        let read = |json: &str| Told::read(json.as_bytes());
        let told = read(
            r#"{"hook_event_name": "PreToolUse", "session_id": 7, "cwd": null, "transcript_path": [], "tool_input": {"x": 1e999}}"#,
        );
        let expected = Told {
            event: Event::PreToolUse,
            session: String::new(),
            cwd: None,
            project: None,
            ahead: Picodollars::ZERO,
        };
        assert_eq!(told.unwrap(), expected);
        for (json, wrong) in [
            ("", "no input"),
            (" \n", "no input"),
            ("nonsense", "not a hook's JSON"),
            ("[]", "not a hook's JSON"),
            ("{\"hook_event_name\": \"Pre", "not a hook's JSON"),
            ("{}", "names no hook event"),
            ("{\"hook_event_name\": 5}", "names no hook event"),
            ("{\"hook_event_name\": \"Stop\\u001b[31m\"}", "not for Stop"),
        ] {
            let error = read(json).unwrap_err();
            assert!(error.contains(wrong) && !error.contains('\u{1b}'), "{json}: {error}");
        }
    }

    #[test]
    fn what_a_change_of_the_model_costs_is_rounded_up_and_only_then_counted() {
        let ahead = |event: &str, usd: &str| {
            let json = format!(r#"{{"hook_event_name": "{event}", "estimated_cache_write_usd": {usd}}}"#);
            Told::read(json.as_bytes()).unwrap().ahead
        };
        assert_eq!(ahead("PreModelSwitch", "0.81"), Picodollars(810_000_000_000));
        assert_eq!(ahead("PreModelSwitch", "1e-13"), Picodollars(1));
        assert_eq!(ahead("PreModelSwitch", "-1"), Picodollars::ZERO);
        assert_eq!(ahead("PreModelSwitch", "null"), Picodollars::ZERO);
        assert_eq!(ahead("PreModelSwitch", "1e300"), Picodollars::ZERO, "no amount of money");
        assert_eq!(ahead("UserPromptSubmit", "0.81"), Picodollars::ZERO);
    }
}
