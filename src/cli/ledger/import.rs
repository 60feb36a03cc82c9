//! `cco ledger import stats-cache`: imports Claude Code's own statistics for days without transcripts, and removes them again.
//!
//! Invariant: it adds nothing to what is counted, and says why each day was left out. A preview needs no lock.

use std::fs::OpenOptions;
use std::io::Read as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use jiff::civil::Date;
use serde::Serialize;

use super::exclusive::to_write;
use crate::cli::catch_up::catch_up;
use crate::cli::open_ledger::to_read;
use crate::cli::options::Options;
use crate::cli::{Exit, Failure, print, print_json};
use crate::config::Settings;
use crate::daemon::job_to_follow;
use crate::ingest::StatsCache;
use crate::ledger::{ClaudeDay, ImportedDays};
use crate::plain_text;
use crate::report::figures::{counted, grouped};

const CODES: &str = "Exit codes: 0 done; 1 the file does not fit, or any other error; 2 wrong usage; 4 no ledger, or no such \
                     file; 6 a publisher is running: stop it first, or use --dry-run.";

/// The file's name, in Claude Code's folder.
const NAME: &str = "stats-cache.json";

/// Larger than a hundred years of it.
const BYTES_MAX: u64 = 64 << 20;

/// What to do if a file cannot be imported.
const NEXT: &str = "name a file as Claude Code wrote it: cco ledger import stats-cache FILE";

/// How many days of a list are named.
const NAMED: usize = 10;

/// What can be imported.
#[derive(Debug, clap::Subcommand)]
pub(in crate::cli) enum Command {
    /// Claude Code's own tokens by day and model, for days without transcripts
    #[command(
        long_about = "Imports Claude Code's own tokens by day and model from its stats-cache.json, for days with nothing \
                      counted because their transcripts are gone. cco daily, weekly, monthly and yearly show them \
                      separately. They have no cost and are in no total. A day that is counted later hides its statistics.",
        after_help = CODES
    )]
    StatsCache(Arguments),
}

/// Options of `cco ledger import stats-cache`.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Arguments {
    /// The file [default: stats-cache.json in Claude Code's folder]
    file: Option<PathBuf>,
    /// Only show what would be imported
    #[arg(long, conflicts_with = "undo")]
    dry_run: bool,
    /// Remove all that was imported
    #[arg(long, conflicts_with = "file")]
    undo: bool,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    options: Options,
}

/// Runs `cco ledger import`.
pub(super) fn run(command: &Command) -> Result<(), Failure> {
    let Command::StatsCache(arguments) = command;
    let settings = arguments.options.settings()?;
    if arguments.undo {
        return undo(&settings, arguments.json);
    }
    let path = match &arguments.file {
        Some(path) => path.clone(),
        None => default_file(&settings)?,
    };
    let (days, unfinished) = read(&path)?;
    // A day whose transcripts are not counted yet would look like one with nothing counted.
    catch_up(&arguments.options)?;
    let imported = if arguments.dry_run {
        to_read(&settings)?.preview_claude_days(&days, &settings.zone)?
    } else {
        let (_lock, mut ledger) = to_write(&settings)?;
        ledger.import_claude_days(&days, &settings.zone)?
    };
    let shown = Shown { path: &path, imported: &imported, unfinished, is_done: !arguments.dry_run };
    if arguments.json { print_json(&shown.document()) } else { print(&shown.text()) }
}

#[derive(Serialize)]
struct Undone {
    days_removed: u64,
}

fn undo(settings: &Settings, json: bool) -> Result<(), Failure> {
    let (_lock, mut ledger) = to_write(settings)?;
    let days_removed = ledger.remove_claude_days()?;
    match days_removed {
        _ if json => print_json(&Undone { days_removed }),
        0 => print("nothing was imported, so there is nothing to remove\n"),
        days => print(&format!("removed Claude Code's statistics of {}\n", counted(days, "day"))),
    }
}

/// Where Claude Code keeps the file.
fn default_file(settings: &Settings) -> Result<PathBuf, Failure> {
    let places: Vec<PathBuf> =
        job_to_follow(settings).roots.into_iter().map(|root| root.join(NAME)).collect();
    let there: Vec<&PathBuf> = places.iter().filter(|place| place.exists()).collect();
    let list = |places: &[&PathBuf]| {
        places.iter().map(|place| plain_text::path(place)).collect::<Vec<_>>().join(", ")
    };
    match there.as_slice() {
        [only] => Ok((*only).clone()),
        [] => {
            let words = format!(
                "no statistics of Claude Code at {}; to import another file: cco ledger import stats-cache FILE",
                list(&places.iter().collect::<Vec<_>>())
            );
            Err(Failure::new(Exit::Missing, words))
        }
        several => {
            let words = format!("several files with statistics: name one of {}", list(several));
            Err(Failure::new(Exit::Usage, words))
        }
    }
}

/// The days of a file, and how many more there are that Claude Code had not counted completely.
fn read(path: &Path) -> Result<(Vec<ClaudeDay>, u64), Failure> {
    let name = plain_text::path(path);
    let io = |error: std::io::Error| {
        let exit = if error.kind() == std::io::ErrorKind::NotFound { Exit::Missing } else { Exit::Failed };
        Failure::new(exit, format!("cannot read {name}: {error}; {NEXT}"))
    };
    let refused =
        |reason: String| Failure::new(Exit::Failed, format!("{name} was not imported: {reason}; {NEXT}"));
    let flags = rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOCTTY;
    let flags = i32::try_from(flags.bits()).map_err(|error| refused(error.to_string()))?;
    let file = OpenOptions::new().read(true).custom_flags(flags).open(path).map_err(io)?;
    if !file.metadata().map_err(io)?.is_file() {
        return Err(refused("it is not a regular file".into()));
    }
    let mut text = Vec::new();
    file.take(BYTES_MAX + 1).read_to_end(&mut text).map_err(io)?;
    if text.len() as u64 > BYTES_MAX {
        return Err(refused("it is too long for such a file".into()));
    }
    let statistics = StatsCache::read(&text).map_err(|error| refused(error.to_string()))?;
    let (mut days, mut unfinished) = (Vec::new(), 0);
    for (&day, models) in &statistics.days {
        if statistics.last_day.is_some_and(|last| day > last) {
            unfinished += 1;
            continue;
        }
        days.extend(models.iter().filter(|(_, tokens)| **tokens > 0).map(|(model, tokens)| ClaudeDay {
            day,
            model: model.as_str().into(),
            tokens: *tokens,
            with_cache: statistics.with_cache,
        }));
    }
    Ok((days, unfinished))
}

struct Shown<'a> {
    path: &'a Path,
    imported: &'a ImportedDays,
    unfinished: u64,
    is_done: bool,
}

#[derive(Serialize)]
struct Document<'a> {
    file: &'a Path,
    /// False if this was a preview.
    imported: bool,
    days: Vec<DayLine>,
    days_known: u64,
    days_counted: u64,
    days_forgotten: u64,
    days_unfinished: u64,
}

#[derive(Serialize)]
struct DayLine {
    date: String,
    tokens: u64,
}

impl Shown<'_> {
    fn document(&self) -> Document<'_> {
        let ImportedDays { new, known, counted, forgotten } = self.imported;
        let line = |(day, tokens): &(Date, u64)| DayLine { date: day.to_string(), tokens: *tokens };
        Document {
            file: self.path,
            imported: self.is_done,
            days: new.iter().map(line).collect(),
            days_known: *known,
            days_counted: *counted,
            days_forgotten: *forgotten,
            days_unfinished: self.unfinished,
        }
    }

    fn text(&self) -> String {
        let ImportedDays { new, known, counted: days_counted, forgotten } = self.imported;
        let mut text = String::new();
        let verb = if self.is_done { "imported" } else { "would import" };
        match new.len() {
            0 => text += "nothing to import\n",
            days => {
                let tokens =
                    new.iter().map(|(_, tokens)| tokens).fold(0u64, |all, one| all.saturating_add(*one));
                let days = counted(days as u64, "day");
                text += &format!(
                    "{verb} {days} of Claude Code's own statistics, {}:\n",
                    counted(tokens, "token")
                );
            }
        }
        for (day, tokens) in new.iter().take(NAMED) {
            text += &format!("  {day}  {}\n", counted(*tokens, "token"));
        }
        if new.len() > NAMED {
            text += &format!("  and {} more\n", grouped((new.len() - NAMED) as u64));
        }
        for (days, why) in [
            (*known, "imported before"),
            (*days_counted, "already counted from transcripts"),
            (*forgotten, "forgotten"),
            (self.unfinished, "incomplete when Claude Code last counted"),
        ] {
            if days > 0 {
                text += &format!("left out {}: {why}\n", counted(days, "day"));
            }
        }
        if self.is_done && !new.is_empty() {
            text += "cco daily shows them separately, in no total; to remove them: cco ledger import stats-cache --undo\n";
        }
        text
    }
}
