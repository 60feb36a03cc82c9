//! What users run today: ccusage, where it is installed.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The peer's program.
#[derive(Clone, Debug)]
pub(crate) struct Peer {
    program: PathBuf,
    /// Its name and version.
    pub(crate) name: String,
}

impl Peer {
    /// The one that `CCO_BENCH_PEER` names, else ccusage in `PATH`.
    pub(crate) fn find(home: &Path) -> Option<Self> {
        let in_path = || {
            let path = std::env::var_os("PATH")?;
            std::env::split_paths(&path)
                .map(|folder| folder.join("ccusage"))
                .find(|program| program.is_file())
        };
        let program = std::env::var_os("CCO_BENCH_PEER").map(PathBuf::from).or_else(in_path)?;
        let said = Command::new(&program).arg("--version").env("HOME", home).output().expect("the peer");
        let name = String::from_utf8_lossy(&said.stdout).trim().to_owned();
        Some(Self { program, name })
    }

    /// One of its reports on all transcripts.
    pub(crate) fn report(&self, name: &str, home: &Path, root: &Path) -> Command {
        self.command(&["claude", name, "--offline", "--json"], home, root)
    }

    /// Its status line from the transcripts, as after each change of the session's.
    pub(crate) fn status_line(&self, home: &Path, root: &Path) -> Command {
        self.command(&["claude", "statusline", "--offline", "--no-cache"], home, root)
    }

    /// Its status line from what it said last, which it does for a second; here for longer than a run takes.
    pub(crate) fn cached_status_line(&self, home: &Path, root: &Path) -> Command {
        self.command(&["claude", "statusline", "--offline", "--refresh-interval", "3600"], home, root)
    }

    fn command(&self, arguments: &[&str], home: &Path, root: &Path) -> Command {
        let mut command = Command::new(&self.program);
        command
            .env_clear()
            .env("HOME", home)
            .env("TMPDIR", home)
            .env("CLAUDE_CONFIG_DIR", root)
            .args(arguments);
        command
    }
}

/// What Claude Code tells a status line of a session.
pub(crate) fn status_input(session: &str, transcript: &Path) -> String {
    format!(
        r#"{{"session_id":"{session}","transcript_path":"{}","cwd":"/","model":{{"id":"claude-opus-5","display_name":"Opus 5"}},"workspace":{{"current_dir":"/","project_dir":"/"}},"version":"2.1.239","cost":{{"total_cost_usd":1.25,"total_duration_ms":60000,"total_api_duration_ms":30000,"total_lines_added":1,"total_lines_removed":1}}}}"#,
        transcript.display()
    )
}
