/* From the text of a BinarySecurityToken to bytes (rule V15). Its ValueType is not looked at: the
 * specification's own example labels a PKCS#10 as PKCS#7, the bytes decide. */
#include "wstep/token.h"

#include <string.h>
#include <strings.h>

#include "base/bytes.h"
#include "base/encode.h"

#define SOAP_MESSAGE_SECURITY \
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0"

/* Windows writes CEPCES_WSTEP_ENCODING_TYPE, WS-Security defines the other; both are seen in either
 * case. */
static cepces_status_t
check_encoding(const xmlNode *node, apr_pool_t *p, cepces_error_t *err)
{
    const char *type = cepces_xml_attribute(node, NULL, "EncodingType", p);

    if (type == NULL || strcasecmp(type, CEPCES_WSTEP_ENCODING_TYPE) == 0 ||
        strcasecmp(type, SOAP_MESSAGE_SECURITY "#Base64Binary") == 0) {
        return CEPCES_OK;
    }
    return cepces_error_rule(err, CEPCES_E_INVALID_ARGUMENT, "V15",
                             "BinarySecurityToken: EncodingType is not base64");
}

static bool
starts_with(cepces_bytes_t b, const char *text)
{
    return b.len >= strlen(text) && memcmp(b.data, text, strlen(text)) == 0;
}

/* The base64 between the armour lines of PEM, which some tools leave in; |text| itself when there
 * are none. */
static cepces_bytes_t
without_armour(cepces_bytes_t text)
{
    const unsigned char *first, *last;

    if (!starts_with(text, "-----BEGIN ")) {
        return text;
    }
    first = (const unsigned char *)memmem(text.data + 5, text.len - 5, "-----", 5);
    if (first == NULL) {
        return text;
    }
    first += 5;
    last = (const unsigned char *)memmem(first, (size_t)(text.data + text.len - first), "-----END ",
                                         9);
    return last != NULL ? cepces_bytes(first, (size_t)(last - first)) : text;
}

cepces_status_t
cepces_wstep_read_token(cepces_bytes_t *out, const xmlNode *node, apr_pool_t *p,
                        cepces_error_t *err)
{
    cepces_bytes_t text, der;
    cepces_status_t st;

    *out = CEPCES_NO_BYTES;
    if (node == NULL || cepces_xml_is_nil(node)) {
        return CEPCES_OK;
    }
    text = cepces_bytes_str(cepces_xml_trimmed(node, p));
    if (text.len == 0) {
        return CEPCES_OK;
    }
    st = check_encoding(node, p, err);
    if (st == CEPCES_OK) {
        st = cepces_base64_decode(&der, without_armour(text), CEPCES_WSTEP_MAX_TOKEN_LEN, p, err);
    }
    /* Others put a whole PEM file through base64 once more. */
    if (st == CEPCES_OK && starts_with(der, "-----BEGIN ")) {
        st = cepces_base64_decode(&der, without_armour(der), CEPCES_WSTEP_MAX_TOKEN_LEN, p, err);
    }
    if (st == CEPCES_OK) {
        *out = der;
    }
    return st;
}
