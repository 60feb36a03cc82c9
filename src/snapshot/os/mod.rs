//! The system calls that the standard library lacks: futex, lock probe, real allocation, reading into words, clocks,
//! identity.
//!
//! Invariant: nothing here blocks longer than asked or touches a signal. Used only by `snapshot`.
//! Linux is complete; elsewhere waiting polls and the lock is the standard library's (`flock` on macOS).

#![allow(unsafe_code)]

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

#[cfg(windows)]
pub(crate) use windows::{
    boot_clock_ms, file_id, file_id_at, guarded, private_folder, read_at, wall_clock_ms,
};

/// Lets `options` open a file, but nothing that a link leads to or whose opening blocks; what they create is the
/// user's alone.
#[cfg(unix)]
pub(crate) fn guarded(options: &mut OpenOptions) -> &mut OpenOptions {
    options.mode(0o600).custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK | libc::O_NOCTTY | libc::O_CLOEXEC)
}

/// Makes folders that are the user's alone.
#[cfg(unix)]
pub(crate) fn private_folder() -> DirBuilder {
    let mut builder = DirBuilder::new();
    builder.mode(0o700);
    builder
}

/// Reads at `offset`, as much as there is at once.
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

/// Sleeps until the low half of `word` no longer is `seen`, a wake-up arrives, or `timeout` passes; may return
/// early. Works through a mapping that is only readable.
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

/// Wakes everyone who waits on `word`, in all processes.
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

/// Waiters poll where there is no futex.
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

/// Takes the exclusive lock on `file`, which the kernel gives back when its last descriptor closes, also by a
/// kill. False where another open file holds it. The file must be open for writing.
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

/// Whether some open file holds the lock on `file`; never takes it, so that probing disturbs nobody.
#[cfg(target_os = "linux")]
pub(crate) fn is_locked(file: &File) -> io::Result<bool> {
    let mut lock = whole_file(libc::F_WRLCK);
    // SAFETY: the descriptor is open and the lock description, which the kernel fills, lives through the call.
    let outcome = unsafe { libc::fcntl(file.as_raw_fd(), libc::F_OFD_GETLK, &raw mut lock) };
    if outcome == 0 { Ok(i32::from(lock.l_type) != libc::F_UNLCK) } else { Err(io::Error::last_os_error()) }
}

/// Takes the exclusive lock on `file`. False where another open file holds it.
#[cfg(not(target_os = "linux"))]
pub(crate) fn try_lock(file: &File) -> io::Result<bool> {
    match file.try_lock() {
        Ok(()) => Ok(true),
        Err(std::fs::TryLockError::WouldBlock) => Ok(false),
        Err(std::fs::TryLockError::Error(error)) => Err(error),
    }
}

/// Whether some open file holds the lock on `file`: a shared lock is tried and given back at once.
#[cfg(not(target_os = "linux"))]
pub(crate) fn is_locked(file: &File) -> io::Result<bool> {
    match file.try_lock_shared() {
        Ok(()) => file.unlock().map(|()| false),
        Err(std::fs::TryLockError::WouldBlock) => Ok(true),
        Err(std::fs::TryLockError::Error(error)) => Err(error),
    }
}

/// Gives `file` a length of `bytes` that is backed by the medium: a sparse file would kill its writer with
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

/// Gives `file` a length of `bytes` that is backed by the medium.
#[cfg(not(target_os = "linux"))]
pub(crate) fn allocate(file: &File, bytes: u64) -> io::Result<()> {
    write_zeros(file, bytes)
}

/// Allocation for file systems that offer none: writing.
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

/// Fills `words` from the bytes of `file` at `offset`. Where they stand, not by way of other memory: a one-shot
/// reader pays for each page it touches as much as for the read.
pub(crate) fn read_words(file: &File, words: &mut [u64], offset: u64) -> io::Result<()> {
    let start = words.as_mut_ptr().cast::<u8>();
    // SAFETY: the bytes are those of `words`, which nothing else uses while they live; a byte needs no alignment, and
    // whatever is read into them, every word has a value (the file's, on the little-endian targets that `layout`
    // admits).
    let bytes = unsafe { std::slice::from_raw_parts_mut(start, size_of_val(words)) };
    read_exact_at(file, bytes, offset)
}

#[cfg(target_os = "linux")]
const BOOT_CLOCK: libc::clockid_t = libc::CLOCK_BOOTTIME;
#[cfg(all(unix, not(target_os = "linux")))]
const BOOT_CLOCK: libc::clockid_t = libc::CLOCK_MONOTONIC;

/// Milliseconds of a clock that no one sets and that goes on during suspend, the same for all processes of
/// one boot.
#[cfg(unix)]
pub(crate) fn boot_clock_ms() -> u64 {
    clock_ms(BOOT_CLOCK, false).cast_unsigned()
}

/// Milliseconds UTC; 0 where the clock stands before 1970.
#[cfg(unix)]
pub(crate) fn wall_clock_ms() -> i64 {
    clock_ms(libc::CLOCK_REALTIME, false).max(0)
}

/// [`boot_clock_ms`], for who asks once.
pub(crate) fn boot_clock_ms_once() -> u64 {
    #[cfg(unix)]
    return clock_ms(BOOT_CLOCK, true).cast_unsigned();
    #[cfg(windows)]
    boot_clock_ms()
}

/// Milliseconds UTC, 0 where the clock stands before 1970; for who asks once.
pub fn wall_clock_ms_once() -> i64 {
    #[cfg(unix)]
    return clock_ms(libc::CLOCK_REALTIME, true).max(0);
    #[cfg(windows)]
    wall_clock_ms()
}

/// What a clock shows, in milliseconds. Once: by a system call, as what the kernel maps for being asked without one are
/// pages, four of them with the names it is found by, and to touch those takes longer than the call.
#[cfg(unix)]
#[inline]
#[cfg_attr(not(all(target_os = "linux", target_pointer_width = "64")), allow(unused_variables))]
fn clock_ms(clock: libc::clockid_t, once: bool) -> i64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // The call's own words are as long as the structure's only where a word is.
    #[cfg(all(target_os = "linux", target_pointer_width = "64"))]
    if once {
        // SAFETY: as below.
        unsafe { libc::syscall(libc::SYS_clock_gettime, clock, &raw mut time) };
        return milliseconds(time);
    }
    // SAFETY: the structure is filled and lives through the call; both clocks exist on every system that this is built
    // for, so that the call cannot fail.
    unsafe { libc::clock_gettime(clock, &raw mut time) };
    milliseconds(time)
}

#[cfg(unix)]
fn milliseconds(time: libc::timespec) -> i64 {
    #[allow(clippy::useless_conversion)] // not where they are shorter
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

/// The id of this boot in two words; zeros where the system has none. Read once: no process outlives its boot.
pub(crate) fn boot_id() -> [u64; 2] {
    static ID: OnceLock<[u64; 2]> = OnceLock::new();
    *ID.get_or_init(|| {
        let mut text = [0; 64];
        let read = File::open("/proc/sys/kernel/random/boot_id").and_then(|mut file| file.read(&mut text));
        read.map_or([0; 2], |read| uuid(&text[..read]))
    })
}

/// The two halves of a UUID in hexadecimal digits; zeros where it is none.
fn uuid(text: &[u8]) -> [u64; 2] {
    let digits = text.iter().filter_map(|byte| char::from(*byte).to_digit(16));
    let number = digits.clone().fold(0, |number: u128, digit| number << 4 | u128::from(digit));
    if digits.count() != 32 {
        return [0; 2];
    }
    #[allow(clippy::cast_possible_truncation)] // the two halves
    [(number >> 64) as u64, number as u64]
}
