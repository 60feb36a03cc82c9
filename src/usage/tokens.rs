//! The counters of one request.

/// Token, search and fetch counts of one request. The derived order is part of the merge rule: input, output,
/// five-minute writes, one-hour writes, reads, searches, fetches, thinking.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tokens {
    /// Uncached input tokens.
    pub input: u64,
    /// Output tokens, thinking included.
    pub output: u64,
    /// Tokens written to the five-minute cache.
    pub cache_write_5m: u64,
    /// Tokens written to the one-hour cache.
    pub cache_write_1h: u64,
    /// Tokens read from the cache.
    pub cache_read: u64,
    /// Server-side web searches.
    pub web_searches: u64,
    /// Server-side web fetches, which are free.
    pub web_fetches: u64,
    /// Output tokens spent on thinking; they are part of `output`.
    pub thinking: u64,
}

impl Tokens {
    /// The largest counter that is accepted. Above it, JSON numbers are not exact everywhere.
    pub const MAX: u64 = (1 << 53) - 1;

    /// What the model read: input, cache writes and cache reads. Decides long-context prices.
    pub fn prompt(&self) -> u64 {
        self.input + self.cache_write_5m + self.cache_write_1h + self.cache_read
    }

    /// Prompt and output.
    pub fn total(&self) -> u64 {
        self.prompt() + self.output
    }
}
