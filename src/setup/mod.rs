//! Integrations: what has other programs show our figures, set up and undone; and the doctor.
//!
//! Invariants:
//!
//! - A user's file keeps every byte that is not ours: changes are splices into its text, never a new file made of
//!   what was understood of the old one.
//! - Undone, a file is byte by byte as it was; if it was changed elsewhere meanwhile, only what is ours goes.
//! - Setting up twice changes nothing the second time.
//! - What a change is, is known before it is made ([`Plan`]), and that is what is made.
//!
//! Used by `cli`.

mod block;
mod blocks;
mod called;
mod change;
mod claude;
pub mod doctor;
mod error;
mod jsonc;
mod places;
mod plan;
mod record;
mod target;
mod waybar;

use std::path::PathBuf;

pub use called::LostCall;
pub use claude::{ClaudeSettings, DAYS_BY_DEFAULT, DAYS_TO_WARN, Existing, Wanted};
pub use error::SetupError;
pub use places::{Places, Programs, programs_named};
pub use plan::{FileChange, Plan};
pub use record::{Records, Undo};

/// An integration, with what is wanted of it.
#[derive(Clone, Copy, Debug)]
pub enum Integration {
    /// Claude Code's status line and its hook.
    Claude(Wanted),
    /// tmux's status line.
    Tmux,
    /// A module of the starship prompt.
    Starship,
    /// A module of waybar.
    Waybar,
    /// zsh's completions, and its right prompt.
    Zsh {
        /// Whether the prompt shows figures.
        prompt: bool,
    },
    /// fish's completions, and its right prompt.
    Fish {
        /// Whether the prompt shows figures.
        prompt: bool,
    },
}

impl Integration {
    /// All of them, with nothing particular wanted.
    pub fn all() -> [Self; 6] {
        let claude = Self::Claude(Wanted::default());
        let (zsh, fish) = (Self::Zsh { prompt: false }, Self::Fish { prompt: false });
        [claude, Self::Tmux, Self::Starship, Self::Waybar, zsh, fish]
    }

    /// Its name on the command line and in records.
    pub fn name(self) -> &'static str {
        match self {
            Self::Claude(_) => "claude",
            Self::Tmux => "tmux",
            Self::Starship => "starship",
            Self::Waybar => "waybar",
            Self::Zsh { .. } => "zsh",
            Self::Fish { .. } => "fish",
        }
    }

    /// The file that is edited; of fish its folder.
    pub fn path(self, places: &Places) -> PathBuf {
        match self {
            Self::Claude(_) => places.claude_settings(),
            Self::Tmux => places.tmux(),
            Self::Starship => places.starship(),
            Self::Waybar => places.waybar(),
            Self::Zsh { .. } => places.zshrc(),
            Self::Fish { .. } => places.fish(),
        }
    }

    /// What setting it up would do: nothing where it is set up.
    pub fn plan(
        self,
        places: &Places,
        programs: &Programs,
        file: Option<PathBuf>,
    ) -> Result<Plan, SetupError> {
        let path = file.unwrap_or_else(|| self.path(places));
        match self {
            Self::Claude(wanted) => claude::plan(path, programs, wanted),
            Self::Tmux => blocks::tmux(path, programs),
            Self::Starship => blocks::starship(path, programs),
            Self::Waybar => waybar::plan(path, programs),
            Self::Zsh { prompt } => blocks::zsh(path, programs, prompt),
            Self::Fish { prompt } => blocks::fish(&path, programs, prompt),
        }
    }
}
