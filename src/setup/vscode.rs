//! VS Code and its kin: which editor gets the extension, and whether it has it.
//!
//! Invariant: an extension that somebody else installed stays.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use super::extension::{ExtensionChange, installed};
use super::places::programs_named;
use super::plan::Plan;
use super::vsix::Vsix;
use super::{Records, SetupError};
use crate::plain_text::plain;

/// The name on the command line and in records.
pub const VSCODE: &str = "vscode";
/// The extension's identifier, from its `package.json`.
const ID: &str = "cco.cco-usage";
/// The programs to look for.
const EDITORS: [&str; 3] = ["code", "codium", "code-server"];

/// Plans the installation of an extension file. `search` is a `PATH` list.
pub fn vscode(
    records: &Records,
    extension: Option<&Path>,
    editor: Option<&Path>,
    search: Option<&OsStr>,
) -> Result<Plan, SetupError> {
    let Some(extension) = extension else { return Err(SetupError::NoExtension) };
    if !extension.is_file() {
        let advice =
            "make it in a clone of the repository: tools/editors/vscode/package cco-usage.vsix".to_owned();
        return Err(SetupError::NoFile { path: extension.to_owned(), advice });
    }
    let file = Vsix::read(extension)?;
    if !file.id.eq_ignore_ascii_case(ID) {
        let what = format!("is the extension {}, not {ID}", plain(&file.id));
        return Err(SetupError::Extension { path: file.path, what });
    }
    let editor = found(editor, search)?;
    let mut plan = Plan::default();
    let has = installed(&editor, ID)?;
    match (&has, records.extension(VSCODE, &editor, ID)?) {
        (Some(version), Some(recorded)) if *version == file.version && recorded.is_of(&file) => {
            return Ok(plan);
        }
        (Some(_), None) => {
            plan.notes.push(format!(
                "{} already has the extension, but not from cco setup, so it is left unchanged: to let cco setup manage \
                 it, uninstall it there first",
                editor.display()
            ));
            return Ok(plan);
        }
        _ => {}
    }
    plan.next.push("windows that are open show it once they are reloaded".to_owned());
    let is_there = has.is_some();
    plan.extensions.push(ExtensionChange { editor, id: ID.to_owned(), file: Some(file), is_there });
    Ok(plan)
}

/// The editor's program.
fn found(named: Option<&Path>, search: Option<&OsStr>) -> Result<PathBuf, SetupError> {
    let missing = |path: &Path, advice: &str| {
        Err(SetupError::NoFile { path: path.to_owned(), advice: advice.to_owned() })
    };
    if let Some(named) = named {
        if named.components().count() > 1 {
            return std::path::absolute(named).map_err(SetupError::io("find", named));
        }
        return match named.to_str().and_then(|name| programs_named(name, search).into_iter().next()) {
            Some(program) => Ok(program),
            None => missing(named, "it is not in PATH: name the editor's program by its path"),
        };
    }
    let mut found: Vec<_> =
        EDITORS.iter().filter_map(|name| programs_named(name, search).into_iter().next()).collect();
    match found.len() {
        0 => missing(
            Path::new(EDITORS[0]),
            "neither it nor codium nor code-server is in PATH: name the editor's program with --editor",
        ),
        1 => Ok(found.remove(0)),
        _ => Err(SetupError::Taken {
            path: found.remove(0),
            what: format!("is not the only editor here, there is also {}", found[0].display()),
            flags: "choose one with --editor",
            can_wrap: false,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_extension_has_the_identifier_of_its_manifest() {
        let manifest = include_str!("../../tools/editors/vscode/package.json");
        let manifest: serde_json::Value = serde_json::from_str(manifest).unwrap();
        let text = |name: &str| manifest[name].as_str().unwrap().to_owned();
        assert_eq!(ID, format!("{}.{}", text("publisher"), text("name")));
    }
}
