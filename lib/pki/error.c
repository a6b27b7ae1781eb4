/* OpenSSL's errors as ours, its encoding and decoding under our rules, and adoption by pools. */
#include "pki/pki.h"

#include <stdio.h>

#include <apr_strings.h>
#include <openssl/asn1err.h>
#include <openssl/asn1t.h>
#include <openssl/err.h>

#include "base/encode.h"
#include "base/pool.h"

cepces_status_t
cepces_pki_error(cepces_error_t *err, cepces_status_t status, const char *doing)
{
    const char *reasons = "";
    unsigned long code;

    while ((code = ERR_get_error()) != 0) {
        const char *reason = ERR_reason_error_string(code);

        if (err != NULL && reason != NULL) {
            reasons = apr_pstrcat(err->p, reasons, *reasons == '\0' ? ": " : ", ", reason, NULL);
        }
    }
    return cepces_error_set(err, status, "%s%s", doing, reasons);
}

static void
release_x509(void *x)
{
    X509_free((X509 *)x);
}

void
cepces_pki_adopt_x509(apr_pool_t *p, X509 *x)
{
    cepces_pool_adopt(p, x, release_x509);
}

static void
release_key(void *key)
{
    EVP_PKEY_free((EVP_PKEY *)key);
}

void
cepces_pki_adopt_key(apr_pool_t *p, EVP_PKEY *key)
{
    cepces_pool_adopt(p, key, release_key);
}

cepces_status_t
cepces_pki_decode(void **out, cepces_bytes_t der, const ASN1_ITEM *item, cepces_error_t *err)
{
    const unsigned char *end = der.data;
    cepces_status_t st;
    char doing[80];
    void *value;

    *out = NULL;
    if ((st = cepces_der_check(der, err)) != CEPCES_OK) {
        return st;
    }
    ERR_clear_error();
    value = ASN1_item_d2i(NULL, &end, (long)der.len, item);
    if (value == NULL) {
        st = ERR_GET_REASON(ERR_peek_error()) == ASN1_R_WRONG_TAG ? CEPCES_E_ASN1_BAD_TAG
                                                                  : CEPCES_E_ASN1_CORRUPT;
        snprintf(doing, sizeof(doing), "not a valid %s", item->sname);
        return cepces_pki_error(err, st, doing);
    }
    if (end != der.data + der.len) {
        ASN1_item_free((ASN1_VALUE *)value, item);
        return cepces_error_rule(err, CEPCES_E_ASN1_TRAILING, "V16", "bytes follow a %s",
                                 item->sname);
    }
    *out = value;
    return CEPCES_OK;
}

cepces_status_t
cepces_pki_encode(cepces_bytes_t *out, const void *value, const ASN1_ITEM *item, apr_pool_t *p,
                  cepces_error_t *err)
{
    unsigned char *der = NULL;
    int len = ASN1_item_i2d((const ASN1_VALUE *)value, &der, item);

    if (len <= 0) {
        return cepces_pki_error(err, CEPCES_E_INTERNAL, "encoding failed");
    }
    *out = cepces_bytes_dup(cepces_bytes(der, (size_t)len), p);
    OPENSSL_free(der);
    return CEPCES_OK;
}

/* C0, DEL and the C1 controls in UTF-8. */
static bool
has_control(const unsigned char *s, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (s[i] < 0x20 || s[i] == 0x7f || (s[i] == 0xc2 && i + 1 < len && s[i + 1] < 0xa0)) {
            return true;
        }
    }
    return false;
}

cepces_status_t
cepces_pki_string(const char **out, const ASN1_STRING *s, apr_pool_t *p, cepces_error_t *err)
{
    unsigned char *text = NULL;
    int len = ASN1_STRING_to_UTF8(&text, s);
    cepces_status_t st = CEPCES_OK;

    if (len < 0) {
        return cepces_pki_error(err, CEPCES_E_BAD_DATA, "a string cannot be decoded");
    }
    if (!cepces_utf8_valid(cepces_bytes(text, (size_t)len)) || has_control(text, (size_t)len)) {
        st = cepces_error_rule(err, CEPCES_E_BAD_DATA, "L12",
                               "a string is not text: %s",
                               cepces_printable(cepces_bytes(text, (size_t)len), 64, p));
    } else {
        *out = (const char *)cepces_bytes_dup(cepces_bytes(text, (size_t)len), p).data;
    }
    OPENSSL_free(text);
    return st;
}
