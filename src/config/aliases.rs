//! `[aliases]` in the config file: what to call projects and models instead of their names in transcripts.
//!
//! Invariant: an alias changes what people read, never what is counted, priced or written as JSON: there it stands beside
//! the name. Used by everything that shows names.

use std::collections::BTreeMap;

use super::error::FileError;
use super::section::{Section, Value};

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
    /// What to call a project: by its folder in `projects/`, else by its working folder, else by the last part of that.
    pub fn project(&self, key: &str, path: Option<&str>) -> Option<&str> {
        if self.projects.is_empty() {
            return None;
        }
        let last = path.and_then(|path| path.rsplit('/').next());
        let names = [Some(key), path, last].into_iter().flatten();
        let named = names.filter(|name| !name.is_empty()).find_map(|name| self.projects.get(name));
        // The working folder of some projects is unknown; Claude Code named theirs in `projects/` after it.
        let meant = || {
            let is_it = |name: &str| name.starts_with('/') && key_of(name) == key;
            self.projects.iter().find(|(name, _)| path.is_none() && is_it(name)).map(|(_, alias)| alias)
        };
        named.or_else(meant).map(String::as_str)
    }

    /// What to call the project with this working folder.
    pub fn project_at(&self, path: &str) -> Option<&str> {
        let path = path.trim_end_matches('/');
        self.project(&key_of(path), Some(path))
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

/// The folder in `projects/` of a working folder.
fn key_of(path: &str) -> String {
    path.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect()
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
        assert_eq!(aliases.project("-h-lost", Some("/elsewhere")), None);
        assert_eq!(aliases.project_at("/h/code/api/"), Some("Key"));
        assert_eq!(aliases.project_at("/"), None);
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
