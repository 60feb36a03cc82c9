//! Programs started, timed and watched from outside.

use std::io::Write as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use cco::snapshot::{Reader, ScanState};

/// How often a process is looked at: for its snapshot, and for its memory.
const LOOK_EVERY: Duration = Duration::from_micros(500);

/// A first count of everything.
#[derive(Debug)]
pub(crate) struct Cold {
    /// From the start of the process to the first snapshot that says it is complete.
    pub(crate) complete: Duration,
    /// To the end of the process.
    pub(crate) end: Duration,
    /// Most memory it ever held, in kB.
    pub(crate) peak_kb: u64,
}

/// `cco publish --once`, quiet.
pub(crate) fn once(home: &Path, root: &Path, state: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cco"));
    command.env_clear().env("HOME", home).args(["publish", "--once", "--timezone", "UTC", "--root"]);
    command.arg(root).arg("--state").arg(state);
    command
}

/// The peer's report of all days.
pub(crate) fn daily(home: &Path, root: &Path, peer: &Path) -> Command {
    let mut command = Command::new(peer);
    command.env_clear().env("HOME", home).env("CLAUDE_CONFIG_DIR", root);
    command.args(["claude", "daily", "--offline", "--json"]);
    command
}

/// Counts everything into an empty state folder.
pub(crate) fn cold(home: &Path, root: &Path, state: &Path) -> Cold {
    let snapshot = state.join("usage.snapshot");
    let mut complete = None;
    let (end, peak_kb) = watched(&mut once(home, root, state), |began| {
        let is_complete = complete.is_none()
            && Reader::open_copying(&snapshot).is_ok_and(|mut reader| {
                reader.totals().is_ok_and(|totals| totals.scan_state() == ScanState::Complete)
            });
        if is_complete {
            complete = Some(began.elapsed());
        }
    });
    Cold { complete: complete.unwrap_or(end), end, peak_kb }
}

/// How long a command takes, and the most memory it ever holds, in kB.
pub(crate) fn wall(command: &mut Command) -> (Duration, u64) {
    watched(command, |_| ())
}

fn watched(command: &mut Command, mut look: impl FnMut(Instant)) -> (Duration, u64) {
    let began = Instant::now();
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().expect("a program");
    let mut peak_kb = 0;
    loop {
        peak_kb = peak_kb.max(peak_kb_of(&child));
        look(began);
        if let Some(status) = child.try_wait().expect("a child") {
            assert!(status.success(), "{command:?}: {status}");
            return (began.elapsed(), peak_kb);
        }
        std::thread::sleep(LOOK_EVERY);
    }
}

/// VmHWM; 0 of a process that is gone, or has not begun.
fn peak_kb_of(child: &Child) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
}

/// A short run, with something on its standard input.
pub(crate) fn quick(command: &mut Command, input: Option<&str>) -> Duration {
    command.stdin(if input.is_some() { Stdio::piped() } else { Stdio::null() });
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let began = Instant::now();
    let mut child = command.spawn().expect("a program");
    if let (Some(input), Some(mut stdin)) = (input, child.stdin.take()) {
        // One that does not read it is timed all the same.
        let _ = stdin.write_all(input.as_bytes());
    }
    child.wait().expect("a child");
    began.elapsed()
}

/// What Claude Code would tell a status line, of a transcript that is there.
pub(crate) fn status_input(root: &Path) -> String {
    let files = super::limit::files_below(root);
    let transcript = &files.first().expect("a transcript").0;
    let session = transcript.file_stem().unwrap_or_default().to_string_lossy();
    format!(
        r#"{{"session_id":"{session}","transcript_path":"{}","cwd":"/","model":{{"id":"claude-opus-5","display_name":"Opus 5"}},"workspace":{{"current_dir":"/","project_dir":"/"}},"version":"2.1.239","cost":{{"total_cost_usd":1.25,"total_duration_ms":60000,"total_api_duration_ms":30000,"total_lines_added":1,"total_lines_removed":1}}}}"#,
        transcript.display()
    )
}

pub(crate) fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}
