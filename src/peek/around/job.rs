//! Runs a program for a status line, with a timeout for its whole process group.
//!
//! Invariant: whatever the program does (hang, print without end, leave children that hold its output open), the answer
//! is there once the timeout is over, and nothing of its group, no thread and no pipe is left. Used by `around`.

use std::ffi::OsString;
use std::io::{self, Read, Write as _};
use std::os::fd::AsFd;
use std::path::Path;
use std::process::{ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::group::Group;

/// The most that is kept of what a program prints, in bytes. The rest is read and dropped.
const BYTES_MAX: usize = 64 << 10;
/// How many bytes are moved at once.
const AT_ONCE: usize = 16 << 10;
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
    /// It succeeded and printed this.
    Printed(Vec<u8>),
    /// It was killed.
    Late,
    /// It cannot be run, or failed.
    Failed,
}

impl Job<'_> {
    /// Runs it.
    pub(super) fn run(&self) -> Outcome {
        let deadline = Instant::now() + self.timeout;
        let Some((program, arguments)) = self.arguments.split_first() else { return Outcome::Failed };
        let mut command = Command::new(program);
        command.args(arguments).envs(self.variables.iter().copied());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        if let Some(folder) = self.folder.filter(|folder| folder.is_dir()) {
            command.current_dir(folder);
        }
        let Ok(mut group) = Group::start(&mut command) else { return Outcome::Failed };
        let (stdin, stdout) = (group.first.stdin.take(), group.first.stdout.take());
        // Its pipes stay open until it is killed: a program that is late would otherwise end by itself, as one that failed.
        let mut talk = Talk { stdin, unread: self.input, stdout, printed: Vec::new() };
        let heard = talk.until(deadline);
        let is_in_time = group.ends_by(deadline);
        let ended = group.end(GONE_WITHIN);
        talk.hear_the_rest();
        match (ended, heard) {
            // What it left behind and still held its output, if anything, was killed.
            (Some(Ok(status)), Ok(())) if status.success() => Outcome::Printed(talk.printed),
            _ if is_in_time => Outcome::Failed,
            _ => Outcome::Late,
        }
    }
}

/// The pipes of a program, used at the same time: it may print before it has read its input.
struct Talk<'a> {
    stdin: Option<ChildStdin>,
    /// What it has not been given yet.
    unread: &'a [u8],
    stdout: Option<ChildStdout>,
    printed: Vec<u8>,
}

impl Talk<'_> {
    /// Talks until both pipes are done, or until this moment.
    fn until(&mut self, deadline: Instant) -> io::Result<()> {
        for pipe in [self.stdin.as_ref().map(AsFd::as_fd), self.stdout.as_ref().map(AsFd::as_fd)] {
            pipe.map_or(Ok(()), |pipe| rustix::io::ioctl_fionbio(pipe, true))?;
        }
        while self.stdin.is_some() || self.stdout.is_some() {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            let stdin = self.stdin.iter().map(|pipe| PollFd::new(pipe, PollFlags::OUT));
            let stdout = self.stdout.iter().map(|pipe| PollFd::new(pipe, PollFlags::IN));
            let mut pipes: Vec<_> = stdin.chain(stdout).collect();
            let left = Timespec::try_from(left).map_err(io::Error::other)?;
            match poll(&mut pipes, Some(&left)) {
                Ok(_) | Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
            self.write();
            self.read();
        }
        Ok(())
    }

    /// Gives it more, as far as it takes it now.
    fn write(&mut self) {
        let Some(stdin) = &mut self.stdin else { return };
        let more = &self.unread[..self.unread.len().min(AT_ONCE)];
        match stdin.write(more) {
            Ok(written) if written < self.unread.len() => self.unread = &self.unread[written..],
            Err(error) if is_for_now(&error) => {}
            // It has everything, or does not read, which it need not.
            Ok(_) | Err(_) => self.stdin = None,
        }
    }

    /// Takes what it printed before it ended and nobody has read yet. What left its group may go on printing, so there is an
    /// end to it.
    fn hear_the_rest(&mut self) {
        while self.printed.len() < BYTES_MAX && self.read() {}
    }

    /// Takes more from it, as far as there is any now. Whether there was.
    fn read(&mut self) -> bool {
        let Some(stdout) = &mut self.stdout else { return false };
        let mut bytes = [0; AT_ONCE];
        match stdout.read(&mut bytes) {
            Ok(read) if read > 0 => {
                let room = BYTES_MAX - self.printed.len();
                self.printed.extend_from_slice(&bytes[..read.min(room)]);
                return true;
            }
            Err(error) if is_for_now(&error) => {}
            // If reading fails, the output ends there.
            Ok(_) | Err(_) => self.stdout = None,
        }
        false
    }
}

fn is_for_now(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted)
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

    /// Whoever is killed runs until the kernel gets to it, and the killed child of a killed shell may not be waited for.
    fn assert_gone(pid: &str) {
        let state = || {
            let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
            stat.rsplit(") ").next().unwrap_or_default().chars().next()
        };
        let began = Instant::now();
        while !matches!(state(), None | Some('Z' | 'X')) {
            assert!(began.elapsed() < Duration::from_secs(60), "{pid} is {:?}", state());
            std::thread::yield_now();
        }
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
        assert!(matches!(outcome, Outcome::Printed(bytes) if bytes.len() == BYTES_MAX));
    }

    #[test]
    fn a_slow_program_is_killed_with_all_its_children() {
        let folder = tempfile::tempdir().unwrap();
        let pids = folder.path().join("pids");
        let script = format!("sleep 600 & echo $! >> {0}; echo $$ >> {0}; (sleep 601) ", pids.display());
        let (outcome, took) = run(&script, b"", 5_000);
        assert_eq!(outcome, Outcome::Late);
        assert!(took < Duration::from_secs(60), "{took:?}");
        let pids = std::fs::read_to_string(&pids).unwrap();
        assert_eq!(pids.lines().count(), 2, "the shell came so far");
        pids.lines().for_each(assert_gone);
    }

    #[test]
    fn a_child_that_is_left_behind_does_not_hold_the_answer_back_longer_than_the_timeout() {
        let (outcome, took) = run("echo hi; sleep 600 &", b"", 5_000);
        assert_eq!(outcome, printed("hi\n"));
        assert!(took < Duration::from_secs(60), "{took:?}");
    }

    #[test]
    fn what_it_leaves_running_in_its_group_is_ended_with_it() {
        let folder = tempfile::tempdir().unwrap();
        let pid = folder.path().join("pid");
        let script = format!("sleep 600 >/dev/null 2>&1 & echo $! > {}; echo hi", pid.display());
        assert_eq!(run(&script, b"", 20_000).0, printed("hi\n"));
        assert_gone(std::fs::read_to_string(&pid).unwrap().trim());
    }

    // Elsewhere no program of the system makes a session.
    #[cfg(target_os = "linux")]
    #[test]
    fn what_leaves_its_group_and_holds_its_output_is_not_waited_for_longer_than_the_timeout() {
        use rustix::process::{Pid, Signal, kill_process};
        let folder = tempfile::tempdir().unwrap();
        let pid = folder.path().join("pid");
        let script = format!(
            "setsid sh -c 'echo $$ > {0}; exec sleep 600' & while ! [ -s {0} ]; do :; done; echo hi",
            pid.display()
        );
        let (outcome, _) = run(&script, b"", 5_000);
        let left: i32 = std::fs::read_to_string(&pid).unwrap().trim().parse().unwrap();
        kill_process(Pid::from_raw(left).unwrap(), Signal::KILL).unwrap();
        assert_eq!(outcome, printed("hi\n"));
    }

    #[test]
    fn what_was_printed_and_not_read_before_the_end_is_heard() {
        let child =
            Command::new("/bin/sh").args(["-c", "echo hi; echo there"]).stdout(Stdio::piped()).spawn();
        let mut child = child.unwrap();
        let stdout = child.stdout.take();
        let mut talk = Talk { stdin: None, unread: b"", stdout, printed: Vec::new() };
        talk.until(Instant::now()).unwrap();
        assert!(child.wait().unwrap().success());
        talk.hear_the_rest();
        assert_eq!(talk.printed, b"hi\nthere\n");
    }

    #[test]
    fn a_program_that_prints_without_end_is_late() {
        let (outcome, took) = run("yes", b"", 300);
        assert_eq!(outcome, Outcome::Late);
        assert!(took < Duration::from_secs(60), "{took:?}");
    }
}
