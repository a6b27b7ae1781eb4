/* Byte slices and string lists. */
#include "base/bytes.h"

#include <strings.h>

#include <apr_strings.h>

bool
cepces_bytes_equal(cepces_bytes_t a, cepces_bytes_t b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

bool
cepces_bytes_equal_secret(cepces_bytes_t a, cepces_bytes_t b)
{
    const volatile unsigned char *x = a.data, *y = b.data;
    unsigned char difference = 0;

    if (a.len != b.len) {
        return false;
    }
    for (size_t i = 0; i < a.len; i++) {
        difference |= x[i] ^ y[i];
    }
    return difference == 0;
}

cepces_bytes_t
cepces_bytes_dup(cepces_bytes_t b, apr_pool_t *p)
{
    unsigned char *copy = (unsigned char *)apr_palloc(p, b.len + 1);

    if (b.len > 0) {
        memcpy(copy, b.data, b.len);
    }
    copy[b.len] = '\0';
    return cepces_bytes(copy, b.len);
}

bool
cepces_strings_has(cepces_strings_t list, const char *s)
{
    for (size_t i = 0; i < list.num; i++) {
        if (strcmp(list.items[i], s) == 0) {
            return true;
        }
    }
    return false;
}

bool
cepces_strings_has_nocase(cepces_strings_t list, const char *s)
{
    for (size_t i = 0; i < list.num; i++) {
        if (strcasecmp(list.items[i], s) == 0) {
            return true;
        }
    }
    return false;
}

bool
cepces_strings_equal(cepces_strings_t a, cepces_strings_t b)
{
    if (a.num != b.num) {
        return false;
    }
    for (size_t i = 0; i < a.num; i++) {
        if (strcmp(a.items[i], b.items[i]) != 0) {
            return false;
        }
    }
    return true;
}

cepces_strings_t
cepces_strings_dup(cepces_strings_t list, apr_pool_t *p)
{
    const char **items = (const char **)apr_palloc(p, (list.num + 1) * sizeof(*items));

    for (size_t i = 0; i < list.num; i++) {
        items[i] = apr_pstrdup(p, list.items[i]);
    }
    return (cepces_strings_t){items, list.num};
}

cepces_strings_t
cepces_strings_add(cepces_strings_t list, const char *s, apr_pool_t *p)
{
    const char **items = (const char **)apr_palloc(p, (list.num + 1) * sizeof(*items));

    if (list.num > 0) {
        memcpy(items, list.items, list.num * sizeof(*items));
    }
    items[list.num] = s;
    return (cepces_strings_t){items, list.num + 1};
}

const char *
cepces_strings_join(cepces_strings_t list, const char *separator, apr_pool_t *p)
{
    const char *joined = "";

    for (size_t i = 0; i < list.num; i++) {
        joined = apr_pstrcat(p, joined, i > 0 ? separator : "", list.items[i], NULL);
    }
    return joined;
}
