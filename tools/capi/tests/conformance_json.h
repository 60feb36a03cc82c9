/*
 * JSON for conformance.c: written as it goes, and read only as far as its questions need.
 *
 * The writer keeps one thing in mind: whether a comma comes next. The scanner takes flat objects of texts, numbers and
 * booleans, which is what questions are.
 */
#ifndef CONFORMANCE_JSON_H
#define CONFORMANCE_JSON_H

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Writing ---- */

static int comma_is_due;

static void put_quoted(const char *text, size_t bytes)
{
    putchar('"');
    for (size_t at = 0; at < bytes; at++) {
        unsigned char byte = (unsigned char)text[at];
        if (byte == '"' || byte == '\\')
            printf("\\%c", byte);
        else if (byte < ' ')
            printf("\\u%04x", byte);
        else
            putchar(byte); /* UTF-8 as it is */
    }
    putchar('"');
}

/* The begin of a member, or of an element if `name` is NULL. */
static void begin(const char *name)
{
    if (comma_is_due)
        putchar(',');
    comma_is_due = 1;
    if (name != NULL) {
        put_quoted(name, strlen(name));
        putchar(':');
    }
}

static void open_with(const char *name, char bracket)
{
    begin(name);
    putchar(bracket);
    comma_is_due = 0;
}

/* What is closed last is the whole line, after which nothing is due. */
static int depth;

static void open_object(const char *name)
{
    open_with(name, '{');
    depth++;
}

static void close_object(void)
{
    putchar('}');
    depth--;
    comma_is_due = depth > 0;
}

static void open_list(const char *name)
{
    open_with(name, '[');
}

static void close_list(void)
{
    putchar(']');
    comma_is_due = 1;
}

static void put_u64(const char *name, uint64_t value)
{
    begin(name);
    printf("%" PRIu64, value);
}

static void put_i64(const char *name, int64_t value)
{
    begin(name);
    printf("%" PRId64, value);
}

/* 128 bits in decimal, by dividing 32 bits at a time. */
static void put_u128(const char *name, uint64_t low, uint64_t high)
{
    uint32_t parts[4] = {(uint32_t)(high >> 32), (uint32_t)high, (uint32_t)(low >> 32), (uint32_t)low};
    char digits[40];
    size_t count = 0;
    int is_left;
    do {
        uint64_t rest = 0;
        is_left = 0;
        for (int part = 0; part < 4; part++) {
            rest = rest << 32 | parts[part];
            parts[part] = (uint32_t)(rest / 10);
            rest %= 10;
            is_left |= parts[part] != 0;
        }
        digits[count++] = (char)('0' + rest);
    } while (is_left);
    begin(name);
    while (count > 0)
        putchar(digits[--count]);
}

static void put_bool(const char *name, int value)
{
    begin(name);
    fputs(value ? "true" : "false", stdout);
}

static void put_null(const char *name)
{
    begin(name);
    fputs("null", stdout);
}

static void put_text(const char *name, const char *text, size_t bytes)
{
    begin(name);
    put_quoted(text, bytes);
}

static void put_list(const char *name, const uint64_t *values, size_t count)
{
    open_list(name);
    for (size_t at = 0; at < count; at++)
        put_u64(NULL, values[at]);
    close_list();
}

/* ---- Reading ---- */

/* The end of the text that begins after the quote at `at`: its closing quote, or NULL. */
static const char *text_end(const char *at)
{
    for (; *at != '\0'; at++) {
        if (*at == '\\' && at[1] != '\0')
            at++;
        else if (*at == '"')
            return at;
    }
    return NULL;
}

static const char *after_spaces(const char *at)
{
    return at + strspn(at, " \t\r\n");
}

/* Where the value of a member begins in a flat object, or NULL. */
static const char *value_in(const char *line, const char *name)
{
    const char *at = after_spaces(line);
    if (*at++ != '{')
        return NULL;
    while (*(at = after_spaces(at)) == '"') {
        const char *end = text_end(at + 1);
        if (end == NULL)
            return NULL;
        int is_it = (size_t)(end - at - 1) == strlen(name) && memcmp(at + 1, name, strlen(name)) == 0;
        at = after_spaces(end + 1);
        if (*at++ != ':')
            return NULL;
        at = after_spaces(at);
        if (is_it)
            return at;
        if (*at == '"') {
            at = text_end(at + 1);
            if (at == NULL)
                return NULL;
            at++;
        } else {
            at += strcspn(at, ",}");
        }
        at = after_spaces(at);
        if (*at == ',')
            at++;
    }
    return NULL;
}

/* Four hexadecimal digits, or -1. */
static long unit_at(const char *at)
{
    char digits[5] = {0};
    char *end;
    memcpy(digits, at, strnlen(at, 4));
    long unit = strtol(digits, &end, 16);
    return end == digits + 4 ? unit : -1;
}

/* Copies the text of a member into `size` bytes, ended by a zero. Whether it is there, is text, and fits. */
static int text_in(const char *line, const char *name, char *text, size_t size)
{
    const char *at = value_in(line, name);
    size_t count = 0;
    if (at == NULL || *at++ != '"')
        return 0;
    while (*at != '"') {
        if (*at == '\0' || count + 5 > size)
            return 0;
        if (*at != '\\') {
            text[count++] = *at++;
            continue;
        }
        static const char escapes[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
        const char *escape = at[1] == '\0' ? NULL : strchr(escapes, at[1]);
        if (escape != NULL) {
            text[count++] = meanings[escape - escapes];
            at += 2;
            continue;
        }
        long unit = at[1] == 'u' ? unit_at(at + 2) : -1;
        if (unit <= 0)
            return 0;
        at += 6;
        if (unit >= 0xd800 && unit < 0xdc00 && at[0] == '\\' && at[1] == 'u') {
            long low = unit_at(at + 2);
            if (low < 0xdc00 || low > 0xdfff)
                return 0;
            unit = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
            at += 6;
        }
        /* As UTF-8. */
        int more = unit < 0x80 ? 0 : unit < 0x800 ? 1 : unit < 0x10000 ? 2 : 3;
        static const unsigned char first[] = {0, 0xc0, 0xe0, 0xf0};
        text[count++] = (char)(first[more] | unit >> (6 * more));
        while (more-- > 0)
            text[count++] = (char)(0x80 | (unit >> (6 * more) & 0x3f));
    }
    text[count] = '\0';
    return 1;
}

static int number_in(const char *line, const char *name, int64_t *number)
{
    const char *at = value_in(line, name);
    char *end;
    if (at == NULL || strchr("-0123456789", *at) == NULL || *at == '\0')
        return 0;
    errno = 0;
    *number = strtoll(at, &end, 10);
    return end != at && errno == 0;
}

static int count_in(const char *line, const char *name, uint64_t *count)
{
    int64_t number;
    int is_there = number_in(line, name, &number) && number >= 0;
    if (is_there)
        *count = (uint64_t)number;
    return is_there;
}

static int bool_in(const char *line, const char *name, int *value)
{
    const char *at = value_in(line, name);
    if (at == NULL)
        return 0;
    *value = strncmp(at, "true", 4) == 0;
    return *value || strncmp(at, "false", 5) == 0;
}

#endif
