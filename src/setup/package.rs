//! The files of an editor's plugin, which this program carries, as a package in a folder of their own. Used by
//! `editors`.
//!
//! Invariant: only files that setup wrote, and that nobody edited since, are replaced or removed. A package that somebody
//! else put there stays whole.

use std::path::{Path, PathBuf};

use super::SetupError;
use super::change::Change;
use super::plan::{FileChange, Plan};
use super::record::Written;

/// A plugin: the names of its files, and what is in them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Package(&'static [(&'static str, &'static str)]);

macro_rules! package {
    ($folder:literal: $($name:literal)*) => {
        Package(&[$(($name, include_str!(concat!("../../tools/editors/", $folder, "/", $name)))),*])
    };
}

pub(super) const NVIM: Package = package!("nvim":
    "doc/cco.txt"
    "lua/cco/bytes.lua"
    "lua/cco/config.lua"
    "lua/cco/dashboard.lua"
    "lua/cco/exact.lua"
    "lua/cco/file.lua"
    "lua/cco/format.lua"
    "lua/cco/frame.lua"
    "lua/cco/freshness.lua"
    "lua/cco/health.lua"
    "lua/cco/init.lua"
    "lua/cco/layout.lua"
    "lua/cco/reader.lua"
    "lua/cco/sections.lua"
    "lua/cco/summary.lua"
    "lua/cco/system.lua"
    "lua/cco/text.lua"
    "lua/cco/watch.lua"
    "lua/cco/window.lua"
    "plugin/cco.lua"
);

pub(super) const VIM: Package = package!("vim":
    "autoload/cco.vim"
    "doc/cco.txt"
    "plugin/cco.vim"
);

pub(super) const EMACS: Package = package!("emacs":
    "cco.el"
);

impl Package {
    /// The files that a folder gets, in the order of their names. Help pages come with the index that `:helptags` would
    /// make: the editor finds the help at once, and `:helptags` makes no file that setup does not know.
    fn files(self) -> Vec<(String, String)> {
        let files = self.0.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
        let pages = self.0.iter().filter_map(|(name, text)| {
            let (folder, page) = name.rsplit_once('/').filter(|(_, page)| page.ends_with(".txt"))?;
            Some((format!("{folder}/tags"), help_tags(page, text)))
        });
        let mut files: Vec<_> = files.chain(pages).collect();
        files.sort();
        files
    }

    /// Plans that a folder holds this package, as this version has it.
    pub(super) fn plan(self, folder: &Path, written: &Written) -> Result<Plan, SetupError> {
        // Without a slash at its end, which would follow a link.
        let folder: PathBuf =
            std::path::absolute(folder).map_err(SetupError::io("find", folder))?.components().collect();
        let mut wanted: Vec<_> = self
            .files()
            .into_iter()
            .map(|(name, text)| (folder.join(name), Some(text.into_bytes())))
            .collect();
        // An earlier version had these.
        let gone = written
            .files()
            .filter(|path| path.starts_with(&folder) && !wanted.iter().any(|(wanted, _)| wanted == path));
        let gone: Vec<_> = gone.map(|path| (path.to_owned(), None)).collect();
        wanted.extend(gone);
        let mut plan = Plan::default();
        for (path, after) in wanted {
            let file = FileChange::look(path)?;
            if file.before == after {
                continue;
            }
            if let Some(before) = &file.before {
                match written.is_as_written(&file.target, before) {
                    Some(true) => {}
                    Some(false) => {
                        let path = file.path.display();
                        plan.note_once(format!("{path} was edited since setup and is left unchanged"));
                        continue;
                    }
                    None => return Err(taken(&file.path, "already exists and is not from cco setup")),
                }
            }
            let package = Some(folder.clone());
            plan.files.push(FileChange { after, package, changes: vec![Change::Whole], ..file });
        }
        let mut links = plan.files.iter().filter_map(|file| link_to(&file.path, &folder));
        links.next().map_or(Ok(()), |link| Err(taken(link, "is a link to another place")))?;
        Ok(plan)
    }
}

/// The folder, or what is in it on the way to a file, if that is a link: the file would land elsewhere.
fn link_to<'a>(file: &'a Path, folder: &Path) -> Option<&'a Path> {
    file.ancestors().take_while(|path| path.starts_with(folder)).find(|path| path.is_symlink())
}

fn taken(path: &Path, what: &str) -> SetupError {
    SetupError::Taken {
        path: path.to_owned(),
        what: what.to_owned(),
        flags: "move it away first, or name another folder with --folder",
        can_wrap: false,
    }
}

/// The index of a help page: its targets, which stand between asterisks.
fn help_tags(page: &str, text: &str) -> String {
    let mut tags: Vec<_> = text
        .split_whitespace()
        .filter_map(|word| word.strip_prefix('*')?.strip_suffix('*'))
        .filter(|tag| !tag.is_empty() && !tag.contains(['*', '|']))
        .collect();
    tags.sort_unstable();
    tags.iter().map(|tag| format!("{tag}\t{page}\t/*{tag}*\n")).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::PathBuf;

    use super::*;

    /// The files below a folder of `tools/editors`, by their names in it.
    fn files_in(editor: &str, folders: &[&str]) -> BTreeSet<String> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tools/editors").join(editor);
        let mut folders: Vec<PathBuf> = folders.iter().map(|folder| root.join(folder)).collect();
        let mut found = BTreeSet::new();
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if !path.ends_with("doc/tags") {
                    found.insert(path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned());
                }
            }
        }
        found
    }

    #[test]
    fn every_file_that_an_editor_loads_is_carried() {
        for (package, editor, folders) in
            [(NVIM, "nvim", &["doc", "lua", "plugin"][..]), (VIM, "vim", &["autoload", "doc", "plugin"])]
        {
            let carried: BTreeSet<_> = package.0.iter().map(|(name, _)| (*name).to_owned()).collect();
            assert_eq!(carried, files_in(editor, folders), "{editor}");
            // Whatever else an editor would load from a package has no place in the list above.
            let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tools/editors").join(editor);
            for folder in ["after", "colors", "ftdetect", "ftplugin", "lsp", "parser", "queries", "syntax"] {
                assert!(!root.join(folder).exists(), "{editor}/{folder}");
            }
        }
        let loaded = files_in("emacs", &[""]).into_iter().filter(|name| name.ends_with(".el"));
        let loaded: Vec<_> = loaded.filter(|name| !name.ends_with("-test.el")).collect();
        assert_eq!(loaded, ["cco.el"]);
        assert_eq!(EMACS.0[0].0, "cco.el");
    }
}
