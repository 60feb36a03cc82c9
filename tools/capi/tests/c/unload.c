/*
 * A library that was loaded by dlopen, and unloaded: its handler of SIGBUS and its strings are still there.
 *
 * Usage: unload LIBRARY. Not linked against the library.
 */
#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

static volatile sig_atomic_t passed_on;

static void on_bus_error(int signal_number)
{
    passed_on = signal_number;
}

static void *symbol(void *library, const char *name, void *function, size_t bytes)
{
    void *found = dlsym(library, name);
    memcpy(function, &found, bytes); /* ISO C has no cast from an object's address to a function's */
    return found;
}

int main(int argc, char **argv)
{
    int (*survive)(void);
    const char *(*strerror_of)(int);
    void *library = argc == 2 ? dlopen(argv[1], RTLD_NOW | RTLD_LOCAL) : NULL;
    if (library == NULL || !symbol(library, "cco_survive_shortened_files", &survive, sizeof survive) ||
        !symbol(library, "cco_strerror", &strerror_of, sizeof strerror_of)) {
        printf("%s\n", argc == 2 ? dlerror() : "which library?");
        return 2;
    }
    signal(SIGBUS, on_bus_error);
    if (survive() != 0)
        return 2;
    const char *kept = strerror_of(16);
    if (dlclose(library) != 0)
        return 2;
    raise(SIGBUS); /* of nobody's snapshot, so it is passed on */
    printf("%s, %s\n", kept, passed_on == SIGBUS ? "passed on" : "lost");
    return 0;
}
