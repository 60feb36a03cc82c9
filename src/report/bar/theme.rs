//! Chooses a theme and applies the settings to it. Used by `peek` and `cli`.
//!
//! Invariants: every theme's templates parse and show everything that a status line must; those that resemble another
//! program's line show what that line does, stale figures and broken settings. If there is too little room, the note on
//! stale figures goes first, because the figures carry marks of their own. Invalid settings change nothing and are
//! reported.

use std::fmt;

use super::catalogue::is_command_name;
use super::template::{Template, TemplateError};
use super::themes::THEMES;
use crate::config::StatusLine;
use crate::config::statusline::{TIMEOUT_MS_MAX, Thresholds};
use crate::config::suggest::nearest;

/// The look of the status line and bars.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    /// The status line.
    pub line: Template,
    /// Bars.
    pub bar: Template,
    /// The text between sections.
    pub separator: String,
    /// When figures turn yellow and red.
    pub thresholds: Thresholds,
}

/// The shortest that a line waits for a program, in milliseconds: less would be never.
const TIMEOUT_MS_MIN: u32 = 10;

/// An invalid setting.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LookError {
    /// No such theme.
    Theme {
        /// The name as written.
        name: String,
    },
    /// A text is not a template.
    Template {
        /// The setting's name.
        key: &'static str,
        /// Why.
        error: TemplateError,
    },
    /// How git is asked.
    Git {
        /// What is wrong with it.
        what: String,
    },
    /// A command cannot be what a template shows.
    Command {
        /// The setting's name.
        key: &'static str,
        /// The command's name.
        name: String,
        /// What is wrong with it, and what to do.
        what: String,
    },
}

impl fmt::Display for LookError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Theme { name } => {
                let names = THEMES.map(|theme| theme.name);
                write!(f, "unknown theme {name:?}: ")?;
                match nearest(name, &names) {
                    Some(meant) => write!(f, "did you mean {meant}?"),
                    None => write!(f, "use {}", names.join(", ")),
                }
            }
            Self::Template { key, error } => write!(f, "{key}: {error}"),
            Self::Git { what } => write!(f, "git: {what}"),
            Self::Command { key, name, what } => {
                let name = crate::plain_text::name(name);
                match key.is_empty() {
                    true => write!(f, "commands.{name}: {what}"),
                    false => write!(f, "{key}: {{cmd:{name}}}: {what}"),
                }
            }
        }
    }
}

/// The first command of a template that these settings do not have, and what to do about it.
pub fn missing_command(template: &Template, settings: &StatusLine) -> Option<(String, String)> {
    let commands = template.asks().commands;
    let name = commands.into_iter().find(|name| !settings.commands.contains_key(name))?;
    let what =
        format!("no such command: add [statusline.commands.{name}] with a line such as run = \"date\"");
    Some((name, what))
}

/// Whether settings of programs can be meant.
fn check_programs(settings: &StatusLine) -> Result<(), LookError> {
    let refused = |name: &str, what: String| LookError::Command { key: "", name: name.to_owned(), what };
    let times = settings.commands.iter().map(|(name, command)| (&**name, command.timeout_ms));
    if settings.git.is_some_and(|git| !(TIMEOUT_MS_MIN..=TIMEOUT_MS_MAX).contains(&git.timeout_ms)) {
        let what = format!("timeout_ms is from {TIMEOUT_MS_MIN} to {TIMEOUT_MS_MAX}, such as 500");
        return Err(LookError::Git { what });
    }
    for (name, timeout_ms) in times {
        if !(TIMEOUT_MS_MIN..=TIMEOUT_MS_MAX).contains(&timeout_ms) {
            let what = format!("timeout_ms is from {TIMEOUT_MS_MIN} to {TIMEOUT_MS_MAX}, such as 500");
            return Err(refused(name, what));
        }
    }
    for (name, command) in &settings.commands {
        if !is_command_name(name) {
            return Err(refused(
                name,
                "use up to 40 letters, digits, - and _ in its name, such as clock".to_owned(),
            ));
        }
        if command.run.trim().is_empty() {
            return Err(refused(name, "run is empty: write what sh shall run, such as date".to_owned()));
        }
    }
    Ok(())
}

impl std::error::Error for LookError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Theme { .. } | Self::Git { .. } | Self::Command { .. } => None,
            Self::Template { error, .. } => Some(error),
        }
    }
}

impl Default for Look {
    fn default() -> Self {
        Self::of(&StatusLine::default()).expect("the default theme is valid")
    }
}

impl Look {
    /// The look that these settings select.
    pub fn of(settings: &StatusLine) -> Result<Self, LookError> {
        let name = settings.theme.as_deref().unwrap_or(THEMES[0].name);
        let theme = THEMES.iter().find(|theme| theme.name == name);
        let theme = theme.ok_or_else(|| LookError::Theme { name: name.to_owned() })?;
        let template = |key, own: &Option<String>, sections: &[&str]| {
            let text = own.clone().unwrap_or_else(|| sections.concat());
            let template: Template = text.parse().map_err(|error| LookError::Template { key, error })?;
            match missing_command(&template, settings) {
                Some((name, what)) => Err(LookError::Command { key, name, what }),
                None => Ok(template),
            }
        };
        check_programs(settings)?;
        let own = settings.thresholds;
        Ok(Self {
            line: template("template", &settings.template, theme.line)?,
            bar: template("bar", &settings.bar, theme.bar)?,
            separator: settings.separator.clone().unwrap_or_else(|| theme.separator.to_owned()),
            thresholds: Thresholds {
                context: own.context.or(Some([60, 80])),
                limits: own.limits.or(Some([70, 90])),
                ..own
            },
        })
    }
}

/// The names of all themes.
pub fn themes() -> impl Iterator<Item = &'static str> {
    THEMES.iter().map(|theme| theme.name)
}

#[cfg(test)]
mod tests {
    use super::super::around::Asked;
    use super::*;

    #[test]
    fn every_theme_is_valid_and_shows_what_a_status_line_must() {
        for theme in &THEMES {
            let settings = StatusLine { theme: Some(theme.name.into()), ..StatusLine::default() };
            let look = Look::of(&settings).unwrap();
            assert_eq!((look.line.asks().commands, look.bar.asks()), (Vec::new(), Asked::default()));
            let names = |template: &Template| {
                template.names().iter().map(|name| name.as_str().to_owned()).collect::<Vec<_>>()
            };
            let all = [
                "model",
                "stale",
                "config.broken",
                "session.cost",
                "today.cost",
                "block.burn",
                "context.used",
                "limits.five_hour",
                "limits.seven_day",
                "budget",
            ];
            let is_like_others = ["ccusage", "ccstatusline"].contains(&theme.name);
            for name in all.into_iter().take(if is_like_others { 3 } else { all.len() }) {
                assert!(names(&look.line).contains(&name.to_owned()), "{}: {name}", theme.name);
            }
            // One time left for the five hours, whoever knows it.
            let times = names(&look.line).into_iter().filter(|name| {
                ["block.left", "block.ends", "limits.five_hour.left"].contains(&name.as_str())
            });
            let times: Vec<_> = times.collect();
            assert!(
                is_like_others || times == ["block.left"] || times == ["block.ends", "limits.five_hour.left"],
                "{times:?}"
            );
            for name in ["today.cost", "block.left", "limits.five_hour", "budget", "stale", "config.broken"] {
                assert!(names(&look.bar).contains(&name.to_owned()), "{}: {name}", theme.name);
            }
        }
    }

    #[test]
    fn an_invalid_setting_is_reported_by_name() {
        let settings = StatusLine { theme: Some("icon".into()), ..StatusLine::default() };
        assert!(Look::of(&settings).unwrap_err().to_string().contains("did you mean icons?"));
        let commands = |text: &str| toml::from_str::<StatusLine>(text).unwrap();
        for (text, expected) in [
            (
                "template = '{cmd:clock}'",
                "template: {cmd:clock}: no such command: add [statusline.commands.clock]",
            ),
            ("[commands.'a b']\nrun = 'x'", "commands.a b: use up to 40 letters"),
            ("[commands.a]\nrun = ' '", "commands.a: run is empty"),
            ("[commands.a]\nrun = 'x'\ntimeout_ms = 5001", "commands.a: timeout_ms is from 10 to 5000"),
            ("git = { timeout_ms = 0 }", "git: timeout_ms is from 10 to 5000"),
        ] {
            let error = Look::of(&commands(text)).unwrap_err().to_string();
            assert!(error.starts_with(expected), "{error}");
        }
        assert!(Look::of(&commands("bar = '{cmd:a}'\n[commands.a]\nrun = 'x'")).is_ok());
        let settings = StatusLine { bar: Some("{tday.cost}".into()), ..StatusLine::default() };
        let error = Look::of(&settings).unwrap_err().to_string();
        assert!(error.starts_with("bar: ") && error.contains("{today.cost}"), "{error}");
    }
}
