/*
 * More readers than mappings are watched: none of them is ended by SIGBUS when the file is shortened.
 *
 * Usage: many COPY. A copy of a snapshot that no publisher writes; it is shortened.
 */
#include <cco.h>
#include <stdio.h>
#include <unistd.h>

enum { READERS = 40 };

int main(int argc, char **argv)
{
    cco_reader *readers[READERS];
    struct cco_totals totals;
    int wrong = 0, number;
    if (argc != 2 || cco_survive_shortened_files() != CCO_DONE)
        return 2;
    for (number = 0; number < READERS; number++) {
        if (cco_open(argv[1], &readers[number]) != CCO_DONE) {
            printf("reader %d: %s\n", number, cco_last_error());
            return 1;
        }
        wrong += cco_totals(readers[number], &totals, sizeof totals) != CCO_DONE || totals.generation != 2;
    }
    if (truncate(argv[1], 0) != 0)
        return 2;
    for (number = 0; number < READERS; number++) {
        int code = cco_totals(readers[number], &totals, sizeof totals);
        if (code != CCO_SHRUNK)
            printf("reader %d: %d\n", number, code);
        wrong += code != CCO_SHRUNK;
        cco_close(readers[number]);
    }
    printf("%d wrong\n", wrong);
    return wrong != 0;
}
