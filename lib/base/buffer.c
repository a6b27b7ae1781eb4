/* The growing buffer. */
#include "base/buffer.h"

#include <stdio.h>
#include <string.h>

void
cepces_buffer_init(cepces_buffer_t *buf, size_t expected, size_t ceiling, apr_pool_t *p)
{
    buf->p = p;
    buf->capacity = expected < 64 ? 64 : expected;
    buf->data = (char *)apr_palloc(p, buf->capacity);
    buf->data[0] = '\0';
    buf->len = 0;
    buf->ceiling = ceiling;
    buf->overflow = false;
}

static void
grow(cepces_buffer_t *buf, size_t needed)
{
    size_t capacity = buf->capacity;
    char *data;

    while (capacity < needed) {
        capacity *= 2;
    }
    data = (char *)apr_palloc(buf->p, capacity);
    memcpy(data, buf->data, buf->len + 1);
    buf->data = data;
    buf->capacity = capacity;
}

char *
cepces_buffer_reserve(cepces_buffer_t *buf, size_t len)
{
    size_t needed;

    if (buf->overflow || __builtin_add_overflow(buf->len, len, &needed) || needed > buf->ceiling) {
        buf->overflow = true;
        return NULL;
    }
    if (needed + 1 > buf->capacity) {
        grow(buf, needed + 1);
    }
    return buf->data + buf->len;
}

void
cepces_buffer_commit(cepces_buffer_t *buf, size_t len)
{
    buf->len += len;
    buf->data[buf->len] = '\0';
}

void
cepces_buffer_add(cepces_buffer_t *buf, const void *data, size_t len)
{
    char *to = cepces_buffer_reserve(buf, len);

    if (to != NULL && len > 0) {
        memcpy(to, data, len);
        cepces_buffer_commit(buf, len);
    }
}

void
cepces_buffer_add_str(cepces_buffer_t *buf, const char *s)
{
    cepces_buffer_add(buf, s, strlen(s));
}

void
cepces_buffer_add_bytes(cepces_buffer_t *buf, cepces_bytes_t b)
{
    cepces_buffer_add(buf, b.data, b.len);
}

void
cepces_buffer_add_uint(cepces_buffer_t *buf, uint64_t value)
{
    char digits[24];
    int len = snprintf(digits, sizeof(digits), "%llu", (unsigned long long)value);

    cepces_buffer_add(buf, digits, (size_t)len);
}

void
cepces_buffer_add_int(cepces_buffer_t *buf, int64_t value)
{
    char digits[24];
    int len = snprintf(digits, sizeof(digits), "%lld", (long long)value);

    cepces_buffer_add(buf, digits, (size_t)len);
}

cepces_bytes_t
cepces_buffer_bytes(const cepces_buffer_t *buf)
{
    return (cepces_bytes_t){(const unsigned char *)buf->data, buf->len};
}

cepces_status_t
cepces_buffer_status(const cepces_buffer_t *buf, cepces_error_t *err)
{
    if (buf->overflow) {
        return cepces_error_set(err, CEPCES_E_INTERNAL, "output would exceed %zu bytes",
                                buf->ceiling);
    }
    return CEPCES_OK;
}
