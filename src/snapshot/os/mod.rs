//! The system calls that the standard library lacks: futex, lock probe, real allocation, reading into words, clocks,
//! identity.
//!
//! Invariant: nothing here blocks longer than asked, and only [`survive_shortened_files`] touches a signal. Used only by
//! `snapshot`.
//! Linux is complete; elsewhere waiting polls and the lock is the standard library's (`flock` on macOS).

#![allow(unsafe_code)]

#[cfg(target_os = "linux")]
mod bus_error;
#[cfg(windows)]
mod windows;

use std::fs::File;
#[cfg(unix)]
use std::fs::{DirBuilder, OpenOptions};
use std::io::{self, Read as _};
#[cfg(target_os = "linux")]
use std::os::fd::AsRawFd;
#[cfg(unix)]
use std::os::unix::fs::{DirBuilderExt as _, FileExt as _, OpenOptionsExt as _};
use std::sync::OnceLock;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

#[cfg(target_os = "linux")]
pub(crate) use bus_error::Watched;
#[cfg(target_os = "linux")]
pub use bus_error::survive_shortened_files;
#[cfg(windows)]
pub(crate) use windows::{
    awake_clock_ms_once, file_id, file_id_at, guarded, private_folder, read_at, wall_clock_ms,
};

/// Does nothing: on other systems a publisher dies if its snapshot is shortened, and the next one replaces it.
#[cfg(not(target_os = "linux"))]
pub fn survive_shortened_files() -> io::Result<()> {
    Ok(())
}

/// No mapping is watched.
#[cfg(not(target_os = "linux"))]
#[derive(Debug)]
pub(crate) enum Watched {}

#[cfg(not(target_os = "linux"))]
impl Watched {
    pub(crate) fn are_asked_for() -> bool {
        false
    }

    pub(crate) fn over(_: usize, _: usize, _: bool) -> Option<Self> {
        None
    }

    pub(crate) fn is_lost(&self) -> bool {
        match *self {}
    }
}

/// Makes `options` refuse links and anything whose opening blocks. Files they create are private to the user.
#[cfg(unix)]
pub(crate) fn guarded(options: &mut OpenOptions) -> &mut OpenOptions {
    options.mode(0o600).custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK | libc::O_NOCTTY | libc::O_CLOEXEC)
}

/// Makes folders that are private to the user.
#[cfg(unix)]
pub(crate) fn private_folder() -> DirBuilder {
    let mut builder = DirBuilder::new();
    builder.mode(0o700);
    builder
}

/// Reads at `offset` as much as is available at once.
#[cfg(unix)]
pub(crate) fn read_at(file: &File, bytes: &mut [u8], offset: u64) -> io::Result<usize> {
    file.read_at(bytes, offset)
}

/// Fills `bytes` from `offset` on.
#[cfg(unix)]
pub(crate) fn read_exact_at(file: &File, bytes: &mut [u8], offset: u64) -> io::Result<()> {
    file.read_exact_at(bytes, offset)
}

/// Fills `bytes` from `offset` on.
#[cfg(windows)]
pub(crate) fn read_exact_at(file: &File, mut bytes: &mut [u8], mut offset: u64) -> io::Result<()> {
    while !bytes.is_empty() {
        match read_at(file, bytes, offset) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(read) => {
                bytes = &mut bytes[read..];
                offset += read as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Sleeps until the low half of `word` is no longer `seen`, a wake-up arrives, or `timeout` passes; may return
/// early. Works through a read-only mapping.
#[cfg(target_os = "linux")]
pub(crate) fn futex_wait(word: &AtomicU64, seen: u32, timeout: Duration) {
    let timeout = libc::timespec {
        tv_sec: i64::try_from(timeout.as_secs()).unwrap_or(i64::MAX),
        tv_nsec: libc::c_long::from(timeout.subsec_nanos().cast_signed()),
    };
    // SAFETY: the word outlives the call, its address is aligned for the 32 bits the kernel reads (the low half,
    // first in memory on the little-endian targets that `layout` admits), and the kernel only reads it.
    unsafe {
        libc::syscall(libc::SYS_futex, word.as_ptr(), libc::FUTEX_WAIT, seen, &raw const timeout);
    }
    // Every outcome (woken, changed, timed out, interrupted) means the same to the caller: look again.
}

/// Wakes all waiters on `word`, in all processes.
#[cfg(target_os = "linux")]
pub(crate) fn futex_wake(word: &AtomicU64) {
    // SAFETY: FUTEX_WAKE only uses the address of the word, which is mapped, as a key.
    unsafe {
        libc::syscall(libc::SYS_futex, word.as_ptr(), libc::FUTEX_WAKE, i32::MAX);
    }
}

/// Polls: other systems have no futex that works on a file mapped read-only.
#[cfg(not(target_os = "linux"))]
pub(crate) fn futex_wait(word: &AtomicU64, seen: u32, timeout: Duration) {
    use std::sync::atomic::Ordering;
    let until = std::time::Instant::now() + timeout;
    #[allow(clippy::cast_possible_truncation)] // the low half
    while word.load(Ordering::Relaxed) as u32 == seen && std::time::Instant::now() < until {
        std::thread::sleep(Duration::from_millis(5).min(timeout));
    }
}

/// Without a futex, waiters poll.
#[cfg(not(target_os = "linux"))]
pub(crate) fn futex_wake(_: &AtomicU64) {}

#[cfg(target_os = "linux")]
fn whole_file(kind: libc::c_int) -> libc::flock {
    libc::flock {
        l_type: libc::c_short::try_from(kind).expect("lock kinds are small numbers"),
        l_whence: libc::c_short::try_from(libc::SEEK_SET).expect("SEEK_SET is a small number"),
        l_start: 0,
        l_len: 0,
        l_pid: 0,
    }
}

/// Takes the exclusive lock on `file`, which the kernel releases when its last descriptor closes, also after a
/// kill. False if another open file holds it. The file must be open for writing.
#[cfg(target_os = "linux")]
pub(crate) fn try_lock(file: &File) -> io::Result<bool> {
    let lock = whole_file(libc::F_WRLCK);
    // SAFETY: the descriptor is open and the lock description lives through the call.
    let outcome = unsafe { libc::fcntl(file.as_raw_fd(), libc::F_OFD_SETLK, &raw const lock) };
    if outcome == 0 {
        return Ok(true);
    }
    let error = io::Error::last_os_error();
    match error.raw_os_error() {
        Some(libc::EAGAIN | libc::EACCES) => Ok(false),
        _ => Err(error),
    }
}

/// Whether some open file holds the lock on `file`; never takes it, so probing disturbs no one.
#[cfg(target_os = "linux")]
pub(crate) fn is_locked(file: &File) -> io::Result<bool> {
    let mut lock = whole_file(libc::F_WRLCK);
    // SAFETY: the descriptor is open and the lock description, which the kernel fills, lives through the call.
    let outcome = unsafe { libc::fcntl(file.as_raw_fd(), libc::F_OFD_GETLK, &raw mut lock) };
    if outcome == 0 { Ok(i32::from(lock.l_type) != libc::F_UNLCK) } else { Err(io::Error::last_os_error()) }
}

/// Takes the exclusive lock on `file`. False if another open file holds it.
#[cfg(not(target_os = "linux"))]
pub(crate) fn try_lock(file: &File) -> io::Result<bool> {
    match file.try_lock() {
        Ok(()) => Ok(true),
        Err(std::fs::TryLockError::WouldBlock) => Ok(false),
        Err(std::fs::TryLockError::Error(error)) => Err(error),
    }
}

/// Whether some open file holds the lock on `file`: tries a shared lock and releases it at once.
#[cfg(not(target_os = "linux"))]
pub(crate) fn is_locked(file: &File) -> io::Result<bool> {
    match file.try_lock_shared() {
        Ok(()) => file.unlock().map(|()| false),
        Err(std::fs::TryLockError::WouldBlock) => Ok(true),
        Err(std::fs::TryLockError::Error(error)) => Err(error),
    }
}

/// Gives `file` a length of `bytes`, with disk space for all of it: a sparse file would kill its writer with
/// SIGBUS when the disk is full.
#[cfg(target_os = "linux")]
pub(crate) fn allocate(file: &File, bytes: u64) -> io::Result<()> {
    let length = libc::off_t::try_from(bytes).map_err(|_| io::Error::from(io::ErrorKind::FileTooLarge))?;
    loop {
        // SAFETY: the descriptor is open for writing; the call takes numbers only.
        let outcome = unsafe { libc::posix_fallocate(file.as_raw_fd(), 0, length) };
        match outcome {
            0 => return Ok(()),
            libc::EINTR => {}
            libc::EOPNOTSUPP | libc::EINVAL => return write_zeros(file, bytes),
            code => return Err(io::Error::from_raw_os_error(code)),
        }
    }
}

/// Gives `file` a length of `bytes`, with disk space for all of it.
#[cfg(not(target_os = "linux"))]
pub(crate) fn allocate(file: &File, bytes: u64) -> io::Result<()> {
    write_zeros(file, bytes)
}

/// For file systems that cannot allocate: writes zeros.
fn write_zeros(mut file: &File, bytes: u64) -> io::Result<()> {
    use std::io::Write as _;
    let zeros = [0u8; 64 * 1024];
    let mut left = bytes;
    while left > 0 {
        let part = usize::try_from(left).unwrap_or(usize::MAX).min(zeros.len());
        file.write_all(&zeros[..part])?;
        left -= part as u64;
    }
    Ok(())
}

/// Fills `words` from the bytes of `file` at `offset`, without a buffer in between: for a one-shot reader each
/// page it touches costs as much as the read.
pub(crate) fn read_words(file: &File, words: &mut [u64], offset: u64) -> io::Result<()> {
    let start = words.as_mut_ptr().cast::<u8>();
    // SAFETY: the bytes are those of `words`, which nothing else uses while they live; a byte needs no alignment, and
    // whatever is read into them, every word has a value (the file's, on the little-endian targets that `layout`
    // admits).
    let bytes = unsafe { std::slice::from_raw_parts_mut(start, size_of_val(words)) };
    read_exact_at(file, bytes, offset)
}

/// Milliseconds of a clock that cannot be set and that stands still while the machine sleeps, as this process's time
/// namespace shows it; for one-shot callers.
#[cfg(unix)]
pub(crate) fn awake_clock_ms_once() -> u64 {
    clock_ms(libc::CLOCK_MONOTONIC, true).cast_unsigned()
}

/// What the time namespace of this process adds to that clock, in milliseconds. Reads a file, once.
pub(crate) fn awake_clock_offset_ms() -> i64 {
    static OFFSET: OnceLock<i64> = OnceLock::new();
    *OFFSET.get_or_init(|| {
        if cfg!(miri) {
            return 0; // it has no such files
        }
        let namespace = |name| std::fs::read_link(format!("/proc/self/ns/{name}")).ok();
        // The offsets are those of its children, which may be elsewhere.
        if namespace("time") != namespace("time_for_children") {
            return 0;
        }
        let text = std::fs::read_to_string("/proc/self/timens_offsets").unwrap_or_default();
        offset_of("monotonic", &text)
    })
}

/// The offset of a clock in milliseconds; 0 if the system does not have it.
fn offset_of(clock: &str, text: &str) -> i64 {
    let Some(numbers) = text.lines().find_map(|line| line.strip_prefix(clock)) else { return 0 };
    let mut numbers = numbers.split_whitespace().map(|number| number.parse::<i64>().unwrap_or(0));
    let (seconds, nanoseconds) = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    seconds.saturating_mul(1000).saturating_add(nanoseconds / 1_000_000)
}

/// The awake clock as all processes of this boot see it, whatever their time namespace.
pub(crate) fn awake_clock_of_boot_ms() -> u64 {
    #[cfg(unix)]
    let now = clock_ms(libc::CLOCK_MONOTONIC, false).cast_unsigned();
    #[cfg(windows)]
    let now = awake_clock_ms_once();
    now.saturating_add_signed(awake_clock_offset_ms().saturating_neg())
}

/// Milliseconds UTC; 0 if the clock is before 1970.
#[cfg(unix)]
pub(crate) fn wall_clock_ms() -> i64 {
    clock_ms(libc::CLOCK_REALTIME, false).max(0)
}

/// Milliseconds UTC for one-shot callers; 0 if the clock is before 1970.
pub fn wall_clock_ms_once() -> i64 {
    #[cfg(unix)]
    return clock_ms(libc::CLOCK_REALTIME, true).max(0);
    #[cfg(windows)]
    wall_clock_ms()
}

/// A clock's time in milliseconds. One-shot callers use a system call: touching the vDSO's four pages takes longer than
/// the call.
#[cfg(unix)]
#[inline]
#[cfg_attr(not(all(target_os = "linux", target_pointer_width = "64")), allow(unused_variables))]
fn clock_ms(clock: libc::clockid_t, once: bool) -> i64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // The system call's fields are as wide as the structure's only on 64-bit targets.
    #[cfg(all(target_os = "linux", target_pointer_width = "64"))]
    if once {
        // SAFETY: as below.
        unsafe { libc::syscall(libc::SYS_clock_gettime, clock, &raw mut time) };
        return milliseconds(time);
    }
    // SAFETY: the structure is filled and lives through the call; both clocks exist on every supported system, so
    // the call cannot fail.
    unsafe { libc::clock_gettime(clock, &raw mut time) };
    milliseconds(time)
}

#[cfg(unix)]
fn milliseconds(time: libc::timespec) -> i64 {
    #[allow(clippy::useless_conversion)] // narrower on some targets
    let (seconds, nanoseconds) = (i64::from(time.tv_sec), i64::from(time.tv_nsec));
    seconds * 1000 + nanoseconds / 1_000_000
}

/// Gives memory that this process has freed back to the system. Some C libraries keep it, for as much as was ever used.
#[cfg(feature = "publisher")]
pub(crate) fn trim_heap() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: the call takes a number, locks what it changes, and touches no memory that is in use.
    unsafe {
        libc::malloc_trim(0);
    }
}

/// The user whose files this process may trust.
#[cfg(unix)]
pub(crate) fn effective_user() -> u32 {
    // SAFETY: geteuid takes nothing and cannot fail.
    unsafe { libc::geteuid() }
}

/// The id of this boot in two words; zeros if the system has none. Read once: no process outlives its boot.
pub(crate) fn boot_id() -> [u64; 2] {
    static ID: OnceLock<[u64; 2]> = OnceLock::new();
    *ID.get_or_init(|| {
        let mut text = [0; 64];
        let read = File::open("/proc/sys/kernel/random/boot_id").and_then(|mut file| file.read(&mut text));
        read.map_or([0; 2], |read| uuid(&text[..read]))
    })
}

/// The two halves of a UUID in hexadecimal digits; zeros if it is not one.
fn uuid(text: &[u8]) -> [u64; 2] {
    let digits = text.iter().filter_map(|byte| char::from(*byte).to_digit(16));
    let number = digits.clone().fold(0, |number: u128, digit| number << 4 | u128::from(digit));
    if digits.count() != 32 {
        return [0; 2];
    }
    #[allow(clippy::cast_possible_truncation)] // the two halves
    [(number >> 64) as u64, number as u64]
}
