//! Outcomes in words, and the versions.

#![allow(unsafe_code)] // exported names alone: no function here follows a pointer

use std::ffi::{CStr, c_char, c_int};

use crate::outcome;

/// The version of the interface that this library has.
#[unsafe(no_mangle)]
pub extern "C" fn cco_abi_version() -> u32 {
    crate::ABI_VERSION
}

/// The version of `cco` that it was built from.
#[unsafe(no_mangle)]
pub extern "C" fn cco_version() -> *const c_char {
    const VERSION: &CStr =
        match CStr::from_bytes_with_nul(concat!(env!("CARGO_PKG_VERSION"), "\0").as_bytes()) {
            Ok(version) => version,
            Err(_) => panic!("a version has no zero in it"),
        };
    VERSION.as_ptr()
}

/// What a number means.
#[unsafe(no_mangle)]
pub extern "C" fn cco_strerror(code: c_int) -> *const c_char {
    meaning(code).as_ptr()
}

/// What went wrong in the last call on this thread that failed.
#[unsafe(no_mangle)]
pub extern "C" fn cco_last_error() -> *const c_char {
    outcome::last()
}

fn meaning(code: c_int) -> &'static CStr {
    match code {
        0 => c"done",
        1 => c"a fault in the library",
        2 => c"wrong usage of a function",
        3 => c"values may be stale: no publisher is running",
        4 => c"not found",
        5 => c"not a snapshot",
        6 => c"another publisher is running",
        7 => c"a budget is near its limit",
        8 => c"a budget has reached its limit",
        9 => c"not a regular file",
        10 => c"the file belongs to another user",
        11 => c"the snapshot is from a machine with the other byte order",
        12 => c"the snapshot has an unknown layout version",
        13 => c"the snapshot is damaged",
        14 => c"the snapshot was shortened while it was read",
        15 => c"the snapshot holds no complete publish",
        16 => c"the publisher was writing during every attempt",
        17 => c"the system refused",
        18 => c"the path is taken by a file that is not a snapshot",
        19 => c"the text does not fit",
        20 => c"larger than a snapshot can hold",
        21 => c"not an amount of money",
        22 => c"it depends on models without a price",
        _ => c"an outcome that this version of the library does not know",
    }
}
