//! `cco-peek guard` and `cco guard`: answers Claude Code's hooks by what was spent.
//!
//! Invariants: it reads the snapshot and the config file, and writes only [`memory`]. Missing knowledge never stops anything:
//! without current figures it lets everything through and says so, unless it is strict. Whatever is wrong with the input, the
//! command line, the settings or this program, the exit code is not 2, which would stop a prompt.

mod figures;
mod hook;
mod memory;
mod options;
mod status;

use std::io::{self, IsTerminal as _, Write as _};
use std::path::Path;
use std::process::ExitCode;

use figures::Seen;
use hook::{Event, Told, let_through};
pub(crate) use memory::file_of;
use memory::{Memory, Said};
use options::{BoundOptions, GuardCommand, StatusOptions};
pub(crate) use options::{GUARD_HELP, GuardArguments};

use super::failure::Failure;
use super::look::{GuardSettings, guard_settings};
use super::show::print;
use super::statusline;
use super::trouble;
use crate::causes::causes;
use crate::plain_text::{self, screened};
use crate::report::budget::Standing;
use crate::report::guard::{Judged, Scope, stopped, warned};
use crate::snapshot::{Code, wall_clock_ms_once};

/// Runs the guard. Its exit code is 2 only to stop a hook.
pub(crate) fn run(
    arguments: &GuardArguments,
    snapshot: Option<std::path::PathBuf>,
    config: Option<&Path>,
) -> ExitCode {
    let mut settings = guard_settings(config);
    arguments.bounds.replace_in(&mut settings.guard);
    let snapshot = figures::snapshot(snapshot);
    let path = || snapshot.as_deref().ok_or(Failure::NoHome);
    let status = |options: &StatusOptions| {
        if let Some(broken) = &settings.broken {
            super::failure::note_broken(broken);
        }
        path().and_then(|path| status::show(options, &settings.guard, &settings.aliases, path))
    };
    let done = match &arguments.command {
        Some(GuardCommand::Status(options)) => status(options),
        Some(GuardCommand::Pass) => path().and_then(pass),
        None if io::stdin().is_terminal() => status(&StatusOptions::default()),
        None => {
            let bytes = statusline::input();
            let hook =
                Hook { settings: &settings, options: &arguments.bounds, snapshot: snapshot.as_deref() };
            return hook.answer(&bytes);
        }
    };
    match done {
        Ok(code) => code.into(),
        Err(Failure::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(failure) => {
            failure.report();
            not_stopping(failure.code())
        }
    }
}

/// Says what is wrong with the command line. The hook that ran it is let through.
pub(crate) fn refuse(error: clap::Error) -> ExitCode {
    super::failure::say(error);
    not_stopping(Code::Usage)
}

/// An exit code that does not stop a hook.
fn not_stopping(code: Code) -> ExitCode {
    if code == Code::Usage { Code::Failed.into() } else { code.into() }
}

/// Lets the next prompt through.
fn pass(snapshot: &Path) -> Result<Code, Failure> {
    let file = file_of(snapshot);
    match Memory::beside(snapshot).allow(wall_clock_ms_once()) {
        Ok(()) => {
            print("the next prompt within ten minutes is let through, and all that Claude does for it\n")?;
            Ok(Code::Done)
        }
        Err(error) => {
            let note = format!(
                "cco guard: cannot write {}: {}: raise the limit under [guard] in the config file instead; to find it: \
                 cco config path",
                plain_text::path(&file),
                causes(&error)
            );
            // A closed stderr does not affect the exit code.
            let _ = writeln!(io::stderr(), "{}", screened(&note));
            Ok(Code::Io)
        }
    }
}

/// A hook that waits for an answer.
struct Hook<'a> {
    settings: &'a GuardSettings,
    options: &'a BoundOptions,
    snapshot: Option<&'a Path>,
}

impl Hook<'_> {
    fn answer(&self, bytes: &[u8]) -> ExitCode {
        let told = match Told::read(bytes) {
            Ok(told) => told,
            Err(wrong) => {
                let note = format!("cco guard: {wrong}; this was let through");
                let _ = writeln!(io::stderr(), "{}", screened(&note));
                return Code::Failed.into();
            }
        };
        let now = wall_clock_ms_once();
        let mut notices = Notices { told: &told, snapshot: self.snapshot, memory: None, said: Vec::new() };
        notices.end_pass();
        if let Some(broken) = &self.settings.broken {
            let words = format!(
                "cco guard: {broken}, so its limits are not applied; to find out why: cco config show"
            );
            notices.once(&["broken", &told.session, broken], words);
        }
        let guard = &self.settings.guard;
        if guard.is_empty() && !guard.is_strict {
            if self.settings.broken.is_none() {
                let words = format!(
                    "cco guard: nothing is limited yet: add [guard] to {}; for an example: cco config init --config FILE",
                    self.config()
                );
                notices.once(&["nothing", &told.session], words);
            }
            return notices.let_through();
        }
        let seen = match self.snapshot {
            Some(path) => figures::of_hook(path, guard, &told, &self.settings.aliases, now)
                .map_err(|error| trouble::of_peek(&error).to_owned()),
            None => Err("no snapshot".to_owned()),
        };
        match seen {
            Ok(Seen { trouble: None, figures, is_catching_up }) => {
                let judged = figures.into_iter().filter_map(|figure| Judged::of(figure, guard, told.ahead));
                let judged: Vec<_> = judged.collect();
                if is_catching_up {
                    let words =
                        "cco guard: the publisher is still counting, so figures can be too low for a while";
                    notices.once(&["catching up", &told.session], words.to_owned());
                }
                self.judge(&judged, &told, notices, now)
            }
            Ok(Seen { trouble: Some(why), .. }) | Err(why) => self.blind(&why, &told, notices, now),
        }
    }

    fn judge(&self, judged: &[Judged], told: &Told, mut notices: Notices<'_>, now: i64) -> ExitCode {
        let over: Vec<_> = judged.iter().filter(|judged| judged.standing == Standing::Over).collect();
        if !over.is_empty() {
            let reason = stopped(&over, now, |scope| self.raise(scope));
            return notices.stop_unless_passed(&reason, now);
        }
        for judged in judged {
            match judged.standing {
                Standing::Near => {
                    let bound = judged.bounds.warn.unwrap_or_default().to_string();
                    let (scope, start) = (judged.figure.scope, judged.figure.start_ms.to_string());
                    let subject = match scope {
                        Scope::Session => &*told.session,
                        Scope::Project => told.project.as_deref().unwrap_or_default(),
                        Scope::Day | Scope::Block => "",
                    };
                    let ahead = if judged.ahead.0 > 0 { "ahead" } else { "" };
                    notices
                        .once(&["warn", scope.name(), subject, &start, &bound, ahead], warned(judged, now));
                }
                Standing::Unpriced => {
                    let words = "cco guard: some usage is from models without a price and does not count towards the limits; to see \
                                 which: cco prices --unpriced";
                    notices.once(&["unpriced", &told.session], words.to_owned());
                }
                Standing::Within | Standing::Over => {}
            }
        }
        notices.let_through()
    }

    /// The answer without current figures.
    fn blind(&self, why: &str, told: &Told, mut notices: Notices<'_>, now: i64) -> ExitCode {
        const START: &str = "To start the publisher: cco daemon start";
        if self.settings.guard.is_strict {
            let reason = format!(
                "cco guard: there are no current figures ({why}), and strict is set. {START}. To let one prompt through \
                 without: cco guard pass."
            );
            return notices.stop_unless_passed(&reason, now);
        }
        let words = format!(
            "cco guard: no limit is applied now, because there are no current figures ({why}). {START}."
        );
        notices.once(&["blind", &told.session, why_kind(why)], words);
        notices.let_through()
    }

    /// Where a stop can be raised.
    fn raise(&self, scope: Scope) -> String {
        let name = scope.name();
        match self.options.stops(scope) {
            true => format!("--{name}-stop in the guard's hooks, in Claude Code's settings"),
            false => format!("{name}.stop under [guard] in {}", self.config()),
        }
    }

    fn config(&self) -> String {
        self.settings.file.as_deref().map_or_else(|| "the config file".to_owned(), plain_text::path)
    }
}

/// A reason without its durations, which change every second.
fn why_kind(why: &str) -> &str {
    why.split(|c: char| c.is_ascii_digit()).next().unwrap_or_default()
}

/// What to tell the user, each thing once.
struct Notices<'a> {
    told: &'a Told,
    snapshot: Option<&'a Path>,
    /// Read when it is first needed.
    memory: Option<Memory>,
    said: Vec<String>,
}

impl Notices<'_> {
    fn memory(&mut self) -> Option<&mut Memory> {
        let snapshot = self.snapshot?;
        Some(self.memory.get_or_insert_with(|| Memory::beside(snapshot)))
    }

    /// If this is a new prompt, ends the pass of the last one, even if no limit is reached now.
    fn end_pass(&mut self) {
        let Told { event, session, .. } = self.told;
        if *event != Event::UserPromptSubmit {
            return;
        }
        let Some(Err(error)) = self.memory().map(|memory| memory.end_pass(session)) else { return };
        let file = self.snapshot.map(file_of).unwrap_or_default();
        self.said.push(format!(
            "cco guard: cannot write {}: {}, so the last pass still lets this session's tool calls through",
            plain_text::path(&file),
            causes(&error)
        ));
    }

    /// Says something, unless it was said before. If it cannot be remembered, every prompt says it, but no tool call does.
    fn once(&mut self, parts: &[&str], words: String) {
        let said = self.memory().map_or(Said::Unknown, |memory| memory.say(parts));
        let is_prompt = self.told.event == Event::UserPromptSubmit;
        if said == Said::New || said == Said::Unknown && is_prompt {
            self.said.push(words);
        }
    }

    fn let_through(self) -> ExitCode {
        let_through(&self.said.join("\n"))
    }

    /// Stops it, unless the user let this prompt through.
    fn stop_unless_passed(mut self, reason: &str, now: i64) -> ExitCode {
        let Told { event, session, .. } = self.told;
        let passes = match (self.memory(), event) {
            (None, _) => false,
            (Some(memory), Event::UserPromptSubmit) => memory.passes(session, now),
            (Some(memory), _) => memory.is_passing(session),
        };
        if !passes {
            return hook::stop(*event, reason);
        }
        if *event == Event::UserPromptSubmit {
            self.said.push("cco guard: this prompt is let through although a limit is reached".to_owned());
        }
        self.let_through()
    }
}
