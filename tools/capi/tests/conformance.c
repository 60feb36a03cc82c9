/*
 * The C reader as the vectors ask every reader: a line of JSON in, a line of JSON out, until the input ends.
 *
 * It reads through cco.h alone. A question that it does not understand ends it with 2, so that a wrong question is noticed.
 * conformance_json.h writes JSON and takes questions apart.
 */
#include <cco.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "c/counted.h"
#include "conformance_json.h"

/* ---- A snapshot as JSON ---- */

static void put_counters(const char *name, const struct cco_counters *c)
{
    open_object(name);
    put_u64("requests", c->requests);
    put_u64("messages", c->messages);
    put_u64("input_tokens", c->input_tokens);
    put_u64("output_tokens", c->output_tokens);
    put_u64("cache_write_5m_tokens", c->cache_write_5m_tokens);
    put_u64("cache_write_1h_tokens", c->cache_write_1h_tokens);
    put_u64("cache_read_tokens", c->cache_read_tokens);
    put_u64("web_search_requests", c->web_search_requests);
    put_u64("unpriced_tokens", c->unpriced_tokens);
    put_u128("cost", c->cost.low, c->cost.high);
    put_u64("thinking_tokens", c->thinking_tokens);
    put_u64("web_fetch_requests", c->web_fetch_requests);
    put_u64("provisional_messages", c->provisional_messages);
    put_u64("provisional_output_tokens", c->provisional_output_tokens);
    close_object();
}

static void put_period(const char *name, const struct cco_period *p)
{
    open_object(name);
    put_i64("start", p->start);
    put_i64("end", p->end);
    put_counters("counters", &p->counters);
    close_object();
}

static void put_limit(const char *name, const struct cco_limit *l)
{
    open_object(name);
    put_u64("used", l->used_millionths);
    put_i64("resets_at", l->resets_at);
    put_i64("seen_at", l->seen_at);
    close_object();
}

static void put_page(const struct cco_identity *i)
{
    char text[64];
    open_object("page");
    snprintf(text, sizeof text, "%" PRIu32 ".%" PRIu32, i->layout_major, i->layout_minor);
    put_text("version", text, strlen(text));
    put_u64("epoch", i->epoch);
    put_u64("writer_pid", i->writer_pid);
    put_i64("writer_started_at", i->writer_started_at);
    uint64_t high = i->boot_id[0], low = i->boot_id[1];
    snprintf(text, sizeof text, "%08" PRIx64 "-%04" PRIx64 "-%04" PRIx64 "-%04" PRIx64 "-%012" PRIx64, high >> 32,
             high >> 16 & 0xffff, high & 0xffff, low >> 48, low & 0xffffffffffff);
    if (high == 0 && low == 0)
        put_null("boot_id");
    else
        put_text("boot_id", text, strlen(text));
    put_i64("created_at", i->created_at);
    put_u64("week_start", i->week_start);
    put_text("program", i->program, strlen(i->program));
    put_text("zone", i->zone, strlen(i->zone));
    close_object();
}

static void put_slot(const struct cco_totals *t)
{
    open_object("slot");
    put_u64("generation", t->generation);
    put_i64("published_at", t->published_at);
    put_u64("scan_state", t->scan_state);
    put_counters("totals", &t->all_time);
    put_period("today", &t->today);
    put_period("this_week", &t->this_week);
    put_period("this_month", &t->this_month);
    put_period("block", &t->block);
    put_i64("block_first_at", t->block_first_at);
    put_i64("block_last_at", t->block_last_at);
    put_limit("five_hour_limit", &t->five_hour_limit);
    put_limit("seven_day_limit", &t->seven_day_limit);
    put_u64("sessions_left_out", t->sessions_left_out);
    close_object();
}

static void put_health(const struct cco_health *h)
{
    open_object("health");
    put_i64("updated_at", h->updated_at);
    put_u64("roots", h->roots);
    put_u64("files", h->files);
    put_u64("file_bytes", h->file_bytes);
    put_u64("skipped_files", h->skipped_files);
    put_u64("passes", h->passes);
    put_u64("bytes_read", h->bytes_read);
    put_u64("lines", h->lines);
    put_u64("records", h->records);
    put_u64("requests", h->requests);
    put_u64("duplicates_merged", h->duplicates_merged);
    put_u64("malformed_lines", h->malformed_lines);
    put_u64("unfinished_lines", h->unfinished_lines);
    put_u64("synthetic_records", h->synthetic_records);
    put_u64("bad_timestamps", h->bad_timestamps);
    put_u64("truncations", h->truncations);
    put_u64("lost_events", h->lost_events);
    put_u64("errors", h->errors);
    put_i64("last_error_at", h->last_error_at);
    put_u64("scan_us", h->scan_us);
    put_u64("pass_us", h->pass_us);
    put_u64("commit_us", h->commit_us);
    put_u64("publish_us", h->publish_us);
    put_u64("lag_us", h->lag_us);
    put_u64("following", h->following);
    put_u64("poll_interval_ms", h->poll_interval_ms);
    put_u64("folders_unwatched", h->folders_unwatched);
    put_u64("resident_bytes", h->resident_bytes);
    put_u64("ledger_bytes", h->ledger_bytes);
    put_list("pass_histogram", h->pass_histogram, 16);
    put_list("commit_histogram", h->commit_histogram, 16);
    put_list("publish_histogram", h->publish_histogram, 16);
    put_u64("pass_us_sum", h->pass_us_sum);
    put_u64("commit_us_sum", h->commit_us_sum);
    put_u64("publish_us_sum", h->publish_us_sum);
    close_object();
}

/* Each table: every row, until the table has no more. */
#define ROWS(list, type, row, function, members)                                               \
    do {                                                                                       \
        struct type row;                                                                       \
        open_list(list);                                                                       \
        for (size_t at = 0; function(frame, at, &row, sizeof row) == CCO_DONE; at++) {         \
            open_object(NULL);                                                                 \
            members close_object();                                                            \
        }                                                                                      \
        close_list();                                                                          \
    } while (0)

static void put_tables(const cco_frame *frame)
{
    ROWS("models", cco_model, r, cco_frame_model, {
        put_text("name", r.name.data, r.name.bytes);
        put_u64("agent", r.agent);
        put_counters("counters", &r.counters);
    });
    ROWS("projects", cco_project, r, cco_frame_project, {
        put_text("project", r.project.data, r.project.bytes);
        put_text("path", r.path.data, r.path.bytes);
        put_u64("agent", r.agent);
        put_i64("first_at", r.first_at);
        put_i64("last_at", r.last_at);
        put_counters("counters", &r.counters);
        put_counters("today", &r.today);
    });
    ROWS("sessions", cco_session, r, cco_frame_session, {
        put_text("session", r.session.data, r.session.bytes);
        put_text("project", r.project.data, r.project.bytes);
        put_u64("agent", r.agent);
        put_i64("first_at", r.first_at);
        put_i64("last_at", r.last_at);
        put_counters("counters", &r.counters);
    });
    ROWS("days", cco_day, r, cco_frame_day, {
        put_u64("date", r.date);
        put_counters("counters", &r.counters);
    });
    ROWS("hours", cco_hour, r, cco_frame_hour, {
        put_i64("start", r.start);
        put_counters("counters", &r.counters);
    });
    ROWS("history", cco_history, r, cco_frame_history, {
        put_i64("at", r.at);
        put_counters("counters", &r.counters);
    });
    ROWS("agents", cco_agent, r, cco_frame_agent, {
        put_u64("agent", r.agent);
        put_text("name", r.name.data, r.name.bytes);
        put_counters("counters", &r.counters);
    });
    ROWS("limits", cco_limit_row, r, cco_frame_limit, {
        put_u64("agent", r.agent);
        put_u64("kind", r.kind);
        put_text("scope", r.scope.data, r.scope.bytes);
        put_u64("used", r.used_millionths);
        put_i64("resets_at", r.resets_at);
        put_i64("seen_at", r.seen_at);
        put_u128("spent", r.spent.low, r.spent.high);
        put_u128("allowed", r.allowed.low, r.allowed.high);
    });
}

static void put_snapshot(const struct cco_identity *identity, const cco_frame *frame, const struct cco_totals *t,
                         const struct cco_health *health, const struct cco_freshness *freshness, int64_t now)
{
    static const char *const writers[] = {"", "live", "stopped", "dead"};
    open_object("snapshot");
    put_page(identity);
    put_u64("superseded", t->superseded);
    put_u64("state", t->state);
    put_slot(t);
    put_tables(frame);
    if (health == NULL)
        put_null("health");
    else
        put_health(health);
    put_text("freshness", writers[freshness->writer], strlen(writers[freshness->writer]));
    put_u64("heartbeat_age_ms", freshness->heartbeat_age_ms);
    open_object("over");
    put_bool("today", cco_is_over(&t->today, now));
    put_bool("this_week", cco_is_over(&t->this_week, now));
    put_bool("this_month", cco_is_over(&t->this_month, now));
    if (t->block.end == 0)
        put_null("block");
    else
        put_bool("block", cco_is_over(&t->block, now));
    close_object();
    close_object();
}

/* Everything in the snapshot, or the number of the error. */
static void answer_read(const char *path, int64_t now, int is_held)
{
    cco_reader *reader = NULL;
    cco_frame *frame = NULL;
    struct cco_identity identity;
    struct cco_totals totals;
    struct cco_health health;
    struct cco_freshness freshness;
    int has_health = 0;
    int code = cco_open(path, &reader);
    if (code == CCO_DONE)
        code = cco_identity(reader, &identity, sizeof identity);
    if (code == CCO_DONE)
        code = cco_frame_read(reader, &frame);
    if (code == CCO_DONE)
        code = cco_frame_totals(frame, &totals, sizeof totals);
    if (code == CCO_DONE) {
        code = cco_health(reader, &health, sizeof health);
        has_health = code == CCO_DONE;
        if (code == CCO_MISSING)
            code = CCO_DONE;
    }
    if (code == CCO_DONE)
        code = cco_freshness_at(totals.state, totals.heartbeat_at, now, is_held, &freshness, sizeof freshness);
    open_object(NULL);
    if (code == CCO_DONE)
        put_snapshot(&identity, frame, &totals, has_health ? &health : NULL, &freshness, now);
    else
        put_u64("error", (uint64_t)code);
    close_object();
    cco_frame_free(frame);
    cco_close(reader);
}

/* ---- Beside a live writer ---- */

struct live {
    uint64_t reads, frames, torn, backwards, busy, most_tries, generations, files, tries;
    uint64_t epoch, newest;
    int64_t nothing_since; /* 0: something was read last */
};

static int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void give_up(const char *what)
{
    fprintf(stderr, "conformance: %s: %s\n", what, cco_last_error());
    exit(1);
}

/* There is nothing to read at this moment: a restart, a replacement, or a writer that is ahead. */
static void nothing(struct live *live)
{
    const struct timespec pause = {0, 50000};
    live->busy++;
    live->tries++;
    if (live->nothing_since == 0)
        live->nothing_since = now_ns();
    if (now_ns() - live->nothing_since > 10000000000)
        give_up("nothing could be read for 10 s");
    nanosleep(&pause, NULL);
}

static int totals_hold(const struct cco_totals *t)
{
    uint64_t r = made_of(&t->all_time);
    return (r != 0 || t->all_time.requests == 0) && t->published_at == 1700000000000 + (int64_t)t->generation &&
           made_of(&t->today.counters) == r && made_of(&t->this_week.counters) == r &&
           made_of(&t->this_month.counters) == r && made_of(&t->block.counters) == r;
}

/* Whether each row holds, of at least so many: without rows it would prove nothing. */
#define EACH(type, function, least, holds)                                                            \
    do {                                                                                              \
        struct type row;                                                                              \
        size_t at = 0, wanted = (least);                                                              \
        for (; function(frame, at, &row, sizeof row) == CCO_DONE; at++)                               \
            if (!(holds))                                                                             \
                return 0;                                                                             \
        if (at < wanted)                                                                              \
            return 0;                                                                                 \
    } while (0)

static int frame_holds(const cco_frame *frame, const struct cco_totals *t)
{
    uint64_t r = made_of(&t->all_time);
    EACH(cco_model, cco_frame_model, 1, made_of(&row.counters) == r);
    EACH(cco_project, cco_frame_project, 1, made_of(&row.counters) == r && made_of(&row.today) == r);
    EACH(cco_session, cco_frame_session, 1, made_of(&row.counters) == r);
    EACH(cco_day, cco_frame_day, 1, made_of(&row.counters) == r);
    EACH(cco_hour, cco_frame_hour, 1, made_of(&row.counters) == r);
    EACH(cco_agent, cco_frame_agent, 1, made_of(&row.counters) == r);
    /* Older totals, each of a number of its own. */
    EACH(cco_history, cco_frame_history, 0, made_of(&row.counters) != 0);
    return totals_hold(t);
}

static void note(struct live *live, const cco_reader *reader, uint64_t generation, int holds)
{
    struct cco_identity identity;
    if (cco_identity(reader, &identity, sizeof identity) != CCO_DONE)
        give_up("no identity");
    if (live->tries + 1 > live->most_tries)
        live->most_tries = live->tries + 1;
    live->tries = 0;
    live->nothing_since = 0;
    live->torn += !holds;
    if (identity.epoch != live->epoch) {
        live->epoch = identity.epoch;
        live->newest = 0;
    }
    live->backwards += generation < live->newest;
    if (generation > live->newest) {
        live->newest = generation;
        live->generations++;
    }
}

static void look_for_another(struct live *live, cco_reader *reader)
{
    int was_replaced = 0;
    int code = cco_refresh(reader, &was_replaced);
    if (code == CCO_MISSING)
        nothing(live);
    else if (code != CCO_DONE)
        give_up("the new file cannot be opened");
    live->files += (uint64_t)was_replaced;
}

static void answer_live(const char *path, uint64_t reads, uint64_t frames)
{
    struct live live = {0};
    cco_reader *reader;
    cco_frame *frame = NULL;
    struct cco_totals totals;
    int64_t spent = 0;
    int code;
    while ((code = cco_open(path, &reader)) != CCO_DONE) {
        if (code != CCO_MISSING)
            give_up("the snapshot cannot be opened");
        nothing(&live);
    }
    live.files = 1;
    /* Frames are spread among the reads. */
    uint64_t every = frames == 0 || reads < frames ? 1 : reads / frames;
    while (live.reads < reads || live.frames < frames) {
        int is_frame = live.frames < frames && (live.reads >= reads || live.reads >= live.frames * every);
        int holds = 0;
        if (is_frame) {
            code = cco_frame_read(reader, &frame);
            if (code == CCO_DONE)
                code = cco_frame_totals(frame, &totals, sizeof totals);
            if (code == CCO_DONE)
                holds = frame_holds(frame, &totals);
        } else {
            int64_t began = now_ns();
            code = cco_totals(reader, &totals, sizeof totals);
            spent += now_ns() - began;
            holds = code == CCO_DONE && totals_hold(&totals);
        }
        if (code == CCO_DONE) {
            note(&live, reader, totals.generation, holds);
            if (is_frame)
                live.frames++;
            else
                live.reads++;
            /* A killed writer marks nothing: so the path is looked at now and then. */
            if (totals.superseded || live.reads % 1000 == 0)
                look_for_another(&live, reader);
        } else if (code == CCO_BUSY || code == CCO_NOTHING_PUBLISHED) {
            nothing(&live);
            look_for_another(&live, reader);
        } else {
            give_up("a read failed");
        }
    }
    cco_frame_free(frame);
    cco_close(reader);
    open_object(NULL);
    put_u64("reads", live.reads);
    put_u64("frames", live.frames);
    put_u64("torn", live.torn);
    put_u64("backwards", live.backwards);
    put_u64("busy", live.busy);
    put_u64("most_tries", live.most_tries);
    put_u64("generations", live.generations);
    put_u64("files", live.files);
    put_u64("ns_per_read", live.reads == 0 ? 0 : (uint64_t)spent / live.reads);
    close_object();
}

/* ---- What a read costs ---- */

static int by_size(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static void answer_cost(const char *path, uint64_t reads)
{
    enum { BATCHES = 15 };
    uint64_t costs[2][BATCHES];
    cco_reader *reader;
    struct cco_totals totals;
    struct cco_period today;
    uint64_t batch = reads / BATCHES + 1;
    if (cco_open(path, &reader) != CCO_DONE)
        give_up("the snapshot cannot be opened");
    for (int number = 0; number < 2 * BATCHES; number++) {
        int64_t began = now_ns();
        for (uint64_t read = 0; read < batch; read++) {
            int code = number % 2 == 0 ? cco_totals(reader, &totals, sizeof totals)
                                       : cco_counters(reader, CCO_TODAY, &today, sizeof today);
            if (code != CCO_DONE)
                give_up("a read failed");
        }
        costs[number % 2][number / 2] = (uint64_t)(now_ns() - began) / batch;
    }
    cco_close(reader);
    open_object(NULL);
    for (int what = 0; what < 2; what++) {
        qsort(costs[what], BATCHES, sizeof costs[what][0], by_size);
        put_u64(what == 0 ? "ns_per_totals" : "ns_per_today", costs[what][BATCHES / 2]);
    }
    close_object();
}

int main(void)
{
    static char line[1 << 16];
    while (fgets(line, sizeof line, stdin) != NULL) {
        char what[16], path[1 << 14];
        uint64_t reads = 0, frames = 0;
        int64_t now = 0;
        int is_held = 0;
        if (!text_in(line, "do", what, sizeof what) || !text_in(line, "path", path, sizeof path)) {
            fprintf(stderr, "conformance: what is %s", line);
            return 2;
        }
        if (strcmp(what, "read") == 0 && number_in(line, "now_ms", &now) && bool_in(line, "held", &is_held)) {
            answer_read(path, now, is_held);
        } else if (strcmp(what, "live") == 0 && count_in(line, "reads", &reads) && count_in(line, "frames", &frames)) {
            answer_live(path, reads, frames);
        } else if (strcmp(what, "cost") == 0 && count_in(line, "reads", &reads)) {
            answer_cost(path, reads);
        } else {
            fprintf(stderr, "conformance: what is %s", line);
            return 2;
        }
        putchar('\n');
        if (fflush(stdout) != 0)
            return 1;
    }
    return ferror(stdin) != 0;
}
