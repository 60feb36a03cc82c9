//! What reading asks of the system: nothing to be allocated.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::ffi::CString;

use cco::snapshot::{Publication, Writer, WriterOptions};

use super::*;

/// The system's allocator, which counts for each thread.
struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: every call goes on to the system's allocator as it is; counting allocates nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.with(|count| count.set(count.get() + 1));
        // SAFETY: the caller's promises are those that the system's allocator asks for.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the same.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

#[test]
fn totals_and_counters_allocate_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("usage.snapshot");
    let options = WriterOptions { zone: "UTC".into(), week_start: 0, program: "test".into() };
    let mut writer = Writer::open(&path, options).unwrap();
    writer.commit(&Publication::default()).unwrap();
    let path = CString::new(path.into_os_string().into_encoded_bytes()).unwrap();
    let mut reader = std::ptr::null_mut();
    // SAFETY: the path ends with a zero, and the reader may be written.
    assert_eq!(unsafe { cco_open(path.as_ptr(), &raw mut reader) }, 0);
    let (mut totals, mut period) = (Totals::default(), Period::default());
    let mut read = || {
        // SAFETY: an open reader of this thread, and totals of that size.
        let code = unsafe { cco_totals(reader, &raw mut totals, size_of::<Totals>()) };
        // SAFETY: the same with a period.
        code + unsafe { cco_counters(reader, 1, &raw mut period, size_of::<Period>()) }
    };
    let before = ALLOCATIONS.get();
    assert_eq!((0..1000).map(|_| read()).sum::<i32>(), 0);
    assert_eq!(ALLOCATIONS.get(), before);
    drop(vec![0]);
    assert!(ALLOCATIONS.get() > before, "allocations are counted");
    // SAFETY: it is open, and not used again.
    unsafe { cco_close(reader) };
}
