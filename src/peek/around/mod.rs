//! Looks up what a template needs from around a session: files in `.git`, git's answers, and the output of the user's
//! own commands.
//!
//! Invariant: what no template needs costs nothing. Files are read directly. Programs run at most once per period, all
//! at the same time, each no longer than its timeout; until the period is over, their last answers are used. A question
//! is noted before it is asked, so a redraw that is killed while it waits, or a second one meanwhile, does not run the
//! program again; only redraws that begin at the same moment may both run it. Used by `peek::statusline`.

mod git;
mod group;
mod job;
mod kept;

use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::thread::{Builder, ScopedJoinHandle};
use std::time::Duration;

use job::{Job, Outcome};
use kept::Answer;
pub(super) use kept::Kept;

use crate::config::statusline::{CommandSettings, GitSettings, StatusLine};
use crate::report::bar::{Around, Asked, Input, Printed};

/// What is asked for, and where.
pub(super) struct Question<'a> {
    pub(super) asked: Asked,
    pub(super) input: &'a Input,
    /// The input as it came, for commands.
    pub(super) bytes: &'a [u8],
    pub(super) settings: &'a StatusLine,
    /// What programs said before.
    pub(super) kept: &'a Kept,
    /// ms UTC.
    pub(super) now: i64,
}

/// A program to run, and what its answer is for.
struct Program {
    name: Answered,
    arguments: Vec<OsString>,
    variables: &'static [(&'static str, &'static str)],
    input: Vec<u8>,
    timeout: Duration,
    every: Duration,
}

/// What an answer is for.
enum Answered {
    Command(String),
    Status,
    Distance,
    Changes,
}

/// Everything that is asked for. Nothing that goes wrong here keeps the line from being drawn.
pub(super) fn look(question: &Question<'_>, variable: impl Fn(&str) -> Option<OsString>) -> Around {
    let Question { asked, input, settings, kept, now, .. } = question;
    let home = variable("HOME").and_then(|home| home.into_string().ok()).filter(|home| !home.is_empty());
    let mut around = Around { home, ..Around::default() };
    let folder = input.folder.as_deref().map(Path::new).filter(|folder| folder.is_absolute());
    let asks_git = asked.branch || asked.commit || asked.dirty || asked.distance || asked.changes;
    let repository = folder.filter(|_| asks_git).and_then(git::Repository::around);
    if let Some(repository) = &repository {
        around.branch = asked.branch.then(|| repository.branch()).flatten();
        around.commit = asked.commit.then(|| repository.commit()).flatten();
    }
    let mut programs = Vec::new();
    if repository.is_some() {
        programs.extend(git_programs(asked, settings.git.unwrap_or_default()));
    }
    // Whoever can write the settings would decide what runs as this user.
    let named = asked.commands.iter().filter(|_| settings.commands_refused.is_none());
    let commands = named.filter_map(|name| Some((name, settings.commands.get(name)?)));
    programs.extend(commands.map(|(name, command)| user_program(name, command, question.bytes)));
    if programs.is_empty() {
        return around;
    }
    let session = input.session.as_deref().unwrap_or_default();
    std::thread::scope(|scope| {
        // What is due runs at the same time; what is not is only read.
        let turns: Vec<_> = programs
            .iter()
            .map(|program| {
                let is_own = matches!(program.name, Answered::Command(_));
                let key = key(program, folder, is_own.then_some(session));
                let known = kept.read(&key);
                if let Some(fresh) =
                    known.clone().filter(|known| known.is_fresh(*now, program.every, program.timeout))
                {
                    return (program, Turn::Fresh(fresh));
                }
                // If this fails, this process still knows it, and others run the program as well.
                let _ = kept.ask(&key, &Answer::awaited(known.clone(), *now), *now);
                let running = Builder::new().spawn_scoped(scope, move || program.job(folder).run());
                (program, Turn::Running { key, known, running })
            })
            .collect();
        for (program, turn) in turns {
            match turn {
                Turn::Fresh(answer) => {
                    note(&mut around, program, &answer, answer.is_overdue(*now, program.timeout));
                }
                Turn::Running { key, known, running } => {
                    let outcome = running.ok().and_then(|running| running.join().ok());
                    let outcome = outcome.unwrap_or(Outcome::Failed);
                    let answer = Answer::after(outcome, known, *now, |text| program.name.brief(text));
                    // As above.
                    let _ = kept.write(&key, &answer);
                    note(&mut around, program, &answer, answer.is_late());
                }
            }
        }
    });
    around
}

/// What happens with a program at this redraw.
enum Turn<'scope> {
    Fresh(Answer),
    Running {
        key: String,
        known: Option<Answer>,
        /// An error if there is no room for a thread.
        running: io::Result<ScopedJoinHandle<'scope, Outcome>>,
    },
}

fn note(around: &mut Around, program: &Program, answer: &Answer, is_late: bool) {
    let text = answer.text.as_deref();
    match &program.name {
        Answered::Command(name) => {
            let text = text.map(first_line).unwrap_or_default();
            around.printed.insert(name.clone(), Printed { text, is_late });
            return;
        }
        Answered::Status => {
            around.dirty = text.map(git::is_dirty);
            around.distance = around.distance.or_else(|| text.and_then(git::distance_of_status));
        }
        Answered::Distance => around.distance = text.and_then(git::distance),
        Answered::Changes => around.changes = text.and_then(git::changes),
    }
    around.is_git_late |= is_late;
}

impl Answered {
    /// What is needed of an answer.
    fn brief(&self, text: &str) -> String {
        match self {
            Self::Command(_) => first_line(text),
            Self::Status => git::brief_status(text),
            Self::Distance | Self::Changes => text.to_owned(),
        }
    }
}

/// The first line that says something, without a terminal's colours, which the template gives.
fn first_line(text: &str) -> String {
    let plain = anstream::adapter::strip_str(text).to_string();
    plain.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default().to_owned()
}

fn git_programs(asked: &Asked, settings: GitSettings) -> Vec<Program> {
    let program = |name, arguments: &[&str]| Program {
        name,
        arguments: ["git"].iter().chain(&git::FIRST).chain(arguments).map(OsString::from).collect(),
        variables: &git::VARIABLES,
        input: Vec::new(),
        timeout: Duration::from_millis(settings.timeout_ms.into()),
        every: Duration::from_secs(settings.every_s.into()),
    };
    let mut programs = Vec::new();
    if asked.dirty {
        programs.push(program(Answered::Status, &git::STATUS));
    } else if asked.distance {
        programs.push(program(Answered::Distance, &git::DISTANCE));
    }
    if asked.changes {
        programs.push(program(Answered::Changes, &git::CHANGES));
    }
    programs
}

fn user_program(name: &str, settings: &CommandSettings, input: &[u8]) -> Program {
    Program {
        name: Answered::Command(name.to_owned()),
        arguments: ["/bin/sh", "-c", &settings.run].map(OsString::from).to_vec(),
        variables: &[],
        input: if input.is_empty() { b"{}".to_vec() } else { input.to_vec() },
        timeout: Duration::from_millis(settings.timeout_ms.into()),
        every: Duration::from_secs(settings.every_s.into()),
    }
}

impl Program {
    fn job<'a>(&'a self, folder: Option<&'a Path>) -> Job<'a> {
        Job {
            arguments: &self.arguments,
            variables: self.variables,
            folder,
            input: &self.input,
            timeout: self.timeout,
        }
    }
}

/// What an answer depends on: the command, the folder, and for what a user's own command is told, the session.
fn key(program: &Program, folder: Option<&Path>, session: Option<&str>) -> String {
    let arguments: Vec<_> = program.arguments.iter().map(|argument| argument.to_string_lossy()).collect();
    let folder = folder.map(Path::to_string_lossy).unwrap_or_default();
    [arguments.join("\0"), folder.into_owned(), session.unwrap_or_default().to_owned()].join("\0\0")
}
