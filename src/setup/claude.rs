//! Claude Code: its status line, a hook that starts the publisher, and how long it keeps transcripts.
//!
//! Invariant: the user's own status line is replaced or wrapped only on request; asking to look like another
//! program's line also asks to replace it. The hook prints nothing, because Claude reads what a hook prints at the start
//! of a session.

use std::path::PathBuf;

use serde_json::Value;

use super::SetupError;
use super::change::JsonFile;
use super::guard;
use super::jsonc::Step;
use super::like::{Like, Translated};
use super::places::{Places, Programs, quoted};
use super::plan::{FileChange, Plan};
use super::target;

/// How long Claude Code keeps transcripts by default.
pub const DAYS_BY_DEFAULT: u64 = 30;
/// Warn if transcripts are kept for fewer days.
pub const DAYS_TO_WARN: u64 = 90;

/// What to do with an existing status line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Existing {
    /// Keep it and set up nothing.
    #[default]
    Refuse,
    /// Replace it with ours.
    Replace,
    /// Keep it on separate lines above ours.
    Above,
    /// Keep it on separate lines below ours.
    Below,
}

/// Options for Claude Code's settings.
#[derive(Clone, Copy, Debug, Default)]
pub struct ClaudeOptions {
    /// What to do with an existing status line.
    pub existing: Existing,
    /// How many days to keep transcripts, if that should change.
    pub keep_days: Option<u64>,
    /// Whose status line ours shall look like.
    pub like: Option<Like>,
    /// Whether we shall write the rows of the list of subagents, too.
    pub subagents: bool,
}

/// How often Claude Code redraws the line while it rests, in seconds, so that times left in it are right.
const REFRESH_S: u32 = 10;

/// The parts of Claude Code's settings that concern us.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClaudeSettings {
    /// The command of the status line.
    pub status_line: Option<String>,
    /// Whether that command is ours.
    pub is_ours: bool,
    /// Whether a hook starts our publisher.
    pub has_hook: bool,
    /// `cleanupPeriodDays`.
    pub cleanup_days: Option<u64>,
    /// Events that lack the guard's hook, if others have it.
    pub unguarded: Option<Vec<&'static str>>,
    /// Whether hooks and status lines are switched off.
    pub is_disabled: bool,
}

impl ClaudeSettings {
    /// Reads the settings. A missing file counts as empty settings.
    pub fn read(path: PathBuf) -> Result<Self, SetupError> {
        let file = FileChange::look(path)?;
        Ok(Self::of(&JsonFile::new(&file.target, file.before.as_deref())?.value()?))
    }

    fn of(settings: &Value) -> Self {
        let line = &settings["statusLine"];
        let status_line = match &line["command"] {
            Value::String(command) => Some(command.clone()),
            _ => (!line.is_null()).then(|| line.to_string()),
        };
        let entries = settings["hooks"]["SessionStart"].as_array().into_iter().flatten();
        let mut hooks = entries.filter_map(|entry| entry["hooks"].as_array()).flatten();
        Self {
            is_ours: status_line.as_deref().is_some_and(is_our_line),
            has_hook: hooks.any(|hook| hook["command"].as_str().is_some_and(is_our_hook)),
            status_line,
            cleanup_days: settings["cleanupPeriodDays"].as_u64(),
            unguarded: guard::missing(settings),
            is_disabled: settings["disableAllHooks"] == true,
        }
    }
}

fn is_our_line(command: &str) -> bool {
    command.contains("cco-peek") && command.contains("statusline")
}

/// Whether a command shows two status lines, ours and another.
fn is_wrap(command: &str) -> bool {
    command.contains("cco=$(cat)")
}

fn is_our_hook(command: &str) -> bool {
    command.contains("cco-peek") && command.contains("--ensure") || command.contains("cco daemon start")
}

/// Plans the setup of Claude Code.
pub(super) fn plan(
    path: PathBuf,
    places: &Places,
    programs: &Programs,
    wanted: ClaudeOptions,
) -> Result<Plan, SetupError> {
    let file = FileChange::look(path)?;
    let mut json = JsonFile::new(&file.target, file.before.as_deref())?;
    let now = ClaudeSettings::of(&json.value()?);
    // Who asks for transcripts to be kept decides nothing about a status line that is not ours.
    let leaves_theirs = wanted.existing == Existing::Refuse
        && wanted.like.is_none()
        && wanted.keep_days.is_some()
        && now.status_line.is_some()
        && !now.is_ours;
    let like = wanted.like.map(|like| translated(like, &now, places)).transpose()?;
    // Before anything is asked about the line: no answer to that would give us the rows.
    let lacks_rows = wanted.subagents && lacks_rows(&json, wanted.existing, &file)?;
    if !leaves_theirs {
        let line = OurLine { programs, like: wanted.like.zip(like.as_ref()) };
        status_line(&mut json, &now, &line, wanted.existing, &file)?;
    }
    if lacks_rows {
        let command = Value::from(format!("{} statusline --subagents", programs.peek));
        let whole = format!(r#"{{"type": "command", "command": {command}}}"#);
        json.set(&["subagentStatusLine".into()], &whole)?;
    }
    if !leaves_theirs && !now.has_hook {
        let hook = serde_json::json!(format!("{} --ensure >/dev/null 2>&1", programs.peek));
        let entry = format!(r#"{{"hooks": [{{"type": "command", "command": {hook}, "async": true}}]}}"#);
        json.set_missing(&["hooks".into()], "{}")?;
        json.set_missing(&["hooks".into(), "SessionStart".into()], "[]")?;
        json.push(&["hooks".into(), "SessionStart".into()], &entry)?;
    }
    if let Some(days) = wanted.keep_days.filter(|days| now.cleanup_days != Some(*days)) {
        json.set(&["cleanupPeriodDays".into()], &days.to_string())?;
    }
    let finished = json.finish();
    let mut plan = Plan::of(if finished.1.is_empty() { file } else { file.to(finished) });
    let days = wanted.keep_days.or(now.cleanup_days).unwrap_or(DAYS_BY_DEFAULT);
    if days < DAYS_TO_WARN {
        plan.notes.push(format!(
            "Claude Code deletes transcripts after {days} days (cleanupPeriodDays). Totals are kept either way; \
             to keep the transcripts for ten years: cco setup claude --keep-transcripts 3650"
        ));
    }
    for left in like.into_iter().flat_map(|like| like.left) {
        plan.notes.push(format!("not translated: {left}"));
    }
    if leaves_theirs {
        plan.notes.push(
            "the existing status line stays, only the retention changes; use --wrap to show both, --replace to replace it"
                .to_owned(),
        );
    }
    if now.is_disabled {
        plan.notes
            .push("disableAllHooks is set: Claude Code shows no status line and runs no hook".to_owned());
    }
    plan.next.push("open sessions show it after their next response".to_owned());
    Ok(plan)
}

/// Our status line's command.
struct OurLine<'a> {
    programs: &'a Programs,
    /// Whose line it shall look like, and what makes it so.
    like: Option<(Like, &'a Translated)>,
}

impl OurLine<'_> {
    fn command(&self) -> String {
        let options = self.like.map(|(_, translated)| format!(" {}", translated.options)).unwrap_or_default();
        format!("{} statusline{options}", self.programs.peek)
    }

    /// Whether it takes the place of this line because it shall look like it, or is another form of ours.
    fn takes_over(&self, now: &ClaudeSettings) -> bool {
        let command = now.status_line.as_deref().unwrap_or_default();
        // One that shows two lines is not replaced by one.
        self.like.is_some_and(|(like, _)| !is_wrap(command) && (now.is_ours || like.is_command(command)))
    }
}

/// Another program's line in our terms.
fn translated(like: Like, now: &ClaudeSettings, places: &Places) -> Result<Translated, SetupError> {
    let path = places.ccstatusline();
    let settings = match like {
        Like::Ccstatusline => target::read(&path)?,
        Like::Ccusage => None,
    };
    let settings = settings.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    // The options of ours mean nothing in theirs.
    let theirs = now.status_line.as_deref().filter(|command| !now.is_ours || is_wrap(command));
    like.translated(theirs, settings.as_deref()).map_err(|what| SetupError::Theirs { path, what })
}

/// Whether the rows of the list of subagents are not ours yet; fails if they may not become so.
fn lacks_rows(json: &JsonFile<'_>, existing: Existing, file: &FileChange) -> Result<bool, SetupError> {
    let now = json.value()?["subagentStatusLine"].clone();
    let command = now["command"].as_str().unwrap_or_default();
    if is_our_line(command) && command.contains("--subagents") {
        return Ok(false);
    }
    if !now.is_null() && existing != Existing::Replace {
        return Err(SetupError::Taken {
            path: file.path.clone(),
            what: "already has a subagentStatusLine".to_owned(),
            flags: "use --replace to replace it, or leave out --subagents",
            can_wrap: false,
        });
    }
    Ok(true)
}

fn status_line(
    json: &mut JsonFile<'_>,
    now: &ClaudeSettings,
    line: &OurLine<'_>,
    existing: Existing,
    file: &FileChange,
) -> Result<(), SetupError> {
    let ours = line.command();
    let path: Vec<Step> = vec!["statusLine".into()];
    let whole = format!(
        r#"{{"type": "command", "command": {}, "padding": 0, "refreshInterval": {REFRESH_S}}}"#,
        Value::from(&*ours)
    );
    let is_command = json.value()?["statusLine"]["command"].is_string();
    // A line like another program's takes the place of that one, and has no other beside it.
    let can_wrap = is_command && line.like.is_none();
    match (&now.status_line, existing) {
        (Some(theirs), _) if *theirs == ours => Ok(()),
        (Some(_), _) if line.takes_over(now) => json.set(&path, &whole),
        _ if now.is_ours && line.like.is_none() => Ok(()),
        (None, _) | (_, Existing::Replace) => json.set(&path, &whole),
        (Some(theirs), Existing::Refuse) => Err(SetupError::Taken {
            path: file.path.clone(),
            what: format!("already has a status line, {theirs:?}"),
            flags: match line.like {
                _ if can_wrap => "use --wrap to show both, --replace to replace it",
                Some(_) => "use --replace to replace it, or leave out --like",
                None => "use --replace to replace it",
            },
            can_wrap,
        }),
        (Some(_), _) if !is_command => Err(SetupError::Taken {
            path: file.path.clone(),
            what: "has a status line that is not a command".to_owned(),
            flags: "use --replace to replace it",
            can_wrap: false,
        }),
        (Some(theirs), _) => {
            let both = both(&ours, theirs, existing == Existing::Above);
            json.set(&[path, vec!["command".into()]].concat(), &Value::from(both).to_string())
        }
    }
}

/// A command that passes its input to both. Its exit status is ours, never theirs.
fn both(ours: &str, theirs: &str, theirs_first: bool) -> String {
    // `eval` runs any command in the same shell that Claude Code would have used.
    let theirs = format!("printf %s \"$cco\" | eval {}", quoted(theirs));
    let ours = format!("printf %s \"$cco\" | {ours}");
    if theirs_first {
        format!("cco=$(cat); {theirs}; {ours}")
    } else {
        format!("cco=$(cat); {ours}; {theirs}; true")
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::process::{Command, Stdio};

    use super::*;

    fn run(shell: &str, command: &str, input: &str) -> Option<(String, bool)> {
        let mut child = Command::new(shell)
            .args(["-c", command])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        Some((String::from_utf8(output.stdout).unwrap(), output.status.success()))
    }

    #[test]
    fn both_status_lines_read_the_whole_input_in_any_shell() {
        let input = format!(r#"{{"text":"it's 100% \\ `$HOME` é {}"}}"#, "x".repeat(300_000));
        let ours = r#"awk '{ print "ours " length($0) }'"#;
        let length = input.chars().count();
        for shell in ["sh", "bash", "zsh"] {
            for theirs in [r#"awk '{ print "theirs " length($0) }' # it's "mine""#, "echo 'theirs '"] {
                let Some((out, is_good)) = run(shell, &both(ours, theirs, true), &input) else {
                    eprintln!("skipped: no {shell}");
                    continue;
                };
                assert!(is_good, "{shell}");
                let lines: Vec<_> = out.lines().collect();
                assert!(lines[0].starts_with("theirs "), "{shell}: {out}");
                let counted: usize = lines[1].strip_prefix("ours ").unwrap().parse().unwrap();
                assert!(counted == length || counted == input.len(), "{shell}: {counted}");
                assert_eq!(lines.len(), 2);
                let (out, _) = run(shell, &both(ours, theirs, false), &input).unwrap();
                assert!(out.starts_with("ours ") && out.contains("\ntheirs "), "{shell}: {out}");
            }
        }
    }

    #[test]
    fn a_failing_status_line_does_not_break_ours() {
        for (theirs, first) in [("exit 3", true), ("exit 3", false), ("no-such-program", false)] {
            let (out, is_good) = run("sh", &both("cat", theirs, first), "ours").unwrap();
            assert_eq!((&*out, is_good), ("ours", true), "{theirs} {first}");
        }
    }

    #[test]
    fn ours_is_recognized_however_it_is_called() {
        let settings = serde_json::json!({
            "statusLine": {"type": "command", "command": "'/my programs/cco-peek' statusline --theme x"},
            "hooks": {"SessionStart": [{"matcher": "startup", "hooks": [{"type": "command", "command": "cco-peek --ensure"}]}]},
            "cleanupPeriodDays": 7,
        });
        let settings = ClaudeSettings::of(&settings);
        assert!(settings.is_ours && settings.has_hook);
        assert_eq!(settings.cleanup_days, Some(7));
        assert_eq!(ClaudeSettings::of(&Value::Null), ClaudeSettings::default());
    }
}
