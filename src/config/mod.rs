//! Settings: what flags, variables and defaults say, as one checked value that the programs pass down.
//!
//! Invariant: the rule for the snapshot's path is the readers' own ([`crate::snapshot::path_from`]), so that
//! publisher and readers never disagree; the environment is passed in, never read here. Used by the programs.

mod error;
mod zone;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use jiff::tz::TimeZone;
use xxhash_rust::xxh3::xxh3_64;

pub use error::SettingsError;

use crate::snapshot::{FILE_NAME, state_folder_from};

/// What a command line gives; `None` and empty where it says nothing.
#[derive(Clone, Debug, Default)]
pub struct Flags {
    /// `--root`, as often as given.
    pub roots: Vec<PathBuf>,
    /// `--snapshot`.
    pub snapshot: Option<PathBuf>,
    /// `--state`.
    pub state: Option<PathBuf>,
    /// `--timezone`.
    pub timezone: Option<String>,
}

/// Everything a program was told, checked.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Roots that were named; empty means the user's own.
    pub roots: Vec<PathBuf>,
    /// The folder for the publisher's state.
    pub state: PathBuf,
    /// The snapshot file.
    pub snapshot: PathBuf,
    /// The zone of days, weeks and months.
    pub zone: TimeZone,
    /// Its name, as the snapshot gives it to readers.
    pub zone_name: String,
    /// Said where the zone had to be guessed.
    pub zone_note: Option<&'static str>,
}

impl Settings {
    /// Settles what `flags` and the environment say. `variable` looks up an environment variable.
    ///
    /// The state folder is `--state`, else `$CCO_STATE`, else the default one; with roots and neither of the
    /// former it is a folder of those roots' own below the default one, so that their totals never mix with
    /// the user's. The snapshot is `--snapshot`, else `$CCO_SNAPSHOT`, else in the state folder.
    pub fn resolve(flags: Flags, variable: impl Fn(&str) -> Option<OsString>) -> Result<Self, SettingsError> {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        let state = match flags.state.or_else(|| set("CCO_STATE").map(PathBuf::from)) {
            Some(state) => state,
            None => {
                let default = state_folder_from(&variable).ok_or(SettingsError::NoHome)?;
                if flags.roots.is_empty() {
                    default
                } else {
                    default.join("roots").join(roots_key(&flags.roots)?)
                }
            }
        };
        let snapshot = flags.snapshot.or_else(|| set("CCO_SNAPSHOT").map(PathBuf::from));
        let zone = match flags.timezone {
            Some(name) => zone::named(&name)?,
            None => match set("CCO_TIMEZONE") {
                Some(name) => zone::named(&name.to_string_lossy())?,
                None => zone::of_the_system(),
            },
        };
        Ok(Self {
            roots: flags.roots,
            snapshot: snapshot.unwrap_or_else(|| state.join(FILE_NAME)),
            state,
            zone: zone.zone,
            zone_name: zone.name,
            zone_note: zone.note,
        })
    }
}

/// A name for a set of roots, whatever order and spelling they are given in.
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
    fn the_defaults_are_the_readers_own() {
        let variables = [("HOME", "/h"), ("CCO_TIMEZONE", "UTC")];
        let settings = resolve(Flags::default(), &variables).unwrap();
        assert_eq!(settings.state, Path::new("/h/.local/state/cco"));
        let readers = crate::snapshot::path_from(|name| {
            variables.iter().find(|(key, _)| *key == name).map(|(_, value)| value.into())
        });
        assert_eq!(Some(settings.snapshot), readers);
    }

    #[test]
    fn flags_come_before_variables_and_these_before_defaults() {
        let flags = Flags {
            snapshot: Some("/f/snap".into()),
            state: Some("/f/state".into()),
            timezone: Some("Asia/Tokyo".into()),
            ..Flags::default()
        };
        let variables =
            [("CCO_STATE", "/v/state"), ("CCO_SNAPSHOT", "/v/snap"), ("CCO_TIMEZONE", "Europe/Paris")];
        let settings = resolve(flags, &variables).unwrap();
        assert_eq!((&*settings.state, &*settings.snapshot), (Path::new("/f/state"), Path::new("/f/snap")));
        assert_eq!(settings.zone_name, "Asia/Tokyo");
        let settings = resolve(Flags::default(), &variables).unwrap();
        assert_eq!((&*settings.state, &*settings.snapshot), (Path::new("/v/state"), Path::new("/v/snap")));
        assert_eq!(settings.zone_name, "Europe/Paris");
    }

    #[test]
    fn roots_get_a_state_of_their_own_whatever_their_order() {
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
        assert!(state(&[&a]).starts_with("/h/.local/state/cco/roots"));
    }

    #[test]
    fn what_cannot_be_settled_says_what_to_do() {
        let message = |result: Result<Settings, SettingsError>| result.unwrap_err().to_string();
        assert!(message(resolve(Flags::default(), &[])).contains("--state"));
        let flags = Flags { timezone: Some("Mars/Olympus".into()), ..Flags::default() };
        let text = message(resolve(flags, &[("HOME", "/h")]));
        assert!(text.contains("Mars/Olympus") && text.contains("Europe/Berlin"), "{text}");
        let flags = Flags { roots: vec!["/never/there".into()], ..Flags::default() };
        assert!(message(resolve(flags, &[("HOME", "/h")])).contains("/never/there"));
    }
}
