/*
 * libcco: Claude Code usage, read from the snapshot that a cco publisher keeps current.
 *
 * This header is the manual. A status line needs four calls:
 *
 *     cco_reader *reader;
 *     struct cco_period today;
 *     if (cco_open(NULL, &reader) == CCO_DONE) {
 *         if (cco_counters(reader, CCO_TODAY, &today, sizeof today) == CCO_DONE)
 *             printf("today %.2f USD\n", cco_cost_usd(today.counters.cost));
 *         cco_close(reader);
 *     }
 *
 * RULES THAT HOLD FOR EVERY FUNCTION
 *
 * Outcome     Functions that can fail return an `enum cco_code` as an int: CCO_DONE (0) or the number of an error. A
 *             number has one meaning for ever; it is also the exit code of the programs cco and cco-peek. On an error
 *             nothing is written through the pointers that you gave, unless a function says otherwise: what you had
 *             stays, and it need not have been initialised. cco_strerror names a number; cco_last_error says what happened and what to do.
 * NULL        A pointer that must not be NULL and is NULL gives CCO_USAGE; nothing is read or written. Where NULL has a
 *             meaning, the function says so. Freeing NULL does nothing.
 * Size        A struct that the library fills is passed with its size: `&totals, sizeof totals`. A later library may
 *             know more members, always at the end: it fills as many bytes as your struct has. An older library fills
 *             what it knows and sets the rest to zero. A size of 0 or above 64 KiB, or a pointer that is not aligned
 *             to 8 bytes, gives CCO_USAGE. Structs inside others never grow; their `reserved` words are zero.
 * Threads     A reader or a frame is used by one thread at a time; that may be a different thread each time. Different
 *             readers, also of the same file, and different frames are independent. Functions without a reader or a
 *             frame may be called by any thread at any time. Nothing is thread-local but cco_last_error.
 * Lifetime    What a struct holds is yours. The only pointers into the library's memory are the texts of a frame's
 *             rows, valid until the frame is read again or freed, and the strings of cco_strerror, cco_version and
 *             cco_last_error, whose functions say how long.
 * Unloading   Strings that are valid for ever and the handler of cco_survive_shortened_files lie in the library. On Linux it
 *             therefore stays in memory after dlclose; elsewhere do not unload it.
 * Panics      None leaves the library: a fault in it is CCO_FAILED, and cco_last_error tells what to report. After
 *             CCO_FAILED close the reader.
 * Signals     The library handles none and blocks none, unless you call cco_survive_shortened_files.
 * fork        A child may use a reader that its parent opened, if no thread was inside a call on it.
 * Time        Moments are milliseconds since 1970-01-01T00:00:00Z, durations milliseconds, unless a name says `us`.
 * Money       Costs are whole picodollars (10^-12 USD) in 128 bits, API-equivalent. Only cco_cost_usd rounds.
 * Text        UTF-8, not terminated by a zero, with its length. It comes from transcripts: it may hold control
 *             characters and anything else. Make it safe for where you show it.
 *
 * The snapshot itself is described byte by byte in LAYOUT.md.
 */
#ifndef CCO_H
#define CCO_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The version of this interface. Within one version functions and members are only added; the version says which. The
 * shared library's name holds it: libcco.so.1. */
#define CCO_ABI_VERSION 1

/* The version of the interface that the library at hand has. Compare it with CCO_ABI_VERSION before you use what a later
 * version added. Never fails. */
uint32_t cco_abi_version(void);

/* The version of cco that the library was built from, such as "0.1.0". Valid for ever. */
const char *cco_version(void);

/* ---- Outcomes ---- */

enum cco_code {
    CCO_DONE = 0,               /* it was done; values are current */
    CCO_FAILED = 1,             /* a fault in the library: close the reader and report it */
    CCO_USAGE = 2,              /* wrong usage: NULL, a size or a number that cannot be */
    CCO_NOT_LIVE = 3,           /* of programs: values may be stale */
    CCO_MISSING = 4,            /* not found: no snapshot, no such row */
    CCO_NOT_A_SNAPSHOT = 5,     /* the file is not a snapshot */
    CCO_LOCKED = 6,             /* of publishers: another holds the lock */
    CCO_NEAR = 7,               /* of programs: a budget is near its limit */
    CCO_OVER = 8,               /* of programs: a budget has reached its limit */
    CCO_NOT_A_FILE = 9,         /* the path leads to something that is not a regular file */
    CCO_FOREIGN_OWNER = 10,     /* the file belongs to another user */
    CCO_BYTE_ORDER = 11,        /* the file is from a machine with the other byte order */
    CCO_VERSION = 12,           /* the file has a layout version that this library does not know */
    CCO_DAMAGED = 13,           /* the file is damaged */
    CCO_SHRUNK = 14,            /* the file was shortened while it was read */
    CCO_NOTHING_PUBLISHED = 15, /* the file holds no complete publish */
    CCO_BUSY = 16,              /* every attempt overlapped a publish: keep the last values, read again later */
    CCO_IO = 17,                /* the system refused */
    CCO_OCCUPIED = 18,          /* of publishers: the path is taken by another file */
    CCO_TOO_LONG = 19,          /* a text does not fit the buffer */
    CCO_TOO_LARGE = 20,         /* of publishers: tables outgrew the format */
    CCO_NOT_MONEY = 21,         /* of programs: a text is not an amount of money */
    CCO_UNPRICED = 22           /* of programs: it depends on models without a price */
};

/* What a number means, in a few words of English. For a number without a meaning, a text that says so; never NULL. Valid
 * for ever. */
const char *cco_strerror(int code);

/* What went wrong in the last call on this thread that failed: what, where, and what to do next, in one line of English.
 * Empty if none has failed; never NULL. It may name a path, as it is. Valid until the next call on this thread that
 * fails, or until the thread ends. */
const char *cco_last_error(void);

/* ---- Values ---- */

/* An amount of money in picodollars: high * 2^64 + low. */
struct cco_cost {
    uint64_t low;
    uint64_t high;
};

/* Sums over requests. */
struct cco_counters {
    uint64_t requests;                  /* API requests */
    uint64_t messages;                  /* merged transcript records */
    uint64_t input_tokens;              /* uncached input */
    uint64_t output_tokens;             /* thinking included */
    uint64_t cache_write_5m_tokens;
    uint64_t cache_write_1h_tokens;
    uint64_t cache_read_tokens;
    uint64_t web_search_requests;
    uint64_t unpriced_tokens;           /* of models without a price: counted above, not in the cost */
    struct cco_cost cost;
    uint64_t thinking_tokens;           /* a part of output_tokens */
    uint64_t web_fetch_requests;
    uint64_t provisional_messages;      /* whose final usage never reached the disk */
    uint64_t provisional_output_tokens; /* their output: a lower bound, a part of output_tokens */
    uint64_t reserved;
};

/* A stretch of time and what was used in it. Once the clock has passed its end, its figures are those of a past period:
 * right, but not today's. If there is no block, all members are zero. All time is from INT64_MIN to INT64_MAX. */
struct cco_period {
    int64_t start;
    int64_t end; /* the first millisecond after it */
    struct cco_counters counters;
};

/* How much of a limit of the account is used. seen_at is 0 if it was never reported. */
struct cco_limit {
    uint64_t used_millionths; /* more than 1,000,000 if the limit was exceeded */
    int64_t resets_at;        /* 0 if unknown */
    int64_t seen_at;
    uint64_t reserved;
};

/* A text in the library's memory: `bytes` bytes at `data`. In rows of a frame `data` is never NULL. */
struct cco_text {
    const char *data;
    size_t bytes;
};

/* The five kinds of tokens together. */
static inline uint64_t cco_total_tokens(const struct cco_counters *counters)
{
    return counters->input_tokens + counters->output_tokens + counters->cache_write_5m_tokens +
           counters->cache_write_1h_tokens + counters->cache_read_tokens;
}

/* Whether a period is over at a moment. */
static inline int cco_is_over(const struct cco_period *period, int64_t now)
{
    return now >= period->end;
}

/* US dollars as the double that is nearest to the exact amount, for showing: do not add such numbers up. Never fails. */
double cco_cost_usd(struct cco_cost cost);

/* Room for any amount as text, with its final zero. */
#define CCO_COST_TEXT_BYTES 48

/* US dollars as decimal text, ended by a zero, into the `size` bytes at `text`: exact and without trailing zeros if
 * `decimals` is -1, else rounded half up to that many decimals, 0 to 12. CCO_TOO_LONG if it does not fit. */
int cco_cost_text(struct cco_cost cost, int decimals, char *text, size_t size);

/* ---- Readers ---- */

/* An open snapshot. */
typedef struct cco_reader cco_reader;

/* Where this user's snapshot is, by CCO_SNAPSHOT, CCO_STATE, XDG_STATE_HOME and HOME, as text ended by a zero, into the
 * `size` bytes at `path`. CCO_MISSING if none of them is set; CCO_TOO_LONG if it does not fit. It reads the environment, so
 * no other thread may change that meanwhile. It does not check whether the file exists. */
int cco_default_path(char *path, size_t size);

/* Opens and maps the snapshot at `path`, a string ended by a zero; NULL is the default path. Sets *reader, to NULL if it
 * fails. Close it with cco_close.
 *
 * A mapped file that something else than a publisher shortens makes readers fault; see cco_survive_shortened_files and
 * cco_open_copying. A file from before this machine started is read by copying, until a publisher replaces it. */
int cco_open(const char *path, cco_reader **reader);

/* The same without a mapping: each read copies the file's pages through the system and checks their sums, which takes
 * microseconds instead of nanoseconds and never faults. */
int cco_open_copying(const char *path, cco_reader **reader);

/* Closes a reader. NULL does nothing. Frames that were read from it stay valid. */
void cco_close(cco_reader *reader);

/* From then on, a mapped snapshot that somebody shortens is the error CCO_SHRUNK instead of the signal SIGBUS. Concerns
 * readers that are opened later. It installs a handler for SIGBUS in the whole process, which passes on what is not about
 * a snapshot: for programs, not for libraries. Call it as often as you like. CCO_IO if the system refuses.
 *
 * It watches 32 mappings at once in a process, one for each open reader. A reader that is opened, or refreshed to another
 * file, while none is free reads by copying, as cco_open_copying does: slower, but it never faults either. */
int cco_survive_shortened_files(void);

/* What a file states about itself. It never changes while the reader has that file open. */
struct cco_identity {
    uint32_t layout_major;
    uint32_t layout_minor;
    uint64_t epoch;          /* random number of the lineage: generations compare only within one epoch */
    uint64_t file_bytes;
    uint64_t boot_id[2];     /* the boot in which it was created: high half, low half of the UUID; 0 if unknown */
    int64_t created_at;
    int64_t writer_started_at;
    uint64_t writer_pid;     /* in the publisher's own pid namespace */
    uint64_t week_start;     /* 0 monday to 6 sunday */
    char program[32];        /* the publisher's version, ended by a zero */
    char zone[72];           /* time zone of days, weeks and months, ended by a zero */
};

int cco_identity(const cco_reader *reader, struct cco_identity *identity, size_t size);

enum cco_scan_state {
    CCO_CATCHING_UP = 0, /* transcripts are still being read: totals are a lower bound */
    CCO_COMPLETE = 1
};

enum cco_state {
    CCO_RUNNING = 1,
    CCO_STOPPED = 2 /* the publisher stopped cleanly */
};

/* The totals of one commit, whole, and the control words beside them. */
struct cco_totals {
    uint64_t generation; /* number of the commit in its epoch */
    int64_t published_at;
    struct cco_counters all_time;
    struct cco_period today; /* the day that was current at publishing, in the file's zone */
    struct cco_period this_week;
    struct cco_period this_month;
    struct cco_period block; /* the five-hour block; all zero if there was none */
    int64_t block_first_at;  /* first request of the block */
    int64_t block_last_at;   /* its last: the block's rate is from the first to the last */
    uint64_t scan_state;     /* enum cco_scan_state */
    struct cco_limit five_hour_limit;
    struct cco_limit seven_day_limit;
    uint64_t sessions_left_out; /* sessions that the table had no room for */
    uint64_t superseded;        /* 1: there is a newer file, which cco_refresh opens */
    uint64_t state;             /* enum cco_state */
    uint64_t heartbeat_monotonic;
    int64_t heartbeat_at;
};

/* The newest totals. Only loads: no lock, no allocation, and no system call if the file is mapped. Never older than what
 * this reader returned before, within an epoch. If `superseded` is 1, call cco_refresh and read again. */
int cco_totals(cco_reader *reader, struct cco_totals *totals, size_t size);

enum cco_span {
    CCO_ALL_TIME = 0,
    CCO_TODAY = 1,
    CCO_THIS_WEEK = 2,
    CCO_THIS_MONTH = 3,
    CCO_BLOCK = 4
};

/* One set of counters of the newest commit: a part of what cco_totals copies, and as exact. `span` is an enum cco_span. */
int cco_counters(cco_reader *reader, int span, struct cco_period *period, size_t size);

enum cco_writer {
    CCO_WRITER_LIVE = 1,    /* it holds the lock and beats */
    CCO_WRITER_STOPPED = 2, /* it stopped cleanly: values were complete then and may be stale now */
    CCO_WRITER_DEAD = 3     /* it was killed, hangs or lost its file: values may be stale */
};

/* Whether values are current. */
struct cco_freshness {
    uint32_t writer;           /* enum cco_writer */
    uint32_t is_replaced;      /* 1: the file at the path is not the open one; cco_refresh opens it */
    uint64_t heartbeat_age_ms; /* since the publisher's last heartbeat, sent every 5 s */
};

/* Looks at clocks, the publisher's lock and the path: some system calls. Values are current if `writer` is
 * CCO_WRITER_LIVE and `is_replaced` is 0; say so if they are not. */
int cco_freshness(const cco_reader *reader, struct cco_freshness *freshness, size_t size);

/* The same judgement of two members of the totals, by a given wall clock and by whether the publisher's lock is held: no
 * system call. For tests, and for totals that were sent somewhere else. `is_replaced` is 0. */
int cco_freshness_at(uint64_t state, int64_t heartbeat_at, int64_t now, int is_locked,
                     struct cco_freshness *freshness, size_t size);

/* Opens the file that is at the path now, if it is not the open one; sets *was_replaced to 1 or 0, unless it is NULL. On
 * an error the reader keeps the file it has. Costs one system call if nothing changed. */
int cco_refresh(cco_reader *reader, int *was_replaced);

enum cco_wait {
    CCO_CHANGED = 0,    /* there are newer totals */
    CCO_TIMED_OUT = 1,
    CCO_WRITER_GONE = 2 /* the publisher stopped or died; the next wait would notice a later one */
};

/* Sleeps until there are newer totals than the last this reader returned, at most `timeout_ms`; a negative timeout is for
 * ever. Sets *how to an enum cco_wait. Opens a file that replaced the open one, and notices within about a second that
 * the publisher is gone. The reader is in use while it sleeps: other threads need their own. */
int cco_wait(cco_reader *reader, int64_t timeout_ms, int *how);

/* ---- Frames: the tables ---- */

/* Totals and all tables of one commit, in memory of its own. */
typedef struct cco_frame cco_frame;

/* Copies totals and tables of the newest commit. If *frame is NULL, it is set to a new frame, which you free with
 * cco_frame_free; else that frame is filled again and reuses its memory, which ends the lifetime of its texts. If filling
 * again fails, the frame has no rows and no totals until it is read again. Takes about 0.2 ms for thousands of sessions.
 */
int cco_frame_read(cco_reader *reader, cco_frame **frame);

/* Frees a frame and its texts. NULL does nothing. */
void cco_frame_free(cco_frame *frame);

/* The frame's totals: those of the commit that all its rows belong to. */
int cco_frame_totals(const cco_frame *frame, struct cco_totals *totals, size_t size);

enum cco_table {
    CCO_MODELS = 4,
    CCO_PROJECTS = 5,
    CCO_SESSIONS = 6,
    CCO_DAYS = 7,
    CCO_HOURS = 8,
    CCO_HISTORY = 9,
    CCO_AGENTS = 12,
    CCO_LIMITS = 13
};

/* Rows of a table, an enum cco_table. 0 if the frame is NULL or there is no such table. */
size_t cco_frame_rows(const cco_frame *frame, int table);

struct cco_model {
    struct cco_text name; /* the model's id, as transcripts spell it */
    uint64_t agent;       /* number of the agent that used it; 0 is Claude Code */
    struct cco_counters counters;
};

struct cco_project {
    struct cco_text project; /* its key: its folder's name below projects/ */
    struct cco_text path;    /* its working folder; empty if no transcript names it */
    uint64_t agent;
    int64_t first_at;
    int64_t last_at;
    struct cco_counters counters;
    struct cco_counters today; /* its requests in the totals' today */
};

struct cco_session {
    struct cco_text session;
    struct cco_text project; /* the key of the project of its latest request */
    uint64_t agent;
    int64_t first_at;
    int64_t last_at;
    struct cco_counters counters;
};

struct cco_day {
    uint64_t date; /* 20261124 is 24 November 2026 */
    struct cco_counters counters;
};

struct cco_hour {
    int64_t start;
    struct cco_counters counters;
};

struct cco_history {
    int64_t at;
    struct cco_counters counters; /* the totals of all time at that moment */
};

struct cco_agent {
    uint64_t agent;
    struct cco_text name;
    struct cco_counters counters;
};

enum cco_limit_kind {
    CCO_LIMIT_OTHER = 0,
    CCO_LIMIT_FIVE_HOUR = 1,
    CCO_LIMIT_SEVEN_DAY = 2,
    CCO_LIMIT_SEVEN_DAY_MODEL = 3,
    CCO_LIMIT_SPEND = 4
};

struct cco_limit_row {
    uint64_t agent;
    uint64_t kind;         /* enum cco_limit_kind */
    struct cco_text scope; /* what it is limited to, such as a model's name; empty for the whole account */
    uint64_t used_millionths;
    int64_t resets_at;
    int64_t seen_at;
    struct cco_cost spent;   /* 0 if it is not a limit in money */
    struct cco_cost allowed; /* 0 if it is not a limit in money, or unknown */
};

/* One row of a table, from 0. CCO_MISSING beyond the last row, which ends a loop:
 *
 *     struct cco_session session;
 *     for (size_t row = 0; cco_frame_session(frame, row, &session, sizeof session) == CCO_DONE; row++)
 *         printf("%.*s\n", (int)session.session.bytes, session.session.data);
 *
 * Rows are in no order, but history is oldest first. */
int cco_frame_model(const cco_frame *frame, size_t row, struct cco_model *model, size_t size);
int cco_frame_project(const cco_frame *frame, size_t row, struct cco_project *project, size_t size);
int cco_frame_session(const cco_frame *frame, size_t row, struct cco_session *session, size_t size);
int cco_frame_day(const cco_frame *frame, size_t row, struct cco_day *day, size_t size);
int cco_frame_hour(const cco_frame *frame, size_t row, struct cco_hour *hour, size_t size);
int cco_frame_history(const cco_frame *frame, size_t row, struct cco_history *history, size_t size);
int cco_frame_agent(const cco_frame *frame, size_t row, struct cco_agent *agent, size_t size);
int cco_frame_limit(const cco_frame *frame, size_t row, struct cco_limit_row *limit, size_t size);

/* ---- One row by its name, without a frame ---- */

/* The session with this id, of the newest commit: `bytes` bytes at `id`, which need not end with a zero. `agent` is 0 for
 * Claude Code. CCO_MISSING if it is not among those listed. A few hundred nanoseconds if the file is mapped. The texts of
 * the row are NULL with 0 bytes: take a frame for them. */
int cco_session(cco_reader *reader, uint32_t agent, const char *id, size_t bytes, struct cco_session *session,
                size_t size);

/* The same for the project with this key. */
int cco_project(cco_reader *reader, uint32_t agent, const char *key, size_t bytes, struct cco_project *project,
                size_t size);

/* The same for the model with this id. */
int cco_model(cco_reader *reader, uint32_t agent, const char *id, size_t bytes, struct cco_model *model, size_t size);

/* ---- The publisher's health ---- */

enum cco_following {
    CCO_FOLLOWING_UNKNOWN = 0,
    CCO_WATCHING = 1,
    CCO_POLLING = 2
};

/* Reports of the publisher on itself. Counts are since it started, unless noted. */
struct cco_health {
    int64_t updated_at;
    uint64_t roots;
    uint64_t files;
    uint64_t file_bytes;
    uint64_t skipped_files;
    uint64_t passes;
    uint64_t bytes_read;
    uint64_t lines;
    uint64_t records;
    uint64_t requests; /* of all time */
    uint64_t duplicates_merged;
    uint64_t malformed_lines;
    uint64_t unfinished_lines;
    uint64_t synthetic_records;
    uint64_t bad_timestamps;
    uint64_t truncations;
    uint64_t lost_events;
    uint64_t errors;
    int64_t last_error_at; /* 0 never */
    uint64_t scan_us;
    uint64_t pass_us;
    uint64_t commit_us;
    uint64_t publish_us;
    uint64_t lag_us;    /* from a transcript's last write to its publish */
    uint64_t following; /* enum cco_following */
    uint64_t poll_interval_ms;
    uint64_t folders_unwatched;
    uint64_t resident_bytes; /* 0 unknown */
    uint64_t ledger_bytes;   /* 0 unknown */
    /* Counts of durations: count 0 of those below 64 us, count i from 2^(i-1) * 64 us to below 2^i * 64 us, the last also
     * of all longer ones. */
    uint64_t pass_histogram[16];
    uint64_t commit_histogram[16];
    uint64_t publish_histogram[16];
    /* Sums of those durations. 0 beside counts that are not 0: unknown, the file is from an older publisher. */
    uint64_t pass_us_sum;
    uint64_t commit_us_sum;
    uint64_t publish_us_sum;
};

/* The newest report. CCO_MISSING if the publisher has made none. */
int cco_health(const cco_reader *reader, struct cco_health *health, size_t size);

#ifdef __cplusplus
}
#endif

#endif /* CCO_H */
