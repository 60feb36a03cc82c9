/*
 * What a snapshot of the tests holds: each set of counters derives from one number, so that every value can be checked.
 * `counters_of` in tests/made/mod.rs is the other side of it.
 */
#ifndef COUNTED_H
#define COUNTED_H

#include <cco.h>

/* The number a set was made of, or 0 if its values do not fit together: torn, or misread. */
static inline uint64_t made_of(const struct cco_counters *c)
{
    uint64_t r = c->requests;
    /* 19 r 2^40 in 128 bits. */
    uint64_t high = (19 * r) >> 24, low = (19 * r) << 40;
    int fits = c->messages == r + 1 && c->input_tokens == 2 * r && c->output_tokens == 3 * r &&
               c->cache_write_5m_tokens == 5 * r && c->cache_write_1h_tokens == 7 * r &&
               c->cache_read_tokens == 11 * r && c->web_search_requests == 13 * r && c->unpriced_tokens == 17 * r &&
               c->cost.low == low && c->cost.high == high && c->thinking_tokens == r &&
               c->web_fetch_requests == 23 * r && c->provisional_messages == 29 * r &&
               c->provisional_output_tokens == 31 * r && c->reserved == 0;
    return fits ? r : 0;
}

#endif
