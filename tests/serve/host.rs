//! A program that serves, killed at the end of a test.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Instant;

use crate::client::{PATIENCE, get};
use crate::place::Place;

/// A program that serves.
pub(crate) struct Host {
    child: Child,
    pub(crate) port: u16,
}

impl Host {
    /// `cco publish --http`, as soon as something is published.
    pub(crate) fn publish(place: &Place, arguments: &[&str]) -> Self {
        let mut command = place.command(&[&["publish", "--http=127.0.0.1:0"], arguments].concat());
        command.env("CCO_LOG", "info").stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let port = port(BufReader::new(child.stderr.take().unwrap()));
        let host = Self { child, port };
        host.await_ready();
        host
    }

    /// `cco serve`.
    pub(crate) fn serve(place: &Place, arguments: &[&str]) -> Self {
        let mut command = place.command(&[&["serve", "127.0.0.1:0"], arguments].concat());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let port = port(BufReader::new(child.stdout.take().unwrap()));
        Self { child, port }
    }

    pub(crate) fn await_ready(&self) {
        let began = Instant::now();
        while get(self.port, "/readyz").status != 200 {
            assert!(began.elapsed() < PATIENCE, "nothing is published");
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
    }

    pub(crate) fn signal(&self, signal: &str) {
        let sent = Command::new("kill").args([signal, &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn stop(mut self) -> ExitStatus {
        self.signal("-TERM");
        self.child.wait().unwrap()
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The port in what a program says when it serves. What it says after that is read, so that it can go on.
fn port(mut said: BufReader<impl std::io::Read + Send + 'static>) -> u16 {
    let mut line = String::new();
    loop {
        line.clear();
        assert!(said.read_line(&mut line).unwrap() > 0, "it ended");
        let Some((_, rest)) = line.split_once("http://127.0.0.1:") else { continue };
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        std::thread::spawn(move || for _ in said.lines() {});
        return digits.parse().unwrap();
    }
}
