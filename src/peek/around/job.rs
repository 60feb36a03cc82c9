//! Runs a program for a status line, with a timeout for its whole process group.
//!
//! Invariant: whatever the program does (hang, print without end, leave children that hold its output open), the answer
//! is there once the timeout is over. It is killed only while it has not been waited for, so its process id cannot
//! belong to another process. Used by `around`.

use std::ffi::OsString;
use std::io::{self, Read as _, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};

/// The most that is kept of what a program prints, in bytes. The rest is read and dropped.
const BYTES_MAX: u64 = 64 << 10;
/// How long a killed program may take to be gone. Killing takes less; this is for a machine that is overloaded.
const GONE_WITHIN: Duration = Duration::from_millis(100);

/// A program with its arguments, the first of which is the program.
pub(super) struct Job<'a> {
    pub(super) arguments: &'a [OsString],
    pub(super) variables: &'a [(&'a str, &'a str)],
    pub(super) folder: Option<&'a Path>,
    pub(super) input: &'a [u8],
    pub(super) timeout: Duration,
}

/// How it went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It printed this and was content.
    Printed(Vec<u8>),
    /// It was killed.
    Late,
    /// It cannot be run, or said that it failed.
    Failed,
}

impl Job<'_> {
    /// Runs it.
    pub(super) fn run(&self) -> Outcome {
        let deadline = Instant::now() + self.timeout;
        let Some((program, arguments)) = self.arguments.split_first() else { return Outcome::Failed };
        let mut command = Command::new(program);
        command.args(arguments).envs(self.variables.iter().copied());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).process_group(0);
        if let Some(folder) = self.folder.filter(|folder| folder.is_dir()) {
            command.current_dir(folder);
        }
        let Ok(mut child) = command.spawn() else { return Outcome::Failed };
        let printed = self.talk(&mut child);
        let exited = watch(&child);
        let in_time = |receiver: &Receiver<_>| {
            receiver.recv_timeout(deadline.saturating_duration_since(Instant::now()))
        };
        let output = in_time(&printed.output);
        let is_done = output.is_ok()
            && exited.recv_timeout(deadline.saturating_duration_since(Instant::now()))
                != Err(RecvTimeoutError::Timeout);
        if !is_done {
            let group = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
            // If it is gone already, there is nobody to kill.
            group.map(|group| kill_process_group(group, Signal::KILL));
        }
        let output = output.or_else(|_| printed.output.recv_timeout(GONE_WITHIN));
        let was_content = match is_done || exited.recv_timeout(GONE_WITHIN).is_ok() {
            // It has ended, so this does not block.
            true => child.wait().is_ok_and(|status| status.success()),
            false => return Outcome::Late,
        };
        match output {
            // It ended well; only what it left behind held its output, and was killed.
            Ok(bytes) if was_content => Outcome::Printed(bytes),
            _ if is_done => Outcome::Failed,
            _ => Outcome::Late,
        }
    }

    /// Gives the program its input and takes its output, each in a thread of its own. Neither is waited for longer than
    /// the program may take: a thread that is left over ends with the process.
    fn talk(&self, child: &mut Child) -> Talk {
        let (sender, output) = channel();
        if let Some(mut stdin) = child.stdin.take() {
            let input = self.input.to_vec();
            // A program that does not read its input need not.
            std::thread::spawn(move || drop(stdin.write_all(&input)));
        }
        if let Some(mut stdout) = child.stdout.take() {
            std::thread::spawn(move || {
                let mut bytes = Vec::new();
                // If reading fails, the output ends there.
                let _ = stdout.by_ref().take(BYTES_MAX).read_to_end(&mut bytes);
                let _ = io::copy(&mut stdout, &mut io::sink());
                // Nobody listens any more if it took too long.
                let _ = sender.send(bytes);
            });
        }
        Talk { output }
    }
}

/// What a program says.
struct Talk {
    output: Receiver<Vec<u8>>,
}

/// Says when the program has ended, and leaves it to be waited for.
fn watch(child: &Child) -> Receiver<()> {
    let (sender, exited) = channel();
    let process = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    std::thread::spawn(move || {
        if let Some(process) = process {
            let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
            while waitid(WaitId::Pid(process), options).is_err_and(|error| error == rustix::io::Errno::INTR) {
            }
        }
        let _ = sender.send(());
    });
    exited
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(script: &str, input: &[u8], timeout_ms: u64) -> (Outcome, Duration) {
        let arguments = ["/bin/sh", "-c", script].map(OsString::from);
        let timeout = Duration::from_millis(timeout_ms);
        let job = Job { arguments: &arguments, variables: &[("V", "w")], folder: None, input, timeout };
        let began = Instant::now();
        (job.run(), began.elapsed())
    }

    fn printed(text: &str) -> Outcome {
        Outcome::Printed(text.as_bytes().to_vec())
    }

    #[test]
    fn a_program_reads_its_input_and_is_heard() {
        assert_eq!(run("cat; printf $V", b"in", 20_000).0, printed("inw"));
        assert_eq!(run("echo hi", &vec![b'x'; 1 << 20], 20_000).0, printed("hi\n"), "it need not read");
        assert_eq!(run("echo no; exit 3", b"", 20_000).0, Outcome::Failed);
        assert_eq!(run("no-such-program-anywhere", b"", 20_000).0, Outcome::Failed);
        let nothing = Job {
            arguments: &["/no/such/file".into()],
            variables: &[],
            folder: None,
            input: b"",
            timeout: Duration::ZERO,
        };
        assert_eq!(nothing.run(), Outcome::Failed);
    }

    #[test]
    fn what_it_prints_is_bounded_and_read_to_its_end() {
        let (outcome, _) = run("head -c 3000000 /dev/zero", b"", 20_000);
        assert!(matches!(outcome, Outcome::Printed(bytes) if bytes.len() as u64 == BYTES_MAX));
    }

    #[test]
    fn a_slow_program_is_killed_with_all_its_children() {
        let folder = tempfile::tempdir().unwrap();
        let pids = folder.path().join("pids");
        let script = format!("sleep 600 & echo $! >> {0}; echo $$ >> {0}; (sleep 601) ", pids.display());
        let (outcome, took) = run(&script, b"", 1_000);
        assert_eq!(outcome, Outcome::Late);
        assert!(took < Duration::from_secs(60), "{took:?}");
        for pid in std::fs::read_to_string(&pids).unwrap().lines() {
            // A killed child of a killed shell may not have been waited for yet.
            let state = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
            let state = state.rsplit(") ").next().unwrap_or_default().chars().next();
            assert!(matches!(state, None | Some('Z' | 'X')), "{pid} is {state:?}");
        }
    }

    #[test]
    fn a_child_that_is_left_behind_does_not_hold_the_answer_back_longer_than_the_timeout() {
        let (outcome, took) = run("echo hi; sleep 600 &", b"", 1_000);
        assert_eq!(outcome, printed("hi\n"));
        assert!(took < Duration::from_secs(60), "{took:?}");
    }

    #[test]
    fn a_program_that_prints_without_end_is_late() {
        let (outcome, took) = run("yes", b"", 300);
        assert_eq!(outcome, Outcome::Late);
        assert!(took < Duration::from_secs(60), "{took:?}");
    }
}
