/* A growing buffer with a ceiling. The first failure (the ceiling is reached) sticks: later appends
 * do nothing, and the one who reads the result asks cepces_buffer_status once, so that long
 * encoders stay free of checks. */
#ifndef BASE_BUFFER_H
#define BASE_BUFFER_H

#include "cepces/error.h"

typedef struct cepces_buffer_t {
    apr_pool_t *p;
    char *data;      /* NUL-terminated whenever not NULL */
    size_t len;      /* bytes used, without the terminator */
    size_t capacity; /* bytes allocated */
    size_t ceiling;  /* most bytes that |len| may reach */
    bool overflow;
} cepces_buffer_t;

/* cepces_buffer_init makes an empty buffer that grows in |p| up to |ceiling| bytes; |expected| is
 * the first allocation. */
void cepces_buffer_init(cepces_buffer_t *buf, size_t expected, size_t ceiling, apr_pool_t *p);

void cepces_buffer_add(cepces_buffer_t *buf, const void *data, size_t len);
void cepces_buffer_add_str(cepces_buffer_t *buf, const char *s);
void cepces_buffer_add_bytes(cepces_buffer_t *buf, cepces_bytes_t b);
void cepces_buffer_add_uint(cepces_buffer_t *buf, uint64_t value);
void cepces_buffer_add_int(cepces_buffer_t *buf, int64_t value);

/* cepces_buffer_reserve makes room for |len| more bytes and returns where to write them; the caller
 * then calls cepces_buffer_commit with the number written. NULL when the ceiling would be passed.
 */
char *cepces_buffer_reserve(cepces_buffer_t *buf, size_t len);
void cepces_buffer_commit(cepces_buffer_t *buf, size_t len);

/* cepces_buffer_bytes lends what has been written; valid until the next append. */
cepces_bytes_t cepces_buffer_bytes(const cepces_buffer_t *buf);

/* cepces_buffer_status is CEPCES_OK unless an append was refused by the ceiling, then
 * CEPCES_E_INTERNAL. */
cepces_status_t cepces_buffer_status(const cepces_buffer_t *buf,
                                     cepces_error_t *err) CEPCES_MUST_CHECK;

#endif
