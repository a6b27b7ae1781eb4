/* Base64, hexadecimal and printable forms. */
#include "base/encode.h"

#include <string.h>

#include <apr_strings.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

enum { SPACE = 64, PAD = 65, BAD = 255 };

/* The value of one character of base64 text. */
static unsigned
base64_value(unsigned char c)
{
    if (c >= 'A' && c <= 'Z') {
        return c - 'A';
    }
    if (c >= 'a' && c <= 'z') {
        return c - 'a' + 26u;
    }
    if (c >= '0' && c <= '9') {
        return c - '0' + 52u;
    }
    switch (c) {
    case '+':
        return 62;
    case '/':
        return 63;
    case '=':
        return PAD;
    case ' ':
    case '\t':
    case '\r':
    case '\n':
        return SPACE;
    default:
        return BAD;
    }
}

typedef struct {
    unsigned char *out;
    size_t len;
    uint32_t bits;     /* of the group in hand */
    unsigned in_group; /* characters of the group in hand, padding included */
    unsigned pads;
} base64_state_t;

/* Takes one character's value; false when it may not stand here. */
static bool
base64_take(base64_state_t *s, unsigned value)
{
    if (value == PAD) {
        if (s->in_group < 2) {
            return false;
        }
        s->pads++;
        value = 0;
    } else if (s->pads > 0) {
        return false;
    }
    s->bits = (s->bits << 6) | value;
    if (++s->in_group < 4) {
        return true;
    }
    if ((s->pads == 1 && (s->bits & 0xff) != 0) || (s->pads == 2 && (s->bits & 0xffff) != 0)) {
        return false;
    }
    for (unsigned i = 0; i < 3 - s->pads; i++) {
        s->out[s->len++] = (unsigned char)(s->bits >> (16 - 8 * i));
    }
    s->bits = 0;
    s->in_group = 0;
    return true;
}

cepces_status_t
cepces_base64_decode(cepces_bytes_t *out, cepces_bytes_t text, size_t max_len, apr_pool_t *p,
                     cepces_error_t *err)
{
    base64_state_t s = {NULL, 0, 0, 0, 0};
    bool ended = false;

    *out = (cepces_bytes_t){NULL, 0};
    s.out = (unsigned char *)apr_palloc(p, text.len / 4 * 3 + 4);
    for (size_t i = 0; i < text.len; i++) {
        unsigned value = base64_value(text.data[i]);

        if (value == SPACE) {
            continue;
        }
        if (value == BAD || ended || !base64_take(&s, value)) {
            return cepces_error_rule(err, CEPCES_E_BAD_DATA, "V15",
                                     "base64: character 0x%02x at offset %zu may not stand there",
                                     text.data[i], i);
        }
        ended = s.pads > 0 && s.in_group == 0;
    }
    if (s.in_group != 0) {
        return cepces_error_rule(err, CEPCES_E_BAD_DATA, "V15",
                                 "base64: the last group is not complete");
    }
    if (s.len > max_len) {
        return cepces_error_rule(err, CEPCES_E_BAD_DATA, "V15",
                                 "base64: %zu bytes decoded, at most %zu are accepted", s.len,
                                 max_len);
    }
    *out = (cepces_bytes_t){s.out, s.len};
    return CEPCES_OK;
}

void
cepces_base64_append(cepces_buffer_t *buf, cepces_bytes_t data)
{
    size_t len = (data.len + 2) / 3 * 4;
    char *to = cepces_buffer_reserve(buf, len);
    size_t i = 0;

    if (to == NULL) {
        return;
    }
    for (; i + 3 <= data.len; i += 3) {
        uint32_t v =
            (uint32_t)data.data[i] << 16 | (uint32_t)data.data[i + 1] << 8 | data.data[i + 2];

        *to++ = alphabet[v >> 18];
        *to++ = alphabet[v >> 12 & 63];
        *to++ = alphabet[v >> 6 & 63];
        *to++ = alphabet[v & 63];
    }
    if (i < data.len) {
        bool two = i + 2 == data.len;
        uint32_t v = (uint32_t)data.data[i] << 16 | (two ? (uint32_t)data.data[i + 1] << 8 : 0);

        *to++ = alphabet[v >> 18];
        *to++ = alphabet[v >> 12 & 63];
        *to++ = two ? alphabet[v >> 6 & 63] : '=';
        *to++ = '=';
    }
    cepces_buffer_commit(buf, len);
}

const char *
cepces_base64(cepces_bytes_t data, apr_pool_t *p)
{
    cepces_buffer_t buf;
    size_t len = (data.len + 2) / 3 * 4;

    cepces_buffer_init(&buf, len + 1, len, p);
    cepces_base64_append(&buf, data);
    return buf.data;
}

const char *
cepces_pem(const char *label, cepces_bytes_t der, apr_pool_t *p)
{
    const char *text = cepces_base64(der, p);
    size_t len = strlen(text);
    cepces_buffer_t buf;

    cepces_buffer_init(&buf, len + len / 64 + 128, SIZE_MAX / 2, p);
    cepces_buffer_add_str(&buf, apr_psprintf(p, "-----BEGIN %s-----\n", label));
    for (size_t i = 0; i < len; i += 64) {
        cepces_buffer_add(&buf, text + i, len - i < 64 ? len - i : 64);
        cepces_buffer_add(&buf, "\n", 1);
    }
    cepces_buffer_add_str(&buf, apr_psprintf(p, "-----END %s-----\n", label));
    return buf.data;
}

const char *
cepces_hex(cepces_bytes_t data, apr_pool_t *p)
{
    static const char digits[] = "0123456789abcdef";
    char *text = (char *)apr_palloc(p, data.len * 2 + 1);

    for (size_t i = 0; i < data.len; i++) {
        text[2 * i] = digits[data.data[i] >> 4];
        text[2 * i + 1] = digits[data.data[i] & 15];
    }
    text[2 * data.len] = '\0';
    return text;
}

static int
hex_value(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    if (c >= 'A' && c <= 'F') {
        return c - 'A' + 10;
    }
    return -1;
}

cepces_status_t
cepces_hex_decode(cepces_bytes_t *out, const char *text, apr_pool_t *p, cepces_error_t *err)
{
    size_t len = strlen(text);
    unsigned char *data = (unsigned char *)apr_palloc(p, len / 2 + 1);

    *out = (cepces_bytes_t){NULL, 0};
    if (len % 2 != 0) {
        return cepces_error_set(err, CEPCES_E_INVALID, "an odd number of hexadecimal digits");
    }
    for (size_t i = 0; i < len; i += 2) {
        int high = hex_value(text[i]), low = hex_value(text[i + 1]);

        if (high < 0 || low < 0) {
            return cepces_error_set(err, CEPCES_E_INVALID, "not a hexadecimal digit at offset %zu",
                                    i);
        }
        data[i / 2] = (unsigned char)(high << 4 | low);
    }
    *out = (cepces_bytes_t){data, len / 2};
    return CEPCES_OK;
}

const char *
cepces_printable(cepces_bytes_t data, size_t max_len, apr_pool_t *p)
{
    static const char digits[] = "0123456789abcdef";
    size_t len = data.len < max_len ? data.len : max_len;
    char *text = (char *)apr_palloc(p, len * 4 + 1), *to = text;

    for (size_t i = 0; i < len; i++) {
        unsigned char c = data.data[i];

        if (c >= 0x20 && c < 0x7f && c != '\\') {
            *to++ = (char)c;
        } else {
            *to++ = '\\';
            *to++ = 'x';
            *to++ = digits[c >> 4];
            *to++ = digits[c & 15];
        }
    }
    *to = '\0';
    return text;
}

/* The number of continuation bytes a first byte calls for and the smallest code point it may carry;
 * -1 if none. */
static int
utf8_lead(unsigned char c, uint32_t *code, uint32_t *smallest)
{
    if (c < 0x80) {
        *code = c;
        *smallest = 1;
        return 0;
    }
    if (c >= 0xc2 && c < 0xe0) {
        *code = c & 0x1f;
        *smallest = 0x80;
        return 1;
    }
    if (c >= 0xe0 && c < 0xf0) {
        *code = c & 0x0f;
        *smallest = 0x800;
        return 2;
    }
    if (c >= 0xf0 && c < 0xf5) {
        *code = c & 0x07;
        *smallest = 0x10000;
        return 3;
    }
    return -1;
}

bool
cepces_utf8_valid(cepces_bytes_t data)
{
    size_t i = 0;

    while (i < data.len) {
        uint32_t code, smallest;
        int more = utf8_lead(data.data[i++], &code, &smallest);

        if (more < 0 || (size_t)more > data.len - i) {
            return false;
        }
        for (; more > 0; more--, i++) {
            if ((data.data[i] & 0xc0) != 0x80) {
                return false;
            }
            code = code << 6 | (data.data[i] & 0x3f);
        }
        if (code < smallest || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) {
            return false;
        }
    }
    return true;
}
