//! The fields that templates can use: name, description, shape and value of each, and how a name in a template is looked up.
//!
//! Invariant: the help is complete, because it is printed from this table and from those of [`super::session_fields`] and
//! [`super::around_fields`]; a test compares the guide with them. Every path of the JSON document is also a field, with the
//! value that `--field` prints, and so is every path of Claude Code's input, after `input.`. Used by `template`, `draw` and
//! `theme`.

use super::around::Asked;
use super::around_fields;
use super::definition::{FieldDefinition, Shape, entry, share};
use super::facts::{Facts, plain};
use super::form::{Form, Unfit};
use super::paint::{Colour, Style, Value};
use super::session_fields;
use super::told::STEPS_MAX;
use crate::report::field::{Field, UnknownField};
use crate::report::figures::{grouped, short_number, span};
use crate::report::{View, Want};
use crate::snapshot::{Period, WriterState};
use crate::usage::last_part;

/// Before a path of what Claude Code tells.
const INPUT: &str = "input.";
/// Before the name of a user's own command.
const COMMAND: &str = "cmd:";

const ENTRIES: &[FieldDefinition] = &[
    entry("model", "the model's alias or name", |f| {
        let alias = f.input.model_id.as_deref().and_then(|id| f.aliases.model(id));
        alias.or(f.input.model.as_deref()).map(plain)
    }),
    entry("model.id", "the model's id", |f| f.input.model_id.clone().map(plain)),
    entry("session.id", "the session's id", |f| f.input.session.clone().map(plain)),
    entry("session.cost", "the session's cost; * if computed by Claude Code", |f| f.session_cost()),
    entry("session.tokens", "the session's tokens", |f| Some(f.tokens(&f.session?.counters))),
    entry("session.requests", "the session's requests", |f| {
        Some(f.figure(grouped(f.session?.counters.requests), Style::default()))
    }),
    entry("session.duration", "time since the session began", |f| f.input.duration_ms.map(span).map(plain)),
    entry("session.waiting", "time the session waited for responses", |f| {
        f.input.api_duration_ms.map(span).map(plain)
    }),
    entry("session.added", "lines the session added to files", |f| {
        f.input.lines_added.map(|n| plain(grouped(n)))
    }),
    entry("session.removed", "lines the session removed", |f| {
        f.input.lines_removed.map(|n| plain(grouped(n)))
    }),
    entry("folder", "the session's current folder, or its alias", |f| folder(f, f.input.folder.as_deref())),
    entry("project", "the folder the session was started in, or its alias", |f| {
        folder(f, f.input.project.as_deref().or(f.input.folder.as_deref()))
    }),
    entry("version", "Claude Code's version", |f| f.input.version.clone().map(plain)),
    share("context", "used share of the context window", |f| f.context()),
    share("context.used", "the same", |f| f.context()),
    entry("context.tokens", "tokens in the context window", |f| {
        f.input.context_tokens.map(|n| plain(short_number(n)))
    }),
    entry("context.size", "size of the context window in tokens", |f| {
        f.input.context_size.map(|n| plain(short_number(n)))
    }),
    entry("today.cost", "cost today", |f| Some(f.cost(&today(f)?.counters, f.thresholds.today_cost))),
    entry("today.tokens", "tokens today", |f| Some(f.tokens(&today(f)?.counters))),
    entry("week.cost", "cost this week", |f| Some(f.cost(&week(f)?.counters, None))),
    entry("week.tokens", "tokens this week", |f| Some(f.tokens(&week(f)?.counters))),
    entry("month.cost", "cost this month", |f| Some(f.cost(&month(f)?.counters, None))),
    entry("month.tokens", "tokens this month", |f| Some(f.tokens(&month(f)?.counters))),
    entry("total.cost", "cost of all time", |f| Some(f.cost(&f.view?.totals.all_time(), None))),
    entry("total.tokens", "tokens of all time", |f| Some(f.tokens(&f.view?.totals.all_time()))),
    entry("block.cost", "cost of the current 5-hour block", |f| {
        Some(f.cost(&f.block()?.counters, f.thresholds.block_cost))
    }),
    entry("block.tokens", "tokens of the current block", |f| Some(f.tokens(&f.block()?.counters))),
    entry(
        "block.left",
        "time until the account's 5-hour limit resets, if known, else until the block ends",
        |f| f.block_left(),
    ),
    entry("block.ends", "the same, but empty if limits.five_hour.left has it", |f| f.block_ends()),
    entry("block.burn", "the block's cost per hour, from its first to its last request", |f| f.burn()),
    entry("block.burn_tokens", "the block's tokens per minute, likewise", |f| f.burn_tokens()),
    entry("block.projection", "the block's projected cost at its end, at that rate", |f| f.projection()),
    share("limits.five_hour", "used share of the account's 5-hour limit", |f| f.limit(f.five_hour())),
    entry("limits.five_hour.left", "time until this limit is reset", |f| f.limit_left(f.five_hour())),
    entry("limits.five_hour.age", "time since this limit was last reported", |f| f.limit_age(f.five_hour())),
    share("limits.seven_day", "used share of the account's 7-day limit", |f| f.limit(f.seven_day())),
    entry("limits.seven_day.left", "time until this limit is reset", |f| f.limit_left(f.seven_day())),
    entry("limits.seven_day.age", "time since this limit was last reported", |f| f.limit_age(f.seven_day())),
    share("limits.spend", "used share of what may be spent", |f| f.limit(f.spend())),
    entry("limits.spend.left", "time until this limit is reset", |f| f.limit_left(f.spend())),
    entry("limits.spend.age", "time since this limit was last reported", |f| f.limit_age(f.spend())),
    entry("limits.spend.amount", "what was spent of what may be, if that is in dollars", |f| {
        f.spend_amount()
    }),
    entry("limits.spend.used", "dollars spent of the spend limit", |f| f.spend_used()),
    entry("limits.spend.limit", "the spend limit in dollars", |f| f.spend_allowed()),
    entry("limits.models", "used share of each model's own 7-day limit", |f| f.model_limits()),
    share("limits.opus", "used share of the 7-day limit of Opus", |f| f.limit(f.of_model("opus"))),
    entry("limits.opus.left", "time until this limit is reset", |f| f.limit_left(f.of_model("opus"))),
    entry("limits.opus.age", "time since this limit was last reported", |f| f.limit_age(f.of_model("opus"))),
    share("limits.sonnet", "used share of the 7-day limit of Sonnet", |f| f.limit(f.of_model("sonnet"))),
    entry("limits.sonnet.left", "time until this limit is reset", |f| f.limit_left(f.of_model("sonnet"))),
    entry("limits.sonnet.age", "time since this limit was last reported", |f| {
        f.limit_age(f.of_model("sonnet"))
    }),
    share("limits.haiku", "used share of the 7-day limit of Haiku", |f| f.limit(f.of_model("haiku"))),
    entry("limits.haiku.left", "time until this limit is reset", |f| f.limit_left(f.of_model("haiku"))),
    entry("limits.haiku.age", "time since this limit was last reported", |f| {
        f.limit_age(f.of_model("haiku"))
    }),
    share("limits.fable", "used share of the 7-day limit of Fable", |f| f.limit(f.of_model("fable"))),
    entry("limits.fable.left", "time until this limit is reset", |f| f.limit_left(f.of_model("fable"))),
    entry("limits.fable.age", "time since this limit was last reported", |f| {
        f.limit_age(f.of_model("fable"))
    }),
    share("budget", "the most used-up budget; empty while all are within limits", |f| f.budget()),
    entry("writer", "state of the publisher: live, stopped or dead", |f| {
        Some(plain(match f.view?.freshness.writer {
            WriterState::Live => "live",
            WriterState::Stopped => "stopped",
            WriterState::Dead => "dead",
        }))
    }),
    entry("stale", "for how long no publisher kept figures current; empty if one does", |f| f.stale()),
    entry("config.broken", "what is wrong with the settings; empty if nothing is", |f| {
        Some(Value { text: f.broken?.to_owned(), style: Style::of(Colour::Red), ..Value::default() })
    }),
];

/// Whether a field's value is in a table of the snapshot.
fn is_in_table(name: &str) -> bool {
    name.strip_prefix("limits.")
        .is_some_and(|name| !name.starts_with("five_hour") && !name.starts_with("seven_day"))
}

/// All fields that have a name of their own.
fn entries() -> impl Iterator<Item = &'static FieldDefinition> {
    ENTRIES.iter().chain(session_fields::ENTRIES).chain(around_fields::ENTRIES)
}

fn today(f: &Facts<'_>) -> Option<Period> {
    f.period(|view| Some(view.totals.today()))
}

fn week(f: &Facts<'_>) -> Option<Period> {
    f.period(|view| Some(view.totals.this_week()))
}

fn month(f: &Facts<'_>) -> Option<Period> {
    f.period(|view| Some(view.totals.this_month()))
}

/// A folder's alias as a project, else the last part of its path.
fn folder(f: &Facts<'_>, path: Option<&str>) -> Option<Value> {
    let path = path?;
    if let Some(alias) = f.aliases.project_at(path) {
        return Some(plain(alias));
    }
    let part = last_part(path);
    Some(plain(if part.is_empty() { path } else { part }))
}

/// A field's name in a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    text: String,
    source: Source,
    form: Form,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Source {
    /// A field of the table.
    Entry(&'static FieldDefinition),
    /// A path of the JSON document.
    Path(Field),
    /// A path of what Claude Code tells.
    Told(String),
    /// A user's own command, by name.
    Command(String),
}

impl Source {
    fn shape(&self) -> Shape {
        match self {
            Self::Entry(entry) => entry.shape,
            // It leads to the address that it is.
            Self::Told(_) => Shape::Link,
            Self::Path(_) | Self::Command(_) => Shape::Text,
        }
    }
}

impl Name {
    /// The field called `text`, of a table, the JSON document, Claude Code's input or a command, in the form that
    /// follows it.
    pub(super) fn of(text: &str) -> Result<Self, Unfit> {
        if let Some(command) = text.strip_prefix(COMMAND) {
            let source = Source::Command(command.to_owned());
            return match is_command_name(command) {
                true => Ok(Self { text: text.to_owned(), source, form: Form::Text }),
                false => Err(Unfit::Unknown),
            };
        }
        let (text, form) = text.split_once(':').map_or((text, None), |(text, form)| (text, Some(form)));
        let entry = entries().find(|entry| entry.name == text).map(Source::Entry);
        let told = || {
            let path = text.strip_prefix(INPUT)?;
            let steps = || path.split('.');
            let is_path = steps().count() <= STEPS_MAX && steps().all(|step| !step.is_empty());
            is_path.then(|| Source::Told(path.to_owned()))
        };
        let source = entry.or_else(told).or_else(|| {
            // Reports a typo at once instead of when a snapshot is read.
            let field: Field = text.parse().ok()?;
            (field.is_value() && field.may_be()).then_some(Source::Path(field))
        });
        let source = source.ok_or(Unfit::Unknown)?;
        let form = match form {
            None => Form::Text,
            Some(form) => Form::of(form, source.shape(), entries())?,
        };
        Ok(Self { text: text.to_owned(), source, form })
    }

    /// The name as written in the template.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// For a name, which may be shortened: the fewest columns that still say what is meant.
    pub(super) fn shortest(&self) -> Option<usize> {
        match self.text.as_str() {
            "folder" | "project" | "session.id" | "session.name" | "cwd" | "git.branch" | "worktree"
            | "worktree.branch" => Some(12),
            "model" | "model.id" => Some(24),
            _ if matches!(self.source, Source::Command(_)) => Some(12),
            _ => None,
        }
    }

    /// Notes what has to be looked up for it.
    pub(super) fn ask(&self, asked: &mut Asked) {
        match &self.source {
            Source::Entry(entry) => asked.note(entry.name),
            Source::Command(name) => asked.commands.push(name.clone()),
            Source::Path(_) | Source::Told(_) => {}
        }
    }

    /// The part of the snapshot it needs.
    pub(super) fn want(&self) -> Want {
        match &self.source {
            Source::Entry(entry) if is_in_table(entry.name) => Want::Tables,
            Source::Entry(_) | Source::Told(_) | Source::Command(_) => Want::Totals,
            Source::Path(field) => field.want(),
        }
    }

    /// Fails if this view's document never has the field.
    pub(super) fn check(&self, view: &View) -> Result<(), UnknownField> {
        match &self.source {
            Source::Entry(_) | Source::Told(_) | Source::Command(_) => Ok(()),
            Source::Path(field) if field.is_in_list() => Ok(()),
            Source::Path(field) => field.of(view).map(drop),
        }
    }

    /// Its value in its form; `None` if it has none now.
    pub(super) fn value(&self, facts: &Facts<'_>) -> Option<Value> {
        self.plain_value(facts).map(|value| self.form.apply(value))
    }

    fn plain_value(&self, facts: &Facts<'_>) -> Option<Value> {
        match &self.source {
            Source::Entry(entry) => (entry.value)(facts),
            Source::Told(path) => {
                let text = facts.input.told.scalar(path)?;
                Some(Value { link: Some(text.clone()), ..plain(text) })
            }
            Source::Command(name) => around_fields::printed(facts.around, name),
            Source::Path(field) => {
                let text = field.of(facts.view?).ok().filter(|text| !text.is_empty())?;
                let alias = match self.text.rsplit('.').next() {
                    Some("model") => facts.aliases.model(&text),
                    Some("project") => facts.aliases.project(&text, facts.path_of(&text)),
                    Some("path") => facts.aliases.project_at(&text),
                    _ => None,
                };
                Some(plain(alias.map_or_else(|| text.clone(), str::to_owned)))
            }
        }
    }
}

/// Whether a command can be called so: a few letters, digits, dashes and underscores.
pub(super) fn is_command_name(name: &str) -> bool {
    let is_letter = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    (1..=40).contains(&name.len()) && name.chars().all(is_letter)
}

/// All names in the table.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    entries().map(|entry| entry.name)
}

/// The table: names and what they show.
pub fn listing() -> impl Iterator<Item = (&'static str, &'static str)> {
    entries().map(|entry| (entry.name, entry.about))
}

#[cfg(test)]
mod tests;
