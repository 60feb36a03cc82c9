//! `cco publish`, and `cco` alone: whose transcripts, published where.

use std::fmt::Write as _;
use std::path::PathBuf;

use super::once::{self, Form};
use super::options::Options;
use super::{Exit, Failure, failure::Described, follow, note, sample};
use crate::config::{Flags, Settings};
use crate::ingest::{Environment, Found, Root, find_roots};

/// Options of `cco publish`.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Scan and publish once, then exit; without this, keep publishing until stopped
    #[arg(long)]
    once: bool,
    #[command(flatten)]
    options: Options,
    /// Print the published totals as JSON
    #[arg(long, requires = "once")]
    json: bool,
    /// Detach from the terminal and log to a file, for `cco daemon start`
    #[arg(long, hide = true, conflicts_with = "once")]
    detached: bool,
}

impl Arguments {
    /// Whether the program goes on until told to stop.
    pub(super) fn goes_on(&self) -> bool {
        !self.once
    }
}

/// Runs `cco publish`.
pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    if !arguments.once {
        let log = if arguments.detached { follow::Log::File } else { follow::Log::Stderr };
        return follow::run(&arguments.options, log);
    }
    let settings = arguments.options.settings()?;
    once::run(&roots_of(&settings)?, &settings, if arguments.json { Form::Json } else { Form::Text })
}

/// The roots that were named, all of which must be there, else the user's own.
pub(super) fn roots_of(settings: &Settings) -> Result<Vec<Root>, Failure> {
    if settings.roots.is_empty() {
        let found = own_roots();
        if found.roots.is_empty() {
            return Err(Failure::new(Exit::Missing, nothing_found(&found)));
        }
        for refused in &found.refused {
            note(&format!("cco: skipped {}: {}", refused.path.display(), refused.reason));
        }
        return Ok(found.roots);
    }
    let named = settings.roots.iter().map(Root::new).collect::<Result<Vec<_>, _>>();
    named.map_err(|error| Failure::new(Exit::Missing, error))
}

/// The roots to follow: those that were named, else every place the user's own may be in, there yet or not.
pub(super) fn roots_to_follow(settings: &Settings) -> Vec<PathBuf> {
    if settings.roots.is_empty() { own_roots().looked } else { settings.roots.clone() }
}

/// Runs `cco` without a command: the user's own transcripts, else the sample.
pub(super) fn own_or_sample() -> Result<(), Failure> {
    let settings = Options::default().settings()?;
    if settings.roots.is_empty() {
        let found = own_roots();
        if found.roots.is_empty() {
            note(&format!("{}\n\nHere is a made-up sample instead:\n", nothing_found(&found)));
            return show_sample();
        }
    }
    once::run(&roots_of(&settings)?, &settings, Form::Text)
}

/// Publishes the sample into a folder that is gone afterwards.
fn show_sample() -> Result<(), Failure> {
    let io = |source| Failure::new(Exit::Failed, Described { what: "cannot unpack the sample", source });
    let folder = tempfile::tempdir().map_err(io)?;
    sample::unpack(folder.path(), jiff::Timestamp::now()).map_err(io)?;
    let flags = Flags {
        roots: vec![folder.path().into()],
        state: Some(folder.path().into()),
        timezone: Some("UTC".into()),
        ..Flags::default()
    };
    // No variable and no file has a say in what the sample shows.
    let settings = Settings::resolve(flags, |_| None).map_err(|error| Failure::new(Exit::Failed, error))?;
    let root = Root::new(folder.path()).map_err(|error| Failure::new(Exit::Failed, error))?;
    once::run(&[root], &settings, Form::Text)?;
    note(
        "\nThe sample and its snapshot are now deleted. Use Claude Code, or choose a folder with --root:\n  cco publish --once --root DIR",
    );
    Ok(())
}

pub(super) fn own_roots() -> Found {
    find_roots(&Environment {
        claude_config_dir: std::env::var_os("CLAUDE_CONFIG_DIR"),
        xdg_config_home: std::env::var_os("XDG_CONFIG_HOME"),
        home: std::env::var_os("HOME").map(PathBuf::from),
    })
}

fn nothing_found(found: &Found) -> String {
    let mut text = String::from("no Claude Code transcripts found; searched for projects/ in");
    for place in &found.looked {
        write!(text, "\n  {}", place.display()).expect("writing to a String cannot fail");
    }
    if !found.refused.is_empty() {
        text += "\nsome folders could not be read; check the permissions of";
    }
    for refused in &found.refused {
        write!(text, "\n  {}: {}", refused.path.display(), refused.reason)
            .expect("writing to a String cannot fail");
    }
    text
}
