/* Taking the columns of a row, from left to right, as the types of the records. */
#include "store/store.h"

cepces_row_t
cepces_store_row(const PGresult *res, int row, apr_pool_t *p)
{
    return (cepces_row_t){res, row, 0, p, false};
}

/* The bytes of the next column, which must be of |type|. A null, like a mistake, is {NULL, 0}. */
static cepces_bytes_t
take(cepces_row_t *r, Oid type)
{
    int column = r->column++;

    if (column >= PQnfields(r->res) || PQftype(r->res, column) != type) {
        r->wrong = true;
        return CEPCES_NO_BYTES;
    }
    if (PQgetisnull(r->res, r->row, column)) {
        return CEPCES_NO_BYTES;
    }
    return cepces_bytes(PQgetvalue(r->res, r->row, column),
                        (size_t)PQgetlength(r->res, r->row, column));
}

static int64_t
number(cepces_bytes_t b)
{
    uint64_t value = b.len > 0 && (b.data[0] & 0x80) != 0 ? UINT64_MAX : 0;

    for (size_t i = 0; i < b.len; i++) {
        value = value << 8 | b.data[i];
    }
    return (int64_t)value;
}

static cepces_bytes_t
take_number(cepces_row_t *r)
{
    Oid type = r->column < PQnfields(r->res) ? PQftype(r->res, r->column) : 0;

    return take(r, type == TYPE_INT2 || type == TYPE_INT4 ? type : TYPE_INT8);
}

const char *
cepces_store_take_text(cepces_row_t *r)
{
    return (const char *)take(r, TYPE_TEXT).data; /* libpq puts a NUL behind every value */
}

cepces_bytes_t
cepces_store_take_bytes(cepces_row_t *r)
{
    return take(r, TYPE_BYTEA);
}

int64_t
cepces_store_take_int(cepces_row_t *r)
{
    return number(take_number(r));
}

cepces_optional_t
cepces_store_take_optional(cepces_row_t *r)
{
    cepces_bytes_t b = take_number(r);

    return (cepces_optional_t){b.data != NULL, (uint32_t)number(b)};
}

bool
cepces_store_take_bool(cepces_row_t *r)
{
    cepces_bytes_t b = take(r, TYPE_BOOL);

    return b.len == 1 && b.data[0] != 0;
}

apr_time_t
cepces_store_take_time(cepces_row_t *r)
{
    cepces_bytes_t b = take(r, TYPE_TIMESTAMPTZ);

    return b.data != NULL ? number(b) + EPOCH_OFFSET : 0;
}

static const cepces_bytes_t *
take_array(cepces_row_t *r, size_t *num, Oid array, Oid element)
{
    const cepces_bytes_t *items = NULL;
    cepces_bytes_t data = take(r, array);

    *num = 0;
    if (data.data != NULL && !cepces_store_array_decode(&items, num, element, data, r->p)) {
        r->wrong = true;
        *num = 0;
    }
    return items;
}

cepces_strings_t
cepces_store_take_strings(cepces_row_t *r)
{
    size_t num;
    const cepces_bytes_t *items = take_array(r, &num, TYPE_TEXT_ARRAY, TYPE_TEXT);
    const char **strings = (const char **)apr_palloc(r->p, (num + 1) * sizeof(*strings));

    for (size_t i = 0; i < num; i++) {
        strings[i] = (const char *)cepces_bytes_dup(items[i], r->p).data;
    }
    return (cepces_strings_t){strings, num};
}

const cepces_bytes_t *
cepces_store_take_list(cepces_row_t *r, size_t *num)
{
    return take_array(r, num, TYPE_BYTEA_ARRAY, TYPE_BYTEA);
}

int
cepces_store_take_word(cepces_row_t *r, const char *const *words)
{
    const char *text = cepces_store_take_text(r);

    for (int i = 0; text != NULL && words[i] != NULL; i++) {
        if (strcmp(words[i], text) == 0) {
            return i;
        }
    }
    r->wrong = true;
    return 0;
}

cepces_status_t
cepces_store_row_end(const cepces_row_t *r, cepces_error_t *err)
{
    if (r->wrong || r->column != PQnfields(r->res)) {
        return cepces_error_set(err, CEPCES_E_INTERNAL,
                                "a row of %d columns is not what column %d of its reader expects",
                                PQnfields(r->res), r->column);
    }
    return CEPCES_OK;
}

cepces_status_t
cepces_store_read_rows(void *records, size_t size, const PGresult *res, cepces_read_fn read,
                       apr_pool_t *p, cepces_error_t *err)
{
    for (int i = 0; i < PQntuples(res); i++) {
        cepces_row_t row = cepces_store_row(res, i, p);
        cepces_status_t st;

        read((char *)records + (size_t)i * size, &row);
        st = cepces_store_row_end(&row, err);
        if (st != CEPCES_OK) {
            return st;
        }
    }
    return CEPCES_OK;
}

cepces_status_t
cepces_store_read_row(void *record, const PGresult *res, cepces_read_fn read, apr_pool_t *p,
                      cepces_error_t *err)
{
    return cepces_store_read_rows(record, 0, res, read, p, err);
}
