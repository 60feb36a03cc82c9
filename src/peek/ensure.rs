//! `--ensure`: runs `cco` to start a publisher. `cco-peek` itself only reads.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::arguments::Arguments;
use crate::plain_text;

/// Runs `cco` to start a publisher unless one is running. If that fails, the reason goes to stderr and the
/// snapshot is shown as it is.
pub(super) fn ensure(arguments: &Arguments, path: &Path) {
    if crate::snapshot::peek(path).is_ok_and(|peek| peek.freshness.is_live()) {
        return;
    }
    let patience = arguments.ensure_timeout.to_string();
    let program = publisher();
    let mut command = Command::new(&program);
    command.args(["daemon", "start", "--wait", &patience]).stdin(Stdio::null()).stdout(Stdio::null());
    if let Some(snapshot) = &arguments.snapshot {
        command.arg("--snapshot").arg(snapshot);
    }
    // Its stderr is passed through, because it says what went wrong.
    if let Err(error) = command.status() {
        let _ = writeln!(
            anstream::stderr(),
            "cco-peek: cannot start a publisher with {}: {error}: install cco beside cco-peek or in PATH",
            plain_text::path(&program)
        );
    }
}

/// The `cco` in this program's folder, else the one in `PATH`.
fn publisher() -> PathBuf {
    let own = std::env::current_exe().ok();
    let beside = own.map(|own| own.with_file_name("cco")).filter(|program| program.is_file());
    beside.unwrap_or_else(|| "cco".into())
}
