/* Subject alternative names to and from DER, and the text form of directory GUIDs. */
#include <arpa/inet.h>
#include <ctype.h>
#include <string.h>

#include <apr_strings.h>

#include "base/encode.h"
#include "pki/pki.h"
#include "pki/write.h"

#define GUID_LEN 16
#define DNS_MAX_LEN 253
#define EMAIL_MAX_LEN 254
#define UPN_MAX_LEN 256
#define URI_MAX_LEN 2048
#define MAX_ENCODED_LEN (1 << 20)

/* --- GUIDs ------------------------------------------------------------------------------------ */

/* Where the octet written at each place of the text comes from: [MS-DTYP] 2.3.4.2. */
static const unsigned char guid_order[GUID_LEN] = {
    3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15,
};

const char *
cepces_guid_text(cepces_bytes_t octets, apr_pool_t *p)
{
    unsigned char ordered[GUID_LEN];
    const char *hex;

    if (octets.len != GUID_LEN) {
        return "";
    }
    for (size_t i = 0; i < GUID_LEN; i++) {
        ordered[i] = octets.data[guid_order[i]];
    }
    hex = cepces_hex(cepces_bytes(ordered, GUID_LEN), p);
    return apr_psprintf(p, "%.8s-%.4s-%.4s-%.4s-%s", hex, hex + 8, hex + 12, hex + 16, hex + 20);
}

cepces_status_t
cepces_guid_parse(cepces_bytes_t *out, const char *text, apr_pool_t *p, cepces_error_t *err)
{
    unsigned char *octets = (unsigned char *)apr_palloc(p, GUID_LEN);
    char digits[2 * GUID_LEN + 1];
    cepces_bytes_t ordered;
    size_t num = 0;

    for (size_t i = 0; text[i] != '\0'; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;

        if (i >= 36 || (text[i] == '-') != dash) {
            return cepces_error_set(err, CEPCES_E_INVALID, "\"%s\" is not a GUID", text);
        }
        if (!dash) {
            digits[num++] = text[i];
        }
    }
    digits[num] = '\0';
    if (num != 2 * GUID_LEN || cepces_hex_decode(&ordered, digits, p, err) != CEPCES_OK) {
        return cepces_error_set(err, CEPCES_E_INVALID, "\"%s\" is not a GUID", text);
    }
    for (size_t i = 0; i < GUID_LEN; i++) {
        octets[guid_order[i]] = ordered.data[i];
    }
    *out = cepces_bytes(octets, GUID_LEN);
    return CEPCES_OK;
}

/* --- Decoding --------------------------------------------------------------------------------- */

static cepces_status_t
refuse(cepces_error_t *err, const char *kind, const char *why)
{
    return cepces_error_rule(err, CEPCES_E_BAD_SUBJECT, "V44", "%s in subjectAltName: %s", kind,
                             why);
}

/* An IA5String of visible ASCII characters. */
static cepces_status_t
decode_ia5(const char **out, const ASN1_IA5STRING *s, size_t max_len, const char *kind,
           apr_pool_t *p, cepces_error_t *err)
{
    const unsigned char *data = ASN1_STRING_get0_data(s);
    size_t len = (size_t)ASN1_STRING_length(s);

    if (len == 0 || len > max_len) {
        return refuse(err, kind, "empty or too long");
    }
    for (size_t i = 0; i < len; i++) {
        if (data[i] <= ' ' || data[i] >= 0x7f) {
            return refuse(err, kind, "white space or a character outside ASCII");
        }
    }
    *out = apr_pstrmemdup(p, (const char *)data, len);
    return CEPCES_OK;
}

static const char *
lower_case(const char *text, apr_pool_t *p)
{
    char *lower = apr_pstrdup(p, text);

    for (char *c = lower; *c != '\0'; c++) {
        *c = (char)tolower((unsigned char)*c);
    }
    return lower;
}

static cepces_status_t
decode_ip(cepces_san_t *san, const ASN1_OCTET_STRING *s, apr_pool_t *p, cepces_error_t *err)
{
    char text[INET6_ADDRSTRLEN];
    size_t len = (size_t)ASN1_STRING_length(s);

    if (len != 4 && len != 16) {
        return refuse(err, "an IP address", "neither 4 nor 16 octets");
    }
    san->kind = CEPCES_SAN_IP;
    san->octets = cepces_bytes_dup(cepces_bytes(ASN1_STRING_get0_data(s), len), p);
    if (inet_ntop(len == 4 ? AF_INET : AF_INET6, san->octets.data, text, sizeof(text)) == NULL) {
        return refuse(err, "an IP address", "it has no text form");
    }
    san->text = apr_pstrdup(p, text);
    return CEPCES_OK;
}

static cepces_status_t
decode_upn(cepces_san_t *san, const ASN1_TYPE *value, apr_pool_t *p, cepces_error_t *err)
{
    if (value->type != V_ASN1_UTF8STRING ||
        cepces_pki_string(&san->text, value->value.utf8string, p, err) != CEPCES_OK) {
        return refuse(err, "a UPN", "not a UTF8String of text");
    }
    if (*san->text == '\0' || strlen(san->text) > UPN_MAX_LEN || strchr(san->text, ' ') != NULL) {
        return refuse(err, "a UPN", "empty, too long or with white space");
    }
    san->kind = CEPCES_SAN_UPN;
    return CEPCES_OK;
}

static cepces_status_t
decode_guid(cepces_san_t *san, const ASN1_TYPE *value, apr_pool_t *p, cepces_error_t *err)
{
    const ASN1_OCTET_STRING *s = value->value.octet_string;

    if (value->type != V_ASN1_OCTET_STRING || ASN1_STRING_length(s) != GUID_LEN) {
        return refuse(err, "a GUID", "not an OCTET STRING of 16 octets");
    }
    san->kind = CEPCES_SAN_GUID;
    san->octets = cepces_bytes_dup(cepces_bytes(ASN1_STRING_get0_data(s), GUID_LEN), p);
    san->text = cepces_guid_text(san->octets, p);
    return CEPCES_OK;
}

static cepces_status_t
decode_other_name(cepces_san_t *san, const OTHERNAME *other, apr_pool_t *p, cepces_error_t *err)
{
    if (cepces_oid_is(other->type_id, CEPCES_OID_UPN)) {
        return decode_upn(san, other->value, p, err);
    }
    if (cepces_oid_is(other->type_id, CEPCES_OID_DIRECTORY_GUID)) {
        return decode_guid(san, other->value, p, err);
    }
    san->text = apr_pstrcat(p, "otherName ", cepces_oid_text(other->type_id, p), NULL);
    return CEPCES_OK;
}

static cepces_status_t
decode_name(cepces_san_t *san, const GENERAL_NAME *name, apr_pool_t *p, cepces_error_t *err)
{
    cepces_status_t st;

    san->kind = CEPCES_SAN_OTHER;
    switch (name->type) {
    case GEN_DNS:
        san->kind = CEPCES_SAN_DNS;
        st = decode_ia5(&san->text, name->d.dNSName, DNS_MAX_LEN, "a DNS name", p, err);
        if (st == CEPCES_OK) {
            san->text = lower_case(san->text, p);
        }
        return st;
    case GEN_EMAIL:
        san->kind = CEPCES_SAN_EMAIL;
        return decode_ia5(&san->text, name->d.rfc822Name, EMAIL_MAX_LEN, "an e-mail address", p,
                          err);
    case GEN_URI:
        san->kind = CEPCES_SAN_URI;
        return decode_ia5(&san->text, name->d.uniformResourceIdentifier, URI_MAX_LEN, "a URI", p,
                          err);
    case GEN_IPADD:
        return decode_ip(san, name->d.iPAddress, p, err);
    case GEN_OTHERNAME:
        return decode_other_name(san, name->d.otherName, p, err);
    case GEN_DIRNAME:
        san->text =
            apr_pstrcat(p, "directoryName ", cepces_name_text(name->d.directoryName, p), NULL);
        return CEPCES_OK;
    case GEN_RID:
        san->text = apr_pstrcat(p, "registeredID ", cepces_oid_text(name->d.registeredID, p), NULL);
        return CEPCES_OK;
    default:
        san->text = "a name of a kind that is not supported";
        return CEPCES_OK;
    }
}

cepces_status_t
cepces_san_decode(const cepces_san_t **out, size_t *num, cepces_bytes_t der, size_t max,
                  apr_pool_t *p, cepces_error_t *err)
{
    GENERAL_NAMES *names = NULL;
    cepces_san_t *list;
    cepces_status_t st;
    void *decoded;
    int count;

    if ((st = cepces_pki_decode(&decoded, der, ASN1_ITEM_rptr(GENERAL_NAMES), err)) != CEPCES_OK) {
        return st;
    }
    names = (GENERAL_NAMES *)decoded;
    count = sk_GENERAL_NAME_num(names);
    if (count < 1 || (size_t)count > max) {
        st = cepces_error_rule(err, CEPCES_E_BAD_SUBJECT, "V44",
                               "%d names in subjectAltName; 1 to %zu are allowed", count, max);
        goto out;
    }
    list = (cepces_san_t *)apr_pcalloc(p, (size_t)count * sizeof(*list));
    for (int i = 0; i < count; i++) {
        if ((st = decode_name(&list[i], sk_GENERAL_NAME_value(names, i), p, err)) != CEPCES_OK) {
            goto out;
        }
    }
    *out = list;
    *num = (size_t)count;

out:
    GENERAL_NAMES_free(names);
    return st;
}

/* --- Encoding --------------------------------------------------------------------------------- */

static void
add_other_name(cepces_der_t *der, const char *oid, unsigned char tag, cepces_bytes_t content)
{
    size_t name = cepces_der_begin(der, CEPCES_DER_CONTEXT_CONSTRUCTED(GEN_OTHERNAME)), value;

    cepces_der_add_oid(der, oid);
    value = cepces_der_begin(der, CEPCES_DER_CONTEXT_CONSTRUCTED(0));
    cepces_der_add(der, tag, content);
    cepces_der_end(der, value);
    cepces_der_end(der, name);
}

static void
add_name(cepces_der_t *der, const cepces_san_t *san)
{
    switch (san->kind) {
    case CEPCES_SAN_DNS:
        cepces_der_add(der, CEPCES_DER_CONTEXT(GEN_DNS), cepces_bytes_str(san->text));
        break;
    case CEPCES_SAN_EMAIL:
        cepces_der_add(der, CEPCES_DER_CONTEXT(GEN_EMAIL), cepces_bytes_str(san->text));
        break;
    case CEPCES_SAN_URI:
        cepces_der_add(der, CEPCES_DER_CONTEXT(GEN_URI), cepces_bytes_str(san->text));
        break;
    case CEPCES_SAN_IP:
        cepces_der_add(der, CEPCES_DER_CONTEXT(GEN_IPADD), san->octets);
        break;
    case CEPCES_SAN_UPN:
        add_other_name(der, CEPCES_OID_UPN, CEPCES_DER_UTF8_STRING, cepces_bytes_str(san->text));
        break;
    case CEPCES_SAN_GUID:
        add_other_name(der, CEPCES_OID_DIRECTORY_GUID, CEPCES_DER_OCTET_STRING, san->octets);
        break;
    default:
        der->failure = "a subject alternative name of another kind";
    }
}

cepces_status_t
cepces_san_encode(cepces_bytes_t *out, const cepces_san_t *sans, size_t num, apr_pool_t *p,
                  cepces_error_t *err)
{
    cepces_der_t der;
    size_t names;

    cepces_der_init(&der, 256, MAX_ENCODED_LEN, p);
    names = cepces_der_begin(&der, CEPCES_DER_SEQUENCE);
    for (size_t i = 0; i < num; i++) {
        add_name(&der, &sans[i]);
    }
    cepces_der_end(&der, names);
    return cepces_der_finish(out, &der, err);
}
