/* What commands show. They build it once, as a JSON object or an array of objects; people get it as
 * aligned text, with
 * --json it is printed as it is. Control characters are escaped for people: names come from
 * requests. */
#ifndef TOOLS_OUTPUT_H
#define TOOLS_OUTPUT_H

#include <jansson.h>

#include "cepces/types.h"

/* A column of a table: the key of a row's value and what stands above it. The last has no key. */
typedef struct ctl_column_t {
    const char *key;
    const char *heading;
} ctl_column_t;

/* ctl_print_rows prints an array of objects as a table of |columns|, and releases it. With |json|
 * every member is printed, not only the columns. */
void ctl_print_rows(json_t *rows, const ctl_column_t *columns, bool json);

/* ctl_print_record prints one object, a line a member, and releases it. */
void ctl_print_record(json_t *record, bool json);

/* Members of records. A NULL text, an empty list and the time 0 become null, [] and null. */
void ctl_set_text(json_t *record, const char *key, const char *value);
void ctl_set_number(json_t *record, const char *key, int64_t value);
void ctl_set_bool(json_t *record, const char *key, bool value);
void ctl_set_time(json_t *record, const char *key, apr_time_t value);
void ctl_set_list(json_t *record, const char *key, cepces_strings_t list);
void ctl_set_hex(json_t *record, const char *key, cepces_bytes_t value);

/* ctl_value_text returns how a value is shown to people: "yes", "a, b", "-" for nothing. */
const char *ctl_value_text(const json_t *value, apr_pool_t *p);

/* ctl_printable returns |text| with control characters escaped as \xHH. */
const char *ctl_printable(const char *text, apr_pool_t *p);

#endif
