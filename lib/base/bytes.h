/* Byte slices and string lists: comparing, copying, searching. */
#ifndef BASE_BYTES_H
#define BASE_BYTES_H

#include <string.h>

#include "cepces/types.h"

#define CEPCES_NO_BYTES ((cepces_bytes_t){NULL, 0})

static inline cepces_bytes_t
cepces_bytes(const void *data, size_t len)
{
    return (cepces_bytes_t){(const unsigned char *)data, len};
}

/* The bytes of a C string without its terminator. */
static inline cepces_bytes_t
cepces_bytes_str(const char *s)
{
    return cepces_bytes(s, strlen(s));
}

/* cepces_bytes_equal tells whether two slices hold the same bytes. Not for secrets. */
bool cepces_bytes_equal(cepces_bytes_t a, cepces_bytes_t b);

/* cepces_bytes_equal_secret does the same in a time that depends on the lengths only. */
bool cepces_bytes_equal_secret(cepces_bytes_t a, cepces_bytes_t b);

/* cepces_bytes_dup copies |b| into |p|, with a NUL after the last byte that the length does not
 * count. */
cepces_bytes_t cepces_bytes_dup(cepces_bytes_t b, apr_pool_t *p);

/* cepces_strings_has tells whether |list| holds |s| exactly; cepces_strings_has_nocase ignores the
 * case of ASCII letters. */
bool cepces_strings_has(cepces_strings_t list, const char *s);
bool cepces_strings_has_nocase(cepces_strings_t list, const char *s);

/* cepces_strings_equal tells whether two lists hold the same strings in the same order. */
bool cepces_strings_equal(cepces_strings_t a, cepces_strings_t b);

/* cepces_strings_dup copies a list and its strings into |p|. */
cepces_strings_t cepces_strings_dup(cepces_strings_t list, apr_pool_t *p);

/* cepces_strings_add returns |list| with |s| at the end; the array is new, the strings are shared.
 */
cepces_strings_t cepces_strings_add(cepces_strings_t list, const char *s, apr_pool_t *p);

/* cepces_strings_join returns the strings with |separator| between them. */
const char *cepces_strings_join(cepces_strings_t list, const char *separator, apr_pool_t *p);

#endif
