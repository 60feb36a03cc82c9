//! Settings: flags, then variables, then the config file, then defaults, as one checked value. Used by `cli`, `peek`
//! and `daemon`.
//!
//! Invariant: the snapshot's path follows the same rule as in readers ([`crate::snapshot::path_from`]), so publisher
//! and readers always agree. The environment is passed in, never read here.

mod alerts;
mod aliases;
mod budgets;
mod error;
pub mod file;
pub mod guard;
mod http;
mod keep;
pub mod monitor;
mod prices;
mod report;
#[cfg(feature = "publisher")]
pub mod schema;
mod section;
mod source;
pub mod statusline;
pub mod suggest;
mod trust;
mod zone;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use jiff::civil::Weekday;
use jiff::tz::TimeZone;
use xxhash_rust::xxh3::xxh3_64;

pub use alerts::Alerts;
pub use aliases::Aliases;
pub use budgets::{Budgets, Command, Limits};
pub use error::{FileError, SettingsError};
pub use file::File;
pub use guard::{Bounds, Guard};
pub use http::{Http, MetricNames};
pub use keep::Keep;
pub use monitor::Monitor;
pub use prices::Prices;
pub use report::{Group, Report};
pub use source::{Source, Sources};
pub use statusline::StatusLine;
pub use zone::WEEKDAYS;

use crate::snapshot::{path_from, state_folder_from};
use crate::state_folder::StateFolder;
use crate::usage::Exclude;

/// Settings from the command line; `None` or empty if not given.
#[derive(Clone, Debug, Default)]
pub struct Flags {
    /// `--config`.
    pub config: Option<PathBuf>,
    /// Every `--root`.
    pub roots: Vec<PathBuf>,
    /// `--snapshot`.
    pub snapshot: Option<PathBuf>,
    /// `--state`.
    pub state: Option<PathBuf>,
    /// `--timezone`.
    pub timezone: Option<String>,
}

/// How much of the config file counts. Less than all of it is for reporting what is wrong with the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// All of it.
    Whole,
    /// All but the price table on disk that it may name.
    WithoutPriceTable,
    /// Nothing: the file is not read.
    WithoutFile,
}

/// All settings, checked.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The config file, even if it does not exist; `None` if its folder is unknown.
    pub config: Option<PathBuf>,
    /// Whether the config file exists.
    pub has_config: bool,
    /// Configured roots; empty means Claude Code's folders.
    pub roots: Vec<PathBuf>,
    /// Transcripts that are not counted.
    pub exclude: Exclude,
    /// The state folder.
    pub state: StateFolder,
    /// The snapshot file.
    pub snapshot: PathBuf,
    /// The time zone for days, weeks and months.
    pub zone: TimeZone,
    /// Its name, also in the snapshot.
    pub zone_name: String,
    /// A message for the user if the zone had to be guessed.
    pub zone_note: Option<&'static str>,
    /// The first day of the week.
    pub week_start: Weekday,
    /// The log filter: a level or directives.
    pub log: String,
    /// The look of the status line and bars, as written. Drawing code checks it.
    pub statusline: StatusLine,
    /// Totals over HTTP.
    pub http: Http,
    /// How reports are grouped.
    pub report: Report,
    /// What the ledger keeps besides figures and names.
    pub keep: Keep,
    /// Prices.
    pub prices: Prices,
    /// Budgets.
    pub budgets: Budgets,
    /// Alerts; `None` if nobody asked for any.
    pub alerts: Option<Alerts>,
    /// What is warned of and stopped.
    pub guard: Guard,
    /// What to call projects and models.
    pub aliases: Aliases,
    /// The look, pace and keys of the monitor.
    pub monitor: Monitor,
    /// The source of each setting.
    pub sources: Sources,
}

impl Settings {
    /// Combines `flags`, the environment and the config file. `variable` looks up an environment variable.
    ///
    /// With `--root` but no `--state` or `CCO_STATE`, the state folder is a separate folder for those roots inside the
    /// default one, so their totals never mix with the user's. Roots from the config file or `CCO_ROOTS` are the
    /// user's. The snapshot is `--snapshot`, else in the state folder if a flag or variable chose that, else where
    /// readers look.
    pub fn resolve(flags: Flags, variable: impl Fn(&str) -> Option<OsString>) -> Result<Self, SettingsError> {
        Self::resolve_with(Extent::Whole, flags, variable)
    }

    /// The same with only so much of the config file.
    pub fn resolve_with(
        extent: Extent,
        flags: Flags,
        variable: impl Fn(&str) -> Option<OsString>,
    ) -> Result<Self, SettingsError> {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        let text = |name: &str| set(name).map(|value| value.to_string_lossy().into_owned());
        let home = set("HOME").map(PathBuf::from);
        let (config, file) = configuration(extent, flags.config, &variable, home.as_deref())?;
        let has_config = file.is_some();
        let file = file.unwrap_or_default();

        let default_state = || state_folder_from(&variable);
        let named_state = flags.state.is_some() || set("CCO_STATE").is_some();
        let own_state = if flags.roots.is_empty() || named_state {
            None
        } else {
            let key = roots_key(&flags.roots)?;
            default_state().map(|state| StateFolder::new(state).of_roots().join(key))
        };
        let (state, state_from) = source::first([
            (Source::Flag, flags.state),
            (Source::Variable("CCO_STATE"), set("CCO_STATE").map(PathBuf::from)),
            (Source::Flag, own_state),
            (Source::File, file.state),
            (Source::Default, default_state()),
        ])
        .map(|(state, source)| (StateFolder::new(state), source))
        .ok_or(SettingsError::NoHome)?;
        let (snapshot, snapshot_from) = source::first([
            (Source::Flag, flags.snapshot),
            (Source::Variable("CCO_SNAPSHOT"), set("CCO_SNAPSHOT").map(PathBuf::from)),
            (state_from, (state_from != Source::File).then(|| state.snapshot())),
            (Source::Default, path_from(&variable)),
        ])
        .ok_or(SettingsError::NoHome)?;
        let (roots, roots_from) = or_default(source::first([
            (Source::Flag, Some(flags.roots).filter(|roots| !roots.is_empty())),
            (Source::Variable("CCO_ROOTS"), set("CCO_ROOTS").map(|list| paths(&list))),
            (Source::File, file.roots),
        ]));
        let (exclude, exclude_from) = or_default(source::first([
            (Source::Variable("CCO_EXCLUDE"), text("CCO_EXCLUDE").map(|list| entries(&list))),
            (Source::File, file.exclude),
        ]));
        let exclude: Vec<_> =
            exclude.iter().map(|entry| file::expand(Path::new(entry), home.as_deref())).collect();
        let exclude = Exclude::new(&exclude).map_err(|entry| SettingsError::Exclude { entry })?;
        let named_zone = source::first([
            (Source::Flag, flags.timezone),
            (Source::Variable("CCO_TIMEZONE"), text("CCO_TIMEZONE")),
            (Source::File, file.timezone),
        ]);
        let (zone, timezone_from) = match named_zone {
            Some((name, source)) => (zone::named(&name)?, source),
            None => (zone::of_the_system(text("TZ").as_deref()), Source::Default),
        };
        let (week_start, week_start_from) = match source::first([
            (Source::Variable("CCO_WEEK_START"), text("CCO_WEEK_START")),
            (Source::File, file.week_start),
        ]) {
            Some((name, source)) => (zone::weekday(&name)?, source),
            None => (Weekday::Monday, Source::Default),
        };
        let (log, log_from) =
            source::first([(Source::Variable("CCO_LOG"), text("CCO_LOG")), (Source::File, file.log)])
                .unwrap_or_else(|| ("info".to_owned(), Source::Default));
        let (statusline, statusline_from) = or_default(source::first([(Source::File, file.statusline)]));
        let (http, http_from) = or_default(source::first([(Source::File, file.http)]));
        let (report, report_from) = or_default(source::first([(Source::File, file.report)]));
        let (keep, keep_from) = or_default(source::first([(Source::File, file.keep)]));
        let (prices, prices_from) = or_default(source::first([(Source::File, file.prices)]));
        let (budgets, budgets_from) = or_default(source::first([(Source::File, file.budgets)]));
        let (alerts, alerts_from) = or_default(source::first([(Source::File, file.alerts.map(Some))]));
        let (guard, guard_from) = or_default(source::first([(Source::File, file.guard)]));
        let (aliases, aliases_from) = or_default(source::first([(Source::File, file.aliases)]));
        let (monitor, monitor_from) = or_default(source::first([(Source::File, file.monitor)]));
        Ok(Self {
            config,
            has_config,
            roots,
            exclude,
            state,
            snapshot,
            zone: zone.zone,
            zone_name: zone.name,
            zone_note: zone.note,
            week_start,
            log,
            statusline,
            http,
            report,
            keep,
            prices,
            budgets,
            alerts,
            guard,
            aliases,
            monitor,
            sources: Sources {
                roots: roots_from,
                exclude: exclude_from,
                state: state_from,
                snapshot: snapshot_from,
                timezone: timezone_from,
                week_start: week_start_from,
                log: log_from,
                statusline: statusline_from,
                http: http_from,
                report: report_from,
                keep: keep_from,
                prices: prices_from,
                budgets: budgets_from,
                alerts: alerts_from,
                guard: guard_from,
                aliases: aliases_from,
                monitor: monitor_from,
            },
        })
    }
}

/// The time zone with this name, as `--timezone` takes it, and the name that readers see.
pub fn zone_named(name: &str) -> Result<(TimeZone, String), SettingsError> {
    zone::named(name).map(|zone| (zone.zone, zone.name))
}

/// The config file's path and content. A file that the user named must exist.
fn configuration(
    extent: Extent,
    flag: Option<PathBuf>,
    variable: impl Fn(&str) -> Option<OsString>,
    home: Option<&Path>,
) -> Result<(Option<PathBuf>, Option<File>), SettingsError> {
    let is_named = flag.is_some() || variable("CCO_CONFIG").is_some_and(|value| !value.is_empty());
    let Some(path) = flag.or_else(|| file::path_from(variable)) else { return Ok((None, None)) };
    let read = match extent {
        Extent::Whole => file::read(&path, home),
        Extent::WithoutPriceTable => file::read_without_price_table(&path, home),
        Extent::WithoutFile => return Ok((Some(path), None)),
    };
    match read.map_err(SettingsError::File)? {
        None if is_named => Err(SettingsError::NoFile { path }),
        file => Ok((Some(path), file)),
    }
}

fn or_default<T: Default>(found: Option<(T, Source)>) -> (T, Source) {
    found.unwrap_or((T::default(), Source::Default))
}

/// The entries of a list in the format of `PATH`.
fn paths(list: &OsString) -> Vec<PathBuf> {
    std::env::split_paths(list).filter(|path| !path.as_os_str().is_empty()).collect()
}

fn entries(list: &str) -> Vec<String> {
    list.split(':').filter(|entry| !entry.is_empty()).map(str::to_owned).collect()
}

/// A name for a set of roots, the same for every order and spelling.
fn roots_key(roots: &[PathBuf]) -> Result<String, SettingsError> {
    let canonical = |root: &PathBuf| {
        root.canonicalize().map_err(|source| SettingsError::Root { path: root.clone(), source })
    };
    let mut roots = roots.iter().map(canonical).collect::<Result<Vec<_>, _>>()?;
    roots.sort();
    roots.dedup();
    let mut bytes = Vec::new();
    for root in &roots {
        bytes.extend_from_slice(as_bytes(root));
        bytes.push(0);
    }
    Ok(format!("{:016x}", xxh3_64(&bytes)))
}

fn as_bytes(path: &Path) -> &[u8] {
    std::os::unix::ffi::OsStrExt::as_bytes(path.as_os_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(flags: Flags, variables: &[(&str, &str)]) -> Result<Settings, SettingsError> {
        Settings::resolve(flags, |name| {
            variables.iter().find(|(key, _)| *key == name).map(|(_, value)| value.into())
        })
    }

    #[test]
    fn the_default_snapshot_is_where_readers_look() {
        let variables = [("HOME", "/h"), ("CCO_TIMEZONE", "UTC")];
        let settings = resolve(Flags::default(), &variables).unwrap();
        assert_eq!(settings.state.path(), Path::new("/h/.local/state/cco"));
        let readers = crate::snapshot::path_from(|name| {
            variables.iter().find(|(key, _)| *key == name).map(|(_, value)| value.into())
        });
        assert_eq!(Some(settings.snapshot), readers);
    }

    #[test]
    fn flags_override_variables_and_variables_override_defaults() {
        let flags = Flags {
            snapshot: Some("/f/snap".into()),
            state: Some("/f/state".into()),
            timezone: Some("Asia/Tokyo".into()),
            ..Flags::default()
        };
        let variables =
            [("CCO_STATE", "/v/state"), ("CCO_SNAPSHOT", "/v/snap"), ("CCO_TIMEZONE", "Europe/Paris")];
        let settings = resolve(flags, &variables).unwrap();
        assert_eq!(
            (settings.state.path(), &*settings.snapshot),
            (Path::new("/f/state"), Path::new("/f/snap"))
        );
        assert_eq!(settings.zone_name, "Asia/Tokyo");
        let settings = resolve(Flags::default(), &variables).unwrap();
        assert_eq!(
            (settings.state.path(), &*settings.snapshot),
            (Path::new("/v/state"), Path::new("/v/snap"))
        );
        assert_eq!(settings.zone_name, "Europe/Paris");
    }

    #[test]
    fn variables_override_the_file_and_each_value_has_its_source() {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("config.toml");
        std::fs::write(
            &config,
            "timezone = 'Asia/Tokyo'\nweek_start = 'Sunday'\nroots = ['/a']\nstate = '~/s'",
        )
        .unwrap();
        let config = config.to_str().unwrap();
        let variables = [("HOME", "/h"), ("CCO_CONFIG", config), ("CCO_ROOTS", "/b:/c")];
        let settings = resolve(Flags::default(), &variables).unwrap();
        assert_eq!((&*settings.zone_name, settings.sources.timezone), ("Asia/Tokyo", Source::File));
        assert_eq!((settings.week_start, settings.sources.week_start), (Weekday::Sunday, Source::File));
        assert_eq!(settings.roots, [PathBuf::from("/b"), "/c".into()]);
        assert_eq!(settings.sources.roots, Source::Variable("CCO_ROOTS"));
        assert_eq!((&*settings.log, settings.sources.log), ("info", Source::Default));
        assert_eq!(settings.state.path(), Path::new("/h/s"));
        assert_eq!(settings.snapshot, Path::new("/h/.local/state/cco/usage.snapshot"), "readers look there");
    }

    #[test]
    fn a_config_file_named_by_the_user_must_exist() {
        let flags = Flags { config: Some("/never/there.toml".into()), ..Flags::default() };
        let error = resolve(flags, &[("HOME", "/h")]).unwrap_err().to_string();
        assert!(error.contains("/never/there.toml") && error.contains("cco config init"), "{error}");
    }

    #[test]
    fn roots_get_a_separate_state_folder_in_any_order() {
        let folder = tempfile::tempdir().unwrap();
        let (a, b) = (folder.path().join("a"), folder.path().join("b"));
        std::fs::create_dir_all(&a).unwrap();
        std::fs::create_dir_all(&b).unwrap();
        let state = |roots: &[&PathBuf]| {
            let flags =
                Flags { roots: roots.iter().map(|root| (*root).clone()).collect(), ..Flags::default() };
            resolve(flags, &[("HOME", "/h"), ("CCO_TIMEZONE", "UTC")]).unwrap().state
        };
        assert_eq!(state(&[&a, &b]), state(&[&b, &a, &a.join(".")]));
        assert_ne!(state(&[&a]), state(&[&b]));
        assert!(state(&[&a]).path().starts_with("/h/.local/state/cco/roots"));
    }

    #[test]
    fn invalid_settings_say_what_to_do() {
        let message = |result: Result<Settings, SettingsError>| result.unwrap_err().to_string();
        assert!(message(resolve(Flags::default(), &[])).contains("--state"));
        let flags = Flags { timezone: Some("Mars/Olympus".into()), ..Flags::default() };
        let text = message(resolve(flags, &[("HOME", "/h")]));
        assert!(text.contains("Mars/Olympus") && text.contains("Europe/Berlin"), "{text}");
        let flags = Flags { roots: vec!["/never/there".into()], ..Flags::default() };
        assert!(message(resolve(flags, &[("HOME", "/h")])).contains("/never/there"));
    }
}
