//! `[aliases]` in the config file: what to call projects and models instead of their names in transcripts.
//!
//! Invariant: an alias changes what people read, never what is counted, priced or written as JSON: there it stands beside
//! the name. Used by everything that shows names.

use std::collections::BTreeMap;

use super::error::FileError;
use super::section::{Section, Value};
use crate::usage::{
    is_named_after, is_one_project, is_project_of, is_same_key, is_whole_path, last_part, path_separator,
};

pub(super) const KEYS: [&str; 2] = ["models", "projects"];

/// Other names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Aliases {
    /// By folder in `projects/`, working folder or the last part of it.
    projects: BTreeMap<String, String>,
    /// By the model's whole name.
    models: BTreeMap<String, String>,
}

impl Aliases {
    /// What to call a project: by its folder in `projects/`, else by its working folder or another one that Claude Code
    /// names the same folder after, else by the last part of its working folder.
    pub fn project(&self, key: &str, path: Option<&str>) -> Option<&str> {
        let by_path = |name: &str| is_whole_path(name) && is_project_of(key, path, name);
        self.first(|name| is_same_key(name, key), path, by_path)
    }

    /// What to call the project with this working folder.
    pub fn project_at(&self, path: &str) -> Option<&str> {
        let whole = path.trim_end_matches(path_separator(path));
        let path = if last_part(whole).is_empty() { path } else { whole };
        self.first(|name| is_named_after(name, path), Some(path), |name| is_one_project(name, path))
    }

    /// The alias whose name is the project's key, else its path, else a path that is as good, else the path's last part.
    fn first(
        &self,
        is_key: impl Fn(&str) -> bool,
        path: Option<&str>,
        is_path: impl Fn(&str) -> bool,
    ) -> Option<&str> {
        let find = |is_it: &dyn Fn(&str) -> bool| self.projects.iter().find(|(name, _)| is_it(name));
        let get = |name: &str| self.projects.get_key_value(name).filter(|_| !name.is_empty());
        let found = find(&is_key).or_else(|| get(path?)).or_else(|| find(&is_path));
        found.or_else(|| get(last_part(path?))).map(|(_, alias)| &**alias)
    }

    /// What to call a model.
    pub fn model(&self, name: &str) -> Option<&str> {
        self.models.get(name).map(String::as_str)
    }

    /// How many projects and models have one.
    pub fn counts(&self) -> (usize, usize) {
        (self.projects.len(), self.models.len())
    }

    /// Adds aliases of projects, which override those that are there.
    pub fn add_projects(&mut self, aliases: impl IntoIterator<Item = (String, String)>) {
        self.projects.extend(aliases);
    }

    /// Changes the names that projects are known by.
    pub(super) fn expand(&mut self, expand: impl Fn(&str) -> String) {
        self.projects = std::mem::take(&mut self.projects)
            .into_iter()
            .map(|(name, alias)| (expand(&name), alias))
            .collect();
    }
}

pub(super) fn read(section: Section<'_>) -> Result<Aliases, FileError> {
    let mut aliases = Aliases::default();
    for value in section.values() {
        match value.key {
            "projects" => aliases.projects = names(&value)?,
            "models" => aliases.models = names(&value)?,
            _ => return Err(value.unknown(&KEYS)),
        }
    }
    Ok(aliases)
}

fn names(whole: &Value<'_>) -> Result<BTreeMap<String, String>, FileError> {
    let section = whole
        .section()
        .ok_or_else(|| whole.refuse("expected a table such as { \"claude-opus-5\" = \"Opus\" }"))?;
    let named = section.values().map(|value| match value.text()?.trim() {
        "" => Err(value.refuse("is empty: remove it to show the name itself")),
        alias => Ok((value.key.to_owned(), alias.to_owned())),
    });
    named.collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::file::parse;
    use super::*;

    fn aliases(text: &str) -> Result<Aliases, String> {
        let file =
            parse(text, Path::new("/c.toml"), Some(Path::new("/h"))).map_err(|error| error.to_string())?;
        Ok(file.aliases.expect("the file has aliases"))
    }

    #[test]
    fn a_project_is_known_by_its_key_its_folder_and_the_last_part_of_that() {
        let aliases = aliases(
            "[aliases.projects]\n-h-code-api = 'Key'\n'~/code/api' = 'Folder'\napi = 'Last'\n'/h/lost' = 'Lost'\n",
        )
        .unwrap();
        assert_eq!(aliases.project("-h-code-api", Some("/h/code/api")), Some("Key"));
        assert_eq!(aliases.project("-x", Some("/h/code/api")), Some("Folder"));
        assert_eq!(aliases.project("-x", Some("/srv/api")), Some("Last"));
        assert_eq!(aliases.project("-h-lost", None), Some("Lost"));
        assert_eq!(
            aliases.project("-h-lost", Some("/elsewhere")),
            Some("Lost"),
            "as filters and budgets have it"
        );
        assert_eq!(aliases.project("-h-other", Some("/elsewhere")), None);
        assert_eq!(aliases.project_at("/h/code/api/"), Some("Key"));
        assert_eq!(aliases.project_at("/"), None);
    }

    #[test]
    fn a_project_on_a_drive_is_known_however_its_letter_is_written() {
        let aliases = aliases(
            "[aliases.projects]\n'c:\\code\\api' = 'Path'\nd--key = 'Key'\n'tools' = 'Last'\n'/w/a/b' = 'Alike'\n",
        )
        .unwrap();
        for path in [Some("C:\\code\\api"), Some("c:\\code\\api"), None] {
            assert_eq!(aliases.project("C--code-api", path), Some("Path"), "{path:?}");
        }
        assert_eq!(aliases.project_at("C:\\code\\api\\"), Some("Path"));
        assert_eq!(aliases.project("D--key", None), Some("Key"));
        assert_eq!(aliases.project_at("D:\\key"), Some("Key"));
        assert_eq!(aliases.project("E--x-tools", Some("E:\\x\\tools")), Some("Last"));
        assert_eq!(aliases.project_at("E:\\x\\tools"), Some("Last"));
        assert_eq!(aliases.project("-w-a-b", Some("/w/a-b")), Some("Alike"));
        assert_eq!(aliases.project_at("/w/a-b"), Some("Alike"));
    }

    #[test]
    fn a_project_whose_folder_was_cut_is_known_by_its_path() {
        let deep = |last: &str| format!("/{}/{last}", "d".repeat(250));
        let aliases = aliases(&format!("[aliases.projects]\n'{}' = 'Deep'\n", deep("a"))).unwrap();
        let key = format!("-{}-1x2y3z", "d".repeat(199));
        for path in [Some(deep("a")), None] {
            assert_eq!(aliases.project(&key, path.as_deref()), Some("Deep"));
        }
        assert_eq!(aliases.project(&key, Some(&deep("b"))), None);
        assert_eq!((aliases.project_at(&deep("a")), aliases.project_at(&deep("b"))), (Some("Deep"), None));
    }

    #[test]
    fn a_model_is_known_by_its_whole_name() {
        let aliases = aliases("[aliases]\nmodels = { claude-opus-5 = ' Opus ' }").unwrap();
        assert_eq!((aliases.model("claude-opus-5"), aliases.model("opus-5")), (Some("Opus"), None));
    }

    #[test]
    fn an_invalid_alias_is_refused_with_its_line() {
        let error = |text: &str| aliases(text).unwrap_err();
        assert!(error("[aliases.projects]\napi = 1").starts_with("/c.toml:2: api: expected a string"));
        assert!(error("[aliases.models]\nx = ' '").starts_with("/c.toml:2: x: is empty"));
        assert!(error("[aliases]\nproject = {}").contains("did you mean projects?"));
        assert!(error("[aliases]\nmodels = 'x'").contains("expected a table such as"));
    }
}
