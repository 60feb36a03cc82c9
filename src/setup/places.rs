//! Where integrations' files are, and how those files call our programs.
//!
//! Invariant: the environment is passed in, never read here.

use std::ffi::{OsStr, OsString};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Component, Path, PathBuf};

/// The folders of integrations' files.
#[derive(Clone, Debug)]
pub struct Places {
    home: PathBuf,
    /// `XDG_CONFIG_HOME`, else `~/.config`.
    config: PathBuf,
    /// `XDG_DATA_HOME`, else `~/.local/share`.
    data: PathBuf,
    /// `NVIM_APPNAME`, else `nvim`.
    nvim: PathBuf,
    claude: PathBuf,
    zsh: PathBuf,
    starship: Option<PathBuf>,
}

impl Places {
    /// Reads the folders from variables; `None` without `HOME`. `claude` is Claude Code's folder, which whoever searches for
    /// transcripts knows.
    pub fn from(variable: impl Fn(&str) -> Option<OsString>, claude: Option<PathBuf>) -> Option<Self> {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        let absolute = |name: &str| set(name).map(PathBuf::from).filter(|path| path.is_absolute());
        let home = absolute("HOME")?;
        Some(Self {
            config: absolute("XDG_CONFIG_HOME").unwrap_or_else(|| home.join(".config")),
            data: absolute("XDG_DATA_HOME").unwrap_or_else(|| home.join(".local/share")),
            nvim: set("NVIM_APPNAME")
                .map(PathBuf::from)
                .filter(|path| is_below(path))
                .unwrap_or_else(|| "nvim".into()),
            claude: claude.unwrap_or_else(|| home.join(".claude")),
            zsh: absolute("ZDOTDIR").unwrap_or_else(|| home.clone()),
            starship: absolute("STARSHIP_CONFIG"),
            home,
        })
    }

    /// Claude Code's settings.
    pub fn claude_settings(&self) -> PathBuf {
        self.claude.join("settings.json")
    }

    /// The file in which ccstatusline keeps its lines. It does not heed `XDG_CONFIG_HOME`.
    pub(super) fn ccstatusline(&self) -> PathBuf {
        self.home.join(".config/ccstatusline/settings.json")
    }

    /// tmux's configuration: the file that exists, else `~/.tmux.conf`.
    pub(super) fn tmux(&self) -> PathBuf {
        let usual = self.home.join(".tmux.conf");
        let other = self.config.join("tmux/tmux.conf");
        if !is_there(&usual) && is_there(&other) { other } else { usual }
    }

    pub(super) fn starship(&self) -> PathBuf {
        self.starship.clone().unwrap_or_else(|| self.config.join("starship.toml"))
    }

    /// waybar's configuration: `config` if it exists, else `config.jsonc`, in waybar's order.
    pub(super) fn waybar(&self) -> PathBuf {
        let [with, without] = ["config.jsonc", "config"].map(|name| self.config.join("waybar").join(name));
        if is_there(&without) { without } else { with }
    }

    /// The file that an interactive bash reads.
    pub(super) fn bashrc(&self) -> PathBuf {
        self.home.join(".bashrc")
    }

    pub(super) fn zshrc(&self) -> PathBuf {
        self.zsh.join(".zshrc")
    }

    /// Neovim's folder for our package, which it loads by itself.
    pub(super) fn nvim(&self) -> PathBuf {
        self.data.join(&self.nvim).join("site").join(PACKAGE)
    }

    /// Vim's folder for our package: below `~/.vim`, or below the folder in `~/.config` if its vimrc is there alone.
    pub(super) fn vim(&self) -> PathBuf {
        let [usual, other] = [self.home.join(".vim"), self.config.join("vim")];
        let has_usual = is_there(&self.home.join(".vimrc")) || is_there(&usual.join("vimrc"));
        let folder = if !has_usual && is_there(&other.join("vimrc")) { other } else { usual };
        folder.join(PACKAGE)
    }

    /// Emacs's folder: the one in `~/.config` if it is there and neither `~/.emacs.d` nor `~/.emacs` is.
    pub(super) fn emacs(&self) -> PathBuf {
        let [usual, other] = [self.home.join(".emacs.d"), self.config.join("emacs")];
        let has_usual = is_there(&usual) || is_there(&self.home.join(".emacs"));
        if !has_usual && is_there(&other) { other } else { usual }
    }

    /// The init file that Emacs reads: the first that exists, in Emacs's order, else `init.el` in its folder.
    pub(super) fn emacs_init(&self) -> PathBuf {
        let folder = self.emacs();
        // From the folder in `~/.config`, Emacs reads no file at home.
        let at_home = [".emacs.el", ".emacs"].map(|name| self.home.join(name));
        let at_home = at_home.into_iter().find(|path| is_there(path));
        at_home.filter(|_| folder != self.config.join("emacs")).unwrap_or_else(|| folder.join("init.el"))
    }

    /// The folder of fish's configuration.
    pub(super) fn fish(&self) -> PathBuf {
        self.config.join("fish")
    }
}

/// Where Vim and Neovim look for packages that they load at their start.
const PACKAGE: &str = "pack/cco/start/cco";

/// Whether a path stays below the folder that it is joined to.
fn is_below(path: &Path) -> bool {
    path.components().all(|part| matches!(part, Component::Normal(_)))
}

/// Whether the path exists. A link counts even if its target is missing.
fn is_there(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

/// How shells call our programs.
#[derive(Clone, Debug)]
pub struct Programs {
    /// `cco-peek`, or its path.
    pub peek: String,
    /// `cco`, or its path.
    pub cco: String,
    /// Where they are, for a program that runs them without a shell.
    folder: PathBuf,
}

impl Programs {
    /// A program's name if it is found in `search` (a `PATH` list), else its path in `folder`.
    pub fn found(search: Option<&OsStr>, folder: &Path) -> Self {
        let words = |name: &str| match programs_named(name, search).first() {
            Some(_) => name.to_owned(),
            None => quoted(&folder.join(name).to_string_lossy()),
        };
        Self { peek: words("cco-peek"), cco: words("cco"), folder: folder.to_owned() }
    }

    /// The path of `cco-peek`, if its name is not enough.
    pub(super) fn peek_path(&self) -> Option<PathBuf> {
        (self.peek != "cco-peek").then(|| self.folder.join("cco-peek"))
    }

    /// The path of `cco`, if its name is not enough.
    pub(super) fn cco_path(&self) -> Option<PathBuf> {
        (self.cco != "cco").then(|| self.folder.join("cco"))
    }

    /// The command that prints a shell's completions, which call `cco` as this setup does.
    pub(super) fn completions(&self, shell: &str) -> String {
        let cco = &self.cco;
        let call = if cco == "cco" { String::new() } else { format!(" --call {cco}") };
        format!("{cco} completions {shell}{call}")
    }
}

/// All programs called `name` in `search` (a `PATH` list), in order.
pub fn programs_named(name: &str, search: Option<&OsStr>) -> Vec<PathBuf> {
    let folders = search.map(std::env::split_paths).into_iter().flatten();
    folders.map(|folder| folder.join(name)).filter(|path| path.is_absolute() && is_program(path)).collect()
}

/// Whether the path is an executable file.
pub(super) fn is_program(path: &Path) -> bool {
    path.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

/// Whether a path can contain this character without quotes.
pub(super) fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || "/._-+".contains(c)
}

/// A word quoted for a POSIX shell (and for fish, whose single quotes differ only in the backslash).
pub(super) fn quoted(word: &str) -> String {
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quoted_word_reaches_the_shell_unchanged() {
        for word in ["/usr/bin/cco", "/a b/cco", "it's $HOME `x` \\ \"y\"", "", "é"] {
            let script = format!("printf %s {}", quoted(word));
            let output = std::process::Command::new("sh").args(["-c", &script]).output().unwrap();
            assert_eq!(String::from_utf8(output.stdout).unwrap(), word);
        }
        assert_eq!(quoted("/usr/bin/cco-peek"), "/usr/bin/cco-peek");
    }

    #[test]
    fn without_a_home_there_are_no_places() {
        let home = |name: &str| (name == "HOME").then(|| "/h".into());
        assert_eq!(
            Places::from(home, None).unwrap().claude_settings(),
            Path::new("/h/.claude/settings.json")
        );
        assert!(Places::from(|_| None, Some("/c".into())).is_none());
    }
}
