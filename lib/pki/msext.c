/* Extension values and attributes of [MS-WCCE] 2.2.2.7 and RFC 5280, 4.2.1. */
#include "pki/msext.h"

#include <string.h>

#include <apr_strings.h>
#include <openssl/err.h>

#include "base/encode.h"
#include "pki/write.h"

/* Template information, 1.3.6.1.4.1.311.21.7 */
typedef struct {
    ASN1_OBJECT *id;
    ASN1_INTEGER *major; /* OPTIONAL, as minor */
    ASN1_INTEGER *minor;
} TEMPLATE_INFO;

ASN1_SEQUENCE(TEMPLATE_INFO) = {
    ASN1_SIMPLE(TEMPLATE_INFO, id, ASN1_OBJECT),
    ASN1_OPT(TEMPLATE_INFO, major, ASN1_INTEGER),
    ASN1_OPT(TEMPLATE_INFO, minor, ASN1_INTEGER),
} static_ASN1_SEQUENCE_END(TEMPLATE_INFO)

ASN1_SEQUENCE(CEPCES_NAME_VALUE) = {
    ASN1_SIMPLE(CEPCES_NAME_VALUE, name, ASN1_BMPSTRING),
    ASN1_SIMPLE(CEPCES_NAME_VALUE, value, ASN1_BMPSTRING),
} ASN1_SEQUENCE_END(CEPCES_NAME_VALUE)
IMPLEMENT_ASN1_ALLOC_FUNCTIONS(CEPCES_NAME_VALUE)

/* Client information, 1.3.6.1.4.1.311.21.20 */
typedef struct {
    ASN1_INTEGER *client_id;
    ASN1_UTF8STRING *machine;
    ASN1_UTF8STRING *user;
    ASN1_UTF8STRING *program;
} CLIENT_INFO;

ASN1_SEQUENCE(CLIENT_INFO) = {
    ASN1_SIMPLE(CLIENT_INFO, client_id, ASN1_INTEGER),
    ASN1_SIMPLE(CLIENT_INFO, machine, ASN1_UTF8STRING),
    ASN1_SIMPLE(CLIENT_INFO, user, ASN1_UTF8STRING),
    ASN1_SIMPLE(CLIENT_INFO, program, ASN1_UTF8STRING),
} static_ASN1_SEQUENCE_END(CLIENT_INFO)

/* The template name as [MS-WCCE] 2.2.2.7.7.1 describes it. */
typedef struct {
    ASN1_UTF8STRING *name;
} NAME_SEQUENCE;

ASN1_SEQUENCE(NAME_SEQUENCE) = {
    ASN1_SIMPLE(NAME_SEQUENCE, name, ASN1_UTF8STRING),
} static_ASN1_SEQUENCE_END(NAME_SEQUENCE)

/* --- Encoding --------------------------------------------------------------------------------- */

#define MAX_VALUE_LEN (64 * 1024)

/* What cannot be encoded is something an administrator wrote: an OID that is none, or far too many
 * of them. */
static cepces_status_t
finish(cepces_bytes_t *out, const cepces_der_t *der, cepces_error_t *err)
{
    if (cepces_der_finish(out, der, err) != CEPCES_OK) {
        return cepces_error_wrap(err, CEPCES_E_INVALID, "an extension cannot be encoded");
    }
    return CEPCES_OK;
}

cepces_status_t
cepces_msext_template_info(cepces_bytes_t *out, const char *oid, unsigned major, unsigned minor,
                           apr_pool_t *p, cepces_error_t *err)
{
    cepces_der_t der;
    size_t info;

    cepces_der_init(&der, 64, MAX_VALUE_LEN, p);
    info = cepces_der_begin(&der, CEPCES_DER_SEQUENCE);
    cepces_der_add_oid(&der, oid);
    cepces_der_add_uint(&der, major);
    cepces_der_add_uint(&der, minor);
    cepces_der_end(&der, info);
    return finish(out, &der, err);
}

cepces_status_t
cepces_msext_template_name(cepces_bytes_t *out, const char *cn, apr_pool_t *p, cepces_error_t *err)
{
    ASN1_STRING *name = NULL;
    cepces_status_t st;

    if (ASN1_mbstring_copy(&name, (const unsigned char *)cn, (int)strlen(cn), MBSTRING_UTF8,
                           B_ASN1_BMPSTRING) < 0) {
        return cepces_pki_error(err, CEPCES_E_INVALID, "the template name is no BMPString");
    }
    st = cepces_pki_encode(out, name, ASN1_ITEM_rptr(ASN1_BMPSTRING), p, err);
    ASN1_STRING_free(name);
    return st;
}

cepces_status_t
cepces_msext_eku(cepces_bytes_t *out, cepces_strings_t oids, apr_pool_t *p, cepces_error_t *err)
{
    cepces_der_t der;
    size_t eku;

    cepces_der_init(&der, 64, MAX_VALUE_LEN, p);
    eku = cepces_der_begin(&der, CEPCES_DER_SEQUENCE);
    for (size_t i = 0; i < oids.num; i++) {
        cepces_der_add_oid(&der, oids.items[i]);
    }
    cepces_der_end(&der, eku);
    return finish(out, &der, err);
}

cepces_status_t
cepces_msext_certificate_policies(cepces_bytes_t *out, cepces_strings_t oids, apr_pool_t *p,
                                  cepces_error_t *err)
{
    cepces_der_t der;
    size_t policies, policy;

    cepces_der_init(&der, 64, MAX_VALUE_LEN, p);
    policies = cepces_der_begin(&der, CEPCES_DER_SEQUENCE);
    for (size_t i = 0; i < oids.num; i++) {
        policy = cepces_der_begin(&der, CEPCES_DER_SEQUENCE);
        cepces_der_add_oid(&der, oids.items[i]);
        cepces_der_end(&der, policy);
    }
    cepces_der_end(&der, policies);
    return finish(out, &der, err);
}

cepces_status_t
cepces_msext_application_policies(cepces_bytes_t *out, cepces_strings_t oids, apr_pool_t *p,
                                  cepces_error_t *err)
{
    return cepces_msext_certificate_policies(out, oids, p, err);
}

/* A named bit list has no trailing zero bits (X.690, 11.2.2). */
cepces_status_t
cepces_msext_key_usage(cepces_bytes_t *out, uint16_t bits, apr_pool_t *p, cepces_error_t *err)
{
    unsigned char content[] = {0, (unsigned char)(bits >> 8), (unsigned char)bits};
    size_t len = content[2] != 0 ? 3 : content[1] != 0 ? 2 : 1;
    cepces_der_t der;

    for (unsigned last = content[len - 1]; len > 1 && (last & 1) == 0; last >>= 1) {
        content[0]++;
    }
    cepces_der_init(&der, 8, MAX_VALUE_LEN, p);
    cepces_der_add(&der, CEPCES_DER_BIT_STRING, cepces_bytes(content, len));
    return finish(out, &der, err);
}

cepces_status_t
cepces_msext_sid(cepces_bytes_t *out, const char *sid, apr_pool_t *p, cepces_error_t *err)
{
    cepces_der_t der;
    size_t names, name, value;

    cepces_der_init(&der, 128, MAX_VALUE_LEN, p);
    names = cepces_der_begin(&der, CEPCES_DER_SEQUENCE);
    name = cepces_der_begin(&der, CEPCES_DER_CONTEXT_CONSTRUCTED(0)); /* otherName */
    cepces_der_add_oid(&der, CEPCES_OID_OBJECT_SID);
    value = cepces_der_begin(&der, CEPCES_DER_CONTEXT_CONSTRUCTED(0));
    cepces_der_add(&der, CEPCES_DER_OCTET_STRING, cepces_bytes_str(sid));
    cepces_der_end(&der, value);
    cepces_der_end(&der, name);
    cepces_der_end(&der, names);
    return finish(out, &der, err);
}

cepces_bytes_t
cepces_msext_basic_constraints_ee(void)
{
    static const unsigned char empty_sequence[] = {0x30, 0x00};

    return cepces_bytes(empty_sequence, sizeof(empty_sequence));
}

/* --- Decoding --------------------------------------------------------------------------------- */

static cepces_status_t
read_revision(cepces_optional_t *out, const ASN1_INTEGER *number, cepces_error_t *err)
{
    uint64_t value;

    *out = (cepces_optional_t){false, 0};
    if (number == NULL) {
        return CEPCES_OK;
    }
    if (ASN1_INTEGER_get_uint64(&value, number) != 1 || value > UINT32_MAX) {
        return cepces_pki_error(err, CEPCES_E_BAD_DATA, "a template revision is out of range");
    }
    *out = (cepces_optional_t){true, (uint32_t)value};
    return CEPCES_OK;
}

cepces_status_t
cepces_msext_read_template_info(const char **oid, cepces_optional_t *major,
                                cepces_optional_t *minor, cepces_bytes_t der, apr_pool_t *p,
                                cepces_error_t *err)
{
    const TEMPLATE_INFO *info;
    void *decoded;
    cepces_status_t st =
        cepces_pki_decode(&decoded, der, ASN1_ITEM_rptr(TEMPLATE_INFO), err);

    if (st != CEPCES_OK) {
        return st;
    }
    info = (const TEMPLATE_INFO *)decoded;
    if ((st = read_revision(major, info->major, err)) == CEPCES_OK &&
        (st = read_revision(minor, info->minor, err)) == CEPCES_OK) {
        *oid = cepces_oid_text(info->id, p);
    }
    ASN1_item_free((ASN1_VALUE *)decoded, ASN1_ITEM_rptr(TEMPLATE_INFO));
    return st;
}

static cepces_status_t
read_name_sequence(const char **out, cepces_bytes_t der, apr_pool_t *p, cepces_error_t *err)
{
    void *decoded;
    cepces_status_t st = cepces_pki_decode(&decoded, der, ASN1_ITEM_rptr(NAME_SEQUENCE), err);

    if (st == CEPCES_OK) {
        st = cepces_pki_string(out, ((const NAME_SEQUENCE *)decoded)->name, p, err);
        ASN1_item_free((ASN1_VALUE *)decoded, ASN1_ITEM_rptr(NAME_SEQUENCE));
    }
    return st;
}

cepces_status_t
cepces_msext_read_template_name(const char **out, cepces_bytes_t der, apr_pool_t *p,
                                cepces_error_t *err)
{
    cepces_status_t st;
    void *decoded;

    if (der.len > 0 && der.data[0] == (V_ASN1_SEQUENCE | V_ASN1_CONSTRUCTED)) {
        return read_name_sequence(out, der, p, err);
    }
    st = cepces_pki_decode(&decoded, der, ASN1_ITEM_rptr(ASN1_BMPSTRING), err);
    if (st == CEPCES_OK) {
        st = cepces_pki_string(out, (const ASN1_STRING *)decoded, p, err);
        ASN1_STRING_free((ASN1_STRING *)decoded);
    }
    return st;
}

/* The shape of a SID's text: [MS-DTYP] 2.4.2.1, as far as anybody issues one. */
static bool
is_sid(cepces_bytes_t text)
{
    if (text.len < 5 || text.len > 184 || memcmp(text.data, "S-1-", 4) != 0) {
        return false;
    }
    for (size_t i = 4; i < text.len; i++) {
        bool digit = text.data[i] >= '0' && text.data[i] <= '9';

        if (!digit && (text.data[i] != '-' || text.data[i - 1] == '-' || i + 1 == text.len)) {
            return false;
        }
    }
    return true;
}

cepces_status_t
cepces_msext_read_sid(const char **out, cepces_bytes_t der, apr_pool_t *p, cepces_error_t *err)
{
    const GENERAL_NAME *name;
    const OTHERNAME *other;
    cepces_bytes_t text = CEPCES_NO_BYTES;
    void *decoded;
    cepces_status_t st = cepces_pki_decode(&decoded, der, ASN1_ITEM_rptr(GENERAL_NAMES), err);

    if (st != CEPCES_OK) {
        return st;
    }
    name = sk_GENERAL_NAME_value((const GENERAL_NAMES *)decoded, 0);
    if (sk_GENERAL_NAME_num((const GENERAL_NAMES *)decoded) == 1 && name->type == GEN_OTHERNAME) {
        other = name->d.otherName;
        if (cepces_oid_is(other->type_id, CEPCES_OID_OBJECT_SID) &&
            other->value->type == V_ASN1_OCTET_STRING) {
            text = cepces_pki_bytes(other->value->value.octet_string);
        }
    }
    if (is_sid(text)) {
        *out = apr_pstrmemdup(p, (const char *)text.data, text.len);
    } else {
        st = cepces_error_set(err, CEPCES_E_BAD_DATA, "the SID extension does not hold a SID");
    }
    GENERAL_NAMES_free((GENERAL_NAMES *)decoded);
    return st;
}

cepces_status_t
cepces_msext_read_policies(cepces_strings_t *out, cepces_bytes_t der, apr_pool_t *p,
                           cepces_error_t *err)
{
    const CERTIFICATEPOLICIES *policies;
    const char **items;
    void *decoded;
    cepces_status_t st = cepces_pki_decode(&decoded, der, ASN1_ITEM_rptr(CERTIFICATEPOLICIES), err);
    int num;

    if (st != CEPCES_OK) {
        return st;
    }
    policies = (const CERTIFICATEPOLICIES *)decoded;
    num = sk_POLICYINFO_num(policies);
    items = (const char **)apr_palloc(p, ((size_t)num + 1) * sizeof(*items));
    for (int i = 0; i < num; i++) {
        items[i] = cepces_oid_text(sk_POLICYINFO_value(policies, i)->policyid, p);
    }
    *out = (cepces_strings_t){items, (size_t)num};
    CERTIFICATEPOLICIES_free((CERTIFICATEPOLICIES *)decoded);
    return CEPCES_OK;
}

#define CLIENT_INFO_MAX_LEN 256 /* of each part, for the log and the request's row */

static const char *
printable(const ASN1_STRING *s, apr_pool_t *p)
{
    return cepces_printable(cepces_pki_bytes(s), CLIENT_INFO_MAX_LEN, p);
}

cepces_status_t
cepces_msext_read_client_info(const char **out, cepces_bytes_t der, apr_pool_t *p,
                              cepces_error_t *err)
{
    const CLIENT_INFO *info;
    int64_t id;
    void *decoded;
    cepces_status_t st = cepces_pki_decode(&decoded, der, ASN1_ITEM_rptr(CLIENT_INFO), err);

    if (st != CEPCES_OK) {
        return st;
    }
    info = (const CLIENT_INFO *)decoded;
    if (ASN1_INTEGER_get_int64(&id, info->client_id) != 1) {
        st = cepces_pki_error(err, CEPCES_E_BAD_DATA, "a client id is out of range");
    } else {
        *out = apr_psprintf(p, "clientId=%" APR_INT64_T_FMT " %s %s %s", id,
                            printable(info->machine, p), printable(info->user, p),
                            printable(info->program, p));
    }
    ASN1_item_free((ASN1_VALUE *)decoded, ASN1_ITEM_rptr(CLIENT_INFO));
    return st;
}
