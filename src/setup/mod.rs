//! Integrations that make other programs show our figures: set up, undone, and checked by the doctor.
//!
//! Invariants:
//!
//! - A user's file keeps every byte that is not ours. Changes are splices into its text; the file is never
//!   regenerated from a parsed copy.
//! - Undo restores a file byte for byte. If something else changed it since, undo removes only our part.
//! - Setting up twice changes nothing the second time.
//! - A change is planned in full ([`Plan`]) before anything is written, and exactly that plan is carried out.
//!
//! Used by `cli`.

mod bash;
mod block;
mod blocks;
mod called;
mod change;
mod claude;
pub mod doctor;
mod editors;
mod error;
mod extension;
mod guard;
mod jsonc;
mod like;
mod package;
mod places;
mod plan;
mod record;
mod target;
mod undo;
mod vscode;
mod vsix;
mod waybar;

use std::path::PathBuf;

pub use called::LostCall;
pub use claude::{ClaudeOptions, ClaudeSettings, DAYS_BY_DEFAULT, DAYS_TO_WARN, Existing};
pub use error::SetupError;
pub use extension::ExtensionChange;
pub use guard::{GuardOptions, claude_version, knows_model_switch};
pub use like::Like;
pub use places::{Places, Programs, programs_named};
pub use plan::{FileChange, Plan};
pub use record::Records;
pub use undo::Undo;
pub use vscode::{VSCODE, vscode};

/// An integration and its options.
#[derive(Clone, Copy, Debug)]
pub enum Integration {
    /// Claude Code's status line and its hook.
    Claude(ClaudeOptions),
    /// Claude Code's hooks that run the spend guard.
    Guard(GuardOptions),
    /// tmux's status line.
    Tmux,
    /// A module of the starship prompt.
    Starship,
    /// A module of waybar.
    Waybar,
    /// bash's completions and prompt.
    Bash {
        /// Whether the prompt shows figures.
        prompt: bool,
    },
    /// zsh's completions and right prompt.
    Zsh {
        /// Whether the prompt shows figures.
        prompt: bool,
    },
    /// fish's completions and right prompt.
    Fish {
        /// Whether the prompt shows figures.
        prompt: bool,
    },
    /// Neovim's plugin.
    Nvim,
    /// Vim's plugin.
    Vim,
    /// Emacs's mode line.
    Emacs,
}

impl Integration {
    /// All integrations, with default options.
    pub fn all() -> [Self; 11] {
        let claude = Self::Claude(ClaudeOptions::default());
        let (bash, zsh) = (Self::Bash { prompt: false }, Self::Zsh { prompt: false });
        let fish = Self::Fish { prompt: false };
        [
            claude,
            Self::Tmux,
            Self::Starship,
            Self::Waybar,
            bash,
            zsh,
            fish,
            Self::Nvim,
            Self::Vim,
            Self::Emacs,
            Self::Guard(GuardOptions { has_limits: true, ..GuardOptions::default() }),
        ]
    }

    /// The name on the command line and in records.
    pub fn name(self) -> &'static str {
        match self {
            Self::Claude(_) => "claude",
            Self::Guard(_) => "guard",
            Self::Tmux => "tmux",
            Self::Starship => "starship",
            Self::Waybar => "waybar",
            Self::Bash { .. } => "bash",
            Self::Zsh { .. } => "zsh",
            Self::Fish { .. } => "fish",
            Self::Nvim => "nvim",
            Self::Vim => "vim",
            Self::Emacs => "emacs",
        }
    }

    /// Whether it shows figures, which somebody must keep current.
    pub fn shows_figures(self) -> bool {
        match self {
            Self::Claude(_) | Self::Guard(_) | Self::Tmux | Self::Starship | Self::Waybar => true,
            Self::Nvim | Self::Vim | Self::Emacs => true,
            Self::Bash { prompt } | Self::Zsh { prompt } | Self::Fish { prompt } => prompt,
        }
    }

    /// The file that setup edits; for fish and editors, the folder that it writes to.
    pub fn path(self, places: &Places) -> PathBuf {
        match self {
            Self::Claude(_) | Self::Guard(_) => places.claude_settings(),
            Self::Tmux => places.tmux(),
            Self::Starship => places.starship(),
            Self::Waybar => places.waybar(),
            Self::Bash { .. } => places.bashrc(),
            Self::Zsh { .. } => places.zshrc(),
            Self::Fish { .. } => places.fish(),
            Self::Nvim => places.nvim(),
            Self::Vim => places.vim(),
            Self::Emacs => places.emacs(),
        }
    }

    /// The changes that setup would make. The plan is empty if the integration is already set up. What setup wrote
    /// before, which it may replace, is known by `records`.
    pub fn plan(
        self,
        places: &Places,
        programs: &Programs,
        records: &Records,
        file: Option<PathBuf>,
    ) -> Result<Plan, SetupError> {
        let init = file.as_ref().map_or_else(|| places.emacs_init(), |folder| folder.join("init.el"));
        let path = file.unwrap_or_else(|| self.path(places));
        let written = || records.written(self.name());
        match self {
            Self::Claude(wanted) => claude::plan(path, places, programs, wanted),
            Self::Guard(wanted) => guard::plan(path, programs, wanted),
            Self::Tmux => blocks::tmux(path, programs),
            Self::Starship => blocks::starship(path, programs),
            Self::Waybar => waybar::plan(path, programs),
            Self::Bash { prompt } => bash::plan(path, programs, prompt),
            Self::Zsh { prompt } => blocks::zsh(path, programs, prompt),
            Self::Fish { prompt } => blocks::fish(&path, programs, prompt),
            Self::Nvim => editors::nvim(&path, programs, &written()?),
            Self::Vim => editors::vim(&path, programs, &written()?),
            Self::Emacs => editors::emacs(&path, init, programs, &written()?),
        }
    }
}
