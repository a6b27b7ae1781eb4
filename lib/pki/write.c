/* Writing DER. */
#include "pki/write.h"

#include <stdio.h>

#define MAX_LENGTH_OCTETS 5

void
cepces_der_init(cepces_der_t *der, size_t expected, size_t ceiling, apr_pool_t *p)
{
    cepces_buffer_init(&der->buf, expected, ceiling, p);
    der->failure = NULL;
}

static void
fail(cepces_der_t *der, const char *why)
{
    if (der->failure == NULL) {
        der->failure = why;
    }
}

/* Writes the length octets of |len| to |out| and returns their number. */
static size_t
encode_length(unsigned char out[MAX_LENGTH_OCTETS], size_t len)
{
    size_t num = 0;

    if (len < 0x80) {
        out[0] = (unsigned char)len;
        return 1;
    }
    for (size_t rest = len; rest != 0; rest >>= 8) {
        num++;
    }
    out[0] = (unsigned char)(0x80 | num);
    for (size_t i = num; i > 0; i--) {
        out[i] = (unsigned char)len;
        len >>= 8;
    }
    return num + 1;
}

size_t
cepces_der_begin(cepces_der_t *der, unsigned char tag)
{
    unsigned char head[2] = {tag, 0};

    cepces_buffer_add(&der->buf, head, sizeof(head));
    return der->buf.len;
}

void
cepces_der_end(cepces_der_t *der, size_t mark)
{
    cepces_buffer_t *buf = &der->buf;
    size_t len = buf->len - mark;
    unsigned char length[MAX_LENGTH_OCTETS];
    size_t num;

    if (buf->overflow) {
        return;
    }
    if (len > UINT32_MAX) {
        fail(der, "a value of more than 4 GiB");
        return;
    }
    /* cepces_der_begin left one octet for the length; longer forms push the content back. */
    num = encode_length(length, len);
    if (num > 1) {
        if (cepces_buffer_reserve(buf, num - 1) == NULL) {
            return;
        }
        memmove(buf->data + mark + num - 1, buf->data + mark, len);
        cepces_buffer_commit(buf, num - 1);
    }
    memcpy(buf->data + mark - 1, length, num);
}

void
cepces_der_add(cepces_der_t *der, unsigned char tag, cepces_bytes_t content)
{
    size_t mark = cepces_der_begin(der, tag);

    cepces_buffer_add_bytes(&der->buf, content);
    cepces_der_end(der, mark);
}

void
cepces_der_add_raw(cepces_der_t *der, cepces_bytes_t values)
{
    cepces_buffer_add_bytes(&der->buf, values);
}

static void
add_base128(cepces_der_t *der, uint64_t value)
{
    unsigned char octets[10];
    size_t at = sizeof(octets);

    octets[--at] = (unsigned char)(value & 0x7f);
    while ((value >>= 7) != 0) {
        octets[--at] = (unsigned char)(0x80 | (value & 0x7f));
    }
    cepces_buffer_add(&der->buf, octets + at, sizeof(octets) - at);
}

/* Reads one arc and the dot behind it; |*s| is left at the next arc, or at the end. */
static bool
read_arc(uint64_t *out, const char **s)
{
    const char *at = *s;
    uint64_t value = 0;

    if (*at < '0' || *at > '9' || (*at == '0' && at[1] >= '0' && at[1] <= '9')) {
        return false;
    }
    for (; *at >= '0' && *at <= '9'; at++) {
        if (value > (UINT64_MAX >> 1) / 10 - 1) {
            return false;
        }
        value = value * 10 + (uint64_t)(*at - '0');
    }
    if (*at == '.' && at[1] != '\0') {
        at++;
    } else if (*at != '\0') {
        return false;
    }
    *s = at;
    *out = value;
    return true;
}

void
cepces_der_add_oid(cepces_der_t *der, const char *dotted)
{
    const char *at = dotted;
    uint64_t first, second;
    size_t mark;

    if (!read_arc(&first, &at) || *at == '\0' || !read_arc(&second, &at) || first > 2 ||
        (first < 2 && second > 39)) {
        fail(der, "a malformed object identifier");
        return;
    }
    mark = cepces_der_begin(der, CEPCES_DER_OID);
    add_base128(der, first * 40 + second);
    while (*at != '\0') {
        uint64_t arc;

        if (!read_arc(&arc, &at)) {
            fail(der, "a malformed object identifier");
            return;
        }
        add_base128(der, arc);
    }
    cepces_der_end(der, mark);
}

void
cepces_der_add_magnitude(cepces_der_t *der, cepces_bytes_t magnitude)
{
    size_t mark = cepces_der_begin(der, CEPCES_DER_INTEGER);

    while (magnitude.len > 1 && magnitude.data[0] == 0) {
        magnitude.data++;
        magnitude.len--;
    }
    if (magnitude.len == 0 || magnitude.data[0] >= 0x80) {
        cepces_buffer_add(&der->buf, "\0", 1);
    }
    cepces_buffer_add_bytes(&der->buf, magnitude);
    cepces_der_end(der, mark);
}

void
cepces_der_add_uint(cepces_der_t *der, uint64_t value)
{
    unsigned char octets[8];

    for (size_t i = sizeof(octets); i > 0; i--) {
        octets[i - 1] = (unsigned char)value;
        value >>= 8;
    }
    cepces_der_add_magnitude(der, cepces_bytes(octets, sizeof(octets)));
}

/* Writes |t| in the given form: with four digits of the year, or with two. */
static void
add_time(cepces_der_t *der, apr_time_t t, bool generalized)
{
    apr_time_exp_t at;
    char text[24];
    int year, len;

    if (t < 0 || apr_time_exp_gmt(&at, t) != APR_SUCCESS || at.tm_year + 1900 > 9999) {
        fail(der, "a time outside the years 1970 to 9999");
        return;
    }
    year = at.tm_year + 1900;
    len = snprintf(text, sizeof(text), "%0*d%02d%02d%02d%02d%02dZ", generalized ? 4 : 2,
                   generalized ? year : year % 100, at.tm_mon + 1, at.tm_mday, at.tm_hour, at.tm_min,
                   at.tm_sec);
    cepces_der_add(der, generalized ? CEPCES_DER_GENERALIZED_TIME : CEPCES_DER_UTC_TIME,
                   cepces_bytes(text, (size_t)len));
}

void
cepces_der_add_time(cepces_der_t *der, apr_time_t t)
{
    const apr_time_t year_2050 = apr_time_from_sec(INT64_C(2524608000));

    add_time(der, t, t >= year_2050);
}

void
cepces_der_add_generalized_time(cepces_der_t *der, apr_time_t t)
{
    add_time(der, t, true);
}

cepces_der_extension_t
cepces_der_begin_extension(cepces_der_t *der, const char *oid, bool critical)
{
    cepces_der_extension_t ext;

    ext.sequence = cepces_der_begin(der, CEPCES_DER_SEQUENCE);
    cepces_der_add_oid(der, oid);
    if (critical) {
        cepces_der_add(der, CEPCES_DER_BOOLEAN, cepces_bytes("\xff", 1));
    }
    ext.value = cepces_der_begin(der, CEPCES_DER_OCTET_STRING);
    return ext;
}

void
cepces_der_end_extension(cepces_der_t *der, cepces_der_extension_t ext)
{
    cepces_der_end(der, ext.value);
    cepces_der_end(der, ext.sequence);
}

cepces_status_t
cepces_der_finish(cepces_bytes_t *out, const cepces_der_t *der, cepces_error_t *err)
{
    cepces_status_t st = cepces_buffer_status(&der->buf, err);

    if (st == CEPCES_OK && der->failure != NULL) {
        st = cepces_error_set(err, CEPCES_E_INTERNAL, "%s cannot be encoded", der->failure);
    }
    if (st == CEPCES_OK) {
        *out = cepces_buffer_bytes(&der->buf);
    }
    return st;
}
