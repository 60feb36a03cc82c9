//! An editor's extensions: listed, installed and removed by the editor's own command line. Used by `plan`, `record`,
//! `undo` and `vscode`.
//!
//! Invariant: only the editor itself changes its extensions; afterwards it is asked to confirm.

use std::ffi::OsStr;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::SetupError;
use super::places::quoted;
use super::vsix::Vsix;

/// An extension that an editor gets or loses.
#[derive(Clone, Debug)]
pub struct ExtensionChange {
    /// The editor's program.
    pub editor: PathBuf,
    /// The extension's identifier.
    pub id: String,
    /// The file to install; `None` to uninstall.
    pub(super) file: Option<Vsix>,
    /// Whether the editor has the extension already.
    pub(super) is_there: bool,
}

impl ExtensionChange {
    pub(super) fn removal(editor: &Path, id: &str) -> Self {
        Self { editor: editor.to_owned(), id: id.to_owned(), file: None, is_there: true }
    }

    fn arguments(&self) -> Vec<&OsStr> {
        match &self.file {
            // Without force, an editor keeps a newer version.
            Some(file) if self.is_there => {
                vec![OsStr::new("--install-extension"), file.path.as_os_str(), OsStr::new("--force")]
            }
            Some(file) => vec![OsStr::new("--install-extension"), file.path.as_os_str()],
            None => vec![OsStr::new("--uninstall-extension"), OsStr::new(&self.id)],
        }
    }

    /// Makes the change, and asks the editor whether it is made.
    pub(super) fn carry_out(&self) -> Result<(), SetupError> {
        run(&self.editor, &self.arguments())?;
        let id = &self.id;
        let has = installed(&self.editor, id)?;
        let wanted = self.file.as_ref().map(|file| &file.version);
        if has.as_ref() == wanted {
            return Ok(());
        }
        let what = match (wanted, has) {
            (None, _) => format!("it still has {id}"),
            (Some(_), None) => format!("it did not install {id}"),
            (Some(wanted), Some(has)) => format!("it has {id} {has}, not {wanted}"),
        };
        Err(SetupError::Refused { command: self.to_string(), what })
    }
}

/// The command line, quoted for a shell.
impl fmt::Display for ExtensionChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&words(&self.editor, &self.arguments()))
    }
}

/// The version of an extension that an editor has; `None` if it has none.
pub(super) fn installed(editor: &Path, id: &str) -> Result<Option<String>, SetupError> {
    let listed = run(editor, &["--list-extensions", "--show-versions"].map(OsStr::new))?;
    Ok(listed.lines().find_map(|line| {
        let (name, version) = line.trim().split_once('@')?;
        name.eq_ignore_ascii_case(id).then(|| version.to_owned())
    }))
}

/// Runs an editor's command line and returns what it printed.
fn run(editor: &Path, arguments: &[&OsStr]) -> Result<String, SetupError> {
    let output = Command::new(editor).args(arguments).stdin(Stdio::null()).output();
    let output = output.map_err(SetupError::io("run", editor))?;
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() {
        return Ok(printed);
    }
    let errors = String::from_utf8_lossy(&output.stderr);
    let mut lines = errors.lines().chain(printed.lines()).filter(|line| !line.trim().is_empty());
    let what = lines.next().map_or_else(|| output.status.to_string(), str::to_owned);
    Err(SetupError::Refused { command: words(editor, arguments), what })
}

fn words(program: &Path, arguments: &[&OsStr]) -> String {
    let words = [program.as_os_str()].into_iter().chain(arguments.iter().copied());
    words.map(|word| quoted(&word.to_string_lossy())).collect::<Vec<_>>().join(" ")
}
