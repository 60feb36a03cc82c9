//! Where Claude Code and Claude Desktop keep transcripts.
//!
//! Invariant: purely a question about the environment, which is passed in; nothing is opened.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// The folder of a root that holds the transcripts.
pub(in crate::ingest) const PROJECTS: &str = "projects";

/// Where Claude Desktop keeps one configuration folder a session, below the user's configuration.
const DESKTOP_SESSIONS: &str = "Claude/local-agent-mode-sessions";

/// What of the environment says where transcripts are; empty values are absent.
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
pub(in crate::ingest) struct Places {
    /// Folders that may be roots, in the order in which they count.
    pub(in crate::ingest) roots: Vec<PathBuf>,
    /// A folder anywhere below which there may be more.
    pub(in crate::ingest) above: Option<PathBuf>,
}

/// The places of Claude Code and of Claude Desktop.
///
/// `CLAUDE_CONFIG_DIR` replaces those of Claude Code, not that of Claude Desktop.
pub(in crate::ingest) fn places(environment: &Environment) -> Places {
    let home = environment.home.as_deref().filter(|home| !home.as_os_str().is_empty());
    let xdg = environment.xdg_config_home.as_deref().map(Path::new).filter(|path| path.is_absolute());
    let config = xdg.map(Path::to_owned).or_else(|| home.map(|home| home.join(".config")));

    let mut roots = configured(environment.claude_config_dir.as_deref(), home);
    if roots.is_empty() {
        roots.extend(home.map(|home| home.join(".claude")));
        roots.extend(config.as_deref().map(|config| config.join("claude")));
    }
    let desktop = if cfg!(target_os = "macos") {
        home.map(|home| home.join("Library/Application Support"))
    } else {
        config
    };
    Places { roots, above: desktop.map(|desktop| desktop.join(DESKTOP_SESSIONS)) }
}

/// The entries of `CLAUDE_CONFIG_DIR`, as people mean them: one that begins with `~/` is in the home folder, one that
/// names a `projects` folder is the folder around it.
fn configured(value: Option<&OsStr>, home: Option<&Path>) -> Vec<PathBuf> {
    let entries = value.map(OsStr::as_bytes).unwrap_or_default().split(|&byte| byte == b',');
    let entries = entries.map(<[u8]>::trim_ascii).filter(|entry| !entry.is_empty());
    entries
        .map(|entry| {
            let path = match (entry.strip_prefix(b"~/"), home) {
                (Some(below), Some(home)) => home.join(OsStr::from_bytes(below)),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_meant_as_people_mean_them() {
        let environment = Environment {
            claude_config_dir: Some("/a/projects/, ~/b,/c/projectsx,projects,".into()),
            home: Some("/h".into()),
            ..Environment::default()
        };
        let roots = places(&environment).roots;
        assert_eq!(roots, ["/a", "/h/b", "/c/projectsx", "projects"].map(PathBuf::from));
    }
}
