//! SIGBUS: the signal of a process that touches a mapped page which its file no longer has, because someone shortened
//! the file, or the disk failed.
//!
//! A program that asks for it ([`survive_shortened_files`]) gets zeros in place of such pages, and the mapping counts as
//! lost; who owns it asks [`Watched::is_lost`] before it trusts what it read. Without that the signal ends the process,
//! as anywhere else: a library must not change what a signal does to its host.
//!
//! Invariant: only faults in registered mappings are answered. Any other goes where it would have gone.

use std::ffi::{c_int, c_void};
use std::io;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// Mappings that can be registered at once. A publisher has two at most, a reader one; readers beyond it do not map.
const MAPPINGS_MAX: usize = 32;

/// A registered mapping.
struct Slot {
    is_taken: AtomicBool,
    /// First byte; 0 while it is not registered.
    start: AtomicUsize,
    /// First byte after it.
    end: AtomicUsize,
    is_writable: AtomicBool,
    is_lost: AtomicBool,
}

static SLOTS: [Slot; MAPPINGS_MAX] = [const {
    Slot {
        is_taken: AtomicBool::new(false),
        start: AtomicUsize::new(0),
        end: AtomicUsize::new(0),
        is_writable: AtomicBool::new(false),
        is_lost: AtomicBool::new(false),
    }
}; MAPPINGS_MAX];

/// What SIGBUS did before. Set before the handler is installed, so the handler always finds it.
static BEFORE: OnceLock<Before> = OnceLock::new();
static IS_INSTALLED: AtomicBool = AtomicBool::new(false);

struct Before {
    action: libc::sigaction,
    page_bytes: usize,
}

/// Lets this process survive that a snapshot it has mapped is shortened: from then on reading such a snapshot is an error
/// instead of a signal, and a [`Writer`](crate::snapshot::Writer) replaces the file at its next commit. Concerns snapshots
/// that are opened later. It handles SIGBUS for the whole process and passes on what is not about a snapshot, so it is for
/// programs, not for libraries. Call it as often as you like.
///
/// It watches 32 mappings at once, one for each [`Reader`](crate::snapshot::Reader). A reader that is opened, or refreshed to
/// another file, while none is free reads by copying instead, which never faults.
pub fn survive_shortened_files() -> io::Result<()> {
    if IS_INSTALLED.load(Ordering::Acquire) {
        return Ok(());
    }
    let before = match BEFORE.get() {
        Some(before) => before,
        None => {
            let before = Before { action: present_action()?, page_bytes: page_bytes()? };
            BEFORE.get_or_init(|| before)
        }
    };
    let handler: extern "C" fn(c_int, *mut libc::siginfo_t, *mut c_void) = on_bus_error;
    let mut action = before.action;
    action.sa_sigaction = handler as libc::sighandler_t;
    action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK | libc::SA_RESTART;
    // SAFETY: the action lives through the call and names a handler of the type that SA_SIGINFO asks for.
    let outcome = unsafe { libc::sigaction(libc::SIGBUS, &raw const action, std::ptr::null_mut()) };
    if outcome != 0 {
        return Err(io::Error::last_os_error());
    }
    IS_INSTALLED.store(true, Ordering::Release);
    Ok(())
}

fn present_action() -> io::Result<libc::sigaction> {
    // SAFETY: all zeros is a value of the structure: no handler, no flags, an empty mask.
    let mut action: libc::sigaction = unsafe { std::mem::zeroed() };
    // SAFETY: the call fills the structure, which lives through it, and changes nothing.
    let outcome = unsafe { libc::sigaction(libc::SIGBUS, std::ptr::null(), &raw mut action) };
    if outcome == 0 { Ok(action) } else { Err(io::Error::last_os_error()) }
}

fn page_bytes() -> io::Result<usize> {
    // SAFETY: sysconf takes a number and touches no memory of ours.
    let bytes = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
    usize::try_from(bytes).map_err(|_| io::Error::last_os_error())
}

/// A mapping whose faults are answered as long as this lives.
#[derive(Debug)]
pub(crate) struct Watched {
    slot: usize,
}

impl Watched {
    /// Whether the program asked for mappings to be watched.
    pub(crate) fn are_asked_for() -> bool {
        IS_INSTALLED.load(Ordering::Acquire)
    }

    /// Registers the `bytes` that are mapped at `start`. `None` if the program did not ask for it, or no place is free.
    ///
    /// They must stay mapped until this is dropped, and nothing but a mapping of a file may be there.
    pub(crate) fn over(start: usize, bytes: usize, is_writable: bool) -> Option<Self> {
        if !Self::are_asked_for() {
            return None;
        }
        let slot = SLOTS.iter().position(|slot| !slot.is_taken.swap(true, Ordering::AcqRel))?;
        let registered = &SLOTS[slot];
        registered.is_lost.store(false, Ordering::Relaxed);
        registered.is_writable.store(is_writable, Ordering::Relaxed);
        registered.end.store(start + bytes, Ordering::Relaxed);
        registered.start.store(start, Ordering::Release);
        Some(Self { slot })
    }

    /// Whether a page of it was gone when it was touched, and reads as zeros since then.
    #[inline]
    pub(crate) fn is_lost(&self) -> bool {
        SLOTS[self.slot].is_lost.load(Ordering::Acquire)
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        let slot = &SLOTS[self.slot];
        slot.start.store(0, Ordering::Release);
        slot.is_taken.store(false, Ordering::Release);
    }
}

/// The handler. It uses atomics, `mmap`, `sigaction` and nothing that allocates or locks, and the access that faulted is
/// one of this thread's own, outside of any other call.
extern "C" fn on_bus_error(signal: c_int, info: *mut libc::siginfo_t, context: *mut c_void) {
    // SAFETY: the kernel passes a valid structure to a handler with SA_SIGINFO.
    let about = unsafe { *info };
    // SAFETY: the signal is SIGBUS, whose structure has an address.
    let address = unsafe { about.si_addr() } as usize;
    // Broken memory has another code, and must end the process.
    if about.si_code == libc::BUS_ADRERR && put_zeros(address) {
        return;
    }
    pass_on(signal, info, context);
}

/// Puts zeros from the page of `address` to the end of its mapping; false if it is not in a registered one.
fn put_zeros(address: usize) -> bool {
    let Some(before) = BEFORE.get() else { return false };
    let Some((slot, end)) = SLOTS.iter().find_map(|slot| {
        let (start, end) = (slot.start.load(Ordering::Acquire), slot.end.load(Ordering::Relaxed));
        (start != 0 && (start..end).contains(&address)).then_some((slot, end))
    }) else {
        return false;
    };
    slot.is_lost.store(true, Ordering::Release);
    let page = address - address % before.page_bytes;
    let write = if slot.is_writable.load(Ordering::Relaxed) { libc::PROT_WRITE } else { 0 };
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_FIXED;
    let bytes = (end - page).next_multiple_of(before.page_bytes);
    // SAFETY: the call takes nothing and gives the address of this thread's errno, which lives as long as the thread.
    let errno_at = unsafe { libc::__errno_location() };
    // SAFETY: so it can be read.
    let errno = unsafe { *errno_at };
    // The pages are part of a mapping that its owner registered, which is only seen as atomics: other values appear in
    // them, as if another process had stored them. Nothing else can be in the range, since it stays mapped until it is
    // no longer registered.
    // SAFETY: so the call replaces pages of that mapping alone.
    let mapped = unsafe { libc::mmap(page as *mut c_void, bytes, libc::PROT_READ | write, flags, -1, 0) };
    // SAFETY: and written; what was interrupted finds the value it left.
    unsafe { *errno_at = errno };
    mapped != libc::MAP_FAILED
}

/// Does what would have been done without this handler.
fn pass_on(signal: c_int, info: *mut libc::siginfo_t, context: *mut c_void) {
    let Some(Before { action, .. }) = BEFORE.get() else { return };
    match action.sa_sigaction {
        libc::SIG_DFL | libc::SIG_IGN => {
            // The access faults again when this returns, and then the kernel ends the process.
            // SAFETY: the action is one that the kernel gave, and lives through the call.
            unsafe { libc::sigaction(signal, action, std::ptr::null_mut()) };
            // SAFETY: the kernel passes a valid structure to a handler with SA_SIGINFO.
            let code = unsafe { (*info).si_code };
            if code <= 0 {
                // Sent by a process: nothing would fault again.
                // SAFETY: raise takes a number; the signal is held back until this handler returns.
                unsafe { libc::raise(signal) };
            }
        }
        handler if action.sa_flags & libc::SA_SIGINFO != 0 => {
            type Handler = extern "C" fn(c_int, *mut libc::siginfo_t, *mut c_void);
            // SAFETY: whoever set SA_SIGINFO gave the address of a handler of this type.
            let handler: Handler = unsafe { std::mem::transmute(handler) };
            handler(signal, info, context);
        }
        handler => {
            // SAFETY: whoever did not set SA_SIGINFO gave the address of a handler of this type.
            let handler: extern "C" fn(c_int) = unsafe { std::mem::transmute(handler) };
            handler(signal);
        }
    }
}
