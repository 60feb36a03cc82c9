//! Where Claude Code and Claude Desktop keep transcripts.
//!
//! Invariant: the environment, which is passed in, alone decides; nothing is opened.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// The folder of a root that holds the transcripts.
pub(in crate::ingest) const PROJECTS: &str = "projects";

/// Where Claude Desktop keeps one configuration folder per session, below the user's configuration folder.
const DESKTOP_SESSIONS: &str = "Claude/local-agent-mode-sessions";

/// The parts of the environment that say where transcripts are. An empty value counts as absent.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    /// `CLAUDE_CONFIG_DIR`: configuration folders, separated by commas.
    pub claude_config_dir: Option<OsString>,
    /// `XDG_CONFIG_HOME`; ignored unless absolute.
    pub xdg_config_home: Option<OsString>,
    /// The user's home folder.
    pub home: Option<PathBuf>,
}

/// Where roots may be.
#[derive(Debug, Default)]
pub(in crate::ingest) struct SearchPaths {
    /// Folders that may be roots, in order of precedence.
    pub(in crate::ingest) candidates: Vec<PathBuf>,
    /// Whether the user named these folders, so that each is meant to be one.
    pub(in crate::ingest) are_named: bool,
    /// A folder that may contain more roots, at any depth.
    pub(in crate::ingest) tree: Option<PathBuf>,
}

/// Where Claude Code and Claude Desktop may have roots.
///
/// `CLAUDE_CONFIG_DIR` replaces the defaults of Claude Code, but not that of Claude Desktop.
pub(in crate::ingest) fn search_paths(environment: &Environment) -> SearchPaths {
    let home = environment.home.as_deref().filter(|home| !home.as_os_str().is_empty());
    let xdg = environment.xdg_config_home.as_deref().map(Path::new).filter(|path| path.is_absolute());
    let config = xdg.map(Path::to_owned).or_else(|| home.map(|home| home.join(".config")));

    let mut candidates = configured(environment.claude_config_dir.as_deref(), home);
    let are_named = !candidates.is_empty();
    if !are_named {
        candidates.extend(home.map(|home| home.join(".claude")));
        candidates.extend(config.as_deref().map(|config| config.join("claude")));
    }
    let desktop = if cfg!(target_os = "macos") {
        home.map(|home| home.join("Library/Application Support"))
    } else {
        config
    };
    SearchPaths { candidates, are_named, tree: desktop.map(|desktop| desktop.join(DESKTOP_SESSIONS)) }
}

/// The entries of `CLAUDE_CONFIG_DIR`, read as people mean them: an entry that begins with `~/` is in the
/// home folder, and an entry that names a `projects` folder means its parent.
fn configured(value: Option<&OsStr>, home: Option<&Path>) -> Vec<PathBuf> {
    let entries = value.map(OsStr::as_bytes).unwrap_or_default().split(|&byte| byte == b',');
    let entries = entries.map(<[u8]>::trim_ascii).filter(|entry| !entry.is_empty());
    entries
        .map(|entry| {
            let path = match (entry.strip_prefix(b"~/"), home) {
                (Some(rest), Some(home)) => home.join(OsStr::from_bytes(rest)),
                _ => PathBuf::from(OsStr::from_bytes(entry)),
            };
            match path.parent() {
                Some(parent) if path.ends_with(PROJECTS) && !parent.as_os_str().is_empty() => {
                    parent.to_owned()
                }
                _ => path,
            }
        })
        .collect()
}

/// Where Claude Code keeps its own state, if it keeps transcripts in this root: in the root, if `CLAUDE_CONFIG_DIR` named
/// it, else in the home folder that the root's place tells.
pub fn state_files(root: &Path) -> Vec<PathBuf> {
    const NAME: &str = ".claude.json";
    let above = |levels: usize| root.ancestors().nth(levels).map(|home| home.join(NAME));
    let at_home = match () {
        () if root.ends_with(".claude") => above(1),
        () if root.ends_with(".config/claude") => above(2),
        () => None,
    };
    [root.join(NAME)].into_iter().chain(at_home).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tilde_means_the_home_folder_and_a_projects_folder_means_its_parent() {
        let environment = Environment {
            claude_config_dir: Some("/a/projects/, ~/b,/c/projectsx,projects,".into()),
            home: Some("/h".into()),
            ..Environment::default()
        };
        let candidates = search_paths(&environment).candidates;
        assert_eq!(candidates, ["/a", "/h/b", "/c/projectsx", "projects"].map(PathBuf::from));
    }

    #[test]
    fn claude_codes_state_is_in_a_named_root_or_beside_a_usual_one() {
        let files = |root: &str| state_files(Path::new(root));
        assert_eq!(files("/h/.claude/"), ["/h/.claude/.claude.json", "/h/.claude.json"].map(PathBuf::from));
        let below_config = ["/h/.config/claude/.claude.json", "/h/.claude.json"];
        assert_eq!(files("/h/.config/claude"), below_config.map(PathBuf::from));
        assert_eq!(files("/own"), [PathBuf::from("/own/.claude.json")]);
        assert_eq!(files(".claude"), [".claude/.claude.json", ".claude.json"].map(PathBuf::from));
    }
}
