//! How many threads work is shared out among.

use std::num::NonZeroUsize;

/// As many threads as the machine gives this process.
pub fn default_threads() -> NonZeroUsize {
    std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN)
}
