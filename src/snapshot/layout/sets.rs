//! What is found in more than one place: counters, periods, limits.
//!
//! Invariant: a set of counters has the same words wherever it is.

part! {
    /// Word offsets in a set of counters.
    pub mod counters from 0 => {
        REQUESTS "requests": U64 * 1, "requests", "API requests";
        MESSAGES "messages": U64 * 1, "messages", "merged transcript records";
        INPUT_TOKENS "input_tokens": U64 * 1, "tokens", "uncached input";
        OUTPUT_TOKENS "output_tokens": U64 * 1, "tokens", "output, thinking included";
        CACHE_WRITE_5M_TOKENS "cache_write_5m_tokens": U64 * 1, "tokens", "written to the five-minute cache";
        CACHE_WRITE_1H_TOKENS "cache_write_1h_tokens": U64 * 1, "tokens", "written to the one-hour cache";
        CACHE_READ_TOKENS "cache_read_tokens": U64 * 1, "tokens", "read from the cache";
        WEB_SEARCH_REQUESTS "web_search_requests": U64 * 1, "requests", "server-side web searches";
        UNPRICED_TOKENS "unpriced_tokens": U64 * 1, "tokens",
            "tokens of models without a price: in the counts above, not in the cost";
        COST "cost": U128 * 2, "picodollars", "API-equivalent cost";
        THINKING_TOKENS "thinking_tokens": U64 * 1, "tokens", "the part of `output_tokens` spent on thinking";
        WEB_FETCH_REQUESTS "web_fetch_requests": U64 * 1, "requests", "server-side web fetches";
        PROVISIONAL_MESSAGES "provisional_messages": U64 * 1, "messages",
            "messages whose final usage never reached the disk";
        PROVISIONAL_OUTPUT_TOKENS "provisional_output_tokens": U64 * 1, "tokens",
            "the output of those messages: a lower bound, and part of `output_tokens`";
        RESERVED "reserved": Reserved * 1, "", "zero; a later minor version may use it";
    }
}

part! {
    /// Word offsets in a period.
    pub mod period from 0 => {
        START "start": I64 * 1, "ms UTC", "its first millisecond";
        END "end": I64 * 1, "ms UTC",
            "the first millisecond after it; once the clock has passed it, the figures are those of a past period";
        COUNTERS "counters": Counters * counters::WORDS, "", "what was used in it";
    }
}

part! {
    /// Word offsets in a limit.
    pub mod limit from 0 => {
        USED "used": U64 * 1, "millionths",
            "used part of the limit; more than 1,000,000 if the limit was exceeded";
        RESETS_AT "resets_at": I64 * 1, "ms UTC", "when it resets; 0 unknown";
        SEEN_AT "seen_at": I64 * 1, "ms UTC", "when this was reported; 0 never";
    }
}
