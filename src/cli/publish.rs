//! `cco publish`, and `cco` alone: whose transcripts, published where.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use jiff::tz::TimeZone;

use super::once::{self, Form};
use super::{Exit, Failure, failure::Described, note, sample};
use crate::config::{Flags, Settings};
use crate::ingest::{Environment, Found, Root, Waker, find_roots};
use crate::publish::{Live, Requests};
use crate::snapshot::FILE_NAME;

/// Options of `cco publish`.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Count what is there, publish and end, rather than follow
    #[arg(long)]
    once: bool,
    /// A folder that holds projects/; may be given more than once [default: your own]
    #[arg(long = "root", value_name = "DIR")]
    roots: Vec<PathBuf>,
    /// The snapshot to publish [default: usage.snapshot in the state folder]
    #[arg(long, value_name = "FILE")]
    snapshot: Option<PathBuf>,
    /// The folder for the publisher's state [default: ~/.local/state/cco; one of their own for given roots]
    #[arg(long, value_name = "DIR")]
    state: Option<PathBuf>,
    /// Zone of days, weeks and months, such as Europe/Berlin [default: the system's]
    #[arg(long, value_name = "ZONE")]
    timezone: Option<String>,
    /// Print the published totals as JSON
    #[arg(long)]
    json: bool,
}

/// Runs `cco publish`.
pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let flags = Flags {
        roots: arguments.roots.clone(),
        snapshot: arguments.snapshot.clone(),
        state: arguments.state.clone(),
        timezone: arguments.timezone.clone(),
    };
    let settings = settings(flags)?;
    if !arguments.once {
        return follow(arguments, &settings);
    }
    let roots = if settings.roots.is_empty() {
        let found = own_roots();
        if found.roots.is_empty() {
            return Err(Failure::new(Exit::NoTranscripts, nothing_found(&found)));
        }
        found.roots
    } else {
        let named = settings.roots.iter().map(Root::new).collect::<Result<Vec<_>, _>>();
        named.map_err(|error| Failure::new(Exit::NoTranscripts, error))?
    };
    once::run(&roots, &settings, if arguments.json { Form::Json } else { Form::Text })
}

/// Follows the transcripts until it is told to stop.
fn follow(arguments: &Arguments, settings: &Settings) -> Result<(), Failure> {
    // Roots that are not there yet are followed as well: they may come.
    let roots = if arguments.roots.is_empty() { own_roots().looked } else { arguments.roots.clone() };
    let requests = Arc::new(Requests::default());
    let waker: Arc<OnceLock<Waker>> = Arc::default();
    let (asked, wakes) = (Arc::clone(&requests), Arc::clone(&waker));
    ctrlc::set_handler(move || {
        asked.stop();
        if let Some(waker) = wakes.get() {
            waker.wake();
        }
    })
    .map_err(|error| Failure::new(Exit::Failed, error))?;
    let mut live = Live::open(once::job(roots, settings)).map_err(once::failure)?;
    live.run(&requests, |awake| {
        // Nobody else sets it.
        let _ = waker.set(awake);
    })
    .map_err(once::failure)?;
    live.stop();
    Ok(())
}

/// Runs `cco` without a command: the user's own transcripts, else the sample.
pub(super) fn own_or_sample() -> Result<(), Failure> {
    let found = own_roots();
    if found.roots.is_empty() {
        note(&format!("{}\n\nThis is a made-up sample instead:\n", nothing_found(&found)));
        return show_sample();
    }
    once::run(&found.roots, &settings(Flags::default())?, Form::Text)
}

/// Publishes the sample into a folder that is gone afterwards.
fn show_sample() -> Result<(), Failure> {
    let io = |source| Failure::new(Exit::Failed, Described { what: "cannot unpack the sample", source });
    let folder = tempfile::tempdir().map_err(io)?;
    sample::unpack(folder.path(), jiff::Timestamp::now()).map_err(io)?;
    let settings = Settings {
        roots: vec![folder.path().into()],
        state: folder.path().into(),
        snapshot: folder.path().join(FILE_NAME),
        zone: TimeZone::UTC,
        zone_name: "UTC".into(),
        zone_note: None,
    };
    let root = Root::new(folder.path()).map_err(|error| Failure::new(Exit::Failed, error))?;
    once::run(&[root], &settings, Form::Text)?;
    note(
        "\nThe sample and its snapshot are deleted again. Use Claude Code, or name a folder with --root:\n  cco publish --once --root DIR",
    );
    Ok(())
}

fn settings(flags: Flags) -> Result<Settings, Failure> {
    Settings::resolve(flags, |name| std::env::var_os(name)).map_err(|error| Failure::new(Exit::Usage, error))
}

fn own_roots() -> Found {
    find_roots(&Environment {
        claude_config_dir: std::env::var_os("CLAUDE_CONFIG_DIR"),
        xdg_config_home: std::env::var_os("XDG_CONFIG_HOME"),
        home: std::env::var_os("HOME").map(PathBuf::from),
    })
}

fn nothing_found(found: &Found) -> String {
    let mut text = String::from("no Claude Code transcripts found; looked for projects/ in");
    for place in &found.looked {
        write!(text, "\n  {}", place.display()).expect("writing to a String cannot fail");
    }
    text
}
