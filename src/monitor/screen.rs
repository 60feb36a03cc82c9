//! The terminal while the monitor has it: taken, given back, and given back whatever happens.
//!
//! Invariant: a terminal that was taken is given back when the guard is dropped and before a panic's message is printed,
//! on whatever thread. Afterwards nothing more is shown on it.

use std::io::{self, IsTerminal as _, Write as _};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use ratatui::crossterm::event::{DisableMouseCapture, EnableMouseCapture};
use ratatui::crossterm::terminal::{
    EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use ratatui::crossterm::{cursor, execute};

/// A terminal that can be taken and given back.
pub(super) trait Console: Send + 'static {
    /// Takes it: another screen, no cursor, every key as it is pressed.
    fn take(&mut self) -> io::Result<()>;
    /// Gives it back as it was.
    fn give_back(&mut self) -> io::Result<()>;
}

/// The terminal of this process.
#[derive(Debug)]
pub(super) struct Tty {
    /// Whether wheel and clicks are taken too.
    pub(super) has_mouse: bool,
}

impl Console for Tty {
    fn take(&mut self) -> io::Result<()> {
        if has_keys() {
            enable_raw_mode()?;
        }
        execute!(io::stdout(), EnterAlternateScreen, cursor::Hide)?;
        if self.has_mouse {
            execute!(io::stdout(), EnableMouseCapture)?;
        }
        Ok(())
    }

    fn give_back(&mut self) -> io::Result<()> {
        // Each step, even if one before it fails.
        let mouse = if self.has_mouse { execute!(io::stdout(), DisableMouseCapture) } else { Ok(()) };
        let screen = execute!(io::stdout(), cursor::Show, LeaveAlternateScreen);
        let raw = if has_keys() { disable_raw_mode() } else { Ok(()) };
        mouse.and(screen).and(raw).and_then(|()| io::stdout().flush())
    }
}

struct Ownership<C> {
    console: C,
    is_taken: bool,
}

/// A terminal that was taken. Dropped, it is given back.
pub(super) struct Guard<C: Console> {
    held: Arc<Mutex<Ownership<C>>>,
    has_panicked: Arc<AtomicBool>,
}

/// How long a panic waits until another thread has shown what it is showing.
const PATIENCE: Duration = Duration::from_millis(200);

impl<C: Console> Guard<C> {
    /// Takes a terminal, and sees to it that a panic gives it back before its message is printed.
    pub(super) fn take(console: C) -> io::Result<Self> {
        let guard = Self {
            held: Arc::new(Mutex::new(Ownership { console, is_taken: false })),
            has_panicked: Arc::default(),
        };
        let (held, has_panicked) = (Arc::clone(&guard.held), Arc::clone(&guard.has_panicked));
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            has_panicked.store(true, Ordering::Release);
            let begun = Instant::now();
            loop {
                // Never wait for ever: a terminal that does not take what is shown holds its thread up.
                match held.try_lock() {
                    Ok(mut held) => break give_back(&mut held),
                    Err(std::sync::TryLockError::Poisoned(held)) => break give_back(&mut held.into_inner()),
                    Err(std::sync::TryLockError::WouldBlock) if begun.elapsed() < PATIENCE => {
                        std::thread::yield_now();
                    }
                    Err(std::sync::TryLockError::WouldBlock) => break,
                }
            }
            before(panic);
        }));
        guard.resume()?;
        Ok(guard)
    }

    /// Whether a thread of this process has panicked: nothing may be drawn any more.
    pub(super) fn has_panicked(&self) -> bool {
        self.has_panicked.load(Ordering::Acquire)
    }

    /// Shows something, unless the terminal was given back. What may panic is done before, not in here.
    pub(super) fn show(&self, show: impl FnOnce() -> io::Result<()>) -> io::Result<()> {
        let held = self.lock();
        if held.is_taken { show() } else { Ok(()) }
    }

    /// Takes the terminal again, also if it is taken: the shell may have changed it meanwhile.
    pub(super) fn resume(&self) -> io::Result<()> {
        let mut held = self.lock();
        give_back(&mut held);
        held.is_taken = true;
        held.console.take()
    }

    /// Gives the terminal back for now.
    pub(super) fn pause(&self) {
        give_back(&mut self.lock());
    }

    fn lock(&self) -> MutexGuard<'_, Ownership<C>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<C: Console> Drop for Guard<C> {
    fn drop(&mut self) {
        self.pause();
    }
}

fn give_back<C: Console>(held: &mut Ownership<C>) {
    if std::mem::take(&mut held.is_taken) {
        // If the terminal is gone, there is nothing to give back.
        let _ = held.console.give_back();
    }
}

/// Whether there is a terminal to type on. Without one there are no keys, and signals end the monitor.
pub(super) fn has_keys() -> bool {
    io::stdin().is_terminal()
}

/// Columns and lines of the terminal.
pub(super) fn size() -> (u16, u16) {
    // A terminal that does not know its size says 0.
    let size = rustix::termios::tcgetwinsize(rustix::stdio::stdout()).ok();
    size.map(|size| (size.ws_col, size.ws_row)).filter(|(x, y)| *x > 0 && *y > 0).unwrap_or((80, 24))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A terminal that notes what is done to it.
    #[derive(Clone, Default)]
    struct Fake(Arc<Mutex<Vec<&'static str>>>);

    impl Fake {
        fn note(&self, word: &'static str) {
            self.0.lock().unwrap().push(word);
        }

        fn noted(&self) -> Vec<&'static str> {
            self.0.lock().unwrap().clone()
        }
    }

    impl Console for Fake {
        fn take(&mut self) -> io::Result<()> {
            self.note("taken");
            Ok(())
        }

        fn give_back(&mut self) -> io::Result<()> {
            self.note("given back");
            Ok(())
        }
    }

    /// One test, because the hook for panics belongs to the whole process.
    #[test]
    fn the_terminal_is_given_back_once_whatever_happens() {
        let fake = Fake::default();
        let guard = Guard::take(fake.clone()).unwrap();
        guard.pause();
        guard.pause();
        guard.resume().unwrap();
        drop(guard);
        assert_eq!(fake.noted(), ["taken", "given back", "taken", "given back"]);

        let fake = Fake::default();
        let (message, name) = (fake.clone(), "a thread that panics for a test");
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if std::thread::current().name() == Some(name) { message.note("message") } else { usual(panic) }
        }));
        let guard = Guard::take(fake.clone()).unwrap();
        let thread = std::thread::Builder::new().name(name.into());
        thread.spawn(|| panic!("for a test")).unwrap().join().unwrap_err();
        assert_eq!(fake.noted(), ["taken", "given back", "message"]);
        assert!(guard.has_panicked());
        drop(guard);
        assert_eq!(fake.noted().len(), 3, "once only");
        drop(std::panic::take_hook());
    }
}
