//! Programs started, timed and watched from outside.

use std::io::Write as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use cco::snapshot::{Reader, ScanState};

/// How often a process's snapshot is looked at, and how many looks apart its memory: what looking costs is taken
/// from the one that is looked at.
const LOOK_EVERY: Duration = Duration::from_micros(500);
const LOOKS_A_PEAK: u32 = 8;

/// A first count of everything.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cold {
    /// From the start of the process to the first snapshot that says it is complete.
    pub(crate) complete: Duration,
    /// To the end of the process.
    pub(crate) end: Duration,
    /// Most memory it ever held, in kB.
    pub(crate) peak_kb: u64,
}

/// `cco`, quiet, with this command on these transcripts and state.
pub(crate) fn cco(command: &[&str], home: &Path, root: &Path, state: &Path) -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_cco"));
    program.env_clear().env("HOME", home).args(command).args(["--timezone", "UTC", "--root"]);
    program.arg(root).arg("--state").arg(state);
    program
}

/// Counts everything that `state` does not know yet, on at most so many cores.
pub(crate) fn cold(home: &Path, root: &Path, state: &Path, cores: usize) -> Cold {
    let snapshot = state.join("usage.snapshot");
    let mut complete = None;
    let mut command = cco(&["publish", "--once"], home, root, state);
    let (end, peak_kb) = watched(&mut command, cores, |began, child| {
        if complete.is_none() && is_complete(&snapshot, child.id()) {
            complete = Some(began.elapsed());
        }
    });
    Cold { complete: complete.unwrap_or(end), end, peak_kb }
}

/// Whether the snapshot is this process's, and complete.
pub(crate) fn is_complete(snapshot: &Path, writer_pid: u32) -> bool {
    Reader::open_copying(snapshot).is_ok_and(|mut reader| {
        reader.identity().writer_pid == u64::from(writer_pid)
            && reader.totals().is_ok_and(|totals| totals.scan_state() == ScanState::Complete)
    })
}

/// How long a command takes, and the most memory it ever holds, in kB.
pub(crate) fn wall(command: &mut Command) -> (Duration, u64) {
    watched(command, super::machine::cores(), |_, _| ())
}

fn watched(command: &mut Command, cores: usize, mut look: impl FnMut(Instant, &Child)) -> (Duration, u64) {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let began = Instant::now();
    let mut child = spawn_on(cores, command);
    let mut peak_kb = 0;
    for looks in 0.. {
        look(began, &child);
        if looks % LOOKS_A_PEAK == 0 {
            // 0 of a process that is gone.
            peak_kb = peak_kb.max(memory_kb(child.id(), "VmHWM:").unwrap_or(0));
        }
        if let Some(status) = child.try_wait().expect("a child") {
            assert!(status.success(), "{command:?}: {status}");
            break;
        }
        std::thread::sleep(LOOK_EVERY);
    }
    (began.elapsed(), peak_kb)
}

/// Starts it on the first so many of the cores that this process may use.
fn spawn_on(cores: usize, command: &mut Command) -> Child {
    #[cfg(target_os = "linux")]
    if cores < super::machine::cores() {
        // A thread's children inherit the cores it is confined to.
        return std::thread::scope(|scope| {
            let confined = scope.spawn(|| {
                let all = rustix::thread::sched_getaffinity(None).expect("the cores of this process");
                let mut few = rustix::thread::CpuSet::new();
                let mine = (0..rustix::thread::CpuSet::MAX_CPU).filter(|core| all.is_set(*core));
                mine.take(cores).for_each(|core| few.set(core));
                rustix::thread::sched_setaffinity(None, &few).expect("fewer cores");
                command.spawn().expect("a program")
            });
            confined.join().expect("a program")
        });
    }
    assert_eq!(cores, super::machine::cores(), "processes cannot be confined to fewer cores here");
    command.spawn().expect("a program")
}

/// A figure of `/proc/PID/status`, in kB; none where there is no such process.
pub(crate) fn memory_kb(pid: u32, field: &str) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    status.lines().find_map(|line| line.strip_prefix(field)?.split_whitespace().next()?.parse().ok())
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
    let status = child.wait().expect("a child");
    let time = began.elapsed();
    // 3 says that no publisher keeps the figures current.
    assert!(matches!(status.code(), Some(0 | 3)), "{command:?}: {status}");
    time
}
