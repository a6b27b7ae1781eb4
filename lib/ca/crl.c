/* Certificate revocation lists: full, version 2 (RFC 5280, section 5). */
#include "ca/internal.h"

#include <openssl/err.h>

#define ENTRY_LEN_EXPECTED 56

/* --- Encoding --------------------------------------------------------------------------------- */

/* Rule C3: no entry says "unspecified", and the extension is never critical. */
static void
add_reason(cepces_der_t *der, int reason)
{
    const unsigned char octet = (unsigned char)reason;
    size_t list = cepces_der_begin(der, CEPCES_DER_SEQUENCE);
    cepces_der_extension_t ext = cepces_der_begin_extension(der, CEPCES_OID_CRL_REASON, false);

    cepces_der_add(der, CEPCES_DER_ENUMERATED, cepces_bytes(&octet, 1));
    cepces_der_end_extension(der, ext);
    cepces_der_end(der, list);
}

static void
add_entries(cepces_der_t *der, const cepces_revoked_t *revoked, size_t num)
{
    size_t list;

    if (num == 0) { /* RFC 5280, 5.1.2.6: absent, not empty */
        return;
    }
    list = cepces_der_begin(der, CEPCES_DER_SEQUENCE);
    for (size_t i = 0; i < num; i++) {
        size_t entry = cepces_der_begin(der, CEPCES_DER_SEQUENCE);

        cepces_der_add_magnitude(der, revoked[i].serial);
        cepces_der_add_time(der, revoked[i].revoked_at);
        if (revoked[i].reason != 0) {
            add_reason(der, revoked[i].reason);
        }
        cepces_der_end(der, entry);
    }
    cepces_der_end(der, list);
}

static void
add_extensions(cepces_der_t *der, const cepces_signer_t *signer, int64_t number)
{
    size_t outer = cepces_der_begin(der, CEPCES_DER_CONTEXT_CONSTRUCTED(0));
    size_t list = cepces_der_begin(der, CEPCES_DER_SEQUENCE);
    cepces_der_extension_t ext;

    cepces_der_add_raw(der, signer->aki);
    ext = cepces_der_begin_extension(der, CEPCES_OID_CRL_NUMBER, false);
    cepces_der_add_uint(der, (uint64_t)number);
    cepces_der_end_extension(der, ext);
    cepces_der_end(der, list);
    cepces_der_end(der, outer);
}

static cepces_status_t
encode_tbs(cepces_bytes_t *out, const cepces_signer_t *signer, const cepces_revoked_t *revoked,
           size_t num, int64_t number, apr_time_t this_update, apr_time_t next_update,
           apr_pool_t *p, cepces_error_t *err)
{
    cepces_der_t der;
    size_t seq;

    cepces_der_init(&der, 1024 + num * ENTRY_LEN_EXPECTED, CEPCES_CA_MAX_CRL_LEN, p);
    seq = cepces_der_begin(&der, CEPCES_DER_SEQUENCE);
    cepces_der_add_uint(&der, 1); /* version 2 */
    cepces_der_add_raw(&der, signer->key.algorithm);
    cepces_der_add_raw(&der, signer->subject);
    cepces_der_add_time(&der, this_update);
    cepces_der_add_time(&der, next_update);
    add_entries(&der, revoked, num);
    add_extensions(&der, signer, number);
    cepces_der_end(&der, seq);
    return cepces_der_finish(out, &der, err);
}

/* --- Checking before and after ---------------------------------------------------------------- */

/* CRLReason without 7, which is unused, and removeFromCRL, which belongs into delta CRLs. */
static bool
reason_is_valid(int reason)
{
    return reason >= 0 && reason <= 10 && reason != 7 && reason != 8;
}

static cepces_status_t
check_input(const cepces_revoked_t *revoked, size_t num, int64_t number, apr_time_t this_update,
            apr_time_t next_update, cepces_error_t *err)
{
    if (number < 0 || this_update >= next_update) {
        return cepces_error_rule(err, CEPCES_E_INTERNAL, "C2",
                                 "a CRL needs a number and a validity that is not empty");
    }
    if (num > CEPCES_CA_MAX_CRL_LEN / ENTRY_LEN_EXPECTED) {
        return cepces_error_rule(err, CEPCES_E_INTERNAL, "C2",
                                 "%zu revoked certificates are too many", num);
    }
    for (size_t i = 0; i < num; i++) {
        if (revoked[i].serial.len == 0 || revoked[i].serial.len > 20 ||
            !reason_is_valid(revoked[i].reason)) {
            return cepces_error_rule(
                err, CEPCES_E_INTERNAL, "C3",
                "entry %zu of the CRL has reason %d and a serial of %zu octets", i,
                revoked[i].reason, revoked[i].serial.len);
        }
    }
    return CEPCES_OK;
}

static bool
seconds_are(const ASN1_TIME *t, apr_time_t expected)
{
    apr_time_t decoded;

    return t != NULL && cepces_asn1_time_get(&decoded, t, NULL) == CEPCES_OK &&
           decoded == apr_time_from_sec(apr_time_sec(expected));
}

static bool
number_is(const X509_CRL *crl, int64_t expected)
{
    ASN1_INTEGER *number = (ASN1_INTEGER *)X509_CRL_get_ext_d2i(crl, NID_crl_number, NULL, NULL);
    int64_t value = -1;
    bool same = number != NULL && ASN1_INTEGER_get_int64(&value, number) == 1 && value == expected;

    ASN1_INTEGER_free(number);
    return same;
}

static bool
entry_is(const X509_REVOKED *entry, const cepces_revoked_t *expected)
{
    const ASN1_INTEGER *serial = X509_REVOKED_get0_serialNumber(entry);
    ASN1_ENUMERATED *reason =
        (ASN1_ENUMERATED *)X509_REVOKED_get_ext_d2i(entry, NID_crl_reason, NULL, NULL);
    cepces_bytes_t octets = expected->serial;
    bool same;

    while (octets.len > 1 && octets.data[0] == 0) {
        octets.data++;
        octets.len--;
    }
    same = cepces_bytes_equal(octets, cepces_bytes(ASN1_STRING_get0_data(serial),
                                                   (size_t)ASN1_STRING_length(serial))) &&
           seconds_are(X509_REVOKED_get0_revocationDate(entry), expected->revoked_at) &&
           (reason == NULL) == (expected->reason == 0) &&
           (reason == NULL || ASN1_ENUMERATED_get(reason) == expected->reason);
    ASN1_ENUMERATED_free(reason);
    return same;
}

static bool
entries_are(X509_CRL *crl, const cepces_revoked_t *revoked, size_t num)
{
    STACK_OF(X509_REVOKED) *entries = X509_CRL_get_REVOKED(crl);

    if (num == 0) {
        return entries == NULL;
    }
    if (entries == NULL || (size_t)sk_X509_REVOKED_num(entries) != num) {
        return false;
    }
    for (size_t i = 0; i < num; i++) {
        if (!entry_is(sk_X509_REVOKED_value(entries, (int)i), &revoked[i])) {
            return false;
        }
    }
    return true;
}

/* Rule C2: a CRL is checked as certificates are, by decoding it again. */
static cepces_status_t
check_crl(cepces_bytes_t der, const cepces_signer_t *signer, const cepces_revoked_t *revoked,
          size_t num, int64_t number, apr_time_t this_update, apr_time_t next_update,
          cepces_error_t *err)
{
    const unsigned char *at = der.data;
    X509_CRL *crl = d2i_X509_CRL(NULL, &at, (long)der.len);
    bool good =
        crl != NULL && at == der.data + der.len && X509_CRL_get_version(crl) == 1 &&
        X509_NAME_cmp(X509_CRL_get_issuer(crl), X509_get_subject_name(signer->certificate)) == 0 &&
        seconds_are(X509_CRL_get0_lastUpdate(crl), this_update) &&
        seconds_are(X509_CRL_get0_nextUpdate(crl), next_update) && number_is(crl, number) &&
        entries_are(crl, revoked, num) && X509_CRL_verify(crl, signer->key.public_key) == 1;

    X509_CRL_free(crl);
    ERR_clear_error();
    return good ? CEPCES_OK
                : cepces_error_rule(err, CEPCES_E_INTERNAL, "C2",
                                    "the CRL that was made is not the one that was meant");
}

cepces_status_t
cepces_ca_sign_crl(cepces_bytes_t *out, const cepces_signer_t *signer,
                   const cepces_revoked_t *revoked, size_t num, int64_t number,
                   apr_time_t this_update, apr_time_t next_update, apr_pool_t *p,
                   cepces_error_t *err)
{
    cepces_bytes_t tbs, der;
    cepces_status_t st = check_input(revoked, num, number, this_update, next_update, err);

    if (st == CEPCES_OK) {
        st = encode_tbs(&tbs, signer, revoked, num, number, this_update, next_update, p, err);
    }
    if (st == CEPCES_OK) {
        st = cepces_ca_sign_document(&der, &signer->key, tbs, p, err);
    }
    if (st == CEPCES_OK) {
        st = check_crl(der, signer, revoked, num, number, this_update, next_update, err);
    }
    if (st != CEPCES_OK) {
        return cepces_error_wrap(err, CEPCES_E_INTERNAL, "CRL of CA %s", signer->name);
    }
    *out = der;
    return CEPCES_OK;
}
