//! Signals as events: the end, and the shell's job control.
//!
//! Invariant: nothing runs in a signal handler. A second signal to stop ends the process at once, with the keyboard as the
//! shell needs it, however the drawing thread hangs.

use std::io;

use ratatui::crossterm::terminal::disable_raw_mode;
use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGTERM, SIGTSTP};
use signal_hook::iterator::Signals;
use signal_hook::low_level::emulate_default_handler;

use super::events::{Events, Signal};

/// Exit code of a process that was told twice to stop, as shells use it for SIGINT.
const INTERRUPTED: i32 = 130;

/// Passes on every signal from now on.
pub(super) fn begin(events: Events) -> io::Result<()> {
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP, SIGTSTP, SIGCONT])?;
    std::thread::Builder::new().name("signals".into()).spawn(move || {
        let mut is_stopping = false;
        for signal in signals.forever() {
            match signal {
                SIGTSTP => {
                    if events.signal(Signal::Suspend).is_err() {
                        // Nobody is left to do it; if it fails, the process goes on.
                        let _ = suspend();
                    }
                }
                SIGCONT => {
                    // Without a screen there is nothing to draw again.
                    let _ = events.signal(Signal::Resume);
                }
                _ if is_stopping => end_at_once(),
                _ => {
                    is_stopping = true;
                    if events.signal(Signal::Stop).is_err() {
                        end_at_once();
                    }
                }
            }
        }
    })?;
    Ok(())
}

fn end_at_once() -> ! {
    // If it fails, the shell's own reset must do.
    let _ = disable_raw_mode();
    std::process::exit(INTERRUPTED)
}

/// Stops this process as SIGTSTP does, until it is continued.
pub(super) fn suspend() -> io::Result<()> {
    emulate_default_handler(SIGTSTP)
}
