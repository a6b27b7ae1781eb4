/* Foreign objects and secrets in APR pools. */
#ifndef BASE_POOL_H
#define BASE_POOL_H

#include "cepces/types.h"

/* cepces_pool_adopt hands |object| to |p|: |release| is called with it when the pool is cleared.
 * Each room wraps this in typed functions for the objects it owns. */
void cepces_pool_adopt(apr_pool_t *p, void *object, void (*release)(void *));

/* A secret: bytes that are wiped when their pool is cleared, compared in constant time and never
 * formatted. */
typedef struct cepces_secret_t {
    unsigned char *data; /* NUL-terminated for interfaces that want a C string */
    size_t len;          /* without the terminator */
} cepces_secret_t;

/* cepces_secret_copy copies |len| bytes into |p| as a secret. The source stays the caller's to
 * wipe. */
cepces_secret_t *cepces_secret_copy(const void *data, size_t len, apr_pool_t *p);

/* cepces_wipe overwrites |len| bytes in a way the compiler does not remove. */
void cepces_wipe(void *data, size_t len);

#endif
