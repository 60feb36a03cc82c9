/*
 * A status line: today's cost, and a word if it may be stale.
 *
 *     cc examples/statusline.c $(pkg-config --cflags --libs cco) -o statusline && ./statusline [SNAPSHOT]
 */
#include <cco.h>
#include <stdio.h>
#include <time.h>

/* The wall clock in milliseconds. */
static int64_t now_ms(void)
{
    struct timespec now;
    timespec_get(&now, TIME_UTC);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int main(int argc, char **argv)
{
    cco_reader *reader;
    int code = cco_open(argc > 1 ? argv[1] : NULL, &reader); /* NULL: where this user's snapshot is */
    struct cco_period today;
    struct cco_freshness freshness;
    if (code == CCO_DONE)
        code = cco_counters(reader, CCO_TODAY, &today, sizeof today); /* only loads: call it as often as you draw */
    if (code == CCO_DONE)
        code = cco_freshness(reader, &freshness, sizeof freshness); /* asks the system: now and then is enough */
    if (code != CCO_DONE) {
        fprintf(stderr, "%s\n", cco_last_error());
        cco_close(reader);
        return code;
    }
    if (cco_is_over(&today, now_ms()))
        printf("nothing published today");
    else
        printf("today %.2f USD, %llu tokens", cco_cost_usd(today.counters.cost),
               (unsigned long long)cco_total_tokens(&today.counters));
    puts(freshness.writer == CCO_WRITER_LIVE && !freshness.is_replaced ? "" : " (may be stale: no publisher is running)");
    cco_close(reader);
    return 0;
}
