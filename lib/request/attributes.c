/* Attributes of requests and the name-value pairs in them: [MS-WCCE] 2.2.2.7. */
#include <string.h>
#include <strings.h>

#include <apr_strings.h>

#include "base/encode.h"
#include "pki/msext.h"
#include "request/reader.h"

/* --- Name-value pairs ------------------------------------------------------------------------- */

static cepces_status_t
add_name_value(cepces_request_reader_t *r, const char *name, const char *value)
{
    cepces_name_value_t *pair;

    if (r->name_values->nelts >= CEPCES_REQUEST_MAX_ATTRIBUTES) {
        return cepces_error_set(r->err, CEPCES_E_BAD_DATA, "more than %d name-value pairs",
                                CEPCES_REQUEST_MAX_ATTRIBUTES);
    }
    pair = (cepces_name_value_t *)apr_array_push(r->name_values);
    pair->name = name;
    pair->value = value;
    if (strcasecmp(name, "CertificateTemplate") == 0) {
        *(const char **)apr_array_push(r->template_attributes) = value;
    } else if (strcasecmp(name, "RequesterName") == 0) {
        r->request->has_requester_name = true;
    }
    return CEPCES_OK;
}

static cepces_status_t
read_pair(cepces_request_reader_t *r, cepces_bytes_t der)
{
    const CEPCES_NAME_VALUE *pair;
    const char *name, *value;
    void *decoded;
    cepces_status_t st =
        cepces_pki_decode(&decoded, der, ASN1_ITEM_rptr(CEPCES_NAME_VALUE), r->err);

    if (st != CEPCES_OK) {
        return st;
    }
    pair = (const CEPCES_NAME_VALUE *)decoded;
    if ((st = cepces_pki_string(&name, pair->name, r->p, r->err)) == CEPCES_OK &&
        (st = cepces_pki_string(&value, pair->value, r->p, r->err)) == CEPCES_OK) {
        st = add_name_value(r, name, value);
    }
    CEPCES_NAME_VALUE_free((CEPCES_NAME_VALUE *)decoded);
    return st;
}

/* SEQUENCE OF pairs, as [MS-WCCE] 2.2.2.7.10 describes it. */
static cepces_status_t
read_pairs(cepces_request_reader_t *r, cepces_bytes_t der)
{
    const ASN1_SEQUENCE_ANY *list;
    void *decoded;
    cepces_status_t st =
        cepces_pki_decode(&decoded, der, ASN1_ITEM_rptr(ASN1_SEQUENCE_ANY), r->err);

    if (st != CEPCES_OK) {
        return st;
    }
    list = (const ASN1_SEQUENCE_ANY *)decoded;
    for (int i = 0; i < sk_ASN1_TYPE_num(list) && st == CEPCES_OK; i++) {
        const ASN1_TYPE *pair = sk_ASN1_TYPE_value(list, i);

        st = pair->type != V_ASN1_SEQUENCE
                 ? cepces_error_set(r->err, CEPCES_E_BAD_DATA, "a name-value pair of another type")
                 : read_pair(r, cepces_pki_bytes(pair->value.sequence));
    }
    sk_ASN1_TYPE_pop_free((ASN1_SEQUENCE_ANY *)decoded, ASN1_TYPE_free);
    return st;
}

/* What the first element of a SEQUENCE is tells one pair from a list: a BMPString or another
 * SEQUENCE. The bytes passed cepces_der_check, so behind a length in the long form there are as
 * many octets as it says. */
static bool
holds_sequence(cepces_bytes_t der)
{
    size_t header = der.data[1] < 0x80 ? 2 : 2 + (size_t)(der.data[1] & 0x7f);

    return header >= der.len || der.data[header] == (V_ASN1_SEQUENCE | V_ASN1_CONSTRUCTED);
}

cepces_status_t
cepces_request_read_name_value(cepces_request_reader_t *r, const ASN1_TYPE *value)
{
    cepces_bytes_t der;

    if (value->type != V_ASN1_SEQUENCE) {
        return cepces_error_set(r->err, CEPCES_E_BAD_DATA, "a name-value pair of another type");
    }
    der = cepces_pki_bytes(value->value.sequence);
    return holds_sequence(der) ? read_pairs(r, der) : read_pair(r, der);
}

static int
hex_value(unsigned char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Percent-decoding to text without NUL and control characters. */
static cepces_status_t
decode_percent(const char **out, cepces_bytes_t text, cepces_request_reader_t *r)
{
    unsigned char *decoded = (unsigned char *)apr_palloc(r->p, text.len + 1);
    size_t len = 0;

    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = text.data[i];

        if (c == '%') {
            int high = i + 2 < text.len ? hex_value(text.data[i + 1]) : -1;
            int low = high >= 0 ? hex_value(text.data[i + 2]) : -1;

            if (low < 0) {
                return cepces_error_set(r->err, CEPCES_E_BAD_DATA, "regInfo has a broken escape");
            }
            c = (unsigned char)(high << 4 | low);
            i += 2;
        }
        if (c < 0x20 || c == 0x7f) {
            return cepces_error_set(r->err, CEPCES_E_BAD_DATA, "regInfo has a control character");
        }
        decoded[len++] = c;
    }
    decoded[len] = '\0';
    if (!cepces_utf8_valid(cepces_bytes(decoded, len))) {
        return cepces_error_set(r->err, CEPCES_E_BAD_DATA, "regInfo is not UTF-8");
    }
    *out = (const char *)decoded;
    return CEPCES_OK;
}

static cepces_status_t
read_reg_info_part(cepces_request_reader_t *r, cepces_bytes_t part)
{
    const unsigned char *equals =
        (const unsigned char *)memchr(part.data, '=', part.len);
    const char *name, *value;
    cepces_status_t st;
    size_t name_len;

    if (equals == NULL || equals == part.data) {
        return cepces_error_set(r->err, CEPCES_E_BAD_DATA, "regInfo has a part that is no pair");
    }
    name_len = (size_t)(equals - part.data);
    if ((st = decode_percent(&name, cepces_bytes(part.data, name_len), r)) != CEPCES_OK ||
        (st = decode_percent(&value, cepces_bytes(equals + 1, part.len - name_len - 1), r)) !=
            CEPCES_OK) {
        return st;
    }
    return add_name_value(r, name, value);
}

cepces_status_t
cepces_request_read_reg_info(cepces_request_reader_t *r, cepces_bytes_t text)
{
    cepces_status_t st = CEPCES_OK;
    size_t start = 0;

    for (size_t i = 0; i <= text.len && st == CEPCES_OK; i++) {
        if (i == text.len || text.data[i] == '&') {
            if (i > start) {
                st = read_reg_info_part(r, cepces_bytes(text.data + start, i - start));
            }
            start = i + 1;
        }
    }
    return st;
}

/* --- Attributes ------------------------------------------------------------------------------- */

static cepces_status_t
read_extension_request(cepces_request_reader_t *r, const ASN1_TYPE *value)
{
    cepces_bytes_t der;
    cepces_status_t st;
    void *extensions;

    if (value->type != V_ASN1_SEQUENCE) {
        return cepces_error_set(r->err, CEPCES_E_BAD_DATA, "an extension request of another type");
    }
    der = cepces_pki_bytes(value->value.sequence);
    st = cepces_pki_decode(&extensions, der, ASN1_ITEM_rptr(X509_EXTENSIONS), r->err);
    if (st == CEPCES_OK) {
        st = cepces_request_add_extensions(r, (const X509_EXTENSIONS *)extensions);
        sk_X509_EXTENSION_pop_free((X509_EXTENSIONS *)extensions, X509_EXTENSION_free);
    }
    return st;
}

/* Unproven and only for the audit: what cannot be read is ignored, as AD CS does. */
static void
read_client_info(cepces_request_reader_t *r, const ASN1_TYPE *value)
{
    const char *text;

    if (value->type == V_ASN1_SEQUENCE && r->request->client_info == NULL &&
        cepces_msext_read_client_info(&text, cepces_pki_bytes(value->value.sequence), r->p, NULL) ==
            CEPCES_OK) {
        r->request->client_info = text;
    }
}

static cepces_status_t
read_value(cepces_request_reader_t *r, const char *oid, const ASN1_TYPE *value)
{
    if (strcmp(oid, CEPCES_OID_EXTENSION_REQUEST) == 0 ||
        strcmp(oid, CEPCES_OID_CERT_EXTENSIONS) == 0) {
        return read_extension_request(r, value);
    }
    if (strcmp(oid, CEPCES_OID_CLIENT_INFO) == 0) {
        read_client_info(r, value);
    } else if (strcmp(oid, CEPCES_OID_RENEWAL_CERTIFICATE) == 0) {
        r->request->has_renewal_certificate = true;
    } else if (strcmp(oid, CEPCES_OID_ARCHIVED_KEY) == 0 ||
               strcmp(oid, CEPCES_OID_ENCRYPTED_KEY_HASH) == 0) {
        r->request->has_archived_key = true;
    }
    return CEPCES_OK;
}

static cepces_status_t
read_attribute(cepces_request_reader_t *r, X509_ATTRIBUTE *attribute, const char *oid)
{
    int num = X509_ATTRIBUTE_count(attribute);
    cepces_status_t st = CEPCES_OK;

    if (strcmp(oid, CEPCES_OID_NAME_VALUE_PAIR) == 0) { /* the one that may have several values */
        for (int i = 0; i < num && st == CEPCES_OK; i++) {
            st = cepces_request_read_name_value(r, X509_ATTRIBUTE_get0_type(attribute, i));
        }
        return st;
    }
    if (num != 1) {
        return cepces_error_rule(r->err, CEPCES_E_BAD_DATA, "V42",
                                 "the attribute %s has %d values instead of one", oid, num);
    }
    return read_value(r, oid, X509_ATTRIBUTE_get0_type(attribute, 0));
}

cepces_status_t
cepces_request_read_attributes(cepces_request_reader_t *r,
                               const STACK_OF(X509_ATTRIBUTE) *attributes)
{
    int num = attributes != NULL ? sk_X509_ATTRIBUTE_num(attributes) : 0;
    int first = r->attributes->nelts;
    cepces_status_t st = CEPCES_OK;

    if (first + num > CEPCES_REQUEST_MAX_ATTRIBUTES) {
        return cepces_error_rule(r->err, CEPCES_E_BAD_DATA, "V42", "more than %d attributes",
                                 CEPCES_REQUEST_MAX_ATTRIBUTES);
    }
    for (int i = 0; i < num && st == CEPCES_OK; i++) {
        X509_ATTRIBUTE *attribute = sk_X509_ATTRIBUTE_value(attributes, i);
        const char *oid = cepces_oid_text(X509_ATTRIBUTE_get0_object(attribute), r->p);

        for (int j = first; j < r->attributes->nelts; j++) {
            if (strcmp(oid, APR_ARRAY_IDX(r->attributes, j, const char *)) == 0 &&
                strcmp(oid, CEPCES_OID_NAME_VALUE_PAIR) != 0) {
                return cepces_error_rule(r->err, CEPCES_E_BAD_DATA, "V42",
                                         "the attribute %s is there twice", oid);
            }
        }
        *(const char **)apr_array_push(r->attributes) = oid;
        st = read_attribute(r, attribute, oid);
    }
    return st;
}
