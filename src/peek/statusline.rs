//! `cco-peek statusline`: Claude Code's JSON on stdin, one line on stdout.
//!
//! Invariant: whatever the input is, and whatever is missing or broken, it prints a line and exits with 0, because
//! anything else blanks Claude Code's status line. Only the rows for its list of subagents can be empty. Stdin is read
//! to the end, so its writer never gets a broken pipe. Used by `peek`; the guard's hooks read their input by it.

use std::io::{self, IsTerminal as _, Read as _, Write as _};
use std::path::{Path, PathBuf};

use super::arguments::StatusLine;
use super::around::{self, Kept, Question};
use super::look::{Chosen, chosen, lacks};
use super::transcript::has_no_request;
use super::trouble;
use crate::config::statusline::answers_folder;
use crate::limits;
use crate::plain_text::screened_with_links;
use crate::report::View;
use crate::report::bar::{Facts, Format, Input, Line, Template, Terminal, subagents};
use crate::snapshot::{Agent, PeekError, Reader, SessionRow, default_path, wall_clock_ms_once};

/// The most that is kept of an input, in bytes. The rest is drained.
const INPUT_BYTES_MAX: u64 = 64 << 20;
/// The line if there is nothing to show.
const NOTHING: &str = "cco";

/// Prints the line.
pub(super) fn run(arguments: &StatusLine, snapshot: Option<PathBuf>, config: Option<&Path>) {
    let bytes = input();
    if arguments.subagents {
        return print(
            &std::panic::catch_unwind(|| subagents(&bytes, wall_clock_ms_once())).unwrap_or_default(),
        );
    }
    let drawn = std::panic::catch_unwind(|| line(arguments, snapshot, config, &bytes));
    say(&drawn.unwrap_or_else(|_| NOTHING.into()));
}

/// Prints an error in the command line as the status line.
pub(super) fn refuse(error: &str) {
    input();
    let first = error.lines().next().unwrap_or_default();
    say(&format!("{NOTHING}: {}", first.trim_start_matches("error: ")));
}

fn say(text: &str) {
    let text = if text.trim().is_empty() { NOTHING } else { text.trim_end() };
    print(&format!("{}\n", screened_with_links(text)));
}

fn print(text: &str) {
    let mut out = io::stdout().lock();
    // If the output is closed, there is nobody to report it to.
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// All of stdin, unless it is a terminal, because nobody types JSON.
pub(super) fn input() -> Vec<u8> {
    let stdin = io::stdin();
    let mut bytes = Vec::new();
    if stdin.is_terminal() {
        return bytes;
    }
    let mut stdin = stdin.lock();
    // If reading fails, the input ends there.
    let _ = stdin.by_ref().take(INPUT_BYTES_MAX).read_to_end(&mut bytes);
    let _ = io::copy(&mut stdin, &mut io::sink());
    bytes
}

fn line(arguments: &StatusLine, snapshot: Option<PathBuf>, config: Option<&Path>, bytes: &[u8]) -> String {
    let now = wall_clock_ms_once();
    let mut input = Input::read(bytes, now).unwrap_or_default();
    let Chosen { look, budgets, aliases, settings, broken } = chosen(config, arguments.theme.as_deref());
    let template = arguments.template.as_ref().unwrap_or(&look.line);
    let broken = broken.or_else(|| lacks(template, &settings));
    let path = snapshot.or_else(default_path);
    let found = match &path {
        Some(path) => seen(path, template, input.session.as_deref(), now),
        None => Err("no snapshot"),
    };
    if let (Some(path), Some(session)) = (&path, &input.session) {
        // If this fails, other readers get the report from another terminal or later; this line shows it anyway.
        let _ = limits::leave(path, session, &input.limits);
    }
    let (view, session) = match &found {
        Ok((view, session)) => (Some(view), session.as_ref()),
        Err(_) => (None, None),
    };
    if session.is_none() && input.transcript.as_ref().is_some_and(|path| has_no_request(path)) {
        // What Claude Code tells is the cost of the session before this one.
        input.cost = None;
    }
    let kept = Kept::new(answers_folder(|name| std::env::var_os(name)));
    let question =
        Question { asked: template.asks(), input: &input, bytes, settings: &settings, kept: &kept, now };
    let around = around::look(&question, |name| std::env::var_os(name));
    let facts = Facts {
        budgets: &budgets,
        aliases: &aliases,
        view,
        trouble: found.as_ref().err().copied(),
        session,
        input: &input,
        thresholds: &look.thresholds,
        broken: broken.as_deref(),
        around: &around,
        now,
    };
    let columns = columns().map(|columns| columns.saturating_sub(settings.margin.unwrap_or(0).into()).max(1));
    let separator = arguments.separator.as_deref().unwrap_or(&look.separator);
    let drawn = template.draw(&facts, separator, columns);
    let format = if has_colours() { Format::Ansi } else { Format::Plain };
    let terminal = Terminal::of(|name| std::env::var(name).ok(), true);
    let mut text = format.paint(&drawn, terminal);
    if text.trim().is_empty() {
        text = facts.trouble.map(|trouble| format!("{NOTHING}: {trouble}")).unwrap_or_default();
    }
    match broken {
        Some(broken) if !template.names().iter().any(|name| name.as_str() == "config.broken") => {
            format!("{} {}", text.trim_end(), format.paint(&Line::of(&broken), terminal))
        }
        _ => text,
    }
}

/// The snapshot at `path` and the session in it; else a short reason why there is none.
fn seen(
    path: &Path,
    template: &Template,
    session: Option<&str>,
    now: i64,
) -> Result<(View, Option<SessionRow>), &'static str> {
    let look = || {
        let mut reader = Reader::open(path).map_err(PeekError::Open)?;
        let view = View::of(&mut reader, template.want(), now).map_err(PeekError::Read)?;
        let session =
            session.map(|id| reader.session(Agent::CLAUDE_CODE, id)).transpose().map_err(PeekError::Read)?;
        Ok((view, session.flatten()))
    };
    look().map_err(|error| trouble::of_peek(&error))
}

/// The terminal's width, passed on by Claude Code.
fn columns() -> Option<usize> {
    std::env::var("COLUMNS").ok()?.trim().parse().ok().filter(|columns| *columns > 0)
}

/// Claude Code shows colours although stdout is not a terminal.
fn has_colours() -> bool {
    std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}
