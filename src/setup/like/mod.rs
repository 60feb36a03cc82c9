//! Translates other programs' status lines into ours, as far as a template can express them.
//!
//! Invariant: pure. Whatever is not translated is reported; the other program's files are not changed. Used by
//! `setup::claude`.

mod ccstatusline;
mod ccusage;
mod translated;

pub(super) use translated::Translated;

/// A program whose status line ours shall look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Like {
    /// ccusage.
    Ccusage,
    /// ccstatusline.
    Ccstatusline,
}

impl Like {
    /// Its name, which is in its command too.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ccusage => "ccusage",
            Self::Ccstatusline => "ccstatusline",
        }
    }

    /// Whether a command of a status line is this program's.
    pub(super) fn is_command(self, command: &str) -> bool {
        command.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| word == self.name())
    }

    /// Its line in our terms. `command` is the status line in Claude Code's settings, `settings` its own file.
    pub(super) fn translated(
        self,
        command: Option<&str>,
        settings: Option<&str>,
    ) -> Result<Translated, String> {
        let command = command.filter(|command| self.is_command(command)).unwrap_or_default();
        match (self, settings) {
            (Self::Ccusage, _) => Ok(ccusage::translated(command)),
            (Self::Ccstatusline, settings) => {
                let default = || Ok(Translated::theme("ccstatusline", Vec::new()));
                let mut translated = settings.map_or_else(default, ccstatusline::translated)?;
                translated.left.extend(ccstatusline::unread(command));
                Ok(translated)
            }
        }
    }
}
