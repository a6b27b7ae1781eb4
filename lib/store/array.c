/* The binary form of one-dimensional arrays, as array_send and array_recv of PostgreSQL have it:
 * number of dimensions, a flag for nulls, the element type, then length and lower bound of the
 * dimension, then each element with its length. All numbers are 32 bits in network order; an empty
 * array has no dimension. */
#include "store/store.h"

#include <arpa/inet.h>

static unsigned char *
put_number(unsigned char *at, uint32_t value)
{
    value = htonl(value);
    memcpy(at, &value, sizeof(value));
    return at + sizeof(value);
}

cepces_bytes_t
cepces_store_array_encode(Oid type, const cepces_bytes_t *items, size_t num, apr_pool_t *p)
{
    size_t len = num == 0 ? 12 : 20;
    unsigned char *data, *at;

    for (size_t i = 0; i < num; i++) {
        len += 4 + items[i].len;
    }
    at = data = (unsigned char *)apr_palloc(p, len);
    at = put_number(at, num == 0 ? 0 : 1);
    at = put_number(at, 0);
    at = put_number(at, type);
    if (num > 0) {
        at = put_number(at, (uint32_t)num);
        at = put_number(at, 1);
    }
    for (size_t i = 0; i < num; i++) {
        at = put_number(at, (uint32_t)items[i].len);
        if (items[i].len > 0) {
            memcpy(at, items[i].data, items[i].len);
            at += items[i].len;
        }
    }
    return cepces_bytes(data, len);
}

/* Reads a number at the front of |rest| and moves past it. */
static bool
take_number(cepces_bytes_t *rest, uint32_t *value)
{
    if (rest->len < sizeof(*value)) {
        return false;
    }
    memcpy(value, rest->data, sizeof(*value));
    *value = ntohl(*value);
    *rest = cepces_bytes(rest->data + sizeof(*value), rest->len - sizeof(*value));
    return true;
}

static bool
take_item(cepces_bytes_t *rest, cepces_bytes_t *item)
{
    uint32_t len;

    if (!take_number(rest, &len) || len > rest->len) { /* a null has length 2^32-1 */
        return false;
    }
    *item = cepces_bytes(rest->data, len);
    *rest = cepces_bytes(rest->data + len, rest->len - len);
    return true;
}

bool
cepces_store_array_decode(const cepces_bytes_t **items, size_t *num, Oid type, cepces_bytes_t data,
                          apr_pool_t *p)
{
    uint32_t dimensions, nulls, element, count = 0, first;
    cepces_bytes_t *list;

    if (!take_number(&data, &dimensions) || !take_number(&data, &nulls) ||
        !take_number(&data, &element) || dimensions > 1 || element != type) {
        return false;
    }
    if (dimensions == 1 && (!take_number(&data, &count) || !take_number(&data, &first) ||
                            count > data.len / sizeof(count))) {
        return false;
    }
    list = (cepces_bytes_t *)apr_palloc(p, (count + 1) * sizeof(*list));
    for (uint32_t i = 0; i < count; i++) {
        if (!take_item(&data, &list[i])) {
            return false;
        }
    }
    *items = list;
    *num = count;
    return data.len == 0;
}
