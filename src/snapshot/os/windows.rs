//! What Windows has for the calls of Unix that the snapshot makes.
//!
//! Invariant: the same names and meanings as in [`super`] for Unix, as far as Windows goes. Files have no owner
//! and no mode here: folders in a user's profile are private by what they inherit.
//! It is compiled by every check and has not run on Windows.

use std::ffi::c_void;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::os::windows::fs::{FileExt as _, OpenOptionsExt as _};
use std::os::windows::io::AsRawHandle as _;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

/// Opens a link itself instead of its target, so it can be refused.
const FILE_FLAG_OPEN_REPARSE_POINT: u32 = 0x0020_0000;
/// Lets a folder be opened, which is asked for its id like a file.
const FILE_FLAG_BACKUP_SEMANTICS: u32 = 0x0200_0000;

/// `BY_HANDLE_FILE_INFORMATION`.
#[repr(C)]
#[derive(Default)]
struct FileInformation {
    attributes: u32,
    times: [u32; 6],
    volume: u32,
    size: [u32; 2],
    links: u32,
    index_high: u32,
    index_low: u32,
}

#[link(name = "kernel32")]
unsafe extern "system" {
    fn GetFileInformationByHandle(file: *mut c_void, information: *mut FileInformation) -> i32;
    fn GetTickCount64() -> u64;
}

/// Lets `options` open a file, but nothing that a link leads to.
pub(crate) fn guarded(options: &mut OpenOptions) -> &mut OpenOptions {
    options.custom_flags(FILE_FLAG_OPEN_REPARSE_POINT)
}

/// Makes folders, which inherit their permissions.
pub(crate) fn private_folder() -> DirBuilder {
    DirBuilder::new()
}

/// Reads at `offset`, as much as there is at once.
pub(crate) fn read_at(file: &File, bytes: &mut [u8], offset: u64) -> io::Result<usize> {
    file.seek_read(bytes, offset)
}

/// What makes an open file itself: volume and index.
pub(crate) fn file_id(file: &File) -> io::Result<(u64, u64)> {
    let mut information = FileInformation::default();
    // SAFETY: the handle is open, and the structure, which the call fills, lives through it.
    if unsafe { GetFileInformationByHandle(file.as_raw_handle(), &raw mut information) } == 0 {
        return Err(io::Error::last_os_error());
    }
    let index = u64::from(information.index_high) << 32 | u64::from(information.index_low);
    Ok((u64::from(information.volume), index))
}

/// The same for the file at `path`.
pub(crate) fn file_id_at(path: &Path) -> io::Result<(u64, u64)> {
    let flags = FILE_FLAG_OPEN_REPARSE_POINT | FILE_FLAG_BACKUP_SEMANTICS;
    file_id(&OpenOptions::new().access_mode(0).custom_flags(flags).open(path)?)
}

/// Milliseconds since the system started. They include sleep, which does no harm: boots have no id here, so the wall clock
/// decides.
pub(crate) fn awake_clock_ms_once() -> u64 {
    // SAFETY: the call takes nothing and cannot fail.
    unsafe { GetTickCount64() }
}

/// Milliseconds UTC; 0 if the clock is before 1970.
pub(crate) fn wall_clock_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
