/* Tables, records and JSON. */
#include "output.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>

/* --- Members ---------------------------------------------------------------------------------- */

void
ctl_set_text(json_t *record, const char *key, const char *value)
{
    json_t *text = value != NULL ? json_string(value) : json_null();

    json_object_set_new(record, key, text != NULL ? text : json_string("(not UTF-8)"));
}

void
ctl_set_number(json_t *record, const char *key, int64_t value)
{
    json_object_set_new(record, key, json_integer(value));
}

void
ctl_set_bool(json_t *record, const char *key, bool value)
{
    json_object_set_new(record, key, json_boolean(value));
}

void
ctl_set_time(json_t *record, const char *key, apr_time_t value)
{
    apr_time_exp_t t;
    char text[40];

    if (value == 0 || apr_time_exp_gmt(&t, value) != APR_SUCCESS) {
        ctl_set_text(record, key, NULL);
        return;
    }
    snprintf(text, sizeof(text), "%04d-%02d-%02dT%02d:%02d:%02dZ", t.tm_year + 1900, t.tm_mon + 1,
             t.tm_mday, t.tm_hour, t.tm_min, t.tm_sec);
    ctl_set_text(record, key, text);
}

void
ctl_set_list(json_t *record, const char *key, cepces_strings_t list)
{
    json_t *array = json_array();

    for (size_t i = 0; i < list.num; i++) {
        json_array_append_new(array, json_string(list.items[i]));
    }
    json_object_set_new(record, key, array);
}

void
ctl_set_hex(json_t *record, const char *key, cepces_bytes_t value)
{
    static const char digits[] = "0123456789abcdef";
    char *text = malloc(2 * value.len + 1);

    if (text == NULL) {
        abort();
    }
    for (size_t i = 0; i < value.len; i++) {
        text[2 * i] = digits[value.data[i] >> 4];
        text[2 * i + 1] = digits[value.data[i] & 15];
    }
    text[2 * value.len] = '\0';
    ctl_set_text(record, key, text);
    free(text);
}

/* --- For people ------------------------------------------------------------------------------- */

/* A control character of ASCII, or one of U+0080 to U+009F, which some terminals obey too. */
static size_t
control_len(const unsigned char *s)
{
    if (*s < 0x20 || *s == 0x7f) {
        return 1;
    }
    return *s == 0xc2 && s[1] >= 0x80 && s[1] < 0xa0 ? 2 : 0;
}

const char *
ctl_printable(const char *text, apr_pool_t *p)
{
    const unsigned char *s = (const unsigned char *)text;
    char *out = apr_palloc(p, 4 * strlen(text) + 1);
    char *to = out;

    while (*s != '\0') {
        size_t len = control_len(s);

        for (const unsigned char *end = s + len; s < end; s++) {
            to += sprintf(to, "\\x%02x", *s);
        }
        if (len == 0) {
            *to++ = (char)*s++;
        }
    }
    *to = '\0';
    return out;
}

static const char *
list_text(const json_t *list, apr_pool_t *p)
{
    const char *text = "";
    size_t i;
    json_t *item;

    json_array_foreach(list, i, item)
    {
        text = apr_pstrcat(p, text, i > 0 ? ", " : "", ctl_value_text(item, p), NULL);
    }
    return json_array_size(list) > 0 ? text : "-";
}

const char *
ctl_value_text(const json_t *value, apr_pool_t *p)
{
    switch (value != NULL ? json_typeof(value) : JSON_NULL) {
    case JSON_STRING:
        return ctl_printable(json_string_value(value), p);
    case JSON_INTEGER:
        return apr_psprintf(p, "%" APR_INT64_T_FMT, (apr_int64_t)json_integer_value(value));
    case JSON_TRUE:
        return "yes";
    case JSON_FALSE:
        return "no";
    case JSON_ARRAY:
        return list_text(value, p);
    default:
        return "-";
    }
}

/* Columns on the screen, near enough: the continuation bytes of UTF-8 take none. */
static int
width_of(const char *text)
{
    int width = 0;

    for (; *text != '\0'; text++) {
        width += (*text & 0xc0) != 0x80;
    }
    return width;
}

static void
print_json(json_t *value)
{
    json_dumpf(value, stdout, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
    putchar('\n');
    json_decref(value);
}

static void
print_line(const char *const *cells, const int *widths, size_t num)
{
    for (size_t c = 0; c < num; c++) {
        bool last = c + 1 == num;

        printf("%s%*s", cells[c], last ? 0 : widths[c] - width_of(cells[c]) + 2, "");
    }
    putchar('\n');
}

#define MAX_COLUMNS 12

static void
print_table(const json_t *rows, const ctl_column_t *columns, apr_pool_t *p)
{
    const char **cells[MAX_COLUMNS];
    const char *line[MAX_COLUMNS];
    int widths[MAX_COLUMNS];
    size_t num_rows = json_array_size(rows), num = 0;

    for (; columns[num].key != NULL && num < MAX_COLUMNS; num++) {
        cells[num] = apr_palloc(p, (num_rows + 1) * sizeof(*cells[num]));
        widths[num] = width_of(columns[num].heading);
        line[num] = columns[num].heading;
        for (size_t r = 0; r < num_rows; r++) {
            int width;

            cells[num][r] =
                ctl_value_text(json_object_get(json_array_get(rows, r), columns[num].key), p);
            width = width_of(cells[num][r]);
            widths[num] = width > widths[num] ? width : widths[num];
        }
    }
    print_line(line, widths, num);
    for (size_t r = 0; r < num_rows; r++) {
        for (size_t c = 0; c < num; c++) {
            line[c] = cells[c][r];
        }
        print_line(line, widths, num);
    }
}

void
ctl_print_rows(json_t *rows, const ctl_column_t *columns, bool json)
{
    apr_pool_t *p;

    if (json) {
        print_json(rows);
        return;
    }
    apr_pool_create(&p, NULL);
    if (json_array_size(rows) == 0) {
        printf("(none)\n");
    } else {
        print_table(rows, columns, p);
    }
    apr_pool_destroy(p);
    json_decref(rows);
}

/* A key as people read it: "friendly_name" is "friendly name". */
static const char *
label_of(const char *key, apr_pool_t *p)
{
    char *label = apr_pstrdup(p, key);

    for (char *s = label; *s != '\0'; s++) {
        *s = *s == '_' ? ' ' : *s;
    }
    return label;
}

/* "generations" holds each "generation". */
static const char *
singular(const char *label, apr_pool_t *p)
{
    size_t len = strlen(label);

    return len > 0 && label[len - 1] == 's' ? apr_pstrmemdup(p, label, len - 1) : label;
}

static void
print_members(json_t *record, int indent, apr_pool_t *p)
{
    const char *key;
    json_t *value;
    int width = 0;

    json_object_foreach(record, key, value)
    {
        width = width_of(key) > width ? width_of(key) : width;
    }
    json_object_foreach(record, key, value)
    {
        size_t i;
        json_t *item;

        if (json_is_object(value) && json_object_size(value) > 0) {
            printf("%*s%s:\n", indent, "", label_of(key, p));
            print_members(value, indent + 2, p);
        } else if (json_is_array(value) && json_is_object(json_array_get(value, 0))) {
            json_array_foreach(value, i, item)
            {
                printf("%*s%s %zu:\n", indent, "", singular(label_of(key, p), p), i);
                print_members(item, indent + 2, p);
            }
        } else {
            printf("%*s%s:%*s%s\n", indent, "", label_of(key, p), width - width_of(key) + 1, "",
                   ctl_value_text(value, p));
        }
    }
}

void
ctl_print_record(json_t *record, bool json)
{
    apr_pool_t *p;

    if (json) {
        print_json(record);
        return;
    }
    apr_pool_create(&p, NULL);
    print_members(record, 0, p);
    apr_pool_destroy(p);
    json_decref(record);
}
