//! What is counted, as plain numbers: the unit of every total, period and table row.
//!
//! Invariant: addition and subtraction are exact inverses (modulo 2⁶⁴, which no real sum reaches), so that a
//! contribution taken back leaves no trace.

use super::Picodollars;
use super::layout::counters;

/// Sums over requests. `requests` counts API requests, `messages` the merged transcript records among them
/// (iterations that are billed beside a record's own usage are requests, not messages).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Counters {
    /// API requests.
    pub requests: u64,
    /// Merged transcript records.
    pub messages: u64,
    /// Uncached input tokens.
    pub input_tokens: u64,
    /// Output tokens, thinking included.
    pub output_tokens: u64,
    /// Tokens written to the five-minute cache.
    pub cache_write_5m_tokens: u64,
    /// Tokens written to the one-hour cache.
    pub cache_write_1h_tokens: u64,
    /// Tokens read from the cache.
    pub cache_read_tokens: u64,
    /// Server-side web searches.
    pub web_search_requests: u64,
    /// Tokens of models without a price: they are in the counts above and not in `cost`.
    pub unpriced_tokens: u64,
    /// Output tokens spent on thinking: a part of `output_tokens`.
    pub thinking_tokens: u64,
    /// Server-side web fetches, which are free.
    pub web_fetch_requests: u64,
    /// Messages whose final usage never reached the disk.
    pub provisional_messages: u64,
    /// The output tokens of those messages: a lower bound.
    pub provisional_output_tokens: u64,
    /// API-equivalent cost; what subscribers are billed is another matter.
    pub cost: Picodollars,
}

impl Counters {
    /// Sum of the five token kinds: input, output, both cache writes and cache reads.
    pub fn total_tokens(&self) -> u64 {
        self.input_tokens
            .wrapping_add(self.output_tokens)
            .wrapping_add(self.cache_write_5m_tokens)
            .wrapping_add(self.cache_write_1h_tokens)
            .wrapping_add(self.cache_read_tokens)
    }

    /// Writes all known words of a set.
    pub(crate) fn encode(&self, words: &mut [u64]) {
        words[counters::REQUESTS] = self.requests;
        words[counters::MESSAGES] = self.messages;
        words[counters::INPUT_TOKENS] = self.input_tokens;
        words[counters::OUTPUT_TOKENS] = self.output_tokens;
        words[counters::CACHE_WRITE_5M_TOKENS] = self.cache_write_5m_tokens;
        words[counters::CACHE_WRITE_1H_TOKENS] = self.cache_write_1h_tokens;
        words[counters::CACHE_READ_TOKENS] = self.cache_read_tokens;
        words[counters::WEB_SEARCH_REQUESTS] = self.web_search_requests;
        words[counters::UNPRICED_TOKENS] = self.unpriced_tokens;
        self.cost.encode(&mut words[counters::COST..]);
        words[counters::THINKING_TOKENS] = self.thinking_tokens;
        words[counters::WEB_FETCH_REQUESTS] = self.web_fetch_requests;
        words[counters::PROVISIONAL_MESSAGES] = self.provisional_messages;
        words[counters::PROVISIONAL_OUTPUT_TOKENS] = self.provisional_output_tokens;
    }

    /// The set in the first words of `words`.
    #[inline]
    pub(crate) fn decode(words: &[u64]) -> Self {
        let words: &[u64; counters::WORDS] = words.first_chunk().expect("a set of counters is whole");
        Self::load(|at| words[at])
    }

    /// The set whose words `word` gives by their offsets.
    #[inline]
    pub(crate) fn load(word: impl Fn(usize) -> u64) -> Self {
        Self {
            requests: word(counters::REQUESTS),
            messages: word(counters::MESSAGES),
            input_tokens: word(counters::INPUT_TOKENS),
            output_tokens: word(counters::OUTPUT_TOKENS),
            cache_write_5m_tokens: word(counters::CACHE_WRITE_5M_TOKENS),
            cache_write_1h_tokens: word(counters::CACHE_WRITE_1H_TOKENS),
            cache_read_tokens: word(counters::CACHE_READ_TOKENS),
            web_search_requests: word(counters::WEB_SEARCH_REQUESTS),
            unpriced_tokens: word(counters::UNPRICED_TOKENS),
            cost: Picodollars::of_words(word(counters::COST), word(counters::COST + 1)),
            thinking_tokens: word(counters::THINKING_TOKENS),
            web_fetch_requests: word(counters::WEB_FETCH_REQUESTS),
            provisional_messages: word(counters::PROVISIONAL_MESSAGES),
            provisional_output_tokens: word(counters::PROVISIONAL_OUTPUT_TOKENS),
        }
    }

    /// The difference; `None` if any count would fall below zero.
    #[cfg(feature = "publisher")]
    pub(crate) fn checked_sub(self, other: Self) -> Option<Self> {
        let is_enough = std::cell::Cell::new(self.cost >= other.cost);
        let sub = |ours: u64, theirs: u64| {
            is_enough.set(is_enough.get() && ours >= theirs);
            ours.wrapping_sub(theirs)
        };
        let left = self.zip(other, sub, self.cost - other.cost);
        is_enough.get().then_some(left)
    }

    /// The difference, count by count; what fell counts as nothing.
    #[cfg(feature = "publisher")]
    pub(crate) fn saturating_sub(self, other: Self) -> Self {
        self.zip(other, u64::saturating_sub, Picodollars(self.cost.0.saturating_sub(other.cost.0)))
    }

    fn zip(self, other: Self, f: impl Fn(u64, u64) -> u64, cost: Picodollars) -> Self {
        Self {
            requests: f(self.requests, other.requests),
            messages: f(self.messages, other.messages),
            input_tokens: f(self.input_tokens, other.input_tokens),
            output_tokens: f(self.output_tokens, other.output_tokens),
            cache_write_5m_tokens: f(self.cache_write_5m_tokens, other.cache_write_5m_tokens),
            cache_write_1h_tokens: f(self.cache_write_1h_tokens, other.cache_write_1h_tokens),
            cache_read_tokens: f(self.cache_read_tokens, other.cache_read_tokens),
            web_search_requests: f(self.web_search_requests, other.web_search_requests),
            unpriced_tokens: f(self.unpriced_tokens, other.unpriced_tokens),
            thinking_tokens: f(self.thinking_tokens, other.thinking_tokens),
            web_fetch_requests: f(self.web_fetch_requests, other.web_fetch_requests),
            provisional_messages: f(self.provisional_messages, other.provisional_messages),
            provisional_output_tokens: f(self.provisional_output_tokens, other.provisional_output_tokens),
            cost,
        }
    }
}

impl std::ops::Add for Counters {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        self.zip(other, u64::wrapping_add, self.cost + other.cost)
    }
}

impl std::ops::Sub for Counters {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        self.zip(other, u64::wrapping_sub, self.cost - other.cost)
    }
}

impl std::ops::AddAssign for Counters {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl std::ops::SubAssign for Counters {
    fn sub_assign(&mut self, other: Self) {
        *self = *self - other;
    }
}

impl std::iter::Sum for Counters {
    fn sum<I: Iterator<Item = Self>>(items: I) -> Self {
        items.fold(Self::default(), |sum, item| sum + item)
    }
}
