/*
 * Calls every function of libcco as cco.h says they may be called, and as it says they must not be.
 *
 * Usage: contract SNAPSHOT FOLDER. The snapshot is the one that tests/made/mod.rs makes, with a live publisher; the folder is
 * empty. Compiled as C11 and as C++17, with and without sanitizers. Prints what was wrong and ends with 1 if anything was.
 */
#include <cco.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "counted.h"

static int wrong;

#define CHECK(fact)                                                    \
    do {                                                               \
        if (!(fact)) {                                                 \
            printf("%s:%d: not so: %s\n", __FILE__, __LINE__, #fact);  \
            wrong++;                                                   \
        }                                                              \
    } while (0)

static int is_text(struct cco_text text, const char *expected)
{
    return text.data != NULL && text.bytes == strlen(expected) && memcmp(text.data, expected, text.bytes) == 0;
}

static int is_copied(const char *from, const char *to)
{
    FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");
    static char room[65536];
    size_t bytes;
    int is_whole = in != NULL && out != NULL;
    while (is_whole && (bytes = fread(room, 1, sizeof room, in)) > 0)
        is_whole = fwrite(room, 1, bytes, out) == bytes;
    is_whole = is_whole && !ferror(in);
    if (in != NULL)
        fclose(in);
    return out != NULL && fclose(out) == 0 && is_whole;
}

static void outcomes(const char *folder)
{
    CHECK(cco_abi_version() == CCO_ABI_VERSION);
    CHECK(strcmp(cco_version(), "0.1.0") == 0);
    CHECK(strcmp(cco_strerror(CCO_DONE), "done") == 0);
    CHECK(strlen(cco_strerror(CCO_UNPRICED)) > 0);
    CHECK(strstr(cco_strerror(9999), "does not know") != NULL);
    CHECK(strstr(cco_strerror(-1), "does not know") != NULL);
    CHECK(strcmp(cco_last_error(), "") == 0);

    cco_reader *reader = (cco_reader *)&wrong;
    char path[4096];
    snprintf(path, sizeof path, "%s/nothing", folder);
    CHECK(cco_open(path, &reader) == CCO_MISSING);
    CHECK(reader == NULL);
    CHECK(strstr(cco_last_error(), "cco publish --once") != NULL);
    CHECK(strstr(cco_last_error(), path) != NULL);
    CHECK(cco_open(folder, &reader) == CCO_NOT_A_FILE);
    snprintf(path, sizeof path, "%s/text", folder);
    FILE *file = fopen(path, "w");
    CHECK(file != NULL && fputs("not a snapshot", file) >= 0 && fclose(file) == 0);
    CHECK(cco_open_copying(path, &reader) == CCO_NOT_A_SNAPSHOT);

    /* The default path is by the environment, which the test sets. */
    CHECK(cco_default_path(path, sizeof path) == CCO_DONE);
    CHECK(strcmp(path, getenv("CCO_SNAPSHOT")) == 0);
    CHECK(cco_default_path(path, 3) == CCO_TOO_LONG);
    CHECK(cco_default_path(NULL, 3) == CCO_USAGE);
}

static void refusals(cco_reader *reader)
{
    struct cco_totals totals;
    memset(&totals, 0x55, sizeof totals);
    struct cco_period period;
    struct cco_freshness freshness;
    struct cco_identity identity;
    struct cco_health health;
    struct cco_session session;
    struct cco_project project;
    struct cco_model model;
    cco_frame *frame = NULL;
    int how;
    CHECK(cco_open("x", NULL) == CCO_USAGE);
    CHECK(cco_totals(NULL, &totals, sizeof totals) == CCO_USAGE);
    CHECK(cco_totals(reader, NULL, sizeof totals) == CCO_USAGE);
    CHECK(cco_totals(reader, &totals, 0) == CCO_USAGE);
    CHECK(cco_totals(reader, &totals, (size_t)-1) == CCO_USAGE);
    CHECK(totals.generation == 0x5555555555555555u); /* nothing was written */
    CHECK(cco_counters(NULL, CCO_TODAY, &period, sizeof period) == CCO_USAGE);
    CHECK(cco_counters(reader, CCO_TODAY, NULL, sizeof period) == CCO_USAGE);
    CHECK(cco_counters(reader, 5, &period, sizeof period) == CCO_USAGE);
    CHECK(strstr(cco_last_error(), "enum cco_span") != NULL);
    CHECK(cco_counters(reader, -1, &period, sizeof period) == CCO_USAGE);
    CHECK(cco_freshness(NULL, &freshness, sizeof freshness) == CCO_USAGE);
    CHECK(cco_freshness(reader, NULL, sizeof freshness) == CCO_USAGE);
    CHECK(cco_freshness_at(1, 0, 0, 1, NULL, sizeof freshness) == CCO_USAGE);
    CHECK(cco_identity(NULL, &identity, sizeof identity) == CCO_USAGE);
    CHECK(cco_identity(reader, NULL, sizeof identity) == CCO_USAGE);
    CHECK(cco_health(NULL, &health, sizeof health) == CCO_USAGE);
    CHECK(cco_health(reader, NULL, sizeof health) == CCO_USAGE);
    CHECK(cco_refresh(NULL, NULL) == CCO_USAGE);
    CHECK(cco_wait(NULL, 0, &how) == CCO_USAGE);
    CHECK(cco_wait(reader, 0, NULL) == CCO_USAGE);
    CHECK(cco_frame_read(NULL, &frame) == CCO_USAGE && frame == NULL);
    CHECK(cco_frame_read(reader, NULL) == CCO_USAGE);
    CHECK(cco_frame_totals(NULL, &totals, sizeof totals) == CCO_USAGE);
    CHECK(cco_frame_rows(NULL, CCO_MODELS) == 0);
    CHECK(cco_frame_model(NULL, 0, &model, sizeof model) == CCO_USAGE);
    CHECK(cco_frame_history(NULL, 0, NULL, 0) == CCO_USAGE);
    CHECK(cco_session(NULL, 0, "x", 1, &session, sizeof session) == CCO_USAGE);
    CHECK(cco_session(reader, 0, NULL, 1, &session, sizeof session) == CCO_USAGE);
    CHECK(cco_session(reader, 0, "x", (size_t)-1, &session, sizeof session) == CCO_USAGE);
    CHECK(cco_session(reader, 0, "\xff", 1, &session, sizeof session) == CCO_MISSING);
    CHECK(cco_project(reader, 0, "none", 4, &project, sizeof project) == CCO_MISSING);
    CHECK(cco_model(reader, 0, "none", 4, &model, sizeof model) == CCO_MISSING);
    CHECK(cco_model(reader, 7, "model-a", 7, &model, sizeof model) == CCO_MISSING);
    cco_close(NULL);
    cco_frame_free(NULL);
}

/* Where an answer goes is looked at before the answer is looked for. */
static void refusals_first(cco_reader *reader)
{
    struct cco_totals t;
    struct cco_period p;
    CHECK(cco_session(reader, 0, "none", 4, NULL, sizeof(struct cco_session)) == CCO_USAGE);
    CHECK(cco_project(reader, 0, "none", 4, NULL, sizeof(struct cco_project)) == CCO_USAGE);
    CHECK(cco_model(reader, 0, "none", 4, NULL, sizeof(struct cco_model)) == CCO_USAGE);
    CHECK(cco_session(reader, 0, "\xff", 1, NULL, sizeof(struct cco_session)) == CCO_USAGE);

    /* What was refused does not count as seen: a wait still finds the totals that are there. */
    int how = -1;
    CHECK(cco_totals(reader, NULL, sizeof t) == CCO_USAGE && cco_totals(reader, &t, 0) == CCO_USAGE);
    CHECK(cco_counters(reader, CCO_TODAY, NULL, sizeof p) == CCO_USAGE);
    CHECK(cco_counters(reader, CCO_TODAY, &p, (size_t)-1) == CCO_USAGE);
    CHECK(cco_wait(reader, 0, &how) == CCO_DONE && how == CCO_CHANGED);
}

/* Another file at the path is not opened by a call that is refused. */
static void refused_refresh(const char *snapshot, const char *folder, int copying)
{
    char path[4096], newer[4096];
    snprintf(path, sizeof path, "%s/refreshed", folder);
    snprintf(newer, sizeof newer, "%s/newer", folder);
    CHECK(is_copied(snapshot, path) && is_copied(snapshot, newer));
    cco_reader *reader = NULL;
    CHECK((copying ? cco_open_copying : cco_open)(path, &reader) == CCO_DONE);
    CHECK(rename(newer, path) == 0);
    union {
        int numbers[2];
        char bytes[8];
    } room = {{-1, -1}};
    void *crooked = room.bytes + 1;
    CHECK(cco_refresh(reader, (int *)crooked) == CCO_USAGE && room.numbers[0] == -1 && room.numbers[1] == -1);
    CHECK(cco_refresh(reader, room.numbers) == CCO_DONE && room.numbers[0] == 1);
    CHECK(cco_refresh(reader, room.numbers) == CCO_DONE && room.numbers[0] == 0);
    cco_close(reader);
    CHECK(remove(path) == 0);
}

static void sizes(cco_reader *reader)
{
    /* A program of an older version, and one of a later. */
    struct {
        struct cco_totals totals;
        uint64_t later[2];
    } room;
    memset(&room, 0x55, sizeof room);
    CHECK(cco_totals(reader, &room.totals, 16) == CCO_DONE);
    CHECK(room.totals.generation == 2 && room.totals.published_at == 1700000002000);
    CHECK(room.totals.all_time.requests == 0x5555555555555555u);
    CHECK(cco_totals(reader, &room.totals, sizeof room.totals + 8) == CCO_DONE);
    CHECK(made_of(&room.totals.all_time) == 1000);
    CHECK(room.later[0] == 0 && room.later[1] == 0x5555555555555555u);
}

static void totals(cco_reader *reader)
{
    struct cco_totals t;
    CHECK(cco_totals(reader, &t, sizeof t) == CCO_DONE);
    CHECK(t.generation == 2);
    CHECK(t.published_at == 1700000002000);
    CHECK(made_of(&t.all_time) == 1000);
    CHECK(made_of(&t.today.counters) == 1001 && t.today.start == 11 && t.today.end == 12);
    CHECK(made_of(&t.this_week.counters) == 1002 && t.this_week.start == 13 && t.this_week.end == 14);
    CHECK(made_of(&t.this_month.counters) == 1003 && t.this_month.start == 15 && t.this_month.end == 16);
    CHECK(made_of(&t.block.counters) == 1004 && t.block.start == 17 && t.block.end == 18);
    CHECK(t.block_first_at == 19 && t.block_last_at == 20);
    CHECK(t.scan_state == CCO_COMPLETE);
    CHECK(t.five_hour_limit.used_millionths == 21 && t.five_hour_limit.resets_at == 22 && t.five_hour_limit.seen_at == 23);
    CHECK(t.seven_day_limit.used_millionths == 24 && t.seven_day_limit.resets_at == 25 && t.seven_day_limit.seen_at == 26);
    CHECK(t.sessions_left_out == 27);
    CHECK(t.superseded == 0 && t.state == CCO_RUNNING);
    CHECK(cco_total_tokens(&t.all_time) == 28000);
    CHECK(!cco_is_over(&t.today, 11) && cco_is_over(&t.today, 12));

    struct cco_period p;
    CHECK(cco_counters(reader, CCO_ALL_TIME, &p, sizeof p) == CCO_DONE);
    CHECK(made_of(&p.counters) == 1000 && p.start == INT64_MIN && p.end == INT64_MAX);
    CHECK(cco_counters(reader, CCO_TODAY, &p, sizeof p) == CCO_DONE && memcmp(&p, &t.today, sizeof p) == 0);
    CHECK(cco_counters(reader, CCO_THIS_WEEK, &p, sizeof p) == CCO_DONE && memcmp(&p, &t.this_week, sizeof p) == 0);
    CHECK(cco_counters(reader, CCO_THIS_MONTH, &p, sizeof p) == CCO_DONE && memcmp(&p, &t.this_month, sizeof p) == 0);
    CHECK(cco_counters(reader, CCO_BLOCK, &p, sizeof p) == CCO_DONE && memcmp(&p, &t.block, sizeof p) == 0);

    struct cco_identity identity;
    CHECK(cco_identity(reader, &identity, sizeof identity) == CCO_DONE);
    CHECK(identity.layout_major == 1 && identity.epoch != 0 && identity.file_bytes > 8192 && identity.week_start == 6);
    CHECK(strcmp(identity.program, "1.2.3-test") == 0 && strcmp(identity.zone, "Europe/Zurich") == 0);
}

static void freshness(cco_reader *reader)
{
    struct cco_freshness f;
    CHECK(cco_freshness(reader, &f, sizeof f) == CCO_DONE);
    CHECK(f.writer == CCO_WRITER_LIVE && !f.is_replaced && f.heartbeat_age_ms < 15000);
    CHECK(cco_freshness_at(CCO_RUNNING, 1000, 16000, 1, &f, sizeof f) == CCO_DONE);
    CHECK(f.writer == CCO_WRITER_LIVE && f.heartbeat_age_ms == 15000);
    CHECK(cco_freshness_at(CCO_RUNNING, 1000, 16001, 1, &f, sizeof f) == CCO_DONE && f.writer == CCO_WRITER_DEAD);
    CHECK(cco_freshness_at(CCO_RUNNING, 16001, 1000, 1, &f, sizeof f) == CCO_DONE && f.writer == CCO_WRITER_DEAD);
    CHECK(cco_freshness_at(CCO_RUNNING, 1000, 1000, 0, &f, sizeof f) == CCO_DONE && f.writer == CCO_WRITER_DEAD);
    CHECK(cco_freshness_at(CCO_STOPPED, 1000, 1000, 1, &f, sizeof f) == CCO_DONE && f.writer == CCO_WRITER_STOPPED);

    int how = -1, was_replaced = -1;
    CHECK(cco_wait(reader, 20, &how) == CCO_DONE && how == CCO_TIMED_OUT);
    CHECK(cco_refresh(reader, &was_replaced) == CCO_DONE && was_replaced == 0);
    CHECK(cco_refresh(reader, NULL) == CCO_DONE);

    struct cco_health health;
    CHECK(cco_health(reader, &health, sizeof health) == CCO_DONE);
    CHECK(health.updated_at == 31 && health.requests == 32 && health.ledger_bytes == 33 && health.following == CCO_WATCHING);
    CHECK(health.pass_histogram[0] == 34 && health.commit_histogram[15] == 35 && health.publish_histogram[7] == 36);
    CHECK(health.pass_us_sum == 37 && health.publish_us_sum == 0);
}

static void rows(cco_reader *reader)
{
    cco_frame *frame = NULL;
    CHECK(cco_frame_read(reader, &frame) == CCO_DONE);
    if (frame == NULL)
        return;
    cco_frame *again = frame;
    CHECK(cco_frame_read(reader, &again) == CCO_DONE && again == frame);

    struct cco_totals totals;
    CHECK(cco_frame_totals(frame, &totals, sizeof totals) == CCO_DONE && totals.generation == 2);
    CHECK(cco_frame_rows(frame, 99) == 0);
    CHECK(cco_frame_rows(frame, CCO_MODELS) == 2 && cco_frame_rows(frame, CCO_PROJECTS) == 2);
    CHECK(cco_frame_rows(frame, CCO_SESSIONS) == 3 && cco_frame_rows(frame, CCO_DAYS) == 1);
    CHECK(cco_frame_rows(frame, CCO_HOURS) == 1 && cco_frame_rows(frame, CCO_HISTORY) == 2);
    CHECK(cco_frame_rows(frame, CCO_AGENTS) == 1 && cco_frame_rows(frame, CCO_LIMITS) == 2);

    struct cco_model model;
    CHECK(cco_frame_model(frame, 0, &model, sizeof model) == CCO_DONE);
    CHECK(is_text(model.name, "model-a") && model.agent == 0 && made_of(&model.counters) == 40);
    CHECK(cco_frame_model(frame, 1, &model, sizeof model) == CCO_DONE);
    CHECK(is_text(model.name, "\xe6\xa8\xa1\xe5\x9e\x8b") && model.agent == 1 && made_of(&model.counters) == 41);
    CHECK(cco_frame_model(frame, 2, &model, sizeof model) == CCO_MISSING);
    CHECK(cco_frame_model(frame, (size_t)-1, &model, sizeof model) == CCO_MISSING);
    CHECK(cco_frame_model(frame, 0, NULL, sizeof model) == CCO_USAGE && cco_frame_model(frame, 2, NULL, sizeof model) == CCO_USAGE);
    CHECK(cco_frame_history(frame, 2, NULL, sizeof(struct cco_history)) == CCO_USAGE);

    struct cco_project project;
    CHECK(cco_frame_project(frame, 1, &project, sizeof project) == CCO_DONE);
    CHECK(is_text(project.project, "-srv-b") && is_text(project.path, "") && project.first_at == 52 && project.last_at == 53);
    CHECK(made_of(&project.counters) == 54 && made_of(&project.today) == 55);
    CHECK(cco_frame_project(frame, 0, &project, sizeof project) == CCO_DONE && is_text(project.path, "/srv/a"));

    struct cco_session session;
    size_t row = 0;
    while (cco_frame_session(frame, row, &session, sizeof session) == CCO_DONE) {
        CHECK(made_of(&session.counters) == 60 + row && is_text(session.project, "-srv-a"));
        CHECK(session.first_at == 61 && session.last_at == 62);
        row++;
    }
    CHECK(row == 3);

    struct cco_day day;
    CHECK(cco_frame_day(frame, 0, &day, sizeof day) == CCO_DONE && day.date == 20261124 && made_of(&day.counters) == 70);
    struct cco_hour hour;
    CHECK(cco_frame_hour(frame, 0, &hour, sizeof hour) == CCO_DONE && hour.start == 3600000 && made_of(&hour.counters) == 71);
    struct cco_history past;
    CHECK(cco_frame_history(frame, 0, &past, sizeof past) == CCO_DONE && made_of(&past.counters) == 999);
    CHECK(cco_frame_history(frame, 1, &past, sizeof past) == CCO_DONE && made_of(&past.counters) == 1000);
    CHECK(cco_frame_history(frame, 2, &past, sizeof past) == CCO_MISSING);
    struct cco_agent agent;
    CHECK(cco_frame_agent(frame, 0, &agent, sizeof agent) == CCO_DONE);
    CHECK(agent.agent == 0 && is_text(agent.name, "claude-code") && made_of(&agent.counters) == 80);
    struct cco_limit_row limit;
    CHECK(cco_frame_limit(frame, 1, &limit, sizeof limit) == CCO_DONE);
    CHECK(limit.kind == CCO_LIMIT_SPEND && is_text(limit.scope, "model-a") && limit.used_millionths == 81);
    CHECK(limit.resets_at == 82 && limit.seen_at == 83 && limit.spent.low == 84 && limit.spent.high == 1 && limit.allowed.low == 85);

    /* A frame outlives its reader: the caller closes that first. */
    cco_close(reader);
    CHECK(cco_frame_session(frame, 2, &session, sizeof session) == CCO_DONE && is_text(session.session, "session-2"));
    cco_frame_free(frame);
}

static void lookups(cco_reader *reader)
{
    struct cco_session session;
    CHECK(cco_session(reader, 0, "session-1 and more", 9, &session, sizeof session) == CCO_DONE);
    CHECK(made_of(&session.counters) == 61 && session.last_at == 62 && session.session.data == NULL && session.session.bytes == 0);
    struct cco_project project;
    CHECK(cco_project(reader, 0, "-srv-b", 6, &project, sizeof project) == CCO_DONE && made_of(&project.today) == 55);
    struct cco_model model;
    CHECK(cco_model(reader, 1, "\xe6\xa8\xa1\xe5\x9e\x8b", 6, &model, sizeof model) == CCO_DONE);
    CHECK(made_of(&model.counters) == 41);
}

static void money(void)
{
    char text[CCO_COST_TEXT_BYTES];
    struct cco_cost cost = {1005000000000u, 0};
    CHECK(cco_cost_usd(cost) == 1.005);
    CHECK(cco_cost_text(cost, -1, text, sizeof text) == CCO_DONE && strcmp(text, "1.005") == 0);
    CHECK(cco_cost_text(cost, 2, text, sizeof text) == CCO_DONE && strcmp(text, "1.01") == 0);
    CHECK(cco_cost_text(cost, 13, text, sizeof text) == CCO_USAGE && cco_cost_text(cost, -2, text, sizeof text) == CCO_USAGE);
    CHECK(cco_cost_text(cost, -1, text, 5) == CCO_TOO_LONG && cco_cost_text(cost, -1, NULL, 5) == CCO_USAGE);
    struct cco_cost most = {UINT64_MAX, UINT64_MAX};
    CHECK(cco_cost_text(most, -1, text, sizeof text) == CCO_DONE);
    CHECK(strcmp(text, "340282366920938463463374607.431768211455") == 0);
    CHECK(cco_cost_text(most, 12, text, sizeof text) == CCO_DONE);
    struct cco_cost half = {0, 1};
    CHECK(cco_cost_usd(half) == 18446744.073709551616);
    struct cco_cost twice = {535707936758004192u, 33};
    CHECK(cco_cost_text(twice, -1, text, sizeof text) == CCO_DONE);
    CHECK(cco_cost_usd(twice) == strtod(text, NULL)); /* an amount that is wrong if it is rounded twice */
}

int main(int argc, char **argv)
{
    if (argc != 3)
        return 2;
    outcomes(argv[2]);
    money();
    CHECK(cco_survive_shortened_files() == CCO_DONE);
    int copies;
    for (copies = 0; copies < 2; copies++) {
        cco_reader *reader = NULL;
        CHECK((copies ? cco_open_copying : cco_open)(copies ? argv[1] : NULL, &reader) == CCO_DONE);
        if (reader == NULL)
            return 1;
        refusals_first(reader);
        refused_refresh(argv[1], argv[2], copies);
        refusals(reader);
        sizes(reader);
        totals(reader);
        freshness(reader);
        lookups(reader);
        rows(reader); /* closes it */
    }
    printf("%d wrong\n", wrong);
    return wrong != 0;
}
