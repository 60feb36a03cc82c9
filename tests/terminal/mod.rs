//! A program with a terminal of its own, and what that terminal shows.

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

/// What a test waits for at most; nothing should ever take as long.
const DEADLINE: Duration = Duration::from_secs(60);

/// A program on a terminal. Dropped, it is killed.
pub(crate) struct Terminal {
    child: Child,
    line: File,
    parser: vt100::Parser,
    /// All bytes that it got.
    raw: Vec<u8>,
}

impl Terminal {
    /// Starts a program on a terminal of so many columns and lines.
    pub(crate) fn start(mut command: Command, (columns, lines): (u16, u16)) -> Self {
        let line = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&line).unwrap();
        unlockpt(&line).unwrap();
        let size = Winsize { ws_row: lines, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
        tcsetwinsize(&line, size).unwrap();
        let name = ptsname(&line, Vec::new()).unwrap().into_string().unwrap();
        let terminal = OpenOptions::new().read(true).write(true).open(name).unwrap();
        command.env("TERM", "xterm-256color").stdin(Stdio::from(terminal.try_clone().unwrap()));
        command.stdout(Stdio::from(terminal.try_clone().unwrap())).stderr(terminal);
        let child = command.spawn().unwrap();
        Self { child, line: line.into(), parser: vt100::Parser::new(lines, columns, 0), raw: Vec::new() }
    }

    pub(crate) fn screen(&self) -> &vt100::Screen {
        self.parser.screen()
    }

    /// All bytes that it got.
    pub(crate) fn raw(&self) -> &[u8] {
        &self.raw
    }

    /// Everything that it shows, line by line.
    pub(crate) fn text(&self) -> String {
        self.screen().contents()
    }

    /// Reads until it shows this. A monitor draws each second, so a read ends in time to see that too much has passed.
    #[track_caller]
    pub(crate) fn until(&mut self, words: &str) {
        self.until_that(|screen| screen.contents().contains(words), words);
    }

    #[track_caller]
    pub(crate) fn until_that(&mut self, is_so: impl Fn(&vt100::Screen) -> bool, what: &str) {
        let begun = Instant::now();
        while !is_so(self.screen()) {
            assert!(begun.elapsed() < DEADLINE, "not shown: {what}\n{}", self.text());
            assert!(self.read(), "it has ended: {what}\n{}", self.text());
        }
    }

    /// Reads what is there, or waits for it; false if the program has ended.
    fn read(&mut self) -> bool {
        let mut bytes = [0; 4096];
        // A terminal that nobody has open any more is an error to read.
        match self.line.read(&mut bytes) {
            Ok(read @ 1..) => {
                self.parser.process(&bytes[..read]);
                self.raw.extend_from_slice(&bytes[..read]);
                true
            }
            _ => false,
        }
    }

    pub(crate) fn press(&mut self, keys: &str) {
        self.line.write_all(keys.as_bytes()).unwrap();
    }

    pub(crate) fn resize(&mut self, (columns, lines): (u16, u16)) {
        let size = Winsize { ws_row: lines, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
        tcsetwinsize(&self.line, size).unwrap();
        self.parser.screen_mut().set_size(lines, columns);
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Waits for its end, and gives its exit code.
    pub(crate) fn end(&mut self) -> Option<i32> {
        // Reads on, so that it never waits for room to write.
        while self.child.try_wait().unwrap().is_none() && self.read() {}
        let code = self.child.wait().unwrap().code();
        while self.read() {}
        code
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // It has ended if nothing failed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
