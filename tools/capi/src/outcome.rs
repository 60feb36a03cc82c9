//! How an attempt ends: a number for the caller, and what happened in words, kept for this thread.
//!
//! Invariant: whatever an attempt does, panics included, the caller gets a number; words are made only on failure.

use std::cell::RefCell;
use std::error::Error;
use std::ffi::{CString, c_char, c_int};
use std::panic::{AssertUnwindSafe, catch_unwind};

use cco::snapshot::{Code, OpenError, ReadError};

/// Why an attempt failed.
#[derive(Debug)]
pub enum Failure {
    /// A snapshot could not be opened.
    Open(OpenError),
    /// An open one gave no values.
    Read(ReadError),
    /// The caller or the data, in words.
    Said(Code, String),
}

impl Failure {
    /// The caller did what it must not.
    pub fn usage(what: impl Into<String>) -> Self {
        Self::Said(Code::Usage, what.into())
    }

    fn code(&self) -> Code {
        match self {
            Self::Open(error) => error.code(),
            Self::Read(error) => error.code(),
            Self::Said(code, _) => *code,
        }
    }

    fn words(&self) -> String {
        match self {
            Self::Open(error) => with_causes(error),
            Self::Read(error) => with_causes(error),
            Self::Said(_, what) => what.clone(),
        }
    }
}

impl From<OpenError> for Failure {
    fn from(error: OpenError) -> Self {
        Self::Open(error)
    }
}

impl From<ReadError> for Failure {
    fn from(error: ReadError) -> Self {
        Self::Read(error)
    }
}

fn with_causes(error: &dyn Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        words = format!("{words}: {error}");
        cause = error.source();
    }
    words
}

thread_local! {
    static LAST: RefCell<CString> = RefCell::new(CString::default());
}

/// Runs an attempt and gives its number.
#[inline]
pub fn of(attempt: impl FnOnce() -> Result<(), Failure>) -> c_int {
    // A reader that was being changed as a panic passed may be in any state, which the manual says: close it.
    match catch_unwind(AssertUnwindSafe(attempt)) {
        Ok(Ok(())) => number(Code::Done),
        Ok(Err(failure)) => keep(&failure),
        Err(panic) => keep(&Failure::Said(Code::Failed, said_by(panic.as_ref()))),
    }
}

fn said_by(panic: &(dyn std::any::Any + Send)) -> String {
    let said = panic.downcast_ref::<&str>().copied();
    let said = said.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    format!("a fault in libcco, please report it: {}", said.unwrap_or("it says nothing"))
}

/// Keeps the words of a failure for this thread and gives its number.
#[cold]
fn keep(failure: &Failure) -> c_int {
    // A path may hold anything, but C ends a text at a zero.
    let words = failure.words().replace('\0', "?");
    let words = CString::new(words).unwrap_or_default();
    // A thread that is ending keeps nothing more; the number is what counts.
    let _ = LAST.try_with(|last| last.replace(words));
    number(failure.code())
}

/// The words of the last failure on this thread, until the next one.
pub(crate) fn last() -> *const c_char {
    LAST.try_with(|last| last.borrow().as_ptr()).unwrap_or(c"".as_ptr())
}

fn number(code: Code) -> c_int {
    c_int::from(u8::from(code))
}

#[cfg(test)]
mod tests {
    use std::ffi::CStr;

    use super::*;

    #[test]
    fn a_panic_is_a_number_and_its_words_are_kept() {
        let code = of(|| panic!("a fault of {}", "this test"));
        assert_eq!(code, number(Code::Failed));
        assert!(words().ends_with("please report it: a fault of this test"), "{}", words());
        assert_eq!(of(|| Ok(())), 0);
        assert!(words().ends_with("this test"), "a success takes nothing away");
        let code = of(|| Err(Failure::usage("a\0b")));
        assert_eq!((code, words().as_str()), (number(Code::Usage), "a?b"));
        std::thread::spawn(|| assert_eq!(words(), "", "another thread has failed in nothing"))
            .join()
            .unwrap();
    }

    fn words() -> String {
        LAST.with(|last| CStr::to_string_lossy(&last.borrow()).into_owned())
    }
}
