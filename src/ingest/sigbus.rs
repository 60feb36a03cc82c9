//! A guard that turns a truncation under a mapping from a killed process into a flag.
//!
//! Touching a page of a mapped file beyond the file's end raises SIGBUS. A handler, installed once a process
//! at the first guarded mapping, looks whether the address lies in a range that the faulting thread
//! registered; if so it maps zeroes over the rest of the range, from the faulting page on, and marks the
//! range as hit: the read goes on and finds zeroes, and whoever mapped the file asks [`Guard::was_hit`]. Any
//! other SIGBUS goes to the handler that was there before, or kills the process as it would have.
//!
//! Invariants: the handler only loads and stores atomics and calls `mmap`, `signal` and `raise`, all safe
//! within a signal; a slot of the table is written only by the thread that owns it and read by the handler
//! only on that thread (SIGBUS is delivered to the thread that faults), so the two never race; a range is
//! only replaced while its owner still has it mapped. Used by [`super::map`] alone.
#![allow(unsafe_code)]

use std::marker::PhantomData;
use std::mem::MaybeUninit;
use std::ops::Range;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering, compiler_fence};

use libc::{c_int, c_void, siginfo_t};

/// How many ranges can be guarded at a time; a thread that finds none free reads instead of mapping.
const SLOTS: usize = 128;

static TABLE: [Slot; SLOTS] = [const { Slot::free() }; SLOTS];
static PREVIOUS: OnceLock<libc::sigaction> = OnceLock::new();
static PAGE_BYTES: AtomicUsize = AtomicUsize::new(0);

/// A guarded range.
struct Slot {
    /// The thread it belongs to; 0 while free.
    owner: AtomicUsize,
    /// First address, on a page's start.
    start: AtomicUsize,
    /// Address after the last.
    end: AtomicUsize,
    /// A page of it was found beyond the file's end.
    hit: AtomicBool,
}

impl Slot {
    const fn free() -> Self {
        Self {
            owner: AtomicUsize::new(0),
            start: AtomicUsize::new(0),
            end: AtomicUsize::new(0),
            hit: AtomicBool::new(false),
        }
    }
}

/// A range that stays guarded until this is dropped, for reads by the thread that made it.
#[derive(Debug)]
pub(super) struct Guard {
    slot: usize,
    /// The guard works for one thread only, so it must not leave it.
    _stays: PhantomData<*const ()>,
}

impl Guard {
    /// Guards the pages that `range` touches; `None` where there is no handler or no free slot.
    ///
    /// The range must be one mapping of the caller's, made for reading, that outlives the guard.
    pub(super) fn over(range: Range<usize>) -> Option<Self> {
        if !installed() {
            return None;
        }
        let page = PAGE_BYTES.load(Ordering::Relaxed);
        let owner = this_thread();
        // Acquire pairs with the release in `drop`: the former owner's stores come before ours.
        let slot = TABLE.iter().position(|slot| {
            slot.owner.compare_exchange(0, owner, Ordering::Acquire, Ordering::Relaxed).is_ok()
        })?;
        TABLE[slot].hit.store(false, Ordering::Relaxed);
        TABLE[slot].start.store(range.start & !(page - 1), Ordering::Relaxed);
        TABLE[slot].end.store(range.end.next_multiple_of(page), Ordering::Relaxed);
        // The handler runs on this thread: only the compiler could move a read of the range before the stores.
        compiler_fence(Ordering::SeqCst);
        Some(Self { slot, _stays: PhantomData })
    }

    /// Whether a read met the file's end since the guard was made.
    pub(super) fn was_hit(&self) -> bool {
        compiler_fence(Ordering::SeqCst);
        TABLE[self.slot].hit.load(Ordering::Relaxed)
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        compiler_fence(Ordering::SeqCst);
        TABLE[self.slot].end.store(0, Ordering::Relaxed);
        TABLE[self.slot].start.store(0, Ordering::Relaxed);
        TABLE[self.slot].owner.store(0, Ordering::Release);
    }
}

/// Installs the handler at the first call; whether it is there.
fn installed() -> bool {
    static INSTALLED: OnceLock<bool> = OnceLock::new();
    *INSTALLED.get_or_init(install)
}

fn install() -> bool {
    // SAFETY: sysconf only looks up a number.
    let page = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
    let Some(page) = usize::try_from(page).ok().filter(|page| page.is_power_of_two()) else { return false };
    PAGE_BYTES.store(page, Ordering::Relaxed);

    let mut previous = MaybeUninit::<libc::sigaction>::zeroed();
    // SAFETY: without a new action the call only writes the present one, into memory made for it.
    if unsafe { libc::sigaction(libc::SIGBUS, std::ptr::null(), previous.as_mut_ptr()) } != 0 {
        return false;
    }
    // SAFETY: sigaction succeeded and has filled it; all its fields also allow zeroes.
    let previous = unsafe { previous.assume_init() };
    // Known before the handler can run, so that it always finds what to pass a fault on to.
    if PREVIOUS.set(previous).is_err() {
        return false;
    }
    let handler: extern "C" fn(c_int, *mut siginfo_t, *mut c_void) = on_sigbus;
    let mut action = previous;
    action.sa_sigaction = handler as usize;
    action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK | libc::SA_RESTART;
    // SAFETY: the mask is a valid object of ours to empty.
    unsafe { libc::sigemptyset(&raw mut action.sa_mask) };
    // SAFETY: the action is whole, and its handler has the signature that SA_SIGINFO asks for.
    unsafe { libc::sigaction(libc::SIGBUS, &raw const action, std::ptr::null_mut()) == 0 }
}

/// A number that tells living threads apart, never 0, and may be asked for within a signal.
#[allow(clippy::cast_possible_truncation, reason = "a thread's handle is a pointer or one in disguise")]
fn this_thread() -> usize {
    // SAFETY: pthread_self has no preconditions.
    unsafe { libc::pthread_self() as usize }
}

extern "C" fn on_sigbus(signal: c_int, info: *mut siginfo_t, context: *mut c_void) {
    // SAFETY: the kernel hands a handler with SA_SIGINFO a valid siginfo_t for the time of the call.
    let fault = unsafe { &*info };
    // SAFETY: for SIGBUS the address field is the one that is set.
    let address = unsafe { fault.si_addr() } as usize;
    if !cover(address) {
        pass_on(signal, info, context);
    }
}

/// Maps zeroes over a range of this thread from `address` on; whether there was such a range.
fn cover(address: usize) -> bool {
    let owner = this_thread();
    let holds = |slot: &&Slot| {
        slot.owner.load(Ordering::Relaxed) == owner
            && (slot.start.load(Ordering::Relaxed)..slot.end.load(Ordering::Relaxed)).contains(&address)
    };
    let Some(slot) = TABLE.iter().find(holds) else { return false };
    let page = address & !(PAGE_BYTES.load(Ordering::Relaxed) - 1);
    let length = slot.end.load(Ordering::Relaxed) - page;
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_FIXED;
    // SAFETY: the range lies within one mapping that the owner of the guard, this thread, holds for reading
    // and unmaps as a whole; readable pages are replaced by readable pages.
    let mapped = unsafe {
        libc::mmap(std::ptr::with_exposed_provenance_mut(page), length, libc::PROT_READ, flags, -1, 0)
    };
    if mapped == libc::MAP_FAILED {
        return false;
    }
    slot.hit.store(true, Ordering::Relaxed);
    true
}

/// Does with a fault that is not ours what would have been done without this handler.
fn pass_on(signal: c_int, info: *mut siginfo_t, context: *mut c_void) {
    let (handler, flags) =
        PREVIOUS.get().map_or((libc::SIG_DFL, 0), |action| (action.sa_sigaction, action.sa_flags));
    if handler == libc::SIG_DFL || handler == libc::SIG_IGN {
        // SAFETY: the default action is always a valid one. An ignored fault kills as well.
        unsafe { libc::signal(signal, libc::SIG_DFL) };
        // SAFETY: raise has no preconditions; the signal is delivered when the handler returns.
        unsafe { libc::raise(signal) };
    } else if flags & libc::SA_SIGINFO != 0 {
        // SAFETY: an action with SA_SIGINFO holds a handler of this signature.
        let handler: extern "C" fn(c_int, *mut siginfo_t, *mut c_void) =
            unsafe { std::mem::transmute(handler) };
        handler(signal, info, context);
    } else {
        // SAFETY: an action without SA_SIGINFO that is neither default nor ignore holds one of this signature.
        let handler: extern "C" fn(c_int) = unsafe { std::mem::transmute(handler) };
        handler(signal);
    }
}
