//! What a terminal gets: colours, and nothing else that does something.

use std::fs::{File, OpenOptions};
use std::io::Read as _;
use std::process::{Command, Stdio};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use crate::names::is_raw;

/// Everything that a command prints to a terminal of its own, without colours and the terminal's returns.
fn shown(mut command: Command) -> String {
    let screen = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&screen).unwrap();
    unlockpt(&screen).unwrap();
    let name = ptsname(&screen, Vec::new()).unwrap().into_string().unwrap();
    let terminal = OpenOptions::new().read(true).write(true).open(name).unwrap();
    command.env("TERM", "xterm").stdout(Stdio::from(terminal.try_clone().unwrap())).stderr(terminal);
    let mut child = command.spawn().unwrap();
    // The command still has it open.
    drop(command);
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    // A terminal that nobody has open any more is an error to read.
    while let Ok(read @ 1..) = File::from(screen.try_clone().unwrap()).read(&mut buffer) {
        bytes.extend_from_slice(&buffer[..read]);
    }
    child.wait().unwrap();
    let text = String::from_utf8(bytes).unwrap().replace("\r\n", "\n");
    without_colours(&text)
}

fn without_colours(text: &str) -> String {
    let mut parts = text.split("\x1b[");
    let mut plain = parts.next().unwrap().to_owned();
    for part in parts {
        let codes = part.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';');
        match codes.strip_prefix('m') {
            Some(rest) => plain += rest,
            None => plain += &format!("\x1b[{part}"),
        }
    }
    plain
}

#[test]
fn a_terminal_gets_colours_and_escapes() {
    let place = crate::place();
    assert!(crate::cco(&place, &["publish", "--once"]).status.success());
    for arguments in [
        &["model", "--no-update"][..],
        &["model", "--no-update", "--csv"],
        &["model", "--no-update", "--csv-raw"],
        &["session", "--no-update", "--csv-raw", "--breakdown"],
        &["daily", "--no-update", "--json"],
        &["session", "--no-update"],
        &["prices", "--unpriced"],
        &["prices", "check"],
        &["ledger", "path"],
        &["daily", "--no-update", "--since=\x1b[2J\u{202e}"],
    ] {
        let text = shown(place.command(arguments));
        assert!(!text.is_empty());
        let is_whole = arguments.contains(&"--csv-raw");
        assert!(!is_whole || text.contains(r"\u{1b}[31mred"), "a name's own colours are escaped");
        let raw = text.chars().find(|c| is_raw(*c));
        assert_eq!(raw, None, "{arguments:?}: {text}");
    }
}
