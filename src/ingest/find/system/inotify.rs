//! Linux: inotify, asked directly.
//!
//! One queue for all folders. Setting a watch is one system call, and so is removing one; only what can change a
//! transcript or a folder is asked for, so that reading and listing wake nobody.
//!
//! Invariant: events are given out in the queue's order, and a lost one is reported as such.

use std::ffi::OsStr;
use std::mem::MaybeUninit;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fd::OwnedFd;
use rustix::fs::inotify::{self, CreateFlags, ReadFlags, WatchFlags};
use rustix::io::Errno;

use super::{Event, Id, Obstacle, Refusal, Waker, What};

/// File systems that other machines, or programs beside the kernel, write to: numbers from statfs(2).
const REMOTE: [i64; 8] = [
    0x6969,      // NFS
    0x517b,      // SMB
    0xff53_4d42, // CIFS
    0xfe53_4d42, // SMB2
    0x6573_5546, // FUSE
    0x0102_1997, // 9P
    0x00c3_6400, // Ceph
    0x5346_414f, // AFS
];

/// Without a descriptor for wakes, a wait for events is cut into pieces of this length.
const WITHOUT_WAKES: Duration = Duration::from_millis(100);

/// Room for so many bytes of events at a time.
const BUFFER_BYTES: usize = 16 << 10;

/// The queue of events.
pub(in super::super) struct System {
    /// `None` if the system gave none.
    queue: Option<OwnedFd>,
    waker: Waker,
    buffer: Box<[MaybeUninit<u8>]>,
}

impl System {
    pub(in super::super) fn new() -> Self {
        let queue = inotify::init(CreateFlags::CLOEXEC | CreateFlags::NONBLOCK);
        let queue = queue.inspect_err(|error| tracing::debug!(%error, "no inotify instance")).ok();
        let buffer = vec![MaybeUninit::uninit(); BUFFER_BYTES].into_boxed_slice();
        Self { queue, waker: Waker::with_descriptor(), buffer }
    }

    /// What ends a wait from another thread.
    pub(in super::super) fn waker(&self) -> Waker {
        self.waker.clone()
    }

    /// Watches a folder. A folder that is watched already keeps its id.
    pub(in super::super) fn add(&mut self, folder: &Path) -> Result<Id, Refusal> {
        let Some(queue) = &self.queue else { return Err(Refusal::Obstacle(Obstacle::Watchers)) };
        if is_remote(folder) {
            return Err(Refusal::Obstacle(Obstacle::Remote));
        }
        let changes = WatchFlags::CREATE
            | WatchFlags::DELETE
            | WatchFlags::MODIFY
            | WatchFlags::MOVE
            | WatchFlags::ATTRIB
            | WatchFlags::DELETE_SELF
            | WatchFlags::MOVE_SELF;
        // A deleted file that a program still has open changes nothing any more.
        let flags = changes | WatchFlags::ONLYDIR | WatchFlags::EXCL_UNLINK;
        inotify::add_watch(queue, folder, flags).map_err(|error| match error {
            Errno::NOSPC | Errno::NOMEM => Refusal::Obstacle(Obstacle::Watches),
            _ => {
                tracing::debug!(%error, folder = %folder.display(), "cannot watch a folder");
                Refusal::Folder
            }
        })
    }

    /// Ends a watch.
    pub(in super::super) fn remove(&mut self, id: Id) {
        if let Some(queue) = &self.queue
            && let Err(error) = inotify::remove_watch(queue, id)
        {
            // It went with its folder.
            tracing::trace!(%error, "a watch was gone already");
        }
    }

    /// Waits until something happens or it is woken, or until then, and gives out all events there are. Says whether
    /// it was woken.
    pub(in super::super) fn wait(&mut self, until: Option<Instant>, mut take: impl FnMut(Event<'_>)) -> bool {
        loop {
            let left = until.map_or(Duration::MAX, |until| until.saturating_duration_since(Instant::now()));
            if self.drain(&mut take) {
                return self.waker.was_used();
            }
            if self.waker.was_used() {
                return true;
            }
            if left.is_zero() {
                return false;
            }
            self.sleep(left);
        }
    }

    /// Sleeps until there may be something.
    fn sleep(&self, left: Duration) {
        let Some(wakes) = self.waker.descriptor() else {
            return self.waker.wait(left.min(WITHOUT_WAKES));
        };
        let timeout = Timespec::try_from(left).ok();
        let mut descriptors: Vec<PollFd<'_>> = self
            .queue
            .iter()
            .chain([wakes])
            .map(|descriptor| PollFd::new(descriptor, PollFlags::IN))
            .collect();
        if let Err(error) = poll(&mut descriptors, timeout.as_ref())
            && error != Errno::INTR
        {
            tracing::debug!(%error, "cannot wait for events");
            self.waker.wait(left.min(WITHOUT_WAKES));
        }
    }

    /// Gives out all events there are. Says whether there were any.
    fn drain(&mut self, take: &mut impl FnMut(Event<'_>)) -> bool {
        let Some(queue) = &self.queue else { return false };
        let mut reader = inotify::Reader::new(queue, &mut self.buffer);
        let mut any = false;
        loop {
            match reader.next() {
                Ok(event) => {
                    any = true;
                    if let Some(event) = translated(event.wd(), event.events(), event.file_name()) {
                        take(event);
                    }
                }
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => return any,
                Err(error) => {
                    tracing::debug!(%error, "cannot read events");
                    take(Event::Lost);
                    return true;
                }
            }
        }
    }
}

/// An event in plain terms.
fn translated(id: Id, flags: ReadFlags, name: Option<&std::ffi::CStr>) -> Option<Event<'_>> {
    let is = |any: ReadFlags| flags.intersects(any);
    if is(ReadFlags::QUEUE_OVERFLOW) {
        return Some(Event::Lost);
    }
    if is(ReadFlags::IGNORED) {
        return Some(Event::Ended(id));
    }
    let what = if is(ReadFlags::DELETE
        | ReadFlags::MOVED_FROM
        | ReadFlags::DELETE_SELF
        | ReadFlags::MOVE_SELF
        | ReadFlags::UNMOUNT)
    {
        What::Removed
    } else if is(ReadFlags::CREATE | ReadFlags::MOVED_TO | ReadFlags::ATTRIB) {
        What::Appeared
    } else if is(ReadFlags::MODIFY) {
        What::Written
    } else {
        return None;
    };
    Some(match name {
        Some(name) => Event::Entry(id, OsStr::from_bytes(name.to_bytes()), what),
        None => Event::Itself(id, what),
    })
}

/// Whether a folder's changes may be made where this kernel does not see them.
fn is_remote(folder: &Path) -> bool {
    rustix::fs::statfs(folder).is_ok_and(|system| {
        #[allow(clippy::unnecessary_cast, reason = "the type differs by architecture")]
        let kind = system.f_type as i64;
        REMOTE.contains(&(kind & 0xffff_ffff))
    })
}
