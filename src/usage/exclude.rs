//! Paths whose transcripts are not counted.
//!
//! Invariant: the path alone decides; no file is opened.

use std::ffi::OsString;
use std::path::{Component, Path, PathBuf};

/// The exclusions, in the order they were written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exclude(Vec<Exclusion>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Exclusion {
    /// A path and everything below it.
    Path(PathBuf),
    /// Every folder with this name and everything below it, at any depth below `projects/`.
    FolderName(OsString),
}

impl Exclude {
    /// Takes absolute paths and bare folder names, such as a project's key. Returns the first entry that is
    /// neither as the error.
    pub fn new<P: AsRef<Path>>(entries: &[P]) -> Result<Self, PathBuf> {
        let entries = entries.iter().map(|entry| {
            let path = entry.as_ref();
            let mut parts = path.components();
            match (parts.next(), parts.next()) {
                _ if path.is_absolute() => Ok(Exclusion::Path(path.into())),
                (Some(Component::Normal(name)), None) => Ok(Exclusion::FolderName(name.into())),
                _ => Err(path.to_owned()),
            }
        });
        entries.collect::<Result<_, _>>().map(Self)
    }

    /// Whether the file or folder at `path`, which is `projects` or lies below it, is excluded. A bare name means
    /// folders below `projects` alone, not those on the way there.
    pub fn covers(&self, projects: &Path, path: &Path) -> bool {
        let below = path.strip_prefix(projects).unwrap_or(Path::new(""));
        self.0.iter().any(|exclusion| match exclusion {
            Exclusion::Path(excluded) => path.starts_with(excluded),
            Exclusion::FolderName(name) => below.components().any(|part| part.as_os_str() == name),
        })
    }

    /// The entries as text.
    pub fn entries(&self) -> impl Iterator<Item = String> {
        self.0.iter().map(|exclusion| match exclusion {
            Exclusion::Path(path) => path.display().to_string(),
            Exclusion::FolderName(name) => name.display().to_string(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_excludes_what_is_below_it_and_a_name_excludes_every_folder_with_that_name() {
        let projects = [
            Path::new("/h/.claude/projects"),
            Path::new("/elsewhere/projects"),
            Path::new("/-secret/projects"),
        ];
        let exclude = Exclude::new(&["/h/.claude/projects/a", "-secret"]).unwrap();
        for (path, covered) in [
            ("/h/.claude/projects/a/x.jsonl", true),
            ("/h/.claude/projects/ab/x.jsonl", false),
            ("/elsewhere/projects/-secret/s/x.jsonl", true),
            ("/elsewhere/projects/-secret-too/x.jsonl", false),
            ("/-secret/projects/a/x.jsonl", false),
            ("/-secret/projects/-secret/x.jsonl", true),
        ] {
            let path = Path::new(path);
            let projects = projects.iter().find(|projects| path.starts_with(projects)).unwrap();
            assert_eq!(exclude.covers(projects, path), covered, "{}", path.display());
        }
    }

    #[test]
    fn a_relative_path_is_rejected() {
        assert_eq!(Exclude::new(&["a/b"]), Err("a/b".into()));
        assert_eq!(Exclude::new(&[""]), Err("".into()));
    }
}
