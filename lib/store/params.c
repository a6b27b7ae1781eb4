/* Building the parameters of a statement in PostgreSQL's binary form. */
#include "store/store.h"

#include <limits.h>

#include <apr_strings.h>

void
cepces_store_params_init(cepces_params_t *a, apr_pool_t *p)
{
    a->p = p;
    a->num = 0;
    a->wrong = false;
}

static void
put(cepces_params_t *a, Oid type, const void *value, size_t len)
{
    if (a->num >= CEPCES_STORE_MAX_PARAMS || len > INT_MAX) {
        a->wrong = true;
        return;
    }
    a->types[a->num] = type;
    a->values[a->num] = (const char *)value;
    a->lengths[a->num] = (int)len;
    a->formats[a->num] = 1;
    a->num++;
}

static void
put_number(cepces_params_t *a, Oid type, int64_t value)
{
    unsigned char *data = (unsigned char *)apr_palloc(a->p, 8);

    for (int i = 0; i < 8; i++) {
        data[i] = (unsigned char)((uint64_t)value >> (56 - 8 * i));
    }
    put(a, type, data, 8);
}

void
cepces_store_put_text(cepces_params_t *a, const char *text)
{
    put(a, TYPE_TEXT, text, text != NULL ? strlen(text) : 0);
}

void
cepces_store_put_json(cepces_params_t *a, const char *text)
{
    put(a, TYPE_JSON, text, text != NULL ? strlen(text) : 0);
}

void
cepces_store_put_bytes(cepces_params_t *a, cepces_bytes_t b)
{
    put(a, TYPE_BYTEA, b.data, b.len);
}

void
cepces_store_put_int(cepces_params_t *a, int64_t value)
{
    put_number(a, TYPE_INT8, value);
}

void
cepces_store_put_id(cepces_params_t *a, int64_t id)
{
    if (id == 0) {
        put(a, TYPE_INT8, NULL, 0);
    } else {
        put_number(a, TYPE_INT8, id);
    }
}

void
cepces_store_put_optional(cepces_params_t *a, cepces_optional_t value)
{
    if (value.present) {
        put_number(a, TYPE_INT8, value.value);
    } else {
        put(a, TYPE_INT8, NULL, 0);
    }
}

void
cepces_store_put_bool(cepces_params_t *a, bool value)
{
    put(a, TYPE_BOOL, value ? "\1" : "\0", 1);
}

void
cepces_store_put_time(cepces_params_t *a, apr_time_t t)
{
    if (t == 0) {
        put(a, TYPE_TIMESTAMPTZ, NULL, 0);
    } else {
        put_number(a, TYPE_TIMESTAMPTZ, t - EPOCH_OFFSET);
    }
}

void
cepces_store_put_strings(cepces_params_t *a, cepces_strings_t list)
{
    cepces_bytes_t *items = (cepces_bytes_t *)apr_palloc(a->p, (list.num + 1) * sizeof(*items));
    cepces_bytes_t data;

    for (size_t i = 0; i < list.num; i++) {
        items[i] = cepces_bytes_str(list.items[i]);
    }
    data = cepces_store_array_encode(TYPE_TEXT, items, list.num, a->p);
    put(a, TYPE_TEXT_ARRAY, data.data, data.len);
}

void
cepces_store_put_list(cepces_params_t *a, const cepces_bytes_t *items, size_t num)
{
    cepces_bytes_t data = cepces_store_array_encode(TYPE_BYTEA, items, num, a->p);

    put(a, TYPE_BYTEA_ARRAY, data.data, data.len);
}
