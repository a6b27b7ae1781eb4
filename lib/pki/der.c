/* The walk over tags and lengths that comes before every OpenSSL decoder (rule V16). OpenSSL
 * accepts indefinite and over-long lengths, other values of TRUE and constructed strings; this does
 * not. */
#include "base/encode.h"
#include "pki/pki.h"

#define CLASS_MASK 0xc0u
#define CONSTRUCTED 0x20u
#define TAG_MASK 0x1fu

#define OID_MAX_LEN 64

typedef struct {
    const unsigned char *at;
    const unsigned char *end;
    unsigned num_values;
    cepces_error_t *err;
} walk_t;

static cepces_status_t
refuse(walk_t *w, cepces_status_t status, const char *why)
{
    return cepces_error_rule(w->err, status, "V16", "%s", why);
}

/* Reads a length: one octet below 128, else the fewest octets that hold it. */
static cepces_status_t
read_length(size_t *out, walk_t *w)
{
    size_t len, num;

    if (w->at == w->end) {
        return refuse(w, CEPCES_E_ASN1_TRUNCATED, "the encoding ends before a length");
    }
    len = *w->at++;
    if (len == 0x80) {
        return refuse(w, CEPCES_E_ASN1_NOT_DER, "indefinite length");
    }
    if (len < 0x80) {
        *out = len;
        return CEPCES_OK;
    }
    num = len & 0x7f;
    if (num > 4) {
        return refuse(w, CEPCES_E_ASN1_CORRUPT, "a length of more than four octets");
    }
    if ((size_t)(w->end - w->at) < num) {
        return refuse(w, CEPCES_E_ASN1_TRUNCATED, "the encoding ends within a length");
    }
    for (len = 0; num > 0; num--) {
        len = len << 8 | *w->at++;
        if (len == 0) {
            return refuse(w, CEPCES_E_ASN1_NOT_DER, "a length with a leading zero");
        }
    }
    if (len < 0x80) {
        return refuse(w, CEPCES_E_ASN1_NOT_DER, "a short length in the long form");
    }
    *out = len;
    return CEPCES_OK;
}

static bool
integer_is_minimal(const unsigned char *v, size_t len)
{
    return len == 1 || !((v[0] == 0x00 && v[1] < 0x80) || (v[0] == 0xff && v[1] >= 0x80));
}

static bool
bit_string_is_canonical(const unsigned char *v, size_t len)
{
    return v[0] <= 7 && (len > 1 ? (v[len - 1] & ((1u << v[0]) - 1)) == 0 : v[0] == 0);
}

static bool
oid_is_minimal(const unsigned char *v, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (v[i] == 0x80 && (i == 0 || v[i - 1] < 0x80)) {
            return false;
        }
    }
    return v[len - 1] < 0x80;
}

/* What DER says of the contents of universal primitive types. */
static cepces_status_t
check_primitive(walk_t *w, unsigned tag, const unsigned char *v, size_t len)
{
    switch (tag) {
    case V_ASN1_BOOLEAN:
        if (len != 1 || (v[0] != 0x00 && v[0] != 0xff)) {
            return refuse(w, CEPCES_E_ASN1_NOT_DER, "a BOOLEAN that is neither 00 nor FF");
        }
        break;
    case V_ASN1_INTEGER:
    case V_ASN1_ENUMERATED:
        if (len == 0) {
            return refuse(w, CEPCES_E_ASN1_CORRUPT, "an INTEGER without contents");
        }
        if (!integer_is_minimal(v, len)) {
            return refuse(w, CEPCES_E_ASN1_NOT_DER, "an INTEGER with superfluous octets");
        }
        break;
    case V_ASN1_BIT_STRING:
        if (len == 0) {
            return refuse(w, CEPCES_E_ASN1_CORRUPT, "a BIT STRING without contents");
        }
        if (!bit_string_is_canonical(v, len)) {
            return refuse(w, CEPCES_E_ASN1_NOT_DER, "a BIT STRING whose unused bits are not zero");
        }
        break;
    case V_ASN1_NULL:
        if (len != 0) {
            return refuse(w, CEPCES_E_ASN1_CORRUPT, "a NULL with contents");
        }
        break;
    case V_ASN1_OBJECT:
        if (len == 0 || len > OID_MAX_LEN) {
            return refuse(w, CEPCES_E_ASN1_CORRUPT, "an OID of no or more than 64 octets");
        }
        if (!oid_is_minimal(v, len)) {
            return refuse(w, CEPCES_E_ASN1_NOT_DER, "an OID that is cut short or not minimal");
        }
        break;
    default:
        break;
    }
    return CEPCES_OK;
}

/* Only these universal types are constructed; strings in pieces are BER. */
static bool
is_constructed_type(unsigned tag)
{
    return tag == V_ASN1_SEQUENCE || tag == V_ASN1_SET || tag == V_ASN1_EXTERNAL;
}

static cepces_status_t
check_identifier(walk_t *w, unsigned identifier)
{
    unsigned tag = identifier & TAG_MASK;

    if (tag == TAG_MASK) {
        return refuse(w, CEPCES_E_ASN1_CORRUPT, "a tag number above 30");
    }
    if ((identifier & CLASS_MASK) != V_ASN1_UNIVERSAL) {
        return CEPCES_OK;
    }
    if (tag == V_ASN1_EOC) {
        return refuse(w, CEPCES_E_ASN1_NOT_DER, "an end-of-contents mark");
    }
    if (is_constructed_type(tag) != ((identifier & CONSTRUCTED) != 0)) {
        return refuse(w, CEPCES_E_ASN1_NOT_DER,
                      "a type in the wrong form, primitive or constructed");
    }
    return CEPCES_OK;
}

/* Walks over one value; |depth| counts the values around it. */
static cepces_status_t
walk_value(walk_t *w, unsigned depth)
{
    const unsigned char *end = w->end, *contents;
    cepces_status_t st;
    unsigned identifier;
    size_t len = 0;

    if (depth >= CEPCES_DER_MAX_DEPTH || ++w->num_values > CEPCES_DER_MAX_VALUES) {
        return refuse(w, CEPCES_E_ASN1_CORRUPT, "too deep, or too many values");
    }
    if (w->at == end) {
        return refuse(w, CEPCES_E_ASN1_TRUNCATED, "the encoding ends before a value");
    }
    identifier = *w->at++;
    if ((st = check_identifier(w, identifier)) != CEPCES_OK ||
        (st = read_length(&len, w)) != CEPCES_OK) {
        return st;
    }
    if (len > (size_t)(end - w->at)) {
        return depth == 0
                   ? refuse(w, CEPCES_E_ASN1_TRUNCATED, "the encoding ends within a value")
                   : refuse(w, CEPCES_E_ASN1_CORRUPT, "a value is longer than what holds it");
    }
    contents = w->at;
    if ((identifier & CONSTRUCTED) == 0) {
        w->at = contents + len;
        return (identifier & CLASS_MASK) == V_ASN1_UNIVERSAL
                   ? check_primitive(w, identifier & TAG_MASK, contents, len)
                   : CEPCES_OK;
    }
    for (w->end = contents + len; w->at < w->end;) {
        if ((st = walk_value(w, depth + 1)) != CEPCES_OK) {
            return st;
        }
    }
    w->end = end;
    return CEPCES_OK;
}

cepces_status_t
cepces_der_check(cepces_bytes_t der, cepces_error_t *err)
{
    walk_t w = {der.data, der.data + der.len, 0, err};
    cepces_status_t st = der.len == 0
                             ? refuse(&w, CEPCES_E_ASN1_TRUNCATED, "no bytes at all")
                             : walk_value(&w, 0);

    if (st == CEPCES_OK && w.at != w.end) {
        st = cepces_error_rule(err, CEPCES_E_ASN1_TRAILING, "V16", "%td bytes follow the value",
                               w.end - w.at);
    }
    return st;
}
