//! What C passes, as Rust: the only module that follows a caller's pointer.
//!
//! Invariant: NULL, misaligned pointers and sizes that cannot be are refused before anything is touched, so functions ask for
//! all of their pointers first and write last. No reference is made to a value that C need not have initialised. That a pointer
//! which is none of these is valid is the caller's part of the contract, which `cco.h` states and every function here
//! requires.

#![allow(unsafe_code)]

use std::ffi::{CStr, OsStr, c_char};
use std::mem::MaybeUninit;
use std::path::Path;

use cco::snapshot::Code;

use crate::outcome::Failure;

/// No struct of this or a later version is larger; a size above it is not a size.
const SIZE_MAX: usize = 1 << 16;

/// What `pointer` points at, for loads.
///
/// # Safety
/// `pointer` is NULL or points at a `T` that nothing changes for as long as `'a` lasts.
#[inline]
pub(crate) unsafe fn shared<'a, T>(pointer: *const T, what: &str) -> Result<&'a T, Failure> {
    check(pointer, what)?;
    // SAFETY: it is neither NULL nor misaligned, and the rest is what the caller promises.
    Ok(unsafe { &*pointer })
}

/// What `pointer` points at, for changes. For handles, which the library or, as `cco.h` asks, the caller has initialised; for
/// answers there is [`place`].
///
/// # Safety
/// `pointer` is NULL or points at an initialised `T` that nothing else uses for as long as `'a` lasts.
#[inline]
pub(crate) unsafe fn unique<'a, T>(pointer: *mut T, what: &str) -> Result<&'a mut T, Failure> {
    check(pointer, what)?;
    // SAFETY: it is neither NULL nor misaligned, and the rest is what the caller promises.
    Ok(unsafe { &mut *pointer })
}

/// Where an answer goes: memory that the caller need not have initialised.
///
/// # Safety
/// `out` is NULL or points at room for a `T` that may be written and that nothing else uses for as long as `'a` lasts.
#[inline]
pub(crate) unsafe fn place<'a, T>(out: *mut T, what: &str) -> Result<&'a mut MaybeUninit<T>, Failure> {
    check(out, what)?;
    // SAFETY: it is neither NULL nor misaligned, bytes without a value may stay so, and the rest is what the caller promises.
    Ok(unsafe { &mut *out.cast::<MaybeUninit<T>>() })
}

/// Refuses what cannot be the address of a `T`.
#[inline]
pub(crate) fn check<T>(pointer: *const T, what: &str) -> Result<(), Failure> {
    if pointer.is_null() || !pointer.is_aligned() { Err(refused(pointer, what)) } else { Ok(()) }
}

#[cold]
fn refused<T>(pointer: *const T, what: &str) -> Failure {
    let how = if pointer.is_null() { "NULL" } else { "not aligned" };
    Failure::usage(format!("the pointer to the {what} is {how}: pass the address of one"))
}

/// A value that the library hands out. All of its bytes may be copied.
///
/// # Safety
/// It is `repr(C)`, has no drop glue, and zeros are a value of each member that a later version added.
pub(crate) unsafe trait Plain: Copy {}

/// A caller's struct of `size` bytes, which a value may be written into: [`room`] has checked it.
pub(crate) struct Room<T> {
    out: *mut T,
    size: usize,
}

/// Checks a caller's struct of `size` bytes, before anything is read that would go into it.
///
/// # Safety
/// `out` is NULL or points at `size` bytes that may be written, initialised or not, and that nothing else uses for as long
/// as the room lives.
#[inline]
pub(crate) unsafe fn room<T: Plain>(out: *mut T, size: usize, what: &str) -> Result<Room<T>, Failure> {
    check(out, what)?;
    if size == 0 || size > SIZE_MAX { Err(no_size(size, what)) } else { Ok(Room { out, size }) }
}

#[cold]
fn no_size(size: usize, what: &str) -> Failure {
    Failure::usage(format!("{size} is not the size of a {what}: pass its sizeof"))
}

impl<T: Plain> Room<T> {
    /// Writes the value: as much of it as there is room for, and zeros beyond it. Made in place, because moving totals costs
    /// as much as reading them.
    #[inline]
    pub(crate) fn write(self, value: impl FnOnce() -> T) {
        if self.size == size_of::<T>() {
            // SAFETY: `room` found it neither NULL nor misaligned, and its caller promised that there is room for a T.
            unsafe { self.out.write(value()) };
        } else {
            self.write_other(&value());
        }
    }

    /// The same for a caller that was built with another version.
    #[cold]
    fn write_other(self, value: &T) {
        let known = self.size.min(size_of::<T>());
        let to = self.out.cast::<u8>();
        // SAFETY: `value` has `known` bytes, `out` has `size`, which are not fewer, and what is new here does not overlap it.
        unsafe { to.copy_from_nonoverlapping(std::ptr::from_ref(value).cast(), known) };
        // SAFETY: `known` is at most `size`, so this is in the struct or at its end.
        let rest = unsafe { to.add(known) };
        // SAFETY: there are `size - known` bytes left, which may be written.
        unsafe { rest.write_bytes(0, self.size - known) };
    }
}

/// The bytes of a name that the caller looks for.
///
/// # Safety
/// `data` is NULL or points at `bytes` bytes that nothing changes for as long as `'a` lasts.
pub(crate) unsafe fn name<'a>(data: *const c_char, bytes: usize) -> Result<&'a str, Failure> {
    if data.is_null() || isize::try_from(bytes).is_err() {
        return Err(Failure::usage("the name is NULL or too long: pass its address and its length in bytes"));
    }
    // SAFETY: not NULL, bytes need no alignment, the length fits, and the rest is what the caller promises.
    let name = unsafe { std::slice::from_raw_parts(data.cast::<u8>(), bytes) };
    // Names are UTF-8, so nothing has another name.
    std::str::from_utf8(name).map_err(|_| missing("the name is not UTF-8, as all names are"))
}

pub(crate) fn missing(what: &str) -> Failure {
    Failure::Said(Code::Missing, what.into())
}

/// A path that ends with a zero; `None` for NULL.
///
/// # Safety
/// `path` is NULL or points at bytes that end with a zero and that nothing changes for as long as `'a` lasts.
pub(crate) unsafe fn path<'a>(path: *const c_char) -> Result<Option<&'a Path>, Failure> {
    if path.is_null() {
        return Ok(None);
    }
    // SAFETY: not NULL, and the rest is what the caller promises.
    let path = unsafe { CStr::from_ptr(path) };
    os_str(path).map(|path| Some(Path::new(path)))
}

#[cfg(unix)]
fn os_str(path: &CStr) -> Result<&OsStr, Failure> {
    use std::os::unix::ffi::OsStrExt as _;

    Ok(OsStr::from_bytes(path.to_bytes()))
}

#[cfg(not(unix))]
fn os_str(path: &CStr) -> Result<&OsStr, Failure> {
    path.to_str().map(OsStr::new).map_err(|_| Failure::usage("the path is not UTF-8: pass it as UTF-8"))
}

/// Writes a text and a zero into the caller's `size` bytes.
///
/// # Safety
/// `out` is NULL or points at `size` bytes that may be written and that nothing else uses meanwhile.
pub(crate) unsafe fn give_text(
    text: &[u8],
    out: *mut c_char,
    size: usize,
    what: &str,
) -> Result<(), Failure> {
    check(out, what)?;
    if text.contains(&0) {
        return Err(Failure::usage(format!("the {what} holds a zero byte, which no C text can")));
    }
    if text.len() >= size {
        let needed = text.len() + 1;
        let words = format!("the {what} takes {needed} bytes and the buffer has {size}: pass a larger one");
        return Err(Failure::Said(Code::TooLong, words));
    }
    let out = out.cast::<u8>();
    // SAFETY: there are more bytes at `out` than in the text, which is this function's own or the library's.
    unsafe { out.copy_from_nonoverlapping(text.as_ptr(), text.len()) };
    // SAFETY: the text is shorter than `size`, so this is inside.
    let end = unsafe { out.add(text.len()) };
    // SAFETY: as above.
    unsafe { end.write(0) };
    Ok(())
}

/// Gives a value on the heap to the caller, as a handle.
pub(crate) fn into_handle<T>(value: T) -> *mut T {
    Box::into_raw(Box::new(value))
}

/// Takes back a handle and ends its value. NULL does nothing.
///
/// # Safety
/// `handle` is NULL or came from [`into_handle`] and is not used again.
pub(crate) unsafe fn end<T>(handle: *mut T) {
    if !handle.is_null() {
        // SAFETY: a box made it, and nobody uses it from here on.
        drop(unsafe { Box::from_raw(handle) });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[repr(C)]
    #[derive(Clone, Copy, Debug, PartialEq)]
    struct Pair(u64, u64);

    // SAFETY: repr(C), two words, zeros are numbers.
    unsafe impl Plain for Pair {}

    #[test]
    fn a_caller_gets_as_many_bytes_as_it_has_room_for_and_zeros_beyond() {
        let given = |size: usize| {
            let mut room = [u64::MAX; 4];
            // SAFETY: there are 32 bytes, and no more than 24 are asked for.
            let checked = unsafe { super::room(room.as_mut_ptr().cast::<Pair>(), size, "pair") };
            checked.map(|checked| checked.write(|| Pair(1, 2))).map(|()| room).map_err(|_| ())
        };
        assert_eq!(given(8), Ok([1, u64::MAX, u64::MAX, u64::MAX]));
        assert_eq!(given(16), Ok([1, 2, u64::MAX, u64::MAX]));
        assert_eq!(given(24), Ok([1, 2, 0, u64::MAX]));
        assert_eq!(given(0), Err(()));
        assert_eq!(given(usize::MAX), Err(()));
    }

    #[test]
    fn null_and_crooked_pointers_are_refused() {
        let mut room = [0u64; 3];
        let crooked = room.as_mut_ptr().wrapping_byte_add(1).cast::<Pair>();
        for out in [std::ptr::null_mut(), crooked] {
            // SAFETY: NULL, or 16 bytes in the room.
            assert!(unsafe { super::room(out, 16, "pair") }.is_err());
            // SAFETY: the same.
            assert!(unsafe { place(out, "pair") }.is_err());
            // SAFETY: the same.
            assert!(unsafe { unique(out, "pair") }.is_err());
        }
        assert_eq!(room, [0; 3]);
    }

    #[test]
    fn an_answer_goes_to_memory_that_nobody_initialised() {
        let mut answer = MaybeUninit::<u64>::uninit();
        // SAFETY: there is room for it, and nothing else uses it.
        unsafe { place(answer.as_mut_ptr(), "answer") }.unwrap_or_else(|_| panic!("refused")).write(7);
        // SAFETY: it was written.
        assert_eq!(unsafe { answer.assume_init() }, 7);
    }

    #[test]
    fn a_text_that_does_not_fit_is_not_cut() {
        let mut room = [b'x'; 4];
        // SAFETY: `size` is at most the room.
        let mut give = |text: &str, size| unsafe {
            give_text(text.as_bytes(), room.as_mut_ptr().cast(), size, "text").is_ok()
        };
        assert!(!give("abc", 3));
        assert!(!give("a\0", 4));
        assert!(give("abc", 4));
        assert_eq!(&room, b"abc\0");
    }
}
