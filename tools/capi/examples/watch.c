/*
 * Sleeps until something was counted and prints what each model has cost by then.
 *
 *     cc examples/watch.c $(pkg-config --cflags --libs cco) -o watch && ./watch [SNAPSHOT]
 */
#include <cco.h>
#include <stdio.h>

/* A text of a stranger: what a terminal would take for orders is shown as a question mark. */
static void print_text(struct cco_text text)
{
    for (size_t at = 0; at < text.bytes; at++) {
        unsigned char byte = (unsigned char)text.data[at];
        putchar(byte < ' ' || byte >= 127 ? '?' : byte);
    }
}

static int print_models(const cco_frame *frame)
{
    struct cco_totals totals;
    int code = cco_frame_totals(frame, &totals, sizeof totals);
    if (code != CCO_DONE)
        return code;
    printf("commit %llu\n", (unsigned long long)totals.generation);
    struct cco_model model;
    size_t row = 0;
    for (; (code = cco_frame_model(frame, row, &model, sizeof model)) == CCO_DONE; row++) {
        char cost[CCO_COST_TEXT_BYTES];
        code = cco_cost_text(model.counters.cost, 4, cost, sizeof cost);
        if (code != CCO_DONE)
            return code;
        printf("  %12s USD  ", cost);
        print_text(model.name);
        putchar('\n');
    }
    fflush(stdout);
    return code == CCO_MISSING ? CCO_DONE : code; /* CCO_MISSING: there are no more */
}

int main(int argc, char **argv)
{
    cco_reader *reader = NULL;
    cco_frame *frame = NULL; /* made by the first read, filled again by the others */
    int how = CCO_CHANGED;
    int code = cco_survive_shortened_files();
    if (code == CCO_DONE)
        code = cco_open(argc > 1 ? argv[1] : NULL, &reader);
    while (code == CCO_DONE && how != CCO_WRITER_GONE) {
        if (how == CCO_CHANGED && (code = cco_frame_read(reader, &frame)) == CCO_DONE)
            code = print_models(frame);
        if (code == CCO_DONE || code == CCO_BUSY)
            code = cco_wait(reader, 60000, &how);
    }
    if (code != CCO_DONE)
        fprintf(stderr, "%s\n", cco_last_error());
    cco_frame_free(frame);
    cco_close(reader);
    return code;
}
