//! The system's own watching of folders, or the lack of it.
//!
//! Linux has inotify. Elsewhere nothing is watched and changes are found by scanning, which the publisher then does more
//! often. Invariant: setting up never fails; a folder that cannot be watched is refused with the reason.

#[cfg(target_os = "linux")]
mod inotify;
#[cfg(not(target_os = "linux"))]
mod unwatched;
mod wake;

#[cfg(target_os = "linux")]
pub(super) use inotify::System;
#[cfg(not(target_os = "linux"))]
pub(super) use unwatched::System;
pub use wake::Waker;

/// Identifies a watch.
pub(super) type Id = i32;

/// What happened to a file or folder.
#[cfg_attr(not(target_os = "linux"), allow(dead_code, reason = "elsewhere nothing is reported"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// It was written to.
    Written,
    /// It is new, was moved there, or has other permissions.
    Appeared,
    /// It was deleted or moved away.
    Removed,
}

/// What the system reports.
#[cfg_attr(not(target_os = "linux"), allow(dead_code, reason = "elsewhere nothing is reported"))]
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Event<'a> {
    /// Events were lost.
    Lost,
    /// A watch has ended: its folder is gone.
    Ended(Id),
    /// Something happened to a watched folder itself.
    Itself(Id, What),
    /// Something happened to an entry of a watched folder.
    Entry(Id, &'a std::ffi::OsStr, What),
}

/// Why a folder is not watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// The system allows no more watches.
    Watches,
    /// The system allows no more watchers, or the process no more open files.
    Watchers,
    /// Other machines can write to it, which the system does not report.
    Remote,
    /// There is no watching on this system.
    Unsupported,
}

impl std::fmt::Display for Obstacle {
    /// Says what is the case and what to do.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Watches => "the limit of watched folders is reached: raise the sysctl fs.inotify.max_user_watches",
            Self::Watchers => {
                "the limit of watchers or open files is reached: raise the sysctl fs.inotify.max_user_instances, or \
                 the limit of open files (ulimit -n)"
            }
            Self::Remote => "the folder is on a network file system, whose changes are not reported: nothing to do",
            Self::Unsupported => "this system reports no changes to folders: nothing to do",
        })
    }
}

/// Why a watch was not set.
#[cfg_attr(not(target_os = "linux"), allow(dead_code, reason = "elsewhere nothing is reported"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// The folder is gone, or may not be listed.
    Folder,
    /// The folder is there and cannot be watched.
    Obstacle(Obstacle),
}
