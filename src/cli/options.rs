//! What the commands about a publisher have in common: whose transcripts, kept where.
//!
//! Invariant: the same options mean the same publisher, whichever command they are given to, and in whatever
//! folder: what is handed on to a daemon or service has absolute paths only.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use super::paths::absolute;
use super::{Exit, Failure};
use crate::config::{Extent, Flags, Settings, SettingsError};
use crate::own_folder::Use;

/// Options that choose a publisher.
#[derive(Clone, Debug, Default, clap::Args)]
pub(super) struct Options {
    /// Folder that contains projects/; can be repeated [default: Claude Code's folders]
    #[arg(long = "root", value_name = "DIR")]
    roots: Vec<PathBuf>,
    /// Snapshot file to publish [default: usage.snapshot in the state folder]
    #[arg(long, value_name = "FILE")]
    snapshot: Option<PathBuf>,
    /// State folder [default: ~/.local/state/cco; with --root, a separate folder in it]
    #[arg(long, value_name = "DIR")]
    state: Option<PathBuf>,
    /// Time zone for days, weeks and months, such as Europe/Berlin or +08:00 [default: the system's]
    #[arg(long, short = 'z', value_name = "ZONE")]
    timezone: Option<String>,
    /// Config file [default: ~/.config/cco/config.toml]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// Variables that name one path each.
const PATHS: [&str; 3] = ["CCO_STATE", "CCO_SNAPSHOT", "CCO_CONFIG"];
/// Variables that a service manager does not know, and that settings depend on.
const OTHERS: [&str; 7] =
    ["CCO_EXCLUDE", "CCO_TIMEZONE", "CCO_WEEK_START", "CCO_LOG", "TZ", "XDG_STATE_HOME", "XDG_CONFIG_HOME"];
/// Variables whose values can be wrong without a doubt about where anything is.
const JUDGED: [&str; 4] = ["CCO_EXCLUDE", "CCO_TIMEZONE", "CCO_WEEK_START", "CCO_CONFIG"];

impl Options {
    /// Those of a command that is about a state folder alone.
    pub(super) fn of_state(state: Option<PathBuf>) -> Self {
        Self { state, ..Self::default() }
    }

    /// Resolves them together with variables and the config file. Fails if others can change the state folder.
    pub(super) fn settings(&self) -> Result<Settings, Failure> {
        let settings = self.settle().map_err(|error| Failure::new(Exit::Usage, error))?;
        settings.state.check(Use::Read).map_err(Failure::io("cannot use the state folder"))?;
        Ok(settings)
    }

    /// The same with whatever state folder: for a publisher, which repeats it at each reload, and for those who report
    /// what is wrong.
    pub(super) fn settle(&self) -> Result<Settings, SettingsError> {
        Settings::resolve(self.flags(), |name| std::env::var_os(name))
    }

    /// What is left of settings that do not resolve, and what was left out; `None` if it is not even known where the
    /// state folder is.
    pub(super) fn settle_in_part(&self) -> Option<(Settings, &'static str)> {
        let variable = |name: &str| std::env::var_os(name);
        let without = |extent| Settings::resolve_with(extent, self.flags(), variable).ok();
        let places_only = || {
            let flags = Flags { config: None, roots: Vec::new(), timezone: None, ..self.flags() };
            let variable = |name: &str| std::env::var_os(name).filter(|_| !JUDGED.contains(&name));
            Settings::resolve_with(Extent::WithoutFile, flags, variable).ok()
        };
        let fewer = [
            (without(Extent::WithoutPriceTable), "bundled prices"),
            (without(Extent::WithoutFile), "the settings outside that file"),
        ];
        let fewer = fewer.into_iter().find_map(|(settings, what)| Some((settings?, what)));
        fewer.or_else(|| Some((places_only()?, "default settings")))
    }

    fn flags(&self) -> Flags {
        Flags {
            config: self.config.clone(),
            roots: self.roots.clone(),
            snapshot: self.snapshot.clone(),
            state: self.state.clone(),
            timezone: self.timezone.clone(),
        }
    }

    /// The same without a zone: for a report in another one, which changes nothing that is published.
    pub(super) fn without_zone(&self) -> Self {
        Self { timezone: None, ..self.clone() }
    }

    /// The state folder that was named.
    pub(super) fn named_state(&self) -> Option<&Path> {
        self.state.as_deref()
    }

    /// The options as arguments that mean the same in another folder.
    pub(super) fn arguments(&self) -> Result<Vec<OsString>, Failure> {
        let mut arguments = Vec::new();
        let paths = self.roots.iter().map(|root| ("--root", Some(root))).chain([
            ("--snapshot", self.snapshot.as_ref()),
            ("--state", self.state.as_ref()),
            ("--config", self.config.as_ref()),
        ]);
        for (flag, path) in paths {
            if let Some(path) = path {
                arguments.extend([flag.into(), absolute(path)?.into()]);
            }
        }
        if let Some(zone) = &self.timezone {
            arguments.extend(["--timezone".into(), zone.into()]);
        }
        Ok(arguments)
    }
}

/// The variables that settings depend on, where they are set, so that they mean the same in another folder.
pub(super) fn variables() -> Result<Vec<(OsString, OsString)>, Failure> {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    let mut variables = Vec::new();
    for name in PATHS {
        if let Some(value) = set(name) {
            variables.push((name.into(), absolute(Path::new(&value))?.into()));
        }
    }
    if let Some(list) = set("CCO_ROOTS") {
        variables.push(("CCO_ROOTS".into(), each(&list, b':')?));
    }
    if let Some(list) = set("CLAUDE_CONFIG_DIR") {
        variables.push(("CLAUDE_CONFIG_DIR".into(), each(&list, b',')?));
    }
    variables.extend(OTHERS.iter().filter_map(|name| Some((name.into(), set(name)?))));
    Ok(variables)
}

/// Makes each path of a list absolute.
fn each(list: &OsStr, separator: u8) -> Result<OsString, Failure> {
    use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
    let mut made = Vec::new();
    for path in list.as_bytes().split(|byte| *byte == separator).map(<[u8]>::trim_ascii) {
        if path.is_empty() {
            continue;
        }
        if !made.is_empty() {
            made.push(separator);
        }
        // `CLAUDE_CONFIG_DIR` may be relative to the home folder, which its reader knows.
        if separator == b',' && path.starts_with(b"~/") {
            made.extend_from_slice(path);
            continue;
        }
        made.extend_from_slice(absolute(Path::new(OsStr::from_bytes(path)))?.as_os_str().as_bytes());
    }
    Ok(OsString::from_vec(made))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_in_the_home_folder_is_handed_on_as_it_is() {
        assert_eq!(each(OsStr::new("~/a, /b"), b',').unwrap(), "~/a,/b");
    }
}
