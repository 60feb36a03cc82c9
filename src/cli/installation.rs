//! Gathers the facts about this installation that the doctor judges. Used by `cco doctor` and `cco fix`.
//!
//! Invariant: it changes nothing, and it never fails: whatever cannot be examined is a fact of its own, and the rest is
//! examined all the same.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use super::open_ledger::to_read;
use super::options::Options;
use super::setup::places;
use super::{logging, unpriced};
use crate::causes::causes;
use crate::config::{Settings, SettingsError};
use crate::daemon::{Holder, own_roots, status};
use crate::ingest::{Root, SkippedPath, discover};
use crate::ledger::{Ledger, LedgerError};
use crate::limits::{Source, folder_of, reports};
use crate::own_folder::{self, Use};
use crate::plain_text;
use crate::pricing::PriceTable;
use crate::report::bar::Look;
use crate::report::figures::counted;
use crate::report::following::polling;
use crate::setup::doctor::{
    Facts, Found, LedgerFacts, LimitSource, Private, Publisher, Refused, SettingsFacts, SnapshotFacts,
    StateFacts, StateTrouble,
};
use crate::setup::{ClaudeSettings, Records, programs_named};
use crate::snapshot::{OpenError, Reader};
use crate::state_folder::StateFolder;

/// Why nothing in the state folder is examined.
const UNKNOWN_STATE: &str = "the state folder is unknown";
const UNUSABLE_STATE: &str = "the state folder cannot be used";
/// The most unreadable paths that are named.
const NAMED: usize = 3;
/// Permissions that its own user needs.
const OWN_READ: u32 = 0o400;
const OWN_SEARCH: u32 = 0o100;

/// The facts about the installation that these options choose.
pub(super) fn facts(options: &Options) -> Facts {
    let (settings, about_settings) = settings(options);
    let mut facts = Facts {
        now: jiff::Timestamp::now().as_millisecond(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        // Without a current directory there are no relative paths to make absolute.
        options: options.arguments().unwrap_or_default(),
        state_options: state_options(options),
        settings: about_settings,
        state: StateFacts::Unknown,
        publisher: Found::Unknown(UNKNOWN_STATE),
        snapshot: Found::Unknown(UNKNOWN_STATE),
        ledger: Found::Unknown(UNKNOWN_STATE),
        limits: Found::Unknown(UNKNOWN_STATE),
        prices_at: PriceTable::bundled().collected().and_then(day_ms),
        claude: claude(),
        programs: distinct(programs_named("cco", std::env::var_os("PATH").as_deref())),
        ..Facts::default()
    };
    roots(settings.as_ref(), &mut facts);
    if let Some(settings) = &settings {
        facts.zone_note = settings.zone_note;
        if settings.prices.file.is_some() {
            facts.named_prices_at = settings.prices.table().collected().and_then(day_ms);
        }
        stored(settings, &mut facts);
    }
    facts
}

/// The settings as far as they can be had, and what is wrong with them.
fn settings(options: &Options) -> (Option<Settings>, SettingsFacts) {
    let mut facts = SettingsFacts::default();
    let settings = match options.settle() {
        Ok(settings) => Some(settings),
        Err(error) => {
            if let SettingsError::NoFile { path } = &error {
                facts.missing_file = std::path::absolute(path).ok();
            }
            facts.problems.push(causes(&error).to_string());
            let (settings, instead) = options.settle_in_part().unzip();
            facts.instead = instead;
            settings
        }
    };
    let Some(some) = &settings else { return (settings, facts) };
    facts.has_guard_limits = !some.guard.is_empty();
    facts.file = some.config.clone().filter(|path| path.exists());
    if let Err(error) = Look::of(&some.statusline) {
        let file = some.config.as_deref().map(plain_text::path).unwrap_or_default();
        facts.problems.push(format!("{file}: statusline: {error}"));
    }
    if let Err(error) = logging::check(&some.log) {
        facts.problems.push(error.to_string());
    }
    facts.open_file = facts.file.as_ref().and_then(|path| {
        let refused = some.budgets.command_refused.clone();
        let refused = refused.or_else(|| some.statusline.commands_refused.clone());
        let others_write = path.metadata().is_ok_and(|file| file.mode() & 0o002 != 0);
        let why = refused.or_else(|| {
            others_write
                .then(|| format!("others can write {}: they decide what counts", plain_text::path(path)))
        });
        Some((path.clone(), why?))
    });
    (settings, facts)
}

/// The state folder that was named, for commands that have no other option.
fn state_options(options: &Options) -> Vec<OsString> {
    let state = options.named_state().and_then(|state| std::path::absolute(state).ok());
    state.map(|state| vec!["--state".into(), state.into()]).unwrap_or_default()
}

/// The roots, the places searched for them, and the problems found there.
fn roots(settings: Option<&Settings>, facts: &mut Facts) {
    let mut roots = Vec::new();
    match settings.map(|settings| &*settings.roots).unwrap_or_default() {
        [] => {
            let found = own_roots();
            roots = found.roots;
            facts.looked = found.checked;
            facts.without_projects = found.without_projects;
            facts.refused = found.unreadable.iter().map(refused).collect();
        }
        named => {
            facts.looked = named.to_vec();
            for root in named {
                match Root::new(root) {
                    Ok(root) => roots.push(root),
                    Err(error) => facts.refused.push(Refused {
                        path: root.clone(),
                        why: causes(&error).to_string(),
                        is_own: is_closed(root),
                    }),
                }
            }
        }
    }
    let found = discover(&roots);
    let closed: Vec<_> = found.skipped.iter().filter(|skipped| is_closed(&skipped.path)).collect();
    facts.refused.extend(closed.iter().take(NAMED).map(|skipped| refused(skipped)));
    if let Some(more) = closed.len().checked_sub(NAMED).filter(|more| *more > 0)
        && let Some(last) = facts.refused.last_mut()
    {
        last.why += &format!("; {} cannot be read either", counted(more as u64, "more path"));
    }
    let times = || found.transcripts.iter().map(|it| it.modified_ns / 1_000_000);
    facts.transcripts = times().min().zip(times().max());
    facts.roots = roots.iter().map(|root| root.path().to_owned()).collect();
}

fn refused(skipped: &SkippedPath) -> Refused {
    let SkippedPath { path, reason } = skipped;
    let why = format!("{}: {reason}", plain_text::path(path));
    Refused { path: path.clone(), why, is_own: is_closed(path) }
}

/// Whether the user's own permissions keep them out of a file or folder of theirs.
fn is_closed(path: &Path) -> bool {
    path.metadata().is_ok_and(|found| {
        let wanted = if found.is_dir() { OWN_READ | OWN_SEARCH } else { OWN_READ };
        found.uid() == rustix::process::geteuid().as_raw() && found.mode() & wanted != wanted
    })
}

/// What is kept in the state folder and beside the snapshot.
fn stored(settings: &Settings, facts: &mut Facts) {
    facts.state = state(&settings.state);
    facts.private = private(settings);
    let is_usable = matches!(facts.state, StateFacts::Usable);
    let is_elsewhere = !settings.snapshot.starts_with(settings.state.path());
    facts.snapshot = match facts.state {
        StateFacts::Refused { kind: StateTrouble::NotAFolder { .. } | StateTrouble::Locked, .. }
            if !is_elsewhere =>
        {
            Found::Unknown(UNUSABLE_STATE)
        }
        _ => snapshot(&settings.snapshot),
    };
    facts.snapshot_aside = Some((settings.snapshot.clone(), free(&settings.snapshot, "damaged")));
    if !is_usable {
        (facts.publisher, facts.ledger) = (Found::Unknown(UNUSABLE_STATE), Found::Unknown(UNUSABLE_STATE));
        facts.limits = Found::Unknown(UNUSABLE_STATE);
        return;
    }
    facts.limits = limits(&settings.snapshot, facts.now);
    facts.publisher = publisher(settings);
    (facts.ledger, facts.is_ledger_damaged) = ledger(&settings.state);
    let models = to_read(settings).ok().and_then(|ledger| unpriced::unpriced(&ledger, settings).ok());
    facts.unpriced = models.unwrap_or_default().into_iter().map(|model| model.model).collect();
    let lost = Records::in_state(&settings.state).lost_calls();
    facts.lost_calls = Some(lost.map_err(|error| causes(&error).to_string()));
}

fn state(state: &StateFolder) -> StateFacts {
    let Err(error) = state.check(Use::Read) else { return StateFacts::Usable };
    let folder = state.path();
    let open = own_folder::writable_by_others(&error).map(Path::to_owned);
    let is_other = || folder.metadata().is_ok_and(|found| !found.is_dir());
    let kind = if open.is_some() {
        StateTrouble::Open
    } else if is_other() {
        StateTrouble::NotAFolder { aside: free(folder, "moved") }
    } else if error.kind() == io::ErrorKind::PermissionDenied && is_closed(folder) {
        StateTrouble::Locked
    } else {
        StateTrouble::Other
    };
    let why = match kind {
        StateTrouble::NotAFolder { .. } => format!("{} is not a folder", plain_text::path(folder)),
        // It names the path itself.
        _ if own_folder::is_refusal(&error) => error.to_string(),
        _ => format!("cannot use the state folder {}: {error}", plain_text::path(folder)),
    };
    StateFacts::Refused { path: open.unwrap_or_else(|| folder.to_owned()), why, kind }
}

/// A name beside `path` that nothing has.
fn free(path: &Path, ending: &str) -> PathBuf {
    let named = |number: u32| match number {
        1 => with_ending(path, &format!(".{ending}")),
        _ => with_ending(path, &format!(".{ending}-{number}")),
    };
    let is_free = |path: &PathBuf| path.symlink_metadata().is_err();
    (1..).map(named).find(is_free).unwrap_or_else(|| named(1))
}

fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

fn private(settings: &Settings) -> Vec<Private> {
    let user = rustix::process::geteuid().as_raw();
    // SQLite gives the files beside the ledger its permissions.
    let paths = [settings.state.path().to_owned(), settings.state.ledger(), settings.snapshot.clone()];
    let seen = paths.into_iter().filter_map(|path| {
        // Missing files are reported by another check.
        let metadata = path.metadata().ok()?;
        Some(Private { mode: metadata.mode(), is_own: metadata.uid() == user, path })
    });
    seen.collect()
}

fn publisher(settings: &Settings) -> Found<Publisher> {
    match status(&settings.state, &settings.snapshot) {
        Ok(status) => {
            let (is_running, is_live) = (status.is_running(), status.is_live());
            let health = status.snapshot.ok().and_then(|it| it.health);
            Found::There(Publisher {
                is_running,
                is_live,
                pid: match status.holder {
                    Holder::Process(pid) => Some(pid),
                    _ => None,
                },
                lag_us: health.map(|health| health.lag_us),
                polling: health.as_ref().and_then(polling),
            })
        }
        Err(error) => Found::Broken(causes(&error).to_string()),
    }
}

fn snapshot(path: &Path) -> Found<SnapshotFacts> {
    match Reader::open_copying(path) {
        Ok(mut reader) => {
            let identity = reader.identity().clone();
            let at = reader.totals().ok().map(|totals| totals.published_at());
            Found::There(SnapshotFacts { layout: identity.layout, program: identity.program, at })
        }
        Err(OpenError::NotFound { .. }) => Found::Missing,
        Err(error) => Found::Broken(causes(&error).to_string()),
    }
}

/// Sources of account limits, with the time of their newest report.
fn limits(snapshot: &Path, now: i64) -> Found<Vec<LimitSource>> {
    let told = match reports(&folder_of(snapshot), now) {
        Ok(told) => told,
        Err(error) => return Found::Broken(error.to_string()),
    };
    let from = |source, from| {
        let of_it = || told.iter().filter(move |told| told.source == source);
        let newest = of_it().map(|told| told.reading.limit.seen_at).max()?;
        let limits = of_it().map(|told| &told.key).collect::<BTreeSet<_>>().len() as u64;
        Some(LimitSource { from, limits, newest })
    };
    let sources = [from(Source::StatusLine, "status lines"), from(Source::Cache, "Claude Code's cache")];
    Found::There(sources.into_iter().flatten().collect())
}

/// The ledger, and whether it is damaged beyond what the next publisher repairs.
fn ledger(state: &StateFolder) -> (Found<LedgerFacts>, bool) {
    let looked = Ledger::open_read_only(&state.ledger()).and_then(|ledger| ledger.checkup());
    match looked {
        Ok(found) => {
            let is_damaged = !found.damage.is_empty();
            let facts = LedgerFacts {
                version: found.version,
                damage: found.damage,
                requests: found.requests,
                newest: found.newest_ms,
            };
            (Found::There(facts), is_damaged)
        }
        Err(LedgerError::Missing(_)) => (Found::Missing, false),
        Err(error) => (Found::Broken(causes(&error).to_string()), error.is_damage()),
    }
}

fn claude() -> Found<ClaudeSettings> {
    let Ok(places) = places() else {
        return Found::Unknown("the home folder is unknown");
    };
    let path = places.claude_settings();
    if path.parent().is_some_and(|folder| !folder.exists()) {
        return Found::Missing;
    }
    ClaudeSettings::read(path).map_or_else(|error| Found::Broken(causes(&error).to_string()), Found::There)
}

/// The first moment of a day, ms UTC.
fn day_ms(day: &str) -> Option<i64> {
    let day: jiff::civil::Date = day.parse().ok()?;
    Some(jiff::tz::TimeZone::UTC.to_timestamp(day.at(0, 0, 0, 0)).ok()?.as_millisecond())
}

/// The first path of each program.
fn distinct(programs: Vec<PathBuf>) -> Vec<PathBuf> {
    let mut seen = Vec::new();
    let real = |path: &PathBuf| path.canonicalize().unwrap_or_else(|_| path.clone());
    programs
        .into_iter()
        .filter(|path| {
            !seen.contains(&real(path)) && {
                seen.push(real(path));
                true
            }
        })
        .collect()
}
