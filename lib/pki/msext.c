/* Extension values and attributes of [MS-WCCE] 2.2.2.7 and RFC 5280, 4.2.1. */
#include "pki/msext.h"

#include <string.h>

#include <apr_strings.h>
#include <openssl/err.h>

#include "base/encode.h"

ASN1_SEQUENCE(CEPCES_TEMPLATE_INFO) = {
    ASN1_SIMPLE(CEPCES_TEMPLATE_INFO, id, ASN1_OBJECT),
    ASN1_OPT(CEPCES_TEMPLATE_INFO, major, ASN1_INTEGER),
    ASN1_OPT(CEPCES_TEMPLATE_INFO, minor, ASN1_INTEGER),
} ASN1_SEQUENCE_END(CEPCES_TEMPLATE_INFO)
IMPLEMENT_ASN1_FUNCTIONS(CEPCES_TEMPLATE_INFO)

ASN1_SEQUENCE(CEPCES_NAME_VALUE) = {
    ASN1_SIMPLE(CEPCES_NAME_VALUE, name, ASN1_BMPSTRING),
    ASN1_SIMPLE(CEPCES_NAME_VALUE, value, ASN1_BMPSTRING),
} ASN1_SEQUENCE_END(CEPCES_NAME_VALUE)
IMPLEMENT_ASN1_FUNCTIONS(CEPCES_NAME_VALUE)

ASN1_SEQUENCE(CEPCES_CSP_PROVIDER) = {
    ASN1_SIMPLE(CEPCES_CSP_PROVIDER, key_spec, ASN1_INTEGER),
    ASN1_SIMPLE(CEPCES_CSP_PROVIDER, name, ASN1_BMPSTRING),
    ASN1_SIMPLE(CEPCES_CSP_PROVIDER, signature, ASN1_BIT_STRING),
} ASN1_SEQUENCE_END(CEPCES_CSP_PROVIDER)
IMPLEMENT_ASN1_FUNCTIONS(CEPCES_CSP_PROVIDER)

ASN1_SEQUENCE(CEPCES_CLIENT_INFO) = {
    ASN1_SIMPLE(CEPCES_CLIENT_INFO, client_id, ASN1_INTEGER),
    ASN1_SIMPLE(CEPCES_CLIENT_INFO, machine, ASN1_UTF8STRING),
    ASN1_SIMPLE(CEPCES_CLIENT_INFO, user, ASN1_UTF8STRING),
    ASN1_SIMPLE(CEPCES_CLIENT_INFO, program, ASN1_UTF8STRING),
} ASN1_SEQUENCE_END(CEPCES_CLIENT_INFO)
IMPLEMENT_ASN1_FUNCTIONS(CEPCES_CLIENT_INFO)

/* The template name as [MS-WCCE] 2.2.2.7.7.1 describes it. */
typedef struct {
    ASN1_UTF8STRING *name;
} NAME_SEQUENCE;

ASN1_SEQUENCE(NAME_SEQUENCE) = {
    ASN1_SIMPLE(NAME_SEQUENCE, name, ASN1_UTF8STRING),
} static_ASN1_SEQUENCE_END(NAME_SEQUENCE)

/* --- Encoding ---------------------------------------------------------------------------------------------------- */

static cepces_status_t
no_memory(cepces_error_t *err)
{
    return cepces_pki_error(err, CEPCES_E_INTERNAL, "no memory for an extension");
}

cepces_status_t
cepces_msext_template_info(cepces_bytes_t *out, const char *oid, unsigned major, unsigned minor,
                           apr_pool_t *p, cepces_error_t *err)
{
    CEPCES_TEMPLATE_INFO *info = CEPCES_TEMPLATE_INFO_new();
    cepces_status_t st;

    if (info == NULL || (info->major = ASN1_INTEGER_new()) == NULL ||
        (info->minor = ASN1_INTEGER_new()) == NULL ||
        ASN1_INTEGER_set_uint64(info->major, major) != 1 ||
        ASN1_INTEGER_set_uint64(info->minor, minor) != 1) {
        st = no_memory(err);
        goto out;
    }
    if ((st = cepces_oid_new(&info->id, oid, err)) == CEPCES_OK) {
        st = cepces_pki_encode(out, info, ASN1_ITEM_rptr(CEPCES_TEMPLATE_INFO), p, err);
    }

out:
    CEPCES_TEMPLATE_INFO_free(info);
    return st;
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
    EXTENDED_KEY_USAGE *eku = sk_ASN1_OBJECT_new_null();
    cepces_status_t st = eku != NULL ? CEPCES_OK : no_memory(err);
    ASN1_OBJECT *object;

    for (size_t i = 0; st == CEPCES_OK && i < oids.num; i++) {
        st = cepces_oid_new(&object, oids.items[i], err);
        if (st == CEPCES_OK && sk_ASN1_OBJECT_push(eku, object) <= 0) {
            ASN1_OBJECT_free(object);
            st = no_memory(err);
        }
    }
    if (st == CEPCES_OK) {
        st = cepces_pki_encode(out, eku, ASN1_ITEM_rptr(EXTENDED_KEY_USAGE), p, err);
    }
    sk_ASN1_OBJECT_pop_free(eku, ASN1_OBJECT_free);
    return st;
}

static cepces_status_t
add_policy(CERTIFICATEPOLICIES *policies, const char *oid, cepces_error_t *err)
{
    POLICYINFO *policy = POLICYINFO_new();
    cepces_status_t st;

    if (policy == NULL) {
        return no_memory(err);
    }
    st = cepces_oid_new(&policy->policyid, oid, err);
    if (st == CEPCES_OK && sk_POLICYINFO_push(policies, policy) <= 0) {
        st = no_memory(err);
    }
    if (st != CEPCES_OK) {
        POLICYINFO_free(policy);
    }
    return st;
}

cepces_status_t
cepces_msext_certificate_policies(cepces_bytes_t *out, cepces_strings_t oids, apr_pool_t *p,
                                  cepces_error_t *err)
{
    CERTIFICATEPOLICIES *policies = CERTIFICATEPOLICIES_new();
    cepces_status_t st = policies != NULL ? CEPCES_OK : no_memory(err);

    for (size_t i = 0; st == CEPCES_OK && i < oids.num; i++) {
        st = add_policy(policies, oids.items[i], err);
    }
    if (st == CEPCES_OK) {
        st = cepces_pki_encode(out, policies, ASN1_ITEM_rptr(CERTIFICATEPOLICIES), p, err);
    }
    CERTIFICATEPOLICIES_free(policies);
    return st;
}

cepces_status_t
cepces_msext_application_policies(cepces_bytes_t *out, cepces_strings_t oids, apr_pool_t *p,
                                  cepces_error_t *err)
{
    return cepces_msext_certificate_policies(out, oids, p, err);
}

cepces_status_t
cepces_msext_key_usage(cepces_bytes_t *out, uint16_t bits, apr_pool_t *p, cepces_error_t *err)
{
    ASN1_BIT_STRING *usage = ASN1_BIT_STRING_new();
    cepces_status_t st = usage != NULL ? CEPCES_OK : no_memory(err);

    for (int i = 0; st == CEPCES_OK && i < 16; i++) {
        if ((bits & (0x8000u >> i)) != 0 && ASN1_BIT_STRING_set_bit(usage, i, 1) != 1) {
            st = no_memory(err);
        }
    }
    if (st == CEPCES_OK) {
        st = cepces_pki_encode(out, usage, ASN1_ITEM_rptr(ASN1_BIT_STRING), p, err);
    }
    ASN1_BIT_STRING_free(usage);
    return st;
}

cepces_status_t
cepces_msext_sid(cepces_bytes_t *out, const char *sid, apr_pool_t *p, cepces_error_t *err)
{
    GENERAL_NAMES *names = GENERAL_NAMES_new();
    GENERAL_NAME *name = GENERAL_NAME_new();
    ASN1_OBJECT *object = OBJ_dup(cepces_oid_object(CEPCES_OID_OBJECT_SID));
    ASN1_TYPE *value = ASN1_TYPE_new();
    cepces_status_t st = CEPCES_OK;

    if (names == NULL || name == NULL || object == NULL || value == NULL ||
        ASN1_TYPE_set_octetstring(value, (unsigned char *)sid, (int)strlen(sid)) != 1 ||
        GENERAL_NAME_set0_othername(name, object, value) != 1) {
        ASN1_OBJECT_free(object);
        ASN1_TYPE_free(value);
        st = no_memory(err);
    } else if (sk_GENERAL_NAME_push(names, name) <= 0) {
        st = no_memory(err);
    } else {
        name = NULL; /* now the list's */
        st = cepces_pki_encode(out, names, ASN1_ITEM_rptr(GENERAL_NAMES), p, err);
    }
    GENERAL_NAME_free(name);
    GENERAL_NAMES_free(names);
    return st;
}

cepces_bytes_t
cepces_msext_basic_constraints_ee(void)
{
    static const unsigned char empty_sequence[] = {0x30, 0x00};

    return cepces_bytes(empty_sequence, sizeof(empty_sequence));
}

/* --- Decoding ---------------------------------------------------------------------------------------------------- */

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
cepces_msext_read_template_info(const char **oid, cepces_optional_t *major, cepces_optional_t *minor,
                                cepces_bytes_t der, apr_pool_t *p, cepces_error_t *err)
{
    const CEPCES_TEMPLATE_INFO *info;
    void *decoded;
    cepces_status_t st =
        cepces_pki_decode(&decoded, der, ASN1_ITEM_rptr(CEPCES_TEMPLATE_INFO), err);

    if (st != CEPCES_OK) {
        return st;
    }
    info = (const CEPCES_TEMPLATE_INFO *)decoded;
    if ((st = read_revision(major, info->major, err)) == CEPCES_OK &&
        (st = read_revision(minor, info->minor, err)) == CEPCES_OK) {
        *oid = cepces_oid_text(info->id, p);
    }
    CEPCES_TEMPLATE_INFO_free((CEPCES_TEMPLATE_INFO *)decoded);
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
            text = cepces_bytes(ASN1_STRING_get0_data(other->value->value.octet_string),
                                (size_t)ASN1_STRING_length(other->value->value.octet_string));
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
cepces_msext_read_eku(cepces_strings_t *out, cepces_bytes_t der, apr_pool_t *p, cepces_error_t *err)
{
    const EXTENDED_KEY_USAGE *eku;
    const char **items;
    void *decoded;
    cepces_status_t st = cepces_pki_decode(&decoded, der, ASN1_ITEM_rptr(EXTENDED_KEY_USAGE), err);
    int num;

    if (st != CEPCES_OK) {
        return st;
    }
    eku = (const EXTENDED_KEY_USAGE *)decoded;
    num = sk_ASN1_OBJECT_num(eku);
    items = (const char **)apr_palloc(p, ((size_t)num + 1) * sizeof(*items));
    for (int i = 0; i < num; i++) {
        items[i] = cepces_oid_text(sk_ASN1_OBJECT_value(eku, i), p);
    }
    *out = (cepces_strings_t){items, (size_t)num};
    sk_ASN1_OBJECT_pop_free((EXTENDED_KEY_USAGE *)decoded, ASN1_OBJECT_free);
    return CEPCES_OK;
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

cepces_status_t
cepces_msext_read_key_usage(uint16_t *out, cepces_bytes_t der, cepces_error_t *err)
{
    uint16_t bits = 0;
    void *decoded;
    cepces_status_t st = cepces_pki_decode(&decoded, der, ASN1_ITEM_rptr(ASN1_BIT_STRING), err);

    if (st != CEPCES_OK) {
        return st;
    }
    for (int i = 0; i < 16; i++) {
        if (ASN1_BIT_STRING_get_bit((const ASN1_BIT_STRING *)decoded, i)) {
            bits |= (uint16_t)(0x8000u >> i);
        }
    }
    ASN1_BIT_STRING_free((ASN1_BIT_STRING *)decoded);
    *out = bits;
    return CEPCES_OK;
}

#define CLIENT_INFO_MAX_LEN 256 /* of each part, for the log and the request's row */

static const char *
printable(const ASN1_STRING *s, apr_pool_t *p)
{
    return cepces_printable(
        cepces_bytes(ASN1_STRING_get0_data(s), (size_t)ASN1_STRING_length(s)), CLIENT_INFO_MAX_LEN, p);
}

cepces_status_t
cepces_msext_read_client_info(const char **out, cepces_bytes_t der, apr_pool_t *p,
                              cepces_error_t *err)
{
    const CEPCES_CLIENT_INFO *info;
    int64_t id;
    void *decoded;
    cepces_status_t st = cepces_pki_decode(&decoded, der, ASN1_ITEM_rptr(CEPCES_CLIENT_INFO), err);

    if (st != CEPCES_OK) {
        return st;
    }
    info = (const CEPCES_CLIENT_INFO *)decoded;
    if (ASN1_INTEGER_get_int64(&id, info->client_id) != 1) {
        st = cepces_pki_error(err, CEPCES_E_BAD_DATA, "a client id is out of range");
    } else {
        *out = apr_psprintf(p, "clientId=%" APR_INT64_T_FMT " %s %s %s", id,
                            printable(info->machine, p), printable(info->user, p),
                            printable(info->program, p));
    }
    CEPCES_CLIENT_INFO_free((CEPCES_CLIENT_INFO *)decoded);
    return st;
}
