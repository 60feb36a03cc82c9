//! `--format`: a line in the form that a bar expects, once or, with `--follow`, at each change.
//!
//! Invariant: a bar always gets a line and exit code 0, with a mark if the figures are not current, because it would
//! hide or redden anything else. `plain`, `json` and templates keep the exit codes that scripts rely on.

use std::path::Path;
use std::time::Duration;

use super::arguments::{Arguments, Shape};
use super::around::{self, Kept, Question};
use super::failure::{Failure, note_broken, note_staleness};
use super::look::{Chosen, chosen, lacks};
use super::metrics;
use super::show::{is_output_closed, print};
use super::trouble;
use crate::config::statusline::answers_folder;
use crate::plain_text;
use crate::report::bar::{BarContent, Facts, Format, Input, Template, Terminal};
use crate::report::document::{Document, Tables};
use crate::report::{View, Want, open_to_follow};
use crate::snapshot::{Code, PeekError, ReadError, Reader, wall_clock_ms_once};

/// How often to redraw a line in which only times change.
const TICK: Duration = Duration::from_secs(15);
/// How often to look for a missing snapshot.
const RETRY: Duration = Duration::from_secs(1);
/// The width of a short line, in columns.
const SHORT: usize = 24;

/// Prints the snapshot at `path` in this shape, once or at each change. Returns the exit code.
pub(super) fn run(arguments: &Arguments, shape: &Shape, path: Option<&Path>) -> Result<Code, Failure> {
    if *shape == Shape::Prometheus {
        return metrics::run(arguments, path);
    }
    if arguments.asks_for_metrics() {
        let words = "--metrics-names and --metrics-projects are for --format prometheus";
        return Err(Failure::Usage(words.into()));
    }
    let chosen = chosen(arguments.config.as_deref(), arguments.theme.as_deref());
    let named = match shape {
        Shape::Template(template) => Some(template),
        _ => arguments.template.as_ref(),
    };
    if let Some(lacking) = named.and_then(|named| lacks(named, &chosen.settings)) {
        return Err(Failure::Usage(format!("{lacking}: see [statusline.commands] in the config file")));
    }
    let kept = Kept::new(answers_folder(|name| std::env::var_os(name)));
    let bar = Bar { shape, named, chosen: &chosen, kept };
    if let (false, Some(broken)) = (bar.is_tool(), &chosen.broken) {
        note_broken(broken);
    }
    if arguments.follow { bar.follow(path) } else { bar.once(path) }
}

/// What to draw, and in which form.
struct Bar<'a> {
    shape: &'a Shape,
    /// The template from the command line.
    named: Option<&'a Template>,
    chosen: &'a Chosen,
    /// What programs said, for all lines that are drawn.
    kept: Kept,
}

impl Bar<'_> {
    fn once(&self, path: Option<&Path>) -> Result<Code, Failure> {
        let found = path
            .ok_or(Failure::NoHome)
            .and_then(|path| View::once(path, self.want(), wall_clock_ms_once()).map_err(Failure::from));
        let (head, tail) = match self.shape {
            Shape::Bar(format) => format.enclosing(),
            _ => ("", ""),
        };
        let (text, view) = self.text(found)?;
        print(&format!("{head}{text}{tail}"))?;
        Ok(view.filter(|_| !self.is_tool()).map_or(Code::Done, |view| note_staleness(&view)))
    }

    /// Prints at each change until the output is closed.
    fn follow(&self, path: Option<&Path>) -> Result<Code, Failure> {
        let (head, between) = match self.shape {
            Shape::Bar(format) => (format.enclosing().0, format.between()),
            _ => ("", ""),
        };
        let mut reader = None;
        let mut shown: Option<String> = None;
        let mut was_current = true;
        loop {
            // A line that does not change is not printed, so nothing else would tell.
            if is_output_closed() {
                return Ok(Code::Done);
            }
            let found = path.ok_or(Failure::NoHome).and_then(|path| self.look(&mut reader, path));
            // Overtaken by the publisher: keep the last output until the next try.
            if !matches!(found, Err(Failure::View(PeekError::Read(ReadError::Busy)))) {
                let (text, view) = self.text(found)?;
                if shown.as_ref() != Some(&text) {
                    print(&format!("{}{text}", if shown.is_none() { head } else { between }))?;
                    shown = Some(text);
                }
                if let Some(view) = view.filter(|_| !self.is_tool()) {
                    let is_current = view.staleness().is_none();
                    if was_current && !is_current {
                        note_staleness(&view);
                    }
                    was_current = is_current;
                }
            }
            match reader.as_mut().map(|open| open.wait(TICK)) {
                Some(Ok(_)) => {}
                Some(Err(_)) => reader = None,
                None => std::thread::sleep(RETRY),
            }
        }
    }

    /// Reads the snapshot through `reader`, and opens it first if necessary.
    fn look(&self, reader: &mut Option<Reader>, path: &Path) -> Result<View, Failure> {
        let mut open = match reader.take() {
            Some(open) => open,
            None => open_to_follow(path).map_err(PeekError::Open)?,
        };
        let view = View::of(&mut open, self.want(), wall_clock_ms_once()).map_err(PeekError::Read);
        *reader = Some(open);
        Ok(view?)
    }

    /// The output with its line breaks. If there is no snapshot, a bar gets a line that says so.
    fn text(&self, found: Result<View, Failure>) -> Result<(String, Option<View>), Failure> {
        let (view, trouble) = match found {
            Ok(view) => (Some(view), None),
            Err(failure) if self.is_tool() => (None, Some(trouble::of(&failure))),
            Err(failure) => return Err(failure),
        };
        if let (Some(view), Some(template)) = (&view, self.named) {
            template.check(view).map_err(|unknown| Failure::Usage(unknown.to_string()))?;
        }
        if let (Some(shown), Shape::Json) = (&view, self.shape) {
            let document = Document::of(shown, Tables::default()).with_aliases(&self.chosen.aliases);
            let text = serde_json::to_string(&document).map_err(std::io::Error::from)?;
            return Ok((plain_text::json(text) + "\n", view));
        }
        let Chosen { look, budgets, aliases, settings, broken } = self.chosen;
        let (input, now) = (Input::default(), wall_clock_ms_once());
        let (asked, kept) = (self.template().asks(), &self.kept);
        let question = Question { asked, input: &input, bytes: b"", settings, kept, now };
        let around = around::look(&question, |name| std::env::var_os(name));
        let facts = Facts {
            budgets,
            aliases,
            view: view.as_ref(),
            trouble,
            session: None,
            input: &input,
            thresholds: &look.thresholds,
            broken: broken.as_deref(),
            around: &around,
            now,
        };
        let draw = |columns| self.template().draw(&facts, &look.separator, columns);
        let format = match self.shape {
            Shape::Bar(format) => *format,
            // Colours are stripped later if stdout is not a terminal.
            Shape::Template(_) | Shape::Json | Shape::Prometheus => Format::Ansi,
        };
        let terminal = Terminal::of(|name| std::env::var(name).ok(), false);
        let content = BarContent { line: &draw(None), short: &draw(Some(SHORT)), facts: &facts, terminal };
        let text = format.spell(content);
        Ok((text, view))
    }

    fn template(&self) -> &Template {
        self.named.unwrap_or(&self.chosen.look.bar)
    }

    fn want(&self) -> Want {
        if *self.shape == Shape::Json { Want::Tables } else { self.template().want() }
    }

    /// Whether it is for a bar, which must always get a line.
    fn is_tool(&self) -> bool {
        !matches!(self.shape, Shape::Json | Shape::Template(_) | Shape::Bar(Format::Plain))
    }
}
