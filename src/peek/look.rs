//! The look of lines, from the config file and the command line.
//!
//! Invariant: there is always a look. If settings are invalid, it is the default one, with a short message.

use std::path::{Path, PathBuf};

use crate::config::{Aliases, Budgets, File, FileError, Guard, StatusLine, file};
use crate::plain_text;
use crate::report::bar::{Look, LookError, Template, missing_command};

/// A look, and the problem with the settings if there is one.
#[derive(Debug)]
pub(super) struct Chosen {
    pub(super) look: Look,
    pub(super) budgets: Budgets,
    pub(super) aliases: Aliases,
    /// The settings behind the look.
    pub(super) settings: StatusLine,
    /// A short message for a line.
    pub(super) broken: Option<String>,
}

/// The look from the file at `config`, else from the user's config file; `theme` overrides its theme.
pub(super) fn chosen(config: Option<&Path>, theme: Option<&str>) -> Chosen {
    let (file, broken) = match settings(config) {
        Ok(file) => (file, None),
        Err(broken) => (File::default(), Some(broken)),
    };
    let (settings, budgets) = (file.statusline.unwrap_or_default(), file.budgets.unwrap_or_default());
    let aliases = file.aliases.unwrap_or_default();
    let settings = StatusLine { theme: theme.map(str::to_owned).or(settings.theme), ..settings };
    match Look::of(&settings) {
        Ok(look) => Chosen { look, budgets, aliases, settings, broken },
        Err(error) => {
            let what = match error {
                LookError::Template { key, .. } => key.to_owned(),
                LookError::Command { name, .. } => format!("cmd:{}", plain_text::name(&name)),
                LookError::Git { .. } => "git".to_owned(),
                _ => "theme".to_owned(),
            };
            let broken = broken.or_else(|| Some(format!("config broken ({what})")));
            Chosen { look: Look::default(), budgets, aliases, settings: StatusLine::default(), broken }
        }
    }
}

/// What is wrong with a template from the command line, by these settings, in a few words.
pub(super) fn lacks(template: &Template, settings: &StatusLine) -> Option<String> {
    if let Some((name, _)) = missing_command(template, settings) {
        return Some(format!("no command {name}"));
    }
    let is_refused = settings.commands_refused.is_some() && !template.asks().commands.is_empty();
    is_refused.then(|| "commands refused: others can write the config".to_owned())
}

/// What to call projects and models, by the same file; a short message if it is broken.
pub(super) fn aliases(config: Option<&Path>) -> (Aliases, Option<String>) {
    match settings(config) {
        Ok(file) => (file.aliases.unwrap_or_default(), None),
        Err(broken) => (Aliases::default(), Some(broken)),
    }
}

/// What is guarded, by the same file.
#[derive(Debug)]
pub(super) struct GuardSettings {
    pub(super) guard: Guard,
    pub(super) aliases: Aliases,
    /// The file, even if it does not exist.
    pub(super) file: Option<PathBuf>,
    /// A short message if it is broken.
    pub(super) broken: Option<String>,
}

pub(super) fn guard_settings(config: Option<&Path>) -> GuardSettings {
    let path = config.map(PathBuf::from).or_else(|| file::path_from(|name| std::env::var_os(name)));
    let (file, broken) = match settings(config) {
        Ok(file) => (file, None),
        Err(broken) => (File::default(), Some(broken)),
    };
    let (guard, aliases) = (file.guard.unwrap_or_default(), file.aliases.unwrap_or_default());
    GuardSettings { guard, aliases, file: path, broken }
}

fn settings(config: Option<&Path>) -> Result<File, String> {
    let variable = |name: &str| std::env::var_os(name);
    let is_named = config.is_some() || variable("CCO_CONFIG").is_some_and(|path| !path.is_empty());
    let Some(path) = config.map(PathBuf::from).or_else(|| file::path_from(variable)) else {
        return Ok(File::default());
    };
    let home = variable("HOME").map(PathBuf::from);
    match file::read_without_price_table(&path, home.as_deref()) {
        Ok(None) if is_named => Err("config missing".into()),
        Ok(file) => Ok(file.unwrap_or_default()),
        Err(FileError::Io { .. }) => Err("config unreadable".into()),
        Err(error) => {
            // The text before the first colon and space is the file and the line.
            let text = error.to_string();
            let place = text.split(": ").next().unwrap_or_default();
            let place = place.rsplit('/').next().unwrap_or(place);
            Err(format!("config broken ({})", plain_text::name(place)))
        }
    }
}
