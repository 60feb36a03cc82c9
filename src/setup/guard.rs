//! Claude Code's hooks that run the spend guard.
//!
//! Invariant: each event gets our hook once, and the hooks of others stay. An event that a version of Claude Code does not know
//! makes it skip its whole settings file, so the newest event is added only for versions that know it.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::Value;

use super::SetupError;
use super::change::JsonFile;
use super::jsonc::Step;
use super::places::{Programs, programs_named};
use super::plan::{FileChange, Plan};

/// Events that every version with deciding hooks knows, each with its matcher.
const EVENTS: [(&str, Option<&str>); 2] = [("UserPromptSubmit", None), ("PreToolUse", Some("*"))];
/// The event before the model changes.
const SWITCH: &str = "PreModelSwitch";
/// The first version that knows it.
const SWITCH_SINCE: [u64; 3] = [2, 1, 251];
/// Claude Code gives up on the hook after this many seconds.
const TIMEOUT_SECONDS: u64 = 5;

/// Options for the guard's hooks.
#[derive(Clone, Copy, Debug, Default)]
pub struct GuardOptions {
    /// Whether Claude Code knows the event before the model changes.
    pub knows_model_switch: bool,
    /// Whether limits are set.
    pub has_limits: bool,
}

/// The version of Claude Code in `search` (a `PATH` list), as it reports it; `None` if it reports none.
pub fn claude_version(search: Option<&OsStr>) -> Option<[u64; 3]> {
    let claude = programs_named("claude", search).into_iter().next()?;
    let output =
        Command::new(claude).arg("--version").stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    version(&String::from_utf8_lossy(&output.stdout))
}

/// Whether a version knows the event before a change of the model.
pub fn knows_model_switch(version: [u64; 3]) -> bool {
    version >= SWITCH_SINCE
}

/// The first three numbers of a text such as `2.1.284 (Claude Code)`.
fn version(text: &str) -> Option<[u64; 3]> {
    let mut numbers = text.split_whitespace().next()?.splitn(3, '.').map(|part| {
        let digits: String = part.chars().take_while(char::is_ascii_digit).collect();
        digits.parse().ok()
    });
    Some([numbers.next()??, numbers.next()??, numbers.next()??])
}

/// Events that lack the guard's hook; `None` if no event has it.
pub(super) fn missing(settings: &Value) -> Option<Vec<&'static str>> {
    let missing: Vec<_> =
        EVENTS.iter().map(|(event, _)| *event).filter(|event| !has(settings, event)).collect();
    (missing.len() < EVENTS.len() || has(settings, SWITCH)).then_some(missing)
}

fn has(settings: &Value, event: &str) -> bool {
    let entries = settings["hooks"][event].as_array().into_iter().flatten();
    let mut hooks = entries.filter_map(|entry| entry["hooks"].as_array()).flatten();
    hooks.any(|hook| hook["command"].as_str().is_some_and(is_ours))
}

fn is_ours(command: &str) -> bool {
    let words: Vec<_> = command.split_whitespace().map(|word| word.trim_matches(['\'', '"'])).collect();
    let is_program = |word: &str| matches!(word.rsplit('/').next(), Some("cco" | "cco-peek"));
    words.windows(2).any(|pair| is_program(pair[0]) && pair[1] == "guard")
}

/// Plans the setup of the guard.
pub(super) fn plan(path: PathBuf, programs: &Programs, wanted: GuardOptions) -> Result<Plan, SetupError> {
    let file = FileChange::look(path)?;
    let mut json = JsonFile::new(&file.target, file.before.as_deref())?;
    let now = json.value()?;
    let switch = wanted.knows_model_switch.then_some((SWITCH, None));
    for (event, matcher) in EVENTS.into_iter().chain(switch).filter(|(event, _)| !has(&now, event)) {
        let command = Value::from(format!("{} guard", programs.peek));
        let matcher = matcher.map_or_else(String::new, |matcher| format!(r#""matcher": "{matcher}", "#));
        let entry = format!(
            r#"{{{matcher}"hooks": [{{"type": "command", "command": {command}, "timeout": {TIMEOUT_SECONDS}}}]}}"#
        );
        let place: [Step; 2] = ["hooks".into(), event.into()];
        json.set_missing(&place[..1], "{}")?;
        json.set_missing(&place, "[]")?;
        json.push(&place, &entry)?;
    }
    let finished = json.finish();
    let mut plan = Plan::of(if finished.1.is_empty() { file } else { file.to(finished) });
    if !wanted.has_limits {
        plan.notes.push(
            "no limits are set, so the guard stops nothing yet: add [guard] to the config file, for example \
             session = { warn = \"5\", stop = \"15\" }; to find it: cco config path"
                .to_owned(),
        );
    }
    if !wanted.knows_model_switch && !has(&now, SWITCH) {
        plan.notes.push(
            "changes of the model are not guarded: only Claude Code 2.1.251 and later know the hook PreModelSwitch; older \
             versions then ignore their whole settings file. If yours is new enough, use --model-switch"
                .to_owned(),
        );
    }
    if now["disableAllHooks"] == true {
        plan.notes.push("disableAllHooks is set: Claude Code runs no hook".to_owned());
    }
    plan.next.push("open sessions use it from their next prompt; older versions after a restart".to_owned());
    Ok(plan)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_read_from_what_the_program_says() {
        for (text, expected) in [
            ("2.1.284 (Claude Code)\n", Some([2, 1, 284])),
            ("2.1.251-beta.1", Some([2, 1, 251])),
            ("1.0.59", Some([1, 0, 59])),
            ("2.1", None),
            ("claude 2.1.3", None),
            ("", None),
            ("99999999999999999999.0.0", None),
        ] {
            assert_eq!(version(text), expected, "{text}");
        }
        assert!(knows_model_switch([2, 1, 251]) && knows_model_switch([3, 0, 0]));
        assert!(!knows_model_switch([2, 1, 250]) && !knows_model_switch([1, 9, 999]));
    }

    #[test]
    fn ours_is_recognized_however_it_is_called() {
        for (command, expected) in [
            ("cco-peek guard", true),
            ("cco guard --session-stop 5", true),
            ("'/my programs/cco-peek' guard", true),
            ("/x/cco-peek guard >/dev/null", true),
            ("cco-peek statusline", false),
            ("my-guard", false),
            ("echo guard", false),
            ("cco-peek --ensure; other guard", false),
        ] {
            assert_eq!(is_ours(command), expected, "{command}");
        }
    }
}
