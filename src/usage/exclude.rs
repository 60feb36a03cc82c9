//! Places whose transcripts are not counted.
//!
//! Invariant: purely a question about a path; nothing is opened.

use std::ffi::OsString;
use std::path::{Component, Path, PathBuf};

/// What is left out, in the order it was written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exclude(Vec<Entry>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Entry {
    /// Everything below a path.
    Below(PathBuf),
    /// Everything below a folder of this name, at any depth below `projects/`.
    Named(OsString),
}

impl Exclude {
    /// Takes absolute paths, and bare names of folders, such as a project's key. The entry that is neither is
    /// the error.
    pub fn new<P: AsRef<Path>>(entries: &[P]) -> Result<Self, PathBuf> {
        let entries = entries.iter().map(|entry| {
            let path = entry.as_ref();
            let mut parts = path.components();
            match (parts.next(), parts.next()) {
                _ if path.is_absolute() => Ok(Entry::Below(path.into())),
                (Some(Component::Normal(name)), None) => Ok(Entry::Named(name.into())),
                _ => Err(path.to_owned()),
            }
        });
        entries.collect::<Result<_, _>>().map(Self)
    }

    /// Whether the file or folder at `path`, which is `projects` or lies below it, is left out. A bare name means
    /// folders below `projects` alone, not those on the way there.
    pub fn covers(&self, projects: &Path, path: &Path) -> bool {
        let below = path.strip_prefix(projects).unwrap_or(Path::new(""));
        self.0.iter().any(|entry| match entry {
            Entry::Below(folder) => path.starts_with(folder),
            Entry::Named(name) => below.components().any(|part| part.as_os_str() == name),
        })
    }

    /// The entries as text.
    pub fn entries(&self) -> impl Iterator<Item = String> {
        self.0.iter().map(|entry| match entry {
            Entry::Below(path) => path.display().to_string(),
            Entry::Named(name) => name.display().to_string(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_leaves_out_what_is_below_it_and_a_name_what_is_below_any_folder_so_called() {
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
    fn a_relative_path_is_no_entry() {
        assert_eq!(Exclude::new(&["a/b"]), Err("a/b".into()));
        assert_eq!(Exclude::new(&[""]), Err("".into()));
    }
}
