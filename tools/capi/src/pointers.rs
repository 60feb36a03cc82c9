//! What C passes, as Rust: the only module that follows a caller's pointer.
//!
//! Invariant: NULL, misaligned pointers and sizes that cannot be are refused before anything is touched. That a pointer
//! which is none of these is valid is the caller's part of the contract, which `cco.h` states and every function here
//! requires.

#![allow(unsafe_code)]

use std::ffi::{CStr, OsStr, c_char};
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

/// What `pointer` points at, for changes.
///
/// # Safety
/// `pointer` is NULL or points at a `T` that nothing else uses for as long as `'a` lasts.
#[inline]
pub(crate) unsafe fn unique<'a, T>(pointer: *mut T, what: &str) -> Result<&'a mut T, Failure> {
    check(pointer, what)?;
    // SAFETY: it is neither NULL nor misaligned, and the rest is what the caller promises.
    Ok(unsafe { &mut *pointer })
}

#[inline]
fn check<T>(pointer: *const T, what: &str) -> Result<(), Failure> {
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

/// Writes a value into a caller's struct of `size` bytes: as much of it as there is room for, and zeros beyond it.
///
/// # Safety
/// `out` is NULL or points at `size` bytes that may be written and that nothing else uses meanwhile.
#[inline]
pub(crate) unsafe fn give<T: Plain>(
    out: *mut T,
    size: usize,
    what: &str,
    value: impl FnOnce() -> T,
) -> Result<(), Failure> {
    check(out, what)?;
    if size == size_of::<T>() {
        // SAFETY: not NULL, aligned, and as the caller promises there is room for a T.
        unsafe { out.write(value()) };
        return Ok(());
    }
    // SAFETY: the same promises hold for it.
    unsafe { give_other(out, size, what, &value()) }
}

/// The same for a caller that was built with another version.
///
/// # Safety
/// As for [`give`].
#[cold]
unsafe fn give_other<T: Plain>(out: *mut T, size: usize, what: &str, value: &T) -> Result<(), Failure> {
    if size == 0 || size > SIZE_MAX {
        return Err(Failure::usage(format!("{size} is not the size of a {what}: pass its sizeof")));
    }
    let known = size.min(size_of::<T>());
    let to = out.cast::<u8>();
    // SAFETY: `value` has `known` bytes, `out` has `size`, which are not fewer, and what is new here does not overlap it.
    unsafe { to.copy_from_nonoverlapping(std::ptr::from_ref(value).cast(), known) };
    // SAFETY: `known` is at most `size`, so this is in the struct or at its end.
    let rest = unsafe { to.add(known) };
    // SAFETY: there are `size - known` bytes left, which may be written.
    unsafe { rest.write_bytes(0, size - known) };
    Ok(())
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
            let given = unsafe { give(room.as_mut_ptr().cast::<Pair>(), size, "pair", || Pair(1, 2)) };
            given.map(|()| room).map_err(|_| ())
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
            let given = unsafe { give(out, 16, "pair", || Pair(1, 2)) };
            assert!(given.is_err());
            // SAFETY: the same.
            assert!(unsafe { unique(out, "pair") }.is_err());
        }
        assert_eq!(room, [0; 3]);
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
