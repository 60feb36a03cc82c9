//! The number of threads that share the work.

use std::num::NonZeroUsize;

/// The number of threads that this process may run at once.
pub fn default_threads() -> NonZeroUsize {
    std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN)
}
